// Plays the demo's page, the one that the server has within it, in Chromium, and fails if what is seen or said of it is not as it should be: two pages
// see each other's ships fly, one as large as a phone is steered by touch, a cut heals, and a page that is loaded anew, hidden, duplicated, or that may
// keep nothing plays on.
//
//   cargo build --release -p auspice-server && (cd client-web && npm ci) && node client-web/drive.mjs [--figures] [--pictures]
//
// --figures tells in addition how soon a page flies and what a frame takes; --pictures takes those of client-web/docs anew. Needs Chromium (CHROMIUM, by
// default /usr/bin/chromium); ends with status 77 where there is none. CARGO_TARGET_DIR is heeded, and SERVER for another program.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const target = process.env.CARGO_TARGET_DIR ?? path.join(here, "../target");
const program = process.env.SERVER ?? path.join(target, "release/auspice-server");
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const port = Number(process.env.DRIVE_PORT ?? 7830);
const [tellsFigures, takesPictures] = ["--figures", "--pictures"].map((flag) => process.argv.includes(flag));
for (const needed of [executablePath, path.join(here, "node_modules/playwright-core")]) {
    if (existsSync(needed)) continue;
    console.log(`${needed} is not here`);
    process.exit(77);
}
const { chromium } = await import("playwright-core");

const check = (what, holds) => {
    if (!holds) throw new Error(what);
    console.log(`ok: ${what}`);
};

let server;
async function serve(...flags) {
    server = spawn(program, ["--listen", `127.0.0.1:${port}`, "--admin-listen", "off", ...flags], { stdio: ["ignore", "pipe", "inherit"] });
    const [said] = await once(server.stdout, "data");
    check("the server prints the page's address", String(said).includes(`http://127.0.0.1:${port}`));
}
async function stop(signal = "SIGINT") {
    server.kill(signal);
    if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
}

/** Looks at each picture of a page. */
const watch = () => {
    const seen = (window.seen = { states: [], netcode: [], whole: [], diverged: 0, first: 0, obeyed: 0 });
    window.probe = (frame, session, camera, netcode, whole) => {
        const ships = frame.entity.Ship;
        if (seen.states.at(-1) !== session.state) seen.states.push(session.state);
        seen.ships = {};
        for (let row = 0; row < ships.count; row++) {
            seen.ships[ships.id[row]] = { x: ships.x[row], y: ships.y[row], heading: ships.heading[row], name: session.label(ships.label[row]) };
        }
        seen.own = frame.own;
        seen.ownShip = seen.ships[frame.own];
        seen.shown = Object.values(frame.entity).reduce((sum, rows) => sum + rows.count, 0);
        seen.hash = session.hash;
        if (!seen.ownShip) return;
        seen.first ||= performance.now();
        seen.from ??= seen.ownShip.heading;
        if (seen.ownShip.heading !== seen.from) seen.obeyed ||= performance.now();
        seen.netcode.push(netcode);
        seen.whole.push(whole);
    };
};

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const said = [];
async function open(context, flags, how = {}) {
    const page = await context.newPage();
    page.on("console", (message) => said.push(message.text()));
    page.on("pageerror", (error) => said.push(`page error: ${error.stack}`));
    await page.addInitScript(watch);
    if (how.script) await page.addInitScript(how.script);
    await page.goto(`http://127.0.0.1:${port}/${flags}`);
    await page.waitForFunction(() => window.seen?.ownShip, null, { timeout: 20000 });
    return page;
}
const look = (page) => page.evaluate(() => window.seen);
const distance = (one, other) => Math.hypot(one.x - other.x, one.y - other.y);

async function twoPages() {
    const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
    const ann = await open(context, "?name=Ann");
    const bob = await open(context, "?name=Bob&fbclid=IwAR0");
    check("what other sites put behind the address is left out, and named", said.some((line) => /left out: fbclid/.test(line)));
    const { own } = await look(ann);
    check("two tabs are two players", (await look(bob)).own !== own);
    const before = (await look(ann)).ownShip;
    await ann.bringToFront();
    await ann.keyboard.down("KeyW");
    await ann.waitForTimeout(1500);
    await ann.keyboard.up("KeyW");
    const after = (await look(ann)).ownShip;
    check("a key flies the own ship", distance(before, after) > 30);
    // A page in the background is drawn rarely.
    await bob.bringToFront();
    await bob.waitForTimeout(400);
    const seen = (await look(bob)).ships[own];
    if (seen) check("the other page sees it fly", seen.name === "Ann" && distance(seen, before) > 25);
    else console.log("the ships began too far from each other to be seen");
    return { context, ann, bob };
}

