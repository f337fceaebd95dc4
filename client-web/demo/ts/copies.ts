// Copies of sprites as they stand on the screen: what is copied pixel by pixel costs a browser without a graphics card a tenth of what is scaled or
// turned as it is drawn. A turned sprite costs it most: each row of one is a shape with soft edges.

/** Sizes that differ by less are drawn alike. */
const SIZE_STEP = Math.log(1.05);
const SIZE_STEPS = 256;
/** Directions that are told apart. */
const TURN_STEPS = 128;
/** Turned sprites that are larger are drawn as they are: so many directions would be seen, and would not be kept. */
const TURNED_PIXELS_MAX = 96;
/** Sprites that are smaller and not turned cost as little as their copies, and need not stand on whole pixels. */
const STRAIGHT_PIXELS_MIN = 24;
/** Pixels that are kept, of four bytes each: at most so many of those used of late, and of those before. */
const PIXELS_MAX = 6_000_000;
/** Looks that were asked for once, of which there is no copy yet. */
const SEEN_MAX = 4096;

/** A copy with its middle: whole pixels from its corner. */
export interface Copy {
    image: ImageBitmap;
    left: number;
    top: number;
}

const sizeStep = (pixels: number): number => Math.max(0, Math.min(SIZE_STEPS - 1, Math.round(Math.log(pixels) / SIZE_STEP)));

/** Copies, made of a look that is asked for a second time. */
export class Copies {
    #late = new Map<number, Copy>();
    #before = new Map<number, Copy>();
    #latePixels = 0;
    #seen = new Set<number>();

    forget(): void {
        this.#late.clear();
        this.#before.clear();
        this.#latePixels = 0;
    }

    /** The copy of an image with a number, so wide and high in pixels, turned by an angle; none where it is to be drawn as it is. */
    of(number: number, image: ImageBitmap, wide: number, high: number, turn: number): Copy | undefined {
        const longest = Math.max(wide, high);
        if (turn === 0 ? longest < STRAIGHT_PIXELS_MIN : longest > TURNED_PIXELS_MAX) return undefined;
        const [wideStep, highStep] = [sizeStep(wide), sizeStep(high)];
        const turnStep = ((Math.round((turn / (2 * Math.PI)) * TURN_STEPS) % TURN_STEPS) + TURN_STEPS) % TURN_STEPS;
        const key = ((number * SIZE_STEPS + wideStep) * SIZE_STEPS + highStep) * TURN_STEPS + turnStep;
        const late = this.#late.get(key);
        if (late) return late;
        const before = this.#before.get(key);
        if (before) return this.#keep(key, before);
        if (!this.#seen.has(key)) {
            if (this.#seen.size >= SEEN_MAX) this.#seen.clear();
            this.#seen.add(key);
            return undefined;
        }
        this.#seen.delete(key);
        const angle = (turnStep / TURN_STEPS) * 2 * Math.PI;
        return this.#keep(key, make(image, Math.exp(wideStep * SIZE_STEP), Math.exp(highStep * SIZE_STEP), angle));
    }

    #keep(key: number, copy: Copy): Copy {
        const pixels = copy.image.width * copy.image.height;
        if (this.#latePixels + pixels > PIXELS_MAX) [this.#before, this.#late, this.#latePixels] = [this.#late, new Map(), 0];
        this.#late.set(key, copy);
        this.#latePixels += pixels;
        return copy;
    }
}

function make(image: ImageBitmap, wide: number, high: number, angle: number): Copy {
    const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
    const left = Math.ceil((Math.abs(cosine) * wide + Math.abs(sine) * high) / 2) + 1;
    const top = Math.ceil((Math.abs(sine) * wide + Math.abs(cosine) * high) / 2) + 1;
    const canvas = new OffscreenCanvas(2 * left, 2 * top);
    const pen = canvas.getContext("2d")!;
    pen.setTransform(cosine, -sine, sine, cosine, left, top);
    pen.drawImage(image, -wide / 2, -high / 2, wide, high);
    return { image: canvas.transferToImageBitmap(), left, top };
}
