// newgame in a browser: arrows or W, A, S, D fly; a finger or the mouse, too.
import { addressOf, type Glue, Held, load, Place, Session } from "auspice-web";

import * as glue from "../module/newgame_page.js";
import type { Game } from "./game.js";

/** From the middle of the world to its edges, as in the rules. */
const EDGE = 200;
const WAYS: Record<string, [number, number]> = {
    KeyW: [0, 1], KeyA: [-1, 0], KeyS: [0, -1], KeyD: [1, 0], ArrowUp: [0, 1], ArrowLeft: [-1, 0], ArrowDown: [0, -1], ArrowRight: [1, 0],
};

const canvas = document.querySelector("canvas")!;
const pen = canvas.getContext("2d")!;
const name = new URLSearchParams(location.search).get("name") ?? "somebody";
const url = addressOf(undefined);

const [loaded, place] = await Promise.all([
    load(glue as unknown as Glue, new URL("./newgame_page_bg.wasm", import.meta.url)),
    Place.of(`${name} at ${url}`),
]);
const session = new Session<Game>(loaded, { url, name, token: place.token }, { way: { x: 0, y: 0 } }, {
    welcomed: () => place.keep(session.token),
    state: (state, why) => (document.title = why || `newgame: ${state}`),
    event: (event) => say(JSON.stringify(event)),
    returned: ({ line }) => say(line),
});
document.getElementById("missing")!.remove();

const held = new Held<string>();
let pointer: { x: number; y: number } | undefined;
addEventListener("keydown", ({ code }) => held.press(code));
addEventListener("keyup", ({ code }) => held.release(code));
addEventListener("blur", () => held.clear());
canvas.addEventListener("pointerdown", (event) => (pointer = where(event)));
canvas.addEventListener("pointermove", (event) => pointer && (pointer = where(event)));
addEventListener("pointerup", () => (pointer = undefined));

/** A point of the canvas, in the world's units. */
function where({ offsetX, offsetY }: PointerEvent): { x: number; y: number } {
    const scale = (2 * EDGE) / canvas.clientWidth;
    return { x: offsetX * scale - EDGE, y: EDGE - offsetY * scale };
}

function say(text: string): void {
    document.getElementById("said")!.textContent = text;
}

/** What the player wants, who is at a place. */
function steer(x: number, y: number): void {
    const { way } = session.input;
    [way.x, way.y] = [0, 0];
    for (const code of held.all()) {
        const [right, up] = WAYS[code] ?? [0, 0];
        [way.x, way.y] = [Math.sign(way.x + right), Math.sign(way.y + up)];
    }
    held.look();
    if (!pointer) return;
    const [right, up] = [pointer.x - x, pointer.y - y];
    const far = Math.max(8, Math.hypot(right, up));
    [way.x, way.y] = [right / far, up / far];
}

function dot(x: number, y: number, radius: number, style: string, text = ""): void {
    pen.fillStyle = style;
    pen.beginPath();
    pen.arc(x, -y, radius, 0, 7);
    pen.fill();
    pen.fillText(text, x, -y - radius - 3);
}

function draw(): void {
    const { entity, own } = session.step();
    const { Flyer: flyers, Ball: balls } = entity;
    const scale = canvas.width / (2 * EDGE);
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.setTransform(scale, 0, 0, scale, canvas.width / 2, canvas.height / 2);
    pen.textAlign = "center";
    for (let row = 0; row < balls.count; row++) dot(balls.x[row], balls.y[row], 4, "#ffc74d");
    for (let row = 0; row < flyers.count; row++) {
        const isOwn = flyers.id[row] === own;
        if (isOwn) steer(flyers.x[row], flyers.y[row]);
        dot(flyers.x[row], flyers.y[row], 6, isOwn ? "#5cebff" : "#9fb0cc", session.label(flyers.label[row]));
    }
    requestAnimationFrame(draw);
}
draw();
