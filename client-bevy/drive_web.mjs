// Plays the demo in Chromium, by key presses, and fails if what is seen or heard of it is not as it should be: the page says what a server's
// operator must allow, finds a server that starts late, flies, opens overlay, panel and menu, keeps a key that was bound anew, says a word,
// feels the dials, comes back to the same ship after a cut, a broken connection, a load anew, and a tab that was hidden, and says in the server's own
// words why it was turned away. A duplicated tab is another player, a lost picture is said and comes back, fingers fly, and a page gets new tickets by
// itself. No key that the game uses does what it means to the browser.
//
//   client-bevy/web.sh && cargo build --release -p auspice-server && (cd client-web && npm ci) && node client-bevy/drive_web.mjs [FOLDER]
//
// Pictures of what was seen go to FOLDER, with --picture one of them to client-bevy/docs/browser.png too. WEB is another folder of the page than target/web.
// What else is heeded, and needed: `client-web/driving.mjs`.
import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createReadStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { built, lack, launch } from "../client-web/driving.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const arguments_ = process.argv.slice(2);
const isForDocuments = arguments_.includes("--picture");
const out = arguments_.find((argument) => !argument.startsWith("--"));
const program = built("auspice-server", "SERVER");
const [gamePort, pagePort, adminPort] = [0, 1, 2].map((offset) => Number(process.env.DRIVE_PORT ?? 7810) + offset);
const origin = `http://127.0.0.1:${pagePort}`;
const folder = path.resolve(process.env.WEB ?? path.join(root, "target/web"));
if (!existsSync(path.join(folder, "index.html"))) lack(`there is no page in ${folder}: client-bevy/web.sh makes it`);
// A new profile each time, and WebGL 2 without a graphics card.
const browser = await launch("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--autoplay-policy=user-gesture-required");
const work = mkdtempSync(path.join(tmpdir(), "auspice-drive-"));

// Only what was started here.
const atEnd = [() => rmSync(work, { recursive: true, force: true }), () => browser.close()];
const check = (what, holds) => {
    if (!holds) throw new Error(what);
    console.log(`ok: ${what}`);
};

/** Lines that something says, and waiting for one of them. */
class Heard {
    lines = [];
    add(text) {
        this.lines.push(...text.split("\n").filter(Boolean));
    }
    get count() {
        return this.lines.length;
    }
    has(pattern, since = 0) {
        return this.lines.slice(since).some((line) => pattern.test(line));
    }
    async hear(what, pattern, { since = 0, seconds = 20 } = {}) {
        const end = Date.now() + seconds * 1000;
        while (!this.has(pattern, since)) {
            if (Date.now() > end) throw new Error(`${what}: nothing said ${pattern} within ${seconds} s`);
            await pause(100);
        }
        console.log(`ok: ${what}`);
    }
}

const said = new Heard();
const logged = new Heard();
let server;

async function serve(...flags) {
    const listen = ["--listen", `127.0.0.1:${gamePort}`, "--admin-listen", `127.0.0.1:${adminPort}`];
    const started = spawn(program, [...listen, ...(flags.includes("--npcs") ? [] : ["--npcs", "12", "--size", "1500", "--asteroids", "20"]), ...flags]);
    server = started;
    atEnd.push(() => started.kill("SIGKILL"));
    const since = logged.count;
    for (const stream of [started.stdout, started.stderr]) stream.on("data", (bytes) => logged.add(String(bytes)));
    for (let tries = 0; !logged.has(/^Auspice serves/, since) && tries < 100; tries++) await pause(100);
}

async function stop(signal) {
    server.kill(signal);
    if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
}

const ticketKey = path.join(work, "ticket.key");
const mint = () => execFileSync(program, ["ticket", "mint", "--key", ticketKey, "--player", "keyed", "--name", "Keyed"]);

/** A site that has the game's page in its own, and gives that one a ticket when it asks. */
const around = () => `<!doctype html><iframe src="/?url=ws://127.0.0.1:${gamePort}&name=Framed&ticket-from=${origin}" width="640" height="360"></iframe><script>
    addEventListener("message", async ({ data, origin, source }) => {
        if (origin !== location.origin || data.auspice !== "ticket wanted") return;
        source.postMessage({ auspice: "ticket", ticket: await (await fetch("/ticket")).text() }, origin);
    });
</script>`;

