//! Names: of nodes, rooms, lives of the store, and the epoch of an owner.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits::CODE_BYTES_MAX;

/// A node: one run of one process. A process that starts again, or that lost its rooms, has another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct NodeId(pub u64);

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl From<NodeId> for String {
    fn from(node: NodeId) -> Self {
        node.to_string()
    }
}

impl TryFrom<String> for NodeId {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        u64::from_str_radix(&text, 16).map(Self)
    }
}

/// A life of the store: from when it was made to when it was lost. Later ones are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Incarnation(pub u64);

impl Incarnation {
    /// A later one than any that is known, and than any that was made earlier by a clock that goes right. No two are
    /// equal: the low bits are drawn.
    pub(crate) fn after(known: Option<Self>, wall_us: u64, draw: u64) -> Self {
        let by_time = (wall_us / 1000) << 20 | (draw & 0xf_ffff);
        Self(by_time.max(known.map_or(0, |known| known.0.saturating_add(1 + (draw & 0xff)))))
    }
}

/// A right to write: a later one of the same room is greater, also over a store that was lost and counts from 1 again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Epoch {
    /// The life of the store in which it was given.
    pub incarnation: Incarnation,
    /// The revision of the room's record in it.
    pub revision: u64,
}

/// A room's code, by which players find it: 1 to [`CODE_BYTES_MAX`] bytes of any characters but controls. Case counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct FleetCode(Box<str>);

/// Reasons for which a text is no code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeFault {
    /// No bytes, or more than [`CODE_BYTES_MAX`].
    Length(usize),
    /// A control character.
    Control,
}

impl fmt::Display for CodeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(bytes) => write!(f, "a room's code has 1 to {CODE_BYTES_MAX} bytes, and this {bytes}"),
            Self::Control => write!(f, "a room's code has no control characters"),
        }
    }
}

impl std::error::Error for CodeFault {}

/// Letters of codes that nodes make: none that looks like another one (Crockford's).
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl FleetCode {
    /// A code of someone's own words.
    ///
    /// # Errors
    /// When it is too short, too long, or has control characters.
    pub fn new(text: &str) -> Result<Self, CodeFault> {
        if text.is_empty() || text.len() > CODE_BYTES_MAX {
            return Err(CodeFault::Length(text.len()));
        }
        if text.chars().any(char::is_control) {
            return Err(CodeFault::Control);
        }
        Ok(Self(text.into()))
    }

    /// A new code of ten letters, 50 of the bits that are drawn: two are equal once in a thousand billion.
    #[must_use]
    pub fn draw(bits: u64) -> Self {
        let letters = (0..10).map(|at| char::from(LETTERS[(bits >> (at * 5) & 31) as usize]));
        Self(letters.collect::<String>().into())
    }

    /// The code as players write it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The code as one token of a key: letters, digits, `-` and `_` as they are, any other byte as `=` and two digits.
    #[must_use]
    pub fn token(&self) -> String {
        let mut token = String::with_capacity(self.0.len());
        for byte in self.0.bytes() {
            if byte.is_ascii_alphanumeric() || b"-_".contains(&byte) {
                token.push(char::from(byte));
            } else {
                token.push_str(&format!("={byte:02x}"));
            }
        }
        token
    }

    /// The code of a token. None where it is none.
    #[must_use]
    pub fn from_token(token: &str) -> Option<Self> {
        let mut bytes = Vec::with_capacity(token.len());
        let mut rest = token.as_bytes();
        while let [first, after @ ..] = rest {
            rest = after;
            if *first == b'=' {
                let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
                rest = &rest[2..];
            } else {
                bytes.push(*first);
            }
        }
        Self::new(std::str::from_utf8(&bytes).ok()?).ok()
    }
}

impl fmt::Display for FleetCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<FleetCode> for String {
    fn from(code: FleetCode) -> Self {
        code.0.into()
    }
}

impl TryFrom<String> for FleetCode {
    type Error = CodeFault;

    fn try_from(text: String) -> Result<Self, CodeFault> {
        Self::new(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_code_is_one_token_and_comes_back() {
        for text in ["a", "Case-Counts_1", "two words", "a.b*c>d", "=41", "Žofie", "🦊", "\u{202e}x"] {
            let code = FleetCode::new(text).expect("it is a code");
            let token = code.token();
            assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_=".contains(&byte)), "{token}");
            assert_eq!(FleetCode::from_token(&token), Some(code), "{token}");
        }
        assert_ne!(FleetCode::new("=41").map(|code| code.token()), FleetCode::new("A").map(|code| code.token()));
    }

    #[test]
    fn what_is_no_code_is_refused_with_a_sentence() {
        assert_eq!(FleetCode::new(""), Err(CodeFault::Length(0)));
        assert_eq!(FleetCode::new(&"x".repeat(65)), Err(CodeFault::Length(65)));
        assert_eq!(FleetCode::new("a\nb"), Err(CodeFault::Control));
        assert_eq!(CodeFault::Length(0).to_string(), "a room's code has 1 to 64 bytes, and this 0");
        for token in ["", "=4", "=zz", "=00", "=ff"] {
            assert_eq!(FleetCode::from_token(token), None, "{token}");
        }
    }

    #[test]
    fn a_later_life_of_the_store_is_greater_whatever_the_clock_says() {
        let first = Incarnation::after(None, 1_700_000_000_000_000, 5);
        let back = Incarnation::after(Some(first), 1_000_000_000_000_000, 9);
        assert!(back > first);
        assert!(Epoch { incarnation: back, revision: 1 } > Epoch { incarnation: first, revision: 9_000 });
    }
}
