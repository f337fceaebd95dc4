#!/usr/bin/env bash
# Linux: a reset is told once, and a stream that was cut off then reads as one that came to its end.
#
# Expected: once a write on a TCP socket has failed with ECONNRESET, the connection is gone: there is nothing to read,
# and every further call fails in the same way. A read that returns 0 bytes means that the peer sent all it had and
# closed in good order.
#
# What happens: the error goes to whichever call comes first, and is then forgotten. A server that closes a socket
# while bytes of the client lie unread (someone who is thrown out for sending too much, say) resets the connection. If
# the client writes next, that write has the ECONNRESET, further writes have EPIPE, and reads are as if all were well:
# first what had arrived before the reset, the server's goodbye included, then a clean end. Of 3 MB that were under
# way a part is read, and then the same clean end. A client that only reads has the same bytes, and then ECONNRESET.
#
# Why it matters: a game client writes all the time, so the write meets the reset first. If it gives up there, the
# close code and its sentence are lost, and the player is told "connection reset" in place of the reason; read on
# until the end first. And an end without a mark of its own (a close frame, a length) never says that a message, a
# replay or a download is whole. On the server's side: read what is left for a moment before closing.
#
# Versions: seen with Linux 6.18, Python 3.11. Needs python3; nothing is installed.
#
# Seen:
#     goodbye, the client reads: 26 of 26 bytes, then ECONNRESET
#     goodbye, the client writes: ECONNRESET, again: EPIPE
#              then it reads: 26 of 26 bytes, then clean end
#     3 MB, the client writes: ECONNRESET
#              then it reads: a part of what the server's socket took, then clean end
set -euo pipefail

[ "$(uname -s)" = Linux ] || { echo "this is about Linux" >&2; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > finding.py <<'END'
import errno
import select
import socket

GOODBYE = b"goodbye: you sent too much"


def pair():
    """A client, and the server's end of its connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        return client, listener.accept()[0]


def write(client):
    try:
        client.sendall(b"steer left")
        return "ok"
    except OSError as error:
        return errno.errorcode[error.errno]


def read(client):
    """How many bytes can be read, and how it ends."""
    count = 0
    while True:
        try:
            received = client.recv(65536)
        except OSError as error:
            return count, errno.errorcode[error.errno]
        if not received:
            return count, "clean end"
        count += len(received)


def close_with_bytes_unread(state):
    """A server that sends a state of this size and a goodbye, and closes without reading what the client sent."""
    client, server = pair()
    client.sendall(bytes(20_000))
    select.select([server], [], [])
    server.setblocking(False)
    sent = 0
    try:
        for chunk in [bytes(65536)] * (state // 65536) + [GOODBYE]:
            sent += server.send(chunk)
    except BlockingIOError:
        pass
    server.close()
    hangup = select.poll()
    hangup.register(client, select.POLLHUP)
    assert hangup.poll(5000), "the reset should arrive"
    return client, sent


client, sent = close_with_bytes_unread(0)
outcome = read(client)
print(f"goodbye, the client reads: {outcome[0]} of {sent} bytes, then {outcome[1]}")
assert outcome == (len(GOODBYE), "ECONNRESET"), "no longer as found"

client, sent = close_with_bytes_unread(0)
writes = [write(client), write(client)]
outcome = read(client)
print(f"goodbye, the client writes: {writes[0]}, again: {writes[1]}")
print(f"         then it reads: {outcome[0]} of {sent} bytes, then {outcome[1]}")
assert writes == ["ECONNRESET", "EPIPE"] and outcome == (len(GOODBYE), "clean end"), "no longer as found"

client, sent = close_with_bytes_unread(3 << 20)
writes = [write(client)]
outcome = read(client)
part = "a part" if 0 < outcome[0] < sent else "all or nothing"
print(f"3 MB, the client writes: {writes[0]}")
print(f"         then it reads: {part} of what the server's socket took, then {outcome[1]}")
assert writes == ["ECONNRESET"] and part == "a part" and outcome[1] == "clean end", "no longer as found"
END
python3 finding.py
