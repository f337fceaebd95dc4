//! A gamepad, from the events that Bevy's reader of gamepads writes to what the server is sent, and through
//! the menu. On virtual time.

use std::time::Duration;

use auspice_bevy::Controls;
use auspice_bevy::demo::keys::{Action, Bound, Keys};
use auspice_demo::{Demo, Input, Rules};
use bevy::input::gamepad::{
    GamepadConnection, GamepadConnectionEvent, RawGamepadAxisChangedEvent, RawGamepadButtonChangedEvent,
    RawGamepadEvent,
};
use bevy::prelude::*;

use crate::common::Rig;

/// A player with a gamepad.
struct Player {
    rig: Rig,
    pad: Entity,
}

impl Player {
    fn new() -> Self {
        let mut rig = Rig::shown(Rules { npcs: 0, asteroids: 0, pickups: 0, ..Rules::default() }, Duration::ZERO);
        rig.until_playing();
        let pad = rig.app.world_mut().spawn_empty().id();
        let mut player = Self { rig, pad };
        player.connect(GamepadConnection::Connected { name: "a pad".into(), vendor_id: None, product_id: None });
        player
    }

    /// As `bevy_gilrs` does it: twice.
    fn connect(&mut self, connection: GamepadConnection) {
        let event = GamepadConnectionEvent::new(self.pad, connection);
        self.rig.app.world_mut().write_message(RawGamepadEvent::from(event.clone()));
        self.rig.app.world_mut().write_message(event);
        self.rig.frame();
    }

    fn turn(&mut self, button: GamepadButton, value: f32) {
        let event = RawGamepadButtonChangedEvent::new(self.pad, button, value);
        self.rig.app.world_mut().write_message(RawGamepadEvent::from(event));
        self.rig.frame();
    }

    fn press(&mut self, button: GamepadButton) {
        self.turn(button, 1.0);
        self.turn(button, 0.0);
    }

    fn tilt(&mut self, axis: GamepadAxis, value: f32) {
        let event = RawGamepadAxisChangedEvent::new(self.pad, axis, value);
        self.rig.app.world_mut().write_message(RawGamepadEvent::from(event));
        self.rig.frame();
    }

    fn input(&mut self) -> Input {
        self.rig.part::<Controls<Demo>>().0
    }

    fn mark(&mut self, line: &str) {
        for _ in 0..20 {
            if self.rig.marked().starts_with(line) {
                return;
            }
            self.press(GamepadButton::DPadDown);
        }
        panic!("no line {line:?}: {:?}", self.rig.written());
    }
}

#[test]
fn sticks_triggers_and_buttons_fly_the_ship() {
    let mut player = Player::new();
    let before = player.rig.own().unwrap().1;
    player.turn(GamepadButton::RightTrigger2, 1.0);
    assert!(player.input().thrust);
    player.rig.frames(60);
    let moved = player.rig.own().unwrap().1.distance(before);
    assert!(moved > 10.0, "the ship moved by {moved}");
    player.turn(GamepadButton::RightTrigger2, 0.0);
    assert!(!player.input().thrust);

    for (button, is_held) in [
        (GamepadButton::South, (|input| input.fire) as fn(Input) -> bool),
        (GamepadButton::West, |input| input.laser),
        (GamepadButton::North, |input| input.missile),
        (GamepadButton::DPadLeft, |input| input.turn == 1),
        (GamepadButton::DPadRight, |input| input.turn == -1),
    ] {
        player.turn(button, 1.0);
        assert!(is_held(player.input()), "{button:?}: {:?}", player.input());
        player.turn(button, 0.0);
        assert_eq!(player.input(), Input::default(), "{button:?} was let go");
    }
    for (tilt, turn) in [(-1.0, 1), (0.2, 0), (0.9, -1), (0.0, 0)] {
        player.tilt(GamepadAxis::LeftStickX, tilt);
        assert_eq!(player.input().turn, turn, "stick at {tilt}");
    }
}

#[test]
fn a_shot_fired_by_a_gamepad_flies() {
    let mut player = Player::new();
    player.turn(GamepadButton::South, 1.0);
    player.rig.until(2, "a shot", |rig| {
        rig.things().iter().any(|(thing, ..)| matches!(thing, auspice_demo::Entity::Shot(_)))
    });
}

#[test]
fn a_gamepad_that_is_pulled_out_holds_nothing() {
    let mut player = Player::new();
    player.turn(GamepadButton::RightTrigger2, 1.0);
    assert!(player.input().thrust);
    player.connect(GamepadConnection::Disconnected);
    player.rig.frame();
    assert_eq!(player.input(), Input::default());
}

#[test]
fn the_menu_is_opened_walked_and_left_by_gamepad() {
    let mut player = Player::new();
    player.press(GamepadButton::Start);
    assert_eq!(player.rig.marked(), "Back to the game", "{:?}", player.rig.written());
    player.tilt(GamepadAxis::LeftStickY, -1.0);
    let below = player.rig.marked();
    assert!(below.starts_with("Name"), "{below}");
    player.rig.frames(30);
    assert!(player.rig.marked().starts_with("Name"), "a stick that is held is one step");
    player.tilt(GamepadAxis::LeftStickY, 0.0);
    player.tilt(GamepadAxis::LeftStickY, 1.0);
    player.tilt(GamepadAxis::LeftStickY, 0.0);
    assert_eq!(player.rig.marked(), "Back to the game");
    player.turn(GamepadButton::RightTrigger2, 1.0);
    assert_eq!(player.input(), Input::default(), "nothing flies while the menu is open");
    player.turn(GamepadButton::RightTrigger2, 0.0);
    player.press(GamepadButton::South);
    assert_eq!(player.rig.marked(), "", "the first line leads back to the game");
    player.press(GamepadButton::Start);
    player.press(GamepadButton::East);
    assert_eq!(player.rig.marked(), "");
    player.press(GamepadButton::RightThumb);
    assert!(player.rig.written().iter().any(|line| line.starts_with("CONNECTION")), "{:?}", player.rig.written());
}

#[test]
fn a_button_is_bound_anew_by_gamepad_alone() {
    let mut player = Player::new();
    player.press(GamepadButton::Start);
    player.mark("Keys and buttons");
    player.press(GamepadButton::South);
    player.mark(Action::Missile.name());
    player.press(GamepadButton::South);
    assert!(player.rig.marked().contains("press a key or a button"), "{}", player.rig.marked());
    player.press(GamepadButton::DPadLeft);
    assert!(player.rig.written().iter().any(|line| line == "cross left cannot be bound"), "{:?}", player.rig.written());
    player.press(GamepadButton::South);
    player.press(GamepadButton::Start);
    assert!(player.rig.marked().ends_with("upper button"), "start leaves it as it is: {}", player.rig.marked());
    player.press(GamepadButton::South);
    player.press(GamepadButton::West);
    assert!(player.rig.marked().ends_with("left button, upper button"), "{}", player.rig.marked());
    let keys = player.rig.app.world().resource::<Keys>();
    assert!(keys.bound(Action::Missile).contains(&Bound::Pad(GamepadButton::West)));
    assert!(!keys.bound(Action::Laser).contains(&Bound::Pad(GamepadButton::West)));
    player.press(GamepadButton::East);
    player.press(GamepadButton::East);
    assert_eq!(player.rig.marked(), "", "{:?}", player.rig.written());
    player.turn(GamepadButton::West, 1.0);
    assert_eq!(player.input(), Input { missile: true, ..Input::default() });
}
