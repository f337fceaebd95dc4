#!/bin/sh
# Builds the demo for browsers: a folder of a few files, for auspice-server --page or any web server.
#
#   client-bevy/web.sh [FOLDER]     into FOLDER, target/web by default; with sound and gamepads, unless WEB_FEATURES= leaves them out
#
# Needs the target wasm32-unknown-unknown (which rustup adds by itself) and wasm-bindgen, as new as Cargo.lock has it. CARGO and
# CARGO_TARGET_DIR are heeded. Not by wasm-opt: a twelfth less to load is not worth that version 108, Debian's, makes a program that cannot start.
set -eu
cd "$(dirname "$0")/.."
out=${1:-target/web}
cargo=${CARGO:-cargo}
target=wasm32-unknown-unknown

wanted=$(sed -n '/^name = "wasm-bindgen"$/{n;s/version = "\(.*\)"/\1/p;}' Cargo.lock)
found=$(wasm-bindgen --version 2>/dev/null | cut -d' ' -f2 || true)
if [ "$found" != "$wanted" ]; then
    echo "wasm-bindgen $wanted is needed, ${found:-none} is there. This installs it:" >&2
    echo "    cargo install wasm-bindgen-cli --version $wanted" >&2
    exit 1
fi
# Where rustup has the toolchain. Without rustup the target is there, or cargo says that it is not.
if [ -z "${CARGO:-}" ] && command -v rustup >/dev/null && ! rustup target list --installed | grep -qx "$target"; then
    rustup target add "$target"
fi

"$cargo" build --locked --profile web --target "$target" --package auspice-bevy --no-default-features --features "${WEB_FEATURES-audio,gamepad}"

built=$(mktemp -d)
trap 'rm -rf "$built"' EXIT
wasm-bindgen --target web --no-typescript --remove-name-section --remove-producers-section --out-name auspice --out-dir "$built" \
    "${CARGO_TARGET_DIR:-target}/$target/web/auspice-bevy.wasm"
client-bevy/name_web.sh "$built" "$out"
echo "Play:  cargo serve -- --page $out"
