// What is said at the board.
import type { Frame, Session } from "auspice-web";

import type { Game } from "./game.js";
import type { Palette } from "./palette.js";

export class Talk {
    #panel: HTMLElement;
    #lines: HTMLElement;
    #badge: HTMLElement;
    #palette: Palette;
    #changed = -1;
    #newest = -1;
    /** The newest line when the panel was open last. */
    #read = -1;

    constructor(panel: HTMLElement, button: HTMLElement, badge: HTMLElement, palette: Palette, say: (text: string) => boolean) {
        this.#panel = panel;
        this.#lines = panel.querySelector("ol")!;
        this.#badge = badge;
        this.#palette = palette;
        button.addEventListener("click", () => this.open(panel.hidden !== false));
        panel.querySelector("button")!.addEventListener("click", () => this.open(false));
        panel.querySelector("form")!.addEventListener("submit", (event) => {
            event.preventDefault();
            const input = panel.querySelector("input")!;
            if (input.value.trim() === "" || say(input.value.trim())) input.value = "";
        });
    }

    open(isOpen: boolean): void {
        this.#panel.hidden = !isOpen;
        if (!isOpen) return;
        this.#see();
        this.#panel.querySelector("input")!.focus();
        this.#lines.scrollTop = this.#lines.scrollHeight;
    }

    /** Takes what was said; `isNews` unless it was said before one came. */
    take({ entity: { Line: rows } }: Frame<Game>, session: Session<Game>, isNews: boolean): void {
        if (rows.changed === this.#changed) return;
        this.#changed = rows.changed;
        const parts = [...Array(rows.count).keys()].sort((one, other) => rows.number[one] - rows.number[other] || rows.part[one] - rows.part[other]);
        const lines = new Map<number, string[]>();
        const colours = new Map<number, number>();
        for (const row of parts) {
            const number = rows.number[row];
            lines.set(number, [...(lines.get(number) ?? []), session.label(rows.label[row])]);
            colours.set(number, rows.colour[row]);
        }
        this.#newest = Math.max(-1, ...lines.keys());
        const isAtEnd = this.#lines.scrollTop + this.#lines.clientHeight > this.#lines.scrollHeight - 30;
        this.#lines.replaceChildren(...[...lines].map(([number, [name, ...text]]) => this.#line(name, text.join(""), colours.get(number)!)));
        if (isAtEnd) this.#lines.scrollTop = this.#lines.scrollHeight;
        if (!isNews) this.#read = this.#newest;
        this.#see();
    }

    #line(name: string, text: string, colour: number): HTMLElement {
        const line = document.createElement("li");
        const [who, what] = [document.createElement("b"), document.createElement("span")];
        who.textContent = name;
        who.style.color = this.#palette.styleOf(colour);
        what.textContent = text;
        who.dir = what.dir = "auto";
        line.append(who, what);
        return line;
    }

    #see(): void {
        if (!this.#panel.hidden) this.#read = this.#newest;
        const unread = this.#newest - this.#read;
        this.#badge.hidden = unread <= 0;
        this.#badge.textContent = String(Math.min(unread, 99));
    }
}
