// The inspector: asks the server for its state, and shows it. What it asks is in `server/DEPLOY.md`, and can be asked by curl.

import { bytes, bytesByKind, causes, count, list, millis, node, fill, Plots } from "./figures.js";
import { WorldMap } from "./map.js";
import { showPlayer, showPlayers } from "./player.js";
import { aboutRoom, room, showRooms } from "./rooms.js";

const at = (id) => document.getElementById(id);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const KEPT = "auspice-inspector-token";
const STATUS_MS = 1000;
const WORLD_MS = 250;
const WORDS = { well: ["Well", "✓"], strained: ["Strained", "!"], failing: ["Failing", "✕"], log: ["A log", "⏵"], silent: ["No answer", "?"] };

let token = sessionStorage.getItem(KEPT);
let tables, plots, map;
let status, world, player;
/** The player that is looked at; the tick that is, if it is not the newest; whether time goes on. */
let [picked, tick, plays] = [undefined, undefined, true];

class Refusal extends Error {
    constructor(status, sentence) {
        super(sentence);
        this.status = status;
    }
}

async function ask(what, address = aboutRoom(what)) {
    const answer = await fetch(address, { headers: { Authorization: `Bearer ${token}` }, cache: "no-store", signal: AbortSignal.timeout(8000) });
    if (!answer.ok) throw new Refusal(answer.status, (await answer.text()).trim());
    return answer.json();
}

// ---- Coming and going ----

function signOut(sentence = "") {
    sessionStorage.removeItem(KEPT);
    token = undefined;
    at("page").hidden = true;
    at("choose").hidden = true;
    at("login").hidden = false;
    at("login-error").textContent = sentence;
    at("token").focus();
}

at("login").addEventListener("submit", async (event) => {
    event.preventDefault();
    token = at("token").value.trim();
    at("token").value = "";
    await begin();
});
at("leave").addEventListener("click", () => signOut());

const refusedBy = (error) => (error.status === 401 ? "That is not the token." : error.message);

/** Whatever went wrong: who is not let in is asked again, all else may pass. */
function tell(error) {
    if (error instanceof Refusal && [401, 403, 429].includes(error.status)) return signOut(refusedBy(error));
    at("trouble").hidden = false;
    at("trouble").textContent = error instanceof Refusal ? error.message : "The server does not answer.";
    if (!(error instanceof Refusal)) stand("silent", ["it may have stopped, or be out of reach"]);
}

async function begin() {
    try {
        tables = await ask("tables");
    } catch (error) {
        // A server of many rooms wants to know which; or there is no such room any more.
        if (error instanceof Refusal && [400, 404].includes(error.status)) return choose();
        if (error instanceof Refusal) return signOut(refusedBy(error));
        return signOut("The server does not answer.");
    }
    sessionStorage.setItem(KEPT, token);
    at("login").hidden = true;
    at("page").hidden = false;
    at("others").hidden = room === null;
    map ??= new WorldMap(at("map"), tables, pick);
    status = await ask("status").catch(tell);
    document.documentElement.classList.toggle("is-log", status?.mode === "log");
    if (status?.mode === "log") [tick, plays] = [status.past.first, false];
    plots ??= status?.mode === "log" ? undefined : new Plots();
    legend();
    if (status) showStatus();
    if (!begin.runs) {
        begin.runs = true;
        watchStatus();
        watchWorld();
    }
    drawTime();
}

/** Shows all rooms, for somebody to choose one, until they have. */
async function choose() {
    sessionStorage.setItem(KEPT, token);
    at("login").hidden = true;
    at("choose-why").textContent = room === null ? "" : `There is no room ${room} any more.`;
    while (token) {
        try {
            showRooms(await ask("rooms", "../rooms"));
            at("trouble").hidden = true;
        } catch (error) {
            tell(error);
        }
        await pause(STATUS_MS);
    }
}

// ---- What runs ----

