//! Buttons held and pressed in a frame, by what is bound to them.

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;

use super::{Action, Bound, Fingers, Keys, Unfocused};
use crate::Typing;

/// A stick that is less far out than this is at rest.
const STICK_AT_REST: f32 = 0.35;

/// Keyboard, mouse, gamepads and fingers, for whoever wants to know of an [`Action`]. Nothing is held while a menu or
/// a line takes the keys, or the player is elsewhere.
#[derive(SystemParam)]
pub(crate) struct Buttons<'w, 's> {
    bound: Res<'w, Keys>,
    keys: Res<'w, ButtonInput<KeyCode>>,
    mouse: Res<'w, ButtonInput<MouseButton>>,
    pads: Query<'w, 's, &'static Gamepad>,
    typing: Res<'w, Typing>,
    away: Res<'w, Unfocused>,
    fingers: Res<'w, Fingers>,
}

impl Buttons<'_, '_> {
    fn is_deaf(&self) -> bool {
        self.typing.0 || self.away.0
    }

    /// Whether something bound to `action` is held.
    pub(crate) fn held(&self, action: Action) -> bool {
        let is_held = |bound: &Bound| match *bound {
            Bound::Key(key) => self.keys.pressed(key),
            Bound::Mouse(button) => self.mouse.pressed(button),
            Bound::Pad(button) => self.pads.iter().any(|pad| pad.pressed(button)),
        };
        !self.is_deaf() && (self.fingers.hold(action) || self.bound.bound(action).iter().any(is_held))
    }

    /// Whether something bound to `action` went down in this frame.
    pub(crate) fn pressed(&self, action: Action) -> bool {
        !self.is_deaf()
            && self.bound.bound(action).iter().any(|bound| match *bound {
                Bound::Key(key) => self.keys.just_pressed(key),
                Bound::Mouse(button) => self.mouse.just_pressed(button),
                Bound::Pad(button) => self.pads.iter().any(|pad| pad.just_pressed(button)),
            })
    }

    /// Direction to turn: 1 for left, -1 for right. A stick or a cross counts beside what is bound.
    pub(crate) fn turn(&self) -> i8 {
        let tilt: f32 = self.pads.iter().map(|pad| pad.left_stick().x + pad.dpad().x).sum();
        if tilt.abs() > STICK_AT_REST && !self.is_deaf() {
            return -tilt.signum() as i8;
        }
        i8::from(self.held(Action::Left)) - i8::from(self.held(Action::Right))
    }
}
