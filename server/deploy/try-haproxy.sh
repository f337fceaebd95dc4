#!/usr/bin/env bash
# Tries haproxy.cfg as it stands, but for ports and the certificate: server, HAProxy before it, and players in Python (server/tests/foreign) over wss://
# through both. Fails unless they play, the server saw their address and never one that they made up, and what DEPLOY.md says of HAProxy is so. Where HAProxy
# is missing it is installed by apt-get; where that cannot be, the script says so and ends with status 77.
#
# Usage: server/deploy/try-haproxy.sh
# SERVER=FILE is the server, where none is to be built.
set -euo pipefail
cd "$(dirname "$0")/../.."

skip() { echo "HAProxy: skipped, $1"; exit 77; }
fail() { echo "HAProxy: failed, $1" >&2; exit 1; }

# Debian's is outside of an ordinary user's path.
export PATH="$PATH:/usr/sbin:/sbin"
for tool in openssl curl python3; do
    command -v "$tool" >/dev/null || skip "there is no $tool"
done
if ! command -v haproxy >/dev/null; then
    apt-get install --yes --quiet --no-install-recommends haproxy >/dev/null 2>&1 || skip "it is not installed, and apt-get could not install it"
fi
if [ -z "${SERVER:-}" ]; then
    export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/auspice-target}"
    cargo build --quiet --release --locked -p auspice-server
    SERVER=$CARGO_TARGET_DIR/release/auspice-server
fi

# This machine's own address, if it has one: the proxy speaks to the server from 127.0.0.1, and the two can be told apart.
player=$(hostname -I 2>/dev/null | tr ' ' '\n' | grep -m 1 '^[0-9.]*$' || echo 127.0.0.1)
plain=7880 secure=7881 adding=7882 hasty=7883 announcing=7884
work=$(mktemp -d)
started=()
clean_up() {
    for process in "${started[@]}"; do kill "$process" 2>/dev/null || true; done
    wait
    rm -rf "$work"
}
trap clean_up EXIT

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 1 -subj /CN=auspice -addext "subjectAltName=IP:$player" \
    -addext basicConstraints=critical,CA:FALSE -keyout "$work/key.pem" -out "$work/certificate.pem" 2>/dev/null
cat "$work/certificate.pem" "$work/key.pem" >"$work/both.pem"
sed -e "s|bind :443|bind $player:$secure|" -e "s|127.0.0.1:7700|127.0.0.1:$plain|" -e "s|/etc/haproxy/game.example.pem|$work/both.pem|" \
    -e "s|maxconn 4000|maxconn 100|" server/deploy/haproxy.cfg >"$work/haproxy.cfg"
# The same otherwise: one that adds the address, one whose other patience is short, and one that announces whom it brings.
cat >"$work/others.cfg" <<END
frontend adding
    bind $player:$adding
    option forwardfor
    default_backend auspice
frontend hasty
    bind $player:$hasty
    timeout client 1s
    http-request set-header X-Forwarded-For %[src]
    default_backend hasty
backend hasty
    timeout server 1s
    server auspice 127.0.0.1:$plain
frontend announcing
    bind $player:$announcing
    default_backend announcing
backend announcing
    server auspice 127.0.0.1:$plain send-proxy
END
haproxy -q -c -f "$work/haproxy.cfg" -f "$work/others.cfg" || fail "it refuses its configuration"

"$SERVER" --listen "127.0.0.1:$plain" --admin-listen off --trusted-proxy 127.0.0.1/32 >"$work/server.log" 2>&1 &
started+=($!)
haproxy -q -f "$work/haproxy.cfg" -f "$work/others.cfg" &
started+=($!)
for port in "127.0.0.1/$plain" "$player/$secure" "$player/$announcing"; do
    for _ in $(seq 50); do
        if (exec 3<>"/dev/tcp/$port") 2>/dev/null; then continue 2; fi
        sleep 0.1
    done
    cat "$work/server.log" >&2
    fail "nobody answers at $port"
done

# Several play at once, follow every update to the last bit, and come back after a cut.
export SSL_CERT_FILE=$work/certificate.pem PYTHONDONTWRITEBYTECODE=1
"$SERVER" schema >"$work/schema.json"
players=()
for number in $(seq 4); do
    python3 server/tests/foreign/play.py --schema "$work/schema.json" --url "wss://$player:$secure/play" --seed "$number" --seconds 6 --cuts 1 &
    players+=($!)
done
for process in "${players[@]}"; do
    wait "$process" || fail "a player over wss:// did not play as it should"
done

# Asks for a WebSocket at $1, says nothing on it, and prints the close code that the server gives in the end, or that there was none. A player who claims
# to be someone else is not believed.
silent() {
    python3 - "$player" "$1" <<'END'
import socket, sys
stream = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=10)
stream.sendall(b"GET /play HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 203.0.113.7\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
               b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: auspice.v1\r\n\r\n")
received = b""
while part := stream.recv(4096):
    received += part
head, _, rest = received.partition(b"\r\n\r\n")
print(head.split()[1].decode(), int.from_bytes(rest[2:4], "big") if rest[:1] == b"\x88" else "no close")
END
}
# The server's own patience with a silent client, three seconds, is longer than that of `hasty` and shorter than the tunnel's.
for port in $adding $hasty; do
    seen=$(silent $port)
    [ "$seen" = "101 4004" ] || fail "a silent client at $port should get the server's 4004, and got: $seen"
done
status=$(curl --silent --max-time 2 --output /dev/null --write-out '%{http_code}' "http://$player:$announcing/play")
[ "$status" = 400 ] || fail "a line of PROXY should be answered with 400, and was with $status"

# A forwarded address has no port. The log leaves out some of many that come at once.
seen=$(grep -o 'address=[^ ]*' "$work/server.log" | sort | uniq -c | tr -s ' ')
[ "$(grep -o 'address=[^ ]*' "$work/server.log" | sort -u)" = "address=$player:0" ] || fail "the server should have seen $player:0 alone, and saw:$seen"
echo "HAProxy: PASS; the server saw$seen"
