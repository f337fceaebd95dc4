// Keys, mouse, gamepad and fingers: whoever flies, it becomes one input. Keys are the window's usual ones.
import type { Camera, Followed } from "./camera.js";
import type { Input } from "./game.js";

/** A nose within this of where the mouse or a thumb points is not turned. */
const AIM_RADIANS = 0.08;
/** A thumb nearer to where it was put down points nowhere; one farther than the second burns the engine too. In pixels. */
const REST_PIXELS = 12;
const THRUST_PIXELS = 45;
const STICK_REST = 0.3;

const HELD = {
    left: ["ArrowLeft", "KeyA"], right: ["ArrowRight", "KeyD"], thrust: ["ArrowUp", "KeyW"],
    fire: ["Space"], laser: ["KeyE"], missile: ["KeyQ"], scores: ["Tab"],
} as const;

/** Deeds of a key that is pressed once. */
export interface Deeds {
    chat(): void;
    watch(): void;
    play(): void;
    overlay(): void;
    lab(): void;
    menu(): void;
}

const PRESSED: Record<string, keyof Deeds> = {
    Enter: "chat", NumpadEnter: "chat", KeyV: "watch", KeyP: "play", F3: "overlay", F4: "lab", Escape: "menu",
};

/** Buttons for the right thumb: what is held while a finger is on one. */
export type ThumbButton = "fire" | "laser" | "missile";

export class Controls {
    /** Set while someone writes: then keys are letters. */
    isTyping = false;
    #deeds: Deeds;
    #keys = new Set<string>();
    #buttons = new Set<number>();
    #mouseX = 0;
    #mouseY = 0;
    #thumb: { id: number; startX: number; startY: number; x: number; y: number } | undefined;
    #fingers = new Map<number, ThumbButton>();
    #padHeld = new Set<number>();
    #ring: HTMLElement;

