//! What a player is told who was without a connection: for how long, what that has cost, and who it is now. On virtual
//! time.

use auspice::authority::Room;
use auspice::limits::GRACE_SECONDS;
use auspice::session::Return;
use auspice::sim::Arena;
use auspice::{Micros, Terms};

use crate::games::tiny::Tiny;
use crate::games::{arena_with, connect, delayed};

const TICK_HZ: u32 = 30;

/// Two players over a link of 20 ms that have played for two seconds and come back by themselves.
fn playing() -> Arena<Tiny> {
    let mut arena = arena_with::<Tiny>(Terms { tick_hz: TICK_HZ, ..Terms::of::<Tiny>(()) }, 7);
    arena.is_resumable = true;
    for _ in 0..2 {
        let player = connect(&mut arena, 20);
        arena.clients[player].returns = Some((delayed(20), delayed(20)));
    }
    arena.steps(2 * TICK_HZ);
    assert_eq!(told(&mut arena), [None, None], "whoever joins was not away");
    arena
}

/// What each player is told.
fn told(arena: &mut Arena<Tiny>) -> Vec<Option<Return>> {
    arena.clients.iter_mut().map(|client| client.session.poll_return()).collect()
}

/// What the first player is told, once.
fn told_first(arena: &mut Arena<Tiny>) -> Return {
    let back = told(arena).swap_remove(0).expect("the player should be told something");
    assert_eq!(arena.clients[0].session.poll_return(), None, "it is told once");
    back
}

fn assert_about(time: Micros, millis: u64) {
    assert!((millis..millis + 700).contains(&(time.0 / 1000)), "{time:?}, and not some {millis} ms");
}

/// Keeps the first player away for so many seconds.
fn keep_away(arena: &mut Arena<Tiny>, seconds: u32) {
    arena.cut(0);
    let returns = arena.clients[0].returns.take();
    arena.steps(seconds * TICK_HZ);
    arena.clients[0].returns = returns;
    arena.steps(6 * TICK_HZ);
}

#[test]
fn a_cut_of_three_seconds_is_told_with_its_time_and_nothing_is_lost() {
    let mut arena = playing();
    keep_away(&mut arena, 3);
    let back = told_first(&mut arena);
    assert_about(back.away, 3000);
    assert!(back.same_seat && back.ticks_lost == 0 && back.stood_still < Micros::from_millis(100), "{back:?}");
    let line = back.to_string();
    assert!(line.starts_with("You are back after 3.") && line.ends_with(" s as the same player."), "{line}");
    assert_eq!(told(&mut arena), [None, None], "the other player has seen nothing of it");
}

#[test]
fn a_cut_that_was_too_short_to_be_seen_is_not_told() {
    let mut arena = playing();
    arena.cut(0);
    arena.steps(TICK_HZ);
    assert!(arena.clients[0].session.is_connected());
    assert_eq!(told(&mut arena), [None, None]);
}

#[test]
fn a_silence_that_ends_on_the_same_connection_is_told_where_it_was_long() {
    for (seconds, comes_back) in [(1, true), (3, false), (3, true), (6, true)] {
        let mut arena = playing();
        if !comes_back {
            arena.clients[0].returns = None;
        }
        let end = arena.now() + Micros::from_seconds(seconds);
        arena.clients[0].cut_off(end);
        arena.steps((seconds as u32 + 3) * TICK_HZ);
        if seconds == 1 {
            assert_eq!(told(&mut arena), [None, None]);
            continue;
        }
        let back = told_first(&mut arena);
        assert_about(back.away, seconds * 1000 - 100);
        assert!(back.same_seat && back.ticks_lost == 0, "{back:?}");
        assert!(
            back.stood_still < Micros::from_millis(100),
            "what waited on the way is no sign of the world: {back:?}"
        );
    }
}

#[test]
fn a_server_that_stood_still_is_told_from_a_network_that_was_cut() {
    let mut arena = playing();
    arena.cut(0);
    arena.pause(Micros::from_seconds(5));
    arena.steps(3 * TICK_HZ);
    let back = told_first(&mut arena);
    assert!(back.same_seat && back.ticks_lost == 0, "{back:?}");
    assert_about(back.away, 5000);
    assert!((4000..5200).contains(&(back.stood_still.0 / 1000)), "{back:?}");
    let line = back.to_string();
    assert!(
        line.contains(" s as the same player. The world stood still for ") && line.ends_with(" s and goes on."),
        "{line}"
    );
}

#[test]
fn a_world_that_went_back_says_by_how_much() {
    let mut arena = playing();
    let (saved, own) = (arena.room.save(), arena.clients[0].replica().own());
    arena.steps(45);
    let held = arena.clients[0].replica().tick();
    (0..2).for_each(|player| arena.cut(player));
    // What came after the keyframe was not on the disk.
    arena.room = Room::load(arena.room.terms().clone(), &saved).expect("what was saved is whole");
    arena.room.lose_everyone();
    arena.room.skip_events();
    let went_on_from = arena.room.tick_now();
    arena.steps(TICK_HZ);
    let back = told_first(&mut arena);
    let most = held.since(went_on_from);
    assert!(most >= 43 && (most - 8..most).contains(&back.ticks_lost), "{back:?} of {most} ticks");
    let period = u64::from(back.ticks_lost) * 1_000_000 / u64::from(TICK_HZ);
    assert!(back.went_back.0.abs_diff(period) < 1000, "{back:?}");
    assert!(back.same_seat && arena.clients[0].replica().own() == own, "{back:?}");
    let line = back.to_string();
    assert!(line.contains(" The server lost what happened last: the world went back by 1."), "{line}");
}

#[test]
fn a_player_whose_seat_is_gone_is_told_that_it_is_somebody_new_and_why() {
    let mut arena = playing();
    keep_away(&mut arena, GRACE_SECONDS + 1);
    let back = told_first(&mut arena);
    assert_about(back.away, u64::from(GRACE_SECONDS + 1) * 1000);
    assert_eq!((back.same_seat, back.why.as_str()), (false, "you were away for longer than a seat is kept"));
    assert!(back.to_string().ends_with(" s as a new player: you were away for longer than a seat is kept."), "{back}");

    let mut arena = playing();
    (0..2).for_each(|player| arena.cut(player));
    arena.room = Room::new(arena.room.terms().clone(), 8, 16).expect("the tables are right");
    arena.steps(2 * TICK_HZ);
    let back = told_first(&mut arena);
    assert_eq!(
        (back.same_seat, back.ticks_lost, back.stood_still),
        (false, 0, Micros(0)),
        "the ticks are another world's"
    );
    assert_eq!(back.why, "the server or its game was started anew since you played");
}

#[test]
fn a_program_that_stood_still_was_away_for_all_of_that_time_and_the_world_was_not() {
    for seconds in [3, 12, 20] {
        let mut arena = playing();
        arena.clients[0].next_picture = arena.now() + Micros::from_seconds(seconds);
        arena.steps((seconds as u32 + 3) * TICK_HZ);
        let back = told_first(&mut arena);
        assert!(back.same_seat && back.ticks_lost == 0, "{back:?}");
        assert_about(back.away, seconds * 1000 - 100);
        assert_eq!(back.stood_still, Micros(0), "{back:?}");
    }
}
