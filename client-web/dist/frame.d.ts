import type { Loaded, RawClient } from "./module.js";
/** The types of a game, as `auspice-server schema --typescript` writes them. */
export interface GameTypes {
    entity: object;
    input: object;
    command: unknown;
    event: unknown;
    rules: unknown;
}
/** Entities of a kind: row `i` of each array is one, for `i` below `count`. */
export interface Rows {
    readonly count: number;
    /** The last frame in which any row was another than before, came or went: see `Frame.number`. What rests is as it was. */
    readonly changed: number;
    /** Below 0: not told by the server yet, but brought into the world by the own input of tick `-1 - id`. */
    readonly id: Float64Array;
    /** The tick of the input that brought it, where that was shown before the server told of it; otherwise -1. */
    readonly foretold: Float64Array;
    /** The frame in which the row was written last. */
    readonly renewed: Float64Array;
}
/** A pair of numbers for each row. */
export interface Axes2 {
    readonly x: Float64Array;
    readonly y: Float64Array;
}
/** Three numbers for each row. */
export interface Axes3 extends Axes2 {
    readonly z: Float64Array;
}
/** A rotation for each row, as a unit quaternion. */
export interface Axes4 extends Axes3 {
    readonly w: Float64Array;
}
/** Entities that have a place: where they are shown, in the game's units. With ghosts also where the server has them,
 *  and where this client believes them to be; not-a-number without. */
export interface Placed2 extends Rows, Axes2 {
    readonly held: Axes2;
    readonly believed: Axes2;
}
export interface Placed3 extends Rows, Axes3 {
    readonly held: Axes3;
    readonly believed: Axes3;
}
/** The netcode in figures; counts are since the welcome, times in milliseconds, corrections in metres. */
export interface Figures {
    ping: number;
    jitter: number;
    age: number;
    lead: number;
    slack: number;
    inputsSent: number;
    inputsStarved: number;
    inputsSkipped: number;
    ticksPredicted: number;
    ticksMispredicted: number;
    ownCorrections: number;
    ownTeleports: number;
    ownLargest: number;
    otherCorrections: number;
    otherTeleports: number;
    otherLargest: number;
    interpolationTicks: number;
    tickPeriod: number;
    /** Views that were compared with what the server stated of them; of each that differed `diverged` of the handlers tells. */
    viewsCompared: number;
    inView: number;
}
/** A picture. The same object each time, and the same arrays until more entities come than there was room for: take what
 *  is wanted of it before the next. */
export declare class Frame<G extends GameTypes = GameTypes> {
    #private;
    /** The last whole tick before the present, and how much of the next has passed. */
    tick: number;
    blend: number;
    /** `id` of the player's own entity; -1 while there is none. */
    own: number;
    /** Counts the pictures. */
    number: number;
    /** Entities by the name of their kind. */
    readonly entity: G["entity"];
    readonly figures: Figures;
    /** Place of the connection's state in `Session`'s list of them, and the time it has lasted or will. */
    connection: number;
    wait: number;
    /** Number of things that have happened, and that `Session` has not told yet. */
    tells: number;
    constructor(client: RawClient, { memory }: Loaded);
    /** Sends `input`, takes what came, and reads the picture at `now`. For `Session`. */
    read(now: number, input: G["input"]): void;
    /** Takes the arrays from where the module has them now. Any call of the module may have it take more memory, and then
     *  the arrays of before are empty: `Session` does this after each of its own, and whoever calls `Session.client` does. */
    follow(): void;
}
