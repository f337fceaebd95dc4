//! A server that is stopped and goes on, as a laptop or a virtual machine does: its players play on.

use std::time::{Duration, Instant};

use auspice::message::Credential;

use crate::player::{PATIENCE, Player, Running};

const PLAYERS: usize = 20;

/// How long the server stands still, each time. `AUSPICE_PAUSES=2,9,20` for longer than in the ordinary test.
fn pauses() -> Vec<Duration> {
    let seconds = std::env::var("AUSPICE_PAUSES").unwrap_or_else(|_| "1,9".into());
    seconds
        .split(',')
        .map(|seconds| Duration::from_secs(seconds.trim().parse().expect("AUSPICE_PAUSES should be seconds")))
        .collect()
}

/// Everybody goes on for as long as `until` says.
fn play(players: &mut [Player], case: &str, mut until: impl FnMut(&mut [Player]) -> bool) {
    while !until(players) {
        for (number, player) in players.iter_mut().enumerate() {
            player.pump().unwrap_or_else(|code| panic!("{case}: player {number} was closed with {code}"));
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn play_through_pauses(tick_hz: &str) {
    let server = Running::start(&["--tick-hz", tick_hz, "--max-per-address", "0"]);
    let mut players: Vec<_> = (0..PLAYERS)
        .map(|number| Player::join(server.address, &format!("player {number}"), Credential::Open))
        .collect();
    for pause in pauses() {
        let case = format!("{tick_hz} Hz, stopped for {pause:?}");
        let began = Instant::now();
        play(&mut players, &case, |_| began.elapsed() > Duration::from_secs(1));
        let ships: Vec<_> = players.iter().map(|player| player.replica.own().expect("it should have a ship")).collect();
        server.signal("-STOP");
        let stopped = Instant::now();
        play(&mut players, &case, |_| stopped.elapsed() > pause);
        server.signal("-CONT");
        let woken = Instant::now();
        // What the server had been sent before it was stopped is answered at once; what is given by its new
        // time is what counts.
        let answered = |player: &Player| player.replica.report().echoes;
        play(&mut players, &case, |_| woken.elapsed() > Duration::from_millis(500));
        let before: Vec<_> = players.iter().map(answered).collect();
        play(&mut players, &case, |players| {
            assert!(woken.elapsed() < PATIENCE, "{case}: somebody is not obeyed any more");
            players.iter().zip(&before).all(|(player, &before)| answered(player) >= before + 5)
        });
        println!("{case}: everybody is obeyed again {:.2} s after it", woken.elapsed().as_secs_f64());
        let after: Vec<_> = players.iter().map(|player| player.replica.own().expect("it should have a ship")).collect();
        assert_eq!(after, ships, "{case}: somebody has another ship");
    }
    drop(players);
    server.signal("-INT");
    let (code, log) = server.end();
    assert_eq!(code, Some(0), "{log}");
}

#[test]
fn everybody_plays_on_in_the_same_ship_after_a_pause_of_the_server_at_30_hz() {
    play_through_pauses("30");
}

#[test]
fn everybody_plays_on_in_the_same_ship_after_a_pause_of_the_server_at_60_hz() {
    play_through_pauses("60");
}

/// Ours is silent while it hears nothing. Another client may go on, and all of it comes at once when the server does.
#[test]
fn whoever_goes_on_sending_through_a_pause_is_not_taken_for_a_flood() {
    for tick_hz in [30_u32, 60] {
        let server = Running::start(&["--tick-hz", &tick_hz.to_string(), "--max-per-address", "0"]);
        let mut players: Vec<_> =
            (0..5).map(|number| Player::join(server.address, &format!("player {number}"), Credential::Open)).collect();
        for pause in pauses() {
            let case = format!("{tick_hz} Hz, stopped for {pause:?}");
            let mut drone = |time: Duration| {
                let (began, mut sent) = (Instant::now(), 0);
                while began.elapsed() < time {
                    while f64::from(sent) < began.elapsed().as_secs_f64() * f64::from(tick_hz) {
                        sent += 1;
                        for (number, player) in players.iter_mut().enumerate() {
                            player
                                .drone()
                                .unwrap_or_else(|code| panic!("{case}: player {number} was closed with {code}"));
                        }
                    }
                    std::thread::sleep(Duration::from_millis(1));
                }
            };
            drone(Duration::from_secs(1));
            server.signal("-STOP");
            drone(pause);
            server.signal("-CONT");
            drone(Duration::from_secs(2));
        }
    }
}
