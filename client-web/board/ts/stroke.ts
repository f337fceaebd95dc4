// A stroke of one's own, from the hand's many samples to the few points that travel.
import { STEPS } from "./curve.js";
import { EDGE_X, EDGE_Y } from "./view.js";

/** Steps of one move at most, on either axis. */
const MOVE_MAX = 127;
/** A corner is where the way turns by more than this, in radians... */
const CORNER = 0.8;
/** ... and this near to it, in steps, it has a point on either side, so that the curve does not cut it off. */
const CORNER_NEAR = 5;

type Point = [number, number];

const between = (one: Point, other: Point, share: number): Point => [one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share];
const distance = (one: Point, other: Point): number => Math.hypot(other[0] - one[0], other[1] - one[1]);

/** How far a point is from the way between two others. */
function off(point: Point, from: Point, to: Point): number {
    const [x, y] = [to[0] - from[0], to[1] - from[1]];
    const length = x * x + y * y;
    const share = length === 0 ? 0 : Math.max(0, Math.min(1, ((point[0] - from[0]) * x + (point[1] - from[1]) * y) / length));
    return distance(point, between(from, to, share));
}

export class Stroke {
    readonly colour: number;
    readonly width: number;
    /** Whether the pen has been taken off the paper. */
    isDone = false;
    /** Points in whole steps, x and y by turns, as the board will have them. */
    readonly points: number[] = [];
    /** Commands that were sent, and those that the server has taken. */
    sent = 0;
    taken = 0;
    /** Points of which the server was told. */
    told = 0;

    #tolerance: number;
    /** Where the last kept point is, and the sample that will be kept next; samples that came since the former. */
    #kept: Point;
    #next: Point | undefined;
    #samples: Point[] = [];

    /** `tolerance` is by how many units the stroke may be off from the hand. */
    constructor(colour: number, width: number, x: number, y: number, tolerance: number) {
        [this.colour, this.width, this.#tolerance] = [colour, width, tolerance * STEPS];
        this.#kept = this.#steps(x, y);
        this.points.push(...this.#kept);
    }

    /** The hand is at a place, in units. */
    go(x: number, y: number): void {
        const sample = this.#steps(x, y);
        const from = this.#next ?? this.#kept;
        const before = this.#samples.at(-1);
        if (distance(sample, before ?? from) < 1) return;
        if (before && this.#samples.some((other) => off(other, from, sample) > this.#tolerance)) {
            this.#turn(before);
            this.#samples = [];
        }
        this.#samples.push(sample);
    }

    /** The pen is off the paper. */
    end(): void {
        const last = this.#samples.at(-1);
        if (last) this.#turn(last);
        if (this.#next) this.#put(this.#next);
        this.#next = undefined;
        this.#samples = [];
        this.isDone = true;
    }

    /** Places of what is drawn, up to the hand, in units. */
    places(): number[] {
        const places = this.points.map((steps) => steps / STEPS);
        for (const point of [this.#next, this.#samples.at(-1)]) if (point) places.push(point[0] / STEPS, point[1] / STEPS);
        return places;
    }

    /** The way goes on from the next point to another: now it is known how sharp the corner there is. */
    #turn(to: Point): void {
        const corner = this.#next;
        if (corner) {
            const [here, there] = [distance(this.#kept, corner), distance(corner, to)];
            const way = (one: Point, other: Point) => Math.atan2(other[1] - one[1], other[0] - one[0]);
            const turn = Math.abs(Math.atan2(...sinCos(way(corner, to) - way(this.#kept, corner))));
            const isSharp = turn > CORNER;
            if (isSharp && here > 2 * CORNER_NEAR) this.#put(between(corner, this.#kept, CORNER_NEAR / here));
            this.#put(corner);
            if (isSharp && there > 2 * CORNER_NEAR) this.#put(between(corner, to, CORNER_NEAR / there));
        }
        this.#next = to;
    }

    /** Keeps a point; one that is far takes several moves. */
    #put(to: Point): void {
        const from = this.#kept;
        const moves = Math.ceil(Math.max(Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1])) / MOVE_MAX);
        for (let move = 1; move <= moves; move++) {
            const point = between(from, to, move / moves).map(Math.round) as Point;
            if (point[0] !== this.#kept[0] || point[1] !== this.#kept[1]) this.points.push(...point);
            this.#kept = point;
        }
    }

    #steps(x: number, y: number): Point {
        const on = (at: number, edge: number): number => Math.round(Math.max(-edge, Math.min(edge, at)) * STEPS);
        return [on(x, EDGE_X), on(y, EDGE_Y)];
    }
}

function sinCos(angle: number): [number, number] {
    return [Math.sin(angle), Math.cos(angle)];
}
