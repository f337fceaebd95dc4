// Particles: short-lived sprites for everything that burns, breaks or flashes.
import { type Colour, mix, type Picture, WHITE } from "./art.js";
import type { Camera, Pen } from "./camera.js";

/** More at once are not told apart, and cost frames. */
const PARTICLES_MAX = 500;
/** Streaks that are shorter than this, by their width, are drawn as dots: without a graphics card a turned sprite costs eight times as much. */
const STREAK_MIN = 1.6;

class Particle {
    picture: Picture = "glow";
    x = 0;
    y = 0;
    velocityX = 0;
    velocityY = 0;
    /** Share of its speed that it loses in a second. */
    drag = 0;
    age = 0;
    life = 0;
    from = 0;
    to = 0;
    colour: Colour = WHITE;
    alpha = 1;
    /** Length for each unit a second: streaks. */
    stretch = 0;
    /** A ray's way from end to end. */
    wayX = 0;
    wayY = 0;
}

const chance = Math.random;

export class Effects {
    /** The first `#count` are alive; the others are used again. */
    #particles: Particle[] = [];
    #count = 0;
    #camera: Camera;

    constructor(camera: Camera) {
        this.#camera = camera;
    }

    #put(picture: Picture, x: number, y: number, colour: Colour, alpha: number, life: number, from: number, to: number): Particle {
        const index = Math.min(this.#count, PARTICLES_MAX - 1);
        this.#count = index + 1;
        const particle = (this.#particles[index] ??= new Particle());
        particle.velocityX = particle.velocityY = particle.drag = particle.age = particle.stretch = particle.wayX = particle.wayY = 0;
        return Object.assign(particle, { picture, x, y, colour, alpha, life, from, to });
    }

    #move(particle: Particle, velocityX: number, velocityY: number, drag: number, stretch = 0): void {
        Object.assign(particle, { velocityX, velocityY, drag, stretch });
    }

    muzzle(x: number, y: number, colour: Colour, isOwn: boolean): void {
        if (isOwn) this.#camera.shake(x, y, 0.05);
        this.#put("glow", x, y, mix(colour, WHITE, 0.5), isOwn ? 0.8 : 0.5, 0.09, 34, 12);
    }

    impact(x: number, y: number, colour: Colour): void {
        this.#put("glow", x, y, mix(colour, WHITE, 0.5), 0.9, 0.18, 20, 58);
        for (let index = 0; index < 7; index++) {
            const [angle, speed] = [chance() * 7, 60 + 170 * chance()];
            const spark = this.#put("spark", x, y, mix(colour, WHITE, 0.4), 1, 0.2 + 0.25 * chance(), 6, 2);
            this.#move(spark, Math.cos(angle) * speed, Math.sin(angle) * speed, 4, 0.07);
        }
    }

    hit(x: number, y: number): void {
        this.#camera.shake(x, y, 0.18);
        this.#put("glow", x, y, [1, 0.8, 0.5], 0.8, 0.22, 30, 90);
    }

    launch(x: number, y: number): void {
        this.#put("glow", x, y, [1, 0.6, 0.4], 0.8, 0.3, 24, 80);
    }

    arrival(x: number, y: number): void {
        this.#put("ring", x, y, [0.6, 0.85, 1], 0.9, 0.6, 130, 20);
        this.#put("glow", x, y, [0.6, 0.85, 1], 0.8, 0.5, 20, 150);
    }

    exhaust(x: number, y: number, velocityX: number, velocityY: number, colour: Colour): void {
        const angle = chance() * 7;
        const puff = this.#put("glow", x, y, mix([1, 0.62, 0.25], colour, 0.55), 0.34, 0.35 + 0.3 * chance(), 21, 7);
        this.#move(puff, velocityX + Math.cos(angle) * 14, velocityY + Math.sin(angle) * 14, 2.5);
    }

