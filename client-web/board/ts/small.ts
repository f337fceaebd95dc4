// A small client of the board, whole: `client-web/README.md` walks through it.
import { addressOf, load, Place, Session } from "auspice-web";

import * as glue from "./board.js";
import type { Game } from "./game.js";

const [WIDTH, HEIGHT, STEP] = [3200, 2000, 0.5];
const COLOURS = ["white", "black", "grey", "red", "orange", "gold", "green", "teal", "blue", "purple"];
const WIDTHS = [2, 4, 8, 14, 24, 40];

const canvas = document.querySelector("canvas")!;
const pen = canvas.getContext("2d")!;
const name = new URLSearchParams(location.search).get("name") ?? "somebody";
const url = addressOf(undefined);

const [loaded, place] = await Promise.all([
    load(glue, new URL("./board_bg.wasm", import.meta.url)),
    Place.of(`${name} at ${url}`),
]);
const session = new Session<Game>(loaded, { url, name, token: place.token }, { velocity: { x: 0, y: 0 } }, {
    welcomed: () => place.keep(session.token),
    state: (state, why) => (document.title = why || state),
});

/** Where the pointer is, in units from the middle; and where the pen is while it draws, in steps. */
let pointer: [number, number] | undefined;
let drawn: [number, number] | undefined;
const look = ({ offsetX, offsetY }: PointerEvent) => (pointer = [offsetX - WIDTH / 2, HEIGHT / 2 - offsetY]);
const steps = ([x, y]: [number, number]): [number, number] => [Math.round(x / STEP), Math.round(y / STEP)];
canvas.onpointerdown = (event) => session.command({ Begin: (drawn = steps(look(event))) });
canvas.onpointerup = () => (drawn = undefined);
canvas.onpointermove = (event) => {
    const [x, y] = steps(look(event));
    if (!drawn) return;
    const way: [number, number] = [Math.max(-127, Math.min(127, x - drawn[0])), Math.max(-127, Math.min(127, y - drawn[1]))];
    session.command({ Go: [way] });
    drawn = [drawn[0] + way[0], drawn[1] + way[1]];
};

function draw(): void {
    const { entity, own } = session.step();
    const { Piece: ink, Cursor: cursors } = entity;
    const moves = [ink.m1, ink.m2, ink.m3, ink.m4, ink.m5, ink.m6, ink.m7, ink.m8, ink.m9, ink.m10, ink.m11, ink.m12];
    pen.setTransform(1, 0, 0, -1, WIDTH / 2, HEIGHT / 2);
    pen.clearRect(-WIDTH / 2, -HEIGHT / 2, WIDTH, HEIGHT);
    pen.lineCap = pen.lineJoin = "round";
    for (const row of [...Array(ink.count).keys()].sort((one, other) => ink.order[one] - ink.order[other])) {
        let [x, y] = [ink.x[row], ink.y[row]];
        pen.beginPath();
        pen.moveTo(x, y);
        for (const move of moves) pen.lineTo((x += move.x[row] * STEP), (y += move.y[row] * STEP));
        [pen.strokeStyle, pen.lineWidth] = [COLOURS[ink.colour[row]], WIDTHS[ink.width[row]]];
        pen.stroke();
    }
    pen.scale(1, -1);
    for (let row = 0; row < cursors.count; row++) {
        const [x, y] = [cursors.x[row], cursors.y[row]];
        // The own cursor flies to where the pointer is.
        if (cursors.id[row] === own && pointer) session.input.velocity = { x: (pointer[0] - x) * 10, y: (pointer[1] - y) * 10 };
        pen.fillStyle = COLOURS[cursors.colour[row]];
        pen.fillText(`● ${session.label(cursors.label[row])}`, x, -y);
    }
    requestAnimationFrame(draw);
}
draw();
