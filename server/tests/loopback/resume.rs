//! Coming back over real sockets: the same client, the same entity, and soon.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use auspice::EntityId;
use auspice::error::{CloseReason, SessionEnd};
use auspice::message::{Credential, ResumeToken};

use crate::player::{Player, connect, start};

/// Comes back by the token of an earlier welcome.
fn dial(address: SocketAddr, token: ResumeToken) -> Player {
    Player::enter(connect(address), address, "ann", Credential::Resume(token))
}

fn own(player: &Player) -> EntityId {
    player.replica.own().unwrap()
}

/// Joins, and is heard.
fn join(address: SocketAddr, name: &str) -> Player {
    let mut player = Player::join(address, name);
    let before = player.replica.report().echoes;
    player.play_until("an input is answered", |player| player.replica.report().echoes > before);
    player
}

/// The player is told that its session is over, and why.
fn is_over(player: &mut Player, why: SessionEnd) {
    let frame = player.play_until_closed().expect("a close frame");
    assert_eq!((u16::from(frame.code), &*frame.reason), (4010, &*why.to_string()));
}

#[test]
fn who_is_cut_off_comes_back_to_the_same_entity_at_once() {
    let server = start(|_| {});
    let address = server.local_addr();
    let mut watcher = join(address, "watcher");
    let mut ann = join(address, "ann");
    let entity = own(&ann);
    // 500 times by AUSPICE_CUTS=500; fewer in the ordinary run.
    let cuts = std::env::var("AUSPICE_CUTS").ok().and_then(|cuts| cuts.parse().ok()).unwrap_or(40);
    let mut times = Vec::new();
    for cut in 0..cuts {
        let token = ann.replica.resume_token().unwrap();
        let started = Instant::now();
        // Every other old connection stays half open, as when a phone changes networks.
        let old = std::mem::replace(&mut ann, dial(address, token));
        let _half_open = (cut % 2 == 0).then_some(old);
        ann.play_until("its entity is there", |ann| ann.replica.own().is_some());
        times.push(started.elapsed());
        assert_eq!(own(&ann), entity, "cut {cut}");
        assert_ne!(ann.replica.resume_token(), Some(token));
        let before = ann.replica.report().echoes;
        ann.play_until("an input is answered", |ann| ann.replica.report().echoes > before);
        watcher.pump().unwrap();
        assert!(watcher.replica.visible() <= 2, "someone is there twice");
    }
    times.sort_unstable();
    let (median, p99) = (times[times.len() / 2], times[times.len() * 99 / 100]);
    println!("{cuts} cuts: back after {median:?} in the middle, {p99:?} at the 99th percentile");
    assert!(median < Duration::from_millis(250), "{median:?}");
    let text = server.metrics();
    assert!(text.contains(&format!("auspice_joins_total{{result=\"resumed\"}} {cuts}\n")), "{text}");
    assert!(text.contains("auspice_clients{state=\"active\"} 2\n"), "{text}");
}

#[test]
fn the_old_connection_is_told_that_it_was_taken_over_and_its_token_is_spent() {
    let server = start(|_| {});
    let mut old = join(server.local_addr(), "ann");
    let token = old.replica.resume_token().unwrap();
    let mut new = dial(server.local_addr(), token);
    new.play_until("it plays", |new| new.replica.report().echoes > 0);
    assert_eq!(old.play_until_closed().map(|frame| u16::from(frame.code)), Some(CloseReason::TakenOver.code()));
    let mut thief = dial(server.local_addr(), token);
    is_over(&mut thief, SessionEnd::Unknown);
    new.play_until("it still plays", |new| new.replica.report().updates > 3);
}

#[test]
fn a_goodbye_is_final() {
    let server = start(|_| {});
    let mut ann = join(server.local_addr(), "ann");
    let token = ann.replica.resume_token().unwrap();
    ann.web.close(None).unwrap();
    let _ = ann.play_until_closed();
    let mut again = dial(server.local_addr(), token);
    is_over(&mut again, SessionEnd::Finished);
}

#[test]
fn a_token_from_before_a_restart_is_known_for_one() {
    let before = start(|_| {});
    let token = join(before.local_addr(), "ann").replica.resume_token().unwrap();
    drop(before);
    let server = start(|_| {});
    is_over(&mut dial(server.local_addr(), token), SessionEnd::RoomBefore);
    let _somebody = join(server.local_addr(), "bob");
    is_over(&mut dial(server.local_addr(), token), SessionEnd::RoomBefore);
}

#[test]
fn who_was_away_for_too_long_or_broke_the_protocol_is_told_that() {
    let server = start(|config| config.grace_seconds = 1);
    let (ann, mut bob) = (join(server.local_addr(), "ann"), join(server.local_addr(), "bob"));
    let tokens = [&ann, &bob].map(|player| player.replica.resume_token().unwrap());
    drop(ann);
    bob.play_until("ann's seat is given up", |_| server.metrics().contains("auspice_leaves_total 1\n"));
    is_over(&mut dial(server.local_addr(), tokens[0]), SessionEnd::AwayTooLong);
    bob.web.send(tungstenite::Message::text("hello")).unwrap();
    assert_eq!(bob.play_until_closed().map(|frame| u16::from(frame.code)), Some(1003));
    is_over(&mut dial(server.local_addr(), tokens[1]), SessionEnd::Broken);
}

#[test]
fn a_server_without_a_seat_says_so_and_has_one_when_somebody_leaves() {
    let server = start(|config| config.max_clients = 1);
    let mut first = join(server.local_addr(), "first");
    let mut second = Player::connect(server.local_addr(), "second");
    assert_eq!(second.play_until_closed().map(|frame| u16::from(frame.code)), Some(CloseReason::Full.code()));
    first.web.close(None).unwrap();
    let _ = first.play_until_closed();
    join(server.local_addr(), "third");
}
