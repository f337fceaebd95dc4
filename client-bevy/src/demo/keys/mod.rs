//! Bindings of keys and buttons, and a file to change them, by hand or from the menu.
//!
//! ```toml
//! thrust = ["ArrowUp", "KeyW", "PadRightTrigger2"]
//! fire = ["Space", "MouseLeft", "PadSouth"]
//! ```
//!
//! Keys are called as on a US keyboard, by their place on it, and so are a gamepad's buttons. What is not
//! named stays as it was. `--print-keys` prints the file as it is. A gamepad's left stick and its cross
//! steer, in any file. How loud it is stands there too: `volume`, from 0 to 100.

mod away;
mod bound;
mod buttons;
mod file;
mod fingers;

use std::collections::BTreeMap;
use std::path::PathBuf;

use bevy::prelude::*;
use serde::Deserialize;

pub(crate) use away::{Unfocused, let_go};
pub use bound::Bound;
pub(crate) use buttons::Buttons;
pub use file::usual_file;
pub(crate) use fingers::{Fingers, MenuButton, THRUST_PIXELS, THUMB_BUTTONS, ThumbButton, feel};

/// Something that a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Turns to the left.
    Left,
    /// Turns to the right.
    Right,
    /// Burns the engine.
    Thrust,
    /// Fires the gun.
    Fire,
    /// Fires the laser.
    Laser,
    /// Fires a missile.
    Missile,
    /// Flies to where the mouse points.
    FlyThere,
    /// Shows the scoreboard while it is held.
    Scores,
    /// Says something.
    Chat,
    /// Watches the others, another one each time.
    Watch,
    /// Flies again.
    Play,
    /// Opens the overlay, and turns its pages.
    Overlay,
    /// Opens the panel of dials and switches.
    Lab,
    /// Turns sound off and on again.
    Mute,
}

impl Action {
    /// All of them, as a menu lists them.
    pub const ALL: [Self; 14] = [
        Self::Left,
        Self::Right,
        Self::Thrust,
        Self::FlyThere,
        Self::Fire,
        Self::Laser,
        Self::Missile,
        Self::Scores,
        Self::Chat,
        Self::Watch,
        Self::Play,
        Self::Overlay,
        Self::Lab,
        Self::Mute,
    ];

    /// The action's name for a player.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Left => "turn left",
            Self::Right => "turn right",
            Self::Thrust => "thrust",
            Self::Fire => "gun",
            Self::Laser => "laser",
            Self::Missile => "missile",
            Self::FlyThere => "fly to the mouse",
            Self::Scores => "scores",
            Self::Chat => "say something",
            Self::Watch => "watch others",
            Self::Play => "fly again",
            Self::Overlay => "what the netcode does",
            Self::Lab => "make the network worse",
            Self::Mute => "sound off and on",
        }
    }
}

/// Bindings and volume: all that the player's file holds.
#[derive(Resource, Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    bound: BTreeMap<Action, Vec<Bound>>,
    volume: u8,
    /// The file in which changes are saved; none if they are not.
    file: Option<PathBuf>,
}

/// Greatest number of keys bound to one action from the menu, of keyboard and mouse, and of a gamepad; a file
/// may have more.
const BOUND_MAX: usize = 2;

/// Loudest, in percent.
pub(crate) const VOLUME_MAX: u8 = 100;
/// At first: leaves room for music beside it.
const VOLUME: u8 = 80;

impl Default for Keys {
    fn default() -> Self {
        use Bound::{Key, Mouse, Pad};
        use GamepadButton::{
            LeftTrigger, LeftTrigger2, North, RightThumb, RightTrigger, RightTrigger2, Select, South, West,
        };
        use KeyCode::{
            ArrowLeft, ArrowRight, ArrowUp, Enter, F3, F4, KeyA, KeyD, KeyE, KeyM, KeyP, KeyQ, KeyV, KeyW, Space, Tab,
        };
        let bound = BTreeMap::from([
            (Action::Left, vec![Key(ArrowLeft), Key(KeyA)]),
            (Action::Right, vec![Key(ArrowRight), Key(KeyD)]),
            (Action::Thrust, vec![Key(ArrowUp), Key(KeyW), Pad(RightTrigger2), Pad(LeftTrigger2)]),
            (Action::Fire, vec![Key(Space), Mouse(MouseButton::Left), Pad(South)]),
            (Action::Laser, vec![Key(KeyE), Mouse(MouseButton::Middle), Pad(West)]),
            (Action::Missile, vec![Key(KeyQ), Pad(North)]),
            (Action::FlyThere, vec![Mouse(MouseButton::Right)]),
            (Action::Scores, vec![Key(Tab), Pad(Select)]),
            (Action::Chat, vec![Key(Enter)]),
            (Action::Watch, vec![Key(KeyV), Pad(RightTrigger)]),
            (Action::Play, vec![Key(KeyP), Pad(LeftTrigger)]),
            (Action::Overlay, vec![Key(F3), Pad(RightThumb)]),
            (Action::Lab, vec![Key(F4)]),
            (Action::Mute, vec![Key(KeyM)]),
        ]);
        Self { bound, volume: VOLUME, file: None }
    }
}

