//! What each key does, and a file to change that, by hand or from the menu.
//!
//! ```toml
//! thrust = ["ArrowUp", "KeyW"]
//! fire = ["Space", "MouseLeft"]
//! ```
//!
//! Keys are called as on a US keyboard, by their place on it. What is not named stays as it was. `--print-keys` prints the file as it is.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use bevy::prelude::*;
use serde::Deserialize;

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
}

impl Action {
    /// All of them, as a menu lists them.
    pub const ALL: [Self; 13] = [
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
    ];

    /// What a player calls it.
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
        }
    }

    /// Whether a button of the mouse can do it.
    #[must_use]
    pub const fn takes_mouse(self) -> bool {
        !matches!(self, Self::Chat | Self::Watch | Self::Play | Self::Overlay | Self::Lab)
    }
}

/// A key or a button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Of the keyboard.
    Key(KeyCode),
    /// Of the mouse.
    Mouse(MouseButton),
}

/// What is bound to what.
#[derive(Resource, Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    bound: BTreeMap<Action, Vec<Bound>>,
    /// Where changes are saved; nowhere if there is none.
    file: Option<PathBuf>,
}

/// What may be bound to one action from the menu; a file may have more.
const BOUND_MAX: usize = 2;

impl Default for Keys {
    fn default() -> Self {
        use Bound::{Key, Mouse};
        use KeyCode::{ArrowLeft, ArrowRight, ArrowUp, Enter, F3, F4, KeyA, KeyD, KeyE, KeyP, KeyQ, KeyV, KeyW, Space, Tab};
        let bound = BTreeMap::from([
            (Action::Left, vec![Key(ArrowLeft), Key(KeyA)]),
            (Action::Right, vec![Key(ArrowRight), Key(KeyD)]),
            (Action::Thrust, vec![Key(ArrowUp), Key(KeyW)]),
            (Action::Fire, vec![Key(Space), Mouse(MouseButton::Left)]),
            (Action::Laser, vec![Key(KeyE), Mouse(MouseButton::Middle)]),
            (Action::Missile, vec![Key(KeyQ)]),
            (Action::FlyThere, vec![Mouse(MouseButton::Right)]),
            (Action::Scores, vec![Key(Tab)]),
            (Action::Chat, vec![Key(Enter)]),
            (Action::Watch, vec![Key(KeyV)]),
            (Action::Play, vec![Key(KeyP)]),
            (Action::Overlay, vec![Key(F3)]),
            (Action::Lab, vec![Key(F4)]),
        ]);
        Self { bound, file: None }
    }
}

impl Keys {
    /// What is bound to `action`, the first for a menu to name.
    #[must_use]
    pub fn bound(&self, action: Action) -> &[Bound] {
        self.bound.get(&action).map_or(&[], Vec::as_slice)
    }

    /// Whether something bound to `action` is held.
    #[must_use]
    pub fn held(&self, action: Action, keys: &ButtonInput<KeyCode>, mouse: &ButtonInput<MouseButton>) -> bool {
        self.bound(action).iter().any(|bound| match *bound {
            Bound::Key(key) => keys.pressed(key),
            Bound::Mouse(button) => mouse.pressed(button),
        })
    }

    /// Whether a key bound to `action` went down in this frame.
    #[must_use]
    pub fn pressed(&self, action: Action, keys: &ButtonInput<KeyCode>) -> bool {
        self.bound(action).iter().any(|bound| matches!(*bound, Bound::Key(key) if keys.just_pressed(key)))
    }

    /// The first key bound to `action`, for plugins that take one.
    #[must_use]
    pub fn key(&self, action: Action) -> Option<KeyCode> {
        self.bound(action).iter().find_map(|bound| if let Bound::Key(key) = *bound { Some(key) } else { None })
    }

    /// Everything bound to `action`, in words.
    #[must_use]
    pub fn said(&self, action: Action) -> String {
        self.bound(action).iter().map(|bound| short(*bound)).collect::<Vec<_>>().join(", ")
    }

