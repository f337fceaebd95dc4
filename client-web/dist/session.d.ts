import { Frame, type GameTypes } from "./frame.js";
import type { Loaded, RawClient } from "./module.js";
/** How it stands with the server. */
export type State = "offline" | "connecting" | "playing" | "stalled" | "reconnecting" | "refused";
/** What is shown to a server that lets in only whom it knows. */
export type Proof = {
    secret: string;
} | {
    ticket: string;
};
export interface Options {
    /** The server's address, `ws://HOST:PORT/play` or `wss:`. */
    url: string;
    /** The player's name. */
    name: string;
    /** Name and version of the program, as servers are told. */
    build?: string;
    /** A secret, a ticket, or where new tickets come from: each is good once. */
    proof?: Proof | (() => Promise<Proof>);
    /** The token of the page before, as `Session.token` gave it; `Place` keeps it. */
    token?: string;
    /** Whether the player says lines to others and hears them, where the server lets players talk. */
    talk?: boolean;
}
/** Those who hear a line: players of the same room, or of all rooms. */
export type Channel = "room" | "all";
/** A line that somebody said, this player too. */
export interface Line {
    channel: Channel;
    /** The code of the sayer's room; null for a private one. */
    room: string | null;
    name: string;
    text: string;
}
/** How the world is shown; the default is the best of each. */
export interface Settings {
    prediction: boolean;
    smoothing: boolean;
    compensation: boolean;
    /** Each kind as the game would have it, or all in the player's present, or all in the past. */
    display: "game" | "present" | "past";
    /** Whether `held` and `believed` are read. */
    ghosts: boolean;
    /** Whether the server is asked once a second for what it measures. */
    reports: boolean;
}
/** A network to play on, worse than the real one; each 0 by default. Milliseconds of the round trip; the cap is in
 *  kilobytes a second each way. */
export interface Dials {
    delay: number;
    jitter: number;
    stall: number;
    cap: number;
    isCut: boolean;
}
/** The server about itself. */
export interface Announcement {
    overload: number;
    pace_percent: number;
    stops_in_seconds: number | null;
}
/** The player plays again after it was without a connection: times in milliseconds. */
export interface Return {
    /** The time without a word of the server; 0 where the page before, and not this one, was here last. */
    away: number;
    /** Time of it, at least, that did not pass in the world: its server stood still, or was started again. */
    stoodStill: number;
    /** Ticks that the page held and the server has lost, at least; and their time. */
    ticksLost: number;
    wentBack: number;
    /** Whether the player is who it was; else `why` says why not. */
    sameSeat: boolean;
    why: string;
    /** All that in a plain line, to be shown for some seconds. */
    line: string;
}
/** What the session is played by. */
export interface Terms<G extends GameTypes> {
    tickHz: number;
    sendEvery: number;
    interestRadius: number;
    rules: G["rules"];
}
export interface Handlers<G extends GameTypes> {
    /** The server let the player in, or back. */
    welcomed?(): void;
    /** The game tells something, at a tick. */
    event?(event: G["event"], tick: number): void;
    /** How it stands with the server has changed; `why` is a sentence where it is bad. */
    state?(state: State, why: string): void;
    announced?(announcement: Announcement): void;
    /** The player is back, after an absence that was long enough to be seen, or cost something; once for each. */
    returned?(back: Return): void;
    report?(report: {
        ticks: Record<string, number>;
        inputs: Record<string, number>;
        bits: [string, number][];
    }): void;
    /** The player is in the room of this code from now on, and may say lines. */
    room?(code: string): void;
    /** Somebody said a line. */
    line?(line: Line): void;
    /** A line was not taken, because of `why`. */
    unsaid?(why: string): void;
    /** The view is not what the server says: a fault, of which a fresh state is on its way. */
    diverged?(tick: number, held: number, stated: number): void;
}
export declare class Session<G extends GameTypes = GameTypes, C extends RawClient = RawClient> {
    #private;
    readonly frame: Frame<G>;
    /** What the player wants from now on, in the units of the game's fields. */
    readonly input: G["input"];
    readonly on: Handlers<G>;
    /** The module's own, for what a game exports besides. */
    readonly client: C;
    readonly settings: Settings;
    constructor(loaded: Loaded<C>, options: Options, input: G["input"], on?: Handlers<G>);
    /** Brings everything to `now`: takes what came, sends the input, and reads the picture. Once for each picture. */
    step(now?: number): Frame<G>;
    /** How it stands with the server, as of the last step. */
    get state(): State;
    /** Whether there is a world to play in. */
    get isPlaying(): boolean;
    /** The sentence of a refusal, or of what is to be tried again. */
    get why(): string;
    /** The close code of that. */
    get code(): number | undefined;
    /** What the session is played by, once welcomed. */
    get terms(): Terms<G> | undefined;
    /** The token by which another page comes back as the same player. */
    get token(): string | undefined;
    /** Hash of the view, as the server would state it. */
    get hash(): number;
    /** The text of a label's number, as a column `label` has it. */
    label(number: number): string;
    /** Asks the game for something, once and in order. Throws where nobody plays, or too many wait. */
    command(command: G["command"]): void;
    /** Says a line to players of all rooms, or of this one: 256 bytes at most. Throws where nobody talks, or too many wait. */
    say(text: string, channel?: Channel): void;
    set(settings: Partial<Settings>): void;
    /** Simulates a network from now on. */
    turn({ delay, jitter, stall, cap, isCut }: Partial<Dials>): void;
    /** Tries again at once. */
    reconnect(): void;
    /** Breaks the connection without a word, as a router does that forgets it. */
    breakOff(): void;
    /** Leaves, and stays away until `reconnect`. */
    leave(): void;
    /** Leaves for good. */
    close(): void;
}