/** The page's folder, as any web server has it; and a backend that gives tickets. */
async function servePage() {
    const kinds = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".wasm": "application/wasm" };
    const pages = createServer((request, answer) => {
        const name = path.basename(new URL(request.url, origin).pathname) || "index.html";
        if (name === "ticket") return answer.writeHead(200, { "Content-Type": "text/plain" }).end(mint());
        if (name === "around") return answer.writeHead(200, { "Content-Type": kinds[".html"] }).end(around());
        const file = path.join(folder, name);
        if (!existsSync(file)) return answer.writeHead(404).end();
        answer.writeHead(200, { "Content-Type": kinds[path.extname(name)] ?? "application/octet-stream", "Cache-Control": "no-store" });
        createReadStream(file).pipe(answer);
    });
    await once(pages.listen(pagePort, "127.0.0.1"), "listening");
    atEnd.push(() => pages.close());
}

/** How much two pictures differ within `part`, as the mean of all colours' differences, 0 to 255. A browser can read pictures. */
async function difference(judge, one, other, [x, y, width, height]) {
    return judge.evaluate(async ([pictures, x, y, width, height]) => {
        const pixels = await Promise.all(pictures.map(async (picture) => {
            const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${picture}`)).blob());
            const canvas = new OffscreenCanvas(width, height).getContext("2d");
            canvas.drawImage(image, -x, -y);
            return canvas.getImageData(0, 0, width, height).data;
        }));
        return pixels[0].reduce((sum, value, index) => sum + Math.abs(value - pixels[1][index]), 0) / (width * height * 3);
    }, [[one, other].map((picture) => picture.toString("base64")), x, y, width, height]);
}

const [width, height] = [960, 540];
const world = [0, 100, width, height - 200];
const middle = [width / 2 - 235, 60, 470, 400];

async function drive() {
    await servePage();
    const context = await browser.newContext({ viewport: { width, height } });
    const judge = await context.newPage();
    const page = await context.newPage();
    page.on("console", (message) => said.add(message.text()));
    page.on("pageerror", (error) => said.add(`page error: ${error.message}`));
    // A tab in the background gets no frames.
    await page.addInitScript(() => {
        const ask = window.requestAnimationFrame.bind(window);
        let [held, isHidden] = [[], false];
        window.framesAsked = 0;
        window.requestAnimationFrame = (draw) => {
            window.framesAsked += 1;
            return isHidden ? held.push(draw) : ask(draw);
        };
        window.hide = () => { isHidden = true; };
        window.show = () => {
            isHidden = false;
            held.splice(0).forEach(ask);
        };
    });
    const pictures = new Map();
    const look = async (name) => {
        const picture = await page.screenshot();
        pictures.set(name, picture);
        if (out) {
            mkdirSync(out, { recursive: true });
            writeFileSync(path.join(out, `${name}.png`), picture);
        }
    };
    const differ = async (what, one, other, part, least) => {
        const figure = await difference(judge, pictures.get(one), pictures.get(other), part);
        check(`${what} (${figure.toFixed(1)})`, figure >= least);
    };
    // Each change has frames of its own, however slow they are where no graphics card draws them.
    const frames = async (count) => {
        const until = await page.evaluate(() => window.framesAsked) + count;
        await page.waitForFunction((until) => window.framesAsked >= until, until, { polling: 20 });
    };
    const press = async (key) => {
        await page.keyboard.down(key);
        await frames(2);
        await page.keyboard.up(key);
        await frames(2);
    };
    const fly = async (what, key) => {
        await look("before");
        await page.keyboard.down(key);
        await pause(1500);
        await look("after");
        await page.keyboard.up(key);
        await differ(what, "before", "after", world, 1.5);
    };
    const come = (flags) => page.goto(`${origin}/?url=ws://127.0.0.1:${gamePort}&name=Augur${flags}`);
    const session = await context.newCDPSession(page);

    // Turned away, and late.
    await come("");
    await said.hear("without a server the page says so, and names the flag that pages need", /Augur: reconnecting.*--allow-origin http:\/\/127/, { seconds: 60 });
    await pause(1500);
    await look("no-server");
    await serve();
    const turnedAway = async () => /check="bad_origin"\} [1-9]/.test(await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text());
    for (let tries = 0; !await turnedAway() && tries < 100; tries++) await pause(200);
    check("a page of an origin that is not allowed is turned away", await turnedAway());
    await said.hear("and says so in the server's own words", /Augur: reconnecting.*lets no client in from that web page/);
    await stop("SIGINT");
    let since = said.count;
    await serve("--allow-origin", origin);
    await said.hear("a server that starts late is found", /Augur: playing/, { since, seconds: 40 });
    await pause(2000);

    // Playing.
    await look("first");
    await pause(1500);
    await look("second");
    await differ("others move", "first", "second", world, 0.3);
    await fly("thrust moves the ship", "ArrowUp");
    await page.evaluate(() => {
        window.spared = {};
        addEventListener("keydown", (event) => { window.spared[event.code] = event.defaultPrevented; });
    });
    const keys = ["F3", "F3", "F3", "F3", "F5", "F5", "F6", "F6", "F7", "F7", "F1", "Tab", "Space", "Backspace", "Quote", "Slash", "PageDown", "ArrowDown"];
    for (const key of keys) await press(key);
    const spared = await page.evaluate(() => window.spared);
    check(`no key means anything to the browser: ${Object.keys(spared).join(", ")}`, keys.every((key) => spared[key] === true));
    await look("closed");
    await press("F3");
    await pause(1200);
    await look("overlay");
    await differ("F3 opens the overlay", "closed", "overlay", [width - 340, height - 300, 320, 280], 4);
    for (let page_ = 0; page_ < 3; page_++) await press("F3");
    await press("Escape");
    await pause(600);
    await look("menu");
    await differ("Esc opens the menu", "closed", "menu", middle, 6);
    for (let row = 0; row < 4; row++) await press("ArrowDown");
    await press("Enter");
    await press("ArrowDown");
    await press("ArrowDown");
    await press("Enter");
    await press("KeyI");
    await pause(600);
    await look("keys");
    const kept = await page.evaluate(() => localStorage.getItem("auspice/keys.toml"));
    check("a key is bound in the menu, and kept", /thrust = \["KeyI"/.test(kept ?? ""));
    await press("Escape");
    await press("Escape");
    await fly("the new key moves the ship", "KeyI");
    since = said.count;
    await press("Enter");
    for (const letter of "hello") await press(letter);
    await press("Enter");
    await said.hear("Enter says something, and everybody hears it", /Augur: hello/, { since });

    // A worse network.
    since = said.count;
    await press("F10");
    await said.hear("a cut is felt", /Augur: stalled/, { since });
    await said.hear("a cut of three seconds heals", /Augur: playing/, { since });
    check("on the same connection", !said.has(/Augur: (re)?connecting/, since));
    await press("F4");
    for (let row = 0; row < 2; row++) await press("PageDown");
    for (let step = 0; step < 16; step++) await press("Equal");
    await pause(600);
    await look("panel");
    await differ("F4 opens the panel of dials", "closed", "panel", [width - 320, 16, 300, 265], 4);
    since = said.count;
    await said.hear("stalls of 800 ms are felt", /Augur: stalled/, { since, seconds: 20 });
    await said.hear("and end", /Augur: playing/, { since });
    check("on the same connection", !said.has(/Augur: (re)?connecting/, since));
    await press("F12");
    await press("F4");
    let before = logged.count;
    since = said.count;
    await press("F11");
    await said.hear("a broken connection is dialled anew", /Augur: playing/, { since });
    await logged.hear("and leads to the same ship", /came back.*Augur|Augur.*came back/, { since: before });

    // A page that is away.
    const hide = async (seconds) => {
        await page.evaluate(() => window.hide());
        await session.send("Page.setWebLifecycleState", { state: "frozen" });
        await pause(seconds * 1000);
        since = said.count;
        await session.send("Page.setWebLifecycleState", { state: "active" });
        await page.evaluate(() => window.show());
    };
    await hide(4);
    await pause(3000);
    check("a tab that was hidden for 4 s plays on, on the same connection", !said.has(/Augur: (re)?connecting/, since));
    before = logged.count;
    await hide(16);
    await said.hear("a tab that was hidden for 16 s is back", /Augur: playing/, { since, seconds: 30 });
    await logged.hear("in the same ship", /came back.*Augur|Augur.*came back/, { since: before });
    since = said.count;
    before = logged.count;
    await page.reload();
    await said.hear("a page that is loaded anew is back", /Augur: playing/, { since, seconds: 60 });
    await logged.hear("in the same ship", /came back.*Augur|Augur.*came back/, { since: before });
    await pause(1500);
    await fly("with its keys", "KeyI");

    // A tab that is duplicated, and a picture that the browser takes away.
    since = said.count;
    const copied = new Heard();
    const coming = context.waitForEvent("page");
    await page.evaluate(() => { window.open(location.href); });
    const copy = await coming;
    copy.on("console", (message) => copied.add(message.text()));
    await copied.hear("a duplicated tab plays", /Augur: playing/, { seconds: 90 });
    await pause(2000);
    check("as another player: the first one is left alone", !said.has(/Augur: (refused|reconnecting)/, since) && !copied.has(/Augur: refused/));
    await copy.close();
    await page.bringToFront();
    since = said.count;
    before = logged.count;
    await page.evaluate(() => document.getElementById("game").getContext("webgl2").getExtension("WEBGL_lose_context").loseContext());
    await page.locator("#said.bad").waitFor({ timeout: 20000 });
    check("a lost picture is said", /taken the picture away/.test(await page.locator("#said").textContent()));
    await said.hear("and the page loads itself anew", /Augur: playing/, { since, seconds: 90 });
    await logged.hear("in the same ship", /came back.*Augur|Augur.*came back/, { since: before });
    await pause(1500);

    // The same where there are no locks, as for a page that came in the clear: the copy must not answer for the first one's name.
    const plain = await browser.newContext({ viewport: { width, height } });
    await plain.addInitScript(() => Object.defineProperty(Navigator.prototype, "locks", { get: () => undefined }));
    const first = await plain.newPage();
    first.on("console", (message) => said.add(message.text()));
    since = said.count;
    await first.goto(`${origin}/?url=ws://127.0.0.1:${gamePort}&name=Plain`);
    await said.hear("a page without locks plays", /Plain: playing/, { since, seconds: 90 });
    const copyComes = plain.waitForEvent("page");
    await first.evaluate(() => { window.open(location.href); });
    const plainCopied = new Heard();
    (await copyComes).on("console", (message) => plainCopied.add(message.text()));
    await plainCopied.hear("and so does its copy", /Plain: playing/, { seconds: 90 });
    await first.bringToFront();
    since = said.count;
    before = logged.count;
    await first.reload();
    await said.hear("a page without locks that is loaded anew beside its copy is back", /Plain: playing/, { since, seconds: 90 });
    await logged.hear("in the same ship", /came back.*Plain|Plain.*came back/, { since: before });
    await plain.close();

    // A phone.
    since = said.count;
    const phones = await browser.newContext({ viewport: { width: 640, height: 360 }, hasTouch: true, isMobile: true });
    const phone = await phones.newPage();
    phone.on("console", (message) => said.add(message.text()));
    await phone.goto(`${origin}/?url=ws://127.0.0.1:${gamePort}&name=Ада`);
    check("a phone is told where its thumbs go", await phone.locator("#touch").isVisible());
    await said.hear("and plays, under a name in Cyrillic", /Ада: playing/, { since, seconds: 90 });
    await pause(2000);
    const hand = await phones.newCDPSession(phone);
    const touch = (type, ...touchPoints) => hand.send("Input.dispatchTouchEvent", { type, touchPoints });
    const rest = await phone.screenshot();
    await touch("touchStart", { x: 150, y: 250, id: 1 });
    await touch("touchMove", { x: 150, y: 170, id: 1 });
    await pause(2500);
    const flown = await phone.screenshot();
    await touch("touchMove", { x: 90, y: 250, id: 1 });
    await pause(1500);
    await touch("touchEnd");
    if (out) for (const [name, picture] of [["phone", rest], ["phone-flown", flown]]) writeFileSync(path.join(out, `${name}.png`), picture);
    const buttons = await difference(judge, rest, flown, [640 - 220, 360 - 220, 210, 210]);
    check(`buttons for the right thumb are drawn (${buttons.toFixed(1)})`, buttons >= 1);
    const moved = await difference(judge, rest, flown, [120, 60, 300, 140]);
    check(`the left thumb flies the ship (${moved.toFixed(1)})`, moved >= 1.5);
    await phones.close();

    // A server that goes, and one that comes.
    since = said.count;
    await stop("SIGKILL");
    await said.hear("a server that dies is noticed", /Augur: reconnecting.*the connection was cut/, { since });
    await pause(1200);
    await look("lost");
    await serve("--allow-origin", origin);
    await said.hear("a server that comes back is found", /Augur: playing/, { since, seconds: 40 });
    since = said.count;
    await stop("SIGINT");
    await said.hear("a server that stops says why, in its own words", /Augur: reconnecting in \d+ s: [a-z]* ?server/i, { since });
    const secret = path.join(work, "secret");
    writeFileSync(secret, randomBytes(24).toString("base64"));
    await serve("--allow-origin", origin, "--secret-file", secret);
    since = said.count;
    // More than what stands behind the #, or the page would not be loaded anew.
    await come("&lab#secret=another-secret-of-the-same-length");
    await said.hear("whoever shows the wrong secret reads so", /Augur: refused: .*secret/i, { since, seconds: 60 });
    await pause(1500);
    await look("refused");
    await stop("SIGINT");

    // Tickets, which are good once: from an address, and from the page around this one.
    execFileSync(program, ["ticket", "new-key", ticketKey]);
    const keyed = ["--allow-origin", origin, "--ticket-key", `${ticketKey}.pub`];
    await serve(...keyed);
    since = said.count;
    await come("&overlay&ticket-url=/ticket");
    await said.hear("a page gets its ticket from an address", /Augur: playing/, { since, seconds: 60 });
    since = said.count;
    await stop("SIGKILL");
    await serve(...keyed);
    await said.hear("and a new one for a server that has begun anew", /Augur: playing/, { since, seconds: 60 });
    since = said.count;
    await page.goto(`${origin}/around`);
    await said.hear("a page within another gets its ticket from that one", /Framed: playing/, { since, seconds: 90 });
    await stop("SIGINT");

    // Page and game from one place, encrypted; and the picture.
    since = said.count;
    const secure = await browser.newContext({ viewport: { width, height }, ignoreHTTPSErrors: true });
    const other = await secure.newPage();
    other.on("console", (message) => said.add(message.text()));
    await serve("--tls-self-signed", path.join(work, "own.pem"), "--page", folder, "--size", "900", "--npcs", "14", "--asteroids", "12");
    await other.goto(`https://127.0.0.1:${gamePort}/?name=Ada&autopilot`);
    await said.hear("a server has page and game under one address, encrypted", /Ada: playing/, { since, seconds: 60 });
    await pause(12000);
    const picture = await other.screenshot();
    if (out) writeFileSync(path.join(out, "browser.png"), picture);
    if (isForDocuments) writeFileSync(path.join(root, "client-bevy/docs/browser.png"), picture);
    await other.goto(`${origin}/?overlay=x`);
    await other.locator("#said.bad").waitFor({ timeout: 60000 });
    check("a flag with a wrong value is named", /--overlay/.test(await other.locator("#said").textContent()));

    // As from a link on another site, in a browser that keeps nothing.
    await other.addInitScript(() => {
        for (const storage of ["localStorage", "sessionStorage"]) {
            Object.defineProperty(window, storage, { get: () => { throw new DOMException("blocked", "SecurityError"); } });
        }
    });
    since = said.count;
    await other.goto(`https://127.0.0.1:${gamePort}/?fbclid=IwAR0&utm_source=else&name=Keen&autopilot`);
    await said.hear("what other sites put behind the address is left out, and named", /left out: fbclid, utm_source/, { since, seconds: 60 });
    await said.hear("where the browser keeps nothing one plays all the same", /Keen: playing/, { since, seconds: 60 });
    await other.evaluate(() => document.getElementById("game").getContext("webgl2").getExtension("WEBGL_lose_context").loseContext());
    await other.locator("#said.bad").waitFor({ timeout: 20000 });
    check("a picture that is lost there is said, with a button", await other.locator("#again").isVisible());
    await pause(6000);
    check("and the page does not load itself anew, since it could not know that it did", await other.locator("#said.bad").isVisible());
    await other.goto(`${origin}/?url=wss://elsewhere.example/play&ticket-url=/ticket`);
    await other.locator("#said.bad").waitFor({ timeout: 60000 });
    check("a link that would take a ticket elsewhere is refused", /ticket-url/.test(await other.locator("#said").textContent()));
    check("nothing panicked", !said.has(/panicked|page error/));
}

let failure;
try {
    await drive();
} catch (error) {
    failure = error;
}
for (const end of atEnd.reverse()) await end();
if (failure) {
    console.log(`FAILED: ${failure.message}\nthe page said last:\n  ${said.lines.slice(-15).join("\n  ")}\nthe server:\n  ${logged.lines.slice(-8).join("\n  ")}`);
    process.exit(1);
}
console.log("all is well");
