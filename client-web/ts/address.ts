// What stands in a page's address: where the server is, and the page's own flags.

/** Where the server of this page takes players: beside it, unless `url` says otherwise. */
export function addressOf(url: string | undefined, here: Pick<Location, "protocol" | "host"> = location): string {
    return url ?? `${here.protocol === "https:" ? "wss" : "ws"}://${here.host}/play`;
}

/**
 * Flags behind the `?` of a page's address, and behind its `#`, which no server ever sees: the place for a secret or a
 * ticket. Other sites put parameters of theirs behind every address that they link to: what is not among `known` is left
 * out, and named in `foreign`.
 */
export class Flags<K extends string> {
    readonly foreign: string[] = [];
    #flags = new Map<string, string>();

    constructor(known: readonly K[], { search, hash }: Pick<Location, "search" | "hash"> = location) {
        for (const part of [search, hash]) {
            for (const [name, value] of new URLSearchParams(part.replace(/^[?#]/, ""))) {
                if ((known as readonly string[]).includes(name)) this.#flags.set(name, value);
                else this.foreign.push(name);
            }
        }
    }

    has(name: K): boolean {
        return this.#flags.has(name);
    }

    /** The value of a flag; nothing where it is not there, or empty. */
    get(name: K): string | undefined {
        return this.#flags.get(name) || undefined;
    }
}
