// Plays the demo in one room by many at once: by the module in Node, many players in one process; by two pages in Chromium; and by native bots, all of
// which verify. Fails if any of them holds another view than the server says that it should, if somebody's view was hardly ever compared, if somebody
// does not play at the end, or if the bots' verdict is bad.
//
//   client-web/build.sh && cargo build --release -p auspice-server -p auspice-bots && node client-web/crowd.mjs [SECONDS] [PLAYERS] [BOTS]
//
// 300 seconds, 18 players in Node and 20 bots unless it is told others. The module is that of the last build (MODULE, by default page/module of the build's
// folder). SERVER and BOTS are other programs than the release build's. What else is heeded, and needed: `driving.mjs`.
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";

import { built, check, checkSoon, judge, lack, launch, newPage, portFrom, quantile, said, serve, start, stop, targetFolder, withWebSocket } from "./driving.mjs";

withWebSocket();
const [seconds = 300, players = 18, bots = 20] = process.argv.slice(2).map(Number);
/** Each view is compared at least once in this time. The server states a hash of it every 64 ticks, which is far more often. */
const COMPARED_EVERY_SECONDS = 10;

const programs = [built("auspice-server", "SERVER"), built("bots", "BOTS")];
const made = process.env.MODULE ?? path.join(targetFolder, "page/module");
if (!existsSync(path.join(made, "demo_bg.wasm"))) lack(`${made} has no module: client-web/build.sh makes it`);
const port = portFrom(7834);
const browser = await launch();

const { load, Session } = await import("./dist/index.js");
const loaded = await load(await import(pathToFileURL(path.join(made, "demo.js"))), readFileSync(path.join(made, "demo_bg.wasm")));

/** A player in Node. What it has to say of a view that differs goes where pages say it. */
function player(_, index) {
    const input = { turn: 0, thrust: false, fire: false, laser: false, missile: false };
    return new Session(loaded, { url: `ws://127.0.0.1:${port}/play`, name: `node ${index}` }, input, {
        diverged: (tick, held, stated) => said.push(`node ${index} diverged at tick ${tick}: ${held} and ${stated}`),
    });
}

async function openPage(name, key) {
    const page = await newPage(await browser.newContext(), () => {
        window.probe = ({ figures }, { state }) => (window.seen = { state, compared: figures.viewsCompared });
    });
    await page.goto(`http://127.0.0.1:${port}/?name=${name}`);
    await checkSoon(`${name}'s page plays`, page, () => window.seen?.state === "playing");
    for (const held of [key, "Space"]) await page.keyboard.down(held);
    return page;
}

/** One picture of each player in Node, now and then with another input. Returns what each took, in milliseconds. */
const step = (sessions) =>
    sessions.map((session) => {
        if (Math.random() < 0.03) Object.assign(session.input, { turn: Math.floor(Math.random() * 3) - 1, thrust: Math.random() < 0.6, fire: Math.random() < 0.5 });
        const started = performance.now();
        session.step();
        return performance.now() - started;
    });

await judge(browser, async () => {
    const server = await serve(programs[0], port);
    const pages = [await openPage("Ann", "KeyW"), await openPage("Bob", "KeyA")];
    const sessions = Array.from({ length: players }, player);
    const swarm = start(programs[1], ["--url", `ws://127.0.0.1:${port}`, "--clients", bots, "--seconds", seconds, "--verify-share", "1"].map(String));
    const ended = once(swarm, "exit");
    let verdict = "";
    swarm.stdout.on("data", (bytes) => (verdict += bytes));
    const costs = [];
    for (; swarm.exitCode === null && swarm.signalCode === null; await pause(16)) costs.push(...step(sessions));
    const [status] = await ended;
    console.log(verdict);
    check(`${bots} native bots say that all is well`, status === 0);

    const seen = sessions.map(({ state, frame }) => ({ state, compared: frame.figures.viewsCompared }));
    for (const page of pages) seen.push(await page.evaluate(() => window.seen));
    check(`${players} players in Node and ${pages.length} pages play to the end`, seen.every(({ state }) => state === "playing"));
    const least = Math.min(...seen.map(({ compared }) => compared));
    check(`each compared its view with the server's ${least} times or more`, least >= Math.max(1, seconds / COMPARED_EVERY_SECONDS));
    const shown = Object.values(sessions[0].frame.entity).reduce((sum, rows) => sum + rows.count, 0);
    console.log(`a step of a player in Node took ${quantile(costs, 0.5).toFixed(3)} ms in the median, with ${shown} entities shown at the end`);
    for (const session of sessions) session.close();
    await stop(server);
});
