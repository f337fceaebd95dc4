//! [`Fleet`]: what doors and rooms ask; and what they are told.

use std::fmt;
use std::sync::Arc;

use auspice::authority::Admitted;
use auspice::error::Moved;
use auspice::message::SentWord;
use tokio::sync::oneshot;

use super::options::FleetConfig;
use super::wanted::Wanted;
use crate::rooms::RoomCode;
use crate::talk::SharedHall;
use crate::ticklog::RoomLogs;

/// A room's place.
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "nats"), expect(dead_code, reason = "nobody finds anything in a server that is alone"))]
pub(crate) enum FoundRoom {
    /// This node has it.
    Here(RoomCode),
    /// Another one has it.
    There {
        /// The room.
        code: RoomCode,
        /// Its address, and the word by which a player is let in there, for whom one was asked.
        moved: Moved,
    },
    /// There is none.
    Nowhere,
    /// On its way, or nobody answers: the player may come again.
    Later,
}

/// The nodes of which this server is one.
pub(crate) trait Fleet: Send + Sync + fmt::Debug {
    /// Looks for a room, or has one made, and waits a little where it is on its way. Where another node has it, that
    /// one is told of `who`, if somebody is to go there: then the answer has a word.
    fn seek(&self, wanted: Wanted, who: Option<&Admitted>) -> oneshot::Receiver<FoundRoom>;

    /// A player who shows this word is let into this room, once.
    fn admit(&self, word: &SentWord, room: RoomCode) -> Option<Admitted>;

    /// Whether the rooms that are played here may be written at this moment, to their logs and to players: asked before
    /// each tick, and waits for nobody.
    fn may_write(&self) -> bool;

    /// The room's last tick was this, and is in its log: another node goes on with it. False where that does not take
    /// it any more, and it is played on.
    fn cut(&self, room: RoomCode, tick: u32) -> bool;

    /// Sends what came too late to the node that has the room now: [`LATE_BYTES_MAX`](crate::limits::LATE_BYTES_MAX)
    /// bytes at most. False where that is not known yet.
    fn forward(&self, room: RoomCode, inputs: &[u8]) -> bool;

    /// The room has ended.
    fn end(&self, room: RoomCode);

    /// Whether other nodes are known.
    fn has_others(&self) -> bool;

    /// Whether another node may take who wants any room or a new one.
    fn has_takers(&self) -> bool;

    /// Addresses of nodes, this one's first, and their number, where that is not `known`.
    fn addresses(&self, known: u64) -> Option<(u64, Vec<String>)>;
}

/// The address of a room at a node.
pub(crate) fn way_to(node: &str, code: RoomCode) -> String {
    format!("{}/play/{code}", node.trim_end_matches('/'))
}

/// Particulars of a server, for its fleet.
#[cfg_attr(not(feature = "nats"), expect(dead_code, reason = "nobody reads it in a server that is alone"))]
pub(crate) struct NodeSpec {
    pub(crate) config: FleetConfig,
    /// The hash of its game's schema.
    pub(crate) schema: u64,
    pub(crate) rooms_max: u32,
    /// The folder of logs, which every node reads.
    pub(crate) logs: Option<Arc<RoomLogs>>,
    /// The hall, which those of other nodes hear of.
    pub(crate) hall: Arc<SharedHall>,
}
