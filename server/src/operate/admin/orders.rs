//! [`Order`]: what the admin thread wants of the tick thread.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use serde::Serialize;
use tokio::sync::oneshot;

use crate::error::ServeError;
use crate::operate::inspector::RoomWatch;
use crate::ticklog::{LastSeconds, LogClaim};

/// Orders that may wait for the tick. A second of impatience of several operators; more are told to come back.
pub(crate) const ORDERS_MAX: usize = 16;

/// An operator's order to the tick thread.
pub(crate) enum Order {
    /// List all who are connected.
    List(oneshot::Sender<Vec<Listed>>),
    /// Hand over the last seconds of the room, so many. None where nothing of them is kept.
    Report(u32, oneshot::Sender<Option<LastSeconds>>),
    /// Hand copies of the room over there, for as long as anybody else has that.
    Watch(Arc<RoomWatch>),
    /// Write the log by this claim from now on.
    #[cfg_attr(
        not(feature = "nats"),
        expect(dead_code, reason = "a node of a fleet does, once the store of claims has forgotten them")
    )]
    Raise(LogClaim),
    /// Go on with the room, which this node has followed, and which is its own now.
    #[cfg_attr(not(feature = "nats"), expect(dead_code, reason = "a node of a fleet does"))]
    TakeOver(TakeOver),
    /// Close this client, called as `/clients` does. False if there is none.
    Kick(String, oneshot::Sender<bool>),
    /// Let this client say no lines any more, or again. False if there is none, or nobody says any.
    Silence {
        /// Its id.
        client: String,
        is_silenced: bool,
        reply: oneshot::Sender<bool>,
    },
}

/// Word of a room that is this node's from now on.
#[derive(Debug)]
pub(crate) struct TakeOver {
    /// The right by which it is written.
    pub(crate) claim: LogClaim,
    /// The last tick of the node that played it, where that is known.
    pub(crate) after: Option<u32>,
    /// Receiver of how it went.
    pub(crate) done: SyncSender<Result<(), ServeError>>,
}

/// A connection, as `/clients` tells it.
#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    /// The client's id, for `/kick`.
    pub(crate) client: String,
    /// The code of its room, where there may be several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) room: Option<String>,
    /// The player's name; none before it has joined.
    pub(crate) name: Option<String>,
    pub(crate) address: SocketAddr,
    /// Ticks by which its newest input is ahead.
    pub(crate) lead_ticks: i32,
    /// Ticks that it was sent and has not said to hold.
    pub(crate) unacked_ticks: u32,
    /// Entities in its view.
    pub(crate) visible: u32,
    pub(crate) inputs_received: u64,
    pub(crate) inputs_late: u64,
    pub(crate) inputs_missing: u64,
}
