//! The timetable of a lost connection (`shared/PROTOCOL.md`) played as one, on virtual time: whatever is cut or
//! stands still, for however long, each player is the same again or is told that it was away for too long; and
//! how long that takes. `-- --nocapture` prints the table.

use auspice::error::{CloseReason, SessionEnd};
use auspice::session::Connection;
use auspice::sim::Arena;
use auspice::{ClientId, Micros, Terms};

use crate::games::tiny::Tiny;
use crate::games::{arena_with, check_all, connect, delayed};

const TICK_HZ: u32 = 30;
const PLAYERS: u64 = 20;

/// Players over links from good to bad that have played for three seconds, and the seat of each.
fn players() -> (Arena<Tiny>, Vec<ClientId>) {
    let mut arena = arena_with::<Tiny>(Terms { tick_hz: TICK_HZ, ..Terms::of::<Tiny>(()).strict() }, 7);
    arena.is_resumable = true;
    for number in 0..PLAYERS {
        let link = delayed(number * 5);
        let player = connect(&mut arena, number * 5);
        arena.clients[player].returns = Some((link, link));
    }
    arena.steps(TICK_HZ * 3);
    let owners = arena.clients.iter().map(|client| client.seat.expect("everybody should play")).collect();
    (arena, owners)
}

/// Whether a client has a world that is new.
fn plays(arena: &Arena<Tiny>, player: usize) -> bool {
    let client = &arena.clients[player];
    let is_new = client.replica().tick().0 + TICK_HZ / 2 > arena.room.tick_now().0;
    client.session.connection(arena.now()) == Connection::Playing && client.replica().own().is_some() && is_new
}

/// Outcome of an absence.
#[derive(Debug, Default)]
struct Outcome {
    /// Longest time from the end of the absence until a player played again.
    longest: Micros,
    /// Number of those who are who they were.
    same: u64,
    /// Number of those who were told that they were away for too long, and joined anew.
    anew: u64,
    /// Times that a seat was bound to another connection.
    resumes: u64,
}

/// Plays on after an absence that has just ended until everybody plays, and a second more.
fn outcome(what: &str, arena: &mut Arena<Tiny>, owners: &[ClientId]) -> Outcome {
    let ended = arena.now();
    let (mut outcome, mut waiting) = (Outcome::default(), (0..owners.len()).collect::<Vec<_>>());
    let mut told_so = vec![false; owners.len()];
    while !waiting.is_empty() {
        assert!(arena.now() < ended + Micros::from_seconds(20), "{what}: {waiting:?} never play again");
        arena.step();
        for (player, client) in arena.clients.iter().enumerate() {
            let refusal = matches!(client.session.connection(arena.now()), Connection::Refused { .. });
            assert!(!refusal, "{what}: player {player} was thrown out, with {:?}", client.closed);
            told_so[player] |= client.closed == Some(CloseReason::from(SessionEnd::AwayTooLong));
        }
        waiting.retain(|&player| !plays(arena, player));
        if waiting.is_empty() {
            outcome.longest = arena.now() - ended;
        }
    }
    arena.steps(TICK_HZ);
    for (player, owner) in owners.iter().enumerate() {
        assert!(plays(arena, player), "{what}: player {player} plays no more after a second");
        let is_same = arena.clients[player].seat == Some(*owner);
        assert!(
            is_same != told_so[player],
            "{what}: player {player} is somebody else and was told nothing, or the reverse"
        );
        *(if is_same { &mut outcome.same } else { &mut outcome.anew }) += 1;
    }
    outcome.resumes = arena.room.stats().resumes;
    assert_eq!(arena.room.clients() as u64, PLAYERS, "{what}: nobody is there twice");
    check_all(arena, what);
    println!(
        "{what:<28} {:>5.2} s, {:>2} the same, {:>2} anew, {:>2} resumes",
        outcome.longest.as_seconds(),
        outcome.same,
        outcome.anew,
        outcome.resumes
    );
    outcome
}

