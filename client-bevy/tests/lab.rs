//! The laboratory's keys, its switches, and scenarios. On virtual time.

use std::time::Duration;

use auspice_bevy::demo::scenario::{Scenario, ScenarioPlugin};
use auspice_bevy::lab::{FrameCap, LabPlugin};
use auspice_bevy::socket::Dials;
use auspice_bevy::{Connection, Controls, Switches};
use auspice_demo::{Demo, Input, Rules};
use bevy::prelude::*;

use crate::common::Rig;

fn empty() -> Rules {
    Rules { npcs: 0, asteroids: 0, pickups: 0, ..Rules::default() }
}

fn with_lab() -> Rig {
    let mut rig = Rig::new(empty(), Duration::ZERO);
    rig.app.init_resource::<ButtonInput<KeyCode>>();
    rig.app.add_plugins(LabPlugin::<Demo> { has_panel: false, ..default() });
    rig.until_playing();
    rig
}

/// A key goes down in one frame, and up in the next.
fn press(rig: &mut Rig, key: KeyCode) {
    rig.app.world_mut().resource_mut::<ButtonInput<KeyCode>>().press(key);
    rig.frame();
    let mut keys = rig.app.world_mut().resource_mut::<ButtonInput<KeyCode>>();
    keys.release(key);
    keys.clear();
    rig.frame();
}

#[test]
fn a_key_turns_each_switch_and_another_sets_everything_back() {
    let mut rig = with_lab();
    assert_eq!(*rig.part::<Switches>(), Switches::default());
    for key in [KeyCode::F5, KeyCode::F6, KeyCode::F7, KeyCode::F8, KeyCode::F9] {
        press(&mut rig, key);
    }
    let all = Switches { prediction: false, smoothing: false, interpolation: true, compensation: false, ghosts: true };
    assert_eq!(*rig.part::<Switches>(), all);
    press(&mut rig, KeyCode::F4);
    press(&mut rig, KeyCode::Equal);
    press(&mut rig, KeyCode::PageDown);
    press(&mut rig, KeyCode::Equal);
    assert_eq!(rig.session().dials(), Dials { delay_ms: 25, jitter_ms: 10, ..Dials::default() });
    press(&mut rig, KeyCode::F12);
    assert_eq!(*rig.part::<Switches>(), Switches::default());
    assert!(rig.session().dials().is_off());
}

#[test]
fn a_key_pulls_the_cable_for_three_seconds() {
    let mut rig = with_lab();
    press(&mut rig, KeyCode::F10);
    rig.until(1, "stalled", |rig| matches!(rig.connection(), Connection::Stalled { .. }));
    rig.until(3, "playing", |rig| rig.connection() == Connection::Playing);
    assert_eq!(rig.session().welcomes(), 1);
}

#[test]
fn without_prediction_the_own_ship_waits_for_the_server() {
    for prediction in [true, false] {
        let mut rig = Rig::new(empty(), Duration::from_millis(100));
        rig.until_playing();
        rig.part::<Switches>().prediction = prediction;
        rig.frames(120);
        let (before, _) = rig.own().unwrap();
        rig.hold(Input { turn: 1, ..Input::default() });
        rig.frames(4);
        let (soon, _) = rig.own().unwrap();
        assert_eq!(soon.heading != before.heading, prediction, "with prediction {prediction}, after four frames");
        rig.frames(30);
        assert_ne!(rig.own().unwrap().0.heading, before.heading, "with prediction {prediction}, in the end");
    }
}

#[test]
fn a_scenario_turns_and_holds_what_it_says_when_it_says_and_ends() {
    let text = "seconds = 4\n[[at]]\ntime = 1\ndelay_ms = 120\nghosts = true\nframes = 30\n\
                hold = [\"thrust\", \"right\"]\n[[at]]\ntime = 2\nhold = []\n[[at]]\ntime = 3\ncut_seconds = 0.5\n";
    let mut rig = Rig::new(empty(), Duration::ZERO);
    rig.app
        .add_plugins(ScenarioPlugin(Scenario::parse(text).unwrap()))
        .add_plugins(auspice_bevy::demo::controls::ControlsPlugin);
    rig.until_playing();
    rig.frames(30);
    assert!(rig.session().dials().is_off());
    rig.frames(60);
    assert_eq!(rig.session().dials(), Dials { delay_ms: 120, ..Dials::default() });
    assert!(rig.part::<Switches>().ghosts);
    assert_eq!(*rig.app.world().resource::<FrameCap>(), FrameCap(30));
    assert_eq!(rig.part::<Controls<Demo>>().0, Input { turn: -1, thrust: true, ..Input::default() });
    rig.frames(60);
    assert_eq!(rig.part::<Controls<Demo>>().0, Input::default());
    rig.until(2, "cut", |rig| rig.session().dials().is_cut);
    rig.until(1, "mended", |rig| !rig.session().dials().is_cut);
    rig.frames(240);
    assert!(rig.app.should_exit().is_some());
}
