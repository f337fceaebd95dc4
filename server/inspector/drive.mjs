// Reads the inspector of a server under bots in Chromium, and fails if what is seen is not as it should be: who has no token sees nothing, the plots
// move, a player that is picked holds exactly what is listed, the past stands still, a log is the same page, of many rooms one is chosen.
//
//   cargo build --release && cargo build --release -p auspice-bots && (cd client-web && npm ci) && node server/inspector/drive.mjs [--pictures]
//
// --pictures takes those of server/docs anew. SERVER and BOTS are other programs than the release build's; FILES=1 shows the page's files as they lie
// here, not those within the program. What else is heeded, and needed: `client-web/driving.mjs`.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { built, check, checkSoon, firstWords, judge, launch, newPage, portFrom, said, start, stop, takesPictures } from "../../client-web/driving.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const program = built("auspice-server", "SERVER");
const bots = built("bots", "BOTS");
const port = portFrom(7850);

const scratch = mkdtempSync(path.join(tmpdir(), "auspice-inspector-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
const [tokenFile, logDir] = [path.join(scratch, "token"), path.join(scratch, "log")];
const TOKEN = "a-token-for-this-run-7x2";
writeFileSync(tokenFile, `${TOKEN}\n`);

const browser = await launch();
const addresses = [];
async function open(address, how = {}) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 1180 }, colorScheme: "light", ...how });
    const page = await newPage(context, headline);
    page.on("response", (answer) => answer.status() >= 400 && ![400, 401, 404, 503].includes(answer.status()) && said.push(`refused: ${answer.status()} ${answer.url()}`));
    page.on("request", (request) => addresses.push(request.url()));
    if (process.env.FILES) {
        await page.route(/\/inspector\/(\w+\.(js|css))?$/, (route) => {
            const name = route.request().url().split("/").at(-1);
            const file = { "": "index.html", "uPlot.js": "vendor/uPlot.iife.min.js", "uPlot.css": "vendor/uPlot.min.css" }[name] ?? name;
            return route.fulfill({ path: path.join(here, file) });
        });
    }
    await page.goto(address);
    return page;
}
async function enter(page, token) {
    await page.fill("#token", token);
    await page.click("#login button");
}
const text = (page, what) => page.locator(what).textContent();
/** The headline's figures, from within the page. */
const headline = () => {
    window.figure = (name) => {
        const pair = [...document.querySelectorAll("#headline div")].find((pair) => pair.firstChild.textContent === name);
        return Number(pair.lastChild.textContent.replaceAll(",", ""));
    };
};
/** Whether the map has more on it than its background. */
const isDrawn = () => {
    const canvas = document.getElementById("map");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let sum = 0;
    for (let at = 3; at < data.length; at += 4) sum += data[at] > 0;
    return sum > 2000;
};

async function live(address) {
    const page = await open(address);
    check("a page without a token asks for it", await page.locator("#login").isVisible());
    await enter(page, "not the right token at all");
    await page.waitForFunction(() => document.getElementById("login-error").textContent.includes("not the token"));
    check("a wrong one shows nothing", !(await page.locator("#page").isVisible()));
    await enter(page, TOKEN);
    await page.waitForSelector("#players tbody tr[data-client]");
    const areListed = () => document.querySelectorAll("#players tbody tr[data-client]").length >= 20 && window.figure("playing") >= 20;
    await checkSoon("the players are listed", page, areListed);
    check("at one look: how the server is", ["well", "strained", "failing"].includes(await page.locator("#standing").getAttribute("data-standing")));
    await checkSoon("the map is drawn", page, isDrawn);
    const ticks = await page.evaluate(() => window.figure("tick"));
    await checkSoon("time goes on", page, (ticks) => window.figure("tick") > ticks + 120, ticks);
    await checkSoon("three plots stand there", page, () => document.querySelectorAll("#plots canvas").length === 3);
    await checkSoon("joins are told by cause", page, () => /joined/.test(document.getElementById("joins").textContent));
    const areTold = () => /Ship/.test(document.getElementById("bytes").textContent) && /velocity|thrust|heading/.test(document.getElementById("bytes").textContent);
    await checkSoon("bytes are told by kind and field", page, areTold);
    return page;
}

async function aPlayer(page) {
    const row = page.locator("#players tbody tr[data-client]").first();
    const client = await row.getAttribute("data-client");
    await row.click();
    await page.waitForSelector("#held tbody tr");
    check("a player that is picked has figures", /Lead/.test(await text(page, "#player-figures")));
    const held = await page.evaluate(async (client) => {
        const token = sessionStorage.getItem("auspice-inspector-token");
        const ask = async (what) => (await fetch(what, { headers: { Authorization: `Bearer ${token}` } })).json();
        const world = await ask("world");
        return [await ask(`player?client=${client}&tick=${world.tick}`), world];
    }, client);
    const [player, world] = held;
    const all = new Set(world.kinds.flatMap(({ ids }) => ids));
    check("it holds what is published and nothing else", player.held.length > 0 && player.held.every(({ id }) => all.has(id)));
    check("its own entity is among it", player.held.some(({ id }) => id === player.own));
    const { keep_radius: radius } = await page.evaluate(async () => (await fetch("tables", { headers: { Authorization: `Bearer ${sessionStorage.getItem("auspice-inspector-token")}` } })).json());
    // Word that something has left is in no hurry: two ships part by up to 150 units meanwhile.
    check("all with a place is within its circle", player.held.every(({ distance }) => distance === undefined || distance <= radius + 150));
}

