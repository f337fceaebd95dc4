// What stands over the world: the state of the connection, health, banners, lines about others, scores and the minimap.
import type { Frame, Line, Return, Session } from "auspice-web";

import { BAD, type Colour, css, GOOD, OWN, PRIZE_COLOURS, shipColour, WARNING } from "./art.js";
import type { Camera, Followed } from "./camera.js";
import type { Event, Game, Rules } from "./game.js";
import type { DemoClient } from "./module.js";

/** Lines at once, and the time for which one stands before it fades. */
const LINES = 7;
const STANDS_MS = 6000;
/** Time for which large letters say what an absence has cost. */
const BACK_SECONDS = 5;
/** Lines of the scoreboard. */
const SCORES = 20;
const MAP_EVERY_MS = 100;
const MAP_MARGIN = 4;

export const element = <E extends HTMLElement>(id: string): E => document.getElementById(id) as E;

/** Changes a text only where it differs: one that is touched is laid out again. */
export const write = (node: HTMLElement, text: string): void => {
    if (node.textContent !== text) node.textContent = text;
};

const INK: Colour = [0.86, 0.91, 0.98];
const FAINT: Colour = [0.55, 0.62, 0.74];

export class Hud {
    #session: Session<Game, DemoClient>;
    #name: string;
    #dot = element("dot");
    #said = element("said");
    #notice = element("notice");
    #badge = element("badge");
    #lines = element("lines");
    #title = element("title");
    #line = element("line");
    #health = element("health");
    #cells = element("cells");
    #energy = element("energy").firstElementChild as HTMLElement;
    #powers = [...element("powers").children];
    #scores = element("scores");
    #map = element<HTMLCanvasElement>("map").getContext("2d")!;
    #mapAt = 0;
    #banner = { title: "", line: "", until: 0 };
    #killer = "";
    #stopsAt: number | undefined;
    #overload = "";

    constructor(session: Session<Game, DemoClient>, name: string) {
        this.#session = session;
        this.#name = name;
    }

    say(title: string, line: string, seconds: number): void {
        this.#banner = { title, line, until: performance.now() + seconds * 1000 };
    }

