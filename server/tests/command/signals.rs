//! Signals: what drains, what ends, and what is not for the server.

use std::process::Command;
use std::time::{Duration, Instant};

use auspice::message::Credential;
use auspice::replica::ReplicaEvent;

use crate::player::{Player, Running};

fn play_until_told_that_it_stops(player: &mut Player) {
    player.play_until("it is told that the server stops", |player| {
        std::iter::from_fn(|| player.replica.poll_event())
            .any(|event| matches!(event, ReplicaEvent::Announced(announced) if announced.stops_in_seconds.is_some()))
    });
}

/// Whether a hangup means nothing to what is started here, as below `nohup`. A server keeps to that.
fn ignores_hangups() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignores = ignored.is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).expect("it is a mask") & 1 == 1);
    if ignores {
        println!("skipped: whoever runs this has hangups ignored");
    }
    ignores
}

#[test]
fn a_second_signal_ends_a_drain_at_once() {
    for (first, second, code) in [("-TERM", "-TERM", 143), ("-TERM", "-INT", 130), ("-HUP", "-TERM", 143)] {
        if first == "-HUP" && ignores_hangups() {
            continue;
        }
        let running = Running::start(&["--admin-listen", "off", "--drain-timeout", "60"]);
        let mut ann = Player::join(running.address, "ann", Credential::Open);
        running.signal(first);
        play_until_told_that_it_stops(&mut ann);
        let started = Instant::now();
        running.signal(second);
        let (ended, log) = running.end();
        assert_eq!(ended, Some(code), "{log}");
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    }
}

#[test]
fn a_hangup_drains_and_a_second_one_does_not_hurry_it() {
    if ignores_hangups() {
        return;
    }
    let running = Running::start(&["--admin-listen", "off", "--drain-timeout", "2"]);
    let mut ann = Player::join(running.address, "ann", Credential::Open);
    running.signal("-HUP");
    play_until_told_that_it_stops(&mut ann);
    // A terminal that is closed sends one, and its shell another.
    running.signal("-HUP");
    assert_eq!(ann.play_until_closed(), 1012);
    let (ended, log) = running.end();
    assert_eq!(ended, Some(0), "{log}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_that_is_to_outlive_its_terminal_does() {
    let mut ignoring = Command::new("sh");
    ignoring.args(["-c", "trap '' HUP && exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_auspice-server")]);
    let running = Running::start_by(ignoring, &["--admin-listen", "off"]);
    let mut ann = Player::join(running.address, "ann", Credential::Open);
    running.signal("-HUP");
    let seen = ann.replica.tick();
    ann.play_until("ticks go on", |ann| ann.replica.tick().since(seen) > 10);
    assert!(std::iter::from_fn(|| ann.replica.poll_event()).all(|event| !matches!(event, ReplicaEvent::Announced(_))));
    drop(ann);
    running.signal("-INT");
    assert_eq!(running.end().0, Some(0));
}
