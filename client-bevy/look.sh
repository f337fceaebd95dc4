#!/bin/sh
# Looks at the demo in a real window: under Xvfb, on Mesa's software Vulkan. Presses keys, takes pictures, and fails if what is seen
# did not change as it should. The pictures in docs/ are made by it.
#
#   client-bevy/look.sh [DIRECTORY]     pictures go to DIRECTORY, client-bevy/docs by default
#
# Needs Debian's apt-get only where xvfb, xdotool, imagemagick or mesa-vulkan-drivers are missing.
set -eu
cd "$(dirname "$0")/.."
out=${1:-client-bevy/docs}
port=${LOOK_PORT:-7791}
screen=${LOOK_DISPLAY:-:87}
mkdir -p "$out"
work=$(mktemp -d)

if ! command -v Xvfb >/dev/null || ! command -v xdotool >/dev/null || ! command -v import >/dev/null ||
    ! ls /usr/share/vulkan/icd.d/lvp_icd* >/dev/null 2>&1; then
    apt-get update && apt-get install -y --no-install-recommends xvfb xdotool imagemagick mesa-vulkan-drivers libvulkan1
fi

cargo build --package auspice-bevy --package auspice-server
target=${CARGO_TARGET_DIR:-target}/debug

xvfb='' client='' server=''
# Only what this script started, and each by its id.
finish() {
    for started in "$client" "$server" "$xvfb"; do
        [ -z "$started" ] || kill "$started" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap finish EXIT INT TERM

# Without -noreset it would start afresh whenever its last window closes, and refuse the next one for a moment.
Xvfb "$screen" -screen 0 1280x720x24 -noreset >/dev/null 2>&1 &
xvfb=$!
export DISPLAY="$screen" WGPU_BACKEND=vulkan
sleep 2

fly() { # fly FLAGS: a client in a window
    "$target/auspice-bevy" --url "ws://127.0.0.1:$port" "$@" >"$work/client.log" 2>&1 &
    client=$!
    for _ in $(seq 60); do
        window=$(xdotool search --onlyvisible --name '^Auspice$' 2>/dev/null | head -n 1 || true)
        [ -z "$window" ] || break
        sleep 0.5
    done
    if [ -z "$window" ]; then
        echo "FAILED: no window opened" && cat "$work/client.log" && exit 1
    fi
    xdotool windowfocus "$window"
}
land() {
    kill "$client" && wait "$client" 2>/dev/null || true
    client=''
}
serve() { # serve FLAGS
    "$target/auspice-server" --listen "127.0.0.1:$port" "$@" >"$work/server.log" 2>&1 &
    server=$!
}
stop() {
    kill "$server" && wait "$server" 2>/dev/null || true
    server=''
}
picture() { # picture NAME: what is on the screen, few enough colours to be small
    import -window root "$work/$1.png"
}
hold() { # hold SECONDS KEY...: several at once
    seconds=$1
    shift
    for key in "$@"; do xdotool keydown "$key"; done
    sleep "$seconds"
    for key in "$@"; do xdotool keyup "$key"; done
}
# differ NAME NAME WxH+X+Y: how much a part of two pictures differs, 0 to 65535
differ() {
    for side in "$1" "$2"; do convert "$work/$side.png" -crop "$3" +repage "$work/$side.part.png"; done
    compare -metric RMSE "$work/$1.part.png" "$work/$2.part.png" null: 2>&1 | sed 's/[. ].*//'
}
expect() { # expect WHAT FIGURE MINIMUM
    if [ "$2" -lt "$3" ]; then
        echo "FAILED: $1: the pictures differ by $2, expected $3 or more"
        cp "$work"/*.png "$out" && exit 1
    fi
    echo "ok: $1 ($2)"
}

fly --name Augur
sleep 6
picture no-server
serve
sleep 12
picture arrived
expect "a server that starts late is found" "$(differ no-server arrived 500x300+390+120)" 2000

picture before
xdotool keydown Up
xdotool keydown space
sleep 1.2
picture after
xdotool keyup Up
xdotool keyup space
mv "$work/after.png" "$work/flying.png"
expect "thrust moves the view" "$(differ before flying 1280x500+0+100)" 1500

picture closed
hold 0.4 F3
sleep 1
picture overlay
expect "F3 opens the overlay" "$(differ closed overlay 300x250+960+450)" 2500
hold 0.4 F3

picture closed
hold 0.4 Escape
sleep 1
picture menu
expect "Esc opens the menu" "$(differ closed menu 470x400+405+90)" 2500
hold 0.4 Escape

stop
sleep 2
picture lost
serve
sleep 12
picture found
expect "a server that comes back is found" "$(differ lost found 600x120+340+150)" 800
land

fly --name Augur --autopilot
sleep 6
for index in 1 2 3 4 5 6 7 8 9 10 11 12; do
    sleep 1.5
    picture "fight-$index"
done
land
# The brightest is the one in which most happens.
best=$(for index in 1 2 3 4 5 6 7 8 9 10 11 12; do
    echo "$(convert "$work/fight-$index.png" -crop 700x560+290+80 -format '%[fx:mean]' info:) $index"
done | sort -n | tail -n 1 | cut -d' ' -f2)
mv "$work/fight-$best.png" "$work/fight.png"

fly --name Augur --autopilot --overlay
sleep 10
picture overlay
land

# Two windows on one fight, side by side: a world so small that both see nearly all of it.
stop
serve --size 700 --asteroids 3 --npcs 4
fly --name Augur --autopilot --window 640x720
first=$client
fly --name Other --autopilot --window 640x720
xdotool windowmove "$(xdotool search --onlyvisible --name '^Auspice$' | tail -n 1)" 640 0
sleep 8
picture two
land
client=$first
land
stop

for name in no-server flying overlay menu lost fight two; do
    convert "$work/$name.png" -strip -colors 256 PNG8:"$out/$name.png"
done
echo "pictures are in $out"
