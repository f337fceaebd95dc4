// The tools below the paper: colours, widths, undo, the view; and their keys.
import { NAMES, type Palette, WIDTHS } from "./palette.js";
import type { Quill, Tool } from "./quill.js";
import type { View } from "./view.js";

const KEPT = "auspice/board/pen";

/** Time for which a wipe waits to be meant. */
const MEANT_MS = 3000;

export const element = <E extends HTMLElement = HTMLElement>(id: string): E => document.getElementById(id) as E;

export class Tools {
    #quill: Quill;
    #view: View;
    #colours: HTMLButtonElement[];
    #widths: HTMLButtonElement[];

    constructor(quill: Quill, view: View, palette: Palette, openTalk: () => void) {
        this.#quill = quill;
        this.#view = view;
        this.#colours = NAMES.map((name, colour) => this.#button("colours", name, `${name} (${colour})`, () => this.take({ colour })));
        this.#widths = WIDTHS.map((units, width) => this.#button("widths", "", `${units} wide ([ and ])`, () => this.take({ width })));
        for (const [colour, button] of this.#colours.entries()) button.style.setProperty("--colour", `var(--c${colour})`);
        for (const [width, button] of this.#widths.entries()) button.style.setProperty("--width", `${3 + width * 3.4}px`);
        element("undo").addEventListener("click", () => quill.undo());
        this.#confirm(element("wipe"), () => quill.wipe());
        element("fit").addEventListener("click", () => view.fit());
        element("nearer").addEventListener("click", () => view.zoom(1.5));
        element("farther").addEventListener("click", () => view.zoom(1 / 1.5));
        addEventListener("keydown", (event) => this.#key(event, openTalk));
        palette.onChange();
        this.take(kept() ?? {});
    }

    /** Whether a pen was chosen here before. */
    get isChosen(): boolean {
        return kept() !== undefined;
    }

    /** Takes another pen in hand. `isOwn` where the player chose it. */
    take(tool: Partial<Tool>, isOwn = true): void {
        const now = Object.assign(this.#quill.tool, tool);
        for (const [colour, button] of this.#colours.entries()) button.setAttribute("aria-pressed", String(colour === now.colour));
        for (const [width, button] of this.#widths.entries()) button.setAttribute("aria-pressed", String(width === now.width));
        element("tools").style.setProperty("--pen", `var(--c${now.colour === 0 ? 2 : now.colour})`);
        if (!isOwn || Object.keys(tool).length === 0) return;
        try {
            localStorage.setItem(KEPT, JSON.stringify(now));
        } catch {
            // It is not kept, then.
        }
    }

    #button(where: string, text: string, title: string, does: () => void): HTMLButtonElement {
        const button = document.createElement("button");
        [button.title, button.ariaLabel] = [title, text || title];
        button.addEventListener("click", does);
        element(where).append(button);
        return button;
    }

    /** What cannot be taken back is asked for twice. */
    #confirm(button: HTMLElement, does: () => void): void {
        let timer = 0;
        const isAsking = (asks: boolean): void => {
            clearTimeout(timer);
            button.classList.toggle("sure", asks);
            if (asks) timer = setTimeout(() => isAsking(false), MEANT_MS);
        };
        button.addEventListener("click", () => {
            const isMeant = button.classList.contains("sure");
            isAsking(!isMeant);
            if (isMeant) does();
        });
    }

    #key(event: KeyboardEvent, openTalk: () => void): void {
        if (event.target instanceof HTMLInputElement) {
            if (event.key === "Escape") event.target.blur();
            return;
        }
        const isCommand = event.ctrlKey || event.metaKey;
        if (isCommand && event.code === "KeyZ" && !event.shiftKey) this.#quill.undo();
        else if (isCommand || event.altKey) return;
        else if (/^\d$/.test(event.key)) this.take({ colour: Number(event.key) });
        else if (event.key === "[") this.take({ width: Math.max(0, this.#quill.tool.width - 1) });
        else if (event.key === "]") this.take({ width: Math.min(WIDTHS.length - 1, this.#quill.tool.width + 1) });
        else if (event.key === "+" || event.key === "=") this.#view.zoom(1.25);
        else if (event.key === "-") this.#view.zoom(0.8);
        else if (event.code === "KeyF") this.#view.fit();
        else if (event.key === "Enter" && !(event.target instanceof HTMLButtonElement)) openTalk();
        else return;
        event.preventDefault();
    }
}

function kept(): Tool | undefined {
    try {
        const { colour, width } = JSON.parse(localStorage.getItem(KEPT) ?? "{}") as Partial<Tool>;
        return Number.isInteger(colour) && Number.isInteger(width) && colour! in NAMES && width! in WIDTHS ? { colour: colour!, width: width! } : undefined;
    } catch {
        return undefined;
    }
}
