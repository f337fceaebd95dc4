// Pictures and colours, the same as the window's. The pictures are drawn by `assets/make_art.py`.
import beam from "../../../assets/sprites/beam.png";
import bolt from "../../../assets/sprites/bolt.png";
import charge from "../../../assets/sprites/charge.png";
import core from "../../../assets/sprites/core.png";
import flame from "../../../assets/sprites/flame.png";
import glow from "../../../assets/sprites/glow.png";
import missile from "../../../assets/sprites/missile.png";
import rapid from "../../../assets/sprites/rapid.png";
import repair from "../../../assets/sprites/repair.png";
import ring from "../../../assets/sprites/ring.png";
import shield from "../../../assets/sprites/shield.png";
import ship from "../../../assets/sprites/ship.png";
import spark from "../../../assets/sprites/spark.png";
import star from "../../../assets/sprites/star.png";
import { Copies, Desk } from "./copies.js";
import { Turnings } from "./turning.js";

/** The larger pictures, which are files beside the script: `client-web/page.mjs` has put what is in them into their names. */
declare const LARGE_PICTURES: Record<"rock0" | "rock1" | "rock2" | "nebula", string>;

const ADDRESSES = {
    beam, bolt, charge, core, flame, glow, missile, rapid, repair, ring, shield, ship, spark, star, ...LARGE_PICTURES,
};

export type Picture = keyof typeof ADDRESSES;

export const PRIZE_PICTURES: Picture[] = ["repair", "shield", "rapid", "charge"];
export const ROCKS: Picture[] = ["rock0", "rock1", "rock2"];

/** A colour: red, green and blue, 0 to 1. */
export type Colour = readonly [number, number, number];

export const WHITE: Colour = [1, 1, 1];
export const OWN: Colour = [0.36, 0.92, 1];
export const GOOD: Colour = [0.45, 0.95, 0.55];
export const WARNING: Colour = [1, 0.78, 0.3];
export const BAD: Colour = [1, 0.36, 0.32];
export const PRIZE_COLOURS: Colour[] = [[0.42, 1, 0.55], [0.42, 0.68, 1], [1, 0.83, 0.3], [0.85, 0.5, 1]];
export const MISSILE: Colour = [1, 0.45, 0.3];

/** Hues of other ships: warm for the computer's, cool for players, none near the own one's. */
const DRONE_HUES = [4, 18, 32, 345, 330].map((hue) => hsl(hue, 0.95, 0.66));
const PLAYER_HUES = [265, 95, 140, 290].map((hue) => hsl(hue, 0.9, 0.72));

export function hsl(hue: number, saturation: number, lightness: number): Colour {
    const part = (turn: number) => {
        const at = (turn + hue / 30) % 12;
        return lightness - saturation * Math.min(lightness, 1 - lightness) * Math.max(-1, Math.min(at - 3, 9 - at, 1));
    };
    return [part(0), part(8), part(4)];
}

export function mix(one: Colour, other: Colour, share: number): Colour {
    return [one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share, one[2] + (other[2] - one[2]) * share];
}

export function css([red, green, blue]: Colour, alpha = 1): string {
    return `rgba(${Math.round(red * 255)},${Math.round(green * 255)},${Math.round(blue * 255)},${alpha})`;
}

/** The colour of the ship in a slot: its own for as long as it is there. */
export function shipColour(slot: number, isComputer: boolean, isOwn: boolean): Colour {
    if (isOwn) return OWN;
    const hues = isComputer ? DRONE_HUES : PLAYER_HUES;
    return hues[slot % hues.length];
}

/** Steps of each part of a colour that are told apart: tinted pictures are kept, and there must not be too many. */
const TINT_STEPS = 12;
/** Tinted pictures that are kept. */
const TINTS_MAX = 600;

/** A picture times a colour, and the number by which it is told from others. */
export interface Tinted {
    number: number;
    image: ImageBitmap;
}

/** All pictures, tinted copies of them, and copies of these as they stand on the screen. */
export class Art {
    readonly #desk = new Desk();
    readonly copies = new Copies(this.#desk);
    readonly turnings = new Turnings(this.#desk);
    #images = new Map<Picture, HTMLImageElement>();
    #tinted = new Map<number, Tinted>();
    #names = Object.keys(ADDRESSES) as Picture[];

    constructor() {
        for (const name of this.#names) {
            const image = new Image();
            image.src = ADDRESSES[name];
            this.#images.set(name, image);
        }
    }

    /** Whatever is kept of tints was lost, with the graphics card's memory. */
    forget(): void {
        this.#tinted.clear();
        this.copies.forget();
        this.turnings.forget();
    }

    /** A picture as it is, once it has come. */
    plain(name: Picture): HTMLImageElement | undefined {
        const image = this.#images.get(name);
        return image && image.complete && image.naturalWidth > 0 ? image : undefined;
    }

    /** A picture times a colour. */
    tinted(name: Picture, [red, green, blue]: Colour): Tinted | undefined {
        const step = (part: number) => Math.round(Math.min(1, Math.max(0, part)) * TINT_STEPS);
        const steps = [step(red), step(green), step(blue)];
        const base = TINT_STEPS + 1;
        const number = ((this.#names.indexOf(name) * base + steps[0]) * base + steps[1]) * base + steps[2];
        const kept = this.#tinted.get(number);
        if (kept) return kept;
        const image = this.plain(name);
        if (!image) return undefined;
        const made = this.#desk.make(image.naturalWidth, image.naturalHeight, (pen) => {
            pen.drawImage(image, 0, 0);
            pen.globalCompositeOperation = "multiply";
            pen.fillStyle = css([steps[0] / TINT_STEPS, steps[1] / TINT_STEPS, steps[2] / TINT_STEPS]);
            pen.fillRect(0, 0, image.naturalWidth, image.naturalHeight);
            pen.globalCompositeOperation = "destination-in";
            pen.drawImage(image, 0, 0);
        });
        if (this.#tinted.size >= TINTS_MAX) this.#tinted.clear();
        const tinted = { number, image: made };
        this.#tinted.set(number, tinted);
        return tinted;
    }
}
