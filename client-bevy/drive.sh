#!/bin/sh
# Plays the demo in a real window under Xvfb, by key presses, and fails if what is seen did not change as it should: a server that
# starts late is found, thrust moves the ship, the overlay and the menu open, a key is bound anew, a word is said, a cut of three seconds heals on the same
# connection, a broken connection and a server that comes back are found again, and what the server announces is heard.
#
#   client-bevy/drive.sh [DIRECTORY]     pictures of what was seen go to DIRECTORY
#
# Needs Debian's apt-get only where xvfb, xdotool, imagemagick or mesa-vulkan-drivers are missing.
set -eu
cd "$(dirname "$0")/.."
out=${1:-}
. client-bevy/stage.sh

picture() { # picture NAME: what is on the screen
    import -window root "$work/$1.png"
}
press() { # press KEY: long enough for a slow frame to see it
    xdotool keydown "$1"
    sleep 0.4
    xdotool keyup "$1"
}
# differ NAME NAME WxH+X+Y: how much a part of two pictures differs, 0 to 65535
differ() {
    for side in "$1" "$2"; do convert "$work/$side.png" -crop "$3" +repage "$work/$side.part.png"; done
    compare -metric RMSE "$work/$1.part.png" "$work/$2.part.png" null: 2>&1 | sed 's/[. ].*//'
}
keep() {
    [ -z "$out" ] || { mkdir -p "$out" && cp "$work"/*.png "$out"; }
}
fail() {
    echo "FAILED: $1"
    tail -n 20 "$work/client.log"
    keep
    exit 1
}
expect() { # expect WHAT FIGURE MINIMUM
    [ "$2" -ge "$3" ] || fail "$1: the pictures differ by $2, expected $3 or more"
    echo "ok: $1 ($2)"
}
lines() { # lines: how many lines the client has written
    wc -l <"$work/client.log"
}
hear() { # hear WHAT PATTERN SINCE SECONDS: waits for a line of the client's log after line SINCE
    for _ in $(seq $(($4 * 4))); do
        if tail -n +"$(($3 + 1))" "$work/client.log" | grep -q "$2"; then
            echo "ok: $1"
            return
        fi
        sleep 0.25
    done
    fail "$1: the log does not say \"$2\" within $4 s"
}

fly --name Augur
sleep 5
picture no-server
since=$(lines)
serve --npcs 6
hear "a server that starts late is found" 'Augur: playing' "$since" 30
sleep 2

picture before
xdotool keydown Up
sleep 1.2
picture after
xdotool keyup Up
expect "thrust moves the ship" "$(differ before after 1280x500+0+100)" 1000

press F3
sleep 1
picture open
press F3
press F3
press F3
sleep 1
picture closed
expect "F3 opens the overlay, turns its pages and closes it" "$(differ closed open 300x250+960+440)" 2500

press F4
sleep 1
picture lab
expect "F4 opens the panel" "$(differ closed lab 300x265+964+16)" 2000
press F4

press Escape
sleep 1
picture menu
expect "Esc opens the menu" "$(differ closed menu 470x400+405+90)" 2500
press Escape

press Escape
for _ in 1 2 3 4 5; do press Down; done
press Return
for _ in 1 2; do press Down; done
press Return
sleep 1
picture keys
expect "the menu has a page of keys" "$(differ menu keys 470x400+405+90)" 2000
press i
sleep 1
grep -q 'thrust = \["KeyI"' "$work/config/auspice/keys.toml" || fail "thrust was not bound to I"
echo "ok: a key is bound in the menu, and saved"
press Escape
press Escape
sleep 1
picture before
xdotool keydown i
sleep 1.2
picture after
xdotool keyup i
expect "the new key moves the ship" "$(differ before after 1280x500+0+100)" 1000

since=$(lines)
press Return
xdotool type --delay 120 'hello'
press Return
hear "Enter says something, and everybody hears it" 'Augur: hello' "$since" 10

since=$(lines)
press F10
hear "a cut is felt" 'Augur: stalled' "$since" 10
hear "a cut of three seconds heals on the same connection" 'Augur: playing' "$((since + 1))" 10
if tail -n +"$((since + 1))" "$work/client.log" | grep -q 'Augur: \(connecting\|reconnecting\)'; then fail "the cut broke the connection"; fi
sleep 1
picture before
xdotool keydown Up
sleep 1.2
picture after
xdotool keyup Up
expect "the ship flies on" "$(differ before after 1280x500+0+100)" 1000

since=$(lines)
press F11
hear "a broken connection is dialled anew" 'Augur: playing' "$since" 15

since=$(lines)
kill -TERM "$server"
hear "a server that drains says when it closes" 'Augur: the server closes in' "$since" 10
sleep 1
picture closing
since=$(lines)
kill -TERM "$server"
wait "$server" 2>/dev/null || true
hear "a server that stops is noticed" 'Augur: reconnecting' "$since" 10
since=$(lines)
serve --npcs 6
hear "a server that comes back is found" 'Augur: playing' "$since" 30
land
stop
keep
echo "all is well"
