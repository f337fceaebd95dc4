#!/usr/bin/env bash
# Tries proxies that keep their connections to the server, so that a page and then the game come on the same one: nginx with keepalive, and HAProxy with
# HTTP/2 before it, which turns an extended CONNECT (RFC 8441) into an upgrade. Fails unless the game is there behind both, and alone. What is missing
# (nginx-light, haproxy, python3-h2) is installed by apt-get; where that cannot be, the script says so and ends with status 77.
#
# Usage: server/deploy/try-kept.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

skip() { echo "kept connections: skipped, $1"; exit 77; }
fail() { echo "kept connections: failed, $1" >&2; exit 1; }

# Debian's are outside of an ordinary user's path, and its Python is the one that has h2.
export PATH="/usr/bin:$PATH:/usr/sbin:/sbin"
for tool in openssl curl python3; do
    command -v "$tool" >/dev/null || skip "there is no $tool"
done
is_there() { command -v nginx && command -v haproxy && python3 -c "import h2"; }
if ! is_there >/dev/null 2>&1; then
    apt-get install --yes --quiet --no-install-recommends nginx-light haproxy python3-h2 >/dev/null 2>&1 || true
    is_there >/dev/null 2>&1 || skip "nginx, haproxy or h2 for Python is not installed, and apt-get could not install it"
fi

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/auspice-target}"
cargo build --quiet --release --locked -p auspice-server

plain=7860
by_nginx=7861
by_haproxy=7862
work=$(mktemp -d)
started=()
clean_up() {
    for process in "${started[@]}"; do kill "$process" 2>/dev/null || true; done
    wait
    rm -rf "$work"
}
trap clean_up EXIT

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 1 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
    -keyout "$work/key.pem" -out "$work/certificate.pem" 2>/dev/null
cat "$work/certificate.pem" "$work/key.pem" >"$work/both.pem"
mkdir "$work/page"
echo "<title>a page</title>" >"$work/page/index.html"
cat >"$work/nginx.conf" <<END
pid $work/nginx.pid;
error_log $work/nginx.log;
worker_processes 1;
events {}
http {
    access_log off;
    map \$http_upgrade \$connection_upgrade { default upgrade; '' ''; }
    upstream auspice { server 127.0.0.1:$plain; keepalive 8; }
    server {
        listen 127.0.0.1:$by_nginx;
        location / {
            proxy_pass http://auspice;
            proxy_http_version 1.1;
            proxy_set_header Upgrade \$http_upgrade;
            proxy_set_header Connection \$connection_upgrade;
            proxy_set_header Host \$http_host;
            proxy_set_header X-Forwarded-For \$remote_addr;
        }
    }
}
END
cat >"$work/haproxy.cfg" <<END
global
    maxconn 100
defaults
    mode http
    timeout connect 2s
    timeout client 20s
    timeout server 20s
    timeout tunnel 20s
    http-reuse always
frontend players
    bind 127.0.0.1:$by_haproxy ssl crt $work/both.pem alpn h2,http/1.1
    http-request set-header X-Forwarded-For %[src]
    default_backend auspice
backend auspice
    server auspice 127.0.0.1:$plain
END

"$CARGO_TARGET_DIR/release/auspice-server" --listen "127.0.0.1:$plain" --admin-listen off --trusted-proxy 127.0.0.1/32 --page "$work/page" \
    >"$work/server.log" 2>&1 &
started+=($!)
nginx -c "$work/nginx.conf" -e "$work/nginx.log" -g "daemon off;" &
started+=($!)
haproxy -q -f "$work/haproxy.cfg" &
started+=($!)
for port in $plain $by_nginx $by_haproxy; do
    for _ in $(seq 50); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then continue 2; fi
        sleep 0.1
    done
    cat "$work/nginx.log" "$work/server.log" >&2
    fail "nobody answers at $port"
done

# Status of a page, and of the game right after it.
page_then_game() {
    curl --silent --max-time 2 --output /dev/null --write-out '%{http_code} ' "http://127.0.0.1:$1/" --next \
        --silent --max-time 2 --output /dev/null --write-out '%{http_code}' -H "Connection: Upgrade" -H "Upgrade: websocket" -H "Sec-WebSocket-Version: 13" \
        -H "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==" -H "Sec-WebSocket-Protocol: auspice.v1" "http://127.0.0.1:$1/play" || true
}
answers=$(page_then_game "$plain")
[ "$answers" = "200 101" ] || fail "without a proxy a page and the game answer $answers"
for _ in 1 2 3; do
    answers=$(page_then_game "$by_nginx")
    [ "$answers" = "200 101" ] || fail "behind nginx a page and the game answer $answers"
done
python3 server/deploy/extended_connect.py "$by_haproxy" "$work/certificate.pem" || fail "behind HAProxy, over HTTP/2"
echo "kept connections: PASS"