async function watchStatus() {
    for (;;) {
        if (token && !document.hidden) {
            try {
                const of = status?.mode !== "log" ? `after=${plots?.last ?? 0}` : tick === undefined ? "" : `tick=${Math.round(tick)}`;
                status = await ask(`status?${of}`);
                at("trouble").hidden = true;
                showStatus();
            } catch (error) {
                tell(error);
            }
        }
        await pause(STATUS_MS);
    }
}

function stand(standing, why) {
    const [word, mark] = WORDS[standing];
    at("standing").dataset.standing = standing;
    at("standing-word").textContent = word;
    at("standing-mark").textContent = mark;
    at("standing-why").textContent = why.join("; ");
    document.title = `${word} · ${tables?.game ?? "Auspice"}`;
}

function showStatus() {
    const { seconds, health, past } = status;
    const budgetUs = 1e6 / status.tick_hz;
    at("what").textContent = [status.game, ...(room === null ? [] : [`room ${room}`]), status.version].join(" · ");
    const newest = seconds?.at(-1) ?? showStatus.newest;
    showStatus.newest = newest;
    const figures = [["playing", count.format(status.players - status.away)], ["away", count.format(status.away)], ["entities", count.format(status.entities)]];
    if (newest) {
        figures.push([`p99 of ${millis(budgetUs)}`, millis(newest.p99_us)], ["ticks a second", String(Math.round(newest.pace))], ["to clients", `${bytes(newest.wire)}/s`]);
    }
    figures.push(["tick", count.format(status.tick)]);
    list("headline", figures);
    if (status.mode === "log") {
        stand("log", [`ticks ${count.format(past.first)} to ${count.format(past.last)}, ${status.tick_hz} a second`]);
        at("bytes-note").textContent = "A second's, on average since the last keyframe.";
    } else {
        stand(health.standing, health.why.length ? health.why : ["every tick of the last seconds was in time"]);
        plots.add(seconds, budgetUs / 1000);
        const perUpdate = status.updates ? `, ${bytes(status.bits.reduce((sum, bits) => sum + bits, 0) / 8 / status.updates)} for each of ${count.format(status.updates)} updates a second` : "";
        at("bytes-note").textContent = `Of the last seconds${perUpdate}.`;
        causes("joins", status.joins, ["joined", "resumed", "spare"]);
        causes("disconnects", status.disconnects, [], "--k3");
        causes("rejected", status.rejected, []);
        list("counts", Object.entries(status.counts).map(([name, number]) => [name.replaceAll("_", " "), count.format(number)]));
    }
    bytesByKind(tables, status.bits, (kind) => map.toneOf(kind));
    drawTime();
}

// ---- The world, and a player in it ----

async function watchWorld() {
    for (;;) {
        const began = performance.now();
        if (token && !document.hidden) {
            try {
                await look();
            } catch (error) {
                tell(error);
            }
        }
        // A world that stands still, or a log, is asked for as often as its picture is to move.
        const every = tick === undefined ? (world?.every_ms ?? WORLD_MS) : WORLD_MS;
        await pause(Math.max(every - (performance.now() - began), 30));
        advance((performance.now() - began) / 1000);
    }
}

async function look() {
    const [then, of] = [tick, picked];
    const when = then === undefined ? "" : `tick=${Math.round(then)}`;
    const asked = [ask(`world?${when}`), of === undefined ? undefined : ask(`player?client=${of}&${when}`.replace(/&$/, "")).catch((error) => {
        if (error.status === 404) return undefined;
        throw error;
    })];
    const [newWorld, newPlayer] = await Promise.all(asked);
    if (then !== tick && then === undefined) return;
    if (of === picked) player = newPlayer;
    world = newWorld;
    show();
}

function show() {
    if (!world) return;
    map.show(world, picked, player?.held);
    const axes = map.axes();
    if (axes.length && at("axes").hidden) {
        fill(at("axes"), ...axes.map(({ name }, index) => Object.assign(node("option", name), { value: index })));
        at("axes").hidden = false;
        at("axes").onchange = () => map.look(axes[at("axes").value]);
        map.look(axes[0]);
    }
    legend();
    showPlayers(world, picked, at("find").value, pick);
    showPlayer(player);
    drawTime();
}

