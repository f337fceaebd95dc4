//! The server as Agones hears it.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use auspice::message::Credential;
use auspice_server::Handle;

use crate::dots::{HANGING, HANGING_PACE, Wish};
use crate::player::{Player, connect, start};
use crate::sidecar::TestSidecar;

fn server(sidecar: &TestSidecar) -> Handle {
    start(|config| {
        config.agones = Some(sidecar.address);
        config.max_clients = 50;
        config.drain_timeout = Duration::from_secs(3);
    })
}

#[test]
fn agones_is_told_that_it_is_ready_allocated_how_full_it_is_and_after_a_drain_that_it_is_over() {
    let sidecar = TestSidecar::with_counters(&["players", "rooms"]);
    let server = server(&sidecar);
    for word in ["ready", "0 of 50 players", "1 of 1 rooms"] {
        sidecar.await_word(word);
    }
    let mut player = Player::join(server.local_addr(), "ann");
    player.play_until("it is allocated", |_| sidecar.words().iter().any(|word| word == "1 of 50 players"));
    assert!(sidecar.words().contains(&"allocate".to_owned()), "{:?}", sidecar.words());

    server.drain();
    player
        .play_until("no places are told of any more", |_| sidecar.words().iter().any(|word| word == "1 of 1 players"));
    assert!(!sidecar.words().contains(&"shutdown".to_owned()), "who plays has its time first");
    let closed = player.play_until_closed();
    assert!(closed.is_some(), "it is told why");
    server.join().unwrap();
    let words = sidecar.words();
    assert_eq!(words.last().map(String::as_str), Some("shutdown"), "{words:?}");
    assert!(!words.iter().any(|word| word.starts_with('4')), "all of it is in the protocol: {words:?}");
    assert!(sidecar.heard().iter().any(|heard| heard.what == "health"));
}

#[test]
fn signs_of_life_end_when_ticks_do() {
    let sidecar = TestSidecar::with_counters(&["players", "rooms"]);
    let server = server(&sidecar);
    let mut player = Player::join(server.local_addr(), "ann");
    player.replica.set_input(Wish { pace: HANGING_PACE });
    // It hangs once, and goes on.
    player.play_until("the server hung", |_| longest_silence(&sidecar) > HANGING - Duration::from_millis(2500));
    drop(player);
    server.shutdown();
    server.join().unwrap();
}

/// The longest time between two signs of life.
fn longest_silence(sidecar: &TestSidecar) -> Duration {
    let signs: Vec<Instant> =
        sidecar.heard().iter().filter(|heard| heard.what == "health").map(|heard| heard.at).collect();
    signs.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
}

#[test]
fn a_manifest_without_counters_and_a_sidecar_that_is_not_there_stop_nobody_from_playing() {
    let sidecar = TestSidecar::with_counters(&[]);
    let without = server(&sidecar);
    sidecar.await_word("ready");
    sidecar.await_word("404 PATCH /v1beta1/counters/players");
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let alone = start(|config| config.agones = Some(nobody));
    for server in [&without, &alone] {
        let stream = connect(server.local_addr());
        let mut player = Player::enter(stream, server.local_addr(), "ann", Credential::Open);
        player.play_until("it plays", |player| player.replica.is_playing());
    }
}
