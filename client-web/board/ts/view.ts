// The part of the paper that is seen: moved and made larger by wheel, fingers and keys. Its y points down, the paper's up.

/** Half of the paper, in units. */
export const [EDGE_X, EDGE_Y] = [1600, 1000];

const SCALE_MAX = 8;
/** The paper is never smaller than this part of the window. */
const PART_MIN = 0.5;

export class View {
    /** Pixels of the page for a unit, and where the paper's middle is. */
    scale = 1;
    x = 0;
    y = 0;
    /** Counts what it was changed. */
    changes = 0;
    #element: HTMLElement;
    #isFitted = true;

    constructor(element: HTMLElement) {
        this.#element = element;
        new ResizeObserver(() => (this.#isFitted ? this.fit() : this.move(0, 0))).observe(element);
        this.fit();
    }

    get width(): number {
        return this.#element.clientWidth;
    }

    get height(): number {
        return this.#element.clientHeight;
    }

    get #whole(): number {
        return Math.min(this.width / (2 * EDGE_X), this.height / (2 * EDGE_Y));
    }

    /** All of the paper. */
    fit(): void {
        this.#isFitted = true;
        this.scale = this.#whole * 0.98 || 1;
        [this.x, this.y] = [this.width / 2, this.height / 2];
        this.changes++;
    }

    /** By so many pixels; some of the paper stays in sight. */
    move(x: number, y: number): void {
        if (x || y) this.#isFitted = false;
        const keep = (at: number, half: number, size: number): number => Math.max(80 - half * this.scale, Math.min(size - 80 + half * this.scale, at));
        this.x = keep(this.x + x, EDGE_X, this.width);
        this.y = keep(this.y + y, EDGE_Y, this.height);
        this.changes++;
    }

    /** So many times as large; what is at this pixel stays there. */
    zoom(times: number, x = this.width / 2, y = this.height / 2): void {
        this.#isFitted = false;
        const scale = Math.max(this.#whole * PART_MIN, Math.min(SCALE_MAX, this.scale * times));
        const factor = scale / this.scale;
        this.scale = scale;
        this.x = x - (x - this.x) * factor;
        this.y = y - (y - this.y) * factor;
        this.move(0, 0);
    }

    /** The place at a pixel, in units. */
    place(x: number, y: number): [number, number] {
        return [(x - this.x) / this.scale, (this.y - y) / this.scale];
    }

    /** The pixel of a place. */
    pixel(x: number, y: number): [number, number] {
        return [this.x + x * this.scale, this.y - y * this.scale];
    }

    /** Makes a canvas draw in units. */
    apply(context: CanvasRenderingContext2D, ratio: number): void {
        const scale = this.scale * ratio;
        context.setTransform(scale, 0, 0, -scale, this.x * ratio, this.y * ratio);
    }
}
