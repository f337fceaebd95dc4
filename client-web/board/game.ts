// Written by `schema --typescript` of the server of "board": change the game, and write it anew.
import type { Axes2, Placed2 } from "auspice-web";

/** The game, for `Session`. */
export interface Game {
    entity: {
        Cursor: Cursor;
    };
    input: Input;
    command: null;
    event: null;
    rules: null;
}

/** What a player wants, in units. */
export interface Input {
    velocity: { x: number; y: number };
}

/** Columns of `Cursor`. */
export interface Cursor extends Placed2 {
    readonly label: Float64Array;
    readonly velocity: Axes2;
}