async function chat(ann, bob) {
    await ann.bringToFront();
    await ann.keyboard.press("Enter");
    await ann.keyboard.type("grüße, 你好, مرحبا");
    await ann.keyboard.press("Enter");
    await bob.bringToFront();
    await bob.waitForFunction(() => document.getElementById("lines").textContent.includes("你好"), null, { timeout: 5000 });
    check("a word in any script is heard", true);
}

async function cut(page) {
    await page.bringToFront();
    const { own } = await look(page);
    await page.keyboard.press("F4");
    await page.getByText("cut for 3 s").click();
    await page.waitForFunction(() => window.seen.states.at(-1) !== "playing", null, { timeout: 5000 });
    check("what is simulated is said", /the cable is out/.test(await page.locator("#badge").textContent()));
    await page.waitForFunction(() => window.seen.states.at(-1) === "playing", null, { timeout: 20000 });
    check("a cut heals, and it is the same ship", (await look(page)).own === own);
    await page.getByText("break the connection").click();
    await page.waitForFunction(() => window.seen.states.at(-1) !== "playing", null, { timeout: 5000 });
    await page.waitForFunction(() => window.seen.states.at(-1) === "playing" && window.seen.ownShip, null, { timeout: 20000 });
    check("so does a broken connection", (await look(page)).own === own);
    await page.keyboard.press("F4");
}

async function loadAnew(context, page) {
    const { own } = await look(page);
    await page.reload();
    await page.waitForFunction(() => window.seen?.ownShip, null, { timeout: 20000 });
    check("a page that is loaded anew has the same ship", (await look(page)).own === own);
    // As a browser does that duplicates a tab: with a copy of what it keeps.
    const copy = await context.newPage();
    await copy.addInitScript(watch);
    const kept = await page.evaluate(() => JSON.stringify(Object.entries(sessionStorage)));
    await copy.addInitScript((kept) => window === window.top && Object.assign(sessionStorage, Object.fromEntries(JSON.parse(kept))), kept);
    await copy.goto(page.url());
    await copy.waitForFunction(() => window.seen?.ownShip, null, { timeout: 20000 });
    check("a duplicated tab is another player", (await look(copy)).own !== own);
    await page.bringToFront();
    await page.waitForTimeout(500);
    check("and takes nothing from the first", (await look(page)).own === own && (await look(page)).states.at(-1) === "playing");
    await copy.close();
}

async function keepNothing() {
    const context = await browser.newContext();
    const page = await open(context, "?name=Keen", {
        script: () => {
            for (const storage of ["localStorage", "sessionStorage"]) {
                Object.defineProperty(window, storage, { get: () => { throw new DOMException("blocked", "SecurityError"); } });
            }
        },
    });
    check("where the browser keeps nothing one plays all the same", (await look(page)).states.at(-1) === "playing");
    await context.close();
}

async function breakDownload() {
    const context = await browser.newContext();
    let breaks = 1;
    await context.route("**/*.wasm", (route) => (breaks-- > 0 ? route.abort() : route.continue()));
    await open(context, "?name=Slow");
    check("a download that breaks is begun anew", breaks < 0);
    await context.close();
}

async function phone() {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 });
    const page = await open(context, "?name=Thumb");
    const before = (await look(page)).ownShip;
    const fingers = await context.newCDPSession(page);
    const touch = (type, x, y) => fingers.send("Input.dispatchTouchEvent", { type, touchPoints: type === "touchEnd" ? [] : [{ x, y }] });
    await touch("touchStart", 90, 640);
    // To where the nose does not point yet.
    const [x, y] = [90 - Math.cos(before.heading) * 70, 640 + Math.sin(before.heading) * 70];
    await touch("touchMove", x, y);
    await page.waitForTimeout(2500);
    if (takesPictures) await page.screenshot({ path: path.join(here, "docs/phone.png") });
    await touch("touchEnd");
    const after = (await look(page)).ownShip;
    const turned = Math.abs(Math.atan2(Math.sin(after.heading - before.heading), Math.cos(after.heading - before.heading)));
    check("a thumb turns the ship to where it points, and flies there", turned > 2 && distance(before, after) > 30);
    check("the buttons for the other thumb are there", await page.locator("#gun").isVisible());
    check("nothing is wider than the screen", await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    await context.close();
}

