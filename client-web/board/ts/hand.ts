// The hand: mouse, fingers and pen draw; two fingers, the wheel, the middle button or a held space move the paper.
import type { Quill } from "./quill.js";
import type { View } from "./view.js";

/** A stroke of a finger that another joins within this time, or before it went so many pixels, was the beginning of a pinch. */
const [PINCH_MS, PINCH_PIXELS] = [350, 12];
/** Speed of the cursor for each unit that the hand is ahead of it, and at most; in units a second. */
const [HASTE, SPEED_MAX] = [12, 8000];
/** Nearer than this, in units, it is there. */
const THERE = 0.4;
/** The button at the other end of a pen. */
const ERASER_BUTTON = 32;

interface Finger {
    x: number;
    y: number;
    /** Pixels that it went. */
    way: number;
    /** What it does: it draws, it moves the paper, or it only shows where it is. */
    does: "draw" | "move" | "show";
}

export class Hand {
    /** Whether the paper is being moved. */
    isMoving = false;
    #element: HTMLElement;
    #view: View;
    #quill: Quill;
    #fingers = new Map<number, Finger>();
    /** The pixel that the cursor is to be at. */
    #at: [number, number] | undefined;
    #begunAt = 0;
    #wheeledAt = 0;
    #hasSpace = false;
    /** Somebody who has a pen rests the hand on the screen: then fingers draw nothing. */
    #hasPen = false;

    constructor(element: HTMLElement, view: View, quill: Quill) {
        this.#element = element;
        this.#view = view;
        this.#quill = quill;
        element.addEventListener("pointerdown", (event) => this.#down(event));
        element.addEventListener("pointermove", (event) => this.#move(event));
        for (const name of ["pointerup", "pointercancel"] as const) element.addEventListener(name, (event) => this.#up(event));
        element.addEventListener("pointerleave", (event) => this.#fingers.has(event.pointerId) || (this.#at = undefined));
        element.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
        element.addEventListener("contextmenu", (event) => event.preventDefault());
        // Safari's own gesture on a trackpad.
        element.addEventListener("gesturestart", (event) => event.preventDefault());
        addEventListener("keydown", (event) => event.code === "Space" && event.target === document.body && this.#space(true, event));
        addEventListener("keyup", (event) => event.code === "Space" && this.#space(false, event));
        addEventListener("blur", () => this.#space(false));
    }

    /** Velocity for a cursor that is here, so that it goes where the hand is. */
    steer(x: number, y: number): { x: number; y: number } {
        if (!this.#at) return { x: 0, y: 0 };
        const [to, up] = this.#view.place(...this.#at);
        const [by, rise] = [to - x, up - y];
        const way = Math.hypot(by, rise);
        if (way < THERE) return { x: 0, y: 0 };
        const speed = Math.min(SPEED_MAX, way * HASTE) / way;
        return { x: by * speed, y: rise * speed };
    }

    /** Once for each picture. */
    step(now: number): void {
        const moves = [...this.#fingers.values()].some((finger) => finger.does === "move");
        this.isMoving = moves || now - this.#wheeledAt < 120;
    }

    #down(event: PointerEvent): void {
        // A line of text that was being written is left.
        (document.activeElement as HTMLElement | null)?.blur();
        this.#element.setPointerCapture(event.pointerId);
        this.#hasPen ||= event.pointerType === "pen";
        const { offsetX: x, offsetY: y } = event;
        const isTouch = event.pointerType === "touch";
        const isOther = event.button === 1 || event.button === 2 || this.#hasSpace;
        const draws = !isOther && !(isTouch && (this.#hasPen || this.#fingers.size > 0));
        const finger: Finger = { x, y, way: 0, does: draws ? "draw" : "move" };
        if (!draws) this.#leaveOff();
        this.#fingers.set(event.pointerId, finger);
        this.#at = [x, y];
        this.#element.classList.toggle("moving", finger.does === "move");
        if (!draws) return;
        this.#begunAt = performance.now();
        const isEraser = event.pointerType === "pen" && (event.buttons & ERASER_BUTTON) !== 0;
        this.#quill.begin(...this.#view.place(x, y), this.#view, isEraser ? { colour: 0, width: 4 } : undefined);
    }

    /** Another finger has come: what the first one drew was a stroke, or the beginning of a pinch. */
    #leaveOff(): void {
        for (const finger of this.#fingers.values()) {
            if (finger.does !== "draw") continue;
            if (performance.now() - this.#begunAt < PINCH_MS || finger.way < PINCH_PIXELS) this.#quill.drop();
            else this.#quill.end();
            finger.does = "move";
        }
    }

    #move(event: PointerEvent): void {
        const finger = this.#fingers.get(event.pointerId);
        const { offsetX: x, offsetY: y } = event;
        if (!finger || finger.does === "draw") this.#at = [x, y];
        if (!finger) return;
        if (finger.does === "draw") {
            const all = event.getCoalescedEvents?.() ?? [];
            for (const { offsetX, offsetY } of all.length > 0 ? all : [event]) this.#quill.go(...this.#view.place(offsetX, offsetY));
        } else if (finger.does === "move") this.#drag(finger, x, y);
        finger.way += Math.hypot(x - finger.x, y - finger.y);
        [finger.x, finger.y] = [x, y];
    }

    /** Moves the paper with one finger; two of them make it larger or smaller as well. */
    #drag(finger: Finger, x: number, y: number): void {
        const other = [...this.#fingers.values()].find((other) => other !== finger && other.does === "move");
        if (!other) return this.#view.move(x - finger.x, y - finger.y);
        const before = Math.hypot(finger.x - other.x, finger.y - other.y);
        const after = Math.hypot(x - other.x, y - other.y);
        this.#view.move((x - finger.x) / 2, (y - finger.y) / 2);
        if (before > 10 && after > 10) this.#view.zoom(after / before, (x + other.x) / 2, (y + other.y) / 2);
    }

    #up(event: PointerEvent): void {
        const finger = this.#fingers.get(event.pointerId);
        if (!finger) return;
        this.#fingers.delete(event.pointerId);
        if (finger.does === "draw") this.#quill.end();
        // A finger that is left of two draws nothing any more.
        for (const other of this.#fingers.values()) other.does = "show";
        this.#element.classList.toggle("moving", this.#hasSpace);
        if (event.pointerType === "touch") this.#at = undefined;
    }

    #wheel(event: WheelEvent): void {
        event.preventDefault();
        this.#wheeledAt = performance.now();
        const pixels = event.deltaMode === 1 ? 16 : 1;
        const { offsetX: x, offsetY: y } = event;
        if (event.ctrlKey || event.metaKey) this.#view.zoom(Math.exp(-event.deltaY * pixels * 0.005), x, y);
        else if (event.shiftKey && event.deltaX === 0) this.#view.move(-event.deltaY * pixels, 0);
        else this.#view.move(-event.deltaX * pixels, -event.deltaY * pixels);
    }

    #space(isHeld: boolean, event?: KeyboardEvent): void {
        if (isHeld) event?.preventDefault();
        this.#hasSpace = isHeld;
        this.#element.classList.toggle("moving", isHeld);
    }
}
