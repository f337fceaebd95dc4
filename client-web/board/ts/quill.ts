// What oneself draws: shown at once, sent a little later, and let go of once it is on the board. What is drawn while the
// connection is away is sent when it is back.
import type { Session } from "auspice-web";

import { trace } from "./curve.js";
import type { Command, Game } from "./game.js";
import { type Palette, WIDTHS } from "./palette.js";
import { Stroke } from "./stroke.js";
import { EDGE_X, EDGE_Y, type View } from "./view.js";

/** Time from one command with what was drawn to the next. */
const TELL_MS = 66;
/** Moves of one command: three quarters of what the server takes at once. */
const MOVES_MAX = 380;
/** By how many pixels of the page a stroke may be off from the hand. */
const TOLERANCE = 0.6;

/** A pen of so many pixels and that colour. */
export interface Tool {
    colour: number;
    width: number;
}

export class Quill {
    tool: Tool = { colour: 1, width: 2 };
    #session: Session<Game>;
    /** Not all on the board yet, the oldest first. */
    #strokes: Stroke[] = [];
    /** Whose the commands are that the server has not taken, in order. */
    #untaken: Stroke[] = [];
    #current: Stroke | undefined;
    /** To be done before anything more is drawn. */
    #asked: Command[] = [];
    #toldAt = 0;
    /** What was sent of the pen. */
    #told: Tool | undefined;
    #own = -1;

    constructor(session: Session<Game>) {
        this.#session = session;
    }

    /** Strokes that are not on the board. */
    get waiting(): number {
        return this.#strokes.length;
    }

    begin(x: number, y: number, view: View, { colour, width } = this.tool): void {
        this.end();
        this.#current = new Stroke(colour, width, x, y, TOLERANCE / view.scale);
        this.#strokes.push(this.#current);
    }

    go(x: number, y: number): void {
        this.#current?.go(x, y);
    }

    end(): void {
        this.#current?.end();
        this.#current = undefined;
    }

    /** Forgets what is being drawn: it was no stroke but the beginning of something else. */
    drop(): void {
        if (this.#current) this.undo();
    }

    /** Takes back the newest of one's own. */
    undo(): void {
        this.end();
        const newest = this.#strokes.pop();
        // What nobody knows of is not to be taken back.
        if (newest === undefined || newest.sent > 0) this.#asked.push("Undo");
    }

    /** Takes away all of one's own, and what nobody's is. */
    wipe(): void {
        this.end();
        this.#strokes = [];
        this.#asked.push("Wipe");
    }

    /** The server took so many commands of what was drawn. */
    taken(count: number): void {
        for (const stroke of this.#untaken.splice(0, count)) stroke.taken++;
        this.#strokes = this.#strokes.filter((stroke) => !stroke.isDone || stroke.taken < stroke.sent || stroke.told * 2 < stroke.points.length);
    }

    /** Tells the server what is new. `own` is the entity of the player: another one knows nothing of what was sent before. */
    step(own: number, now: number): void {
        if (this.#session.state !== "playing" || own < 0) return;
        if (own !== this.#own) {
            this.#own = own;
            this.#untaken = [];
            this.#told = undefined;
            this.#asked = [];
            for (const stroke of this.#strokes) stroke.sent = stroke.taken = stroke.told = 0;
        }
        if (now - this.#toldAt > TELL_MS && this.#tell()) this.#toldAt = now;
    }

    draw(context: CanvasRenderingContext2D, palette: Palette): void {
        if (this.#strokes.length === 0) return;
        context.save();
        context.beginPath();
        context.rect(-EDGE_X, -EDGE_Y, 2 * EDGE_X, 2 * EDGE_Y);
        context.clip();
        context.lineCap = context.lineJoin = "round";
        for (const stroke of this.#strokes) {
            context.strokeStyle = palette.colours[stroke.colour];
            context.lineWidth = WIDTHS[stroke.width];
            context.beginPath();
            trace(context, stroke.places());
            context.stroke();
        }
        context.restore();
    }

    /** Sends all that the server has not been told; false where it cannot take so much now. */
    #tell(): boolean {
        while (this.#asked.length > 0) {
            if (!this.#try(this.#asked[0])) return false;
            this.#asked.shift();
        }
        for (const stroke of this.#strokes) {
            if (stroke.told === 0) {
                if (!this.#take(stroke)) return false;
                if (!this.#ink(stroke, { Begin: [stroke.points[0], stroke.points[1]] }, 1)) return false;
            }
            while (stroke.told * 2 < stroke.points.length) {
                const moves: [number, number][] = [];
                for (let at = stroke.told * 2; at < stroke.points.length && moves.length < MOVES_MAX; at += 2) {
                    moves.push([stroke.points[at] - stroke.points[at - 2], stroke.points[at + 1] - stroke.points[at - 1]]);
                }
                if (!this.#ink(stroke, { Go: moves }, moves.length)) return false;
            }
        }
        return this.#current !== undefined || this.#take(this.tool);
    }

    /** Takes the pen for a stroke, if the server does not know that it is in hand. */
    #take({ colour, width }: Tool): boolean {
        if (this.#told?.colour === colour && this.#told.width === width) return true;
        if (!this.#try({ Take: [colour, width] })) return false;
        this.#told = { colour, width };
        return true;
    }

    #ink(stroke: Stroke, command: Command, points: number): boolean {
        if (!this.#try(command)) return false;
        stroke.sent++;
        stroke.told += points;
        this.#untaken.push(stroke);
        return true;
    }

    #try(command: Command): boolean {
        try {
            this.#session.command(command);
            return true;
        } catch {
            // It waits: there is no connection, or too much on its way already.
            return false;
        }
    }
}
