//! Slow and stalled clients: they cost themselves updates, and nobody else anything.

use auspice::Micros;
use auspice::error::CloseReason;
use auspice::sim::Link;

use crate::games::zoo::Zoo;
use crate::games::{arena, check_all, connect, delayed};

#[test]
fn a_stall_is_held_back_and_caught_up_with() {
    let mut arena = arena::<Zoo>(1);
    let (ann, bob) = (connect(&mut arena, 20), connect(&mut arena, 20));
    arena.steps(60);
    let now = arena.now();
    arena.clients[ann].down.stall(now + Micros::from_millis(1000));
    let fresh = arena.room.stats().fresh_states;
    arena.steps(25);
    assert!(arena.room.stats().held_back > 0, "nothing was held back");
    assert!(arena.clients[bob].replica().tick().0 + 3 > arena.room.tick_now().0, "bob was disturbed");
    arena.steps(15);
    assert!(arena.clients[ann].replica().tick().0 + 4 > arena.room.tick_now().0, "ann lags behind");
    assert_eq!(arena.room.stats().fresh_states, fresh, "a second is caught up with from the ring");
    check_all(&mut arena, "after the stall");
}

#[test]
fn a_long_stall_ends_in_a_fresh_state() {
    let mut arena = arena::<Zoo>(1);
    let ann = connect(&mut arena, 20);
    arena.steps(60);
    let (now, fresh) = (arena.now(), arena.room.stats().fresh_states);
    arena.clients[ann].down.stall(now + Micros::from_millis(4000));
    arena.steps(150);
    assert_eq!(arena.room.stats().fresh_states, fresh + 1);
    check_all(&mut arena, "after the long stall");
}

#[test]
fn one_that_never_answers_is_closed() {
    let mut arena = arena::<Zoo>(1);
    let ann = connect(&mut arena, 20);
    arena.steps(30);
    let now = arena.now();
    arena.clients[ann].up.stall(now + Micros::from_seconds(3600));
    arena.steps(30 * 12);
    assert_eq!(arena.clients[ann].closed, Some(CloseReason::Stalled));
}

#[test]
fn a_slow_reader_gets_what_it_can_read_and_is_never_far_behind() {
    let mut arena = arena::<Zoo>(1);
    let slow = Link { bytes_per_second: 1200, ..delayed(20) };
    let ann = arena.connect(delayed(20), slow).expect("the name fits");
    arena.steps(300);
    let behind = arena.room.tick_now().since(arena.clients[ann].replica().tick());
    assert!(behind < 30, "{behind} ticks behind");
    assert!(arena.clients[ann].seat.is_some());
}

#[test]
fn a_fresh_state_on_request_is_the_same_state() {
    let mut arena = arena::<Zoo>(6);
    let ann = connect(&mut arena, 30);
    arena.steps(60);
    arena.clients[ann].replica_mut().ask_fresh();
    arena.steps(20);
    assert_eq!(arena.room.stats().resyncs, 1);
    check_all(&mut arena, "after the fresh state");
}
