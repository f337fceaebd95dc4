// The rooms of a server of many: those that anyone may join, one by its code, and a private one with an address to share;
// and who plays where, and what they say to all.
import type { Line } from "auspice-web";

import { element } from "./hud.js";

/** A room as the server lists it. */
interface Listed {
    code: string;
    players: number;
    places: number;
    options: Record<string, string>;
}

/** Players of public rooms, some of them by name. */
interface People {
    count: number;
    players: { name: string; room: string }[];
}

/** Lines to all that the menu shows. */
const LINES = 8;

/** What would follow the server's address for players: a code, or `any/mode=duel`. */
const WISH = /^[\w.=-]+(\/[\w.=-]+)*$/;

/** The address of the room that a page's `room` names, or of any. */
export function roomAddress(server: string, room: string | undefined): string {
    return room !== undefined && WISH.test(room) ? `${server.replace(/\/$/, "")}/${room}` : server;
}

/** The address of this page for a room of the same server. */
function pageOf(code: string): string {
    const page = new URL(location.href);
    page.searchParams.set("room", code);
    return page.href;
}

function node<T extends keyof HTMLElementTagNameMap>(tag: T, set: Partial<HTMLElementTagNameMap[T]> = {}, ...inside: (Node | string)[]): HTMLElementTagNameMap[T] {
    const made = Object.assign(document.createElement(tag), set);
    made.append(...inside);
    return made;
}

/** What a server answers there; nothing where it does not. Who does not answer is told of by the session. */
async function ask<T>(url: string): Promise<T | undefined> {
    try {
        const answer = await fetch(url, { cache: "no-store" });
        return answer.ok ? ((await answer.json()) as T) : undefined;
    } catch {
        return undefined;
    }
}

/** A part of the menu, which is there where the server has many rooms, or tells who plays. */
export class Rooms {
    #pane = element("rooms");
    #list: string;
    #room: string | undefined;
    #people: string;
    #rows = node("table");
    #said = node("p", { role: "status" });
    #there = node("p");
    #lines = node("ul");
    #talk = node("form", { hidden: true });
    #many = node("div");

    /** `server` is the address for players, `room` what this page asked for there; `say` says a line to all, and is false where it cannot. */
    constructor(server: string, room: string | undefined, typing: (isTyping: boolean) => void, say: (text: string) => boolean) {
        const http = server.replace(/^ws/, "http");
        this.#list = new URL("/rooms", http).href;
        this.#people = new URL("/players", http).href;
        this.#room = room;
        const code = node("input", { maxLength: 10, size: 10, placeholder: "code", ariaLabel: "A room's code", autocomplete: "off", spellcheck: false });
        const join = node("form", {}, code, node("button", { textContent: "Join" }));
        join.addEventListener("submit", (event) => {
            event.preventDefault();
            if (code.value.trim()) location.href = pageOf(code.value.trim().toLowerCase());
        });
        const line = node("input", { maxLength: 120, placeholder: "to all rooms", ariaLabel: "Say something to all rooms", autocomplete: "off" });
        this.#talk.append(line, node("button", { textContent: "Say" }));
        this.#talk.addEventListener("submit", (event) => {
            event.preventDefault();
            if (!line.value.trim() || say(line.value.trim())) line.value = "";
        });
        for (const input of [code, line]) {
            input.addEventListener("focus", () => typing(true));
            input.addEventListener("blur", () => typing(false));
        }
        const make = node("button", { type: "button", textContent: "New private room" });
        make.addEventListener("click", () => void this.#make());
        this.#many.append(join, make);
        this.#pane.append(node("h2", {}, "Rooms"), this.#rows, this.#many, this.#said, this.#there, this.#lines, this.#talk);
        this.#pane.hidden = true;
    }

    /** Asks the server which rooms there are, and who plays. */
    async refresh(): Promise<void> {
        const [rooms, people] = await Promise.all([ask<Listed[]>(this.#list), ask<People>(this.#people)]);
        this.#pane.hidden = !rooms && !people;
        this.#many.hidden = !rooms;
        if (rooms) this.#show(rooms);
        this.#there.replaceChildren(...(people ? this.#names(people) : []));
    }

    /** The player is in a room of which others are told, and may say lines. */
    open(code: string): void {
        this.#room = code;
        this.#talk.hidden = false;
    }

    /** Somebody said a line to all. */
    hear({ name, room, text }: Line): void {
        this.#append("", `${name}${room ? ` in ${room}` : ""}: ${text}`);
    }

    /** A line was not taken, because of this. */
    refuse(why: string): void {
        this.#append("bad", why);
    }

    #append(className: string, text: string): void {
        this.#lines.append(node("li", { className }, text));
        while (this.#lines.childElementCount > LINES) this.#lines.firstElementChild!.remove();
    }

    #names({ count, players }: People): (Node | string)[] {
        const names = players.flatMap(({ name, room }) => [", ", room === this.#room ? name : node("a", { href: pageOf(room), textContent: name })]);
        const more = count > players.length ? ` and ${count - players.length} more` : "";
        return [`${count} playing${count ? ": " : ""}`, ...names.slice(1), more];
    }

    #show(listed: Listed[]): void {
        this.#rows.replaceChildren(...listed.map(({ code, players, places, options }) => node(
            "tr", {}, node("td", {}, code === this.#room ? code : node("a", { href: pageOf(code), textContent: code })),
            node("td", {}, `${players} of ${places}`),
            node("td", {}, Object.entries(options).map(([name, value]) => `${name} ${value}`).join(", ")),
        )));
        const isPrivate = this.#room !== undefined && /^\w{10}$/.test(this.#room) && listed.every(({ code }) => code !== this.#room);
        this.#said.textContent = isPrivate ? `You are in ${this.#room}, which is not listed: this page's address leads your friends there.` : "";
    }

    /** Has a room made, and goes there. */
    async #make(): Promise<void> {
        try {
            const answer = await fetch(this.#list, { method: "POST" });
            if (answer.ok) location.href = pageOf(((await answer.json()) as Listed).code);
            else this.#said.textContent = (await answer.text()).trim();
        } catch {
            this.#said.textContent = "The server does not answer.";
        }
    }
}