    /** A line about others, in pieces each of a colour. */
    tell(...words: [string, Colour][]): void {
        const line = document.createElement("p");
        for (const [text, colour] of words) {
            const piece = document.createElement("span");
            piece.textContent = text;
            piece.style.color = css(colour);
            line.append(piece);
        }
        this.#lines.append(line);
        while (this.#lines.childElementCount > LINES) this.#lines.firstElementChild!.remove();
        setTimeout(() => line.classList.add("old"), STANDS_MS);
        setTimeout(() => line.remove(), STANDS_MS + 1000);
    }

    announce(overload: number, pace: number, stops: number | null): void {
        this.#stopsAt = stops === null ? undefined : performance.now() + stops * 1000;
        const slow = pace < 100 ? `, time goes at ${pace} %` : "";
        this.#overload = overload > 0 ? `the server has more to do than it can${slow}` : "";
        if (stops !== null) this.say("", `The server closes in ${stops} s`, 4);
    }

    /** The player was away: what that has cost, in large letters, and among the lines for whoever looked elsewhere. */
    welcomeBack({ sameSeat, line }: Return): void {
        this.say(sameSeat ? "BACK" : "BACK, AS A NEW PLAYER", line, BACK_SECONDS);
        this.tell([line, sameSeat ? GOOD : WARNING]);
    }

    /** A line of somebody in this room or any. */
    hearLine({ channel, name, text }: Line): void {
        this.tell([`${name} to ${channel === "all" ? "all" : "the room"}: `, GOOD], [text, INK]);
    }

    /** A line was not taken, because of this. */
    refuse(why: string): void {
        this.tell([why, WARNING]);
    }

    /** An event of the game, in words. */
    hear(event: Event): void {
        if (typeof event !== "object") return;
        if ("Joined" in event) this.tell([event.Joined.name, GOOD], [" joined", FAINT]);
        else if ("Left" in event) this.tell([event.Left.name, WARNING], [" left", FAINT]);
        else if ("Said" in event) this.tell([`${event.Said.name}: `, OWN], [event.Said.text, INK]);
        else if ("Refused" in event) this.tell([REFUSALS[event.Refused], WARNING]);
        else if ("Took" in event) this.say("", PRIZES[event.Took.prize], 1.6);
        else if ("Placed" in event) this.say(`PLACE ${event.Placed.place} OF ${event.Placed.of}`, `${event.Placed.score} destroyed`, 6);
        else if ("RoundBegins" in event) this.say(`ROUND ${event.RoundBegins.number}`, "", 3);
        else if ("Destroyed" in event) this.#destroyed(event.Destroyed);
    }

    #destroyed({ ship, victim, killer, by, cause }: Extract<Event, { Destroyed: unknown }>["Destroyed"]): void {
        const weapon = typeof cause === "object" ? cause.Shot.toLowerCase() : "";
        if (by) this.tell([killer, OWN], [weapon === "gun" ? " beat " : ` beat, by ${weapon}, `, FAINT], [victim, INK]);
        else this.tell([victim, INK], [" hit an asteroid", FAINT]);
        if (ship.slot * 256 + ship.generation === this.#session.frame.own) this.#killer = by ? `by ${killer}` : "by an asteroid";
    }

    show(frame: Frame<Game>, camera: Camera, watched: string, showsScores: boolean): void {
        const now = performance.now();
        this.#showState(frame, now);
        const rules = this.#session.terms?.rules;
        if (!rules) return;
        const ship = rowOf(frame, frame.own);
        this.#showHealth(frame, ship, rules);
        this.#showBanner(frame, ship, watched, now);
        const isOver = frame.entity.Round.count > 0 && frame.entity.Round.is_over[0] === 1;
        this.#scores.hidden = !(showsScores || isOver);
        if (now - this.#mapAt < MAP_EVERY_MS) return;
        this.#mapAt = now;
        if (!this.#scores.hidden) this.#showScores(frame, isOver);
        this.#drawMap(frame, camera, rules);
    }

    #showState(frame: Frame<Game>, now: number): void {
        const { state } = this.#session;
        const [colour, words] =
            state === "playing" ? [GOOD, `${this.#name}  ${Math.round(frame.figures.ping)} ms`]
            : state === "refused" ? [BAD, "refused"]
            : state === "reconnecting" ? [WARNING, `trying again in ${Math.ceil(frame.wait / 1000)} s`]
            : state === "stalled" ? [WARNING, `stalled: nothing heard for ${(frame.wait / 1000).toFixed(1)} s`]
            : [WARNING, state];
        this.#dot.style.background = css(colour);
        write(this.#said, words);
        const stops = this.#stopsAt === undefined ? "" : `the server closes in ${Math.max(0, Math.ceil((this.#stopsAt - now) / 1000))} s`;
        write(this.#notice, [this.#overload, stops].filter(Boolean).join("\n"));
    }

    /** What is simulated or switched off: neither is done without being said. */
    set badge(text: string) {
        write(this.#badge, text);
    }

    #showHealth({ entity: { Ship: ships } }: Frame<Game>, row: number, rules: Rules): void {
        this.#health.hidden = row < 0;
        if (row < 0) return;
        const health = ships.health[row];
        while (this.#cells.childElementCount < rules.health) this.#cells.append(document.createElement("i"));
        this.#cells.style.color = css(health * 10 > rules.health * 6 ? OWN : health * 10 > rules.health * 3 ? WARNING : BAD);
        for (const [index, cell] of [...this.#cells.children].entries()) cell.classList.toggle("full", index < health);
        this.#energy.style.transform = `scaleX(${ships.energy[row] / 100})`;
        for (const [index, power] of this.#powers.entries()) power.classList.toggle("on", health > 0 && ships.power_index[row] === index + 1);
    }

    #showBanner(frame: Frame<Game>, row: number, watched: string, now: number): void {
        const { state, why } = this.#session;
        const { Ship: ships } = frame.entity;
        let [title, line, colour] = [this.#banner.title, this.#banner.line, INK];
        let alpha = Math.max(0, Math.min(1, (this.#banner.until - now) / 500));
        const hz = this.#session.terms?.tickHz ?? 30;
        const trouble =
            state === "refused" ? ["REFUSED", why]
            : state === "reconnecting" ? ["CONNECTION LOST", `${why}\ntrying again in ${Math.ceil(frame.wait / 1000)} s`]
            : state === "stalled" ? ["STALLED", `nothing heard for ${(frame.wait / 1000).toFixed(1)} s`]
            : row >= 0 && ships.health[row] === 0 ? ["DESTROYED", `${this.#killer}   back in ${(ships.ticks_left[row] / hz).toFixed(1)} s`.trim()]
            : watched && alpha === 0 ? [`WATCHING ${watched}`, "V watches another, P flies again"]
            : undefined;
        if (trouble) [title, line, colour, alpha] = [trouble[0], trouble[1], watched && state === "playing" ? INK : WARNING, 1];
        if (row >= 0 && ships.health[row] > 0) this.#killer = "";
        if (this.#session.terms?.rules && !this.#scores.hidden) alpha = 0;
        write(this.#title, alpha > 0 ? title : "");
        write(this.#line, alpha > 0 ? line : "");
        this.#title.style.color = css(colour, alpha);
        this.#line.style.opacity = String(alpha * 0.8);
    }

    /** Standings, the best first; the last line is the player's own where it would not fit. */
    #showScores(frame: Frame<Game>, isOver: boolean): void {
        const { Round: round, Standing: standing } = frame.entity;
        const rows = Array.from({ length: standing.count }, (_, row) => ({
            name: this.#session.label(standing.label[row]), score: standing.score[row], deaths: standing.deaths[row],
            isComputer: standing.is_computer[row] === 1, isOwn: standing.ship[row] === Math.floor(frame.own / 256),
        }));
        rows.sort((one, other) => other.score - one.score || one.deaths - other.deaths || Number(one.isComputer) - Number(other.isComputer) || (one.name < other.name ? -1 : 1));
        const seconds = Math.floor(round.ticks_left[0] / (this.#session.terms?.tickHz ?? 30));
        const left = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
        const title = isOver ? `${rows[0]?.name ?? ""} WINS ROUND ${round.number[0]}\nthe next begins in ${seconds} s` : `ROUND ${round.number[0]}   ${left} left`;
        write(this.#scores.querySelector("h2")!, title);
        const own = rows.findIndex(({ isOwn }) => isOwn);
        const places = rows.map((_, place) => place).slice(0, SCORES);
        if (own >= SCORES) places[SCORES - 1] = own;
        const line = (cells: (string | number)[], style: string, tag: "td" | "th") => {
            const row = document.createElement("tr");
            row.className = style;
            row.append(...cells.map((text) => Object.assign(document.createElement(tag), { textContent: String(text) })));
            return row;
        };
        const lines = places.map((place) => {
            const { name, score, deaths, isComputer, isOwn } = rows[place];
            return line([place + 1, name, score, deaths], isOwn ? "own" : isComputer ? "" : "player", "td");
        });
        this.#scores.querySelector("table")!.replaceChildren(line(["", "PILOT", "SCORE", "DEATHS"], "", "th"), ...lines);
    }

    /** The world's edge, how far one sees, and everything within that. */
    #drawMap({ entity, own }: Frame<Game>, camera: Camera, rules: Rules): void {
        const pen = this.#map;
        const { width, height } = pen.canvas;
        const scale = (width - 2 * MAP_MARGIN) / rules.size;
        const [atX, atY] = [(x: number) => MAP_MARGIN + x * scale, (y: number) => height - MAP_MARGIN - y * scale];
        const dot = (x: number, y: number, radius: number, style: string) => {
            pen.fillStyle = style;
            pen.beginPath();
            pen.arc(atX(x), atY(y), radius, 0, 7);
            pen.fill();
        };
        pen.clearRect(0, 0, width, height);
        pen.strokeStyle = "rgba(255,90,140,.75)";
        pen.strokeRect(MAP_MARGIN - 0.5, MAP_MARGIN - 0.5, width - 2 * MAP_MARGIN + 1, height - 2 * MAP_MARGIN + 1);
        const row = rowOf({ entity } as Frame<Game>, own);
        if (row >= 0) dot(entity.Ship.x[row], entity.Ship.y[row], (this.#session.terms?.interestRadius ?? 0) * scale, "rgba(90,160,255,.12)");
        pen.strokeStyle = "rgba(200,225,255,.3)";
        pen.strokeRect(atX(camera.x - camera.halfWidth), atY(camera.y + camera.halfHeight), 2 * camera.halfWidth * scale, 2 * camera.halfHeight * scale);
        const { Asteroid: rocks, Pickup: prizes, Missile: missiles, Ship: ships } = entity;
        for (let index = 0; index < rocks.count; index++) {
            dot(rocks.x[index], rocks.y[index], Math.max(0.6, rules.asteroid_radius * (rocks.size[index] + 1) * scale), "rgba(135,142,155,.6)");
        }
        for (let index = 0; index < prizes.count; index++) {
            dot(prizes.x[index], prizes.y[index], prizes.due[index] === 0 ? 1.3 : 0.6, css(PRIZE_COLOURS[prizes.prize_index[index]]));
        }
        for (let index = 0; index < missiles.count; index++) dot(missiles.x[index], missiles.y[index], 1.2, "rgba(255,90,60,.9)");
        for (let index = 0; index < ships.count; index++) {
            if (ships.health[index] === 0) continue;
            const isOwn = ships.id[index] === own;
            const colour = shipColour(Math.floor(ships.id[index] / 256), ships.is_computer[index] === 1, isOwn);
            dot(ships.x[index], ships.y[index], isOwn ? 2.6 : 1.9, css(colour));
        }
    }
}

function rowOf({ entity: { Ship: ships } }: Frame<Game>, id: number): number {
    for (let row = 0; row < ships.count; row++) if (ships.id[row] === id) return row;
    return -1;
}

const PRIZES = { Repair: "REPAIRED", Shield: "SHIELD", Rapid: "RAPID FIRE", Charge: "CHARGED" };

const REFUSALS = {
    TooFast: "slower, please", NotText: "that cannot be shown", TooLong: "that is too long", NoSuchShip: "there is no such ship",
    Busy: "everyone talks at once; try again", NameHeld: "your name is the one in your ticket",
};

export type { Followed };
