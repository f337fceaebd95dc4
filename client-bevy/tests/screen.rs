//! What the demo writes on the screen: the whole window's app, with everything but a window and a graphics
//! card. On virtual time.

use std::time::Duration;

use auspice::message::Announcement;
use auspice_bevy::demo::keys::{Action, Keys};
use auspice_bevy::socket::{Closed, Dials, Signal, Socket};
use auspice_bevy::{Connection, Controls, Session};
use auspice_demo::{Demo, Input, Rules};
use bevy::input::ButtonState;
use bevy::input::keyboard::{Key, KeyboardInput};
use bevy::prelude::*;
use tokio::sync::watch;

use crate::common::Rig;

fn empty() -> Rules {
    Rules { npcs: 0, asteroids: 0, pickups: 0, ..Rules::default() }
}

fn playing() -> Rig {
    let mut rig = Rig::shown(empty(), Duration::ZERO);
    rig.until_playing();
    rig.frames(30);
    rig
}

/// A key goes down in one frame, and up in the next.
fn press(rig: &mut Rig, key_code: KeyCode) {
    for state in [ButtonState::Pressed, ButtonState::Released] {
        turn(rig, key_code, state);
    }
}

/// A key goes down or up, and a frame is shown.
fn turn(rig: &mut Rig, key_code: KeyCode, state: ButtonState) {
    tell(rig, key_code, state);
    rig.frame();
}

/// A key goes down or up.
fn tell(rig: &mut Rig, key_code: KeyCode, state: ButtonState) {
    let logical_key = match key_code {
        KeyCode::Escape => Key::Escape,
        KeyCode::Enter => Key::Enter,
        KeyCode::ArrowDown => Key::ArrowDown,
        _ => Key::Dead(None),
    };
    let window = Entity::PLACEHOLDER;
    rig.app.world_mut().write_message(KeyboardInput {
        key_code,
        logical_key,
        state,
        text: None,
        repeat: false,
        window,
    });
}

#[test]
fn a_key_that_is_let_go_of_within_a_frame_was_pressed() {
    let mut rig = playing();
    for _ in 0..5 {
        tell(&mut rig, KeyCode::Space, ButtonState::Pressed);
        turn(&mut rig, KeyCode::Space, ButtonState::Released);
        rig.until(2, "a shot", |rig| {
            rig.things().iter().any(|(thing, ..)| matches!(thing, auspice_demo::Entity::Shot(_)))
        });
        rig.until(9, "the shot is over", |rig| {
            rig.things().iter().all(|(thing, ..)| !matches!(thing, auspice_demo::Entity::Shot(_)))
        });
    }
}

/// Whether a line that is shown has `words` in it.
fn is_written(rig: &mut Rig, words: &str) -> bool {
    rig.written().iter().any(|line| line.contains(words))
}

#[test]
fn what_the_server_announces_is_written_for_as_long_as_it_holds() {
    let mut rig = playing();
    assert!(!is_written(&mut rig, "server"), "{:?}", rig.written());
    rig.room.announce(Announcement { overload: 4, pace_percent: 55, stops_in_seconds: None });
    rig.frames(10);
    assert!(is_written(&mut rig, "server overloaded: time at 55 %\nnobody new is let in"), "{:?}", rig.written());
    rig.room.announce(Announcement { stops_in_seconds: Some(30), ..Announcement::default() });
    rig.frames(10);
    assert!(is_written(&mut rig, "the server closes in 30 s"), "{:?}", rig.written());
    assert!(is_written(&mut rig, "The server closes in 30 s"), "in large letters too: {:?}", rig.written());
    assert!(!is_written(&mut rig, "overloaded"), "{:?}", rig.written());
    rig.frames(600);
    assert!(is_written(&mut rig, "the server closes in 20 s"), "{:?}", rig.written());
    assert!(!is_written(&mut rig, "The server"), "large letters go: {:?}", rig.written());
    rig.room.announce(Announcement::default());
    rig.frames(10);
    assert!(!is_written(&mut rig, "server"), "{:?}", rig.written());
}

#[test]
fn what_one_server_announced_is_gone_when_the_player_goes_to_another() {
    let mut rig = playing();
    rig.room.announce(Announcement { stops_in_seconds: Some(30), ..Announcement::default() });
    rig.frames(10);
    assert!(is_written(&mut rig, "the server closes in 30 s"), "{:?}", rig.written());
    rig.session().connect("another", "tester");
    assert_eq!(rig.connection(), Connection::Offline, "nobody has answered there yet");
    // The next server has nothing to announce, and so says nothing.
    rig.room.announce(Announcement::default());
    rig.until(5, "playing there", |rig| rig.session().welcomes() == 2 && rig.own().is_some());
    rig.frames(10);
    assert!(!is_written(&mut rig, "the server closes"), "{:?}", rig.written());
}

