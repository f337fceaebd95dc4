//! The game of the examples, played over links with a delay.

use glam::Vec2;

use crate::games::{arena, check_all, connect};

#[path = "../examples/board/game.rs"]
mod game;

use game::{Board, EDGE, Hand, SPEED_MAX};

#[test]
fn a_hand_flies_its_cursor_at_once_and_everyone_sees_it() {
    let mut arena = arena::<Board>(1);
    let (ann, bob) = (connect(&mut arena, 50), connect(&mut arena, 50));
    arena.steps(60);
    let own = arena.clients[ann].replica().own().expect("ann plays");
    arena.clients[ann].replica_mut().set_input(Hand { velocity: Vec2::new(100.0, -50.0) });
    arena.steps(60);
    let seen = arena.clients[bob].replica().entity(own).expect("bob sees ann").entity;
    assert_eq!(seen.velocity, Vec2::new(100.0, -50.0));
    assert!(seen.position.x > 100.0 && seen.position.y < -50.0, "{seen:?}");
    check_all(&mut arena, "the board");
}

#[test]
fn a_cursor_whose_player_has_lost_its_connection_stands_where_it_was() {
    let mut arena = arena::<Board>(2);
    arena.is_resumable = true;
    let (ann, bob) = (connect(&mut arena, 20), connect(&mut arena, 20));
    arena.steps(60);
    let own = arena.clients[ann].replica().own().expect("ann plays");
    arena.clients[ann].replica_mut().set_input(Hand { velocity: Vec2::splat(SPEED_MAX) });
    arena.steps(30);
    arena.cut(ann);
    arena.steps(5);
    let there = arena.clients[bob].replica().entity(own).expect("it waits for ann").entity;
    assert!(there.position.x > 100.0 && there.position.x < EDGE, "{there:?}");
    arena.steps(20);
    let after = arena.clients[bob].replica().entity(own).expect("it still waits").entity;
    assert_eq!((after.velocity, after.position), (Vec2::ZERO, there.position), "it neither flies on nor jumps to the middle");
}
