// The board in a page: one draws at once, and is connected meanwhile.
import { addressOf, Flags, type Frame, load, Place, type Proof, Session, type State } from "auspice-web";

import * as glue from "./board.js";
import type { Event, Game } from "./game.js";
import { Hand } from "./hand.js";
import { Ink } from "./ink.js";
import { Palette } from "./palette.js";
import { People } from "./people.js";
import { Quill } from "./quill.js";
import { Talk } from "./talk.js";
import { element, Tools } from "./tools.js";
import { View } from "./view.js";

const FLAGS = ["name", "url", "secret", "ticket"] as const;
const NAME_KEPT = "auspice/board/name";
const NAME_CHARS_MAX = 32;
/** More pixels than this are not told apart. */
const PIXEL_RATIO_MAX = 3;
/** Time from one look at the token of the place to the next. */
const KEEP_MS = 1000;
/** Time after all of the board is there within which what was said is no news. */
const ARRIVAL_MS = 1000;
/** Time for which a notice is shown. */
const NOTICE_MS = 4000;

const REFUSED = {
    Full: "The board is full: what you drew last is not on it.",
    TooMuch: "That was more than the board takes at once.",
    NotText: "The board does not take that text.",
};

const flags = new Flags(FLAGS);
if (flags.foreign.length) console.warn(`no flags of the board, and left out: ${flags.foreign.join(", ")}`);
const [secret, ticket] = [flags.get("secret"), flags.get("ticket")];
const proof: Proof | undefined = secret ? { secret } : ticket ? { ticket } : undefined;

function nameOf(): string {
    try {
        return flags.get("name") ?? localStorage.getItem(NAME_KEPT) ?? "guest";
    } catch {
        return flags.get("name") ?? "guest";
    }
}

/** The page while it is there. */
class Board {
    #session: Session<Game>;
    #name: string;
    #palette = new Palette();
    #paper = element<HTMLCanvasElement>("ink");
    #air = element<HTMLCanvasElement>("air");
    #context = this.#air.getContext("2d")!;
    #view = new View(this.#air);
    #ink = new Ink(this.#paper, this.#view, this.#palette);
    #people = new People(element("people"), this.#palette);
    #quill: Quill;
    #hand: Hand;
    #talk: Talk;
    #tools: Tools;
    #ratio = 0;
    #seen = { changes: -1, waiting: 0 };
    #noticeTimer = 0;
    #hasPen = false;
    #allThereAt = 0;

