//! [`ReplicaEvent`]: what a replica tells whoever has it.

use alloc::string::String;
use alloc::vec::Vec;

use crate::id::{ClientId, EntityId};
use crate::message::{Announcement, InputReport, TickReport};
use crate::tick::Tick;

/// Something that happened to a replica, or that it was told.
#[derive(Clone, Debug, PartialEq)]
pub enum ReplicaEvent<E> {
    /// The server let the client in, or back, or into another room: what was held before is gone. Of events and
    /// commands goes on what went on before, once and in order.
    Welcomed {
        /// Its identity in the room.
        client: ClientId,
    },
    /// An entity came into view.
    Entered(EntityId),
    /// An entity is gone, or out of view.
    Left(EntityId),
    /// The game tells something.
    Event {
        /// The tick of the update that brought it.
        tick: Tick,
        /// The event.
        event: E,
    },
    /// The client holds something else than the server says that it should. A fresh state is on its way.
    Diverged {
        /// The tick of the comparison.
        tick: Tick,
        /// Hash of what is held.
        held: u32,
        /// Hash as the server states it.
        stated: u32,
    },
    /// The fresh state after a [`Diverged`](Self::Diverged) came; these rows had differed.
    Differs {
        /// The tick of the comparison.
        tick: Tick,
        /// A line for each row that differs: as held, and as stated.
        lines: Vec<String>,
    },
    /// The server says something of itself, because it has changed. The clock follows by itself.
    Announced(Announcement),
    /// The server has no place for the player in the room that it asked for ([`Replica::go`](super::Replica::go)).
    Stays {
        /// A sentence for the player.
        why: String,
    },
    /// The server answered [`Replica::ask_report`](super::Replica::ask_report).
    Report {
        /// Its ticks.
        ticks: TickReport,
        /// This client's inputs.
        inputs: InputReport,
        /// Bits of all updates to all clients since the start, by message part, kind and field.
        bits: Vec<(String, u64)>,
    },
}