const quantile = (list, share) => [...list].sort((one, other) => one - other)[Math.min(list.length - 1, Math.floor(list.length * share))];

async function figures() {
    const ways = [];
    for (let tries = 0; tries < 5; tries++) {
        const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
        const page = await context.newPage();
        await page.addInitScript(watch);
        // A key is held from the first moment on, as somebody does who cannot wait.
        await page.addInitScript(() => {
            addEventListener("DOMContentLoaded", () => {
                const press = () => dispatchEvent(new KeyboardEvent("keydown", { code: "KeyA" }));
                setInterval(press, 10);
            });
        });
        await page.goto(`http://127.0.0.1:${port}/?name=Quick`);
        await page.waitForFunction(() => window.seen.obeyed, null, { timeout: 20000 });
        ways.push((await look(page)).obeyed);
        await context.close();
    }
    console.log(`from opening the address to a ship that obeys: ${ways.map((way) => way.toFixed(0)).join(", ")} ms`);
    check("the median is at most 1500 ms", quantile(ways, 0.5) <= 1500);
}

/** What a frame costs. With `raster` each is drawn to its end within the frame, which else happens in another process: by asking for a pixel of it. */
async function frameCost(what, seconds, raster = false) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
    const page = await open(context, "?name=Ann");
    await page.waitForTimeout(1500);
    await page.evaluate((raster) => {
        const { probe } = window;
        const pen = document.getElementById("game").getContext("2d");
        if (raster) {
            window.probe = (frame, session, camera, netcode, whole) => {
                const started = performance.now();
                pen.getImageData(0, 0, 1, 1);
                probe(frame, session, camera, netcode, whole + performance.now() - started);
            };
        }
        Object.assign(window.seen, { netcode: [], whole: [] });
    }, raster);
    await page.waitForTimeout(seconds * 1000);
    const { netcode, whole, shown } = await look(page);
    const told = (list) => `${quantile(list, 0.5).toFixed(2)} ms median, ${quantile(list, 0.95).toFixed(2)} ms p95`;
    console.log(`${what}: ${shown} entities shown, ${(whole.length / seconds).toFixed(0)} frames/s; netcode ${told(netcode)}; main thread${raster ? " and raster" : ""} ${told(whole)}`);
    if (takesPictures && !raster) await page.screenshot({ path: path.join(here, "docs/page.png") });
    await context.close();
}

async function drive() {
    if (takesPictures) mkdirSync(path.join(here, "docs"), { recursive: true });
    await serve("--npcs", "4", "--size", "900", "--asteroids", "6");
    const { context, ann, bob } = await twoPages();
    await chat(ann, bob);
    await cut(ann);
    await loadAnew(context, ann);
    await keepNothing();
    await breakDownload();
    await phone();
    await ann.bringToFront();
    await stop("SIGTERM");
    await ann.waitForFunction(() => window.seen.states.at(-1) === "reconnecting", null, { timeout: 15000 });
    check("a server that is gone is dialled again", true);
    await context.close();
    if (tellsFigures) {
        await serve();
        await figures();
        await stop();
        await serve("--npcs", "100", "--size", "2000", "--asteroids", "90");
        await frameCost("a crowd", 10);
        await frameCost("the same, drawn to its end", 10, true);
        await stop();
        await serve("--npcs", "330", "--size", "1600", "--asteroids", "250", "--full-service");
        await frameCost("a larger one", 10, true);
        await stop();
    }
    const wrong = said.filter((line) => /diverged|page error|panicked|Refused to|Content Security Policy/.test(line));
    check(`nothing went wrong: ${wrong.join("\n")}`, wrong.length === 0);
}

let failure;
try {
    await drive();
} catch (error) {
    failure = error;
}
await browser.close();
server?.kill("SIGKILL");
if (failure) {
    console.log(`FAILED: ${failure.message}\nthe pages said last:\n  ${said.slice(-15).join("\n  ")}`);
    process.exit(1);
}
console.log("all is well");
