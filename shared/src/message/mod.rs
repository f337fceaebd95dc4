//! The messages: layouts only, no policy. `shared/PROTOCOL.md` describes every bit.
//!
//! Which message comes when is a matter of position, not of a type byte: the client's first message is a [`Hello`], all
//! others are inputs; the server's first is a [`Welcome`], all others are updates. An empty message says that the next
//! is none of these: of a client's a word, of the server's the welcome of another room. On a spare connection the
//! server says one word, the tick that inputs are coded against at first. Texts stand beside all of them: [`Talk`].

mod blocks;
pub(crate) mod control;
mod credential;
mod hello;
mod input;
mod talk;
mod text;
mod update;
mod view_delay;
mod word;

pub use crate::error::SentWord;
pub(crate) use blocks::{read_block, write_blocks};
pub use credential::{Credential, ResumeToken};
pub use hello::{Hello, Welcome, game_hash};
pub(crate) use input::{HELD_ORDER, InputBase, InputHead};
pub use talk::{Channel, SaidLine, TALK_SUBPROTOCOL, Talk, is_fit_line};
pub use text::{is_fit_name, is_plain};
pub(crate) use update::{
    EnterCode, Entering, HeadBase, NewestInput, OwnHead, UpdateHead, are_most, read_count, read_gap, write_other_ranks,
    write_ranks,
};
pub(crate) use view_delay::ViewDelay;
pub(crate) use word::ClientWord;

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// Version of the wire. Client and server must have the same.
pub const PROTOCOL_VERSION: u16 = 3;

/// The WebSocket subprotocol.
pub const SUBPROTOCOL: &str = "auspice.v1";

/// The server's measurements of its own ticks, for clients that ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TickReport {
    /// Ticks since the start.
    pub ticks: u64,
    /// Half of the ticks took at most this, in microseconds: from the deadline's wake-up to the last write.
    pub tick_p50_us: u32,
    /// All but one in a hundred.
    pub tick_p99_us: u32,
    /// The longest.
    pub tick_max_us: u32,
    /// Ticks that began later than their deadline allowed, because the one before took too long.
    pub overruns: u64,
    /// Clients playing.
    pub clients: u32,
    /// Entities in the world.
    pub entities: u32,
}

/// The server's counts of one client's inputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputReport {
    /// Inputs that came, all told.
    pub received: u64,
    /// Came after their tick.
    pub late: u64,
    /// Came too far ahead of their tick, and were dropped.
    pub early: u64,
    /// Ticks for which none was there; the last one was repeated.
    pub missing: u64,
    /// Came for a tick that was already spoken for, and were dropped.
    pub repeated: u64,
}

/// The server's announcement about itself to everyone, sent when it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// Rung of overload, when the server has more to do than it can: 0 none, 1 far things come into view
    /// later, 2 updates are half as frequent, 3 nobody is let in, 4 time goes slower.
    pub overload: u8,
    /// Speed of the game's time in percent of real time, 1 to 100.
    pub pace_percent: u8,
    /// Seconds until it closes every connection, once it has been asked to stop.
    pub stops_in_seconds: Option<u16>,
}

/// All is well.
impl Default for Announcement {
    fn default() -> Self {
        Self { overload: 0, pace_percent: 100, stops_in_seconds: None }
    }
}

/// A block of an update, one after the other behind the events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum UpdateBlock {
    /// The answer to a client that asked.
    Reports(Reports),
    /// An announcement, for everyone.
    Announcement(Announcement),
    /// The answer to a client that wanted to go to another room, and cannot.
    Stays {
        /// A sentence for the player.
        why: String,
    },
    /// Addresses by which the player comes back to this room after a loss, the best first: a machine that does not have
    /// it says which one does.
    Ways(Vec<String>),
    /// The address of the machine at which the room goes on soon: the client dials there beside this connection, and
    /// plays here until it is told something there.
    Ahead(String),
}

/// Both, and where the bits of all updates went, as they travel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reports {
    pub(crate) ticks: TickReport,
    pub(crate) inputs: InputReport,
    /// Bits by message part; both ends work out the parts' names from the field tables.
    pub(crate) bits: Vec<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announcement_is_these_bytes() {
        let block =
            UpdateBlock::Announcement(Announcement { overload: 4, pace_percent: 55, stops_in_seconds: Some(30) });
        let bytes = control::encode(&block).unwrap();
        assert_eq!(bytes, [1, 4, 55, 1, 30]);
        assert_eq!(control::decode::<UpdateBlock>(&bytes, "a block").unwrap(), block);
        assert_eq!(control::encode(&UpdateBlock::Announcement(Announcement::default())).unwrap(), [1, 0, 100, 0]);
        assert_eq!(control::encode(&UpdateBlock::Stays { why: "no".into() }).unwrap(), [2, 2, b'n', b'o']);
        assert_eq!(control::encode(&UpdateBlock::Ways(alloc::vec!["ws://b".into()])).unwrap(), b"\x03\x01\x06ws://b");
        assert_eq!(control::encode(&UpdateBlock::Ahead("ws://b".into())).unwrap(), b"\x04\x06ws://b");
    }
}
