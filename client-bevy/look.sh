#!/bin/sh
# Takes the pictures of docs/: each scenario plays in a window under Xvfb, on Mesa's software Vulkan. Then makes the table of
# shared/FEEL.md, which needs a release build; not with LOOK_NO_FEEL=1.
#
#   client-bevy/look.sh [DIRECTORY]     pictures go to DIRECTORY, client-bevy/docs by default
#
# Needs Debian's apt-get only where xvfb, imagemagick or mesa-vulkan-drivers are missing.
set -eu
cd "$(dirname "$0")/.."
out=${1:-client-bevy/docs}
mkdir -p "$out"
. client-bevy/stage.sh
scenarios=$PWD/client-bevy/scenarios

play() { # play SCENARIO FLAGS: until its end, in the folder for pictures
    name=$1
    shift
    (cd "$work" && exec "$target/auspice-bevy" --url "ws://127.0.0.1:$port" --scenario "$scenarios/$name.toml" "$@") >"$work/client.log" 2>&1 &
    client=$!
    wait "$client" || { cat "$work/client.log" && exit 1; }
    client=''
}

fly --name Augur
sleep 5
import -window root "$work/no-server.png"
land

serve
sleep 1
play tour --name Augur
stop

serve --size 1000 --npcs 14 --asteroids 6
sleep 1
play fight --name Augur
stop

# Nobody else is there to disturb the comparison.
serve --npcs 0 --asteroids 6 --size 1000
sleep 1
play feel --name Augur --split
stop

# Two windows on one fight: a world so small that both see nearly all of it.
serve --size 700 --asteroids 3 --npcs 4
sleep 1
play two --name Augur --split
stop

# The fight in which most happens is the brightest.
best=$(for picture in "$work"/fight*.png; do
    echo "$(convert "$picture" -crop 700x560+290+80 -format '%[fx:mean]' info:) $picture"
done | sort -n | tail -n 1 | cut -d' ' -f2)
cp "$best" "$work/best.png"
rm "$work"/fight*.png
mv "$work/best.png" "$work/fight.png"
for picture in "$work"/*.png; do
    file=$out/$(basename "$picture")
    for colours in 256 128 64; do
        convert "$picture" -strip -colors "$colours" PNG8:"$file"
        [ "$(wc -c <"$file")" -ge 300000 ] || break
    done
done
echo "pictures are in $out"

# The table of what players feel comes from the core, on virtual time. Its page keeps the text before and after what is printed.
[ -z "${LOOK_NO_FEEL:-}" ] || exit 0
page=shared/FEEL.md
cargo run --release --quiet --package auspice-claims --bin feel >"$work/feel.md"
first=$(grep -n '^[0-9]* s of [0-9]* players' "$page" | head -n 1 | cut -d: -f1)
last=$(grep -n '^|' "$page" | tail -n 1 | cut -d: -f1)
{ head -n "$((first - 1))" "$page" && cat "$work/feel.md" && tail -n +"$((last + 1))" "$page"; } >"$work/page.md"
cp "$work/page.md" "$page"
echo "the table is in $page"

