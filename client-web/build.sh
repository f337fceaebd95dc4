#!/bin/sh
# Builds the pages of demo, board and cars, which their servers have within them, and the TypeScript package: all that is
# checked in of them. Run it after a change of the core, the games or this folder, where `cargo test -p auspice-page` says
# that a page was not built from the tree.
#
#   client-web/build.sh                  the pages into server/page, the package into client-web/dist
#   client-web/build.sh demo|board|cars  one of them alone, and the package
#   client-web/build.sh PACKAGE FOLDER   the module of a package of one's own, with its script, into FOLDER
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

# The module of a package, and its script: what is called auspice-web-NAME makes NAME.js and NAME_bg.wasm.
module() {
    "$cargo" build --locked --profile web --target "$target" --target-dir "$built" -p "$1"
    file=$(echo "$1" | tr - _)
    "$bindgen" --target web --remove-name-section --remove-producers-section --out-name "${file#auspice_web_}" --out-dir "$2" \
        "$built/$target/web/$file.wasm"
}

if [ "${2:-}" ]; then
    module "$1" "$2"
    exit
fi
case ${1:-check} in
    check) pages="demo board cars" ;;
    *) pages=$1 ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd client-web && npm ci --silent --no-audit --no-fund && npm run --silent check)
# Whoever plays by a module elsewhere than in its page finds it here.
mkdir -p "$built/module"
for page in $pages; do
    module "auspice-web-$page" "$work"
    if [ "${1:-}" = check ]; then
        node client-web/page.mjs "$page" "$work" "$work/page-$page"
    else
        node client-web/page.mjs "$page" "$work"
    fi
    cp "$work/$page.js" "$work/${page}_bg.wasm" "$built/module/"
done
if [ "${1:-}" = check ]; then exit; fi
(cd client-web && npm run --silent build)
# Each page says of which sources it is made.
unset RUSTFLAGS
# shellcheck disable=SC2086
"$cargo" run --quiet --locked --target-dir "$built" -p auspice-page --bin stamp -- $pages
