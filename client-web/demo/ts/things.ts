// Everything in the world: ships, asteroids, shots, missiles and prizes, and what they leave behind.
import type { Frame, Session } from "auspice-web";

import { BAD, type Colour, css, GOOD, MISSILE, mix, PRIZE_COLOURS, PRIZE_PICTURES, ROCKS, shipColour, WARNING, WHITE } from "./art.js";
import type { Camera, Followed, Pen } from "./camera.js";
import type { Effects } from "./effects.js";
import type { Game, Rules, Ship, Shot } from "./game.js";
import type { DemoClient } from "./module.js";

/** Seconds in which things fade in at the edge of sight. */
const FADE_IN = 0.35;
const EXHAUST_SECONDS = 0.022;
const SMOKE_SECONDS = 0.07;
/** In one frame. */
const PUFFS_MAX = 6;
/** Time in which all but a third of a correction of the heading is smoothed away. */
const TURN_SMOOTHING_SECONDS = 0.06;
const [BAR_WIDE, BAR_HIGH] = [38, 4];
/** Pixels of a rock's picture, and of a hull's, for each pixel of its radius. */
const ROCK_PER_RADIUS = 128 / 55;
const HULL_PER_RADIUS = 64 / 22;
const SHOT_SPEED = 650;
/** Place of the laser among a ship's weapons, and of powers among its own. */
const LASER = 1;
const [SHIELD, RAPID] = [1, 2];

/** What was seen of an entity before. */
interface Look {
    seenAt: number;
    age: number;
    heading: number;
    health: number;
    reload: number;
    flame: number;
    flash: number;
    puffDue: number;
    colour: Colour;
    x: number;
    y: number;
    ticksLeft: number;
}

const slotOf = (id: number): number => Math.floor(id / 256);
const shortAngle = (angle: number): number => angle - Math.PI * 2 * Math.floor((angle + Math.PI) / (Math.PI * 2));

export class Things {
    #session: Session<Game, DemoClient>;
    #pen: Pen;
    #camera: Camera;
    #effects: Effects;
    #looks = new Map<number, Look>();
    #frames = 0;
    #names = new Map<string, HTMLCanvasElement>();

    constructor(session: Session<Game, DemoClient>, pen: Pen, camera: Camera, effects: Effects) {
        this.#session = session;
        this.#pen = pen;
        this.#camera = camera;
        this.#effects = effects;
    }

    /** Whatever was drawn beforehand is lost. */
    forget(): void {
        this.#names.clear();
    }

    /** The ship with this identity, for the camera. */
    static ship({ entity: { Ship: ships } }: Frame<Game>, id: number): Followed | undefined {
        for (let row = 0; row < ships.count; row++) {
            if (ships.id[row] !== id) continue;
            return {
                x: ships.x[row], y: ships.y[row], velocityX: ships.velocity.x[row], velocityY: ships.velocity.y[row],
                heading: ships.heading[row], isAlive: ships.health[row] > 0,
            };
        }
        return undefined;
    }

    draw(frame: Frame<Game>, rules: Rules, hz: number, seconds: number, time: number): void {
        this.#frames++;
        this.#prizes(frame, time);
        this.#rocks(frame, rules, seconds);
        this.#shots(frame, rules, hz, seconds);
        this.#missiles(frame, seconds);
        const ships = frame.entity.Ship;
        for (let row = 0; row < ships.count; row++) {
            if (ships.id[row] !== frame.own) this.#ship(ships, row, rules, seconds, time, false);
        }
        for (let row = 0; row < ships.count; row++) {
            if (ships.id[row] === frame.own) this.#ship(ships, row, rules, seconds, time, true);
        }
        this.#forgetGone();
    }

