// The players, and exactly what one of them holds.

import { count, fill, list, node } from "./figures.js";

const at = (id) => document.getElementById(id);
/** Rows of a table that are shown: more nobody reads, and the search finds them. */
const ROWS_MAX = 300;

/** Players without an input for so many more ticks than at the last look are marked. */
const before = new Map();

export function showPlayers(world, picked, words, pick) {
    const wanted = words.toLowerCase();
    const found = world.players.filter(({ name, client }) => name.toLowerCase().includes(wanted) || client === wanted);
    const rows = found.slice(0, ROWS_MAX).map((player) => {
        const row = node("tr");
        row.dataset.client = player.client;
        row.setAttribute("aria-selected", player.client === picked);
        const missing = player.inputs_missing - (before.get(player.client)?.now ?? player.inputs_missing);
        row.append(
            node("td", player.away ? `${player.name} (away)` : player.name, player.away ? "is-away" : ""),
            node("td", count.format(player.holds)),
            node("td", player.away ? "" : String(player.lead_ticks), !player.away && player.lead_ticks < 0 ? "bad" : ""),
            node("td", player.away ? "" : String(player.unacked_ticks), !player.away && player.unacked_ticks > 30 ? "bad" : ""),
            node("td", count.format(player.inputs_missing), !player.away && missing > 0 ? "bad" : ""),
        );
        return row;
    });
    for (const player of world.players) {
        const { tick } = before.get(player.client) ?? {};
        if (tick === undefined || world.tick < tick || world.tick - tick > 60) before.set(player.client, { now: player.inputs_missing, tick: world.tick });
    }
    const body = at("players").tBodies[0];
    fill(body, ...rows);
    if (found.length > ROWS_MAX) body.append(lastRow(5, `and ${count.format(found.length - ROWS_MAX)} more`));
    if (found.length === 0) body.append(lastRow(5, world.players.length ? "nobody is called so" : "nobody plays"));
    body.onclick = ({ target }) => pick(target.closest("tr")?.dataset.client);
}

function lastRow(columns, text) {
    const row = node("tr");
    const cell = node("td", text, "quiet");
    cell.colSpan = columns;
    row.append(cell);
    return row;
}

const ticks = (number) => `${number} ${Math.abs(number) === 1 ? "tick" : "ticks"}`;
const values = (fields) => Object.entries(fields).map(([name, numbers]) => `${name} ${numbers.join(", ")}`).join(" · ");

export function showPlayer(player) {
    at("player").hidden = !player;
    if (!player) return;
    at("player-name").textContent = `${player.name}${player.away ? ", away" : ""} `;
    const { window, inputs } = player;
    list("player-figures", [
        ["Seat", player.client], ["Own entity", player.own ?? "none"],
        ["Lead", ticks(player.lead_ticks)], ["Window", `${ticks(window.unacked_ticks)} on the way`],
        ["Sent", window.sent], ["Applied", window.applied],
        ["Inputs", count.format(inputs.received)], ["Late", count.format(inputs.late)],
        ["Missing", count.format(inputs.missing)], ["Early, repeated", `${count.format(inputs.early)}, ${count.format(inputs.repeated)}`],
        ["Input", values(player.input) || "none", "wide"],
    ]);
    at("held-title").textContent = `Holds ${count.format(player.held.length)} entities` + (player.waiting ? `, ${player.waiting} more wait` : "");
    const held = [...player.held].sort((one, other) => (one.distance ?? Infinity) - (other.distance ?? Infinity) || 0);
    fill(at("held").tBodies[0], ...held.slice(0, ROWS_MAX).map((entity) => {
        const row = node("tr");
        const name = entity.label ? `${entity.kind} “${entity.label}”` : entity.kind;
        // Its client foresees it from what it was told last: news of it is not due yet.
        const fields = values(entity.fields) + (entity.untold ? " · not told yet" : "");
        row.append(node("td", name), node("td", entity.id), node("td", entity.distance ?? ""), node("td", fields, entity.untold ? "quiet" : ""));
        return row;
    }));
}
