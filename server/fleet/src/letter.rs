//! Letters between nodes.

use serde::{Deserialize, Serialize};

use crate::id::{Epoch, FleetCode, NodeId};
use crate::limits::LETTER_BYTES_MAX;
use crate::words::OneTimeWord;

/// A letter. Old and repeated ones are told by `number`; a request's age by `echo`, on the clock of who reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Letter {
    pub(crate) from: NodeId,
    /// Counts the letters of this sender.
    pub(crate) number: u64,
    /// The sender's clock.
    pub(crate) stamp: u64,
    /// The last stamp that the sender had of the receiver, 0 for none.
    pub(crate) echo: u64,
    pub(crate) body: LetterBody,
}

/// Contents of a letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum LetterBody {
    /// The sender lives. `promise`: it is blind, and takes nothing over for one lease from now.
    Beat { sees: bool, promise: bool, rooms: u32, direct: String },
    /// Make a room.
    Place { ask: u64, schema: u64, options: String },
    /// The room was made, or not.
    Placed { ask: u64, room: Option<FleetCode> },
    /// Asks for the fullest room of the other that is so and has a place; or for the one that has a seat.
    Seek {
        ask: u64,
        schema: u64,
        wish: String,
        #[serde(default)]
        is_seat: bool,
    },
    /// The room that was sought, with its number of players. Where there is none, one of which that is not known yet
    /// may be moving there; a node that says nothing of that knows nothing of seats.
    Found {
        ask: u64,
        room: Option<(FleetCode, u32)>,
        #[serde(default = "unknown")]
        is_moving: bool,
    },
    /// A player comes with this word, and this is who it is.
    Expect { ask: u64, room: FleetCode, word: OneTimeWord, who: String },
    /// The word is known here.
    Expected { ask: u64 },
    /// Follow this room's log: you are to go on with it.
    Offer { room: FleetCode, epoch: Epoch, schema: u64 },
    /// The log is followed, and so many of its players wait here.
    Ready {
        room: FleetCode,
        epoch: Epoch,
        #[serde(default)]
        players: u32,
    },
    /// The room is yours, after this tick.
    Take { room: FleetCode, epoch: Epoch, tick: u32 },
    /// The sender knows.
    Taken { room: FleetCode, epoch: Epoch },
    /// Inputs that reached the former owner too late.
    Late { room: FleetCode, bytes: Vec<u8> },
}

/// The answer of an older node to what it does not know: it may be so.
const fn unknown() -> bool {
    true
}

impl LetterBody {
    /// Whether it is done only while it is young: a node that wakes up does nothing that others have given up.
    pub(crate) fn is_request(&self) -> bool {
        matches!(
            self,
            Self::Place { .. }
                | Self::Seek { .. }
                | Self::Expect { .. }
                | Self::Offer { .. }
                | Self::Take { .. }
                | Self::Late { .. }
        )
    }
}

impl Letter {
    /// The letter as bytes. None where it is longer than [`LETTER_BYTES_MAX`].
    pub(crate) fn encode(&self) -> Option<Vec<u8>> {
        serde_json::to_vec(self).ok().filter(|bytes| bytes.len() <= LETTER_BYTES_MAX)
    }

    /// The letter of bytes that came. None where they are none.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        (bytes.len() <= LETTER_BYTES_MAX).then(|| serde_json::from_slice(bytes).ok()).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Incarnation;

    #[test]
    fn an_older_node_that_does_not_know_of_seats_may_have_the_one_that_is_sought() {
        let found = |body: &str| {
            let head = r#"{"from":"0000000000000001","number":2,"stamp":3,"echo":4,"body":{"Found":"#;
            let letter = Letter::decode(format!("{head}{body}}}}}").as_bytes()).expect("it is one");
            match letter.body {
                LetterBody::Found { ask: 5, room: None, is_moving } => is_moving,
                body => panic!("{body:?}"),
            }
        };
        assert!(found(r#"{"ask":5,"room":null}"#));
        assert!(found(r#"{"ask":5,"room":null,"is_moving":true}"#));
        assert!(!found(r#"{"ask":5,"room":null,"is_moving":false}"#));
    }

    #[test]
    fn a_letter_comes_back_and_any_cut_or_flip_is_none_or_another_letter() {
        let room = FleetCode::new("x").expect("it is a code");
        let epoch = Epoch { incarnation: Incarnation(u64::MAX), revision: u64::MAX };
        let letter =
            Letter { from: NodeId(1), number: 2, stamp: 3, echo: 4, body: LetterBody::Take { room, epoch, tick: 9 } };
        let bytes = letter.encode().expect("it is short");
        assert_eq!(Letter::decode(&bytes).as_ref(), Some(&letter));
        for end in 0..bytes.len() {
            assert_eq!(Letter::decode(&bytes[..end]), None);
        }
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(Letter::decode(&bytes).as_ref(), Some(&letter));
        }
    }
}
