// Written by `schema --typescript` of the server of "board": change the game, and write it anew.
import type { Axes2, Placed2, Rows } from "auspice-web";

/** The game, for `Session`. */
export interface Game {
    entity: {
        Cursor: Cursor;
        Piece: Piece;
        Line: Line;
        Paper: Paper;
    };
    input: Input;
    command: Command;
    event: Event;
    rules: null;
}

/** What a player wants, in units. */
export interface Input {
    velocity: { x: number; y: number };
}

export type Command =
    | { Take: [number, number] }
    | { Begin: [number, number] }
    | { Go: [number, number][] }
    | "Undo"
    | "Wipe"
    | { Say: string }
    | { Name: string };

/** Columns of `Cursor`. */
export interface Cursor extends Placed2 {
    readonly label: Float64Array;
    readonly velocity: Axes2;
    readonly colour: Float64Array;
    readonly width: Float64Array;
}

export type Event =
    | { Drawn: number }
    | { Refused: Refusal };

/** Columns of `Line`. */
export interface Line extends Rows {
    readonly label: Float64Array;
    readonly number: Float64Array;
    readonly part: Float64Array;
    readonly colour: Float64Array;
}

/** Columns of `Paper`. */
export interface Paper extends Rows {
    readonly pieces: Float64Array;
}

/** Columns of `Piece`. */
export interface Piece extends Placed2 {
    readonly colour: Float64Array;
    readonly width: Float64Array;
    readonly goes_on_from: Float64Array;
    readonly goes_on: Float64Array;
    readonly order: Float64Array;
    readonly m1: Axes2;
    readonly m2: Axes2;
    readonly m3: Axes2;
    readonly m4: Axes2;
    readonly m5: Axes2;
    readonly m6: Axes2;
    readonly m7: Axes2;
    readonly m8: Axes2;
    readonly m9: Axes2;
    readonly m10: Axes2;
    readonly m11: Axes2;
    readonly m12: Axes2;
}

export type Refusal =
    | "Full"
    | "TooMuch"
    | "NotText";
