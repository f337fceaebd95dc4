// What opens over the world: the dials of the network, the figures of the netcode, the menu, and the line to write in.
import type { Dials, Frame, Session, Settings } from "auspice-web";

import type { Game } from "./game.js";
import { element, write } from "./hud.js";
import type { DemoClient } from "./module.js";

/** The dials: name, unit, and the most of each, as the core has them. */
const DIALS: [keyof Dials & ("delay" | "jitter" | "stall" | "cap"), string, number, number][] = [
    ["delay", "ms", 1000, 10], ["jitter", "ms", 500, 10], ["stall", "ms", 3000, 50], ["cap", "kB/s", 100, 1],
];

const SWITCHES: [keyof Settings & ("prediction" | "smoothing" | "compensation" | "ghosts"), string][] = [
    ["prediction", "prediction of the own ship"], ["smoothing", "smoothing of corrections"],
    ["compensation", "lag compensation"], ["ghosts", "ghosts: held, believed"],
];

const KEYS: [string, string][] = [
    ["A D, ← →", "turn"], ["W, ↑", "thrust"], ["space, left button", "gun"], ["E, middle button", "laser"], ["Q", "missile"],
    ["right button", "fly to the mouse"], ["left thumb", "flies where it points"], ["right thumb", "shoots"],
    ["gamepad", "stick, R2, lower, left and upper button"], ["Tab", "scores"], ["Enter", "say something"],
    ["V, P", "watch others, fly again"], ["F3", "what the netcode does"], ["F4", "make the network worse"], ["Esc", "this"],
];

function node<T extends keyof HTMLElementTagNameMap>(tag: T, set: Partial<HTMLElementTagNameMap[T]> = {}, ...inside: (Node | string)[]): HTMLElementTagNameMap[T] {
    const made = Object.assign(document.createElement(tag), set);
    made.append(...inside);
    return made;
}

/** The panel of dials and switches. `onChange` is told what is simulated or switched off. */
export class Lab {
    #session: Session<Game, DemoClient>;
    #dials: Dials = { delay: 0, jitter: 0, stall: 0, cap: 0, isCut: false };
    #onChange: (said: string) => void;
    #pane = element("lab");
    #mending: ReturnType<typeof setTimeout> | undefined;

