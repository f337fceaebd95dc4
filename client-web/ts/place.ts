// A player's place, kept for as long as the tab is there: who loads the page anew has the same one.

/** Time for which a page that is loaded anew waits until its old one has let go. */
const HELD_MS = 1_500;

/** A browser may keep nothing for a page; then nothing is remembered, and `keep` says so. */
const recall = (key: string): string | undefined => {
    try {
        return sessionStorage.getItem(key) ?? undefined;
    } catch {
        return undefined;
    }
};
const keep = (key: string, value: string): boolean => {
    try {
        sessionStorage.setItem(key, value);
        return true;
    } catch {
        return false;
    }
};
const forget = (key: string): void => {
    try {
        sessionStorage.removeItem(key);
    } catch {
        // It was not kept.
    }
};

/** One tab alone can hold a name, as long as it is there. */
const holdName = (name: string): Promise<boolean> =>
    new Promise((decide) => {
        const held = () => new Promise<void>(() => decide(true));
        navigator.locks.request(name, { signal: AbortSignal.timeout(HELD_MS) }, held).catch(() => decide(false));
    });

/** The same where there are no locks, which is so for pages that came in the clear: the other tab says that it is there. */
const askForName = (name: string): Promise<boolean> =>
    new Promise((decide) => {
        const channel = new BroadcastChannel(name);
        let isHeld = false;
        const silence = setTimeout(() => decide((isHeld = true)), HELD_MS / 10);
        channel.onmessage = ({ data }) => {
            if (data === "is anyone there?" && isHeld) channel.postMessage("yes");
            // Whoever has been told that the name is another's must never answer to it.
            if (data === "yes" && !isHeld) {
                clearTimeout(silence);
                channel.close();
                decide(false);
            }
        };
        channel.postMessage("is anyone there?");
    });

export class Place {
    #key: string;
    #kept: string | undefined;

    private constructor(key: string) {
        this.#key = `auspice/place of ${key}`;
        this.#kept = recall(this.#key);
    }

    /**
     * The place of this tab for a player, named by `key`: the player's name and the server's address. A tab that was
     * duplicated, or opened by another, has a copy of what that one keeps, and would take its place: two tabs are two
     * players.
     */
    static async of(key: string): Promise<Place> {
        try {
            const hold = navigator.locks ? holdName : askForName;
            const name = recall("auspice/tab");
            if (name === undefined || !(await hold(name))) {
                if (name !== undefined) Object.keys(sessionStorage).filter((kept) => kept.startsWith("auspice/place")).forEach(forget);
                const fresh = `auspice/tab ${Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("")}`;
                keep("auspice/tab", fresh);
                void hold(fresh);
            }
        } catch {
            // A browser that keeps nothing has nothing to tell apart.
        }
        return new Place(key);
    }

    /** The token of the page before. */
    get token(): string | undefined {
        return this.#kept;
    }

    /** Keeps a session's token, or forgets it; call it now and then. */
    keep(token: string | undefined): void {
        if (token === this.#kept) return;
        this.#kept = token;
        if (token === undefined) forget(this.#key);
        else keep(this.#key, token);
    }
}