async function past(page) {
    await page.locator("#scrub").evaluate((scrub) => {
        scrub.value = Number(scrub.max) - 90;
        scrub.dispatchEvent(new Event("input"));
    });
    await page.waitForFunction(() => / s$/.test(document.getElementById("when").textContent));
    await page.waitForTimeout(700);
    const then = await text(page, "#when");
    await page.waitForTimeout(1200);
    check("the past stands still", (await text(page, "#when")).split(",").slice(0, -1).join() === then.split(",").slice(0, -1).join());
    check("and its player is shown as it was", await page.locator("#held tbody tr").count() > 0);
    await page.click("#live");
    await checkSoon("and now is one click away", page, () => !/ s$/.test(document.getElementById("when").textContent));
}

async function drive() {
    if (takesPictures) mkdirSync(path.join(here, "../docs"), { recursive: true });
    const flags = ["--listen", `127.0.0.1:${port}`, "--admin-listen", `127.0.0.1:${port + 1}`, "--admin-token-file", tokenFile, "--max-per-address", "0", "--log-level", "error"];
    const server = start(program, [...flags, "--log-dir", logDir]);
    await firstWords(server);
    const seconds = takesPictures ? 75 : 40;
    start(bots, ["--url", `ws://127.0.0.1:${port}`, "--clients", "60", "--seconds", String(seconds)], "ignore");
    if (takesPictures) await pause(45000);
    const page = await live(`http://127.0.0.1:${port + 1}/inspector`);
    await aPlayer(page);
    if (takesPictures) {
        await page.waitForTimeout(1500);
        await page.screenshot({ path: path.join(here, "../docs/inspector-light.png") });
        await page.click("#theme");
        await page.waitForTimeout(800);
        await page.screenshot({ path: path.join(here, "../docs/inspector-dark.png") });
        await page.click("#theme");
    }
    await past(page);
    await page.reload();
    await page.waitForSelector("#players tbody tr[data-client]");
    check("a page that is loaded anew asks for no token", await page.locator("#page").isVisible());
    const narrow = await open(`http://127.0.0.1:${port + 1}/inspector/`, { viewport: { width: 420, height: 900 }, colorScheme: "dark" });
    await enter(narrow, TOKEN);
    await narrow.waitForSelector("#players tbody tr[data-client]");
    check("nothing is wider than a small screen", await narrow.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    check("dark where the system is", (await narrow.evaluate(() => document.documentElement.dataset.theme)) === "dark");
    const ticks = await page.evaluate(() => window.figure("tick"));
    await stop(server);
    await checkSoon("a server that is gone is told", page, () => document.getElementById("standing").dataset.standing === "silent");
    await theLog(ticks);
    await manyRooms();
    check("no address has the token", addresses.every((address) => !address.includes(TOKEN)));
}

async function manyRooms() {
    const flags = ["--listen", `127.0.0.1:${port}`, "--admin-listen", `127.0.0.1:${port + 1}`, "--admin-token-file", tokenFile, "--max-per-address", "0", "--log-level", "error"];
    const server = start(program, [...flags, "--rooms", "6", "--room-size", "8"]);
    await firstWords(server);
    start(bots, ["--url", `ws://127.0.0.1:${port}`, "--clients", "12", "--seconds", "30"], "ignore");
    const page = await open(`http://127.0.0.1:${port + 1}/inspector/`);
    await enter(page, TOKEN);
    await checkSoon("of many rooms one is chosen", page, () => document.querySelectorAll("#rooms tbody a").length >= 2 && document.querySelector("#rooms td:nth-child(2)").textContent === "8");
    const code = await page.locator("#rooms tbody a").first().textContent();
    await page.locator("#rooms tbody a").first().click();
    await checkSoon("it has its own players", page, () => document.querySelectorAll("#players tbody tr[data-client]").length === 8);
    check("and is named", (await text(page, "#what")).includes(code) && page.url().endsWith(`?room=${code}`));
    await page.click("#others");
    await checkSoon("the others are a click away", page, () => document.querySelectorAll("#rooms tbody a").length >= 2);
    await page.goto(`http://127.0.0.1:${port + 1}/inspector/?room=0000000000`);
    await checkSoon("a room that has ended is told, and others are offered", page, () => document.getElementById("choose-why").textContent.includes("0000000000") && document.querySelector("#rooms tbody a"));
    await stop(server);
}

async function theLog(ticks) {
    const replay = start(program, ["replay", logDir, "--inspect", "--listen", `127.0.0.1:${port + 2}`]);
    const words = await firstWords(replay);
    const page = await open(words.match(/http:\S+/)[0]);
    await enter(page, words.match(/token:\s+(\S+)/)[1]);
    await page.waitForFunction(() => document.getElementById("standing").dataset.standing === "log");
    const whole = await page.evaluate(() => Number(document.getElementById("scrub").max));
    await page.locator("#scrub").evaluate((scrub) => {
        scrub.value = Number(scrub.max) - 15;
        scrub.dispatchEvent(new Event("input"));
    });
    await page.waitForSelector("#players tbody tr[data-client]");
    await checkSoon("the log's map is drawn", page, isDrawn);
    check("a log is looked at by the same page, whole", whole >= ticks);
    const tick = await text(page, "#when");
    await page.click("#forth");
    await checkSoon("tick by tick", page, (tick) => document.getElementById("when").textContent !== tick, tick);
    await page.locator("#players tbody tr[data-client]").first().click();
    await checkSoon("with what a player held", page, () => document.querySelector("#held tbody tr"));
    await page.click("#play");
    await checkSoon("and it plays to its end", page, (whole) => Number(document.getElementById("scrub").value) >= whole, whole);
    await stop(replay);
}

await judge(browser, drive);
