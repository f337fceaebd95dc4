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

/// Plays so many ticks with a picture of each client: only what was shown can turn out to be wrong.
fn show(arena: &mut Arena<World>, ticks: u32) {
    for _ in 0..ticks {
        arena.step_with(|_, client, now| {
            client.replica_mut().frame(now);
        });
    }
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
fn the_own_flyer_is_predicted_without_correction() {
    let mut arena = arena(2, 50);
    for way in [Vec2::X, Vec2::new(-1.0, 0.5), Vec2::ZERO, Vec2::NEG_Y] {
        arena.clients[0].replica_mut().set_input(Wish { way, ..Wish::default() });
        show(&mut arena, 60);
    }
    let stats = arena.clients[0].replica().net_stats(arena.now());
    assert!(stats.ticks_predicted > 200, "{stats:?}");
    assert_eq!(stats.own_corrections.count, 0, "{stats:?}");
    check(arena);
}

#[test]
fn what_is_foreseen_is_no_news() {
    let mut arena = arena(0, 0);
    let news = arena.room.stats().news;
    arena.steps(60 * 30);
    assert_eq!(arena.room.stats().news, news, "balls fly and bounce, and nobody is told");
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
