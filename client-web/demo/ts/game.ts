// Written by `schema --typescript` of the server of "auspice-demo": change the game, and write it anew.
import type { Axes2, Placed2, Rows } from "auspice-web";

/** The game, for `Session`. */
export interface Game {
    entity: {
        Ship: Ship;
        Asteroid: Asteroid;
        Shot: Shot;
        Missile: Missile;
        Pickup: Pickup;
        Standing: Standing;
        Round: Round;
    };
    input: Input;
    command: Command;
    event: Event;
    rules: Rules;
}

/** What a player wants, in units. */
export interface Input {
    turn: number;
    thrust: boolean;
    fire: boolean;
    laser: boolean;
    missile: boolean;
}

/** Columns of `Asteroid`. */
export interface Asteroid extends Placed2 {
    readonly velocity: Axes2;
    readonly heading: Float64Array;
    readonly spin: Float64Array;
    readonly size: Float64Array;
}

export type Cause =
    | { Shot: Weapon }
    | "Asteroid";

export type Command =
    | { Say: string }
    | { Rename: string }
    | { Spectate: Watch }
    | "Play";

export interface EntityId {
    slot: number;
    generation: number;
}

export type Event =
    | { Joined: { name: string } }
    | { Left: { name: string } }
    | { Said: { name: string; text: string } }
    | { Refused: Refusal }
    | { Destroyed: { ship: EntityId; by: EntityId | null; victim: string; killer: string; cause: Cause } }
    | { Laser: LaserReport }
    | { Took: { prize: Prize } }
    | { Watching: { ship: EntityId | null } }
    | { RoundOver: { number: number; ranking: Rank[] } }
    | { Placed: { place: number; of: number; score: number; deaths: number } }
    | { RoundBegins: { number: number } };

export interface LaserReport {
    tick: number;
    shooter: EntityId;
    target: EntityId | null;
    from: [number, number];
    to: [number, number];
    target_seen: [number, number];
    target_now: [number, number];
    ticks_rewound: number;
    is_clamped: boolean;
    verdict: Verdict;
}

/** Columns of `Missile`. */
export interface Missile extends Placed2 {
    readonly heading: Float64Array;
    readonly turn: Float64Array;
    readonly age: Float64Array;
}

/** Columns of `Pickup`. */
export interface Pickup extends Placed2 {
    readonly prize_index: Float64Array;
    readonly due: Float64Array;
}

export type Prize =
    | "Repair"
    | "Shield"
    | "Rapid"
    | "Charge";

export interface Rank {
    name: string;
    score: number;
    deaths: number;
    is_computer: boolean;
}

export type Refusal =
    | "TooFast"
    | "NotText"
    | "TooLong"
    | "NoSuchShip"
    | "Busy"
    | "NameHeld";

/** Columns of `Round`. */
export interface Round extends Rows {
    readonly ticks_left: Float64Array;
    readonly number: Float64Array;
    readonly is_over: Float64Array;
}

export interface Rules {
    size: number;
    npcs: number;
    asteroids: number;
    walls: number;
    pickups: number;
    round_seconds: number;
    intermission_seconds: number;
    thrust: number;
    drag: number;
    turn: number;
    ship_radius: number;
    health: number;
    energy: number;
    recharge: number;
    respawn_ms: number;
    spawn_shield_ms: number;
    shot_speed: number;
    shot_ms: number;
    shot_damage: number;
    shot_energy: number;
    reload_ms: number;
    rapid_reload_ms: number;
    laser_range: number;
    laser_damage: number;
    laser_energy: number;
    laser_reload_ms: number;
    missile_speed: number;
    missile_turn: number;
    missile_ms: number;
    missile_damage: number;
    missile_energy: number;
    missile_reload_ms: number;
    asteroid_speed: number;
    asteroid_radius: number;
    asteroid_damage: number;
    pickup_radius: number;
    pickup_ms: number;
    repair: number;
    power_ms: number;
}

/** Columns of `Ship`. */
export interface Ship extends Placed2 {
    readonly label: Float64Array;
    readonly velocity: Axes2;
    readonly heading: Float64Array;
    readonly controls: Float64Array;
    readonly health: Float64Array;
    readonly energy: Float64Array;
    readonly reload: Float64Array;
    readonly power_index: Float64Array;
    readonly ticks_left: Float64Array;
    readonly is_computer: Float64Array;
    readonly score: Float64Array;
}

/** Columns of `Shot`. */
export interface Shot extends Placed2 {
    readonly heading: Float64Array;
    readonly age: Float64Array;
}

/** Columns of `Standing`. */
export interface Standing extends Rows {
    readonly label: Float64Array;
    readonly ship: Float64Array;
    readonly score: Float64Array;
    readonly deaths: Float64Array;
    readonly is_computer: Float64Array;
}

export type Verdict =
    | "Hit"
    | "Shielded"
    | { Missed: number }
    | "Blocked";

export type Watch =
    | { Ship: number }
    | { At: { x: number; y: number } };

export type Weapon =
    | "Gun"
    | "Laser"
    | "Missile";
