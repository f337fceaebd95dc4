// What a library for Node tells a program of a refusal, and of a close: `node.mjs LIBRARY BUSY FORBIDDEN CLOSING`, as python.py has it.
// LIBRARY is `ws` or `undici`; NODE_MODULES is the folder in which they are.
import { createRequire } from "node:module";

const [library, busy, forbidden, closing] = process.argv.slice(2);
const require = createRequire(process.env.NODE_MODULES + "/here.js");
const hello = Buffer.alloc(46);
hello.write("AUSP");
const evil = "https://evil.example";

async function ofWs() {
    const WebSocket = require("ws");
    const refused = (url, origin) =>
        new Promise((done) => {
            const web = new WebSocket(url, "auspice.v1", { origin });
            web.on("unexpected-response", (_, response) => {
                let body = "";
                response.on("data", (part) => (body += part));
                response.on("end", () =>
                    done({ status: response.statusCode, sentence: body.trim(), retry_after: response.headers["retry-after"] ?? null }),
                );
            });
            web.on("error", () => {});
        });
    const closed = new Promise((done) => {
        const web = new WebSocket(closing, "auspice.v1");
        web.on("error", () => {});
        web.on("open", () => web.send(hello));
        web.on("close", (code, reason) => done({ code, sentence: reason.toString() }));
    });
    return [await refused(busy), await refused(forbidden, evil), await closed];
}

async function ofUndici() {
    const { WebSocket } = require("undici");
    // The error has a message of undici's own, and the close a code of its own; nothing of the answer is in either.
    const refused = (url, origin) =>
        new Promise((done) => {
            const web = new WebSocket(url, { protocols: "auspice.v1", headers: origin ? { origin } : {} });
            let error = null;
            web.onerror = (event) => (error = event.message || event.error?.message || null);
            const seen = (event) => `${event.code} ${event.reason || error || ""}`.trim();
            web.onclose = (event) => done({ status: null, sentence: null, retry_after: null, seen: seen(event) });
        });
    const closed = new Promise((done) => {
        const web = new WebSocket(closing, "auspice.v1");
        web.onopen = () => web.send(hello);
        web.onclose = (event) => done({ code: event.code, sentence: event.reason });
    });
    return [await refused(busy), await refused(forbidden, evil), await closed];
}

const [full, foreign, close] = await { ws: ofWs, undici: ofUndici }[library]();
const version = JSON.parse(require("node:fs").readFileSync(`${process.env.NODE_MODULES}/node_modules/${library}/package.json`)).version;
console.log(JSON.stringify({ client: `npm ${library} ${version}, Node ${process.versions.node}`, 503: full, 403: foreign, close }));
process.exit(0);
