//! [`Act`]: what a program is to do; and what it tells of itself and of its logs.

use crate::id::{Epoch, FleetCode, NodeId};
use crate::words::OneTimeWord;

/// A node as others see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// The address that players dial.
    pub address: String,
    /// The address where other nodes reach it directly. Empty for nowhere.
    pub direct: String,
    /// Its build, for people.
    pub build: String,
    /// The hash of its game's schema.
    pub schema: u64,
    /// Rooms that it has a place for.
    pub rooms_max: u32,
}

/// A room that a log tells of and the store does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Orphan {
    /// The owner that the log names last.
    pub owner: NodeId,
    /// The epoch that the log is bound to.
    pub epoch: Epoch,
    /// The hash of its game's schema.
    pub schema: u64,
}

/// Answers to a player who asks for a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FoundAt {
    /// This node has it.
    Here,
    /// Another node has it.
    There {
        /// The node.
        node: NodeId,
        /// Its address.
        address: String,
    },
    /// The store is asked; [`Act::FoundAt`] answers the question of this number.
    Asked(u64),
    /// There is none.
    Nowhere,
    /// An answer cannot be given just now. The player asks again in a second.
    Later,
}

/// Things for the program to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Begin a new room, which a call of `Directory::open` asked for here or at another node.
    Begin {
        /// Its code.
        room: FleetCode,
        /// The right to write.
        epoch: Epoch,
        /// Options, as they were given.
        options: String,
    },
    /// Load a room and go on with it: bind its log to this epoch, and read it then. `Directory::restored` is the
    /// answer.
    Restore {
        /// Its code.
        room: FleetCode,
        /// The right to write.
        epoch: Epoch,
        /// The owner that its log must name last. None where the store said so, and the log has no say.
        owner: Option<NodeId>,
        /// The last tick of its former owner, where it is known.
        after: Option<u32>,
    },
    /// Write by this epoch from now on.
    Raise {
        /// The room.
        room: FleetCode,
        /// The right to write.
        epoch: Epoch,
    },
    /// Write nothing until [`Act::GoOn`]. The rooms are kept, and so are their players.
    Stop,
    /// The rooms may be written again.
    GoOn,
    /// The room is no longer ours: nothing of it may be written, and its players are to ask again where it is.
    Lose {
        /// The room.
        room: FleetCode,
    },
    /// Follow a room's log, to go on with it, and let its players wait who come. `Directory::following` is the answer.
    Follow {
        /// The room.
        room: FleetCode,
        /// The node that plays it.
        from: NodeId,
    },
    /// Follow it no more.
    Unfollow {
        /// The room.
        room: FleetCode,
    },
    /// The other node follows: tell the players to dial it beside this one, with their tokens. `Directory::cut` ends
    /// it, once enough of them are there, or after a moment.
    Dial {
        /// The room.
        room: FleetCode,
        /// The node that will play it.
        to: NodeId,
        /// Its address.
        address: String,
    },
    /// So many players of a room wait at the node that will play it, for which [`Act::Dial`] told them.
    Awaited {
        /// The room.
        room: FleetCode,
        /// Players who wait there.
        players: u32,
    },
    /// The room is at another node now. Players who have not dialled are told; inputs that come go to
    /// `Directory::forward`.
    GivenAway {
        /// The room.
        room: FleetCode,
        /// The node that plays it.
        to: NodeId,
        /// Its address.
        address: String,
    },
    /// The hand-over came to nothing. The room is played here as before.
    Kept {
        /// The room.
        room: FleetCode,
    },
    /// Inputs of players who were still at the former owner.
    Late {
        /// The room.
        room: FleetCode,
        /// The bytes that were forwarded.
        bytes: Vec<u8>,
    },
    /// Another node looks for a room that is as `wish` says, or for the one that has a seat: `Directory::answer_seek`
    /// is the answer.
    Seek {
        /// The node.
        from: NodeId,
        /// Its number for it.
        ask: u64,
        /// The wish, as it was given.
        wish: String,
    },
    /// Answers `Directory::seek` and `Directory::seek_seat`.
    Sought {
        /// The number that it gave.
        ask: u64,
        /// The fullest room that was found, or the one that has the seat.
        room: Option<FleetCode>,
        /// Where none was: rooms are on their way from one node to another, and it may be one of them.
        is_moving: bool,
    },
    /// Answers `Directory::open`.
    Opened {
        /// The number that it gave.
        ask: u64,
        /// The room and where it is, or none where nobody could make it.
        room: Option<(FleetCode, FoundAt)>,
    },
    /// Answers `Directory::find`.
    FoundAt {
        /// The number that it gave.
        ask: u64,
        /// The answer.
        found: FoundAt,
    },
    /// Answers `Directory::send_player`.
    Sent {
        /// The number that it gave.
        ask: u64,
        /// The word and the address to dial. None where the node did not answer.
        word: Option<(OneTimeWord, String)>,
    },
}
