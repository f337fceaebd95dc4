#!/bin/sh
# Puts what wasm-bindgen made into a folder for browsers: script and module under names that say what is in them, and the page that asks for these two.
# So a browser may keep script and module for good, and a page has both of one build, or neither.
#
#   client-bevy/name_web.sh BUILT FOLDER     BUILT has auspice.js and auspice_bg.wasm
set -eu
built=$1
out=$2
page=$(dirname "$0")/web/index.html

# Twenty digits of it, by which auspice-server and server/deploy/nginx.conf know such a name.
build=$(cat "$built/auspice.js" "$built/auspice_bg.wasm" | { sha256sum 2>/dev/null || shasum -a 256; } | cut -c1-20)
script=auspice-$build.js
module=auspice-${build}_bg.wasm

mkdir -p "$out"
cp "$built/auspice_bg.wasm" "$out/$module"
sed "s/auspice_bg\.wasm/$module/g" "$built/auspice.js" >"$out/$script"
if [ -d "$built/snippets" ]; then cp -R "$built/snippets" "$out/"; fi
# What is there as FILE.gz as well is sent like that, by auspice-server as by nginx.
gzip -9 -f -k -n "$out/$module" "$out/$script"

# The page comes last and in one piece, and what it no longer asks for goes after that: whoever loads the old one meanwhile is told to load it anew.
size=$(wc -c <"$out/$module" | tr -d ' ')
sed -e "s/max=\"0\"/max=\"$size\"/" -e "s/auspice\.js/$script/" -e "s/auspice_bg\.wasm/$module/" "$page" >"$out/index.html.new"
if ! grep -q "$script" "$out/index.html.new" || ! grep -q "$module" "$out/index.html.new" || ! grep -q "max=\"$size\"" "$out/index.html.new"; then
    echo "$page does not name auspice.js, auspice_bg.wasm and a size as it used to" >&2
    exit 1
fi
mv "$out/index.html.new" "$out/index.html"
for file in "$out"/auspice.js* "$out"/auspice_bg.wasm* "$out"/auspice-*.js* "$out"/auspice-*_bg.wasm*; do
    case $file in
    *"$build"*) ;;
    *) rm -f "$file" ;;
    esac
done
echo "$out: $size bytes, $(wc -c <"$out/$module.gz" | tr -d ' ') packed"