    /// From the player's own file if there is one; as usual otherwise.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn load(file: Option<&Path>) -> Result<Self, String> {
        let own = usual_file();
        let to_read = file.or_else(|| own.as_deref().filter(|own| own.exists()));
        let mut keys = to_read.map_or_else(|| Ok(Self::default()), Self::read)?;
        keys.file = file.map(Path::to_owned).or(own);
        Ok(keys)
    }

    fn read(file: &Path) -> Result<Self, String> {
        let said = |error: String| format!("{}: {error}", file.display());
        let text = fs::read_to_string(file).map_err(|error| said(error.to_string()))?;
        Self::parse(&text).map_err(said)
    }

    /// Writes them to the file that they were loaded from or, if there was none, to the player's own.
    ///
    /// # Errors
    /// Why they are not kept: a sentence.
    pub fn save(&self) -> Result<&Path, String> {
        let file = self.file.as_deref().ok_or("they hold until you quit: there is no folder for settings")?;
        let folder = file.parent().map_or(Ok(()), fs::create_dir_all);
        let written = folder.and_then(|()| fs::write(file, self.to_toml()));
        written.map(|()| file).map_err(|error| format!("they hold until you quit: {}: {error}", file.display()))
    }

    /// Lets `bound` do `action`, and nothing else from now on; the older of what did it goes, where there are more than two. Gives what it
    /// did before.
    ///
    /// # Errors
    /// A sentence, where another action would be left without a key, or the mouse is no use.
    pub fn rebind(&mut self, action: Action, bound: Bound) -> Result<Option<Action>, String> {
        if matches!(bound, Bound::Mouse(_)) && !action.takes_mouse() {
            return Err(format!("{} wants a key", action.name()));
        }
        let before =
            self.bound.iter().find(|(other, does)| **other != action && does.contains(&bound)).map(|(other, _)| *other);
        if let Some(other) = before {
            let does = self.bound.entry(other).or_default();
            if does.len() == 1 {
                let key = short(bound);
                return Err(format!("{key} is all that does: {}. Give that another key first", other.name()));
            }
            does.retain(|kept| *kept != bound);
        }
        let does = self.bound.entry(action).or_default();
        does.retain(|kept| *kept != bound);
        does.insert(0, bound);
        does.truncate(BOUND_MAX);
        Ok(before)
    }

    /// As they are without a file.
    pub fn reset(&mut self) {
        self.bound = Self::default().bound;
    }

    /// From the text of a file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let changed: BTreeMap<Action, Vec<String>> = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut keys = Self::default();
        for (action, names) in changed {
            let bound = names.iter().map(|wanted| {
                let found = all().find(|bound| name(*bound) == *wanted);
                found.ok_or_else(|| {
                    format!("there is no key called {wanted:?}; the names are as in {:?}", "ArrowUp, KeyW, Digit1, F5")
                })
            });
            keys.bound.insert(action, bound.collect::<Result<_, _>>()?);
        }
        Ok(keys)
    }

    /// As a file.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut out = String::new();
        for (action, bound) in &self.bound {
            let names: Vec<String> = bound.iter().map(|bound| name(*bound)).collect();
            let mut snake = String::new();
            for letter in format!("{action:?}").chars() {
                if letter.is_uppercase() && !snake.is_empty() {
                    snake.push('_');
                }
                snake.push(letter.to_ascii_lowercase());
            }
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{snake} = {names:?}");
        }
        out
    }
}

/// Where the player's own file is looked for: `auspice/keys.toml` in the folder for settings.
#[must_use]
pub fn usual_file() -> Option<PathBuf> {
    let home = |below: &str| Some(PathBuf::from(env::var_os("HOME")?).join(below));
    let folder = if cfg!(windows) {
        env::var_os("APPDATA").map(PathBuf::from)
    } else if cfg!(target_os = "macos") {
        home("Library/Application Support")
    } else {
        env::var_os("XDG_CONFIG_HOME").filter(|folder| !folder.is_empty()).map(PathBuf::from).or_else(|| home(".config"))
    };
    folder.map(|folder| folder.join("auspice/keys.toml"))
}

/// A key's name as a player reads it.
pub(crate) fn short(bound: Bound) -> String {
    let name = name(bound);
    name.strip_prefix("Key").or_else(|| name.strip_prefix("Arrow")).map_or_else(|| name.clone(), ToOwned::to_owned)
}

fn name(bound: Bound) -> String {
    match bound {
        Bound::Key(key) => format!("{key:?}"),
        Bound::Mouse(button) => format!("Mouse{button:?}"),
    }
}

/// Everything that can be bound.
pub(crate) fn all() -> impl Iterator<Item = Bound> {
    KEYS.iter().map(|key| Bound::Key(*key)).chain(BUTTONS.map(Bound::Mouse))
}

const BUTTONS: [MouseButton; 5] =
    [MouseButton::Left, MouseButton::Right, MouseButton::Middle, MouseButton::Back, MouseButton::Forward];

