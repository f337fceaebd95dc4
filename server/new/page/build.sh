#!/bin/sh
# Builds the page of newgame into page/site: the rules as a WebAssembly module, their types, and the script that draws.
#
#   page/build.sh [types]     then `cargo serve`, and http://127.0.0.1:7700
#
# Needs beside Rust
#   its target for browsers:  rustup target add wasm32-unknown-unknown
#   wasm-bindgen:             cargo install wasm-bindgen-cli --version VERSION, the one that Cargo.lock has
#   Node with npm:            https://nodejs.org
# `types` needs only Node: it writes the game's types and checks the script with them, without a module.
# CARGO, WASM_BINDGEN and CARGO_TARGET_DIR are heeded.
set -eu
cd "$(dirname "$0")/.."
cargo=${CARGO:-cargo}
bindgen=${WASM_BINDGEN:-wasm-bindgen}
target=wasm32-unknown-unknown

# The TypeScript package lies in the crate of the same version.
web=$("$cargo" metadata --format-version 1 | node -e '
    const { packages } = JSON.parse(require("fs").readFileSync(0, "utf8"));
    console.log(require("path").dirname(packages.find(({ name }) => name === "auspice-web").manifest_path));')
mkdir -p page/auspice-web page/module
cp "$web"/dist/* page/auspice-web/

if [ "${1:-}" = types ]; then
    echo 'export {};' >page/module/newgame_page.d.ts
else
    wanted=$(sed -n '/^name = "wasm-bindgen"$/{n;s/version = "\(.*\)"/\1/p;}' Cargo.lock)
    found=$("$bindgen" --version 2>/dev/null | cut -d' ' -f2 || true)
    if [ "$found" != "$wanted" ]; then
        echo "wasm-bindgen $wanted is needed, ${found:-none} is there. This installs it:" >&2
        echo "    cargo install wasm-bindgen-cli --version $wanted" >&2
        exit 1
    fi
    "$cargo" build --profile web --target "$target" -p newgame-page
    "$bindgen" --target web --out-name newgame_page --out-dir page/module \
        "${CARGO_TARGET_DIR:-target}/$target/web/newgame_page.wasm"
    cp page/module/newgame_page_bg.wasm page/site/
fi

"$cargo" run -q -p newgame-server -- schema --typescript >page/ts/game.ts
cd page
[ -d node_modules ] || npm install --no-audit --no-fund
npx tsc
[ "${1:-}" = types ] || npx esbuild ts/main.ts --bundle --format=esm --target=es2022 --minify --outfile=site/main.js
