// A player: connects, comes back, takes pictures, sends inputs and commands, and is told what happens.
import { Frame, type GameTypes } from "./frame.js";
import type { Loaded, RawClient } from "./module.js";

/** How it stands with the server. */
export type State = "offline" | "connecting" | "playing" | "stalled" | "reconnecting" | "refused";

const STATES: State[] = ["offline", "connecting", "playing", "stalled", "reconnecting", "refused"];

/** What is shown to a server that lets in only whom it knows. */
export type Proof = { secret: string } | { ticket: string };

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
    report?(report: { ticks: Record<string, number>; inputs: Record<string, number>; bits: [string, number][] }): void;
    /** The player is in the room of this code from now on, and may say lines. */
    room?(code: string): void;
    /** Somebody said a line. */
    line?(line: Line): void;
    /** A line was not taken, because of `why`. */
    unsaid?(why: string): void;
    /** The view is not what the server says: a fault, of which a fresh state is on its way. */
    diverged?(tick: number, held: number, stated: number): void;
}

type Told<G extends GameTypes> =
    | { what: "welcomed" }
    | { what: "event"; tick: number; event: G["event"] }
    | { what: "diverged"; tick: number; held: number; stated: number }
    | { what: "differs"; tick: number; lines: string[] }
    | { what: "announced"; announcement: Announcement }
    | { what: "room"; code: string }
    | ({ what: "line" } & Line)
    | { what: "unsaid"; why: string }
    | { what: "returned"; back: Return }
    | { what: "report"; ticks: Record<string, number>; inputs: Record<string, number>; bits: [string, number][] };

/** A picture is due by then where the page itself asks for none: a hidden page keeps its player. */
const UNSEEN_MS = 250;

/** Close code of a proof that the server does not take: another may be taken. */
const PROOF_REFUSED = 4009;

/** Time from the first question for a proof to the second, where the first brought none that opens the door. Twice as long each time, up to the greatest:
 *  whoever signs in meanwhile, in another tab, does not wait for long. */
const ASK_MS_MIN = 2000;
const ASK_MS_MAX = 30_000;

/** Labels whose text is kept. */
const LABELS_MAX = 8192;

export class Session<G extends GameTypes = GameTypes, C extends RawClient = RawClient> {
    readonly frame: Frame<G>;
    /** What the player wants from now on, in the units of the game's fields. */
    readonly input: G["input"];
    readonly on: Handlers<G>;
    /** The module's own, for what a game exports besides. */
    readonly client: C;
    readonly settings: Settings = { prediction: true, smoothing: true, compensation: true, display: "game", ghosts: false, reports: false };

    #options: Options;
    #labels = new Map<number, string>();
    #state: State = "offline";
    #terms: Terms<G> | undefined;
    #stepped = -Infinity;
    #timer: ReturnType<typeof setInterval>;
    #isAsking = false;
    /** When a proof may be asked for again, and how long after that the next time. */
    #asksAt = -Infinity;
    #asksAfter = ASK_MS_MIN;
    #isReady = true;
    #hasFrame = false;

    constructor(loaded: Loaded<C>, options: Options, input: G["input"], on: Handlers<G> = {}) {
        this.client = new loaded.glue.Client(options.url, options.name, options.build ?? "auspice-web", options.token);
        if (options.talk) this.client.talk(true);
        this.frame = new Frame<G>(this.client, loaded);
        this.#options = options;
        this.input = input;
        this.on = on;
        const { proof } = options;
        if (typeof proof === "function") {
            this.#isReady = options.token !== undefined;
            if (!this.#isReady) void this.#askForProof(proof);
        } else if (proof) this.#show(proof);
        this.#timer = setInterval(() => {
            if (performance.now() - this.#stepped > UNSEEN_MS) this.step();
        }, UNSEEN_MS / 2);
    }

