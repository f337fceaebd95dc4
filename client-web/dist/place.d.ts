export declare class Place {
    #private;
    private constructor();
    /**
     * The place of this tab for a player, named by `key`: the player's name and the server's address. A tab that was
     * duplicated, or opened by another, has a copy of what that one keeps, and would take its place: two tabs are two
     * players.
     */
    static of(key: string): Promise<Place>;
    /** The token of the page before. */
    get token(): string | undefined;
    /** Keeps a session's token, or forgets it; call it now and then. */
    keep(token: string | undefined): void;
}
