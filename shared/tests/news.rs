//! What costs bytes, and what does not.

use auspice::sim::Arena;

use crate::games::tiny::{Tiny, Walk};
use crate::games::zoo::{Animal, Zoo};
use crate::games::{arena, check_all, connect};

/// Bytes of updates that a client gets in the next `ticks`.
fn bytes<G: auspice::Game>(arena: &mut Arena<G>, client: usize, ticks: u32) -> u64 {
    let before = arena.clients[client].replica().report().payload_bytes_in;
    arena.steps(ticks);
    arena.clients[client].replica().report().payload_bytes_in - before
}

#[test]
fn a_world_as_foreseen_costs_one_byte_an_update() {
    let mut arena = arena::<Tiny>(1);
    let ann = connect(&mut arena, 0);
    connect(&mut arena, 0);
    arena.steps(60);
    // Every 64th states the hash: 7 bits of flags and 4 bytes.
    let total = bytes(&mut arena, ann, 128);
    assert!((128..=128 + 2 * 5).contains(&total), "{total} bytes for 128 updates");
}

#[test]
fn a_surprise_costs_its_bits_and_nothing_more() {
    let mut arena = arena::<Tiny>(1);
    let (ann, bob) = (connect(&mut arena, 0), connect(&mut arena, 0));
    arena.steps(60);
    arena.clients[ann].replica_mut().set_input(Walk { on: true });
    arena.steps(5);
    // A dot that walks is not foreseen by this game: one entity with news each tick, 2 bytes instead of 1.
    let total = bytes(&mut arena, bob, 60);
    assert!((120..=140).contains(&total), "{total} bytes for 60 updates with one surprise each");
}

#[test]
fn an_end_that_is_foreseen_costs_nothing_and_is_seen_at_its_tick() {
    let mut arena = arena::<Zoo>(9);
    let ann = connect(&mut arena, 0);
    let mut ends = 0;
    for _ in 0..400 {
        let due: Vec<_> = arena.clients[ann]
            .replica()
            .entities()
            .filter(|held| matches!(&held.entity, Animal::Dart(dart) if dart.fuse == 1))
            .map(|held| held.id)
            .collect();
        arena.step();
        arena.deliver();
        for id in due {
            ends += 1;
            assert!(arena.clients[ann].replica().entity(id).is_none(), "{id} has burnt down");
        }
    }
    assert!(ends > 20, "only {ends} darts burnt down in view");
    check_all(&mut arena, "zoo, seed 9");
}

#[test]
fn labels_arrive_on_entering_and_when_they_change() {
    let mut arena = arena::<Zoo>(2);
    let ann = connect(&mut arena, 0);
    arena.steps(5);
    let own = arena.clients[ann].replica().own().expect("ann has a runner");
    let label = |arena: &Arena<Zoo>| arena.clients[ann].replica().entity(own).expect("it is held").label.to_vec();
    assert_eq!(label(&arena), b"player 0");
    arena.steps(400);
    // Labels of some runners changed meanwhile; that everyone has the right ones is part of the comparison.
    check_all(&mut arena, "zoo, seed 2");
}

#[test]
fn a_foreseen_value_within_tolerance_is_published_instead_of_the_true_one() {
    let mut arena = arena::<Zoo>(5);
    arena.steps(200);
    // Runners move in floating point on a grid of a centimetre, with gusts for one in forty ticks: without
    // tolerances nearly all of the 12 would have news in each tick.
    let stats = *arena.room.stats();
    let runners_and_spinners = 24 * stats.ticks;
    assert!(stats.news < runners_and_spinners / 2, "{} news in {} entity-ticks", stats.news, runners_and_spinners);
}
