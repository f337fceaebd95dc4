# What drive.sh and look.sh share: an Xvfb with Mesa's software Vulkan, a server, and clients. To be sourced in the repository's root.
# shellcheck shell=sh

port=${LOOK_PORT:-7791}
screen=${LOOK_DISPLAY:-:87}
work=$(mktemp -d)
xvfb='' client='' server=''

if ! command -v Xvfb >/dev/null || ! command -v xdotool >/dev/null || ! command -v import >/dev/null ||
    ! ls /usr/share/vulkan/icd.d/lvp_icd* >/dev/null 2>&1; then
    apt-get update && apt-get install -y --no-install-recommends xvfb xdotool imagemagick mesa-vulkan-drivers libvulkan1
fi

target=${CARGO_TARGET_DIR:-$PWD/target}/debug
[ -n "${LOOK_NO_BUILD:-}" ] || cargo build --package auspice-bevy --package auspice-server

# Only what was started here, and each by its id.
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
# The player's own file of keys is neither read nor changed.
export DISPLAY="$screen" WGPU_BACKEND=vulkan XDG_CONFIG_HOME="$work/config"
sleep 2

serve() { # serve FLAGS
    "$target/auspice-server" --listen "127.0.0.1:$port" "$@" >"$work/server.log" 2>&1 &
    server=$!
}
stop() {
    kill "$server" && wait "$server" 2>/dev/null || true
    server=''
}
fly() { # fly FLAGS: a client in a window
    "$target/auspice-bevy" --url "ws://127.0.0.1:$port" "$@" >"$work/client.log" 2>&1 &
    client=$!
    window=''
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
