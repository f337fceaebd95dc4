#!/usr/bin/env bash
# tracing-subscriber 0.3.23: a log line that cannot be written is a panic in the code that logged it.
#
# Expected: logging never fails. `tracing::info!` returns nothing, and a writer's error can go nowhere; so with stderr
# on a full disk, or a pipe whose reader has gone, lines are lost and the program goes on.
#
# What happens: the layer `fmt` reports its writer's error with `eprintln!`, and `eprintln!` panics when stderr cannot
# be written. With logs on stderr the two fail together. The panic comes out of whichever function logged: the tick, a
# socket's task, a drop. And where a panic hook logs the panic by tracing, as is usual, the hook panics too, and Rust
# aborts the process. `log_internal_errors(false)`, whose documentation speaks of bugs in formatters and of stderr as
# a fallback, switches it off: lines are lost, the program goes on.
#
# Why it matters: any stranger who connects causes a line, so a full log disk (or `server 2>&1 | head`) ends a server
# with all its rooms, at its next line, without a goodbye. Set `log_internal_errors(false)`, or give a writer that
# counts errors and returns Ok; write with `writeln!` and no unwrap in the panic hook.
#
# Versions: tracing 0.1.44, tracing-subscriber 0.3.23; seen with rustc 1.95.0 on Linux. Needs cargo, the network and
# /dev/full; half a minute.
#
# Seen:
#     default, a full disk:
#       tick 1
#       failed printing to stderr: No space left on device (os error 28)
#       exit status 101
#     default, a closed pipe:
#       tick 1
#       failed printing to stderr: Broken pipe (os error 32)
#       exit status 101
#     hook, a full disk:
#       tick 1
#       exit status 134
#     silenced, a full disk:
#       tick 1
#       tick 2
#       tick 3
#       the end
#       exit status 0
#     silenced, a closed pipe:
#       tick 1
#       tick 2
#       tick 3
#       the end
#       exit status 0
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
unset CARGO_TARGET_DIR RUSTFLAGS
mkdir src
cat > Cargo.toml <<'END'
[package]
name = "finding"
version = "0.0.0"
edition = "2021"
[dependencies]
tracing = { version = "=0.1.44", default-features = false, features = ["std"] }
tracing-subscriber = { version = "=0.3.23", default-features = false, features = ["fmt"] }
[workspace]
END
cat > src/main.rs <<'END'
fn main() {
    let way = std::env::args().nth(1).expect("a way should be named");
    let log = tracing_subscriber::fmt().with_ansi(false).with_writer(std::io::stderr);
    log.log_internal_errors(way != "silenced").init();
    match way.as_str() {
        "hook" => std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}"))),
        _ => std::panic::set_hook(Box::new(|panic| println!("  {}", panic.payload_as_str().unwrap_or("panic")))),
    }
    for tick in 1..=3 {
        println!("  tick {tick}");
        tracing::info!("tick {tick}");
    }
    println!("  the end");
}
END
cargo build --quiet
ulimit -c 0

# Runs the program in one way, and checks how it ends.
run() {
    local way=$1 wanted=$2 ended=0
    shift 2
    echo "$way, $1:"
    if [ "$1" = "a full disk" ]; then
        bash -c './target/debug/finding "$0" 2> /dev/full' "$way" 2> shell.txt || ended=$?
    else
        # The reader of the pipe has gone before the program writes.
        bash -c 'exec 3> >(exit 0); wait $!; ./target/debug/finding "$0" 2>&3' "$way" 2> shell.txt || ended=$?
    fi
    echo "  exit status $ended"
    [ "$ended" -eq "$wanted" ] || { echo "no longer as found: $wanted was"; exit 1; }
}
run default 101 "a full disk"
run default 101 "a closed pipe"
run hook 134 "a full disk"
run silenced 0 "a full disk"
run silenced 0 "a closed pipe"