    constructor(session: Session<Game, DemoClient>, onChange: (said: string) => void) {
        this.#session = session;
        this.#onChange = onChange;
        this.#pane.append(
            ...DIALS.map((dial) => this.#dial(...dial)),
            node("div", {}, this.#button("cut for 3 s", () => this.cut(3)), this.#button("cut for 9 s", () => this.cut(9)),
                this.#button("break the connection", () => session.breakOff()), this.#button("mend", () => this.mend())),
            ...SWITCHES.map(([setting, said]) => {
                const box = node("input", { type: "checkbox", checked: session.settings[setting] });
                box.addEventListener("change", () => this.#set({ [setting]: box.checked }));
                return node("label", { className: "switch" }, said, box);
            }),
            this.#displays(),
        );
    }

    toggle(): void {
        this.#pane.hidden = !this.#pane.hidden;
    }

    get showsGhosts(): boolean {
        return this.#session.settings.ghosts;
    }

    /** Pulls the cable for a time. */
    cut(seconds: number): void {
        clearTimeout(this.#mending);
        this.#turn({ isCut: true });
        this.#mending = setTimeout(() => this.#turn({ isCut: false }), seconds * 1000);
    }

    mend(): void {
        clearTimeout(this.#mending);
        this.#turn({ delay: 0, jitter: 0, stall: 0, cap: 0, isCut: false });
        for (const slider of this.#pane.querySelectorAll<HTMLInputElement>("input[type=range]")) {
            slider.value = "0";
            slider.dispatchEvent(new Event("input"));
        }
    }

    #dial(name: (typeof DIALS)[number][0], unit: string, most: number, step: number): HTMLElement {
        const slider = node("input", { type: "range", min: "0", max: String(most), step: String(step), value: "0", name });
        const said = node("output", {}, "off");
        slider.addEventListener("input", () => {
            said.textContent = slider.value === "0" ? "off" : `${slider.value} ${unit}`;
            this.#turn({ [name]: Number(slider.value) });
        });
        return node("label", {}, name, slider, said);
    }

    #button(textContent: string, press: () => void): HTMLElement {
        const button = node("button", { textContent });
        button.addEventListener("click", press);
        return button;
    }

    #displays(): HTMLElement {
        const choice = node("select", {}, ...["game", "present", "past"].map((value) => node("option", { value }, value)));
        choice.addEventListener("change", () => this.#set({ display: choice.value as Settings["display"] }));
        return node("label", { className: "switch" }, "others are shown in the", choice);
    }

    #turn(change: Partial<Dials>): void {
        Object.assign(this.#dials, change);
        this.#session.turn(this.#dials);
        this.#tell();
    }

    #set(change: Partial<Settings>): void {
        this.#session.set(change);
        this.#tell();
    }

    #tell(): void {
        const dials = DIALS.filter(([name]) => this.#dials[name] > 0).map(([name, unit]) => `${name} ${this.#dials[name]} ${unit}`);
        const simulated = [...dials, ...(this.#dials.isCut ? ["the cable is out"] : [])];
        const { settings } = this.#session;
        const off = SWITCHES.filter(([name]) => name !== "ghosts" && !settings[name]).map(([name]) => `no ${name}`);
        const lines = [simulated.length ? `simulated: ${simulated.join(", ")}` : "", off.join(", ")];
        this.#onChange(lines.filter(Boolean).join("\n"));
    }
}

/** The figures of the netcode. */
export class Overlay {
    #pane = element("overlay");
    #reports: Record<string, number> = {};
    #costs: number[] = [];
    #shownAt = 0;

    toggle(session: Session<Game, DemoClient>): void {
        this.#pane.hidden = !this.#pane.hidden;
        session.set({ reports: !this.#pane.hidden });
    }

    hear(ticks: Record<string, number>): void {
        this.#reports = ticks;
    }

    /** `cost` is what this frame's netcode took, in milliseconds. */
    show({ figures, entity }: Frame<Game>, cost: number, frames: number): void {
        this.#costs.push(cost);
        if (this.#costs.length > 120) this.#costs.shift();
        const now = performance.now();
        if (this.#pane.hidden || now - this.#shownAt < 250) return;
        this.#shownAt = now;
        const median = [...this.#costs].sort((one, other) => one - other)[this.#costs.length >> 1];
        const rows: [string, string][] = [
            ["ping, jitter", `${figures.ping.toFixed(0)}, ${figures.jitter.toFixed(1)} ms`],
            ["state's age", `${figures.age.toFixed(0)} ms`],
            ["inputs early", `${figures.lead.toFixed(2)} ticks, least ${figures.slack}`],
            ["inputs sent", `${figures.inputsSent}, ${figures.inputsStarved} missing`],
            ["predicted", `${figures.ticksPredicted} ticks, ${figures.ticksMispredicted} wrong`],
            ["own corrections", `${figures.ownCorrections}, largest ${figures.ownLargest.toFixed(2)} m`],
            ["others'", `${figures.otherCorrections}, largest ${figures.otherLargest.toFixed(2)} m`],
            ["the past", `${figures.interpolationTicks} ticks behind`],
            ["in view", `${figures.inView}, ${Object.values(entity).reduce((sum, rows) => sum + rows.count, 0)} shown`],
            ["netcode", `${median.toFixed(2)} ms of a frame, ${frames} frames/s`],
            ["server's tick", `${this.#reports.tick_p50_us ?? "?"} us, ${this.#reports.clients ?? "?"} players`],
        ];
        write(this.#pane, rows.map(([name, value]) => `${name.padEnd(16)} ${value}`).join("\n"));
    }
}

/** The menu: what each key does, the player's name, and the rooms. `onOpen` is told when it opens. */
export class Menu {
    #pane = element("menu");
    #onOpen: () => void;

    constructor(name: string, rename: (name: string) => void, typing: (isTyping: boolean) => void, onOpen: () => void) {
        this.#onOpen = onOpen;
        const input = node("input", { value: name, maxLength: 16, ariaLabel: "Your name" });
        const form = node("form", {}, node("label", {}, "Your name", input));
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            rename(input.value.trim());
            this.toggle();
        });
        input.addEventListener("focus", () => typing(true));
        input.addEventListener("blur", () => typing(false));
        const keys = KEYS.map(([key, does]) => node("tr", {}, node("td", {}, key), node("td", {}, does)));
        this.#pane.prepend(form, node("table", {}, ...keys));
    }

    toggle(): void {
        this.#pane.hidden = !this.#pane.hidden;
        if (this.#pane.hidden) element("game").focus();
        else this.#onOpen();
    }
}

/** A line to everyone. */
export class Chat {
    #form = element<HTMLFormElement>("chat");
    #input = this.#form.querySelector("input")!;

    constructor(say: (text: string) => void, typing: (isTyping: boolean) => void) {
        this.#form.addEventListener("submit", (event) => {
            event.preventDefault();
            if (this.#input.value.trim()) say(this.#input.value.trim());
            this.close();
        });
        this.#input.addEventListener("focus", () => typing(true));
        this.#input.addEventListener("blur", () => {
            typing(false);
            this.close();
        });
    }

    open(): void {
        this.#form.hidden = false;
        this.#input.value = "";
        this.#input.focus();
    }

    close(): void {
        if (this.#form.hidden) return;
        this.#form.hidden = true;
        element("game").focus();
    }
}
