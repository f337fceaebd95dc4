//! Counters of a room: plain numbers, for whoever wants to show them.

use serde::{Deserialize, Serialize};

use crate::message::InputReport;

/// Counts since a room was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomStats {
    /// Ticks made.
    pub ticks: u64,
    /// Entities published in the last tick.
    pub entities: u64,
    /// Entity-ticks with news.
    pub news: u64,
    /// Clients that joined.
    pub joins: u64,
    /// Clients that left after they had joined.
    pub leaves: u64,
    /// Times a player lost its connection and kept its seat.
    pub suspensions: u64,
    /// Times a player took up its seat again by another connection.
    pub resumes: u64,
    /// Updates written.
    pub updates: u64,
    /// Bytes of them.
    pub payload_bytes: u64,
    /// Times an update was due and held back, because the client had not applied enough of the earlier ones.
    pub held_back: u64,
    /// Updates that stated a view afresh, first ones included.
    pub fresh_states: u64,
    /// Entities that came into a client's view.
    pub enters: u64,
    /// Entities that left a client's view by distance or by the game's decision.
    pub leaves_of_view: u64,
    /// Sum over updates of entities in view.
    pub visible_sum: u64,
    /// Messages that were read and not obeyed: more than a client may send, and not yet a flood.
    pub messages_dropped: u64,
    /// Clients whose view differed from its stated hash, by their own word.
    pub resyncs: u64,
}

/// A client of a room, for whoever watches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientStatus<'a> {
    /// The player's name, once it has joined.
    pub name: Option<&'a str>,
    /// False of one that came from another room until it says that it has read the welcome: what it sends before that
    /// was for the old one.
    pub has_arrived: bool,
    /// Ticks by which its newest input is ahead of the room's: at most those of
    /// [`INPUT_LEAD_MILLIS_MAX`](crate::limits::INPUT_LEAD_MILLIS_MAX), either way, whatever it is stamped with.
    pub lead: i32,
    /// Ticks that were sent to it and that it has not said to hold.
    pub unacked_ticks: u32,
    /// Entities in its view.
    pub visible: u32,
    /// Counts of its inputs.
    pub inputs: InputReport,
}
