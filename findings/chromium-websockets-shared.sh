#!/usr/bin/env bash
# Chromium: a page has 255 WebSockets in all, and the one too many is not kept waiting: it fails, to whatever host it is.
#
# Expected: as with requests, of which six go to a host at once and further ones wait for their turn: a limit for each
# host, and a queue behind it.
#
# What happens: with 255 WebSockets open to one host, the 256th has an error and 1006 within milliseconds, and the
# server never hears of it. One to another host fails likewise. A WebSocket that is closed makes room for one, to either.
#
# Why it matters: a load test in a page stops at 255 players, by errors that look like the server's (a full or broken
# server ends a handshake with 1006 as well, and no page is told the difference). And a page that leaks a WebSocket with
# each reconnection works for hours, and then cannot connect to anything any more until it is loaded anew.
#
# Versions: seen with Chromium 156 (headless), Python websockets 15.0.1. Needs chromium and python3.
#
# Seen:
#     open to 127.0.0.1: 255, the next ends at once with 1006
#     open to localhost beside them: 0, the next ends at once with 1006
#     after one to 127.0.0.1 was closed: 1 more to localhost
#     connections that the server saw: 256
set -euo pipefail

chromium=${CHROMIUM:-$(command -v chromium || command -v google-chrome || true)}
[ -n "$chromium" ] || { echo "this is about Chromium, which is not installed" >&2; exit 2; }
folder=$(mktemp -d)
browser=
trap '[ -z "$browser" ] || { kill "$browser" 2>/dev/null; wait "$browser" 2>/dev/null || true; }; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet websockets==15.0.1
cat > page.html <<'END'
<script>
    const port = location.hash.slice(1);

    const open = (host) =>
        new Promise((done) => {
            const web = new WebSocket(`ws://${host}:${port}`);
            const began = performance.now();
            web.onopen = () => done({ web });
            web.onclose = (event) => done({ code: event.code, wasAtOnce: performance.now() - began < 1000 });
        });

    // As many as can be had, and how the next one ends.
    async function fill(host) {
        for (const all = []; ; ) {
            const { web, ...failure } = await open(host);
            if (!web) return { all, count: all.length, ...failure };
            all.push(web);
        }
    }

    const tell = (seen) => fetch("/", { method: "POST", body: JSON.stringify(seen.map(({ all, ...rest }) => rest)) });

    async function see() {
        const one = await fill("127.0.0.1");
        const other = await fill("localhost");
        const closed = new Promise((done) => (one.all[0].onclose = done));
        one.all[0].close();
        await closed;
        await tell([one, other, await fill("localhost")]);
    }

    see();
</script>
END
cat > finding.py <<'END'
import asyncio
import http.server
import json
import queue
import threading

from websockets.asyncio.server import serve

seen, told = [0], queue.Queue()


class Page(http.server.SimpleHTTPRequestHandler):
    def do_POST(self):
        told.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


async def hold(connection):
    seen[0] += 1
    await connection.wait_closed()


async def main():
    page = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=page.serve_forever, daemon=True).start()
    async with serve(hold, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        print(f"http://127.0.0.1:{page.server_port}/page.html#{port}", flush=True)
        one, other, more = await asyncio.to_thread(told.get, timeout=60)
    print(f"open to 127.0.0.1: {one['count']}, the next ends at once with {one.get('code')}")
    print(f"open to localhost beside them: {other['count']}, the next ends at once with {other.get('code')}")
    print(f"after one to 127.0.0.1 was closed: {more['count']} more to localhost")
    print(f"connections that the server saw: {seen[0]}")
    assert (one["count"], other["count"], more["count"], seen[0]) == (255, 0, 1, 256), "no longer as found"
    assert all(failure["code"] == 1006 and failure["wasAtOnce"] for failure in (one, other, more)), "no longer as found"


asyncio.run(main())
END
{ venv/bin/python finding.py || echo "failed"; } > told &
program=$!
for _ in $(seq 100); do
    [ -s told ] && break
    sleep 0.1
done
"$chromium" --headless --no-sandbox --disable-gpu --user-data-dir="$folder/profile" "$(head -1 told)" >/dev/null 2>&1 &
browser=$!
wait $program
tail -n +2 told
! grep -q "^failed" told