/// Everybody is the same again within `most` milliseconds, and no seat went from one connection to another
/// more than once.
fn assert_same(outcome: &Outcome, most: u64) {
    assert_eq!(outcome.same, PLAYERS, "{outcome:?}");
    assert!(outcome.longest <= Micros::from_millis(most), "{outcome:?}, {most} ms at most");
    assert!(outcome.resumes <= PLAYERS, "{outcome:?}: somebody came back twice");
}

fn cut_for(seconds: u64) -> Outcome {
    let (mut arena, owners) = players();
    let end = arena.now() + Micros::from_seconds(seconds);
    arena.clients.iter_mut().for_each(|client| client.cut_off(end));
    arena.steps(seconds as u32 * TICK_HZ);
    outcome(&format!("network cut for {seconds} s"), &mut arena, &owners)
}

#[test]
fn a_network_that_is_back_in_time_finds_the_same_player() {
    for (seconds, most) in [(1, 500), (3, 600), (5, 600), (8, 600), (12, 600), (20, 600), (35, 600)] {
        assert_same(&cut_for(seconds), most);
    }
}

#[test]
fn a_network_that_is_back_too_late_finds_the_door_open() {
    // The server hears nothing for ten seconds, and keeps the seat for thirty more.
    let outcome = cut_for(45);
    assert_eq!(outcome.anew, PLAYERS, "{outcome:?}");
    assert!(outcome.longest <= Micros::from_millis(1500), "{outcome:?}");
}

#[test]
fn a_player_whose_address_changes_plays_on_by_a_second_connection() {
    let (mut arena, owners) = players();
    arena.clients.iter_mut().for_each(|client| client.change_address());
    // Nobody knows yet, and what was shown last looks new.
    arena.steps(TICK_HZ);
    let outcome = outcome("address changed, a second ago", &mut arena, &owners);
    assert_same(&outcome, 2500);
    assert_eq!(outcome.resumes, PLAYERS);
}

#[test]
fn players_whose_router_forgets_them_and_says_so_at_both_ends_are_the_same_again_at_once() {
    let (mut arena, owners) = players();
    for _ in 0..3 {
        (0..owners.len()).for_each(|player| arena.cut(player));
        let outcome = outcome("connections reset at both ends", &mut arena, &owners);
        assert_eq!(outcome.same, PLAYERS, "{outcome:?}");
        assert!(outcome.longest <= Micros::from_millis(1500), "{outcome:?}");
    }
}

#[test]
fn a_server_that_stood_still_finds_everybody_where_they_were() {
    for seconds in [1, 3, 5, 8, 12, 35] {
        let (mut arena, owners) = players();
        arena.pause(Micros::from_seconds(seconds));
        let outcome = outcome(&format!("server paused for {seconds} s"), &mut arena, &owners);
        assert_same(&outcome, 600);
    }
}

#[test]
fn a_client_that_stood_still_is_the_same_player_within_grace() {
    for seconds in [1, 3, 5, 8, 12, 35, 45] {
        let (mut arena, owners) = players();
        let end = arena.now() + Micros::from_seconds(seconds);
        arena.clients.iter_mut().for_each(|client| client.next_picture = end);
        arena.steps(seconds as u32 * TICK_HZ);
        let outcome = outcome(&format!("client paused for {seconds} s"), &mut arena, &owners);
        if seconds < 40 {
            assert_same(&outcome, 1000);
        } else {
            assert_eq!(outcome.anew, PLAYERS, "{outcome:?}");
        }
    }
}

#[test]
fn a_network_that_comes_and_goes_throws_nobody_out() {
    let (mut arena, owners) = players();
    for round in 0..20 {
        for (player, client) in arena.clients.iter_mut().enumerate() {
            let seconds = (round * 7 + player as u64 * 3) % 11;
            client.cut_off(Micros(1_000_000 * (4 + round * 12 + seconds)));
            if (round + player as u64).is_multiple_of(5) {
                client.change_address();
            }
        }
        arena.steps(12 * TICK_HZ);
    }
    let outcome = outcome("20 outages of up to 11 s", &mut arena, &owners);
    assert_eq!(outcome.same, PLAYERS, "{outcome:?}");
}