    /** Brings everything to `now`: takes what came, sends the input, and reads the picture. Once for each picture. */
    step(now: number = performance.now()): Frame<G> {
        if (!this.#isReady) return this.frame;
        // A picture's time may be a little before that of the timer's last.
        this.#stepped = now = Math.max(now, this.#stepped);
        this.frame.read(now, this.input);
        this.#hasFrame = true;
        const state = STATES[this.frame.connection];
        if (state !== this.#state) {
            this.#state = state;
            this.on.state?.(state, this.why);
        }
        const { proof } = this.#options;
        if (this.isPlaying) [this.#asksAt, this.#asksAfter] = [-Infinity, ASK_MS_MIN];
        else if (state === "refused" && typeof proof === "function" && now >= this.#asksAt && this.code === PROOF_REFUSED) void this.#askForProof(proof);
        if (this.frame.tells > 0) this.#tellAll();
        return this.frame;
    }

    /** What the module answered. It may have taken more memory for that. */
    #answered<T>(answer: T): T {
        if (this.#hasFrame) this.frame.follow();
        return answer;
    }

    #tellAll(): void {
        let told: string | undefined;
        while ((told = this.#answered(this.client.told())) !== undefined) this.#tell(JSON.parse(told) as Told<G>);
    }

    /** How it stands with the server, as of the last step. */
    get state(): State {
        return this.#state;
    }

    /** Whether there is a world to play in. */
    get isPlaying(): boolean {
        return this.#state === "playing" || this.#state === "stalled";
    }

    /** The sentence of a refusal, or of what is to be tried again. */
    get why(): string {
        return this.#answered(this.client.why());
    }

    /** The close code of that. */
    get code(): number | undefined {
        return this.#answered(this.client.code());
    }

    /** What the session is played by, once welcomed. */
    get terms(): Terms<G> | undefined {
        return this.#terms;
    }

    /** The token by which another page comes back as the same player. */
    get token(): string | undefined {
        return this.#answered(this.client.token());
    }

    /** Hash of the view, as the server would state it. */
    get hash(): number {
        return this.#answered(this.client.hash());
    }

    /** The text of a label's number, as a column `label` has it. */
    label(number: number): string {
        let text = this.#labels.get(number);
        if (text === undefined) {
            if (this.#labels.size >= LABELS_MAX) this.#labels.clear();
            this.#labels.set(number, (text = this.#answered(this.client.label(number))));
        }
        return text;
    }

    /** Asks the game for something, once and in order. Throws where nobody plays, or too many wait. */
    command(command: G["command"]): void {
        const wrong = this.#answered(this.client.command(JSON.stringify(command)));
        if (wrong !== undefined) throw new Error(wrong);
    }

    /** Says a line to players of all rooms, or of this one: 256 bytes at most. Throws where nobody talks, or too many wait. */
    say(text: string, channel: Channel = "all"): void {
        const wrong = this.#answered(this.client.say(channel, text));
        if (wrong !== undefined) throw new Error(wrong);
    }

    set(settings: Partial<Settings>): void {
        const { prediction, smoothing, compensation, display, ghosts, reports } = Object.assign(this.settings, settings);
        this.client.set(prediction, smoothing, compensation, ["game", "present", "past"].indexOf(display));
        this.client.ghosts(ghosts);
        this.client.reports(reports);
    }

    /** Simulates a network from now on. */
    turn({ delay = 0, jitter = 0, stall = 0, cap = 0, isCut = false }: Partial<Dials>): void {
        this.client.turn(delay, jitter, stall, cap, isCut);
    }

    /** Tries again at once. */
    reconnect(): void {
        this.client.reconnect();
    }

    /** Breaks the connection without a word, as a router does that forgets it. */
    breakOff(): void {
        this.client.break_off(Math.max(performance.now(), this.#stepped));
    }

    /** Leaves, and stays away until `reconnect`. */
    leave(): void {
        this.client.leave();
    }

    /** Leaves for good. */
    close(): void {
        clearInterval(this.#timer);
        this.client.leave();
        this.client.free();
    }

    #tell(told: Told<G>): void {
        switch (told.what) {
            case "welcomed":
                this.#terms = JSON.parse(this.client.terms() ?? "null") as Terms<G>;
                return this.on.welcomed?.();
            case "event":
                return this.on.event?.(told.event, told.tick);
            case "diverged":
                return this.on.diverged?.(told.tick, told.held, told.stated);
            case "room":
                return this.on.room?.(told.code);
            case "line":
                return this.on.line?.(told);
            case "unsaid":
                return this.on.unsaid?.(told.why);
            case "returned":
                return this.on.returned?.(told.back);
            case "announced":
                return this.on.announced?.(told.announcement);
            case "report":
                return this.on.report?.(told);
            case "differs":
                return console.warn(`at tick ${told.tick} these rows had differed:\n${told.lines.join("\n")}`);
        }
    }

    #show(proof: Proof): void {
        if ("secret" in proof) this.client.show("secret", proof.secret);
        else this.client.show("ticket", proof.ticket);
    }

    async #askForProof(ask: () => Promise<Proof>): Promise<void> {
        if (this.#isAsking) return;
        this.#isAsking = true;
        this.#asksAt = Math.max(performance.now(), this.#stepped) + this.#asksAfter;
        this.#asksAfter = Math.min(2 * this.#asksAfter, ASK_MS_MAX);
        try {
            this.#show(await ask());
            if (this.#isReady) this.client.reconnect();
        } catch (error) {
            console.warn("no proof to show:", error);
        } finally {
            this.#isReady = true;
            this.#isAsking = false;
        }
    }
}