    constructor(canvas: HTMLElement, buttons: Record<ThumbButton, HTMLElement>, ring: HTMLElement, deeds: Deeds) {
        this.#deeds = deeds;
        this.#ring = ring;
        addEventListener("keydown", (event) => this.#press(event));
        addEventListener("keyup", ({ code }) => this.#keys.delete(code));
        addEventListener("blur", () => this.#letGo());
        document.addEventListener("visibilitychange", () => document.hidden && this.#letGo());
        canvas.addEventListener("contextmenu", (event) => event.preventDefault());
        canvas.addEventListener("pointerdown", (event) => this.#putDown(event));
        addEventListener("pointermove", (event) => this.#move(event));
        for (const end of ["pointerup", "pointercancel"] as const) addEventListener(end, (event) => this.#lift(event));
        for (const [held, button] of Object.entries(buttons) as [ThumbButton, HTMLElement][]) {
            button.addEventListener("pointerdown", (event) => {
                event.preventDefault();
                this.#fingers.set(event.pointerId, held);
            });
        }
    }

    get showsScores(): boolean {
        return this.#holds("scores") || this.#padHeld.has(8);
    }

    /** Writes what the player wants. */
    fly(input: Input, ship: Followed | undefined, camera: Camera): void {
        const pad = this.#pad();
        const held = (name: ThumbButton) => this.#holds(name) || [...this.#fingers.values()].includes(name);
        input.turn = Math.max(-1, Math.min(1, Number(this.#holds("left")) - Number(this.#holds("right")) + pad.turn));
        input.thrust = this.#holds("thrust") || pad.thrust;
        input.fire = held("fire") || this.#buttons.has(0) || pad.fire;
        input.laser = held("laser") || this.#buttons.has(1) || pad.laser;
        input.missile = held("missile") || pad.missile;
        const way = ship && (this.#thumbWay() ?? this.#mouseWay(ship, camera));
        if (!ship || !way) return;
        const off = Math.atan2(way.y, way.x) - ship.heading;
        const angle = off - Math.PI * 2 * Math.floor((off + Math.PI) / (Math.PI * 2));
        input.turn = Math.abs(angle) < AIM_RADIANS ? 0 : Math.sign(angle);
        input.thrust = way.thrusts;
    }

    #thumbWay(): { x: number; y: number; thrusts: boolean } | undefined {
        if (!this.#thumb) return undefined;
        const [x, y] = [this.#thumb.x - this.#thumb.startX, this.#thumb.startY - this.#thumb.y];
        const length = Math.hypot(x, y);
        return length < REST_PIXELS ? undefined : { x, y, thrusts: length >= THRUST_PIXELS };
    }

    #mouseWay(ship: Followed, camera: Camera): { x: number; y: number; thrusts: boolean } | undefined {
        if (!this.#buttons.has(2)) return undefined;
        const x = camera.x + ((this.#mouseX / innerWidth) * 2 - 1) * camera.halfWidth - ship.x;
        const y = camera.y - ((this.#mouseY / innerHeight) * 2 - 1) * camera.halfHeight - ship.y;
        return { x, y, thrusts: true };
    }

    #holds(name: keyof typeof HELD): boolean {
        return !this.isTyping && HELD[name].some((key) => this.#keys.has(key));
    }

    #press(event: KeyboardEvent): void {
        const deed = PRESSED[event.code];
        if (this.isTyping) {
            if (event.code === "Escape") this.#deeds.menu();
            return;
        }
        const isOurs = deed || Object.values(HELD).some((keys) => (keys as readonly string[]).includes(event.code));
        if (!isOurs || event.ctrlKey || event.metaKey || event.altKey) return;
        // What the key means to the browser is not wanted: Tab and Space least of all.
        event.preventDefault();
        this.#keys.add(event.code);
        if (deed && !event.repeat) this.#deeds[deed]();
    }

    #putDown(event: PointerEvent): void {
        if (event.pointerType === "mouse") {
            [this.#mouseX, this.#mouseY] = [event.clientX, event.clientY];
            this.#buttons.add(event.button);
            return;
        }
        event.preventDefault();
        if (event.clientX < innerWidth / 2) {
            this.#thumb ??= { id: event.pointerId, startX: event.clientX, startY: event.clientY, x: event.clientX, y: event.clientY };
            this.#ring.style.transform = `translate(${this.#thumb.startX - THRUST_PIXELS}px, ${this.#thumb.startY - THRUST_PIXELS}px)`;
            this.#ring.hidden = false;
        } else this.#fingers.set(event.pointerId, "fire");
        document.body.classList.add("touched");
    }

    #move({ pointerId, clientX, clientY, pointerType }: PointerEvent): void {
        if (pointerType === "mouse") [this.#mouseX, this.#mouseY] = [clientX, clientY];
        else if (this.#thumb?.id === pointerId) Object.assign(this.#thumb, { x: clientX, y: clientY });
    }

    #lift({ pointerId, pointerType, button }: PointerEvent): void {
        if (pointerType === "mouse") this.#buttons.delete(button);
        this.#fingers.delete(pointerId);
        if (this.#thumb?.id !== pointerId) return;
        this.#thumb = undefined;
        this.#ring.hidden = true;
    }

    /** Nobody is there to let go of it. */
    #letGo(): void {
        this.#keys.clear();
        this.#buttons.clear();
        this.#fingers.clear();
        this.#thumb = undefined;
        this.#ring.hidden = true;
    }

    /** The first gamepad, by the standard layout; none while nobody has touched one, or the browser gives none. */
    #pad(): { turn: number; thrust: boolean; fire: boolean; laser: boolean; missile: boolean } {
        const pad = navigator.getGamepads?.().find((found) => found?.mapping === "standard");
        const holds = (index: number) => pad?.buttons[index]?.pressed ?? false;
        const stick = pad?.axes[0] ?? 0;
        for (const [index, deed] of [[5, "watch"], [4, "play"], [11, "overlay"], [9, "menu"]] as [number, keyof Deeds][]) {
            if (holds(index) && !this.#padHeld.has(index)) this.#deeds[deed]();
        }
        this.#padHeld.clear();
        pad?.buttons.forEach(({ pressed }, index) => pressed && this.#padHeld.add(index));
        const turn = Math.abs(stick) > STICK_REST ? -Math.sign(stick) : Number(holds(14)) - Number(holds(15));
        return { turn, thrust: holds(7) || holds(6) || holds(12), fire: holds(0), laser: holds(2), missile: holds(3) };
    }
}