#[test]
fn whoever_is_turned_away_reads_why_and_when_it_is_tried_again() {
    let mut rig = Rig::shown(empty(), Duration::ZERO);
    rig.is_running = false;
    rig.frame();
    rig.refuse_for(1013, "The server is too busy to let anyone in.", Some(auspice::Micros::from_seconds(30)));
    rig.frames(30);
    for line in [
        "The server takes nobody in",
        "The server is too busy to let anyone in.\nTrying again in 30 s.",
        "try again now",
    ] {
        assert!(is_written(&mut rig, line), "{line}: {:?}", rig.written());
    }
    rig.frames(1500);
    assert_eq!(rig.dials_waiting(), 0, "it was asked to stay away for 30 s");
    assert!(is_written(&mut rig, "Trying again in 5 s."), "{:?}", rig.written());
    press(&mut rig, KeyCode::KeyR);
    assert_eq!(rig.dials_waiting(), 1, "the player may try at once");
}

#[test]
fn whoever_is_sent_away_or_plays_elsewhere_reads_that_and_is_not_brought_back() {
    for (code, sentence, headline) in [
        (4008, "an operator closed your connection", "An operator sent you away"),
        (4011, "you connected again elsewhere", "You play elsewhere now"),
    ] {
        let mut rig = playing();
        rig.close(code, sentence);
        rig.frames(10);
        assert!(matches!(rig.connection(), Connection::Refused { .. }), "{}", rig.connection());
        assert!(is_written(&mut rig, headline) && is_written(&mut rig, sentence), "{:?}", rig.written());
        rig.is_running = false;
        rig.frames(1200);
        assert_eq!(rig.dials_waiting(), 0);
    }
}

#[test]
fn each_view_says_what_is_wrong_with_its_own_connection() {
    let mut rig = Rig::shown(empty(), Duration::ZERO);
    rig.is_running = false;
    let full = |_: &str, _: watch::Receiver<Dials>| {
        let (socket, far_end) = Socket::pair();
        let closed = Closed::with(1013, "the server is full");
        far_end.incoming.try_send(Signal::Closed(closed)).unwrap();
        socket
    };
    rig.app.world_mut().spawn(Session::<Demo>::new("elsewhere", "the other").dial_by(full));
    rig.frame();
    rig.refuse(4008, "an operator closed your connection");
    rig.frames(20);
    for line in [
        "An operator sent you away",
        "test\nan operator closed",
        "The server takes nobody in",
        "elsewhere\nthe server is full",
    ] {
        assert!(is_written(&mut rig, line), "{line}: {:?}", rig.written());
    }
}

#[test]
fn a_connection_that_the_server_ends_says_why_while_it_is_tried_again() {
    let mut rig = playing();
    rig.is_running = false;
    rig.close(1012, "the server restarts; come back in a few seconds");
    rig.frames(10);
    assert!(!rig.connection().is_playing());
    assert!(is_written(&mut rig, "THE SERVER BEGINS ANEW"), "{:?}", rig.written());
    assert!(
        is_written(&mut rig, "the server restarts; come back in a few seconds\ntrying again"),
        "{:?}",
        rig.written()
    );
}

#[test]
fn whoever_was_without_a_connection_reads_for_some_seconds_what_that_has_cost() {
    let mut rig = playing();
    rig.is_running = false;
    rig.frames(240);
    assert!(is_written(&mut rig, "STALLED"), "{:?}", rig.written());
    assert!(!is_written(&mut rig, "BACK"), "{:?}", rig.written());
    rig.is_running = true;
    rig.until(3, "told", |rig| is_written(rig, "BACK"));
    assert!(is_written(&mut rig, "You are back after 4."), "{:?}", rig.written());
    assert!(is_written(&mut rig, " s as the same player."), "{:?}", rig.written());
    rig.frames(360);
    assert!(!is_written(&mut rig, "BACK") && !is_written(&mut rig, "You are back"), "{:?}", rig.written());
    // This room keeps nobody's seat.
    rig.cut();
    rig.frames(2);
    rig.until(5, "told", |rig| is_written(rig, "BACK, AS A NEW PLAYER"));
    assert!(is_written(&mut rig, " as a new player: your place was not kept."), "{:?}", rig.written());
}

/// Opens the page of keys, and marks an action.
fn open_keys(rig: &mut Rig, action: Action) {
    press(rig, KeyCode::Escape);
    mark(rig, "Keys and buttons");
    press(rig, KeyCode::Enter);
    mark(rig, action.name());
}

/// Goes down to a line of a menu.
fn mark(rig: &mut Rig, line: &str) {
    for _ in 0..20 {
        if rig.marked().starts_with(line) {
            return;
        }
        press(rig, KeyCode::ArrowDown);
    }
    panic!("no line {line:?}: {:?}", rig.written());
}

