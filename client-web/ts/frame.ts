// A picture's numbers, read where the module has them: a typed array for each field of each kind.
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

interface Heading {
    name: string;
    axes: string[];
}

interface Shape {
    kinds: { name: string; headings: Heading[] }[];
    input: Heading[];
    figures: (keyof Figures)[];
    firstFigure: number;
    firstTable: number;
    firstInput: number;
}

type Writable = { count: number; changed: number } & Record<string, unknown>;

const [LAYOUT, CONNECTION, WAIT, TICK, BLEND, OWN, NUMBER, TELLS] = [0, 1, 2, 3, 4, 5, 6, 7];

/** Numbers of a kind's table: where its columns begin, how many rows they have room for, how many there are, and when any changed. */
const TABLE = 4;

/** A picture. The same object each time, and the same arrays until more entities come than there was room for: take what
 *  is wanted of it before the next. */
export class Frame<G extends GameTypes = GameTypes> {
    /** The last whole tick before the present, and how much of the next has passed. */
    tick = 0;
    blend = 0;
    /** `id` of the player's own entity; -1 while there is none. */
    own = -1;
    /** Counts the pictures. */
    number = 0;
    /** Entities by the name of their kind. */
    readonly entity: G["entity"];
    readonly figures: Figures;
    /** Place of the connection's state in `Session`'s list of them, and the time it has lasted or will. */
    connection = 0;
    wait = 0;
    /** Number of things that have happened, and that `Session` has not told yet. */
    tells = 0;

    #client: RawClient;
    #memory: WebAssembly.Memory;
    #shape: Shape;
    #rows: Writable[];
    #start = 0;
    #numbers = new Float64Array(0);
    #layout = -1;

    constructor(client: RawClient, { memory }: Loaded) {
        this.#client = client;
        this.#memory = memory;
        this.#shape = JSON.parse(client.shape()) as Shape;
        this.#rows = this.#shape.kinds.map(() => ({ count: 0, changed: 0 }));
        this.entity = Object.fromEntries(this.#shape.kinds.map(({ name }, kind) => [name, this.#rows[kind]])) as G["entity"];
        this.figures = Object.fromEntries(this.#shape.figures.map((name) => [name, 0])) as unknown as Figures;
    }

    /** Sends `input`, takes what came, and reads the picture at `now`. For `Session`. */
    read(now: number, input: G["input"]): void {
        this.#write(input);
        this.#start = this.#client.frame(now);
        this.follow();
        const numbers = this.#numbers;
        this.tick = numbers[TICK];
        this.blend = numbers[BLEND];
        this.own = numbers[OWN];
        this.number = numbers[NUMBER];
        this.connection = numbers[CONNECTION];
        this.wait = numbers[WAIT];
        this.tells = numbers[TELLS];
        const { firstFigure, firstTable, figures } = this.#shape;
        for (let kind = 0, table = firstTable; kind < this.#rows.length; kind++, table += TABLE) {
            this.#rows[kind].count = numbers[table + 2];
            this.#rows[kind].changed = numbers[table + 3];
        }
        for (let index = 0; index < figures.length; index++) this.figures[figures[index]] = numbers[firstFigure + index];
    }

    /** Takes the arrays from where the module has them now. Any call of the module may have it take more memory, and then
     *  the arrays of before are empty: `Session` does this after each of its own, and whoever calls `Session.client` does. */
    follow(): void {
        const { buffer } = this.#memory;
        const isMoved = this.#numbers.buffer !== buffer || this.#numbers.byteOffset !== this.#start;
        // As long as the memory is, since only the module knows where the sheet ends.
        if (isMoved) this.#numbers = new Float64Array(buffer, this.#start);
        if (isMoved || this.#numbers[LAYOUT] !== this.#layout) this.#arrange();
    }

    /** Writes the input, in units, where the module reads it. */
    #write(input: G["input"]): void {
        // What was read before may have been moved by another player of the same module.
        if (this.#numbers.length === 0 || this.#numbers.buffer !== this.#memory.buffer) return;
        let place = this.#shape.firstInput;
        const values = input as Record<string, number | boolean | Record<string, number>>;
        for (const { name, axes } of this.#shape.input) {
            const value = values[name];
            if (axes.length === 0) this.#numbers[place++] = Number(value);
            else for (const axis of axes) this.#numbers[place++] = (value as Record<string, number>)[axis];
        }
    }

    /** Makes the arrays anew, for a sheet that was laid out anew or has moved. */
    #arrange(): void {
        const numbers = this.#numbers;
        this.#layout = numbers[LAYOUT];
        for (const [kind, { headings }] of this.#shape.kinds.entries()) {
            const table = this.#shape.firstTable + TABLE * kind;
            let offset = numbers[table];
            const capacity = numbers[table + 1];
            const column = () => numbers.subarray(offset, (offset += capacity));
            for (const { name, axes } of headings) {
                this.#rows[kind][name] = axes.length === 0 ? column() : Object.fromEntries(axes.map((axis) => [axis, column()]));
            }
        }
    }
}
