//! [`Order`]: what the admin thread wants of the tick thread.

use std::net::SocketAddr;

use serde::Serialize;
use tokio::sync::oneshot;

/// Orders that may wait for the tick. A second of impatience of several operators; more are told to come back.
pub(crate) const ORDERS_MAX: usize = 16;

/// An operator's order to the tick thread.
pub(crate) enum Order {
    /// List all who are connected.
    List(oneshot::Sender<Vec<Listed>>),
    /// Close this client, called as `/clients` does. False if there is none.
    Kick(String, oneshot::Sender<bool>),
}

/// A connection, as `/clients` tells it.
#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    /// The client's id, for `/kick`.
    pub(crate) client: String,
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
