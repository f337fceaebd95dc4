//! Keys and buttons pressed in a frame, and what they are to a menu.

use bevy::ecs::system::SystemParam;
use bevy::input::ButtonState;
use bevy::input::gamepad::GamepadButtonStateChangedEvent;
use bevy::input::keyboard::{Key, KeyboardInput};
use bevy::prelude::*;

use crate::demo::keys::{Away, Bound};

/// A stick that is farther out than the first is a step; before the next it has to be nearer than the second.
const STICK_OUT: f32 = 0.6;
const STICK_BACK: f32 = 0.3;

/// Something that went down.
#[derive(Clone, Debug)]
pub(super) enum Pressed {
    Key(KeyboardInput),
    Button(GamepadButton),
    Stick(Step),
}

/// A way through a menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Up,
    Down,
    /// Turns the marked line down.
    Less,
    /// Turns the marked line up.
    More,
    Choose,
    Back,
    /// Takes the last letter away.
    Erase,
}

impl Pressed {
    pub(super) fn step(&self) -> Option<Step> {
        match self {
            Self::Key(key) => match &key.logical_key {
                Key::ArrowDown | Key::Tab => Some(Step::Down),
                Key::ArrowUp => Some(Step::Up),
                Key::ArrowLeft => Some(Step::Less),
                Key::ArrowRight => Some(Step::More),
                Key::Backspace => Some(Step::Erase),
                Key::Enter if !key.repeat => Some(Step::Choose),
                Key::Escape if !key.repeat => Some(Step::Back),
                _ => None,
            },
            Self::Button(button) => match button {
                GamepadButton::DPadDown => Some(Step::Down),
                GamepadButton::DPadUp => Some(Step::Up),
                GamepadButton::DPadLeft => Some(Step::Less),
                GamepadButton::DPadRight => Some(Step::More),
                GamepadButton::South => Some(Step::Choose),
                GamepadButton::East | GamepadButton::Start => Some(Step::Back),
                _ => None,
            },
            Self::Stick(step) => Some(*step),
        }
    }

    /// Whether it opens the menu, and leaves a binding as it is.
    pub(super) fn is_escape(&self) -> bool {
        matches!(self, Self::Key(key) if key.logical_key == Key::Escape && !key.repeat)
            || matches!(self, Self::Button(GamepadButton::Start))
    }

    /// The key or button, where an action is to be bound to it.
    pub(super) const fn bound(&self) -> Option<Bound> {
        match self {
            Self::Key(key) if !key.repeat => Some(Bound::Key(key.key_code)),
            Self::Button(button) => Some(Bound::Pad(*button)),
            Self::Key(_) | Self::Stick(_) => None,
        }
    }
}

/// Keys and buttons that go down: of the keyboard in its order, then of gamepads.
#[derive(SystemParam)]
pub(super) struct Presses<'w, 's> {
    typed: MessageReader<'w, 's, KeyboardInput>,
    buttons: MessageReader<'w, 's, GamepadButtonStateChangedEvent>,
    pads: Query<'w, 's, &'static Gamepad>,
    away: Res<'w, Away>,
    /// Position of the stick when it was last read: up, at rest, down.
    tilted: Local<'s, Vec2>,
}

impl Presses<'_, '_> {
    /// Reads those of this frame; without the keyboard's if something else `took_keys`, and without a gamepad's while
    /// the player is elsewhere.
    pub(super) fn read(&mut self, took_keys: bool) -> Vec<Pressed> {
        let keys = self.typed.read().filter(|key| key.state == ButtonState::Pressed && !took_keys);
        let mut pressed: Vec<Pressed> = keys.cloned().map(Pressed::Key).collect();
        let is_away = self.away.0;
        let buttons = self.buttons.read().filter(|button| button.state == ButtonState::Pressed && !is_away);
        pressed.extend(buttons.map(|button| Pressed::Button(button.button)));
        pressed.extend(self.tilt().into_iter().flatten().map(Pressed::Stick));
        pressed
    }

    /// The steps of a stick that leaves its rest, across and along.
    fn tilt(&mut self) -> [Option<Step>; 2] {
        let tilt: Vec2 = self.pads.iter().filter(|_| !self.away.0).map(Gamepad::left_stick).sum();
        let mut turn = |axis: usize, steps: [Step; 2]| {
            let (now, was) = (tilt[axis], self.tilted[axis]);
            if was == 0.0 && now.abs() > STICK_OUT {
                self.tilted[axis] = now.signum();
                return Some(steps[usize::from(now > 0.0)]);
            }
            if now.abs() < STICK_BACK {
                self.tilted[axis] = 0.0;
            }
            None
        };
        [turn(0, [Step::Less, Step::More]), turn(1, [Step::Down, Step::Up])]
    }
}
