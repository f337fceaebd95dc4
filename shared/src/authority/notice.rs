//! [`Notice`]: who came and went, for whoever watches a room.

use alloc::string::String;

use crate::id::ClientId;

/// Something that whoever watches the room may want to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A player joined the game.
    Joined {
        /// The player.
        client: ClientId,
        /// Its name.
        name: String,
    },
    /// A player that had joined is gone.
    Left {
        /// The player.
        client: ClientId,
        /// The name it had.
        name: String,
    },
    /// A player's connection is lost, and its seat is kept for a while.
    Suspended {
        /// The player.
        client: ClientId,
    },
    /// A player wants to go to another room, or the game sends it there.
    Wants {
        /// The player.
        client: ClientId,
        /// The room, as an address would say it.
        room: String,
    },
    /// A player has a new connection, after the loss of the old one or in its place.
    Resumed {
        /// The player.
        client: ClientId,
    },
}
