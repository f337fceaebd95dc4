//! A setting's value before it has a type: made of a text, read as a type, and what is wrong with it in words.

use std::fmt;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error, Expected, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use toml::Value;

/// The value that a text means for a setting whose default is `like`: a list has commas. One that cannot mean
/// such a thing stays a text, of which [`read`] says what is wrong.
pub(super) fn value_like(text: &str, like: &Value) -> Value {
    let text = text.trim();
    let meant = match like {
        Value::Integer(_) => text.parse().ok().map(Value::Integer),
        Value::Float(_) => text.parse().ok().map(Value::Float),
        Value::Boolean(_) => text.parse().ok().map(Value::Boolean),
        Value::Array(_) => Some(Value::Array(parts(text))),
        _ => None,
    };
    meant.unwrap_or_else(|| Value::String(text.to_owned()))
}

fn parts(text: &str) -> Vec<Value> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(Value::from).collect()
}

/// Reads settings, each by its name, as a type that has a field for each.
pub(super) fn read<'a, T: DeserializeOwned>(
    settings: impl Iterator<Item = (&'a str, &'a Value)>,
) -> Result<T, ValueFault> {
    T::deserialize(MapDeserializer::new(settings.map(|(name, value)| (name, Given(value)))))
}

/// The fault of a value, for people who do not know the types of Rust: a sentence that goes on from the
/// value's name.
#[derive(Debug)]
pub(super) struct ValueFault(String);

impl fmt::Display for ValueFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ValueFault {}

impl Error for ValueFault {
    fn custom<T: fmt::Display>(sentence: T) -> Self {
        Self(format!("is no good: {sentence}"))
    }

    fn invalid_type(found: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        let wanted = wanted.to_string();
        match found {
            Unexpected::Unsigned(number) if wanted.starts_with('u') => Self(format!("is {number}, which is too large")),
            Unexpected::Str(text) if wanted.starts_with('u') && is_beyond_toml(text) => {
                Self(format!("is {text}, which is too large"))
            }
            found => Self(format!("is {}, but must be {}", in_words(found), wanted_in_words(&wanted))),
        }
    }

    fn invalid_value(found: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        Self::invalid_type(found, wanted)
    }

    fn unknown_variant(found: &str, words: &'static [&'static str]) -> Self {
        Self(format!("is {found}, but must be one of {}", words.join(", ")))
    }
}

/// Whether a text is a whole number that is larger than those of TOML.
fn is_beyond_toml(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<i64>().is_err()
}

/// A value, as it was written.
fn in_words(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(value) => value.to_string(),
        Unexpected::Unsigned(value) => value.to_string(),
        Unexpected::Signed(value) => value.to_string(),
        Unexpected::Float(value) => value.to_string(),
        Unexpected::Str(value) => format!("{value:?}"),
        Unexpected::Seq => "a list".into(),
        Unexpected::Map => "a table".into(),
        other => other.to_string(),
    }
}

/// The name of a type of Rust, in words for everybody.
fn wanted_in_words(wanted: &str) -> String {
    match wanted {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number, 0 or more".into(),
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number".into(),
        "f32" | "f64" => "a number".into(),
        "a boolean" => "true or false".into(),
        "a string" | "path string" | "string" => "a text".into(),
        "a sequence" => "a text, or a list of texts".into(),
        other => other.into(),
    }
}

/// A value of a setting, for whatever type it is to be.
struct Given<'a>(&'a Value);

impl<'de> IntoDeserializer<'de, ValueFault> for Given<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Given<'_> {
    type Error = ValueFault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueFault> {
        match self.0 {
            Value::String(text) => visitor.visit_str(text),
            Value::Integer(number @ 0..) => visitor.visit_u64(number.unsigned_abs()),
            Value::Integer(number) => visitor.visit_i64(*number),
            Value::Float(number) => visitor.visit_f64(*number),
            Value::Boolean(value) => visitor.visit_bool(*value),
            Value::Datetime(time) => visitor.visit_string(time.to_string()),
            Value::Array(list) => visitor.visit_seq(SeqDeserializer::new(list.iter().map(Given))),
            Value::Table(table) => {
                visitor.visit_map(MapDeserializer::new(table.iter().map(|(name, value)| (name.as_str(), Given(value)))))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueFault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, ValueFault> {
        visitor.visit_newtype_struct(self)
    }

    /// Reads one of some words. What is no word is none of them.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueFault> {
        let word = self.0.as_str().map_or_else(|| self.0.to_string(), str::to_owned);
        visitor.visit_enum(word.into_deserializer())
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}
