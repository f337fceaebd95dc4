/** Where the server of this page takes players: beside it, unless `url` says otherwise. */
export declare function addressOf(url: string | undefined, here?: Pick<Location, "protocol" | "host">): string;
/**
 * Flags behind the `?` of a page's address, and behind its `#`, which no server ever sees: the place for a secret or a
 * ticket. Other sites put parameters of theirs behind every address that they link to: what is not among `known` is left
 * out, and named in `foreign`.
 */
export declare class Flags<K extends string> {
    #private;
    readonly foreign: string[];
    constructor(known: readonly K[], { search, hash }?: Pick<Location, "search" | "hash">);
    has(name: K): boolean;
    /** The value of a flag; nothing where it is not there, or empty. */
    get(name: K): string | undefined;
}
