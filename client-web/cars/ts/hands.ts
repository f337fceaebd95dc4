// A player's hands: keyboard and touch, as the input that the game takes.
import type { Input } from "./game.js";

/** What is held down of the keys that are used. */
const KEYS: Record<string, string> = {
    ArrowUp: "up", KeyW: "up", ArrowDown: "down", KeyS: "down", ArrowLeft: "left", KeyA: "left", ArrowRight: "right", KeyD: "right",
    Space: "jump", ShiftLeft: "boost", ShiftRight: "boost", ControlLeft: "slide", ControlRight: "slide", KeyQ: "rollLeft", KeyE: "rollRight",
};
/** Pixels from the middle of the stick to its end. */
const STICK = 50;

export class Hands {
    #held = new Set<string>();
    #stick = { x: 0, y: 0 };

    constructor(stick: HTMLElement, buttons: Record<"jump" | "boost" | "slide", HTMLElement>) {
        addEventListener("keydown", (event) => this.#press(event, true));
        addEventListener("keyup", (event) => this.#press(event, false));
        addEventListener("blur", () => this.#held.clear());
        const knob = stick.firstElementChild as HTMLElement;
        const move = (event: PointerEvent) => {
            const { left, top, width, height } = stick.getBoundingClientRect();
            const part = (value: number) => Math.max(-1, Math.min(1, value / STICK));
            this.#stick = { x: part(event.clientX - left - width / 2), y: part(event.clientY - top - height / 2) };
            knob.style.translate = `${this.#stick.x * STICK}px ${this.#stick.y * STICK}px`;
        };
        const release = () => {
            this.#stick = { x: 0, y: 0 };
            knob.style.translate = "";
        };
        stick.addEventListener("pointerdown", (event) => {
            stick.setPointerCapture(event.pointerId);
            move(event);
        });
        stick.addEventListener("pointermove", (event) => stick.hasPointerCapture(event.pointerId) && move(event));
        stick.addEventListener("pointerup", release);
        stick.addEventListener("pointercancel", release);
        for (const [name, button] of Object.entries(buttons)) {
            const hold = (isDown: boolean) => {
                button.classList.toggle("down", isDown);
                if (isDown) this.#held.add(name);
                else this.#held.delete(name);
            };
            button.addEventListener("pointerdown", () => hold(true));
            for (const end of ["pointerup", "pointercancel", "pointerleave"]) button.addEventListener(end, () => hold(false));
        }
    }

    #press(event: KeyboardEvent, isDown: boolean): void {
        const name = KEYS[event.code];
        if (name === undefined || event.metaKey || event.altKey) return;
        event.preventDefault();
        if (isDown) this.#held.add(name);
        else this.#held.delete(name);
    }

    /** Writes what the hands do into an input. */
    write(input: Input): void {
        const axis = (less: string, more: string) => Number(this.#held.has(more)) - Number(this.#held.has(less));
        const clamp = (value: number) => Math.max(-1, Math.min(1, value));
        const ahead = clamp(axis("down", "up") - this.#stick.y);
        input.throttle = ahead;
        input.steer = clamp(axis("left", "right") + this.#stick.x);
        // In the air the nose goes down where one pushes ahead.
        input.pitch = -ahead;
        input.roll = axis("rollLeft", "rollRight");
        [input.jump, input.boost, input.handbrake] = [this.#held.has("jump"), this.#held.has("boost"), this.#held.has("slide")];
    }
}
