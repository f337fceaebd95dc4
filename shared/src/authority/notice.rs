//! [`Notice`]: who came and went, for whoever watches a room.

use alloc::string::String;

use crate::id::ClientId;

/// Something that whoever watches the room may want to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A player joined the game.
    Joined {
        /// Who.
        client: ClientId,
        /// What it calls itself.
        name: String,
    },
    /// A player that had joined is gone.
    Left {
        /// Who.
        client: ClientId,
        /// What it called itself.
        name: String,
    },
    /// A player's connection is lost, and its seat is kept for a while.
    Suspended {
        /// Who.
        client: ClientId,
    },
    /// A player has a new connection, after the loss of the old one or in its place.
    Resumed {
        /// Who.
        client: ClientId,
    },
}
