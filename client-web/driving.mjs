// What the scripts that drive pages have in common: programs that are run and stopped, Chromium, what the pages say, checks and their count, and the
// last word. The scripts that drive pages here, `crowd.mjs`, and `server/inspector/drive.mjs` hold only what they check;
// `client-bevy/drive_web.mjs` has browser and programs from here.
//
// CARGO_TARGET_DIR says where the programs are built, CHROMIUM which browser it is (by default /usr/bin/chromium), DRIVE_PORT the first of three ports.
// A script ends with status 77, and says why, where it lacks what it needs; nothing that it started outlasts it.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));

/** The folder that the programs are built into. */
export const targetFolder = process.env.CARGO_TARGET_DIR ?? path.join(here, "../target");

/** Whether the script was asked for more than its checks. */
export const [tellsFigures, takesPictures] = ["--figures", "--pictures"].map((flag) => process.argv.includes(flag));

/** What the pages said, in their consoles and by their errors. */
export const said = [];

let checks = 0;
/** Prints what holds, and fails where it does not. */
export function check(what, holds) {
    if (!holds) throw new Error(what);
    checks++;
    console.log(`ok: ${what}`);
}

/** The same of what a page of Chromium comes to within 20 seconds: `is`, which runs in the page with `argument`. */
export async function checkSoon(what, page, is, argument) {
    await page.waitForFunction(is, argument, { timeout: 20000 }).catch((error) => check(`${what}: ${error.message}`, false));
    check(what, true);
}

/** Ends the script where it cannot do its work. */
export function lack(what) {
    console.log(what);
    process.exit(77);
}

/** A program of the release build, `name` below its folder, unless the environment's `variable` says another. */
export function built(name, variable) {
    const file = process.env[variable] ?? path.join(targetFolder, "release", name);
    if (!existsSync(file)) lack(`${file} is not here`);
    return file;
}

/** The first of the ports that a script may take, with the two after it. */
export const portFrom = (usual) => Number(process.env.DRIVE_PORT ?? usual);

/** Runs the script anew where Node is older than 22, which has a WebSocket only when it is asked for it. */
export function withWebSocket() {
    const flag = "--experimental-websocket";
    if (typeof WebSocket !== "undefined" || process.execArgv.includes(flag)) return;
    process.exit(spawnSync(process.execPath, [flag, ...process.argv.slice(1)], { stdio: "inherit" }).status ?? 1);
}

const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));
for (const [signal, number] of [["SIGINT", 2], ["SIGTERM", 15]]) process.on(signal, () => process.exit(128 + number));

/** Runs a program until it is stopped, at the latest at the end of the script. */
export function start(program, flags, stdio = ["ignore", "pipe", "inherit"]) {
    const child = spawn(program, flags, { stdio });
    running.add(child);
    child.once("exit", () => running.delete(child));
    return child;
}

/** What a program says first, of which nothing is heard any more after that. */
export async function firstWords(child) {
    const [words] = await Promise.race([once(child.stdout, "data"), once(child, "exit")]);
    if (!Buffer.isBuffer(words)) throw new Error(`${child.spawnfile} ended before it said anything`);
    child.stdout.resume();
    return String(words);
}

/** Runs a server of pages without an admin listener, and ends as soon as it has said where it listens. */
export async function serve(program, port, ...flags) {
    const server = start(program, ["--listen", `127.0.0.1:${port}`, "--admin-listen", "off", ...flags]);
    check("the server prints the page's address", (await firstWords(server)).includes(`http://127.0.0.1:${port}`));
    return server;
}

/** Ends a program, and waits until it has ended. */
export async function stop(child, signal = "SIGINT") {
    child.kill(signal);
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

/** Chromium, without a window, with more flags than its own. Its processes end with the script, too. */
export async function launch(...flags) {
    const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
    for (const needed of [executablePath, path.join(here, "node_modules/playwright-core")]) {
        if (!existsSync(needed)) lack(`${needed} is not here`);
    }
    const { chromium } = await import("playwright-core");
    return chromium.launch({ executablePath, args: ["--no-sandbox", ...flags] });
}

/** Keeps what a page of Chromium says. */
export function hear(page) {
    page.on("console", (message) => said.push(message.text()));
    page.on("pageerror", (error) => said.push(`page error: ${error.stack}`));
}

/** A page of Chromium in which `scripts` run before its own. */
export async function newPage(context, ...scripts) {
    const page = await context.newPage();
    hear(page);
    for (const script of scripts) await page.addInitScript(script);
    return page;
}

/** Looks at each picture of the demo's page, from within it. */
export const watchShips = () => {
    const seen = (window.seen = { states: [], netcode: [], whole: [], counts: [], obeyed: 0 });
    window.probe = (frame, session, camera, netcode, whole) => {
        const ships = frame.entity.Ship;
        if (seen.states.at(-1) !== session.state) seen.states.push(session.state);
        seen.ships = {};
        for (let row = 0; row < ships.count; row++) {
            seen.ships[ships.id[row]] = { x: ships.x[row], y: ships.y[row], heading: ships.heading[row], name: session.label(ships.label[row]) };
        }
        seen.own = frame.own;
        seen.input = { ...session.input };
        seen.ownShip = seen.ships[frame.own];
        seen.shown = Object.values(frame.entity).reduce((sum, rows) => sum + rows.count, 0);
        seen.counts.push(seen.shown);
        if (!seen.ownShip) return;
        seen.from ??= seen.ownShip.heading;
        if (seen.ownShip.heading !== seen.from) seen.obeyed ||= performance.now();
        seen.netcode.push(netcode);
        seen.whole.push(whole);
    };
};

export const distance = (one, other) => Math.hypot(one.x - other.x, one.y - other.y);

export const quantile = (list, share) => [...list].sort((one, other) => one - other)[Math.min(list.length - 1, Math.floor(list.length * share))];

/** Times in milliseconds, in two numbers. */
export const told = (list) => `${quantile(list, 0.5).toFixed(2)} ms median, ${quantile(list, 0.95).toFixed(2)} ms p95`;

const WRONG = /diverged|page error|panicked|fault of its own|Refused to|Content.Security.Policy|^refused:/;

/** Does all that is to be checked, looks whether the pages said that something went wrong, and ends the script by what came of it. */
export async function judge(browser, drive) {
    let failure;
    try {
        await drive();
        const wrong = said.filter((line) => WRONG.test(line));
        check(["nothing went wrong", ...wrong].join("\n  "), wrong.length === 0);
    } catch (error) {
        failure = error;
    }
    await browser.close();
    if (failure) {
        console.log(`FAILED: ${failure.stack}\nthe pages said last:\n  ${said.slice(-15).join("\n  ")}`);
        process.exit(1);
    }
    console.log(`all is well, ${checks} checks`);
    process.exit(0);
}
