#!/usr/bin/env bash
# Runs other people's WebSocket clients, proxies, Prometheus and Chromium against a real server, and prints the table of server/COMPATIBILITY.md anew:
# what a program is told of a refusal (503 of a server that stops, 403 of a page that is not allowed) and of a close (its code and sentence). Fails
# where a status, a code or a sentence that used to get through does not. Python's and npm's packages go to a temporary folder; what is not
# installed is left out with a word, and ends the script with status 77.
#
# Usage: server/deploy/try-clients.sh    (PROMETHEUS=path of another Prometheus than the one in the path, SERVER=path of a server that is built)
set -euo pipefail
cd "$(dirname "$0")/../.."

export PATH="$PATH:/usr/sbin:/sbin"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/auspice-target}" PYTHONDONTWRITEBYTECODE=1
command -v python3 >/dev/null || { echo "clients: skipped, there is no python3"; exit 77; }
server="${SERVER:-$CARGO_TARGET_DIR/release/auspice-server}"
[ -n "${SERVER:-}" ] || cargo build --quiet --release --locked -p auspice-server

here=server/deploy/clients
open=7870 stopping=7871 ears=7872 by_nginx=7873 by_haproxy=7874 admin=7875 watcher=7876
work=$(mktemp -d)
started=() left_out=() failed=()
clean_up() {
    for process in "${started[@]}"; do kill "$process" 2>/dev/null || true; done
    wait
    rm -rf "$work"
}
trap clean_up EXIT

