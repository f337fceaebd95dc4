//! The file of keys: read at the start, written by hand or from the menu.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Action, Bound, Keys, VOLUME_MAX};
use crate::demo::kept;

/// The file as it is written.
#[derive(Deserialize)]
struct Written {
    volume: Option<u8>,
    #[serde(flatten)]
    bound: BTreeMap<Action, Vec<String>>,
}

impl Keys {
    /// Loads the player's own file if there is one; the usual keys otherwise.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn load(file: Option<&Path>) -> Result<Self, String> {
        let own = usual_file();
        let mut keys = match file {
            Some(named) => Self::read(named)?.ok_or_else(|| format!("{}: there is no such file", named.display()))?,
            None => own.as_deref().map(Self::read).transpose()?.flatten().unwrap_or_default(),
        };
        keys.file = file.map(Path::to_owned).or(own);
        Ok(keys)
    }

    /// Loads the player's own file, for whoever cannot mend one: where it cannot be read they are as usual,
    /// and what is wrong stands beside them. The next [`save`](Self::save) writes it anew.
    #[must_use]
    pub fn load_or_usual() -> (Self, Option<String>) {
        Self::or_usual(Self::load(None), usual_file())
    }

    fn or_usual(loaded: Result<Self, String>, file: Option<PathBuf>) -> (Self, Option<String>) {
        match loaded {
            Ok(keys) => (keys, None),
            Err(wrong) => (Self { file, ..Self::default() }, Some(wrong)),
        }
    }

    /// `None` if there is no such file.
    fn read(file: &Path) -> Result<Option<Self>, String> {
        let said = |error: String| format!("{}: {error}", file.display());
        let text = kept::read(file).map_err(|error| said(error.to_string()))?;
        text.map(|text| Self::parse(&text).map_err(said)).transpose()
    }

    /// Writes them to the file that they were loaded from or, if there was none, to the player's own.
    ///
    /// # Errors
    /// Why they are not kept: a sentence.
    pub fn save(&self) -> Result<&Path, String> {
        let file = self.file.as_deref().ok_or("they hold until you quit: there is no folder for settings")?;
        let written = kept::write(file, &self.to_toml());
        written.map(|()| file).map_err(|error| format!("they hold until you quit: {}: {error}", file.display()))
    }

    /// Parses the text of a file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let changed: Written = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut keys = Self::default();
        if let Some(volume) = changed.volume {
            keys.volume = Some(volume).filter(|volume| *volume <= VOLUME_MAX).ok_or("volume is at most 100")?;
        }
        for (action, names) in changed.bound {
            let bound = names.iter().map(|wanted| {
                let found = Bound::all().find(|bound| bound.name() == *wanted);
                found.ok_or_else(|| {
                    format!(
                        "there is no key called {wanted:?}; the names are as in {:?}",
                        "ArrowUp, KeyW, Digit1, F5, MouseLeft, PadSouth"
                    )
                })
            });
            keys.bound.insert(action, bound.collect::<Result<_, _>>()?);
        }
        Ok(keys)
    }

    /// The keys as the text of a file.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut out = format!("volume = {}\n", self.volume);
        for (action, bound) in &self.bound {
            let names: Vec<String> = bound.iter().map(|bound| bound.name()).collect();
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

/// The player's own file: `auspice/keys.toml` in the folder for settings.
#[must_use]
pub fn usual_file() -> Option<PathBuf> {
    kept::usual_folder().map(|folder| folder.join("auspice/keys.toml"))
}

#[cfg(test)]
mod tests {
    use std::{env, fs};

    use bevy::prelude::*;

    use super::*;

    #[test]
    fn what_is_printed_is_read_again() {
        let keys = Keys::default();
        assert_eq!(Keys::parse(&keys.to_toml()).unwrap(), keys);
        assert!(keys.to_toml().contains("fly_there = [\"MouseRight\"]"), "{}", keys.to_toml());
        assert!(keys.to_toml().contains("missile = [\"KeyQ\", \"PadNorth\"]"), "{}", keys.to_toml());
    }

    #[test]
    fn a_file_changes_what_it_names_and_nothing_else() {
        let keys = Keys::parse("thrust = [\"KeyI\", \"PadLeftTrigger\"]").unwrap();
        assert_eq!(keys.bound(Action::Thrust), [Bound::Key(KeyCode::KeyI), Bound::Pad(GamepadButton::LeftTrigger)]);
        assert_eq!(keys.bound(Action::Fire), Keys::default().bound(Action::Fire));
        assert_eq!(keys.said(Action::Fire), ["Space, mouse left", "lower button"]);
    }

    #[test]
    fn what_is_changed_is_found_again_in_the_file() {
        let folder = env::temp_dir().join(format!("auspice-keys-{}", std::process::id()));
        let file = folder.join("deep/keys.toml");
        let mut keys = Keys { file: Some(file.clone()), ..Keys::default() };
        keys.rebind(Action::Missile, Bound::Key(KeyCode::KeyX)).unwrap();
        keys.rebind(Action::Missile, Bound::Pad(GamepadButton::C)).unwrap();
        keys.turn_volume(-30);
        assert_eq!(keys.save(), Ok(file.as_path()));
        assert_eq!(Keys::load(Some(&file)).unwrap(), keys);
        fs::remove_dir_all(folder).unwrap();
        assert!(Keys::default().save().unwrap_err().contains("until you quit"));
    }

    #[test]
    fn where_nobody_can_mend_a_file_its_mistakes_cost_nothing_else() {
        let file = PathBuf::from("auspice/keys.toml");
        let (keys, wrong) = Keys::or_usual(Keys::parse("jump = [\"KeyI\"]"), Some(file.clone()));
        assert_eq!(keys, Keys { file: Some(file), ..Keys::default() }, "the next time it is written it is right");
        assert!(wrong.unwrap().contains("jump"));
        let kept = Keys::parse("fire = [\"KeyI\"]");
        assert_eq!(Keys::or_usual(kept.clone(), None), (kept.unwrap(), None));
    }

    #[test]
    fn mistakes_are_named() {
        assert!(Keys::parse("jump = [\"KeyI\"]").unwrap_err().contains("jump"));
        assert!(Keys::parse("fire = [\"Trigger\"]").unwrap_err().contains("Trigger"));
        assert!(Keys::parse("volume = 101").unwrap_err().contains("volume"));
        assert!(Keys::parse("fire = [\"PadDPadLeft\"]").unwrap_err().contains("PadDPadLeft"), "it steers");
        assert!(Keys::load(Some(Path::new("/no/such/file"))).unwrap_err().contains("/no/such/file"));
    }
}