    smoke(x: number, y: number, velocityX: number, velocityY: number): void {
        const angle = chance() * 7;
        const puff = this.#put("glow", x, y, [0.5, 0.45, 0.45], 0.28, 0.9, 18, 46);
        this.#move(puff, velocityX + Math.cos(angle) * 12, velocityY + Math.sin(angle) * 12, 1);
    }

    beam(fromX: number, fromY: number, toX: number, toY: number, colour: Colour): void {
        const [wayX, wayY] = [toX - fromX, toY - fromY];
        const [x, y] = [(fromX + toX) / 2, (fromY + toY) / 2];
        Object.assign(this.#put("beam", x, y, colour, 0.9, 0.42, 30, 8), { wayX, wayY });
        Object.assign(this.#put("beam", x, y, WHITE, 1, 0.2, 13, 3), { wayX, wayY });
        this.#put("glow", fromX, fromY, mix(colour, WHITE, 0.6), 0.9, 0.2, 60, 20);
        this.#put("glow", toX, toY, mix(colour, WHITE, 0.4), 0.8, 0.35, 30, 70);
    }

    blast(x: number, y: number, driftX: number, driftY: number): void {
        this.#camera.shake(x, y, 0.9);
        this.#put("glow", x, y, [1, 0.95, 0.85], 1, 0.28, 120, 300);
        this.#put("ring", x, y, [1, 0.75, 0.45], 0.85, 0.55, 20, 270);
        for (let index = 0; index < 12; index++) {
            const [angle, speed, size] = [chance() * 7, 110 * chance(), 34 + 34 * chance()];
            const fire = this.#put("glow", x, y, [1, 0.35 + 0.35 * chance(), 0.12], 0.75, 0.45 + 0.5 * chance(), size, size * 0.3);
            this.#move(fire, driftX * 0.4 + Math.cos(angle) * speed, driftY * 0.4 + Math.sin(angle) * speed, 2.2);
        }
        for (let index = 0; index < 26; index++) {
            const [angle, speed, heat] = [chance() * 7, 90 + 330 * chance(), chance()];
            const spark = this.#put("spark", x, y, [1, 0.6 + 0.35 * heat, 0.3 + 0.5 * heat], 1, 0.4 + 0.7 * chance(), 7, 2);
            this.#move(spark, driftX * 0.6 + Math.cos(angle) * speed, driftY * 0.6 + Math.sin(angle) * speed, 2.6, 0.06);
        }
    }

    draw(pen: Pen, seconds: number): void {
        for (let index = 0; index < this.#count; ) {
            const particle = this.#particles[index];
            particle.age += seconds;
            const share = particle.age / particle.life;
            if (share >= 1) {
                // The last takes its place.
                this.#particles[index] = this.#particles[--this.#count];
                this.#particles[this.#count] = particle;
                continue;
            }
            this.#show(pen, particle, share, seconds);
            index++;
        }
    }

    #show(pen: Pen, particle: Particle, share: number, seconds: number): void {
        const slowed = Math.exp(-particle.drag * seconds);
        particle.velocityX *= slowed;
        particle.velocityY *= slowed;
        particle.x += particle.velocityX * seconds;
        particle.y += particle.velocityY * seconds;
        const { x, y, wayX, wayY, velocityX, velocityY } = particle;
        const size = particle.from + (particle.to - particle.from) * (1 - (1 - share) ** 2);
        const way = Math.hypot(wayX, wayY);
        if (!this.#camera.sees(x, y, size + way)) return;
        const stretched = Math.hypot(velocityX, velocityY) * particle.stretch;
        const length = size + stretched > STREAK_MIN * size ? stretched : 0;
        const turn = length > 0 || way > 0 ? Math.atan2(velocityY + wayY, velocityX + wayX) : 0;
        const alpha = particle.alpha * (1 - share) ** 1.4;
        pen.sprite(particle.picture, x, y, way > 0 ? way : size + length, size, particle.colour, alpha, turn);
    }
}
