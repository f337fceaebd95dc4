// Written by `schema --typescript` of the server of "cars": change the game, and write it anew.
import type { Axes2, Axes3, Axes4, Placed3, Rows } from "auspice-web";

/** The game, for `Session`. */
export interface Game {
    entity: {
        Car: Car;
        Ball: Ball;
        Score: Score;
    };
    input: Input;
    command: null;
    event: Event;
    rules: Rules;
}

/** What a player wants, in units. */
export interface Input {
    throttle: number;
    steer: number;
    pitch: number;
    roll: number;
    boost: boolean;
    handbrake: boolean;
    jump: boolean;
}

/** Columns of `Ball`. */
export interface Ball extends Placed3 {
    readonly velocity: Axes3;
    readonly rotation: Axes4;
    readonly spin: Axes3;
}

/** Columns of `Car`. */
export interface Car extends Placed3 {
    readonly label: Float64Array;
    readonly throttle: Float64Array;
    readonly steer: Float64Array;
    readonly buttons: Float64Array;
    readonly velocity: Axes3;
    readonly rotation: Axes4;
    readonly spin: Axes3;
    readonly is_second: Float64Array;
    readonly is_computers: Float64Array;
    readonly second_left: Float64Array;
    readonly dodge_left: Float64Array;
    readonly dodge_axis: Axes2;
}

export type Event =
    | { Goal: number };

export type Prediction =
    | "Nothing"
    | "Alone"
    | "Walls"
    | "Others";

export interface Rules {
    seats: number;
    prediction: Prediction;
}

/** Columns of `Score`. */
export interface Score extends Rows {
    readonly first: Float64Array;
    readonly second: Float64Array;
    readonly countdown: Float64Array;
}
