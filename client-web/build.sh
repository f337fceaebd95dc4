#!/bin/sh
# Builds the demo's page, which the server has within it, and the TypeScript package: all that is checked in of them.
# Run it after a change of the core, the demo or this folder, where `cargo test -p auspice-page` says that the page was
# not built from the tree.
#
#   client-web/build.sh                    the page into client-web/page, the package into client-web/dist
#   client-web/build.sh board_page FOLDER  the module of an example of this package, with its script, into FOLDER
#
# Needs Rust with the target wasm32-unknown-unknown (where rustup has none, Debian's newest libstd-rust-dev-wasm32
# unpacked does, by RUSTC), wasm-bindgen as new as Cargo.lock has it (WASM_BINDGEN, or on the PATH), and Node with npm.
# CARGO and CARGO_TARGET_DIR are heeded.
set -eu
cd "$(dirname "$0")/.."
target=wasm32-unknown-unknown
cargo=${CARGO:-cargo}
bindgen=${WASM_BINDGEN:-wasm-bindgen}
built=${CARGO_TARGET_DIR:-$PWD/target}/page

wanted=$(sed -n '/^name = "wasm-bindgen"$/{n;s/version = "\(.*\)"/\1/p;}' Cargo.lock)
found=$("$bindgen" --version 2>/dev/null | cut -d' ' -f2 || true)
if [ "$found" != "$wanted" ]; then
    echo "wasm-bindgen $wanted is needed, ${found:-none} is there. This installs it:" >&2
    echo "    cargo install wasm-bindgen-cli --version $wanted" >&2
    exit 1
fi

# Small first, whatever is set for quicker builds of other pages; and no path of this machine in what is kept.
unset CARGO_PROFILE_WEB_LTO CARGO_PROFILE_WEB_OPT_LEVEL CARGO_PROFILE_WEB_CODEGEN_UNITS
remaps="--remap-path-prefix=$PWD=/auspice"
for registry in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/; do remaps="$remaps --remap-path-prefix=${registry%/}=/crates"; done
export RUSTFLAGS="$remaps"

# A module and its script: name of it, and what cargo is to build.
module() {
    name=$1
    out=$2
    shift 2
    "$cargo" build --locked --profile web --target "$target" --target-dir "$built" "$@"
    file=$(find "$built/$target/web" "$built/$target/web/examples" -maxdepth 1 -name "$name.wasm" | head -1)
    "$bindgen" --target web --remove-name-section --remove-producers-section --out-name "${name#auspice_web_}" --out-dir "$out" "$file"
}

if [ "${2:-}" ]; then
    module "$1" "$2" -p auspice-web --example "$1"
    exit
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
module auspice_web_demo "$work" -p auspice-web-demo
(cd client-web && npm ci --silent --no-audit --no-fund && npm run --silent check)
if [ "${1:-}" = check ]; then
    node client-web/page.mjs "$work" "$work/page"
    exit
fi
(cd client-web && npm run --silent build)
node client-web/page.mjs "$work"
# For whoever plays by it elsewhere than in the page.
mkdir -p "$built/module"
cp "$work/demo.js" "$work/demo_bg.wasm" "$built/module/"
# The page says of which sources it is made.
unset RUSTFLAGS
"$cargo" run --quiet --locked --target-dir "$built" -p auspice-page --bin stamp
