#!/usr/bin/env bash
# Linux: a congestion control that a route names beats the one that was set on the listening socket.
#
# Expected: a connection that is accepted has the options of its listener, so that TCP_CONGESTION, set once on the
# listener, holds for all of them; and what a program asks of its own socket beats a default of the system, as it does
# beat net.ipv4.tcp_congestion_control.
#
# What happens: where the route back to the client has `congctl NAME` (without `lock`), accepted connections have
# NAME. The listener still says what was set on it, no call fails, and only the accepted socket or `ss --info` tells.
# Set on the accepted socket, it holds: the route decides at one moment only, when the connection is made. A client
# that sets it before it connects is overruled in the same way.
#
# Why it matters: a game server that offers bbr for players on lossy lines, and sets it on its listener as most
# documentation shows, has cubic on every machine whose operator tuned routes (data centres do, with dctcp), and in
# every test that gives a namespace its congestion control by route. Set it on each accepted connection.
#
# Versions: seen with Linux 6.18, iproute2 6.1, Python 3.11. Needs python3, ip, unshare and root (a network namespace
# of its own; nothing else is touched); nothing is installed.
#
# Seen:
#     no route's:     listener reno, accepted reno
#     route has cubic: listener reno, accepted cubic, set again reno
#     route has cubic: client asked for reno before connecting, has cubic
set -euo pipefail

[ "$(uname -s)" = Linux ] || { echo "this is about Linux" >&2; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > finding.py <<'END'
import socket
import subprocess

LEVEL, OPTION = socket.IPPROTO_TCP, socket.TCP_CONGESTION


def get(end):
    return end.getsockopt(LEVEL, OPTION, 16).split(b"\0")[0].decode()


def ask(end):
    end.setsockopt(LEVEL, OPTION, b"reno")


def connect():
    """A listener that was asked for reno, a connection that it accepted, and a client that asked for it too."""
    listener = socket.socket()
    ask(listener)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    client = socket.socket()
    ask(client)
    client.connect(listener.getsockname())
    return listener, listener.accept()[0], client


subprocess.check_call(["ip", "link", "set", "lo", "up"])
listener, accepted, client = connect()
print(f"no route's:     listener {get(listener)}, accepted {get(accepted)}")
assert (get(listener), get(accepted), get(client)) == ("reno",) * 3, "no longer as found"

route = ["local", "127.0.0.1", "dev", "lo", "table", "local", "congctl", "cubic"]
subprocess.check_call(["ip", "route", "replace", *route])
listener, accepted, client = connect()
by_route = get(accepted)
ask(accepted)
print(f"route has cubic: listener {get(listener)}, accepted {by_route}, set again {get(accepted)}")
print(f"route has cubic: client asked for reno before connecting, has {get(client)}")
assert (get(listener), by_route, get(accepted), get(client)) == ("reno", "cubic", "reno", "cubic"), "no longer as found"
END
unshare --net python3 finding.py
