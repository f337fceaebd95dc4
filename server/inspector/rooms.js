// The rooms of a server of many: which one is looked at is in the page's address, and whoever names none chooses.

import { count, fill, node } from "./figures.js";

const at = (id) => document.getElementById(id);

/** The code of the room that is looked at; null on a server of one room, and while nobody has chosen. */
export const room = new URLSearchParams(location.search).get("room");

/** A question with the room that it is about. */
export const aboutRoom = (what) => (room === null ? what : `${what}${what.includes("?") ? "&" : "?"}room=${encodeURIComponent(room)}`);

const options = (listed) => Object.entries(listed.options).map(([name, value]) => `${name} ${value}`).join(", ");

function row(listed) {
    const link = Object.assign(node("a", listed.code), { href: `?room=${listed.code}` });
    const cells = [count.format(listed.players), count.format(listed.places), options(listed), listed.is_private ? "private" : "public", listed.state];
    const line = node("tr", "");
    const first = node("td", "");
    first.append(link);
    line.append(first, ...cells.map((cell) => node("td", cell)));
    return line;
}

/** Shows these rooms, those with most players first, for somebody to choose one. */
export function showRooms(listed) {
    listed.sort((one, other) => other.players - one.players || one.code.localeCompare(other.code));
    fill(at("rooms").tBodies[0], ...listed.map(row));
    at("choose").hidden = false;
}
