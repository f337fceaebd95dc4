// Draws on the board in Chromium, by several pages of the server's own, and fails if what is seen of it is not as it should be: what one draws the others
// have, undo takes back one's own, talk is read by whoever comes later, a cut heals and loses nothing, a page that is loaded anew has all of it, fingers
// draw, the small page of the README draws as well, and all of it is still there after the server was killed.
//
//   cargo build --release -p auspice-server --example board && (cd client-web && npm ci) && node client-web/drive_board.mjs [--figures] [--pictures]
//
// --figures tells in addition what five thousand strokes take of a page; --pictures takes those of client-web/docs anew. BOARD is another program than the
// release build's. What else is heeded, and needed: `driving.mjs`.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { built, check, checkSoon, judge, launch, newPage, portFrom, serve, stop, takesPictures, tellsFigures, told } from "./driving.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const program = built("examples/board", "BOARD");
const port = portFrom(7840);

/** Looks at each picture of a page. */
const watch = () => {
    const seen = (window.seen = { states: [], netcode: [], whole: [], fullAt: 0, strokes: 0 });
    window.probe = (frame, session, told) => {
        const { Cursor, Piece, Paper } = frame.entity;
        if (seen.states.at(-1) !== session.state) seen.states.push(session.state);
        Object.assign(seen, { own: frame.own, pieces: told.pieces, waiting: told.waiting, cursors: {} });
        for (let row = 0; row < Cursor.count; row++) {
            seen.cursors[session.label(Cursor.label[row])] = { id: Cursor.id[row], x: Cursor.x[row], y: Cursor.y[row], colour: Cursor.colour[row] };
        }
        seen.starts = Array.from(Piece.goes_on_from.subarray(0, Piece.count)).filter((goesOn) => goesOn === 0).length;
        seen.place = (x, y) => told.view.pixel(x, y);
        seen.breakOff = () => session.breakOff();
        if (Paper.count > 0 && told.pieces >= Paper.pieces[0]) seen.fullAt ||= performance.now();
        seen.netcode.push(told.netcode);
        seen.whole.push(told.whole);
    };
};

const browser = await launch();
async function open(context, flags) {
    const page = await newPage(context, watch);
    await page.goto(`http://127.0.0.1:${port}/${flags}`);
    await page.waitForFunction(() => window.seen?.states.at(-1) === "playing" && window.seen.own >= 0, null, { timeout: 20000 });
    return page;
}
const look = (page) => page.evaluate(() => ({ ...window.seen, netcode: undefined, whole: undefined, place: undefined, breakOff: undefined }));
const until = (page, is, argument) => page.waitForFunction(is, argument, { timeout: 10000 });
const hasStrokes = (page, count) => until(page, (count) => window.seen.starts === count && window.seen.waiting === 0, count);

/** Draws by the mouse through places of the paper. */
async function draw(page, ...places) {
    await page.bringToFront();
    const pixels = await page.evaluate((places) => places.map(([x, y]) => window.seen.place(x, y)), places);
    await page.mouse.move(...pixels[0]);
    await page.mouse.down();
    for (const pixel of pixels.slice(1)) await page.mouse.move(...pixel, { steps: 6 });
    await page.mouse.up();
}

/** Checks whether the paper is red at places, or is not, as it is painted. */
const checkRed = (what, page, isToBe, ...places) =>
    checkSoon(what, page, ([isToBe, places]) => places.every(([x, y]) => {
        const [left, top] = window.seen.place(x, y);
        const [red, green, blue] = document.getElementById("ink").getContext("2d").getImageData(left * devicePixelRatio, top * devicePixelRatio, 1, 1).data;
        return (red > 180 && green < 110 && blue < 130) === isToBe;
    }), [isToBe, places]);