#[rustfmt::skip]
const KEYS: [KeyCode; 94] = {
    use KeyCode::*;
    [
        KeyA, KeyB, KeyC, KeyD, KeyE, KeyF, KeyG, KeyH, KeyI, KeyJ, KeyK, KeyL, KeyM, KeyN, KeyO, KeyP, KeyQ, KeyR, KeyS, KeyT, KeyU,
        KeyV, KeyW, KeyX, KeyY, KeyZ, Digit0, Digit1, Digit2, Digit3, Digit4, Digit5, Digit6, Digit7, Digit8, Digit9,
        ArrowLeft, ArrowRight, ArrowUp, ArrowDown, Space, Enter, Tab, Backspace, Delete, Insert, Home, End, PageUp, PageDown,
        ShiftLeft, ShiftRight, ControlLeft, ControlRight, AltLeft, AltRight, CapsLock, Minus, Equal, BracketLeft, BracketRight,
        Backslash, Semicolon, Quote, Backquote, Comma, Period, Slash, F1, F2, F3, F4, F5, F6, F7, F8, F9, F10, F11, F12, Numpad0,
        Numpad1, Numpad2, Numpad3, Numpad4, Numpad5, Numpad6, Numpad7, Numpad8, Numpad9, NumpadAdd, NumpadSubtract, NumpadEnter,
        NumpadDecimal,
    ]
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read_again() {
        let keys = Keys::default();
        assert_eq!(Keys::parse(&keys.to_toml()).unwrap(), keys);
        assert!(keys.to_toml().contains("fly_there = [\"MouseRight\"]"), "{}", keys.to_toml());
    }

    #[test]
    fn a_file_changes_what_it_names_and_nothing_else() {
        let keys = Keys::parse("thrust = [\"KeyI\"]").unwrap();
        assert_eq!(keys.bound(Action::Thrust), [Bound::Key(KeyCode::KeyI)]);
        assert_eq!(keys.bound(Action::Fire), Keys::default().bound(Action::Fire));
        assert_eq!(keys.said(Action::Fire), "Space, MouseLeft");
    }

    #[test]
    fn a_key_that_is_given_to_an_action_is_taken_from_another_but_not_its_last() {
        let mut keys = Keys::default();
        let key = Bound::Key;
        assert_eq!(keys.rebind(Action::Thrust, key(KeyCode::KeyI)), Ok(None));
        assert_eq!(keys.bound(Action::Thrust), [key(KeyCode::KeyI), key(KeyCode::ArrowUp)], "the older goes");
        assert_eq!(keys.rebind(Action::Thrust, key(KeyCode::KeyA)), Ok(Some(Action::Left)));
        assert_eq!(keys.bound(Action::Left), [key(KeyCode::ArrowLeft)]);
        let before = keys.clone();
        let refused = keys.rebind(Action::Thrust, key(KeyCode::KeyQ)).unwrap_err();
        assert!(refused.contains("Q") && refused.contains("missile"), "{refused}");
        assert!(keys.rebind(Action::Chat, Bound::Mouse(MouseButton::Left)).unwrap_err().contains("wants a key"));
        assert_eq!(keys, before);
        keys.reset();
        assert_eq!(keys, Keys::default());
    }

    #[test]
    fn every_action_is_listed_and_has_something_bound() {
        let keys = Keys::default();
        assert!(Action::ALL.iter().all(|action| !keys.bound(*action).is_empty()));
        assert_eq!(keys.bound.len(), Action::ALL.len());
    }

    #[test]
    fn what_is_changed_is_found_again_in_the_file() {
        let folder = env::temp_dir().join(format!("auspice-keys-{}", std::process::id()));
        let file = folder.join("deep/keys.toml");
        let mut keys = Keys { file: Some(file.clone()), ..Keys::default() };
        keys.rebind(Action::Missile, Bound::Key(KeyCode::KeyX)).unwrap();
        assert_eq!(keys.save(), Ok(file.as_path()));
        assert_eq!(Keys::load(Some(&file)).unwrap(), keys);
        fs::remove_dir_all(folder).unwrap();
        assert!(Keys::default().save().unwrap_err().contains("until you quit"));
    }

    #[test]
    fn mistakes_are_named() {
        assert!(Keys::parse("jump = [\"KeyI\"]").unwrap_err().contains("jump"));
        assert!(Keys::parse("fire = [\"Trigger\"]").unwrap_err().contains("Trigger"));
        assert!(Keys::load(Some(Path::new("/no/such/file"))).unwrap_err().contains("/no/such/file"));
    }
}
