// Large sprites that turn slowly: each frame has them at another angle, so there are no copies of them as they stand. A browser without a graphics card
// takes most of the time of a turned sprite to mix the four pixels around each of the screen's, and far less where it takes the nearest one.
// The nearest is as good where the picture is twice as fine as the screen, and as soft as it is seen there.
import type { Desk } from "./copies.js";

/** Pixels of the picture for one of the screen, each way. */
const FINENESS = 2;
/** Sizes that differ by less have the same picture, drawn as large as it is to be. */
const SIZE_STEP = Math.log(1.1);
/** Pictures that are kept. */
const KEPT_MAX = 96;

interface Turning {
    pattern: CanvasPattern;
    /** Its side, in its own pixels. */
    side: number;
}

export class Turnings {
    #desk: Desk;
    #kept = new Map<string, Turning>();

    constructor(desk: Desk) {
        this.#desk = desk;
    }

    forget(): void {
        this.#kept.clear();
    }

    /** Draws an image with a number around a point of the screen, its side in pixels, turned by an angle. It must be empty outside of the circle within
     *  its square: corners are cut off. */
    draw(context: CanvasRenderingContext2D, number: number, image: ImageBitmap, x: number, y: number, pixels: number, turn: number): void {
        const { pattern, side } = this.#of(context, number, image, pixels);
        const [left, top, whole] = [Math.floor(x - pixels / 2), Math.floor(y - pixels / 2), Math.ceil(pixels) + 1];
        const scale = pixels / side;
        const [cosine, sine] = [Math.cos(turn) * scale, Math.sin(turn) * scale];
        const half = side / 2;
        pattern.setTransform({
            a: cosine, b: -sine, c: sine, d: cosine, e: x - (cosine + sine) * half, f: y + (sine - cosine) * half,
        });
        context.imageSmoothingEnabled = false;
        context.fillStyle = pattern;
        context.fillRect(left, top, whole, whole);
        context.imageSmoothingEnabled = true;
    }

    #of(context: CanvasRenderingContext2D, number: number, image: ImageBitmap, pixels: number): Turning {
        const step = Math.ceil(Math.log(pixels) / SIZE_STEP);
        const key = `${number}/${step}`;
        const kept = this.#kept.get(key);
        if (kept) return kept;
        const seen = Math.ceil(Math.exp(step * SIZE_STEP));
        const soft = this.#desk.make(seen, seen, (pen) => {
            pen.imageSmoothingQuality = "high";
            pen.drawImage(image, 0, 0, seen, seen);
        });
        const side = FINENESS * seen;
        const fine = this.#desk.make(side, side, (pen) => pen.drawImage(soft, 0, 0, side, side));
        const made = { pattern: context.createPattern(fine, "no-repeat")!, side };
        if (this.#kept.size >= KEPT_MAX) this.#kept.clear();
        this.#kept.set(key, made);
        return made;
    }
}