#[test]
fn keys_are_changed_in_the_menu_and_saved() {
    let folder = std::env::temp_dir().join(format!("auspice-menu-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("keys.toml");
    std::fs::write(&file, "").unwrap();
    let mut rig = Rig::shown(empty(), Duration::ZERO);
    rig.app.insert_resource(Keys::load(Some(&file)).unwrap());
    rig.until_playing();
    open_keys(&mut rig, Action::Thrust);
    press(&mut rig, KeyCode::Enter);
    assert_eq!(
        rig.marked().split_whitespace().collect::<Vec<_>>(),
        ["thrust", "press", "a", "key", "or", "a", "button"]
    );
    press(&mut rig, KeyCode::KeyI);
    assert_eq!(rig.marked().split_whitespace().collect::<Vec<_>>(), ["thrust", "I,", "Up", "R2,", "L2"]);
    assert!(std::fs::read_to_string(&file).unwrap().contains("thrust = [\"KeyI\", \"ArrowUp\", \"PadR"));
    // Back to the game by way of the menu: the new key flies.
    press(&mut rig, KeyCode::Escape);
    press(&mut rig, KeyCode::Escape);
    assert_eq!(rig.marked(), "", "{:?}", rig.written());
    let flown = |rig: &mut Rig, key| {
        turn(rig, key, ButtonState::Pressed);
        let input: Input = rig.part::<Controls<Demo>>().0;
        turn(rig, key, ButtonState::Released);
        input.thrust
    };
    assert!(flown(&mut rig, KeyCode::KeyI));
    assert!(!flown(&mut rig, KeyCode::KeyW), "the older of two gave way");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_key_that_is_taken_is_told_and_everything_can_be_reset() {
    let mut rig = playing();
    open_keys(&mut rig, Action::Laser);
    let bind = |rig: &mut Rig, key| {
        press(rig, KeyCode::Enter);
        press(rig, key);
    };
    bind(&mut rig, KeyCode::KeyQ);
    assert!(is_written(&mut rig, "Q is all that does: missile. Give that another key first"), "{:?}", rig.written());
    bind(&mut rig, KeyCode::F5);
    assert!(is_written(&mut rig, "F5 belongs to the panel of dials"), "{:?}", rig.written());
    bind(&mut rig, KeyCode::KeyA);
    assert!(is_written(&mut rig, "A: laser, and no longer turn left"), "{:?}", rig.written());
    assert!(is_written(&mut rig, "until you quit: there is no folder"), "it is not kept: {:?}", rig.written());
    // Escape leaves a key as it is, and the page open.
    bind(&mut rig, KeyCode::Escape);
    assert!(rig.marked().starts_with("laser"), "{:?}", rig.written());
    mark(&mut rig, "All as at first");
    press(&mut rig, KeyCode::Enter);
    assert_eq!(*rig.app.world().resource::<Keys>(), Keys::default());
}

#[test]
fn the_overlay_opens_by_the_key_that_the_menu_gave_it() {
    let mut rig = playing();
    open_keys(&mut rig, Action::Overlay);
    press(&mut rig, KeyCode::Enter);
    press(&mut rig, KeyCode::KeyO);
    press(&mut rig, KeyCode::Escape);
    press(&mut rig, KeyCode::Escape);
    assert!(!is_written(&mut rig, "CONNECTION"), "not by the press that bound it: {:?}", rig.written());
    press(&mut rig, KeyCode::KeyO);
    assert!(is_written(&mut rig, "CONNECTION   KeyO 1 of 3"), "{:?}", rig.written());
}

#[test]
fn what_is_said_in_cyrillic_is_typed_sent_and_shown() {
    let mut rig = playing();
    press(&mut rig, KeyCode::Enter);
    for letter in "Привет, мир".chars() {
        let (logical_key, text) = (Key::Character(letter.to_string().into()), Some(letter.to_string().into()));
        let (key_code, state, window) = (KeyCode::KeyG, ButtonState::Pressed, Entity::PLACEHOLDER);
        rig.app.world_mut().write_message(KeyboardInput { key_code, logical_key, state, text, repeat: false, window });
        rig.frame();
    }
    assert!(is_written(&mut rig, "Привет, мир"), "{:?}", rig.written());
    press(&mut rig, KeyCode::Enter);
    rig.frames(10);
    let world = rig.app.world_mut();
    let spans: Vec<String> = world.query::<&TextSpan>().iter(world).map(|span| span.0.clone()).collect();
    assert!(spans.iter().any(|span| span == "Привет, мир"), "{spans:?}");
}

#[test]
fn a_name_in_letters_that_cannot_be_shown_is_named_by_them() {
    let mut rig = Rig::shown(empty(), Duration::ZERO);
    let mut session = rig.session();
    let address = session.address().to_owned();
    session.connect(&address, "李 Ада");
    rig.until_playing();
    rig.frames(30);
    assert!(is_written(&mut rig, "[Han 674E] Ада"), "{:?}", rig.written());
    let world = rig.app.world_mut();
    let names: Vec<String> = world.query::<&Text2d>().iter(world).map(|name| name.0.clone()).collect();
    assert!(names.iter().any(|name| name == "[Han 674E] Ада"), "{names:?}");
}
