// The demo in a page: fetches the module, connects, and draws each picture.
import { addressOf, Flags, type Frame, type Glue, load, Place, type Proof, Session } from "auspice-web";
import * as glue from "demo-module";

import { Art } from "./art.js";
import { Camera, Pen } from "./camera.js";
import { Controls } from "./controls.js";
import { Effects } from "./effects.js";
import type { Command, Game } from "./game.js";
import { element, Hud } from "./hud.js";
import type { DemoClient } from "./module.js";
import { Chat, Lab, Menu, Overlay } from "./panels.js";
import { roomAddress, Rooms } from "./rooms.js";
import { drawFence, Sky } from "./sky.js";
import { drawGhosts, Things } from "./things.js";

/** The module's file beside this script, and its size unpacked: `client-web/page.mjs` has put them here. */
declare const MODULE: { name: string; bytes: number };

const FLAGS = ["name", "url", "room", "secret", "ticket", "ticket-url", "overlay", "lab"] as const;
/** More pixels than this are not told apart on a screen in motion. */
const PIXEL_RATIO_MAX = 2;
/** A frame that is longer than this was a pause. */
const FRAME_SECONDS_MAX = 0.25;

const [cover, why, again] = [element("cover"), element("why"), element("again")];

/** The end, whatever ended it first, in words for whoever plays; the console has the rest. */
function fail(text: string): void {
    if (why.className) return;
    why.textContent = text;
    why.className = "bad";
    element("progress").hidden = true;
    cover.hidden = false;
    again.hidden = false;
    document.title = "Auspice: it stopped";
}

function fault(error: unknown): void {
    console.error(error);
    fail(`The game ran into a fault of its own and has stopped: ${error instanceof Error ? error.message : String(error)}\nYour ship waits for a while.`);
}

/** What is shown to a server that lets in only whom it knows. A link must not lead a ticket elsewhere: anybody can make one. */
function proofOf(flags: Flags<(typeof FLAGS)[number]>): Proof | (() => Promise<Proof>) | undefined {
    const [secret, ticket, from] = [flags.get("secret"), flags.get("ticket"), flags.get("ticket-url")];
    if (secret) return { secret };
    if (ticket) return { ticket };
    if (!from) return undefined;
    const source = new URL(from, location.href);
    const game = new URL(addressOf(flags.get("url")));
    if (game.hostname !== location.hostname && game.hostname !== source.hostname) {
        throw new Error("ticket-url gives tickets for a game on this page's host or its own, and url is neither");
    }
    return async () => {
        const answer = await fetch(source, { credentials: "include", cache: "no-store" });
        if (!answer.ok) throw new Error(`${source} answers ${answer.status}`);
        return { ticket: (await answer.text()).trim() };
    };
}

function nameOf(flags: Flags<(typeof FLAGS)[number]>): string {
    try {
        return flags.get("name") ?? localStorage.getItem("auspice/name") ?? "pilot";
    } catch {
        return flags.get("name") ?? "pilot";
    }
}

async function start(): Promise<void> {
    const flags = new Flags(FLAGS);
    if (flags.foreign.length) console.warn(`no flags of this game, and left out: ${flags.foreign.join(", ")}`);
    const [url, name, proof] = [roomAddress(addressOf(flags.get("url")), flags.get("room")), nameOf(flags), proofOf(flags)];
    const progress = element<HTMLProgressElement>("progress");
    progress.max = MODULE.bytes;
    const [loaded, place] = await Promise.all([
        load(glue as unknown as Glue<DemoClient>, new URL(MODULE.name, import.meta.url), (bytes) => (progress.value = bytes)),
        Place.of(`${name} at ${url}`),
    ]);
    const input = { turn: 0, thrust: false, fire: false, laser: false, missile: false };
    const session = new Session<Game, DemoClient>(loaded, { url, name, build: "auspice-page 0.1.0", proof, token: place.token, talk: true }, input);
    new Play(session, name, place, flags).run();
    cover.hidden = true;
    element("game").focus();
}

