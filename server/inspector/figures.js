// Plots over the last minutes, and bars: what the server says of itself.

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const at = (id) => document.getElementById(id);

export const count = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const few = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
export function bytes(value) {
    const unit = value >= 1e6 ? [1e6, "MB"] : value >= 1e3 ? [1e3, "kB"] : [1, "B"];
    return `${few.format(value / unit[0])} ${unit[1]}`;
}
export function millis(us) {
    return `${few.format(us / 1000)} ms`;
}

/** Puts nodes, or texts, into an element in place of what was there. */
export function fill(element, ...children) {
    element.replaceChildren(...children);
}
export function node(tag, text, name) {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (name) made.className = name;
    return made;
}

const MINUTES = 5;
const axis = (more) => ({ stroke: () => css("--ink-2"), grid: { stroke: () => css("--line"), width: 1 }, ticks: { show: false }, ...more });
const line = (tone, more) => ({ stroke: () => css(tone), width: 1.5, points: { show: false }, ...more });

/** Five minutes at most, one at the least, up to now. */
const span = (_, low, high) => [Math.max(high - MINUTES * 60, Math.min(low, high - 60)), high];

/** Times as how long ago they are. */
function ago(plot, times) {
    const now = plot.scales.x.max;
    return times.map((time) => {
        const seconds = Math.round(now - time);
        return seconds === 0 ? "now" : seconds % 30 === 0 && seconds > 30 ? `−${seconds / 60} min` : `−${seconds} s`;
    });
}
/** Marks at whole steps before now, not at whole minutes of the clock. */
function marks(plot, _, low, high) {
    const most = plot.width / 75;
    const step = [15, 30, 60, 150].find((step) => (high - low) / step < most) ?? 300;
    const found = [];
    for (let time = high; time >= low; time -= step) found.unshift(time);
    return found;
}

function plot(id, series, format, y, splits) {
    const element = at(id);
    const size = () => ({ width: element.clientWidth, height: element.clientHeight });
    const made = new window.uPlot({
        ...size(),
        padding: [8, 22, 0, 0],
        cursor: { y: false, points: { size: 5 } },
        legend: { show: false },
        scales: { x: { range: span }, y },
        axes: [axis({ size: 24, splits: marks, values: ago }), axis({ size: 58, ...(splits && { splits }), values: (_, values) => values.map((value) => (value === null ? "" : format(value))) })],
        series: [{}, ...series],
    }, [[0], ...series.map(() => [0])], element);
    new ResizeObserver(() => made.setSize(size())).observe(element);
    return made;
}

/** From nothing to a little more than there is, and to `least` at the least. */
const upTo = (least) => ({ range: (_, low, high) => [0, Math.max(high * 1.1, least)] });
/** Milliseconds of ticks: a quiet server's are a hundredth of the budget, a sick one's many times as much. */
const TICK_MS = [0.1, 100];

/** The three plots; `add` takes in lines of figures as they come. */
export class Plots {
    constructor() {
        const bars = window.uPlot.paths.bars({ size: [0.9, 8] });
        this.ticks = plot("plot-ticks", [
            line("--k4", { paths: bars, fill: () => css("--k4"), width: 0 }), line("--k3", { dash: [4, 4] }), line("--k2"), line("--k1"),
        ], (ms) => `${few.format(ms)} ms`, { distr: 3, log: 10, range: (_, low, high) => [TICK_MS[0], Math.max(high, TICK_MS[1])] }, () => [0.1, 1, 10, 100, 1000]);
        this.players = plot("plot-players", [line("--k1"), line("--k2")], (value) => (Number.isInteger(value) ? count.format(value) : ""), upTo(4));
        this.bytes = plot("plot-bytes", [line("--k1"), line("--k2"), line("--k3")], bytes, upTo(1000));
        this.seconds = [];
        this.last = 0;
    }

    add(seconds, budgetMs) {
        this.seconds.push(...seconds);
        this.seconds.splice(0, this.seconds.length - MINUTES * 60 - 5);
        if (seconds.length === 0) return;
        this.last = seconds.at(-1).at;
        const column = (of) => this.seconds.map(of);
        const x = column((second) => second.at);
        // A bar as high as the plot is wherever a tick was late.
        const top = Math.max(TICK_MS[1], ...column((second) => second.p99_us / 1000));
        this.ticks.setData([x, column((s) => (s.overruns + s.skipped > 0 ? top : null)), column(() => budgetMs), column((s) => Math.max(s.p99_us / 1000, TICK_MS[0])), column((s) => Math.max(s.p50_us / 1000, TICK_MS[0]))]);
        this.players.setData([x, column((s) => s.players - s.away), column((s) => s.away)]);
        this.bytes.setData([x, column((s) => s.wire), column((s) => s.payload), column((s) => s.received)]);
    }

    redraw() {
        [this.ticks, this.players, this.bytes].forEach((plot) => plot.redraw());
    }
}

function bar(name, share, value, kind, tone) {
    const long = node("i");
    long.style.width = `${Math.max(share * 100, 0)}%`;
    if (tone) long.style.setProperty("--tone", `var(${tone})`);
    return [node("span", name, kind), long, node("b", value)];
}

/** Bars of counts by cause, those that never happened left out; those that are as they should be are `good`. */
export function causes(id, counts, good, tone = "--k4") {
    const found = Object.entries(counts).filter(([, number]) => number > 0).sort((one, other) => other[1] - one[1]);
    const most = found[0]?.[1] ?? 1;
    if (found.length === 0) return fill(at(id), node("span", "none", "quiet"));
    fill(at(id), ...found.flatMap(([cause, number]) => bar(cause.replaceAll("_", " "), number / most, count.format(number), "", good.includes(cause) ? "--c2" : tone)));
}

/** Bars of bytes by kind, and of each by field. */
export function bytesByKind(tables, bits, toneOf) {
    const kinds = new Map(tables.kinds.map(({ name }) => [name, { sum: 0, parts: [] }]));
    const common = { sum: 0, parts: [] };
    tables.parts.forEach((part, index) => {
        const value = (bits[index] ?? 0) / 8;
        const first = part.split(" ", 1)[0];
        const kind = kinds.get(first);
        const group = kind ?? common;
        group.sum += value;
        if (value > 0) group.parts.push([kind ? part.slice(first.length + 1).replace("news: ", "") : part, value]);
    });
    const groups = [...kinds, ["all updates", common]].filter(([, { sum }]) => sum > 0).sort((one, other) => other[1].sum - one[1].sum);
    const most = groups[0]?.[1].sum ?? 1;
    fill(at("bytes"), ...groups.flatMap(([name, { sum, parts }]) => [
        ...bar(name, sum / most, `${bytes(sum)}/s`, "of-kind", toneOf(name)),
        ...parts.sort((one, other) => other[1] - one[1]).slice(0, 6)
            .flatMap(([part, value]) => bar(part, value / most, `${bytes(value)}/s`, "of-field", toneOf(name))),
    ]));
    if (groups.length === 0) fill(at("bytes"), node("span", "none", "quiet"));
}

/** A list of names with values; a value may be marked as bad. */
export function list(id, pairs) {
    fill(at(id), ...pairs.flatMap(([name, value, kind]) => {
        const term = node("dt", name);
        const said = node("dd", value, kind);
        if (id !== "headline") return [term, said];
        const pair = node("div");
        pair.append(term, said);
        return [pair];
    }));
}