    /** What was seen of an entity, which is seen again. What was foretold goes on as what the server tells of. */
    #look(id: number, foretold: number, seconds: number): Look {
        let look = this.#looks.get(id);
        if (!look && id >= 0 && foretold >= 0) {
            look = this.#looks.get(-1 - foretold);
            this.#looks.delete(-1 - foretold);
            if (look) this.#looks.set(id, look);
        }
        if (!look) {
            look = {
                seenAt: 0, age: 0, heading: NaN, health: -1, reload: 0, flame: 0, flash: 0, puffDue: 0, colour: WHITE, x: 0, y: 0, ticksLeft: 0,
            };
            this.#looks.set(id, look);
        }
        look.seenAt = this.#frames;
        look.age += seconds;
        return look;
    }

    /** A shot that ends before its time has hit something. */
    #forgetGone(): void {
        for (const [id, look] of this.#looks) {
            if (look.seenAt === this.#frames) continue;
            this.#looks.delete(id);
            if (id >= 0 && look.ticksLeft > 2 && this.#camera.sees(look.x, look.y, 0)) this.#effects.impact(look.x, look.y, look.colour);
        }
    }

    #prizes({ entity: { Pickup: prizes } }: Frame<Game>, time: number): void {
        for (let row = 0; row < prizes.count; row++) {
            const [x, y, kind, due] = [prizes.x[row], prizes.y[row], prizes.prize_index[row], prizes.due[row]];
            if (!this.#camera.sees(x, y, 50)) continue;
            const beat = Math.sin(time * 2.2 + slotOf(prizes.id[row]));
            // A place that waits for its prize is faint, and grows brighter.
            const alpha = due === 0 ? 1 : 0.1 + 0.2 / (1 + due / 60);
            this.#pen.sprite("glow", x, y, 96, 96, PRIZE_COLOURS[kind], alpha * (0.22 + 0.08 * beat));
            this.#pen.sprite(PRIZE_PICTURES[kind], x, y, 44 + 2.6 * beat, 44 + 2.6 * beat, PRIZE_COLOURS[kind], alpha);
        }
    }

    #rocks({ entity: { Asteroid: rocks } }: Frame<Game>, rules: Rules, seconds: number): void {
        for (let row = 0; row < rocks.count; row++) {
            const [x, y, slot] = [rocks.x[row], rocks.y[row], slotOf(rocks.id[row])];
            const size = rules.asteroid_radius * (rocks.size[row] + 1) * ROCK_PER_RADIUS;
            const { age } = this.#look(rocks.id[row], -1, seconds);
            if (!this.#camera.sees(x, y, size)) continue;
            // Each has a tone of its own, all between slate and rust.
            const tone = (Math.imul(slot, 2654435761) >>> 24) / 255;
            const colour = mix([0.92, 0.95, 1], [1, 0.86, 0.74], Math.round(tone * 4) / 4);
            this.#pen.turning(ROCKS[slot % ROCKS.length], x, y, size, colour, Math.min(1, age / FADE_IN), rocks.heading[row]);
        }
    }

    #shots(frame: Frame<Game>, rules: Rules, hz: number, seconds: number): void {
        const shots = frame.entity.Shot;
        for (let row = 0; row < shots.count; row++) {
            const [x, y, heading] = [shots.x[row], shots.y[row], shots.heading[row]];
            const look = this.#look(shots.id[row], shots.foretold[row], seconds);
            if (look.age <= seconds) {
                const [colour, isOwn] = this.#shooter(frame, shots, row, hz);
                look.colour = colour;
                this.#effects.muzzle(x, y, colour, isOwn);
            }
            look.ticksLeft = (rules.shot_ms * hz) / 1000 - shots.age[row];
            [look.x, look.y] = [x, y];
            if (!this.#camera.sees(x, y, 30)) continue;
            const alpha = Math.min(1, Math.max(0, look.ticksLeft / hz / 0.15));
            this.#pen.sprite("bolt", x, y, 58, 25, look.colour, alpha * 0.9, heading || 1e-9);
            this.#pen.sprite("core", x + Math.cos(heading) * 2, y + Math.sin(heading) * 2, 36, 7, WHITE, alpha, heading || 1e-9);
        }
    }

    /** A shot does not say whose it is; but it came straight from a nose. */
    #shooter({ entity: { Ship: ships }, own }: Frame<Game>, shots: Shot, shot: number, hz: number): [Colour, boolean] {
        if (shots.id[shot] < 0) return [shipColour(0, false, true), true];
        let [best, found] = [90, -1];
        const heading = shots.heading[shot];
        const [backX, backY] = [(Math.cos(heading) * SHOT_SPEED) / hz, (Math.sin(heading) * SHOT_SPEED) / hz];
        for (let row = 0; row < ships.count; row++) {
            const turned = Math.abs(shortAngle(ships.heading[row] - heading)) * 40;
            for (let back = 0; back < 5; back++) {
                const off = Math.hypot(shots.x[shot] - backX * back - ships.x[row], shots.y[shot] - backY * back - ships.y[row]) + turned;
                if (off < best) [best, found] = [off, row];
            }
        }
        if (found < 0) return [[1, 0.85, 0.5], false];
        const isOwn = ships.id[found] === own;
        return [shipColour(slotOf(ships.id[found]), ships.is_computer[found] === 1, isOwn), isOwn];
    }

    #missiles({ entity: { Missile: missiles } }: Frame<Game>, seconds: number): void {
        for (let row = 0; row < missiles.count; row++) {
            const [x, y, heading] = [missiles.x[row], missiles.y[row], missiles.heading[row]];
            const look = this.#look(missiles.id[row], missiles.foretold[row], seconds);
            if (look.age <= seconds) this.#effects.launch(x, y);
            Object.assign(look, { x, y, colour: MISSILE, ticksLeft: 99 });
            if (!this.#camera.sees(x, y, 40)) continue;
            const [forwardX, forwardY] = [Math.cos(heading), Math.sin(heading)];
            this.#effects.exhaust(x - forwardX * 14, y - forwardY * 14, -forwardX * 60, -forwardY * 60, MISSILE);
            this.#pen.sprite("glow", x, y, 64, 64, MISSILE, 0.35);
            this.#pen.sprite("missile", x, y, 44, 22, WHITE, 1, heading || 1e-9);
        }
    }

    #ship(ships: Ship, row: number, rules: Rules, seconds: number, time: number, isOwn: boolean): void {
        const [id, x, y] = [ships.id[row], ships.x[row], ships.y[row]];
        const slot = slotOf(id);
        const colour = shipColour(slot, ships.is_computer[row] === 1, isOwn);
        const look = this.#look(id, -1, seconds);
        this.#noteDeeds(look, ships, row, colour, slot);
        const isAlive = ships.health[row] > 0;
        const heading = this.#heading(look, ships.heading[row], seconds, isOwn);
        const thrusts = isAlive && Math.floor(ships.controls[row] / 3) % 2 === 1;
        look.flash = Math.max(0, look.flash - seconds * 5);
        look.flame += ((thrusts ? 1 : 0) - look.flame) * (1 - Math.exp(-seconds / 0.06));
        if (!this.#camera.sees(x, y, 70)) return;
        const [pen, radius, alpha] = [this.#pen, rules.ship_radius, Math.min(1, look.age / FADE_IN)];
        const pulse = 0.75 + 0.25 * Math.sin(time * 6);
        this.#trail(look, ships, row, heading, seconds, colour, thrusts);
        if (isAlive) {
            const power = ships.power_index[row];
            if (power === RAPID) pen.sprite("glow", x, y, radius * 7, radius * 7, PRIZE_COLOURS[RAPID], alpha * 0.3 * pulse);
            else pen.sprite("glow", x, y, radius * 7, radius * 7, colour, alpha * (0.17 + 0.12 * look.flame + look.flash * 0.4));
            const flicker = 0.85 + 0.15 * Math.sin(time * 53 + slot);
            const length = 46 * (0.35 + 0.65 * look.flame) * flicker;
            const back = 11 + length / 2;
            pen.sprite("flame", x - Math.cos(heading) * back, y - Math.sin(heading) * back, length, 17, WHITE, alpha * look.flame, heading || 1e-9);
            if (power === SHIELD) pen.sprite("ring", x, y, radius * 4.4, radius * 4.4, PRIZE_COLOURS[SHIELD], alpha * pulse * 0.85);
        }
        const hull: Colour = isAlive ? mix(colour, WHITE, 0.12 + look.flash * 0.8) : [0.22, 0.2, 0.2];
        pen.sprite("ship", x, y, radius * HULL_PER_RADIUS, radius * HULL_PER_RADIUS, hull, alpha * (isAlive ? 1 : 0.75), heading || 1e-9);
        if (isAlive) {
            this.#health(x, y, ships.health[row] / rules.health);
            const name = this.#session.label(ships.label[row]);
            this.#name(name, x, y - radius - 25, mix(colour, WHITE, 0.35), ships.is_computer[row] === 1 ? 0.55 : 0.95);
        }
    }

    /** Health that is lost is a hit, the last of it a blast; a reload that grew is a shot. */
    #noteDeeds(look: Look, ships: Ship, row: number, colour: Colour, slot: number): void {
        const [x, y, health, reload] = [ships.x[row], ships.y[row], ships.health[row], ships.reload[row]];
        if (look.health >= 0 && health < look.health) {
            look.flash = 1;
            if (health > 0) this.#effects.hit(x, y);
            else this.#effects.blast(x, y, ships.velocity.x[row], ships.velocity.y[row]);
        } else if (look.health === 0 && health > 0) {
            this.#effects.arrival(x, y);
            look.heading = NaN;
        }
        const trigger = Math.floor(ships.controls[row] / 6) - 1;
        if (look.health >= 0 && reload > look.reload && trigger === LASER) {
            const ray = this.#session.client.ray(slot);
            if (ray.length === 4) this.#effects.beam(ray[0], ray[1], ray[2], ray[3], colour);
        }
        look.health = health;
        look.reload = reload;
    }

    /** The heading as it is shown: where it should be, by way of where it was. */
    #heading(look: Look, wanted: number, seconds: number, isOwn: boolean): number {
        const off = shortAngle(wanted - look.heading);
        const isNew = isOwn || Number.isNaN(look.heading);
        look.heading = isNew ? wanted : look.heading + off * (1 - Math.exp(-seconds / TURN_SMOOTHING_SECONDS));
        return look.heading;
    }

    /** Burnt fuel behind an engine, smoke behind a wreck. */
    #trail(look: Look, ships: Ship, row: number, heading: number, seconds: number, colour: Colour, thrusts: boolean): void {
        look.puffDue -= seconds;
        const isAlive = ships.health[row] > 0;
        if (look.age < FADE_IN / 2 || (isAlive && !thrusts)) {
            look.puffDue = Math.max(0, look.puffDue);
            return;
        }
        const every = isAlive ? EXHAUST_SECONDS : SMOKE_SECONDS;
        look.puffDue = Math.max(-PUFFS_MAX * every, look.puffDue);
        const [backX, backY] = [-Math.cos(heading), -Math.sin(heading)];
        const [velocityX, velocityY] = [ships.velocity.x[row], ships.velocity.y[row]];
        // A long frame has several, each where the ship was by then: a trail is as dense at any frame rate.
        for (; look.puffDue <= 0; look.puffDue += every) {
            const [x, y] = [ships.x[row] + velocityX * look.puffDue, ships.y[row] + velocityY * look.puffDue];
            if (isAlive) {
                this.#effects.exhaust(x + backX * 20, y + backY * 20, velocityX * 0.4 + backX * 90, velocityY * 0.4 + backY * 90, colour);
            } else this.#effects.smoke(x, y, velocityX * 0.3, velocityY * 0.3);
        }
    }

    /** A bar above the ship, hidden while it is whole. */
    #health(x: number, y: number, share: number): void {
        if (share >= 1) return;
        const [left, top] = [x - BAR_WIDE / 2, y + 31];
        const colour = share > 0.6 ? GOOD : share > 0.3 ? WARNING : BAD;
        this.#pen.bar(left - 1, top - BAR_HIGH / 2 - 1, left + BAR_WIDE + 1, top + BAR_HIGH / 2 + 1, "rgba(0,0,0,.6)");
        this.#pen.bar(left, top - BAR_HIGH / 2, left + BAR_WIDE * Math.max(0, share), top + BAR_HIGH / 2, css(colour));
    }

    /** A name is drawn once, in whatever script the browser has letters for. */
    #name(name: string, x: number, y: number, colour: Colour, alpha: number): void {
        if (!name) return;
        const size = Math.max(11, Math.round(13 * this.#pen.scale));
        const key = `${size} ${css(colour)} ${name}`;
        let canvas = this.#names.get(key);
        if (!canvas) {
            if (this.#names.size > 300) this.#names.clear();
            canvas = write(name, size, css(colour));
            this.#names.set(key, canvas);
        }
        const { context } = this.#pen;
        this.#pen.straighten();
        context.globalAlpha = alpha;
        context.drawImage(canvas, Math.round(this.#pen.screenX(x) - canvas.width / 2), Math.round(this.#pen.screenY(y) - canvas.height / 2));
    }
}

function write(text: string, size: number, style: string): HTMLCanvasElement {
    const canvas = document.createElement("canvas");
    const font = `${size}px system-ui, sans-serif`;
    let context = canvas.getContext("2d")!;
    context.font = font;
    canvas.width = Math.ceil(context.measureText(text).width) + 4;
    canvas.height = Math.ceil(size * 1.5);
    context = canvas.getContext("2d")!;
    Object.assign(context, { font, textBaseline: "middle", textAlign: "center", fillStyle: style });
    context.fillText(text, canvas.width / 2, canvas.height / 2);
    return canvas;
}

/** Where the server has each ship, and where this client believes it to be, over where it is shown. */
export function drawGhosts({ entity: { Ship: ships } }: Frame<Game>, pen: Pen, rules: Rules): void {
    const size = rules.ship_radius * HULL_PER_RADIUS;
    for (let row = 0; row < ships.count; row++) {
        for (const [ghost, colour] of [[ships.held, BAD], [ships.believed, GOOD]] as const) {
            if (Number.isNaN(ghost.x[row])) continue;
            pen.sprite("ring", ghost.x[row], ghost.y[row], size, size, colour, 0.8);
        }
    }
}
