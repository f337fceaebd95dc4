// The board in a page: `client-web/README.md` walks through it.
import { addressOf, load, Place, Session } from "auspice-web";

import type { Game } from "./game.js";
import * as glue from "./board_page.js";

const EDGE = 600;
const SPEED = 400;

const canvas = document.querySelector("canvas")!;
const pen = canvas.getContext("2d")!;
const name = new URLSearchParams(location.search).get("name") ?? "somebody";
const url = addressOf(undefined);

const [loaded, place] = await Promise.all([
    load(glue, new URL("./board_page_bg.wasm", import.meta.url)),
    Place.of(`${name} at ${url}`),
]);
const session = new Session<Game>(loaded, { url, name, token: place.token }, { velocity: { x: 0, y: 0 } }, {
    welcomed: () => place.keep(session.token),
    state: (state, why) => (document.title = why || state),
});

/** The cursor flies towards the pointer while it is down. */
let pointer: { x: number; y: number } | undefined;
canvas.addEventListener("pointerdown", ({ offsetX, offsetY }) => (pointer = { x: offsetX - EDGE, y: EDGE - offsetY }));
canvas.addEventListener("pointermove", ({ offsetX, offsetY }) => pointer && (pointer = { x: offsetX - EDGE, y: EDGE - offsetY }));
addEventListener("pointerup", () => (pointer = undefined));

function steer(x: number, y: number): void {
    const { velocity } = session.input;
    const way = pointer ? Math.hypot(pointer.x - x, pointer.y - y) : 0;
    const speed = Math.min(SPEED, way * 5);
    velocity.x = pointer && way > 1 ? ((pointer.x - x) / way) * speed : 0;
    velocity.y = pointer && way > 1 ? ((pointer.y - y) / way) * speed : 0;
}

function draw(): void {
    const { entity, own } = session.step();
    const cursors = entity.Cursor;
    pen.fillStyle = "#101418";
    pen.fillRect(0, 0, 2 * EDGE, 2 * EDGE);
    for (let row = 0; row < cursors.count; row++) {
        const [x, y] = [cursors.x[row], cursors.y[row]];
        const isOwn = cursors.id[row] === own;
        if (isOwn) steer(x, y);
        pen.fillStyle = isOwn ? "#5cebff" : "#ffc74d";
        pen.beginPath();
        pen.arc(EDGE + x, EDGE - y, 8, 0, 7);
        pen.fill();
        pen.fillText(session.label(cursors.label[row]), EDGE + x + 12, EDGE - y + 4);
    }
    requestAnimationFrame(draw);
}
draw();
