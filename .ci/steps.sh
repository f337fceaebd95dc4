# shellcheck shell=bash
# What both gates share, to be sourced: the build cache, steps with their times, and what was skipped for want of something.

# A build cache outside of the checkout, so that a second run is quick.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/auspice-target}"
export CARGO_TERM_COLOR=never CARGO_INCREMENTAL=0

skipped=()

# The step that runs, when it began, and those that are done, each with its seconds.
running="" began=0 done_steps=()

# Says which step begins, and after how many seconds.
step() {
    [ -z "$running" ] || done_steps+=("$((SECONDS - began)) s  $running")
    running=$* began=$SECONDS
    printf '\n== %s (%s s)\n' "$*" "$SECONDS"
}

# What is not done here, and what it would take.
skip() {
    skipped+=("$1")
    echo "skipped: $1"
}

# Runs a script that ends with status 77 where it lacks what it needs, and then has said what that is.
may_skip() {
    local status=0
    "$@" || status=$?
    case $status in
        0) ;;
        77) skip "$*: it says why in its step" ;;
        *) exit "$status" ;;
    esac
}

# Whether modules for browsers can be built here.
makes_modules() {
    rustup target list --installed 2>/dev/null | grep -qx wasm32-unknown-unknown && wasm-bindgen --version >/dev/null 2>&1
}

# The last words: the steps that took longest, and what was skipped, all of it again.
finish() {
    step "all is well, ${#skipped[@]} skipped"
    printf '%s\n' "${done_steps[@]}" | sort -rn | head -n 8
    for what in "${skipped[@]}"; do echo "- $what"; done
}

# A server on a port of its own until the end of this script; its log goes to a file. Ends as soon as it listens.
serve() {
    local port=$1
    shift
    "$CARGO_TARGET_DIR/release/auspice-server" --listen "127.0.0.1:$port" "$@" >"$(mktemp)" 2>&1 &
    server=$!
    trap 'kill $server 2>/dev/null || true' EXIT
    for _ in $(seq 50); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then return; fi
        sleep 0.1
    done
}
