//! Settings in layers, each over the one before: defaults, a file, the environment, flags.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::de::{DeTable, Error as TomlError};
use toml::{Table, Value};

use super::error::ConfigError;
use super::value::{ValueFault, read, value_like};

/// Environment variables with this prefix are settings: `AUSPICE_TICK_HZ` is `tick-hz`.
pub const ENVIRONMENT_PREFIX: &str = "AUSPICE_";

/// Likeness of names, of 1000, from which on one may have been meant by the other.
const LIKENESS_MIN: u32 = 800;

/// Values given for the settings that there are.
pub(crate) struct Layers {
    defaults: Table,
    given: BTreeMap<String, GivenSetting>,
}

/// A value, and where it was given.
struct GivenSetting {
    value: Value,
    place: Origin,
}

/// Origin where a value was given, in the words of an error.
enum Origin {
    File { name: String, line: usize },
    Environment,
    Flag,
}

/// Settings as a table.
pub(crate) fn written<T: Serialize>(settings: &T) -> Result<Table, ConfigError> {
    Table::try_from(settings).map_err(|error| ConfigError::new(format!("the defaults cannot be written: {error}")))
}

impl Layers {
    /// No layer yet but the defaults, which name every setting.
    pub(crate) const fn over(defaults: Table) -> Self {
        Self { defaults, given: BTreeMap::new() }
    }

    /// A TOML file, whose every key must be a setting.
    pub(crate) fn file(mut self, path: &Path) -> Result<Self, ConfigError> {
        let name = path.display().to_string();
        let text =
            std::fs::read_to_string(path).map_err(|error| ConfigError::new(format!("cannot read {name}: {error}")))?;
        let line = |at: usize| text[..at].lines().count().max(1);
        let broken = |error: TomlError| {
            let line = error.span().map_or(1, |span| line(span.start));
            ConfigError::new(format!("{name}, line {line}: {}", error.message()))
        };
        let lines: BTreeMap<String, usize> = DeTable::parse(&text)
            .map_err(broken)?
            .get_ref()
            .keys()
            .map(|key| (key.get_ref().to_string(), line(key.span().start + 1)))
            .collect();
        for (key, value) in text.parse::<Table>().map_err(broken)? {
            let line = lines.get(&key).copied().unwrap_or(1);
            let Some(default) = self.defaults.get(&key) else {
                return Err(ConfigError::new(format!(
                    "{name}, line {line}: there is no setting {key}; {}",
                    self.meant_by(&key)
                )));
            };
            // A list of one may be written as a text.
            let value =
                value.as_str().filter(|_| default.is_array()).map(|text| value_like(text, default)).unwrap_or(value);
            self.give(key, value, Origin::File { name: name.clone(), line });
        }
        Ok(self)
    }

    /// The environment, whose every variable with the prefix must be a setting: one that is misspelt would be
    /// a setting that nobody knows not to hold.
    pub(crate) fn environment(
        mut self,
        variables: impl Iterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        for (variable, text) in variables {
            let variable = variable.to_string_lossy().to_ascii_uppercase();
            let Some(name) = variable.strip_prefix(ENVIRONMENT_PREFIX) else { continue };
            let name = name.replace('_', "-").to_ascii_lowercase();
            let Some(default) = self.defaults.get(&name) else {
                let meant = self.meant_by(&name);
                return Err(ConfigError::new(format!(
                    "there is no setting for the environment variable {variable}; {meant}"
                )));
            };
            let Some(text) = text.to_str() else {
                return Err(ConfigError::new(format!("the environment variable {variable} is no text in UTF-8")));
            };
            let value = value_like(text, default);
            self.give(name, value, Origin::Environment);
        }
        Ok(self)
    }

    /// Flags, of which there are only those that were typed.
    pub(crate) fn flags(mut self, flags: Table) -> Self {
        flags.into_iter().for_each(|(name, value)| self.give(name, value, Origin::Flag));
        self
    }

    fn give(&mut self, name: String, value: Value, place: Origin) {
        self.given.insert(name, GivenSetting { value, place });
    }

    /// The setting that whoever wrote `unknown` may have meant.
    fn meant_by(&self, unknown: &str) -> String {
        let likeness = |name: &&String| (strsim::jaro_winkler(name, unknown) * 1000.0) as u32;
        match self.defaults.keys().max_by_key(likeness).filter(|name| likeness(name) > LIKENESS_MIN) {
            Some(meant) => format!("perhaps {meant} ({} in the environment) is meant", variable(meant)),
            None => format!("there are {}", self.defaults.keys().map(String::as_str).collect::<Vec<_>>().join(", ")),
        }
    }

