// Plays the demo by the module in Node, many players in one process and two pages in Chromium beside them, and fails if any of them holds another view
// than the server says that it should. Native bots may play in the same room.
//
//   client-web/build.sh && node client-web/crowd.mjs ws://127.0.0.1:7700/play [PLAYERS] [SECONDS]
//
// The module is that of the last build (MODULE, by default target/page/module; CARGO_TARGET_DIR is heeded). Node older than 22 is asked for its WebSocket.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";

const flag = "--experimental-websocket";
if (typeof WebSocket === "undefined" && !process.execArgv.includes(flag)) {
    process.exit(spawnSync(process.execPath, [flag, ...process.argv.slice(1)], { stdio: "inherit" }).status ?? 1);
}
const here = path.dirname(fileURLToPath(import.meta.url));
const built = process.env.MODULE ?? path.join(process.env.CARGO_TARGET_DIR ?? path.join(here, "../target"), "page/module");
const [, , url = "ws://127.0.0.1:7700/play", players = "18", seconds = "60"] = process.argv;

const { load, Session } = await import("./dist/index.js");
const glue = await import(pathToFileURL(path.join(built, "demo.js")));
const loaded = await load(glue, readFileSync(path.join(built, "demo_bg.wasm")));

const told = { diverged: 0, events: 0, welcomed: 0 };
const sessions = Array.from({ length: Number(players) }, (_, index) => {
    const input = { turn: 0, thrust: false, fire: false, laser: false, missile: false };
    return new Session(loaded, { url, name: `node ${index}` }, input, {
        welcomed: () => told.welcomed++,
        event: () => told.events++,
        diverged: (tick, held, stated) => (told.diverged++, console.log(`node ${index} diverged at tick ${tick}: ${held}, ${stated}`)),
    });
});
const pages = [];
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
let browser;
if (existsSync(executablePath)) {
    const { chromium } = await import("playwright-core");
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    for (const name of ["Ann", "Bob"]) {
        const page = await (await browser.newContext()).newPage();
        page.on("console", (message) => /diverged/.test(message.text()) && (told.diverged++, console.log(`${name} ${message.text()}`)));
        await page.addInitScript(() => (window.probe = (frame, session) => (window.seen = { tick: frame.tick, state: session.state })));
        await page.goto(`${url.replace(/^ws/, "http").replace(/play$/, "")}?name=${name}`);
        await page.keyboard.down(name === "Ann" ? "KeyW" : "KeyA");
        await page.keyboard.down("Space");
        pages.push(page);
    }
}

const costs = [];
let shown = 0;
const end = Date.now() + Number(seconds) * 1000;
while (Date.now() < end) {
    for (const { input } of sessions) {
        if (Math.random() < 0.03) Object.assign(input, { turn: Math.floor(Math.random() * 3) - 1, thrust: Math.random() < 0.6, fire: Math.random() < 0.5 });
    }
    for (const session of sessions) {
        const started = performance.now();
        session.step();
        costs.push(performance.now() - started);
    }
    shown = Math.max(...sessions.map(({ frame }) => Object.values(frame.entity).reduce((sum, rows) => sum + rows.count, 0)));
    await pause(16);
}
costs.sort((one, other) => one - other);
const median = (costs[costs.length >> 1] ?? 0).toFixed(3);
const playing = sessions.filter(({ state }) => state === "playing").length;
const pagesPlaying = (await Promise.all(pages.map((page) => page.evaluate(() => window.seen?.state === "playing")))).filter(Boolean).length;
console.log(`${playing} of ${players} players and ${pagesPlaying} of ${pages.length} pages play after ${seconds} s, with up to ${shown} entities shown; ${told.welcomed} welcomes, ${told.events} events, ${told.diverged} divergences; a step took ${median} ms in the median`);
await browser?.close();
for (const session of sessions) session.close();
process.exit(told.diverged === 0 && playing === Number(players) && pagesPlaying === pages.length ? 0 : 1);
