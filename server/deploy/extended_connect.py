"""Asks for a page twice and then for the game, all on one HTTP/2 connection, the game by an extended CONNECT (RFC 8441), as Chromium does.

Usage: extended_connect.py PORT CERTIFICATE
"""
import socket
import ssl
import sys

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, ResponseReceived, StreamEnded

port, certificate = int(sys.argv[1]), sys.argv[2]
context = ssl.create_default_context(cafile=certificate)
context.set_alpn_protocols(["h2"])
stream = context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=10), server_hostname="localhost")
# The library's checks know nothing of :protocol.
link = H2Connection(H2Configuration(header_encoding="utf-8", validate_outbound_headers=False))
link.initiate_connection()
events = []


def ask(method, path, *more):
    """Sends a request's headers: its stream."""
    asked = link.get_next_available_stream_id()
    named = [(":method", method), (":scheme", "https"), (":authority", f"localhost:{port}"), (":path", path)]
    link.send_headers(asked, named + list(more), end_stream=method == "GET")
    stream.sendall(link.data_to_send())
    return asked


def wait(asked, kind):
    """The next event of that kind on a stream."""
    while True:
        while events:
            event = events.pop(0)
            if isinstance(event, kind) and event.stream_id == asked:
                return event
        received = stream.recv(65536)
        if not received:
            sys.exit("the proxy hung up")
        events.extend(link.receive_data(received))
        stream.sendall(link.data_to_send())


def status(asked):
    return dict(wait(asked, ResponseReceived).headers)[":status"]


for _ in range(2):
    page = ask("GET", "/")
    if status(page) != "200":
        sys.exit("no page")
    wait(page, StreamEnded)
game = ask("CONNECT", "/play", (":protocol", "websocket"), ("sec-websocket-version", "13"), ("sec-websocket-protocol", "auspice.v1"))
answer = status(game)
if answer != "200":
    sys.exit(f"the game answered {answer}")
# Text, which no player sends: the server says so, in a close frame with code 1003.
link.send_data(game, b"\x81\x82\0\0\0\0hi")
stream.sendall(link.data_to_send())
close = wait(game, DataReceived).data
if close[0] != 0x88 or int.from_bytes(close[2:4], "big") != 1003:
    sys.exit(f"not the server's close frame: {close!r}")
