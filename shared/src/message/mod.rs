//! The messages: layouts only, no policy. `shared/PROTOCOL.md` describes every bit.
//!
//! Which message comes when is a matter of position, not of a type byte: the client's first message is a [`Hello`], all others
//! are inputs; the server's first is a [`Welcome`], all others are updates.

pub(crate) mod control;
mod entry;
mod hello;
mod input;
mod update;

pub use entry::{Entry, ResumeToken};
pub use hello::{Hello, Welcome, game_hash, is_fit_name};
pub(crate) use input::{InputBase, InputHead};
pub(crate) use update::{EnterCode, Entering, HeadBase, Own, UpdateHead, read_count, read_gap, write_ranks};

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

/// Version of the wire. Client and server must have the same.
pub const PROTOCOL_VERSION: u16 = 1;

/// The WebSocket subprotocol.
pub const SUBPROTOCOL: &str = "auspice.v1";

/// What the server measured of its own ticks, for clients that ask.
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

/// What the server counted of one client's inputs.
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

/// Both, and where the bits of all updates went, as they travel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reports {
    pub(crate) ticks: TickReport,
    pub(crate) inputs: InputReport,
    /// By the parts whose names both ends work out from the field tables.
    pub(crate) bits: Vec<u64>,
}
