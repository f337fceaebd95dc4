//! Whole sessions of newgame on virtual time: minutes in milliseconds, the same in each run.

use auspice::sim::{Arena, Link};
use auspice::{Micros, Terms};
use glam::Vec2;
use newgame_rules::{BALLS, EDGE, SPEED, Thing, Wish, World};

/// A room, and players with so many milliseconds each way.
fn arena(players: usize, delay: u64) -> Arena<World> {
    let mut arena = Arena::new(Terms::of::<World>(()), 1).expect("the game's tables should be right");
    let way = Link { delay: Micros::from_millis(delay), ..Link::default() };
    for _ in 0..players {
        arena.connect(way, way).expect("a name should fit");
    }
    arena.steps(60);
    arena
}

/// Everyone holds what the server says, and nothing went wrong.
fn check(mut arena: Arena<World>) {
    arena.calm(30);
    assert!(arena.check_all(20), "somebody never catches up");
    assert_eq!(arena.faults, []);
}

#[test]
fn a_flyer_obeys_at_once_and_everyone_sees_it() {
    let mut arena = arena(2, 50);
    let [ann, bob] = [0, 1];
    let own = arena.clients[ann].replica().own().expect("ann plays");
    arena.clients[ann].replica_mut().set_input(Wish { way: Vec2::new(1.0, 0.0), ..Wish::default() });
    arena.steps(60);
    let seen = arena.clients[bob].replica().entity(own).expect("bob sees ann").entity;
    let Thing::Flyer(flyer) = seen else { panic!("{seen:?}") };
    assert_eq!(flyer.velocity, Vec2::new(SPEED, 0.0));
    assert!(flyer.position.x > 100.0 && flyer.position.y == 0.0, "{flyer:?}");
    check(arena);
}

#[test]
fn balls_stay_within_the_world_and_are_foreseen() {
    let mut arena = arena(1, 50);
    for _ in 0..20 {
        arena.steps(60);
        let balls = arena.clients[0].replica().entities().filter_map(|held| match held.entity {
            Thing::Ball(ball) => Some(ball),
            _ => None,
        });
        let balls: Vec<_> = balls.collect();
        assert_eq!(balls.len(), BALLS);
        assert!(balls.iter().all(|ball| ball.position.abs().max_element() <= EDGE), "{balls:?}");
    }
    check(arena);
}
