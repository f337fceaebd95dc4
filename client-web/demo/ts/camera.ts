// The camera: it follows the own ship, looks ahead of it, and shakes a little when something blows up near by. And the
// pen that draws in units of the world, up being up.
import type { Art, Colour, Picture } from "./art.js";

/** Height of the view in units, at rest; its least width, for a screen that stands upright. */
const VIEW_UNITS = 640;
const VIEW_WIDTH_MIN = 420;
/** Share by which more of the world is seen at top speed, and that speed. */
const ZOOM_OUT = 0.14;
const TOP_SPEED = 370;
/** Seconds of flight that the camera looks ahead, and units towards where the nose points. */
const AHEAD_SECONDS = 0.38;
const AHEAD_NOSE = 46;
/** Time in which all but a third of a change of view is made. */
const EASE_SECONDS = 0.35;
/** Longest shake, in units. */
const SHAKE_UNITS = 7;

/** Less than this is not seen. */
const ALPHA_MIN = 0.004;

/** What the camera follows. */
export interface Followed {
    x: number;
    y: number;
    velocityX: number;
    velocityY: number;
    heading: number;
    isAlive: boolean;
}

export class Camera {
    x = 0;
    y = 0;
    /** Half of what is seen, in units. */
    halfWidth = 500;
    halfHeight = VIEW_UNITS / 2;
    /** Pixels of the canvas for a unit. */
    scale = 1;
    #aheadX = 0;
    #aheadY = 0;
    #zoom = 1;
    #shake = 0;
    #seconds = 0;
    #isNew = true;

    /** The next ship that is followed is another one: jump there. */
    begin(): void {
        this.#isNew = true;
    }

    shake(x: number, y: number, strength: number): void {
        const nearness = Math.max(0, 1 - Math.hypot(x - this.x, y - this.y) / 500);
        this.#shake = Math.min(1, this.#shake + strength * nearness);
    }

    sees(x: number, y: number, radius: number): boolean {
        return Math.abs(x - this.x) - radius < this.halfWidth && Math.abs(y - this.y) - radius < this.halfHeight;
    }

    follow(ship: Followed | undefined, seconds: number, width: number, height: number): void {
        const ease = 1 - Math.exp(-seconds / EASE_SECONDS);
        this.#seconds += seconds;
        this.#shake = Math.max(0, this.#shake - seconds * 2.2);
        if (ship) this.#look(ship, ease, seconds);
        else if (this.#isNew) {
            this.x += 14 * seconds;
            this.y += 5 * seconds;
        }
        const units = Math.max(VIEW_UNITS, (VIEW_WIDTH_MIN * height) / width) * Math.max(0.5, this.#zoom);
        this.scale = height / units;
        this.halfHeight = units / 2;
        this.halfWidth = width / this.scale / 2;
    }

    #look(ship: Followed, ease: number, seconds: number): void {
        const nose = ship.isAlive ? AHEAD_NOSE : 0;
        const aheadX = ship.velocityX * AHEAD_SECONDS + Math.cos(ship.heading) * nose;
        const aheadY = ship.velocityY * AHEAD_SECONDS + Math.sin(ship.heading) * nose;
        const share = this.#isNew ? 1 : ease;
        this.#aheadX += (aheadX - this.#aheadX) * share;
        this.#aheadY += (aheadY - this.#aheadY) * share;
        const speed = Math.hypot(ship.velocityX, ship.velocityY) / TOP_SPEED;
        this.#zoom += (1 + ZOOM_OUT * Math.min(speed, 1.2) - this.#zoom) * ease;
        const [x, y] = [ship.x + this.#aheadX, ship.y + this.#aheadY];
        // The ship is held still on the screen; only a return elsewhere is flown to.
        const isFar = Math.hypot(x - this.x, y - this.y) > 90 && !this.#isNew;
        const step = isFar ? 1 - Math.exp(-seconds / 0.18) : 1;
        this.x += (x - this.x) * step;
        this.y += (y - this.y) * step;
        this.#isNew = false;
    }

    /** Where the middle of the picture is, with the shake. */
    get middle(): [number, number] {
        const strength = this.#shake * this.#shake * SHAKE_UNITS;
        return [this.x + Math.sin(this.#seconds * 61) * strength, this.y + Math.cos(this.#seconds * 47) * strength];
    }
}

/** Draws in units of the world. */
export class Pen {
    readonly art: Art;
    readonly context: CanvasRenderingContext2D;
    scale = 1;
    #originX = 0;
    #originY = 0;
    #isTurned = true;

    constructor(art: Art, context: CanvasRenderingContext2D) {
        this.art = art;
        this.context = context;
    }

    begin(camera: Camera): void {
        const [x, y] = camera.middle;
        const { width, height } = this.context.canvas;
        this.scale = camera.scale;
        this.art.copies.begin();
        // A canvas of another size has no transform.
        this.#isTurned = true;
        this.#originX = width / 2 - x * camera.scale;
        this.#originY = height / 2 + y * camera.scale;
    }

    screenX(x: number): number {
        return this.#originX + x * this.scale;
    }

    screenY(y: number): number {
        return this.#originY - y * this.scale;
    }

    /** Pixels are where the screen has them, as far as it is not so already: asking for it costs. */
    straighten(): void {
        if (this.#isTurned) this.context.setTransform(1, 0, 0, 1, 0, 0);
        this.#isTurned = false;
    }

    /** A round sprite around a point, turned by exactly an angle, tinted. */
    turning(name: Picture, x: number, y: number, size: number, colour: Colour, alpha: number, turn: number): void {
        const tinted = alpha > ALPHA_MIN && this.art.tinted(name, colour);
        if (!tinted) return;
        this.context.globalAlpha = alpha < 1 ? alpha : 1;
        this.straighten();
        this.art.turnings.draw(this.context, tinted.number, tinted.image, this.screenX(x), this.screenY(y), size * this.scale, turn);
    }

    /** A sprite around a point, turned by an angle or as good as that, tinted. */
    sprite(name: Picture, x: number, y: number, width: number, height: number, colour: Colour, alpha: number, turn = 0): void {
        if (alpha <= ALPHA_MIN) return;
        const tinted = this.art.tinted(name, colour);
        if (!tinted) return;
        const { context, scale } = this;
        context.globalAlpha = alpha < 1 ? alpha : 1;
        const [middleX, middleY, wide, high] = [this.screenX(x), this.screenY(y), width * scale, height * scale];
        const copy = this.art.copies.of(tinted.number, tinted.image, wide, high, turn);
        if (copy) {
            this.straighten();
            context.drawImage(copy.image, Math.round(middleX) - copy.left, Math.round(middleY) - copy.top);
        } else if (turn === 0) {
            this.straighten();
            context.drawImage(tinted.image, middleX - wide / 2, middleY - high / 2, wide, high);
        } else {
            const [cosine, sine] = [Math.cos(turn), Math.sin(turn)];
            this.#isTurned = true;
            context.setTransform(cosine, -sine, sine, cosine, middleX, middleY);
            context.drawImage(tinted.image, -wide / 2, -high / 2, wide, high);
        }
    }

    /** A rectangle between two corners. */
    bar(lowX: number, lowY: number, highX: number, highY: number, style: string): void {
        const { context, scale } = this;
        context.globalAlpha = 1;
        this.straighten();
        context.fillStyle = style;
        context.fillRect(this.screenX(lowX), this.screenY(highY), (highX - lowX) * scale, (highY - lowY) * scale);
    }
}
