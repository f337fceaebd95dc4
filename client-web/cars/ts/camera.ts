// A camera behind a car, and what it makes of points in space: a picture in perspective on a flat canvas.

export type Point = readonly [number, number, number];

/** A quaternion's turn of a point. */
export function turn([qx, qy, qz, qw]: readonly number[], [x, y, z]: Point): Point {
    const [tx, ty, tz] = [2 * (qy * z - qz * y), 2 * (qz * x - qx * z), 2 * (qx * y - qy * x)];
    return [x + qw * tx + qy * tz - qz * ty, y + qw * ty + qz * tx - qx * tz, z + qw * tz + qx * ty - qy * tx];
}

/** Nearer than this nothing is drawn: metres. */
const NEAR = 0.3;
/** Metres behind the car, and above it. */
const [BEHIND, ABOVE] = [8, 3];
/** Share of the way to where the camera should be that it goes in a second, as a rate. */
const FOLLOWS = 6;

export class Camera {
    #at: Point = [0, -70, 30];
    #heading = Math.PI / 2;
    #width = 1;
    #height = 1;
    #scale = 1;

    /** Makes the canvas as fine as the screen. */
    fit(canvas: HTMLCanvasElement): void {
        const ratio = Math.min(devicePixelRatio, 2);
        const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
        if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
        [this.#width, this.#height, this.#scale] = [width, height, Math.max(height, width * 0.6) * 0.9];
    }

    /** Goes after a car, or looks at a place from the side line. */
    follow(place: Point, heading: number | undefined, seconds: number): void {
        const share = 1 - Math.exp(-FOLLOWS * seconds);
        if (heading !== undefined) {
            const turns = Math.atan2(Math.sin(heading - this.#heading), Math.cos(heading - this.#heading));
            this.#heading += turns * share;
        }
        const [x, y, z] = place;
        const wanted: Point = [x - Math.cos(this.#heading) * BEHIND, y - Math.sin(this.#heading) * BEHIND, z + ABOVE];
        // The car itself is never late.
        const far = Math.hypot(wanted[0] - this.#at[0], wanted[1] - this.#at[1], wanted[2] - this.#at[2]);
        const part = far > 20 ? 1 : Math.max(share, 1 - 1.5 / Math.max(far, 1.5));
        this.#at = [0, 1, 2].map((axis) => this.#at[axis] + (wanted[axis] - this.#at[axis]) * part) as unknown as Point;
    }

    /** A point by the camera's own axes: to the right, up, ahead. */
    #seen([x, y, z]: Point): Point {
        const [dx, dy, dz] = [x - this.#at[0], y - this.#at[1], z - this.#at[2]];
        const [cos, sin] = [Math.cos(this.#heading), Math.sin(this.#heading)];
        const [ahead, right] = [dx * cos + dy * sin, dx * sin - dy * cos];
        // It looks down a little.
        const [c, s] = [0.985, 0.17];
        return [right, dz * c + ahead * s, ahead * c - dz * s];
    }

    /** Distance ahead. */
    depth(point: Point): number {
        return this.#seen(point)[2];
    }

    /** Whether a point is to the right. */
    isRight(point: Point): boolean {
        return this.#seen(point)[0] > 0;
    }

    #flat([right, up, ahead]: Point): [number, number] {
        const scale = this.#scale / ahead;
        return [this.#width / 2 + right * scale, this.#height * 0.45 - up * scale];
    }

    /** Pixels of a metre at a point; 0 for what is not ahead. */
    pixels(point: Point): number {
        const ahead = this.depth(point);
        return ahead > NEAR ? this.#scale / ahead : 0;
    }

    /** Where a point is on the canvas, if it is ahead. */
    project(point: Point): [number, number] | undefined {
        const seen = this.#seen(point);
        return seen[2] > NEAR ? this.#flat(seen) : undefined;
    }

    /** Adds a polygon to the context's path, cut off where it is behind the camera. */
    trace(context: CanvasRenderingContext2D, points: readonly Point[], isClosed = true): void {
        const seen = points.map((point) => this.#seen(point));
        const cut: Point[] = [];
        for (let index = 0; index < seen.length; index++) {
            const [now, next] = [seen[index], seen[(index + 1) % seen.length]];
            if (now[2] > NEAR) cut.push(now);
            if (!isClosed && index === seen.length - 1) continue;
            if (now[2] > NEAR !== next[2] > NEAR) {
                const part = (NEAR * 1.001 - now[2]) / (next[2] - now[2]);
                cut.push([0, 1, 2].map((axis) => now[axis] + (next[axis] - now[axis]) * part) as unknown as Point);
            }
        }
        cut.forEach((point, index) => (index ? context.lineTo(...this.#flat(point)) : context.moveTo(...this.#flat(point))));
        if (isClosed) context.closePath();
    }
}
