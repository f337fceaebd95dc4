#!/usr/bin/env bash
# Tries nginx.conf as it stands, but for ports, paths and the certificate: server, nginx before it, and bots over wss:// through both. Fails unless the
# bots' verdict is PASS and the server saw the players' address instead of the proxy's. Where nginx is missing it is installed by apt-get; where that
# cannot be, the script says so and ends with status 77.
#
# Usage: server/deploy/try-nginx.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

skip() { echo "nginx: skipped, $1"; exit 77; }
fail() { echo "nginx: failed, $1" >&2; exit 1; }

# Debian's is outside of an ordinary user's path.
export PATH="$PATH:/usr/sbin:/sbin"
for tool in openssl curl; do
    command -v "$tool" >/dev/null || skip "there is no $tool"
done
if ! command -v nginx >/dev/null; then
    apt-get install --yes --quiet --no-install-recommends nginx-light >/dev/null 2>&1 || skip "it is not installed, and apt-get could not install it"
fi

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/auspice-target}"
cargo build --quiet --release --locked -p auspice-server -p auspice-bots --bin auspice-server --bin bots

# This machine's own address, if it has one: the proxy speaks to the server from 127.0.0.1, and the two can be told apart.
player=$(hostname -I 2>/dev/null | tr ' ' '\n' | grep -m 1 '^[0-9.]*$' || echo 127.0.0.1)
secure=7850
plain=7851
bots=12

work=$(mktemp -d)
server=
nginx=
clean_up() {
    for process in $nginx $server; do kill "$process" 2>/dev/null || true; done
    wait
    rm -rf "$work"
}
trap clean_up EXIT

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 1 -subj /CN=auspice -addext "subjectAltName=IP:$player" \
    -addext basicConstraints=critical,CA:FALSE -keyout "$work/key.pem" -out "$work/certificate.pem" 2>/dev/null

"$CARGO_TARGET_DIR/release/auspice-server" --listen "127.0.0.1:$plain" --admin-listen off --trusted-proxy 127.0.0.1/32 >"$work/server.log" 2>&1 &
server=$!

sed -e "s|^user .*||" -e "s|/run/nginx.pid|$work/nginx.pid|" -e "s|/var/log/nginx/error.log|$work/nginx.log|" \
    -e "s|listen 443|listen $player:$secure|" -e "s|127.0.0.1:7700|127.0.0.1:$plain|" \
    -e "s|/etc/ssl/certs/game.example.pem|$work/certificate.pem|" -e "s|/etc/ssl/private/game.example.key|$work/key.pem|" \
    server/deploy/nginx.conf >"$work/nginx.conf"
nginx -q -t -c "$work/nginx.conf" -e "$work/nginx.log" || fail "nginx refuses its configuration"
nginx -c "$work/nginx.conf" -e "$work/nginx.log" -g "daemon off;" &
nginx=$!
for port in "127.0.0.1/$plain" "$player/$secure"; do
    for _ in $(seq 50); do
        if (exec 3<>"/dev/tcp/$port") 2>/dev/null; then continue 2; fi
        sleep 0.1
    done
    cat "$work/nginx.log" "$work/server.log" >&2
    fail "nobody answers at $port"
done

# A player who claims to be someone else is not believed.
curl --silent --max-time 2 --http1.1 --cacert "$work/certificate.pem" --output /dev/null -H "X-Forwarded-For: 203.0.113.7" -H "Connection: Upgrade" \
    -H "Upgrade: websocket" -H "Sec-WebSocket-Version: 13" -H "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==" \
    -H "Sec-WebSocket-Protocol: auspice.v1" "https://$player:$secure/play" || true

"$CARGO_TARGET_DIR/release/bots" --url "wss://$player:$secure/play" --tls-ca "$work/certificate.pem" --clients "$bots" --seconds 5 --verify-share 0.5 |
    tee "$work/bots.log" || fail "the bots' verdict is not PASS"
[ "$(tail -n 1 "$work/bots.log")" = PASS ] || fail "the bots' verdict is not PASS"

# A forwarded address has no port. The log leaves out some of many that come at once.
seen=$(grep -o 'address=[^ ]*' "$work/server.log" | sort | uniq -c | tr -s ' ')
[ "$(grep -o 'address=[^ ]*' "$work/server.log" | sort -u)" = "address=$player:0" ] || fail "the server should have seen $player:0 alone, and saw:$seen"
echo "nginx: PASS; the server saw$seen"
