//! The dials of a session, and what is felt of them. On virtual time.

use std::time::Duration;

use crate::common::Rig;
use auspice_bevy::socket::Dials;
use auspice_bevy::{Connection, Meter};
use auspice_demo::{Input, Rules};

fn world() -> Rules {
    Rules { size: 600, npcs: 4, asteroids: 0, pickups: 0, ..Rules::default() }
}

fn playing() -> Rig {
    let mut rig = Rig::new(world(), Duration::ZERO);
    rig.until_playing();
    rig.frames(120);
    rig
}

#[test]
fn a_new_session_simulates_nothing() {
    let mut rig = Rig::new(world(), Duration::ZERO);
    assert!(rig.session().dials().is_off());
}

#[test]
fn delay_shows_in_the_echo_and_goes_again() {
    let mut rig = playing();
    let before = rig.part::<Meter>().echo;
    rig.session().turn(Dials { delay_ms: 200, ..Dials::default() });
    rig.frames(300);
    let delayed = rig.part::<Meter>().echo;
    let added = delayed.saturating_sub(before).as_millis();
    assert!((150..=260).contains(&added), "200 ms added {added} ms to an echo of {} ms", before.as_millis());
    rig.session().turn(Dials::default());
    rig.frames(300);
    assert!(rig.part::<Meter>().echo < before + Duration::from_millis(50), "{:?}", rig.part::<Meter>().echo);
    assert_eq!(rig.session().welcomes(), 1);
}

#[test]
fn the_own_ship_obeys_at_once_however_slow_the_network() {
    let mut rig = Rig::new(Rules { npcs: 0, ..world() }, Duration::ZERO);
    rig.until_playing();
    rig.session().turn(Dials { delay_ms: 400, jitter_ms: 50, ..Dials::default() });
    rig.frames(240);
    let (before, _) = rig.own().unwrap();
    rig.hold(Input { turn: 1, thrust: true, ..Input::default() });
    rig.frame();
    assert_ne!(rig.own().unwrap().0.heading, before.heading);
}

#[test]
fn a_cut_of_three_seconds_heals_on_the_same_connection() {
    let mut rig = playing();
    let end = rig.now() + Duration::from_secs(3);
    rig.session().cut_until(end);
    rig.frames(120);
    assert!(matches!(rig.connection(), Connection::Stalled { .. }), "{}", rig.connection());
    assert!(rig.session().dials().is_cut);
    rig.until(3, "playing", |rig| rig.connection() == Connection::Playing);
    assert!(rig.session().dials().is_off());
    assert_eq!(rig.session().welcomes(), 1);
    let echo_then = rig.part::<Meter>().echo;
    rig.frames(240);
    assert!(rig.part::<Meter>().echo < Duration::from_millis(150), "{echo_then:?}");
}

#[test]
fn a_cut_longer_than_any_patience_ends_in_a_new_connection() {
    let mut rig = playing();
    let end = rig.now() + Duration::from_secs(12);
    rig.session().cut_until(end);
    rig.until(10, "given up", |rig| !rig.connection().is_playing());
    rig.until(12, "playing again", |rig| rig.connection().is_playing() && rig.own().is_some());
    assert_eq!(rig.session().welcomes(), 2);
}

#[test]
fn dials_stay_within_their_ranges() {
    let mut rig = Rig::new(world(), Duration::ZERO);
    let session = rig.session();
    session.turn(Dials {
        delay_ms: u32::MAX,
        jitter_ms: u32::MAX,
        stall_ms: u32::MAX,
        cap_kbps: u32::MAX,
        is_cut: false,
    });
    let dials = session.dials();
    assert_eq!((dials.delay_ms, dials.jitter_ms, dials.stall_ms, dials.cap_kbps), (1000, 500, 3000, 100));
}
