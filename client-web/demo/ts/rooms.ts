// The rooms of a server of many: those that anyone may join, one by its code, and a private one with an address to share.
import { element } from "./hud.js";

/** A room as the server lists it. */
interface Listed {
    code: string;
    players: number;
    places: number;
    options: Record<string, string>;
}

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

/** A part of the menu, which is there where the server has many rooms. */
export class Rooms {
    #pane = element("rooms");
    #list: string;
    #room: string | undefined;
    #rows = node("table");
    #said = node("p", { role: "status" });

    /** `server` is the address for players, `room` what this page asked for there. */
    constructor(server: string, room: string | undefined, typing: (isTyping: boolean) => void) {
        this.#list = new URL("/rooms", server.replace(/^ws/, "http")).href;
        this.#room = room;
        const code = node("input", { maxLength: 10, size: 10, placeholder: "code", ariaLabel: "A room's code", autocomplete: "off", spellcheck: false });
        const join = node("form", {}, code, node("button", { textContent: "Join" }));
        join.addEventListener("submit", (event) => {
            event.preventDefault();
            if (code.value.trim()) location.href = pageOf(code.value.trim().toLowerCase());
        });
        code.addEventListener("focus", () => typing(true));
        code.addEventListener("blur", () => typing(false));
        const make = node("button", { type: "button", textContent: "New private room" });
        make.addEventListener("click", () => void this.#make());
        this.#pane.append(node("h2", {}, "Rooms"), this.#rows, node("div", {}, join, make), this.#said);
        this.#pane.hidden = true;
    }

    /** Asks the server which rooms there are. */
    async refresh(): Promise<void> {
        try {
            const answer = await fetch(this.#list, { cache: "no-store" });
            this.#pane.hidden = !answer.ok;
            if (answer.ok) this.#show(await answer.json());
        } catch {
            // Who does not answer is told of by the session.
            this.#pane.hidden = true;
        }
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