async function twoPages() {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const ann = await open(context, "?name=Ann");
    const bob = await open(context, "?name=%E6%96%87%E9%83%8E");
    await until(ann, () => Object.keys(window.seen.cursors).length === 2);
    const both = (await look(ann)).cursors;
    check("two pages see each other by names of any script, in two colours", both.Ann.colour !== both["文郎"].colour);
    await ann.locator("#colours button").nth(3).click();
    await ann.locator("#widths button").nth(3).click();
    await draw(ann, [-600, 300], [-200, 300], [-200, -100]);
    await hasStrokes(ann, 1);
    await hasStrokes(bob, 1);
    await bob.bringToFront();
    await until(bob, () => window.seen.pieces > 0);
    await checkRed("what one draws the other sees, where it was drawn", bob, true, [-400, 300], [-200, 100]);
    await checkRed("a corner is where the hand turned", bob, true, [-198, 302]);
    await checkRed("what is drawn is on the board in the page that drew it", ann, true, [-400, 300]);
    await draw(bob, [0, 0], [300, 100]);
    await draw(bob, [0, -300], [300, -200]);
    for (const page of [ann, bob]) await hasStrokes(page, 3);
    await bob.locator("#undo").click();
    await ann.bringToFront();
    await ann.keyboard.press("Control+z");
    await ann.keyboard.press("Control+z");
    for (const page of [ann, bob]) await hasStrokes(page, 1);
    await checkRed("undo takes back one's own, and nobody else's", ann, false, [-400, 300]);
    const [x, y] = [(await look(ann)).cursors.Ann.x, (await look(ann)).cursors.Ann.y];
    await ann.mouse.move(300, 250, { steps: 10 });
    const hasMoved = ([x, y]) => Math.hypot(window.seen.cursors.Ann.x - x, window.seen.cursors.Ann.y - y) > 100;
    await checkSoon("a hand that moves is seen by the other", bob, hasMoved, [x, y]);
    return { context, ann, bob };
}

async function talk(context, ann, bob) {
    await ann.bringToFront();
    await ann.keyboard.press("Enter");
    await ann.keyboard.type("grüße, 你好, مرحبا");
    await ann.keyboard.press("Enter");
    await bob.bringToFront();
    await until(bob, () => document.getElementById("unread").textContent === "1" && !document.getElementById("unread").hidden);
    await bob.locator("#to-talk").click();
    check("a word in any script is read", /Ann.*grüße, 你好, مرحبا/.test(await bob.locator("#talk ol").textContent()));
    const carla = await open(context, "?name=Carla");
    await until(carla, () => document.querySelector("#talk ol").textContent.includes("你好"));
    check("and by whoever comes later, for whom it is no news", await carla.locator("#unread").isHidden());
    await carla.locator("#call input").fill("Ἀριάδνη");
    await carla.keyboard.press("Enter");
    await checkSoon("a name is changed while one is there", bob, () => "Ἀριάδνη" in window.seen.cursors);
    await carla.close();
}

async function cut(ann, bob) {
    await ann.bringToFront();
    const { own, starts } = await look(ann);
    await ann.evaluate(() => window.seen.breakOff());
    await until(ann, () => window.seen.states.some((state) => state === "reconnecting" || state === "connecting"));
    await draw(ann, [-700, -500], [-300, -600]);
    await draw(ann, [-700, -600], [-300, -700]);
    await until(ann, () => window.seen.states.at(-1) === "playing");
    for (const page of [ann, bob]) await hasStrokes(page, starts + 2);
    check("a cut heals, as the same player, and what was drawn meanwhile is on the board", (await look(ann)).own === own);
    await ann.bringToFront();
    await ann.keyboard.press("Control+z");
    for (const page of [ann, bob]) await hasStrokes(page, starts + 1);
    check("and can be taken back", true);
}

async function loadAnew(page) {
    const { own, starts } = await look(page);
    await page.reload();
    await until(page, () => window.seen?.states.at(-1) === "playing" && window.seen.own >= 0);
    await hasStrokes(page, starts);
    check("a page that is loaded anew has all of it, and is the same player", (await look(page)).own === own);
}

