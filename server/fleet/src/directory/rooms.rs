//! [`OwnRoom`]: a room that this node has, gets or gives away; and [`RoomPlaces`]: where all rooms are.

use std::collections::{BTreeMap, BTreeSet};

use super::act::Orphan;
use crate::id::{Epoch, FleetCode, NodeId};

/// Stages of a room here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RoomStage {
    /// The store says that it is ours. Whether it still has the same life is asked by a later question than this.
    Claimed { after: u64 },
    /// The program loads it.
    Restoring,
    /// Played here.
    Running,
    /// Played here, and another node was asked to follow its log.
    Offered { to: NodeId, since: u64, sent: u64 },
    /// Played here, the other node follows, and players dial there.
    Dialling { to: NodeId, sent: u64 },
    /// Its last tick was played here. The store is told whose it is now.
    Cut { to: NodeId, tick: u32 },
}

impl RoomStage {
    /// Whether it is played here.
    pub(super) fn is_played(self) -> bool {
        matches!(self, Self::Running | Self::Offered { .. } | Self::Dialling { .. })
    }
}

/// A room of this node.
#[derive(Clone, Debug)]
pub(super) struct OwnRoom {
    pub(super) stage: RoomStage,
    /// The revision of its record; 0 where it has none in this life of the store.
    pub(super) revision: u64,
    pub(super) epoch: Option<Epoch>,
    pub(super) schema: u64,
    pub(super) is_logged: bool,
    /// The node that had it before.
    pub(super) former: Option<NodeId>,
    /// The owner that its log must name, where the log alone told of it.
    pub(super) logged_owner: Option<NodeId>,
    /// Whether its record is being written.
    pub(super) is_asked: bool,
}

/// A room that was given away, and that its new owner is told of until it says that it knows.
#[derive(Clone, Copy, Debug)]
pub(super) struct GivenAway {
    pub(super) to: NodeId,
    pub(super) epoch: Epoch,
    pub(super) tick: u32,
    pub(super) since: u64,
    pub(super) sent: u64,
    pub(super) is_taken: bool,
}

/// A room that this node is to get, and follows the log of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Followed {
    pub(super) from: NodeId,
    pub(super) epoch: Epoch,
    pub(super) is_ready: bool,
    /// Its players who wait here.
    pub(super) players: u32,
    /// The last tick of its owner, once that has played it.
    pub(super) tick: Option<u32>,
    /// The time of the last word of it.
    pub(super) heard: u64,
}

/// A room without an owner, which waits for someone to claim it.
#[derive(Clone, Copy, Debug)]
pub(super) struct WaitingRoom {
    pub(super) orphan: Orphan,
    /// The revision of its record; 0 where a log alone tells of it.
    pub(super) revision: u64,
    pub(super) is_logged: bool,
    /// The time since which it waits, by the clock that runs at least.
    pub(super) since: u64,
}

/// A room that is being made.
#[derive(Clone, Debug)]
pub(super) struct RoomOpening {
    pub(super) schema: u64,
    pub(super) options: String,
    pub(super) is_logged: bool,
    /// Nodes that were asked, the last one lastly, at this moment.
    pub(super) tried: Vec<NodeId>,
    pub(super) asked_at: u64,
    /// The node that wants it, and its number for it. None where it is wanted here.
    pub(super) wanted_by: Option<(NodeId, u64)>,
}

/// A room of other nodes that is looked for.
#[derive(Clone, Debug)]
pub(super) struct Seeking {
    /// Nodes that have not answered.
    pub(super) unheard: BTreeSet<NodeId>,
    /// The fullest so far, by its players.
    pub(super) best: Option<(u32, FleetCode)>,
    /// Rooms are moving to nodes that have answered, or from nodes that cannot.
    pub(super) is_moving: bool,
    /// It is the one that has a seat.
    pub(super) is_seat: bool,
    pub(super) since: u64,
}

/// A room's place, as the store said last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PlaceOf {
    pub(super) owner: NodeId,
    pub(super) revision: u64,
    pub(super) schema: u64,
    pub(super) is_logged: bool,
}

/// Places of all rooms.
#[derive(Debug, Default)]
pub(super) struct RoomPlaces {
    pub(super) all: BTreeMap<FleetCode, PlaceOf>,
}
