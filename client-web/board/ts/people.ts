// Everyone at the board: their cursors over it, and their names in a row.
import type { Frame, Session } from "auspice-web";

import type { Game } from "./game.js";
import type { Palette } from "./palette.js";
import type { View } from "./view.js";

/** A cursor that has not moved for so long is nearly unseen. */
const IDLE_MS = 15_000;
/** Names in the row; the others are counted. */
const NAMES_MAX = 8;

interface Person {
    name: string;
    colour: number;
    x: number;
    y: number;
    movedAt: number;
    seen: number;
}

export class People {
    #list: HTMLElement;
    #palette: Palette;
    #people = new Map<number, Person>();
    #listed = "";
    /** Whether any cursor but the own is another than when it was drawn last. */
    #isStale = true;

    constructor(list: HTMLElement, palette: Palette) {
        this.#list = list;
        this.#palette = palette;
    }

    /** Takes where they are. */
    take({ entity: { Cursor: rows }, own, number }: Frame<Game>, session: Session<Game>, now: number): void {
        for (let row = 0; row < rows.count; row++) {
            const id = rows.id[row];
            let person = this.#people.get(id);
            if (!person) this.#people.set(id, (person = { name: "", colour: 0, x: NaN, y: NaN, movedAt: now, seen: 0 }));
            person.seen = number;
            const [x, y, colour] = [rows.x[row], rows.y[row], rows.colour[row]];
            const name = session.label(rows.label[row]);
            const isSame = person.x === x && person.y === y && person.colour === colour && person.name === name;
            if (isSame) continue;
            Object.assign(person, { name, colour, x, y, movedAt: now });
            this.#isStale ||= id !== own;
        }
        for (const [id, person] of this.#people) {
            if (person.seen === number) continue;
            this.#people.delete(id);
            this.#isStale = true;
        }
        const listed = [...this.#people].map(([id, { name, colour }]) => `${id === own}${colour}${name}`).join("\n");
        if (listed !== this.#listed) this.#write(own);
        this.#listed = listed;
    }

    /** Writes the row of names, the own first. */
    #write(own: number): void {
        const people = [...this.#people].sort(([one], [other]) => Number(other === own) - Number(one === own));
        const items = people.slice(0, NAMES_MAX).map(([id, { name, colour }]) => {
            const item = document.createElement("li");
            item.textContent = [...name][0] ?? "?";
            item.title = id === own ? `${name}, that is you` : name;
            item.dir = "auto";
            item.style.setProperty("--colour", this.#palette.styleOf(colour));
            if (id === own) item.className = "own";
            return item;
        });
        if (people.length > NAMES_MAX) {
            const more = document.createElement("li");
            more.textContent = `+${people.length - NAMES_MAX}`;
            more.title = people.slice(NAMES_MAX).map(([, { name }]) => name).join(", ");
            items.push(more);
        }
        this.#list.replaceChildren(...items);
    }

    /** Whether the cursors are to be drawn anew. */
    isStale(now: number): boolean {
        return this.#isStale || [...this.#people.values()].some((person) => now - person.movedAt < IDLE_MS + 1000 && now - person.movedAt > IDLE_MS - 1000);
    }

    /** Draws the cursors of the others, in pixels. */
    draw(context: CanvasRenderingContext2D, view: View, own: number, now: number): void {
        this.#isStale = false;
        context.font = "600 12px system-ui, sans-serif";
        context.textBaseline = "middle";
        for (const [id, { name, colour, x, y, movedAt }] of this.#people) {
            if (id === own) continue;
            const [left, top] = view.pixel(x, y);
            const idle = Math.min(1, Math.max(0, (now - movedAt - IDLE_MS) / 1000));
            context.globalAlpha = 1 - 0.65 * idle;
            context.fillStyle = this.#palette.of(colour);
            context.strokeStyle = this.#palette.paper;
            context.lineWidth = 1.5;
            context.beginPath();
            for (const [right, down] of [[0, 0], [5, 16], [8.5, 9], [16, 6.5]]) context.lineTo(left + right, top + down);
            context.closePath();
            context.fill();
            context.stroke();
            const width = Math.min(160, context.measureText(name).width);
            context.beginPath();
            context.roundRect(left + 12, top + 14, width + 14, 20, 10);
            context.fill();
            context.fillStyle = this.#palette.paper;
            context.fillText(name, left + 19, top + 24.5, 160);
        }
        context.globalAlpha = 1;
    }
}
