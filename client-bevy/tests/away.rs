//! A player who turns to another window: what was held is let go, and nothing there flies the ship. On virtual time.

use std::time::Duration;

use auspice_bevy::Controls;
use auspice_demo::{Demo, Input, Rules};
use bevy::input::ButtonState;
use bevy::input::gamepad::{GamepadConnection, GamepadConnectionEvent, RawGamepadButtonChangedEvent, RawGamepadEvent};
use bevy::input::keyboard::{Key, KeyboardFocusLost, KeyboardInput};
use bevy::input::mouse::MouseButtonInput;
use bevy::prelude::*;
use bevy::window::{PrimaryWindow, WindowFocused};

use crate::common::Rig;

struct Player {
    rig: Rig,
    window: Entity,
}

impl Player {
    fn new() -> Self {
        let mut rig = Rig::shown(Rules { npcs: 0, asteroids: 0, pickups: 0, ..Rules::default() }, Duration::ZERO);
        rig.until_playing();
        let world = rig.app.world_mut();
        let window = world.query_filtered::<Entity, With<PrimaryWindow>>().single(world).unwrap();
        Self { rig, window }
    }

    fn input(&mut self) -> Input {
        self.rig.part::<Controls<Demo>>().0
    }

    /// As `bevy_winit` does it.
    fn focus(&mut self, focused: bool) {
        let world = self.rig.app.world_mut();
        world.get_mut::<Window>(self.window).unwrap().focused = focused;
        world.write_message(WindowFocused { window: self.window, focused });
        if !focused {
            world.write_message(KeyboardFocusLost);
        }
        self.rig.frame();
    }

    fn click(&mut self, button: MouseButton, state: ButtonState) {
        let window = self.window;
        self.rig.app.world_mut().write_message(MouseButtonInput { button, state, window });
        self.rig.frame();
    }

    fn key(&mut self, key_code: KeyCode, state: ButtonState) {
        let logical_key = Key::Dead(None);
        let window = self.window;
        let typed = KeyboardInput { key_code, logical_key, state, text: None, repeat: false, window };
        self.rig.app.world_mut().write_message(typed);
        self.rig.frame();
    }

    fn pad(&mut self) -> Entity {
        let pad = self.rig.app.world_mut().spawn_empty().id();
        let connection = GamepadConnection::Connected { name: "a pad".into(), vendor_id: None, product_id: None };
        let event = GamepadConnectionEvent::new(pad, connection);
        self.rig.app.world_mut().write_message(RawGamepadEvent::from(event.clone()));
        self.rig.app.world_mut().write_message(event);
        self.rig.frame();
        pad
    }

    fn turn(&mut self, pad: Entity, button: GamepadButton, value: f32) {
        let event = RawGamepadButtonChangedEvent::new(pad, button, value);
        self.rig.app.world_mut().write_message(RawGamepadEvent::from(event));
        self.rig.frame();
    }
}

#[test]
fn what_is_held_when_the_window_loses_focus_is_let_go_and_stays_so_when_it_is_back() {
    let mut player = Player::new();
    player.click(MouseButton::Left, ButtonState::Pressed);
    player.key(KeyCode::ArrowUp, ButtonState::Pressed);
    assert_eq!(player.input(), Input { fire: true, thrust: true, ..Input::default() });
    player.focus(false);
    assert_eq!(player.input(), Input::default(), "the window has lost the focus");
    // Let go elsewhere: nobody tells this window.
    player.focus(true);
    player.rig.frames(2);
    assert_eq!(player.input(), Input::default(), "nothing has been pressed since");
    player.click(MouseButton::Left, ButtonState::Pressed);
    assert_eq!(player.input(), Input { fire: true, ..Input::default() });
}

#[test]
fn a_gamepad_flies_nothing_in_a_window_without_focus() {
    let mut player = Player::new();
    let pad = player.pad();
    player.turn(pad, GamepadButton::RightTrigger2, 1.0);
    assert!(player.input().thrust);
    player.focus(false);
    assert_eq!(player.input(), Input::default(), "let go with the focus");
    player.turn(pad, GamepadButton::South, 1.0);
    player.turn(pad, GamepadButton::DPadLeft, 1.0);
    assert_eq!(player.input(), Input::default(), "the player is elsewhere");
    player.turn(pad, GamepadButton::South, 0.0);
    player.turn(pad, GamepadButton::DPadLeft, 0.0);
    player.turn(pad, GamepadButton::Start, 1.0);
    player.turn(pad, GamepadButton::Start, 0.0);
    assert_eq!(player.rig.marked(), "", "no menu opens there either");
    player.focus(true);
    assert_eq!(player.input(), Input::default(), "what was let go is pressed anew");
    player.turn(pad, GamepadButton::RightTrigger2, 0.0);
    player.turn(pad, GamepadButton::RightTrigger2, 1.0);
    assert!(player.input().thrust);
}
