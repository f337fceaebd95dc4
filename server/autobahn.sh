#!/usr/bin/env bash
# Autobahn's fuzzing client, 301 cases, against the server's own door, sockets and framing, echoing. Fails if a case fails. The suite needs Python 2.7,
# as pyenv has it; where there is none, or the suite cannot be installed, it says so and ends with status 77.
#
# Usage: server/autobahn.sh [--short]
# The short form leaves out the cases about speed (9), which are most of the time: 247 remain.
set -euo pipefail
cd "$(dirname "$0")/.."

count=301
exclude=
if [ "${1:-}" = --short ]; then
    count=247
    exclude=', "9.*"'
fi
suite=${XDG_CACHE_HOME:-$HOME/.cache}/auspice-autobahn
port=7790
skip() { echo "Autobahn: skipped, $1"; exit 77; }

python=
for candidate in python2.7 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/2.7.*/bin/python2.7; do
    if "$candidate" --version >/dev/null 2>&1; then python=$candidate; break; fi
done
[ -n "$python" ] || skip "there is no Python 2.7"
export PYTHONUSERBASE=$suite
if [ ! -x "$suite/bin/wstest" ]; then
    "$python" -m pip install --quiet --user autobahntestsuite==25.10.1 >/dev/null 2>&1 || skip "autobahntestsuite 25.10.1 could not be installed"
fi

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/auspice-target}"
cargo build --quiet --release --locked -p auspice-server --example echo
work=$(mktemp -d)
"$CARGO_TARGET_DIR/release/examples/echo" "127.0.0.1:$port" &
server=$!
trap 'kill $server 2>/dev/null || true; rm -rf "$work"' EXIT
# Compression (12 and 13) is not spoken.
cat >"$work/fuzzingclient.json" <<JSON
{"outdir": "$work/report", "cases": ["*"], "exclude-cases": ["12.*", "13.*"$exclude], "exclude-agent-cases": {},
 "servers": [{"agent": "auspice", "url": "ws://127.0.0.1:$port/play", "protocols": ["auspice.v1"]}]}
JSON
for _ in $(seq 50); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
    sleep 0.1
done
"$python" "$suite/bin/wstest" -m fuzzingclient -s "$work/fuzzingclient.json" >"$work/log" 2>&1 || { tail -20 "$work/log"; exit 1; }
"$python" - "$work/report/index.json" "$count" <<'PYTHON'
import collections, json, sys
cases = json.load(open(sys.argv[1]))["auspice"]
counts = collections.Counter(case["behavior"] for case in cases.values())
print("Autobahn: %d cases: %s" % (len(cases), ", ".join("%d %s" % (counts[key], key) for key in sorted(counts))))
bad = sorted(name for name, case in cases.items() if case["behavior"] not in ("OK", "INFORMATIONAL", "NON-STRICT"))
bad += sorted(name for name, case in cases.items() if case["behaviorClose"] not in ("OK", "INFORMATIONAL"))
if bad or len(cases) != int(sys.argv[2]):
    sys.exit("Autobahn: failed: %s" % ", ".join(bad or ["cases are missing"]))
PYTHON
