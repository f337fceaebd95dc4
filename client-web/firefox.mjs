// Plays the demo's page in Firefox, and fails if what is seen or said of it is not as it should be: a key flies the ship, another tab sees it and hears
// what is said, a hidden tab keeps its player, and a page that is loaded anew has the same ship.
//
//   cargo build --release -p auspice-server && node client-web/firefox.mjs
//
// Speaks WebDriver BiDi with Firefox itself. Needs Firefox (FIREFOX, by default firefox or firefox-esr on the PATH); ends with status 77 where there is
// none. SERVER is another program than the release build's. Node older than 22 is asked for its WebSocket. What else is heeded: `driving.mjs`.
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

import { built, check, distance, judge, lack, portFrom, quantile, said, serve, start, stop, watchShips, withWebSocket } from "./driving.mjs";

withWebSocket();
const isThere = (name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0;
const firefox = [process.env.FIREFOX, "firefox", "firefox-esr"].find((name) => name && isThere(name)) ?? lack("Firefox is not here");
const port = portFrom(7832);

/** A browser, and commands to it. */
class Browser {
    #profile = mkdtempSync(path.join(tmpdir(), "auspice-firefox-"));
    #process = start(firefox, ["--headless", "--remote-debugging-port=0", "--profile", this.#profile, "--width=1280", "--height=800"], ["ignore", "ignore", "pipe"]);
    #waiting = new Map();
    #asked = 0;
    #socket;

    async open() {
        for await (const line of createInterface({ input: this.#process.stderr })) {
            const [, address] = /WebDriver BiDi listening on (ws:\S+)/.exec(line) ?? [];
            if (!address) continue;
            this.#socket = new WebSocket(`${address}/session`);
            break;
        }
        this.#process.stderr.resume();
        this.#socket.addEventListener("message", ({ data }) => this.#hear(JSON.parse(data)));
        await once(this.#socket, "open");
        const { capabilities } = await this.ask("session.new", { capabilities: {} });
        await this.ask("session.subscribe", { events: ["log.entryAdded"] });
        return `${capabilities.browserName} ${capabilities.browserVersion}`;
    }

    #hear({ id, type, result, message, method, params }) {
        if (method === "log.entryAdded") said.push(params.text ?? "");
        const waits = this.#waiting.get(id);
        if (!waits) return;
        this.#waiting.delete(id);
        if (type === "error") waits.reject(new Error(message));
        else waits.resolve(result);
    }

    ask(method, params) {
        const id = ++this.#asked;
        this.#socket.send(JSON.stringify({ id, method, params }));
        return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    }

    async close() {
        await stop(this.#process, "SIGTERM");
        rmSync(this.#profile, { recursive: true, force: true });
    }
}

/** A tab of the browser. */
class Tab {
    constructor(browser, context) {
        Object.assign(this, { browser, context });
    }

    static async open(browser, flags) {
        const { context } = await browser.ask("browsingContext.create", { type: "tab" });
        const tab = new Tab(browser, context);
        await tab.front();
        await browser.ask("browsingContext.navigate", { context, url: `http://127.0.0.1:${port}/${flags}`, wait: "complete" });
        await tab.until("window.seen?.ownShip", 60000);
        return tab;
    }

    front() {
        return this.browser.ask("browsingContext.activate", { context: this.context });
    }

    async value(expression) {
        const asked = { expression: `JSON.stringify(${expression})`, target: { context: this.context }, awaitPromise: true };
        const { result, exceptionDetails } = await this.browser.ask("script.evaluate", asked);
        if (exceptionDetails) throw new Error(exceptionDetails.text);
        return result.value === undefined ? undefined : JSON.parse(result.value);
    }

    async until(expression, patience) {
        for (const end = Date.now() + patience; Date.now() < end; await pause(50)) if (await this.value(`Boolean(${expression})`)) return;
        throw new Error(`it never was so: ${expression}`);
    }

    /** Presses keys one after the other, each for so many milliseconds. */
    press(keys, duration = 0) {
        const actions = keys.flatMap((value) => [{ type: "keyDown", value }, { type: "pause", duration }, { type: "keyUp", value }]);
        return this.browser.ask("input.performActions", { context: this.context, actions: [{ type: "key", id: "keys", actions }] });
    }
}

async function drive() {
    console.log(await browser.open());
    await browser.ask("script.addPreloadScript", { functionDeclaration: String(watchShips) });
    const ann = await Tab.open(browser, "?name=Ann");
    const before = await ann.value("seen.ownShip");
    await ann.press(["w"], 2000);
    const after = await ann.value("seen.ownShip");
    check("a key flies the own ship", distance(before, after) > 30);
    const own = await ann.value("seen.own");
    const whole = await ann.value("seen.whole");
    console.log(`${whole.length} pictures, each takes ${quantile(whole, 0.5)} ms in the median`);

    const bob = await Tab.open(browser, "?name=Bob");
    check("two tabs are two players", (await bob.value("seen.own")) !== own);
    check("the first one is hidden now", (await ann.value("document.hidden")) === true);
    await bob.press(["\uE007", ..."hello", "\uE007"]);
    await bob.until("document.getElementById('lines').textContent.includes('hello')", 5000);
    await pause(7000);
    await ann.front();
    await ann.until("seen.states.at(-1) === 'playing' && seen.ownShip", 10000);
    check("a hidden tab keeps its player", (await ann.value("seen.own")) === own);
    await browser.ask("browsingContext.reload", { context: ann.context, wait: "complete" });
    await ann.until("window.seen?.ownShip", 30000);
    check("a page that is loaded anew has the same ship", (await ann.value("seen.own")) === own);
}

await serve(built("auspice-server", "SERVER"), port, "--npcs", "4", "--size", "900");
const browser = new Browser();
await judge(browser, drive);
