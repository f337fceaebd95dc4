// Copies of sprites as they stand on the screen: what is copied pixel by pixel costs a browser without a graphics card a tenth of what is scaled or
// turned as it is drawn. A turned sprite costs it most: each row of one is a shape with soft edges. But to make a copy costs more than to draw several turned sprites,
// so only what is asked for again and again has one, and a frame makes few.

/** Sizes that differ by less are drawn alike. */
const SIZE_STEP = Math.log(1.05);
const SIZE_STEPS = 256;
/** Directions that are told apart. */
const TURN_STEPS = 128;
/** Turned sprites that are larger are drawn as they are: so many directions would be seen, and would not be kept. */
const TURNED_PIXELS_MAX = 96;
/** Sprites that are smaller and not turned cost as little as their copies. */
const STRAIGHT_PIXELS_MIN = 4;
/** Pixels that are kept, of four bytes each: at most so many of those used of late, and of those before. */
const PIXELS_MAX = 6_000_000;
/** Looks without a copy, of which it is counted how often they were asked for. */
const ASKED_MAX = 8192;
/** Times that a look is asked for before it has a copy. */
const ASKS = 6;
/** Copies that a frame makes at most: others wait, and are drawn as they are. */
const MADE_MAX = 2;

/** A copy with its middle: whole pixels from its corner. */
export interface Copy {
    image: ImageBitmap;
    left: number;
    top: number;
}

const sizeStep = (pixels: number): number => Math.max(0, Math.min(SIZE_STEPS - 1, Math.round(Math.log(pixels) / SIZE_STEP)));

/** A canvas that pictures are made on and taken from, since a new one for each costs more than what is drawn on it. */
export class Desk {
    #canvas: OffscreenCanvas | undefined;
    #pen: OffscreenCanvasRenderingContext2D | undefined;

    /** The picture, so wide and high in pixels, that `draw` makes on an empty canvas. */
    make(wide: number, high: number, draw: (pen: OffscreenCanvasRenderingContext2D) => void): ImageBitmap {
        this.#canvas ??= new OffscreenCanvas(wide, high);
        this.#pen ??= this.#canvas.getContext("2d")!;
        Object.assign(this.#canvas, { width: wide, height: high });
        draw(this.#pen);
        return this.#canvas.transferToImageBitmap();
    }
}

/** Copies, made of looks that are asked for often. */
export class Copies {
    #desk: Desk;
    #late = new Map<number, Copy>();
    #before = new Map<number, Copy>();
    #latePixels = 0;
    #asked = new Map<number, number>();
    #made = 0;

    constructor(desk: Desk) {
        this.#desk = desk;
    }

    /** The next frame is drawn. */
    begin(): void {
        this.#made = 0;
    }

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
        const asks = (this.#asked.get(key) ?? 0) + 1;
        if (asks < ASKS || this.#made >= MADE_MAX) {
            if (this.#asked.size >= ASKED_MAX) this.#asked.clear();
            this.#asked.set(key, asks);
            return undefined;
        }
        this.#asked.delete(key);
        this.#made++;
        const angle = (turnStep / TURN_STEPS) * 2 * Math.PI;
        return this.#keep(key, this.#copy(image, Math.exp(wideStep * SIZE_STEP), Math.exp(highStep * SIZE_STEP), angle));
    }

    #keep(key: number, copy: Copy): Copy {
        const pixels = copy.image.width * copy.image.height;
        if (this.#latePixels + pixels > PIXELS_MAX) [this.#before, this.#late, this.#latePixels] = [this.#late, new Map(), 0];
        this.#late.set(key, copy);
        this.#latePixels += pixels;
        return copy;
    }

    #copy(image: ImageBitmap, wide: number, high: number, angle: number): Copy {
        const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
        const left = Math.ceil((Math.abs(cosine) * wide + Math.abs(sine) * high) / 2) + 1;
        const top = Math.ceil((Math.abs(sine) * wide + Math.abs(cosine) * high) / 2) + 1;
        const made = this.#desk.make(2 * left, 2 * top, (pen) => {
            pen.setTransform(cosine, -sine, sine, cosine, left, top);
            pen.drawImage(image, -wide / 2, -high / 2, wide, high);
        });
        return { image: made, left, top };
    }
}
