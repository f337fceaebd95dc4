// What a player holds down, also where it was let go of before anybody looked.

/** Things that are held down: keys by their code, buttons by their number. One that is pressed and let go of between two looks counts in the next. */
export class Held<T> {
    #down = new Set<T>();
    #tapped = new Set<T>();

    press(thing: T): void {
        this.#down.add(thing);
        this.#tapped.add(thing);
    }

    release(thing: T): void {
        this.#down.delete(thing);
    }

    /** Nobody is there any more to let go of anything. */
    clear(): void {
        this.#down.clear();
        this.#tapped.clear();
    }

    /** Whether it is held, or was since the last `look`. */
    has(thing: T): boolean {
        return this.#down.has(thing) || this.#tapped.has(thing);
    }

    /** All that `has` says yes to. */
    all(): Set<T> {
        return new Set([...this.#down, ...this.#tapped]);
    }

    /** Ends a look: what was let go of is not held any more. Once for each picture, after its input is written. */
    look(): void {
        this.#tapped.clear();
    }
}
