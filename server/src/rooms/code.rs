//! [`RoomCode`]: a room's name, short enough to be told a friend and too long to be guessed.

use std::fmt;

/// Letters and digits that are not taken for each other (Crockford's), so that each is 5 bits.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Characters of a code. 50 bits: with 10,000 rooms and a try each second, one is found in 1800 years by half; an
/// address has `WRONG_CODES_MAX` a minute.
const CHARACTERS: usize = 10;

/// A room's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RoomCode([u8; CHARACTERS]);

impl RoomCode {
    /// A code that nobody draws, to measure by.
    pub(crate) const ZERO: Self = Self([b'0'; CHARACTERS]);

    /// A new one, that nobody can foresee.
    ///
    /// # Errors
    /// The operating system's, where it gives no random numbers.
    pub(crate) fn draw() -> Result<Self, getrandom::Error> {
        let mut random = [0; CHARACTERS];
        getrandom::fill(&mut random)?;
        Ok(Self(random.map(|byte| ALPHABET[usize::from(byte % 32)])))
    }

    /// Reads what somebody typed: capitals are as good, and what is often taken for another character is that.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text: &[u8; CHARACTERS] = text.as_bytes().try_into().ok()?;
        let meant = text.map(|byte| match byte.to_ascii_lowercase() {
            b'o' => b'0',
            b'i' | b'l' => b'1',
            other => other,
        });
        meant.iter().all(|byte| ALPHABET.contains(byte)).then_some(Self(meant))
    }
}

impl fmt::Display for RoomCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|&byte| write!(f, "{}", char::from(byte)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_it_was_shown_in_capitals_too() {
        for _ in 0..100 {
            let code = RoomCode::draw().unwrap();
            assert_eq!(RoomCode::parse(&code.to_string()), Some(code));
            assert_eq!(RoomCode::parse(&code.to_string().to_uppercase()), Some(code));
        }
        assert_eq!(RoomCode::parse("OIL0000000"), RoomCode::parse("0110000000"));
        for wrong in ["", "000000000", "00000000000", "u000000000", "000000000/", "00000000é"] {
            assert_eq!(RoomCode::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn no_two_codes_are_alike() {
        let drawn: std::collections::BTreeSet<_> = (0..10_000).map(|_| RoomCode::draw().unwrap()).collect();
        assert_eq!(drawn.len(), 10_000);
    }
}
