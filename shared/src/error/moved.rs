//! [`Moved`]: the machine at which a player's room is, as a close frame tells it; and [`SentWord`], which lets it in
//! there.

use alloc::format;
use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::limits::{SENT_WORD_BYTES, WAY_BYTES_MAX};

/// Another machine of the same server, to which a client is sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Moved {
    /// The address to dial: `ws://` or `wss://`, with the room's path, of [`WAY_BYTES_MAX`] bytes at most.
    pub address: String,
    /// The word by which that machine lets the client in, where it has no token to come back by.
    pub word: Option<SentWord>,
}

/// Leaves the word out: it opens a door.
impl fmt::Debug for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Moved").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Moved {
    /// The text of the close frame: the address, and behind a space the word's 32 digits, if there is one.
    #[must_use]
    pub fn text(&self) -> String {
        match &self.word {
            Some(word) => format!("{} {}", self.address, word.text()),
            None => self.address.clone(),
        }
    }

    /// Reads what [`text`](Self::text) wrote. `None` for anything else: a peer may write what it likes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, word) = match text.split_once(' ') {
            Some((address, word)) => (address, Some(SentWord::parse(word)?)),
            None => (text, None),
        };
        is_way(address).then(|| Self { address: address.into(), word })
    }
}

/// A word that one machine of a server takes once, within some seconds, of a client that another one has let in.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentWord(pub [u8; SENT_WORD_BYTES]);

impl SentWord {
    /// The word as 32 digits.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The word of 32 digits. `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 2 * SENT_WORD_BYTES || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        u128::from_str_radix(text, 16).ok().map(|word| Self(word.to_be_bytes()))
    }
}

/// Leaves the word out: it opens a door.
impl fmt::Debug for SentWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SentWord(..)")
    }
}

/// Whether it is an address that a client may be sent to.
pub(crate) fn is_way(address: &str) -> bool {
    let is_known = address.starts_with("ws://") || address.starts_with("wss://");
    is_known && address.len() <= WAY_BYTES_MAX && address.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn where_to_go_is_read_as_it_was_written_and_nothing_else_is() {
        let (address, word) = ("wss://b.example:7700/play/0123456789".to_string(), SentWord([0xab; 16]));
        for moved in
            [Moved { address: address.clone(), word: None }, Moved { address: address.clone(), word: Some(word) }]
        {
            assert_eq!(Moved::parse(&moved.text()), Some(moved));
        }
        let longest = format!("wss://{}", "x".repeat(WAY_BYTES_MAX - 6));
        let text = Moved { address: longest.clone(), word: Some(word) }.text();
        assert!(Moved::parse(&text).is_some() && text.len() <= 123, "a close frame has room for it");
        for wrong in ["", "http://b.example", "wss://b.example x", "wss://b example", "wss://b\n", &(longest + "x")] {
            assert_eq!(Moved::parse(wrong), None, "{wrong}");
        }
        let told = format!("{:?}", Moved { address, word: Some(word) });
        assert!(!told.contains("abab"), "{told}");
    }
}
