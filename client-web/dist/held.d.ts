/** Things that are held down: keys by their code, buttons by their number. One that is pressed and let go of between two looks counts in the next. */
export declare class Held<T> {
    #private;
    press(thing: T): void;
    release(thing: T): void;
    /** Nobody is there any more to let go of anything. */
    clear(): void;
    /** Whether it is held, or was since the last `look`. */
    has(thing: T): boolean;
    /** All that `has` says yes to. */
    all(): Set<T>;
    /** Ends a look: what was let go of is not held any more. Once for each picture, after its input is written. */
    look(): void;
}
