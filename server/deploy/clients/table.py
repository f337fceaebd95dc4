"""Prints what the clients saw as the table of server/COMPATIBILITY.md, and fails where that is less than it was."""

import json
import sys

# Whose programs cannot read an answer that is no upgrade: undici and browsers, by the WebSocket standard.
BLIND = ("npm undici", "HeadlessChrome", "Chrome")
# Whose programs get the status, and not the sentence: aiohttp does not hand it on.
DEAF = ("Python aiohttp",)
# WebSockets of a page that stay open, of 260 that it asks for: what Chromium allows, in all.
OPEN = 255


def told(seen):
    if not seen:
        return "nothing"
    if "status" not in seen or seen["status"] is None:
        return f"nothing of the answer: {seen.get('seen') or seen.get('code')}"
    retry = ", `Retry-After`" if seen["retry_after"] else ""
    return f"{seen['status']}{retry}, " + (f"\"{seen['sentence']}\"" if seen["sentence"] else "no sentence")


def faults(line):
    name = line["client"]
    if line["close"] is None or line["close"]["code"] != 4001 or "older" not in line["close"]["sentence"]:
        yield f"{name}: a close is told as {line['close']}"
    if line.get("many", {"open": OPEN})["open"] < OPEN:
        yield f"{name}: of a page's WebSockets there stay {line['many']}"
    if not name.startswith(BLIND):
        for status in ("503", "403"):
            seen = line[status] or {}
            if seen.get("status") != int(status) or not (seen.get("sentence") or name.startswith(DEAF)):
                yield f"{name}: {status} is told as {seen}"


lines = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8") if line.strip()]
print("| client | 503, stopping | 403, `Origin` | close 4001 |\n| --- | --- | --- | --- |")
for line in lines:
    close = f"{line['close']['code']}, \"{line['close']['sentence']}\"" if line["close"] else "nothing"
    print(f"| {line['client']} | {told(line['503'])} | {told(line['403'])} | {close} |")
for line in lines:
    if "many" in line:
        print(f"\n{line['client']}: {line['many']}")
found = [fault for line in lines for fault in faults(line)]
print("\n".join(found), file=sys.stderr)
sys.exit(1 if found else 0)