impl Keys {
    /// The keys bound to `action`, the one that a menu names first.
    #[must_use]
    pub fn bound(&self, action: Action) -> &[Bound] {
        self.bound.get(&action).map_or(&[], Vec::as_slice)
    }

    /// The first key bound to `action`, for plugins that take one.
    #[must_use]
    pub fn key(&self, action: Action) -> Option<KeyCode> {
        self.bound(action).iter().find_map(|bound| if let Bound::Key(key) = *bound { Some(key) } else { None })
    }

    /// The keys bound to `action`, in words: of keyboard and mouse, and of a gamepad.
    #[must_use]
    pub fn said(&self, action: Action) -> [String; 2] {
        [false, true].map(|is_pad| {
            let of = self.bound(action).iter().filter(|bound| bound.is_pad() == is_pad);
            of.map(|bound| bound.said()).collect::<Vec<_>>().join(", ")
        })
    }

    /// Lets `bound` do `action`, and nothing else from now on; the oldest of what did it goes, where there is
    /// more than [`BOUND_MAX`]. Gives what it did before.
    ///
    /// # Errors
    /// A sentence, where another action would be left with nothing on keyboard and mouse.
    pub fn rebind(&mut self, action: Action, bound: Bound) -> Result<Option<Action>, String> {
        let before =
            self.bound.iter().find(|(other, does)| **other != action && does.contains(&bound)).map(|(other, _)| *other);
        if let Some(other) = before {
            let does = self.bound.entry(other).or_default();
            if !bound.is_pad() && does.iter().filter(|kept| !kept.is_pad()).count() == 1 {
                let key = bound.said();
                return Err(format!("{key} is all that does: {}. Give that another key first", other.name()));
            }
            does.retain(|kept| *kept != bound);
        }
        let does = self.bound.entry(action).or_default();
        does.retain(|kept| *kept != bound);
        let (mut same, others): (Vec<_>, Vec<_>) = does.iter().partition(|kept| kept.is_pad() == bound.is_pad());
        same.insert(0, bound);
        same.truncate(BOUND_MAX);
        *does = if bound.is_pad() { [others, same] } else { [same, others] }.concat();
        Ok(before)
    }

    /// Resets the bindings to those without a file.
    pub fn reset(&mut self) {
        self.bound = Self::default().bound;
    }

    /// The volume, from 0 to 100.
    #[must_use]
    pub const fn volume(&self) -> u8 {
        self.volume
    }

    /// Makes it louder, or less loud, by so many percent, as far as that goes.
    pub fn turn_volume(&mut self, by: i8) {
        self.volume = self.volume.saturating_add_signed(by).min(VOLUME_MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_given_to_an_action_is_taken_from_another_but_not_its_last() {
        let mut keys = Keys::default();
        let key = Bound::Key;
        assert_eq!(keys.rebind(Action::Thrust, key(KeyCode::KeyI)), Ok(None));
        let of_keyboard = |keys: &Keys, action| {
            keys.bound(action).iter().copied().filter(|bound| !bound.is_pad()).collect::<Vec<_>>()
        };
        assert_eq!(of_keyboard(&keys, Action::Thrust), [key(KeyCode::KeyI), key(KeyCode::ArrowUp)], "the older goes");
        assert_eq!(keys.rebind(Action::Thrust, key(KeyCode::KeyA)), Ok(Some(Action::Left)));
        assert_eq!(keys.bound(Action::Left), [key(KeyCode::ArrowLeft)]);
        let before = keys.clone();
        let refused = keys.rebind(Action::Thrust, key(KeyCode::KeyQ)).unwrap_err();
        assert!(refused.contains("Q") && refused.contains("missile"), "{refused}");
        assert_eq!(keys, before);
        keys.reset();
        assert_eq!(keys, Keys::default());
    }

    #[test]
    fn a_gamepads_buttons_are_bound_beside_the_keys_and_may_be_swapped() {
        let mut keys = Keys::default();
        let pad = Bound::Pad;
        let on_keyboard = keys.said(Action::Laser)[0].clone();
        assert_eq!(keys.rebind(Action::Laser, pad(GamepadButton::South)), Ok(Some(Action::Fire)));
        assert_eq!(keys.said(Action::Laser), [on_keyboard, "lower button, left button".into()]);
        assert_eq!(keys.said(Action::Fire)[1], "", "the last of a gamepad may go: there is a keyboard");
        assert_eq!(keys.rebind(Action::Fire, pad(GamepadButton::West)), Ok(Some(Action::Laser)));
        assert_eq!(keys.said(Action::Fire)[1], "left button");
    }

    #[test]
    fn volume_stops_at_its_ends() {
        let mut keys = Keys::default();
        keys.turn_volume(10);
        assert_eq!(keys.volume(), 90);
        keys.turn_volume(100);
        assert_eq!(keys.volume(), VOLUME_MAX);
        keys.turn_volume(-120);
        assert_eq!(keys.volume(), 0);
    }

    #[test]
    fn every_action_is_listed_and_has_something_bound() {
        let keys = Keys::default();
        assert!(Action::ALL.iter().all(|action| !keys.bound(*action).is_empty()));
        assert_eq!(keys.bound.len(), Action::ALL.len());
    }
}