async function phone(ann) {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2, colorScheme: "dark" });
    const page = await open(context, "?name=Thumb");
    await until(page, () => window.seen.pieces > 0);
    const { starts } = await look(page);
    const fingers = await context.newCDPSession(page);
    const touch = (type, ...touchPoints) => fingers.send("Input.dispatchTouchEvent", { type, touchPoints });
    await touch("touchStart", { x: 120, y: 400 });
    for (let x = 130; x < 280; x += 10) await touch("touchMove", { x, y: 400 + 20 * Math.sin(x / 20) });
    await touch("touchEnd");
    await hasStrokes(ann, starts + 1);
    check("a finger draws", true);
    const scale = () => page.evaluate(() => window.seen.place(100, 0)[0] - window.seen.place(0, 0)[0]);
    const before = await scale();
    await touch("touchStart", { x: 150, y: 420, id: 0 });
    await touch("touchStart", { x: 150, y: 420, id: 0 }, { x: 240, y: 420, id: 1 });
    for (let by = 0; by < 60; by += 6) await touch("touchMove", { x: 150 - by, y: 420, id: 0 }, { x: 240 + by, y: 420, id: 1 });
    await touch("touchEnd");
    await hasStrokes(page, starts + 1);
    check("two fingers make the paper larger, and draw nothing", (await scale()) > 1.5 * before);
    check("nothing is wider than the screen", await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    await context.close();
}

async function small(ann) {
    const { starts } = await look(ann);
    const page = await newPage(await browser.newContext({ viewport: { width: 1280, height: 800 } }));
    await page.goto(`http://127.0.0.1:${port}/small.html?name=Sam`);
    await until(page, () => document.title === "playing");
    await page.mouse.move(700, 300);
    await page.mouse.down();
    await page.mouse.move(900, 400, { steps: 8 });
    await page.mouse.up();
    await hasStrokes(ann, starts + 1);
    check("the small page of the README draws, and its cursor is there", "Sam" in (await look(ann)).cursors);
    await page.close();
}

async function killed(ann, server, flags) {
    const { own, starts } = await look(ann);
    // The log has it within a second.
    await ann.waitForTimeout(1500);
    await stop(server, "SIGKILL");
    await until(ann, () => window.seen.states.at(-1) !== "playing");
    // Of half a second without a server nothing is said.
    await ann.waitForTimeout(1500);
    const next = await serve(program, port, ...flags);
    await until(ann, () => window.seen.states.at(-1) === "playing");
    await hasStrokes(ann, starts);
    check("a server that was killed goes on with all that was drawn, and the same player", (await look(ann)).own === own);
    await until(ann, () => /^You are back after [\d.]+ s as the same player\./.test(document.getElementById("notice").textContent));
    check("the page says so", true);
    await draw(ann, [0, 500], [200, 500]);
    await hasStrokes(ann, starts + 1);
    check("and one draws on", true);
    return next;
}

async function figures() {
    const server = await serve(program, port, "--strokes", "5000");
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await open(context, "?name=Ann");
    await until(page, () => window.seen.pieces >= 5000);
    const full = (await look(page)).fullAt;
    console.log(`all of 5000 strokes are there ${full.toFixed(0)} ms after the page was asked for`);
    const measure = async (what, does) => {
        await page.evaluate(() => Object.assign(window.seen, { netcode: [], whole: [] }));
        await does();
        const [netcode, whole] = await page.evaluate(() => [window.seen.netcode, window.seen.whole]);
        console.log(`${what}: netcode ${told(netcode)}; main thread ${told(whole)}; ${whole.length} frames`);
    };
    await page.waitForTimeout(3000);
    await measure("5000 strokes at which nobody draws", () => page.waitForTimeout(4000));
    await measure("one draws", async () => {
        for (let turn = 0; turn < 6; turn++) await draw(page, [-900 + turn * 200, 300], [-700 + turn * 200, -300], [-800 + turn * 200, 100]);
    });
    await measure("the paper is moved", async () => {
        for (let turn = 0; turn < 30; turn++) {
            await page.mouse.wheel(turn < 15 ? 20 : -20, 10);
            await page.waitForTimeout(40);
        }
    });
    await context.close();
    await stop(server);
}

