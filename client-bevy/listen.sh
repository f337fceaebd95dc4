#!/bin/sh
# Plays the demo with its sound into a loudspeaker that is a file, and fails if what is to be heard is not: silence where nothing happens, each
# sound when its key is held, and a fight that neither falls silent nor is too loud for the loudspeaker.
#
#   client-bevy/listen.sh [DIRECTORY]     recordings go to DIRECTORY
#
# Needs Debian's apt-get only where pulseaudio or ALSA's headers are missing.
set -eu
cd "$(dirname "$0")/.."
out=${1:-}
port=${LISTEN_PORT:-7792}
work=$(mktemp -d)
loudspeaker='' ear='' server=''

if ! command -v pulseaudio >/dev/null || ! command -v parec >/dev/null || [ ! -e /usr/include/alsa ] || [ ! -d /usr/share/alsa/alsa.conf.d ]; then
    apt-get update && apt-get install -y --no-install-recommends pulseaudio pulseaudio-utils libasound2-plugins libasound2-dev
fi
target=${CARGO_TARGET_DIR:-$PWD/target}/debug
[ -n "${LISTEN_NO_BUILD:-}" ] || cargo build --package auspice-bevy --package auspice-server --features auspice-bevy/audio

# Only what was started here, and each by its id.
finish() {
    for started in "$ear" "$server" "$loudspeaker"; do
        [ -z "$started" ] || kill "$started" 2>/dev/null || true
    done
    [ -z "$out" ] || { mkdir -p "$out" && cp "$work"/*.wav "$out"; }
    rm -rf "$work"
}
trap finish EXIT INT TERM

# The loudspeaker, and ALSA's way to it. Neither the player's own sound nor the file of keys is touched.
mkdir "$work/pulse"
export PULSE_RUNTIME_PATH="$work/pulse" PULSE_SERVER="unix:$work/pulse/native" XDG_CONFIG_HOME="$work/config" HOME="$work"
pulseaudio -n --daemonize=no --exit-idle-time=-1 --use-pid-file=no --log-target="file:$work/pulse.log" \
    --load="module-native-protocol-unix socket=$work/pulse/native auth-anonymous=1" \
    --load="module-null-sink sink_name=file rate=44100 channels=2" &
loudspeaker=$!
printf '%s\n' '</usr/share/alsa/alsa.conf>' 'pcm.!default { type pulse }' 'ctl.!default { type pulse }' >"$work/asound.conf"
export ALSA_CONFIG_PATH="$work/asound.conf"
sleep 1

record() { # record NAME SECONDS SERVER_FLAGS -- CLIENT_FLAGS
    name=$1
    shift
    "$target/auspice-server" --listen "127.0.0.1:$port" $1 >"$work/server.log" 2>&1 &
    server=$!
    sleep 1
    parec --device=file.monitor --format=s16le --rate=44100 --channels=1 --latency-msec=20 --file-format=wav "$work/$name.wav" &
    ear=$!
    shift
    # Sound is made by what is seen: the pictures are drawn, but into no window.
    "$target/auspice-bevy" --url "ws://127.0.0.1:$port" --headless --name Augur "$@" >"$work/client.log" 2>&1 ||
        { cat "$work/client.log" && exit 1; }
    kill "$ear" && wait "$ear" 2>/dev/null || true
    kill "$server" && wait "$server" 2>/dev/null || true
    ear='' server=''
}

record alone "--npcs 0 --asteroids 0" --scenario "$PWD/client-bevy/scenarios/sounds.toml" --screenshot "$work/alone.png"
record fight "--npcs 14 --asteroids 6 --size 1000" --autopilot --seed 11 --exit-after 20 --screenshot "$work/fight.png"
python3 client-bevy/hear.py "$work/alone.wav" "$work/fight.wav"
