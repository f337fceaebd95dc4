//! A whole client without a window: it joins, sees others move, obeys at once, and finds its way back. On virtual time.

use std::time::Duration;

use crate::common::{FRAME, Rig};
use auspice_bevy::{Connection, CorrectionOffset, Meter};
use auspice_demo::{Entity, Input, Rules};
use bevy::prelude::*;

/// A world small enough that everything is in sight.
fn crowded() -> Rules {
    Rules { size: 600, npcs: 6, asteroids: 3, ..Rules::default() }
}

/// A world in which nothing is in the way.
fn empty() -> Rules {
    Rules { npcs: 0, asteroids: 0, pickups: 0, ..Rules::default() }
}

#[test]
fn a_client_joins_and_sees_others_appear_and_move() {
    let mut rig = Rig::new(crowded(), Duration::ZERO);
    rig.until_playing();
    let before = rig.things();
    let ships = before.iter().filter(|(thing, ..)| matches!(thing, Entity::Ship(_))).count();
    assert_eq!(ships, 7, "six computer-driven ships and the own one");
    assert_eq!(rig.session().welcomes(), 1);
    rig.frames(120);
    let after = rig.things();
    let moved = before.iter().filter(|(_, is_own, id, at)| {
        !is_own && after.iter().any(|(_, _, other, now)| other == id && now.distance(*at) > 5.0)
    });
    assert!(moved.count() >= 4, "within two seconds most others moved");
}

#[test]
fn labels_of_ships_are_mirrored() {
    let mut rig = Rig::new(crowded(), Duration::ZERO);
    rig.until_playing();
    let mut query = rig.app.world_mut().query::<&crate::common::Thing>();
    let names: Vec<String> = query.iter(rig.app.world()).map(|thing| thing.label_text().into_owned()).collect();
    assert!(names.iter().any(|name| name == "tester"), "{names:?}");
    assert!(names.iter().any(|name| name == "Raven"), "{names:?}");
}

#[test]
fn the_own_ship_obeys_in_the_frame_of_the_key_whatever_the_delay() {
    for delay_ms in [0, 50, 150] {
        let mut rig = Rig::new(empty(), Duration::from_millis(delay_ms));
        rig.until_playing();
        rig.frames(120);
        let (before, _) = rig.own().unwrap();
        assert_eq!(before.velocity, IVec2::ZERO);
        // From here on nothing is heard of the server.
        rig.is_running = false;
        rig.hold(Input { turn: 1, thrust: true, ..Input::default() });
        rig.frame();
        let (after, _) = rig.own().unwrap();
        assert!(after.velocity.length_squared() > 0, "delay {delay_ms} ms: the ship did not speed up");
        assert_ne!(after.heading, before.heading, "delay {delay_ms} ms: the ship did not turn");
    }
}

#[test]
fn prediction_of_the_own_ship_is_never_corrected_where_nothing_is_in_its_way() {
    let mut rig = Rig::new(Rules { size: 16_000, ..empty() }, Duration::from_millis(60));
    rig.until_playing();
    rig.frames(180);
    let late = rig.part::<Meter>().inputs.late;
    for frame in 0..600_i32 {
        let (turn, thrust) = ((frame / 40 % 3 - 1) as i8, frame / 25 % 2 == 0);
        let input = Input { turn, thrust, fire: frame % 50 < 5, laser: frame % 90 < 3, missile: frame % 220 < 2 };
        rig.hold(input);
        rig.frame();
    }
    let meter = rig.part::<Meter>().clone();
    assert_eq!(meter.net.own_corrections.count, 0, "the last by {} m", meter.net.own_corrections.last);
    assert_eq!(meter.inputs.late, late, "inputs late after the clock had settled");
    assert!(meter.inputs.received > 250);
}

/// Living ships that are not the own one: who, where they are shown, and how far beside their place.
fn others(rig: &mut Rig) -> Vec<(auspice::EntityId, Vec3, f32)> {
    let mut query = rig.app.world_mut().query::<(&crate::common::Thing, &Transform, &CorrectionOffset)>();
    let all = query.iter(rig.app.world());
    let ships =
        all.filter(|(thing, ..)| !thing.is_own && thing.after.as_ship().is_some_and(auspice_demo::Ship::is_alive));
    ships.map(|(thing, transform, offset)| (thing.id, transform.translation, offset.0.length())).collect()
}

