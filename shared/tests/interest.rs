//! Who sees what: by distance with hysteresis, by the game's word, always oneself.

use auspice::{Rng, Terms};

use crate::games::tiny::{Tiny, Walk};
use crate::games::zoo::{Animal, Zoo};
use crate::games::{arena, arena_with, check_all, connect};

/// Ann walks away from Bob until `distance`; what Bob sees then.
fn seen_at(distance: i32) -> (usize, auspice::sim::Arena<Tiny>) {
    let mut arena = arena::<Tiny>(1);
    let (ann, bob) = (connect(&mut arena, 0), connect(&mut arena, 0));
    arena.steps(10);
    let seat = arena.clients[ann].seat.expect("ann plays");
    walk_to(&mut arena, ann, seat, distance);
    (arena.clients[bob].replica().visible(), arena)
}

fn walk_to(arena: &mut auspice::sim::Arena<Tiny>, ann: usize, seat: auspice::ClientId, distance: i32) {
    arena.clients[ann].replica_mut().set_input(Walk { on: true });
    while arena.room.game().dots[&seat].1.at < distance {
        arena.step();
    }
    arena.clients[ann].replica_mut().set_input(Walk { on: false });
    arena.deliver();
}

#[test]
fn what_is_seen_stays_seen_a_tenth_further() {
    // The radius is 100.
    assert_eq!(seen_at(100).0, 2);
    assert_eq!(seen_at(109).0, 2);
    assert_eq!(seen_at(112).0, 1);
}

#[test]
fn a_newcomer_sees_only_within_the_radius() {
    let (_, mut arena) = seen_at(105);
    let carol = connect(&mut arena, 0);
    arena.steps(5);
    // Carol starts at 0 with Bob; Ann stands at 105 and is kept by Bob only.
    assert_eq!(arena.clients[carol].replica().visible(), 2);
    check_all(&mut arena, "carol");
}

#[test]
fn everyone_sees_what_has_no_place() {
    let mut arena = arena::<Zoo>(3);
    let ann = connect(&mut arena, 0);
    arena.steps(300);
    let scores = arena.clients[ann].replica().entities().filter(|held| matches!(held.entity, Animal::Score(_))).count();
    assert_eq!(scores, 1);
}

#[test]
fn a_game_can_hide_and_show() {
    let mut arena = arena::<Zoo>(4);
    let ann = connect(&mut arena, 0);
    let (mut far, mut moody) = (0, 0);
    for _ in 0..300 {
        arena.step();
        for held in arena.clients[ann].replica().entities() {
            match held.entity {
                Animal::Spinner(spinner) => moody += u32::from(spinner.mood == 4),
                Animal::Runner(runner) => far += u32::from(runner.position.length() > 170.0),
                _ => {}
            }
        }
    }
    assert_eq!(moody, 0, "a spinner in mood 4 hides");
    assert!(far > 0, "the runner that shows itself is seen from everywhere");
    check_all(&mut arena, "zoo, seed 4");
}

#[test]
fn visibility_is_what_distance_says_for_any_radius() {
    for seed in 0..12 {
        let mut rng = Rng::new(seed);
        let terms = Terms { interest_radius: 1.0 + rng.below(400) as f32, ..Terms::of::<Zoo>(()) };
        let mut arena = arena_with::<Zoo>(terms, seed);
        for _ in 0..6 {
            connect(&mut arena, 0);
        }
        for _ in 0..40 {
            arena.steps(5);
            // Compares with distances measured one by one.
            check_all(&mut arena, &format!("seed {seed}"));
        }
    }
}
