// Behind the game: clouds, stars in three depths, the grid, the walls and the world's edge.
import { type Art, hsl } from "./art.js";
import type { Camera, Pen } from "./camera.js";

/** Edge of a tile of clouds, in units, and how far it goes with the camera: far away. */
const CLOUD_UNITS = 1500;
const CLOUD_DEPTH = 0.05;
/** Stars wrap around in a box of this size: larger than any view. */
const SKY_BOX = [2400, 1500];
/** Stars of each depth: how many, how far they go with the camera, and their size. */
const DEPTHS: [number, number, number][] = [[120, 0.12, 7], [70, 0.28, 11], [36, 0.5, 17]];
const GRID_UNITS = 250;
const OUTSIDE_UNITS = 2000;
const WALL = "rgba(115,168,255,";
const EDGE = "rgba(255,89,140,";

interface Star {
    x: number;
    y: number;
    depth: number;
    size: number;
    alpha: number;
    hue: number;
}

/** The same sky each time. */
function chances(): () => number {
    let state = 4;
    return () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state / 2 ** 32;
    };
}

export class Sky {
    #stars: Star[] = [];
    #cloud: HTMLCanvasElement | undefined;
    #cloudPixels = 0;

    constructor() {
        const chance = chances();
        for (const [count, depth, size] of DEPTHS) {
            for (let index = 0; index < count; index++) {
                const alpha = 0.25 + 0.6 * chance() * chance();
                this.#stars.push({
                    x: chance() * SKY_BOX[0], y: chance() * SKY_BOX[1], depth, size: size * (0.6 + 0.6 * chance()), alpha, hue: chance(),
                });
            }
        }
    }

    draw(pen: Pen, camera: Camera): void {
        const { context } = pen;
        pen.straighten();
        context.globalAlpha = 1;
        if (!this.#clouds(pen, camera)) {
            context.fillStyle = "#030409";
            context.fillRect(0, 0, context.canvas.width, context.canvas.height);
        }
        for (const star of this.#stars) {
            const x = camera.x + wrap(star.x - camera.x * star.depth, SKY_BOX[0]);
            const y = camera.y + wrap(star.y - camera.y * star.depth, SKY_BOX[1]);
            if (camera.sees(x, y, star.size)) {
                pen.sprite("star", x, y, star.size, star.size, STAR_COLOURS[Math.floor(star.hue * STAR_COLOURS.length)], star.alpha);
            }
        }
    }

    /** Clouds at one size whatever the zoom, so that they are copied and not drawn anew: they are far away. */
    #clouds(pen: Pen, camera: Camera): boolean {
        const { width, height } = pen.context.canvas;
        const pixels = Math.round((CLOUD_UNITS * height) / 640);
        if (!this.#cloud || this.#cloudPixels !== pixels) this.#cloud = tile(pen.art, pixels);
        if (!this.#cloud) return false;
        this.#cloudPixels = pixels;
        const [left, top] = [-camera.x * CLOUD_DEPTH, camera.y * CLOUD_DEPTH].map((units) => Math.floor((units * height) / 640));
        for (let x = (((left % pixels) + pixels) % pixels) - pixels; x < width; x += pixels) {
            for (let y = (((top % pixels) + pixels) % pixels) - pixels; y < height; y += pixels) pen.context.drawImage(this.#cloud, x, y);
        }
        return true;
    }
}

const STAR_COLOURS = [200, 220, 240, 260].map((hue) => hsl(hue, 0.6, 0.9));

function wrap(at: number, size: number): number {
    return at - Math.floor(at / size) * size - size / 2;
}

function tile(art: Art, pixels: number): HTMLCanvasElement | undefined {
    const image = art.plain("nebula");
    if (!image) return undefined;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = pixels;
    const context = canvas.getContext("2d", { alpha: false })!;
    context.fillStyle = "#030409";
    context.fillRect(0, 0, pixels, pixels);
    context.drawImage(image, 0, 0, pixels, pixels);
    return canvas;
}

/** Grid, walls and edge of a world of a size; four numbers for a wall, its corners. */
export function drawFence(pen: Pen, camera: Camera, size: number, walls: Float32Array): void {
    const lowX = Math.max(0, camera.x - camera.halfWidth - 10);
    const highX = Math.min(size, camera.x + camera.halfWidth + 10);
    const lowY = Math.max(0, camera.y - camera.halfHeight - 10);
    const highY = Math.min(size, camera.y + camera.halfHeight + 10);
    for (let line = Math.max(1, Math.ceil(lowX / GRID_UNITS)); line * GRID_UNITS < highX; line++) {
        pen.bar(line * GRID_UNITS - 0.6, lowY, line * GRID_UNITS + 0.6, highY, line % 4 === 0 ? "rgba(115,158,255,.075)" : "rgba(115,158,255,.038)");
    }
    for (let line = Math.max(1, Math.ceil(lowY / GRID_UNITS)); line * GRID_UNITS < highY; line++) {
        pen.bar(lowX, line * GRID_UNITS - 0.6, highX, line * GRID_UNITS + 0.6, line % 4 === 0 ? "rgba(115,158,255,.075)" : "rgba(115,158,255,.038)");
    }
    for (let wall = 0; wall < walls.length; wall += 4) drawWall(pen, camera, walls[wall], walls[wall + 1], walls[wall + 2], walls[wall + 3]);
    drawEdges(pen, camera, size);
}

/** A bright edge, and a dark body with a lit spine. */
function drawWall(pen: Pen, camera: Camera, lowX: number, lowY: number, highX: number, highY: number): void {
    const [x, y, wide, high] = [(lowX + highX) / 2, (lowY + highY) / 2, highX - lowX, highY - lowY];
    if (!camera.sees(x, y, Math.max(wide, high) / 2 + 24)) return;
    for (let reach = 20; reach > 0; reach -= 5) pen.bar(lowX - reach, lowY - reach, highX + reach, highY + reach, `${WALL}.035)`);
    pen.bar(lowX, lowY, highX, highY, `${WALL}.9)`);
    pen.bar(lowX + 1.5, lowY + 1.5, highX - 1.5, highY - 1.5, "#050a16");
    pen.bar(lowX + 7, lowY + 7, highX - 7, highY - 7, `${WALL}.07)`);
    const [halfWide, halfHigh] = wide > high ? [wide / 2 - 22, 1] : [1, high / 2 - 22];
    pen.bar(x - halfWide, y - halfHigh, x + halfWide, y + halfHigh, `${WALL}.45)`);
}

/** Outside is dark. */
function drawEdges(pen: Pen, camera: Camera, size: number): void {
    const far = OUTSIDE_UNITS;
    const sides: [number, number, number, number][] = [
        [-far, -far, 0, size + far], [size, -far, size + far, size + far], [0, -far, size, 0], [0, size, size, size + far],
    ];
    const isSeen = [
        camera.x - camera.halfWidth < 30, camera.x + camera.halfWidth > size - 30,
        camera.y - camera.halfHeight < 30, camera.y + camera.halfHeight > size - 30,
    ];
    const lines: [number, number, number, number][] = [[0, 0, 0, size], [size, 0, size, size], [0, 0, size, 0], [0, size, size, size]];
    for (const [index, side] of sides.entries()) {
        if (!isSeen[index]) continue;
        pen.bar(...side, "rgba(13,0,8,.5)");
        const [lowX, lowY, highX, highY] = lines[index];
        for (let reach = 24; reach > 2; reach -= 7) pen.bar(lowX - reach, lowY - reach, highX + reach, highY + reach, `${EDGE}.05)`);
        pen.bar(lowX - 1, lowY - 1, highX + 1, highY + 1, `${EDGE}1)`);
    }
}
