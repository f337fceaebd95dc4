//! The picture at the player's present.

use auspice::replica::PictureSettings;

use crate::games::zoo::{Animal, Want, Zoo};
use crate::games::{arena, connect};

/// Where the own runner is shown.
fn shown(arena: &mut auspice::sim::Arena<Zoo>, client: usize) -> glam::Vec2 {
    let now = arena.now();
    let replica = arena.clients[client].replica_mut();
    let own = replica.own().expect("a runner is there");
    let frame = replica.frame(now);
    let it = frame.shown.iter().find(|shown| shown.id == own).expect("the own entity is shown");
    match (&it.before, &it.after) {
        (Animal::Runner(before), Animal::Runner(after)) => before.position.lerp(after.position, frame.blend),
        _ => panic!("a runner is a runner"),
    }
}

#[test]
fn the_own_entity_obeys_at_once_over_a_long_round_trip() {
    let mut arena = arena::<Zoo>(8);
    let ann = connect(&mut arena, 100);
    arena.steps(60);
    let start = shown(&mut arena, ann);
    let held = arena.clients[ann].replica().tick();
    arena.clients[ann].replica_mut().set_input(Want { steer: 1 });
    arena.steps(3);
    // Three ticks later the server's answer cannot be there yet.
    assert!(arena.clients[ann].replica().tick().0 < held.0 + 4);
    let moved = shown(&mut arena, ann) - start;
    assert!(moved.x > 0.05, "moved by {moved}");
}

#[test]
fn the_prediction_is_what_the_server_then_says() {
    let mut arena = arena::<Zoo>(8);
    let ann = connect(&mut arena, 60);
    arena.clients[ann].replica_mut().set_settings(PictureSettings { smoothing: false, ..PictureSettings::default() });
    arena.steps(60);
    let (mut checked, mut missed) = (0, 0);
    let mut predicted: Vec<(auspice::Tick, glam::Vec2)> = Vec::new();
    for step in 0..600 {
        if step % 15 == 0 {
            let steer = (step / 15 % 16) as u8;
            arena.clients[ann].replica_mut().set_input(Want { steer });
        }
        arena.step();
        let now = arena.now();
        let replica = arena.clients[ann].replica_mut();
        let Some(own) = replica.own() else { continue };
        let (tick, held) = (replica.tick(), replica.entity(own).map(|held| held.entity));
        if let (Some(Animal::Runner(runner)), Some(index)) = (held, predicted.iter().position(|(at, _)| *at == tick)) {
            checked += 1;
            missed += u32::from(runner.position.distance(predicted[index].1) > 0.05);
        }
        let frame = replica.frame(now);
        if let Some(Animal::Runner(runner)) =
            frame.shown.iter().find(|shown| shown.id == own).map(|shown| &shown.before)
            && predicted.last().is_none_or(|(at, _)| *at != frame.tick)
        {
            predicted.push((frame.tick, runner.position));
        }
    }
    assert!(checked > 300, "only {checked} ticks could be compared");
    // Gusts come once in forty ticks and are wrong until heard of, some ten ticks: a third may miss, and no more.
    assert!(missed * 3 < checked, "{missed} of {checked} predictions missed");
    // The replica counts a mistake once, when it is heard of.
    let stats = arena.clients[ann].replica().net_stats(arena.now());
    assert!(
        stats.ticks_predicted >= checked.into() && stats.ticks_mispredicted * 20 < stats.ticks_predicted,
        "{stats:?}"
    );
}

#[test]
fn in_a_stall_the_picture_moves_on_and_then_stands_still() {
    let mut arena = arena::<Zoo>(8);
    let ann = connect(&mut arena, 20);
    arena.steps(60);
    let until = arena.now() + auspice::Micros::from_seconds(60);
    arena.clients[ann].down.stall(until);
    arena.clients[ann].replica_mut().set_input(Want { steer: 1 });
    let mut places = Vec::new();
    for _ in 0..120 {
        arena.step();
        places.push(shown(&mut arena, ann));
    }
    assert_ne!(places[10], places[20], "it moves while nothing is heard");
    assert_eq!(places[100], places[119], "beyond the limit it stands");
}