/** The page while it plays. */
class Play {
    #session: Session<Game, DemoClient>;
    #place: Place;
    #canvas = element<HTMLCanvasElement>("game");
    #context = this.#canvas.getContext("2d", { alpha: false, desynchronized: true })!;
    #art = new Art();
    #camera = new Camera();
    #pen = new Pen(this.#art, this.#context);
    #sky = new Sky();
    #effects = new Effects(this.#camera);
    #things: Things;
    #controls: Controls;
    #hud: Hud;
    #rooms: Rooms;
    #lab: Lab;
    #overlay = new Overlay();
    #walls: Float32Array = new Float32Array(0);
    #watched = -1;
    #watchedCount = 0;
    #keepsScores = false;
    #before = performance.now();
    #frames: number[] = [];

    constructor(session: Session<Game, DemoClient>, name: string, place: Place, flags: Flags<(typeof FLAGS)[number]>) {
        this.#session = session;
        this.#place = place;
        this.#things = new Things(session, this.#pen, this.#camera, this.#effects);
        this.#hud = new Hud(session, name);
        this.#lab = new Lab(session, (said) => (this.#hud.badge = said));
        const typing = (isTyping: boolean) => (this.#controls.isTyping = isTyping);
        const rooms = (this.#rooms = new Rooms(addressOf(flags.get("url")), flags.get("room"), typing, (text) => this.#tellAll(text)));
        const menu = new Menu(name, (wanted) => this.#rename(wanted), typing, () => void rooms.refresh());
        const chat = new Chat((text) => this.#say(text), typing);
        this.#controls = new Controls(
            this.#canvas,
            { fire: element("gun"), laser: element("laser"), missile: element("missile") },
            element("ring"),
            {
                chat: () => chat.open(), menu: () => menu.toggle(), lab: () => this.#lab.toggle(), play: () => this.#ask("Play"),
                watch: () => this.#watchNext(), overlay: () => this.#overlay.toggle(session),
            },
        );
        this.#listen();
        element("to-chat").addEventListener("click", () => chat.open());
        element("to-menu").addEventListener("click", () => menu.toggle());
        element("to-lab").addEventListener("click", () => this.#lab.toggle());
        element("to-scores").addEventListener("click", () => (this.#keepsScores = !this.#keepsScores));
        if (flags.has("overlay")) this.#overlay.toggle(session);
        if (flags.has("lab")) this.#lab.toggle();
        // A graphics card that was reset takes with it whatever was drawn beforehand.
        this.#canvas.addEventListener("contextrestored", () => (this.#art.forget(), this.#things.forget()));
    }

    #listen(): void {
        Object.assign(this.#session.on, {
            welcomed: () => {
                this.#walls = this.#session.client.walls();
                this.#camera.begin();
                this.#watched = -1;
                this.#place.keep(this.#session.token);
            },
            event: (event) => {
                this.#hud.hear(event);
                if (typeof event === "object" && "Watching" in event) {
                    const { ship } = event.Watching;
                    this.#watched = ship ? ship.slot * 256 + ship.generation : -1;
                }
            },
            state: (state, sentence) => {
                console.info(`${state}${sentence ? `: ${sentence}` : ""}`);
                if (state === "refused") this.#place.keep(this.#session.token);
            },
            announced: ({ overload, pace_percent, stops_in_seconds }) => this.#hud.announce(overload, pace_percent, stops_in_seconds),
            returned: (back) => this.#hud.welcomeBack(back),
            room: (code) => this.#rooms.open(code),
            line: (line) => {
                if (line.channel === "all") this.#rooms.hear(line);
                this.#hud.hearLine(line);
            },
            unsaid: (why) => this.#refuseLine(why),
            report: ({ ticks }) => this.#overlay.hear(ticks),
            diverged: (tick, held, stated) => console.error(`diverged at tick ${tick}: ${held} and ${stated}`),
        } satisfies Session<Game>["on"]);
    }

    run(): void {
        const draw = (time: number) => {
            try {
                this.#draw(time);
                requestAnimationFrame(draw);
            } catch (error) {
                fault(error);
            }
        };
        requestAnimationFrame(draw);
    }

    #draw(time: number): void {
        const seconds = Math.min(FRAME_SECONDS_MAX, Math.max(0, (time - this.#before) / 1000));
        this.#before = time;
        this.#fit();
        const started = performance.now();
        const own = Things.ship(this.#session.frame, this.#session.frame.own);
        this.#controls.fly(this.#session.input, own, this.#camera);
        const frame = this.#session.step();
        const cost = performance.now() - started;
        this.#camera.follow(
            Things.ship(frame, frame.own) ?? Things.ship(frame, this.#watched), seconds, this.#canvas.width, this.#canvas.height,
        );
        this.#paint(frame, seconds, time / 1000);
        this.#hud.show(frame, this.#camera, this.#watchedName(frame), this.#controls.showsScores || this.#keepsScores);
        this.#frames.push(time);
        while (this.#frames[0] < time - 1000) this.#frames.shift();
        this.#overlay.show(frame, cost, this.#frames.length);
        this.#probe(frame, cost, performance.now() - started);
    }

    #paint(frame: Frame<Game>, seconds: number, time: number): void {
        this.#pen.begin(this.#camera);
        this.#sky.draw(this.#pen, this.#camera);
        const { terms } = this.#session;
        if (!terms) return;
        drawFence(this.#pen, this.#camera, terms.rules.size, this.#walls);
        this.#things.draw(frame, terms.rules, terms.tickHz, seconds, time);
        this.#effects.draw(this.#pen, seconds);
        if (this.#lab.showsGhosts) drawGhosts(frame, this.#pen, terms.rules);
    }

    /** As many pixels as the screen has, within reason. */
    #fit(): void {
        const ratio = Math.min(devicePixelRatio, PIXEL_RATIO_MAX);
        const [width, height] = [Math.round(innerWidth * ratio), Math.round(innerHeight * ratio)];
        if (this.#canvas.width !== width || this.#canvas.height !== height) Object.assign(this.#canvas, { width, height });
    }

    #watchedName(frame: Frame<Game>): string {
        const ships = frame.entity.Ship;
        for (let row = 0; frame.own < 0 && row < ships.count; row++) {
            if (ships.id[row] === this.#watched) return this.#session.label(ships.label[row]).toUpperCase();
        }
        return "";
    }

    /** Gives up the ship to watch the best of the others, or the next one. */
    #watchNext(): void {
        const { own, entity: { Standing: standing } } = this.#session.frame;
        const others = Array.from({ length: standing.count }, (_, row) => ({ ship: standing.ship[row], score: standing.score[row] }))
            .filter(({ ship }) => ship !== Math.floor(own / 256))
            .sort((one, other) => other.score - one.score);
        if (others.length) this.#ask({ Spectate: { Ship: others[this.#watchedCount++ % others.length].ship } });
    }

    #say(text: string): void {
        const [, name] = /^\/name\s+(.+)$/.exec(text) ?? [];
        const [, line] = /^\/all\s+(.+)$/.exec(text) ?? [];
        if (name) this.#rename(name);
        else if (line) this.#tellAll(line);
        // An order to a log that is shown.
        else if (text.startsWith("/")) this.#tellAll(text, "room");
        else this.#ask({ Say: text });
    }

    /** Says a line to players of all rooms, or of this one; false where that cannot be one, which is told. */
    #tellAll(text: string, channel: "all" | "room" = "all"): boolean {
        try {
            this.#session.say(text, channel);
            return true;
        } catch (error) {
            this.#refuseLine(error instanceof Error ? error.message : String(error));
            return false;
        }
    }

    #refuseLine(why: string): void {
        this.#rooms.refuse(why);
        this.#hud.refuse(why);
    }

    #rename(name: string): void {
        if (!name) return;
        this.#ask({ Rename: name });
        try {
            localStorage.setItem("auspice/name", name);
        } catch {
            // Then it is the usual one the next time.
        }
    }

    #ask(command: Command): void {
        try {
            this.#session.command(command);
        } catch (error) {
            console.info(`not done: ${error instanceof Error ? error.message : error}`);
        }
    }

    /** What a script that drives the page looks at. */
    #probe(frame: Frame<Game>, netcode: number, whole: number): void {
        const { probe } = window as { probe?: (frame: Frame<Game>, session: Session<Game, DemoClient>, camera: Camera, netcode: number, whole: number) => void };
        probe?.(frame, this.#session, this.#camera, netcode, whole);
    }
}

addEventListener("error", (event) => fault(event.error ?? event.message));
addEventListener("unhandledrejection", (event) => fault(event.reason));
again.addEventListener("click", () => location.reload());
start().catch((error: Error & { isGone?: boolean }) => {
    // There is a newer build, and this is the page of an old one: the browser loads it anew, but not for ever.
    const [visit] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
    if (error.isGone && visit && visit.type !== "reload") location.reload();
    else fault(error);
});