function pick(client) {
    picked = client === picked ? undefined : client;
    player = undefined;
    show();
    look().catch(tell);
}

function legend() {
    if (at("legend").childElementCount === 0) {
        for (const { name } of tables.kinds) {
            const button = node("button", name);
            button.type = "button";
            button.style.setProperty("--tone", `var(${map.toneOf(name)})`);
            button.setAttribute("aria-pressed", true);
            button.addEventListener("click", () => {
                const shows = map.hidden.delete(name) || !map.hidden.add(name);
                button.setAttribute("aria-pressed", shows);
                map.draw();
            });
            at("legend").append(button);
        }
    }
    world?.kinds.forEach(({ name, ids }, index) => (at("legend").children[index].textContent = `${name} ${count.format(ids.length)}`));
}

at("find").addEventListener("input", show);
at("unpick").addEventListener("click", () => pick(undefined));
at("fit").addEventListener("click", () => {
    [map.view, map.bounds] = [undefined, undefined];
    show();
});

// ---- Time ----

/** Time goes on by so many seconds, where the past is played. */
function advance(seconds) {
    if (tick === undefined || !plays || !status) return;
    tick += seconds * status.tick_hz * Number(at("speed").value);
    if (tick >= status.past.last) goTo(status.mode === "log" ? status.past.last : undefined);
}

function goTo(then) {
    tick = then === undefined ? undefined : Math.min(Math.max(then, status.past.first), status.past.last);
    if (tick === undefined) plays = true;
    else if (tick === status.past.last && status.mode === "log") plays = false;
    drawTime();
}

function drawTime() {
    if (!status) return;
    const { first, last } = status.past;
    const shown = tick ?? last;
    Object.assign(at("scrub"), { min: first, max: Math.max(last, first + 1), value: Math.round(shown) });
    const moment = world?.tick ?? Math.round(shown);
    const behind = ((status.mode === "log" ? moment - first : moment - last) / status.tick_hz).toFixed(1);
    at("when").textContent = tick === undefined ? `tick ${count.format(moment)}` : `tick ${count.format(moment)}, ${behind} s`;
    at("live").setAttribute("aria-pressed", tick === undefined);
    at("play").textContent = plays ? "❚❚" : "▶";
}

function step(way) {
    const size = status.mode === "log" ? 1 : Math.round(status.tick_hz / 4);
    plays = false;
    goTo((tick ?? status.past.last) + way * size);
    look().catch(tell);
}

at("scrub").addEventListener("input", () => {
    plays = false;
    goTo(Number(at("scrub").value));
});
at("live").addEventListener("click", () => goTo(undefined));
at("play").addEventListener("click", () => {
    plays = !plays;
    if (!plays && tick === undefined) goTo(world?.tick ?? status.past.last);
    else if (plays && status.mode === "log" && tick >= status.past.last) goTo(status.past.first);
    drawTime();
});
at("back").addEventListener("click", () => step(-1));
at("forth").addEventListener("click", () => step(1));
addEventListener("keydown", (event) => {
    if (at("page").hidden || ["INPUT", "SELECT", "BUTTON"].includes(event.target.tagName)) return;
    const act = { " ": () => at("play").click(), ArrowLeft: () => step(-1), ArrowRight: () => step(1) }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
});

// ---- Light and dark ----

const dark = matchMedia("(prefers-color-scheme: dark)");
let chosen;
function paint() {
    document.documentElement.dataset.theme = chosen ?? (dark.matches ? "dark" : "light");
    plots?.redraw();
    map?.draw();
}
dark.addEventListener("change", paint);
at("theme").addEventListener("click", () => {
    chosen = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    paint();
});
paint();

if (token) begin();
else signOut();