#[test]
fn a_correction_does_not_jump_on_the_screen_and_is_gone_soon() {
    let top_step = 400.0 * FRAME.as_secs_f32();
    let mut rig = Rig::new(crowded(), Duration::from_millis(20));
    rig.until_playing();
    rig.frames(60);
    let (mut corrected, mut soothed) = (0, 0);
    for _ in 0..20 {
        rig.is_holding = true;
        rig.frames(30);
        let before = others(&mut rig);
        rig.is_holding = false;
        rig.frame();
        // Half a second of changed minds came at once.
        let after = others(&mut rig);
        for (id, now, beside) in after.iter().filter(|(.., beside)| *beside > 20.0) {
            let Some((_, was, _)) = before.iter().find(|(old, ..)| old == id) else { continue };
            corrected += 1;
            assert!(now.distance(*was) < top_step * 1.5, "{id} moved {} units in a frame", now.distance(*was));
            assert!(*beside < 200.0, "{id}: a teleport is to be shown at once");
        }
        rig.frames(12);
        let later = others(&mut rig);
        for (id, _, beside) in after.iter().filter(|(.., beside)| *beside > 20.0) {
            let Some((.., left)) = later.iter().find(|(old, ..)| old == id) else { continue };
            // Nothing large is taken back faster than 12 m a second, which is 24 units in 200 ms.
            soothed += usize::from(*left < (beside * 0.1 + 12.0).max(beside - 20.0));
        }
    }
    assert!(corrected >= 10, "only {corrected} ships were far from where they had been foreseen");
    // A few are corrected anew meanwhile: a hit, a changed mind.
    assert!(soothed * 5 >= corrected * 4, "after 200 ms only {soothed} of {corrected} are where they belong");
}

#[test]
fn a_cut_connection_heals_by_itself() {
    let mut rig = Rig::new(crowded(), Duration::from_millis(20));
    rig.until_playing();
    rig.cut();
    rig.frames(2);
    // The first wait is at most 100 ms, and may be none at all.
    assert!(
        matches!(rig.connection(), Connection::Reconnecting { .. } | Connection::Connecting),
        "{}",
        rig.connection()
    );
    rig.until(3, "playing again", |rig| rig.connection().is_playing() && rig.own().is_some());
    assert_eq!(rig.session().welcomes(), 2);
    rig.frames(60);
    assert_eq!(rig.things().iter().filter(|(_, is_own, ..)| *is_own).count(), 1);
}

#[test]
fn silence_is_shown_and_then_dialled_anew() {
    let mut rig = Rig::new(crowded(), Duration::ZERO);
    rig.until_playing();
    rig.is_running = false;
    rig.frames(60);
    assert!(matches!(rig.connection(), Connection::Stalled { .. }), "{}", rig.connection());
    rig.until(10, "given up", |rig| matches!(rig.connection(), Connection::Reconnecting { .. }));
}

#[test]
fn a_stall_that_ends_goes_on_where_it_was() {
    let mut rig = Rig::new(crowded(), Duration::ZERO);
    rig.until_playing();
    rig.is_running = false;
    rig.frames(60);
    rig.is_running = true;
    rig.until(2, "playing", |rig| rig.connection() == Connection::Playing);
    assert_eq!(rig.session().welcomes(), 1);
}

#[test]
fn a_refusal_is_told_and_not_tried_again() {
    let mut rig = Rig::new(empty(), Duration::ZERO);
    rig.is_running = false;
    rig.frame();
    rig.refuse(4001, "the client is older than the server");
    rig.frames(2);
    assert_eq!(rig.connection().to_string(), "refused: the client is older than the server");
    rig.frames(1200);
    assert_eq!(rig.dials_waiting(), 0);
}

#[test]
fn a_full_server_is_tried_again() {
    let mut rig = Rig::new(empty(), Duration::ZERO);
    rig.is_running = false;
    rig.frame();
    rig.refuse(1013, "the server is full; try again later");
    rig.frame();
    assert!(rig.connection().to_string().ends_with("the server is full; try again later"), "{}", rig.connection());
    rig.until(2, "dialled again", |rig| rig.dials_waiting() == 1);
}

#[test]
fn a_shot_of_ones_own_is_there_at_once_and_gives_way_to_the_true_one() {
    let mut rig = Rig::new(Rules { size: 4000, ..empty() }, Duration::from_millis(100));
    rig.until_playing();
    rig.frames(240);
    let shots = |rig: &mut Rig, is_foretold: bool| {
        let mut query = rig.app.world_mut().query::<(&crate::common::Thing, &Transform, &auspice_bevy::Presence)>();
        let all = query.iter(rig.app.world()).filter(|(.., presence)| presence.gone_for.is_none());
        let shots =
            all.filter(|(thing, ..)| matches!(thing.after, Entity::Shot(_)) && thing.is_foretold == is_foretold);
        shots.map(|(_, place, _)| place.translation).collect::<Vec<_>>()
    };
    rig.hold(Input { fire: true, ..Input::default() });
    rig.frames(5);
    assert_eq!(shots(&mut rig, true).len(), 1, "within two ticks, though the answer takes six");
    assert_eq!(shots(&mut rig, false).len(), 0);
    rig.hold(Input::default());
    let mut before = shots(&mut rig, true)[0];
    // A frame's flight, and as much again for the frame in which one takes over from the other.
    let step = rig.room.terms().rules.shot_speed as f32 * FRAME.as_secs_f32() * 2.5;
    for _ in 0..30 {
        rig.frame();
        let (foretold, told) = (shots(&mut rig, true), shots(&mut rig, false));
        assert_eq!(foretold.len() + told.len(), 1, "one shot, whoever tells of it: {foretold:?} {told:?}");
        let now = foretold.into_iter().chain(told).next().unwrap();
        assert!(now.distance(before) < step, "it jumped from {before} to {now}");
        before = now;
    }
    assert_eq!(shots(&mut rig, false).len(), 1);
}