    /// The settings with what was given, for those that `defaults` are of.
    pub(crate) fn extract<T: Serialize + DeserializeOwned>(&self, defaults: &T) -> Result<T, ConfigError> {
        let defaults = written(defaults)?;
        let given = |name: &str| self.given.get(name).map(|given| &given.value);
        let settings = defaults.iter().map(|(name, value)| (name.as_str(), given(name).unwrap_or(value)));
        read(settings).map_err(|fault| self.blame::<T>(&defaults, &fault))
    }

    /// The sentence for the first setting that has a fault by itself, over the defaults, which have none.
    fn blame<T: DeserializeOwned>(&self, defaults: &Table, fault: &ValueFault) -> ConfigError {
        for (name, given) in self.given.iter().filter(|(name, _)| defaults.contains_key(*name)) {
            let with_it = |(other, value)| (String::as_str(other), if other == name { &given.value } else { value });
            if let Err(fault) = read::<T>(defaults.iter().map(with_it)) {
                return ConfigError::new(format!("{name}, {}, {fault}", given.place.in_words(name)));
            }
        }
        ConfigError::new(format!("what all settings come to {fault}"))
    }
}

impl Origin {
    fn in_words(&self, name: &str) -> String {
        match self {
            Self::File { name, line } => format!("in {name}, line {line}"),
            Self::Environment => format!("by {} in the environment", variable(name)),
            Self::Flag => format!("by --{name}"),
        }
    }
}

/// The environment variable of a setting.
fn variable(name: &str) -> String {
    ENVIRONMENT_PREFIX.to_owned() + &name.replace('-', "_").to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    struct Few {
        tick_hz: u32,
        name: String,
    }

    fn few() -> Few {
        Few { tick_hz: 30, name: "default".into() }
    }

    fn from_file(text: &str) -> Result<Few, ConfigError> {
        let number = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
        let path = std::env::temp_dir().join(format!("auspice-config-{}-{number}.toml", std::process::id()));
        std::fs::write(&path, text).unwrap();
        let layers = Layers::over(written(&few()).unwrap()).file(&path);
        std::fs::remove_file(&path).unwrap();
        layers?.extract(&few())
    }

    #[test]
    fn a_file_goes_over_defaults_and_flags_over_both() {
        assert_eq!(from_file("tick-hz = 60").unwrap(), Few { tick_hz: 60, name: "default".into() });
        let mut flags = Table::new();
        flags.insert("tick-hz".into(), Value::Integer(20));
        let both: Few = Layers::over(written(&few()).unwrap()).flags(flags).extract(&few()).unwrap();
        assert_eq!(both.tick_hz, 20);
    }

    #[test]
    fn faults_of_a_file_are_told_in_a_sentence() {
        let message = |text| from_file(text).unwrap_err().to_string();
        assert!(message("tick-hertz = 60").ends_with(
            "there is no setting tick-hertz; perhaps tick-hz (AUSPICE_TICK_HZ in the environment) is meant"
        ));
        assert!(message("colour = 60").ends_with("there is no setting colour; there are name, tick-hz"));
        assert!(message("name = \"a\"\ntick-hz = ").contains(", line 2: "));
        let wrong = |text| {
            let wrong = message(text);
            assert!(wrong.starts_with("tick-hz, in ") && wrong.contains(".toml, line 1, is "), "{wrong}");
            wrong
        };
        assert!(wrong("tick-hz = \"many\"").ends_with("is \"many\", but must be a whole number, 0 or more"));
        assert!(wrong("tick-hz = -5").ends_with("is -5, but must be a whole number, 0 or more"));
        assert!(wrong("tick-hz = 5000000000").ends_with("is 5000000000, which is too large"));
        assert!(wrong("tick-hz = [1]").ends_with("is a list, but must be a whole number, 0 or more"));
    }

    #[test]
    fn a_missing_file_is_told_by_name() {
        let error = Layers::over(Table::new()).file(Path::new("no/such.toml")).err().unwrap().to_string();
        assert!(error.starts_with("cannot read no/such.toml: "), "{error}");
    }
}