async function pictures() {
    const server = await serve(program, port);
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await open(context, "?name=Ann");
    const hands = await Promise.all(["Bob", "Δανάη", "Zoë"].map(async (name) => open(await browser.newContext({ viewport: { width: 1280, height: 800 } }), `?name=${encodeURIComponent(name)}`)));
    const curl = (x, y, width, height, turns) => Array.from({ length: 60 }, (_, at) => [x + (width * at) / 59, y + height * Math.sin((at / 59) * turns * 2 * Math.PI)]);
    const circle = (x, y, radius, from = 0, to = 2) => Array.from({ length: 40 }, (_, at) => [x + radius * Math.cos(Math.PI * (from + ((to - from) * at) / 39)), y + radius * Math.sin(Math.PI * (from + ((to - from) * at) / 39))]);
    const take = async (page, colour, width) => {
        await page.bringToFront();
        await page.locator("#colours button").nth(colour).click();
        await page.locator("#widths button").nth(width).click();
    };
    await take(page, 8, 3);
    await draw(page, ...circle(-850, 350, 260));
    await draw(page, ...circle(-300, 350, 190));
    await take(page, 1, 2);
    await draw(page, ...curl(-560, 350, 60, 8, 1));
    await draw(page, [-1150, -150], [-750, -150], [-750, -420], [-1150, -420], [-1150, -150]);
    await draw(page, [-700, -280], [-420, -280]);
    await draw(page, [-470, -240], [-420, -280], [-470, -320]);
    await draw(page, [-370, -150], [0, -150], [0, -420], [-370, -420], [-370, -150]);
    await take(hands[0], 3, 2);
    await draw(hands[0], ...curl(300, 500, 900, 90, 3));
    await take(hands[0], 5, 4);
    await draw(hands[0], ...circle(1150, 650, 90));
    await take(hands[1], 6, 3);
    await draw(hands[1], ...curl(250, -480, 1000, 60, 4));
    for (let stem = 0; stem < 5; stem++) await draw(hands[1], [350 + stem * 180, -470], [370 + stem * 180, -300 + stem * 30], [350 + stem * 180, -160 + stem * 20]);
    await take(hands[2], 9, 2);
    for (let petal = 0; petal < 5; petal++) await draw(hands[2], ...circle(350 + petal * 180, -110 + petal * 20, 46));
    await page.bringToFront();
    await hands[0].bringToFront();
    await hands[0].keyboard.press("Enter");
    await hands[0].keyboard.type("flowers, anyone?");
    await hands[0].keyboard.press("Enter");
    await page.bringToFront();
    await page.locator("#to-talk").click();
    await page.waitForTimeout(1500);
    await page.screenshot({ path: path.join(here, "docs/board.png") });
    await page.emulateMedia({ colorScheme: "dark" });
    await page.waitForTimeout(500);
    await page.screenshot({ path: path.join(here, "docs/board-night.png") });
    const phone = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 });
    const small = await open(phone, "?name=Thumb");
    await small.waitForTimeout(1000);
    await small.screenshot({ path: path.join(here, "docs/board-phone.png") });
    await stop(server);
}

async function drive() {
    const folder = mkdtempSync(path.join(tmpdir(), "auspice-board-"));
    const flags = ["--log-dir", folder];
    const server = await serve(program, port, ...flags);
    const { context, ann, bob } = await twoPages();
    await talk(context, ann, bob);
    await cut(ann, bob);
    await loadAnew(bob);
    await phone(ann);
    await small(ann);
    const next = await killed(ann, server, flags);
    await context.close();
    await stop(next);
    rmSync(folder, { recursive: true });
    if (tellsFigures) await figures();
    if (takesPictures) await pictures();
}

await judge(browser, drive);
