// What is drawn on the board: kept as it comes, and painted once. A picture costs what changed in it.
import type { Frame } from "auspice-web";

import { STEPS, trace } from "./curve.js";
import type { Game, Piece as PieceRows } from "./game.js";
import { type Palette, WIDTHS } from "./palette.js";
import { EDGE_X, EDGE_Y, type View } from "./view.js";

/** Low and high corner, in units. */
type Box = [number, number, number, number];

/** A piece of a stroke. */
interface Piece {
    order: number;
    colour: number;
    width: number;
    path: Path2D;
    box: Box;
    /** The frame in which it was seen last. */
    seen: number;
}

/** While the board comes for the first time, what came is painted once in so long: it comes in no order. */
const FILL_MS = 250;

const EMPTY: Box = [Infinity, Infinity, -Infinity, -Infinity];

const around = (one: Box, other: Box): Box => [
    Math.min(one[0], other[0]), Math.min(one[1], other[1]), Math.max(one[2], other[2]), Math.max(one[3], other[3]),
];
const meet = (one: Box, other: Box): boolean => one[0] <= other[2] && other[0] <= one[2] && one[1] <= other[3] && other[1] <= one[3];

/** The moves of a piece, in order. */
const movesOf = (rows: PieceRows) => [
    rows.m1, rows.m2, rows.m3, rows.m4, rows.m5, rows.m6, rows.m7, rows.m8, rows.m9, rows.m10, rows.m11, rows.m12,
];

export class Ink {
    #context: CanvasRenderingContext2D;
    #view: View;
    #palette: Palette;
    #pieces = new Map<number, Piece>();
    /** The same in the order in which they cover each other. */
    #sorted: Piece[] = [];
    #isSorted = true;
    /** The frame of which the last was taken, and the last in which a row changed. */
    #taken = -1;
    #changed = -1;
    #wasWhole = false;
    /** Not painted yet: those on top of all, and whatever is in this box. */
    #fresh: Piece[] = [];
    #stale: Box = EMPTY;
    #painted = { changes: -1, scale: 1, x: 0, y: 0, at: 0 };

    constructor(canvas: HTMLCanvasElement, view: View, palette: Palette) {
        this.#context = canvas.getContext("2d", { alpha: false })!;
        this.#view = view;
        this.#palette = palette;
    }

    get count(): number {
        return this.#pieces.size;
    }

    /** Whether all of the board has been there. */
    get isAllThere(): boolean {
        return this.#wasWhole;
    }

    /** Paints all of it anew. */
    spoil(): void {
        this.#painted.changes = -1;
    }