    constructor(session: Session<Game>, place: Place, name: string) {
        [this.#session, this.#name] = [session, name];
        this.#quill = new Quill(session);
        this.#hand = new Hand(this.#air, this.#view, this.#quill);
        this.#talk = new Talk(element("talk"), element("to-talk"), element("unread"), this.#palette, (text) => this.#ask({ Say: text }));
        this.#tools = new Tools(this.#quill, this.#view, this.#palette, () => this.#talk.open(true));
        this.#palette.onChange = () => (this.#ratio = 0);
        session.on.welcomed = () => place.keep(session.token);
        // It is another one now and then.
        setInterval(() => place.keep(session.token), KEEP_MS);
        session.on.event = (event) => this.#hear(event);
        session.on.state = (state, why) => this.#stand(state, why);
        session.on.returned = ({ line }) => this.#notice(line);
        element("again").addEventListener("click", () => session.reconnect());
        const call = element<HTMLFormElement>("call");
        call.querySelector("input")!.value = name;
        call.addEventListener("submit", (event) => {
            event.preventDefault();
            this.#rename(call.querySelector("input")!);
        });
        this.#stand("connecting", "");
        requestAnimationFrame((now) => this.#draw(now));
    }

    #draw(now: number): void {
        requestAnimationFrame((now) => this.#draw(now));
        const started = performance.now();
        const frame = this.#session.step(now);
        const netcode = performance.now() - started;
        if (this.#session.isPlaying) this.#take(frame, now);
        this.#hand.step(now);
        this.#quill.step(this.#session.isPlaying ? frame.own : -1, now);
        this.#fit();
        this.#ink.paint(this.#ratio, this.#hand.isMoving, now);
        this.#drawAir(frame.own, now);
        const { probe } = window as { probe?: (frame: Frame<Game>, session: Session<Game>, told: object) => void };
        probe?.(frame, this.#session, { netcode, whole: performance.now() - started, pieces: this.#ink.count, waiting: this.#quill.waiting, view: this.#view });
    }

    /** Takes what is other than it was. */
    #take(frame: Frame<Game>, now: number): void {
        this.#ink.take(frame);
        this.#people.take(frame, this.#session, now);
        if (this.#ink.isAllThere) this.#allThereAt ||= now;
        this.#talk.take(frame, this.#session, this.#allThereAt > 0 && now - this.#allThereAt > ARRIVAL_MS);
        const { Cursor: cursors } = frame.entity;
        for (let row = 0; row < cursors.count; row++) {
            if (cursors.id[row] !== frame.own) continue;
            this.#session.input.velocity = this.#hand.steer(cursors.x[row], cursors.y[row]);
            // Who has no pen of the last time takes the one that the board hands out.
            if (!this.#hasPen && !this.#tools.isChosen) this.#tools.take({ colour: cursors.colour[row], width: cursors.width[row] }, false);
            this.#hasPen = true;
        }
    }

    /** Makes the canvases as fine as the screen. */
    #fit(): void {
        const ratio = Math.min(devicePixelRatio, PIXEL_RATIO_MAX);
        const [width, height] = [Math.round(this.#view.width * ratio), Math.round(this.#view.height * ratio)];
        if (ratio === this.#ratio && this.#air.width === width && this.#air.height === height) return;
        this.#ratio = ratio;
        for (const canvas of [this.#paper, this.#air]) [canvas.width, canvas.height] = [width, height];
        this.#ink.spoil();
        this.#seen.changes = -1;
    }

    /** Draws what is above the paper: what oneself draws, and the cursors. */
    #drawAir(own: number, now: number): void {
        const { waiting } = this.#quill;
        const isSame = this.#seen.changes === this.#view.changes && waiting === 0 && this.#seen.waiting === 0;
        if (isSame && !this.#people.isStale(now)) return;
        this.#seen = { changes: this.#view.changes, waiting };
        const [context, ratio] = [this.#context, this.#ratio];
        context.setTransform(1, 0, 0, 1, 0, 0);
        context.clearRect(0, 0, this.#air.width, this.#air.height);
        this.#view.apply(context, ratio);
        this.#quill.draw(context, this.#palette);
        context.setTransform(ratio, 0, 0, ratio, 0, 0);
        this.#people.draw(context, this.#view, own, now);
    }

    #hear(event: Event): void {
        if ("Drawn" in event) this.#quill.taken(event.Drawn);
        else this.#notice(REFUSED[event.Refused]);
    }

    /** Says how it stands with the server, where that is worth a word. */
    #stand(state: State, why: string): void {
        const told = {
            offline: "Not connected",
            connecting: "Connecting …",
            playing: "",
            stalled: "The connection is silent. Go on drawing: it will be sent.",
            reconnecting: "The connection is lost, and is tried again. Go on drawing: it will be sent.",
            refused: `The board does not let you in: ${why}`,
        }[state];
        element("state").hidden = told === "";
        element("said").textContent = told;
        element("state").title = why;
        element("again").hidden = state !== "refused" && state !== "offline";
        document.body.dataset.state = state;
    }

    #notice(text: string): void {
        const notice = element("notice");
        notice.textContent = text;
        notice.hidden = false;
        clearTimeout(this.#noticeTimer);
        this.#noticeTimer = setTimeout(() => (notice.hidden = true), NOTICE_MS);
    }

    #rename(input: HTMLInputElement): void {
        const name = [...input.value.trim()].slice(0, NAME_CHARS_MAX).join("");
        if (name === "" || name === this.#name || !this.#ask({ Name: name })) return;
        this.#name = name;
        try {
            localStorage.setItem(NAME_KEPT, name);
        } catch {
            // It is not kept, then.
        }
        input.blur();
    }

    #ask(command: Game["command"]): boolean {
        try {
            this.#session.command(command);
            return true;
        } catch {
            this.#notice("That has to wait until there is a connection.");
            return false;
        }
    }
}

try {
    const [url, name] = [addressOf(flags.get("url")), nameOf()];
    const [loaded, place] = await Promise.all([load(glue, new URL("./board_bg.wasm", import.meta.url)), Place.of(`the board at ${url}`)]);
    const input = { velocity: { x: 0, y: 0 } };
    new Board(new Session<Game>(loaded, { url, name, build: "auspice-board 0.1.0", proof, token: place.token }, input), place, name);
} catch (error) {
    console.error(error);
    element("said").textContent = `The board cannot be shown: ${error instanceof Error ? error.message : String(error)}`;
}