left_out() { left_out+=("$1"); echo "left out: $1"; }
wait_for() {
    for _ in $(seq 100); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return; fi
        sleep 0.1
    done
    cat "$work"/*.log >&2
    echo "nobody answers at $1" >&2
    exit 1
}
start() {
    local log=$1
    shift
    "$@" >"$work/$log" 2>&1 &
    started+=($!)
}

start open.log "$server" --listen "127.0.0.1:$open" --admin-listen "127.0.0.1:$admin" --max-clients 400 --max-per-address 0
# A server that is stopping, and waits for the player inside to leave. Who is turned away must come from another address than the player:
# from its own it might be the player that comes back.
own=$(hostname -I 2>/dev/null | tr ' ' '\n' | grep -m 1 '^[0-9.]*$' || true)
[ -n "$own" ] || { echo "clients: skipped, this machine has no address but its loopback's"; exit 77; }
start stopping.log "$server" --listen "0.0.0.0:$stopping" --allow-anyone --admin-listen off --drain-timeout 600 \
    --allow-origin "http://127.0.0.1:$ears"
start crowd.log "$server" --listen "127.0.0.1:$((open + 10))" --admin-listen off --max-clients 400 --max-per-address 0 \
    --allow-origin "http://127.0.0.1:$ears"
wait_for $open
wait_for $stopping
wait_for $((open + 10))
"$server" schema >"$work/schema.json"
start player.log python3 server/tests/foreign/play.py --url "ws://$own:$stopping/play" --schema "$work/schema.json" --seconds 600
sleep 2
kill -TERM "${started[1]}"
for _ in $(seq 50); do
    status=$(curl --silent --max-time 2 --output /dev/null --write-out '%{http_code}' -H "Connection: Upgrade" -H "Upgrade: websocket" \
        -H "Sec-WebSocket-Version: 13" -H "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==" -H "Sec-WebSocket-Protocol: auspice.v1" \
        "http://127.0.0.1:$stopping/play" || true)
    if [ "$status" = 503 ]; then break; fi
    sleep 0.2
done
busy=ws://127.0.0.1:$stopping/play forbidden=ws://127.0.0.1:$open/play closing=ws://127.0.0.1:$open/play

# Runs one client, and keeps its line.
look() {
    if timeout 60 "$@" >>"$work/seen" 2>"$work/look.log"; then return; fi
    failed+=("$*")
    cat "$work/look.log" >&2
}

if python3 -m venv "$work/venv" && "$work/venv/bin/pip" install --quiet websockets aiohttp websocket-client >"$work/pip.log" 2>&1; then
    for library in websockets aiohttp websocket-client; do
        look "$work/venv/bin/python" $here/python.py $library "$busy" "$forbidden" "$closing"
    done
else
    left_out "Python's clients: pip cannot install them"
fi
if command -v npm >/dev/null && npm install --silent --no-audit --no-fund --prefix "$work/node" ws undici >"$work/npm.log" 2>&1; then
    for library in ws undici; do
        NODE_MODULES=$work/node look node $here/node.mjs $library "$busy" "$forbidden" "$closing"
    done
else
    left_out "npm's clients: npm is not there, or cannot install them"
fi
if command -v javac >/dev/null; then
    look java $here/Client.java "$busy" "$forbidden" "$closing"
else
    left_out "Java's client: no JDK is installed"
fi
chromium=${CHROMIUM:-$(command -v chromium || command -v google-chrome || true)}
if [ -n "$chromium" ]; then
    python3 $here/ears.py $ears $here >>"$work/seen" &
    listening=$!
    started+=($listening)
    wait_for $ears
    # The first word is the probe's.
    hello=$(python3 -c "
import json, sys
schema = json.load(open(sys.argv[1]))
fixed = b'AUSP' + schema['protocol'].to_bytes(2, 'little') + bytes.fromhex(schema['hash'])[::-1]
print((fixed + bytes(32) + b'\x04page\x00').hex())" "$work/schema.json")
    addresses="$ears,$busy,$forbidden,ws://127.0.0.1:$((open + 10))/play,$hello"
    start chromium.log "$chromium" --headless --no-sandbox --disable-gpu --user-data-dir="$work/chromium" --remote-debugging-port=0 \
        "http://127.0.0.1:$ears/page.html#$addresses"
    for _ in $(seq 300); do
        kill -0 $listening 2>/dev/null || break
        sleep 0.1
    done
    kill -0 $listening 2>/dev/null && failed+=("Chromium told nothing in 30 s")
else
    left_out "Chromium: it is not installed"
fi

if command -v nginx >/dev/null; then
    cat >"$work/nginx.conf" <<END
pid $work/nginx.pid;
error_log $work/nginx.log;
worker_processes 1;
events {}
http {
    access_log off;
    map \$http_upgrade \$connection_upgrade { default upgrade; '' close; }
    server {
        listen 127.0.0.1:$by_nginx;
        location / {
            proxy_pass http://127.0.0.1:$open;
            proxy_http_version 1.1;
            proxy_set_header Upgrade \$http_upgrade;
            proxy_set_header Connection \$connection_upgrade;
            proxy_set_header Host \$http_host;
        }
        location /stopping {
            proxy_pass http://127.0.0.1:$stopping/play;
            proxy_http_version 1.1;
            proxy_set_header Upgrade \$http_upgrade;
            proxy_set_header Connection \$connection_upgrade;
        }
    }
}
END
    start nginx.out.log nginx -c "$work/nginx.conf" -e "$work/nginx.log" -g "daemon off;"
    wait_for $by_nginx
    behind+=("nginx $(nginx -v 2>&1 | sed 's|.*/||'):$by_nginx")
else
    left_out "nginx: it is not installed"
fi
if command -v haproxy >/dev/null; then
    cat >"$work/haproxy.cfg" <<END
defaults
    mode http
    timeout connect 2s
    timeout client 20s
    timeout server 20s
    timeout tunnel 20s
frontend players
    bind 127.0.0.1:$by_haproxy
    use_backend stopping if { path /stopping }
    default_backend open
backend open
    server open 127.0.0.1:$open
backend stopping
    http-request set-path /play
    server stopping 127.0.0.1:$stopping
END
    start haproxy.log haproxy -q -f "$work/haproxy.cfg"
    wait_for $by_haproxy
    behind+=("HAProxy $(haproxy -v | sed -n 's/HAProxy version \([0-9.]*\).*/\1/p'):$by_haproxy")
else
    left_out "HAProxy: it is not installed"
fi
for proxy in "${behind[@]:-}"; do
    [ -x "$work/venv/bin/python" ] && [ -n "$proxy" ] || continue
    port=${proxy##*:}
    through=ws://127.0.0.1:$port
    if line=$(timeout 60 "$work/venv/bin/python" $here/python.py websockets "$through/stopping" "$through/play" "$through/play"); then
        echo "${line/\"client\": \"/\"client\": \"behind ${proxy%:*}, }" >>"$work/seen"
    else
        failed+=("behind $proxy")
    fi
done

prometheus=${PROMETHEUS:-$(command -v prometheus || true)}
if [ -n "$prometheus" ]; then
    cat >"$work/prometheus.yml" <<END
global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs: [{ job_name: auspice, static_configs: [{ targets: ["127.0.0.1:$admin"] }] }]
END
    start prometheus.log "$prometheus" --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" --web.listen-address="127.0.0.1:$watcher"
    wait_for $watcher
    for _ in $(seq 100); do
        up=$(curl --silent "http://127.0.0.1:$watcher/api/v1/query?query=up" || true)
        case $up in *'"1"]'*) break ;; esac
        sleep 0.2
    done
    version=$("$prometheus" --version 2>&1 | sed -n 's/^prometheus, version \([^ ]*\).*/\1/p')
    case $up in
        *'"1"]'*) echo "Prometheus $version: scrapes" ;;
        *) failed+=("Prometheus $version: $(curl --silent "http://127.0.0.1:$watcher/api/v1/targets")") ;;
    esac
else
    left_out "Prometheus: it is not installed"
fi

touch "$work/seen"
python3 $here/table.py "$work/seen" || failed+=("what is in the table")
if [ ${#failed[@]} -gt 0 ]; then
    printf 'clients: failed, %s\n' "${failed[@]}" >&2
    exit 1
fi
[ ${#left_out[@]} -eq 0 ] || exit 77
echo "clients: PASS"