    /** Takes what is other than it was. After a cut everything comes anew, a part at a time: until all is there, what was there stays. */
    take({ entity, number }: Frame<Game>): void {
        const rows = entity.Piece;
        const wanted = entity.Paper.count > 0 ? entity.Paper.pieces[0] : Infinity;
        const isWhole = rows.count >= wanted;
        if (rows.changed === this.#changed || (this.#wasWhole && !isWhole)) return;
        this.#wasWhole ||= isWhole;
        this.#changed = rows.changed;
        const moves = movesOf(rows);
        for (let row = 0; row < rows.count; row++) {
            const known = this.#pieces.get(rows.id[row]);
            if (known && rows.renewed[row] <= this.#taken) known.seen = number;
            else this.#put(rows, moves, row, known, number);
        }
        this.#taken = number;
        if (this.#pieces.size > rows.count) this.#forget(number);
    }

    #put(rows: PieceRows, moves: PieceRows["m1"][], row: number, known: Piece | undefined, seen: number): void {
        let [x, y] = [rows.x[row], rows.y[row]];
        const points = [x, y];
        for (const move of moves) {
            const [by, up] = [move.x[row], move.y[row]];
            if (by === 0 && up === 0) break;
            points.push((x += by / STEPS), (y += up / STEPS));
        }
        const path = new Path2D();
        trace(path, points, rows.goes_on_from[row] !== 0, rows.goes_on[row] !== 0);
        const [order, colour, width] = [rows.order[row], rows.colour[row], WIDTHS[rows.width[row]]];
        const margin = width / 2 + 1;
        const box: Box = [...EMPTY];
        for (let at = 0; at < points.length; at += 2) {
            box[0] = Math.min(box[0], points[at] - margin);
            box[1] = Math.min(box[1], points[at + 1] - margin);
            box[2] = Math.max(box[2], points[at] + margin);
            box[3] = Math.max(box[3], points[at + 1] + margin);
        }
        if (known) {
            this.#stale = around(around(this.#stale, known.box), box);
            if (known.order !== order) this.#isSorted = false;
            Object.assign(known, { order, colour, width, path, box, seen });
            return;
        }
        const piece = { order, colour, width, path, box, seen };
        this.#pieces.set(rows.id[row], piece);
        const top = this.#sorted.at(-1);
        if (top && top.order > order) {
            this.#isSorted = false;
            this.#stale = around(this.#stale, box);
        } else this.#fresh.push(piece);
        this.#sorted.push(piece);
    }

    #forget(number: number): void {
        for (const [id, piece] of this.#pieces) {
            if (piece.seen === number) continue;
            this.#pieces.delete(id);
            this.#stale = around(this.#stale, piece.box);
        }
        this.#sorted = this.#sorted.filter((piece) => piece.seen === number);
        this.#fresh = this.#fresh.filter((piece) => piece.seen === number);
    }

    /** Paints what is not painted yet. While the view is being moved, `isMoving`, all is painted anew now and then only. */
    paint(ratio: number, isMoving: boolean, now: number): void {
        const [context, view, painted] = [this.#context, this.#view, this.#painted];
        const canvas = context.canvas;
        if (!this.#isSorted) {
            this.#sorted.sort((one, other) => one.order - other.order);
            this.#isSorted = true;
        }
        if (painted.changes !== view.changes) {
            const isDue = painted.changes < 0 || !isMoving || now - painted.at > 60;
            if (!isDue) {
                // The picture of before, moved to where it belongs.
                const scale = view.scale / painted.scale;
                canvas.style.transform = `translate(${view.x - painted.x * scale}px, ${view.y - painted.y * scale}px) scale(${scale})`;
                return;
            }
            canvas.style.transform = "";
            Object.assign(painted, { changes: view.changes, scale: view.scale, x: view.x, y: view.y, at: now });
            const [left, top] = view.place(0, 0);
            const [right, bottom] = view.place(view.width, view.height);
            this.#paintBox([left, bottom, right, top], ratio);
        } else if (!this.#wasWhole && now - painted.at < FILL_MS) {
            return;
        } else if (this.#stale[0] < Infinity) {
            painted.at = now;
            this.#paintBox(around(this.#stale, this.#fresh.map((piece) => piece.box).reduce(around, EMPTY)), ratio);
        } else if (this.#fresh.length > 0) {
            context.save();
            view.apply(context, ratio);
            this.#stroke(this.#fresh);
            context.restore();
        }
        this.#fresh = [];
        this.#stale = EMPTY;
    }

    #paintBox(box: Box, ratio: number): void {
        const [context, view] = [this.#context, this.#view];
        const [left, top] = view.pixel(box[0], box[3]).map((pixel) => Math.floor(pixel * ratio) - 1);
        const [right, bottom] = view.pixel(box[2], box[1]).map((pixel) => Math.ceil(pixel * ratio) + 1);
        context.save();
        context.setTransform(1, 0, 0, 1, 0, 0);
        context.beginPath();
        context.rect(left, top, right - left, bottom - top);
        context.clip();
        context.fillStyle = this.#palette.desk;
        context.fillRect(left, top, right - left, bottom - top);
        view.apply(context, ratio);
        context.fillStyle = this.#palette.paper;
        context.fillRect(-EDGE_X, -EDGE_Y, 2 * EDGE_X, 2 * EDGE_Y);
        this.#stroke(this.#sorted.filter((piece) => meet(piece.box, box)));
        context.restore();
    }

    /** Draws pieces, and nothing of them beyond the paper's edge. */
    #stroke(pieces: Piece[]): void {
        const context = this.#context;
        context.beginPath();
        context.rect(-EDGE_X, -EDGE_Y, 2 * EDGE_X, 2 * EDGE_Y);
        context.clip();
        context.lineCap = context.lineJoin = "round";
        for (let at = 0, next = 0; at < pieces.length; at = next) {
            const { order, colour, width, path } = pieces[at];
            context.strokeStyle = this.#palette.colours[colour];
            context.lineWidth = width;
            for (next = at + 1; next < pieces.length && pieces[next].order === order; ) next++;
            // The pieces of a stroke are one path: where they meet, edges would be painted twice, and be seen.
            const whole = next - at > 1 ? pieces.slice(at, next).reduce((whole, piece) => (whole.addPath(piece.path), whole), new Path2D()) : path;
            context.stroke(whole);
        }
    }
}
