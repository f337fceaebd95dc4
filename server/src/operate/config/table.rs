//! The table of settings: what is written once of each, and what flags, help and checks take from it.

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, ValueEnum};
use toml::Value;

use super::value::value_like;

/// Makes a struct of settings, its defaults for a game, its checks of ranges, and its [`SettingRow`]s, of one line
/// for each setting: its help (which is its documentation), name, type, default, what its value is called in
/// help, and its range or its words.
macro_rules! settings {
    (
        $(#[$meta:meta])*
        pub struct $name:ident for $game:ident {
            $(
                $(#[doc = $help:literal])+
                $field:ident: $type:ty = $default:expr, $value:literal
                    $(, in $low:literal to $high:expr)? $(, of $words:ty)?;
            )*
        }
    ) => {
        $(#[$meta])*
        pub struct $name {
            $($(#[doc = $help])+ pub $field: $type,)*
        }

        impl $name {
            /// The defaults for a game.
            #[must_use]
            pub fn for_game<$game: Game>() -> Self {
                Self { $($field: $default,)* }
            }

            /// Checks every number that has a range.
            fn check_ranges(&self) -> Result<(), ConfigError> {
                $($(within(&name_of(stringify!($field)), u64::from(self.$field), $low, u64::from($high))?;)?)*
                Ok(())
            }

            /// A row for each setting.
            pub(crate) fn rows() -> Vec<SettingRow> {
                vec![$(SettingRow {
                    name: name_of(stringify!($field)),
                    help: concat!($($help),+).trim(),
                    value: $value,
                    range: None::<(u64, u64)>$(.or(Some(($low, u64::from($high)))))?,
                    words: None::<Vec<String>>$(.or(Some(words_of::<$words>())))?,
                },)*]
            }
        }
    };
}

pub(super) use settings;

/// A setting's row, beside its default: what its flag, its help and its check need to know.
pub(crate) struct SettingRow {
    /// The name as a file writes it: `tick-hz`.
    pub(crate) name: String,
    pub(crate) help: &'static str,
    /// The name of its value in help.
    pub(crate) value: &'static str,
    /// Least and greatest value of a number.
    pub(crate) range: Option<(u64, u64)>,
    /// The words of a setting that is one of some.
    pub(crate) words: Option<Vec<String>>,
}

/// The name of a field's setting in a file: `tick-hz` for `tick_hz`.
pub(super) fn name_of(field: &str) -> String {
    field.replace('_', "-")
}

/// The words that a setting of this type may be.
pub(super) fn words_of<T: ValueEnum>() -> Vec<String> {
    let values = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    values.map(|value| value.get_name().to_owned()).collect()
}

impl SettingRow {
    /// The setting's flag. Like its default, it is a switch, a list that grows by each flag, or a text that
    /// is read with the others.
    pub(crate) fn flag(&self, default: &Value) -> Arg {
        let flag = Arg::new(self.name.clone()).long(self.name.clone()).help(self.help_with(default));
        match default {
            Value::Boolean(_) => flag.action(ArgAction::SetTrue),
            Value::Array(_) => flag.action(ArgAction::Append).value_name(self.value),
            _ => match &self.words {
                Some(words) => flag.value_name(self.value).value_parser(PossibleValuesParser::new(words.clone())),
                None => flag.value_name(self.value),
            },
        }
    }

    fn help_with(&self, default: &Value) -> String {
        let range = self.range.map(|(low, high)| format!("{low} to {high}"));
        let facts: Vec<String> =
            range.into_iter().chain(shown(default).map(|default| format!("default: {default}"))).collect();
        if facts.is_empty() { self.help.to_owned() } else { format!("{} [{}]", self.help, facts.join("; ")) }
    }

    /// The value that was typed for the setting, if any was.
    pub(crate) fn typed(&self, matches: &ArgMatches, default: &Value) -> Option<Value> {
        let texts = || matches.get_many::<String>(&self.name).map(Iterator::cloned);
        match default {
            Value::Boolean(_) => matches.get_flag(&self.name).then_some(Value::Boolean(true)),
            Value::Array(_) => Some(Value::Array(texts()?.map(Value::String).collect())),
            _ => Some(value_like(&texts()?.next()?, default)),
        }
    }
}

/// A default as help shows it: nothing for a switch, which is off.
pub(crate) fn shown(default: &Value) -> Option<String> {
    match default {
        Value::Boolean(_) => None,
        Value::String(text) if text.is_empty() => Some("none".into()),
        Value::Array(list) if list.is_empty() => Some("none".into()),
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
