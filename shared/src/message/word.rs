//! [`ClientWord`]: what a client says beside its inputs, now and then. An empty message says that one is next.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::control;
use crate::error::PeerFault;
use crate::limits::ROOM_WISH_BYTES_MAX;

/// A word of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ClientWord {
    /// Wants to go to another room, as an address would say it: a code, `new`, `any/mode=duel`.
    Go {
        /// Room that it wants.
        room: String,
    },
    /// Has read a further welcome: what follows is for that room.
    Arrived,
}

impl ClientWord {
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, PeerFault> {
        match control::decode(bytes, "a word")? {
            Self::Go { room } if room.len() > ROOM_WISH_BYTES_MAX => Err(PeerFault::BadControl("a word")),
            word => Ok(word),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_these_bytes() {
        for (word, bytes) in
            [(ClientWord::Go { room: "new".into() }, &[0, 3, b'n', b'e', b'w'][..]), (ClientWord::Arrived, &[1])]
        {
            assert_eq!(control::encode(&word).unwrap(), bytes);
            assert_eq!(ClientWord::read(bytes), Ok(word));
        }
        let long = ClientWord::Go { room: "x".repeat(ROOM_WISH_BYTES_MAX + 1) };
        assert!(ClientWord::read(&control::encode(&long).unwrap()).is_err());
    }
}
