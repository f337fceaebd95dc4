//! Rooms over nodes: a directory that says which node owns a room, and decides who may go on when the store is silent.
//!
//! A node has one [`Directory`]. It has no socket and no clock: the program around it calls [`Directory::pass_time`]
//! and [`Directory::take`], hands each [`Ask`] to a [`Fabric`] and does each [`Act`]. The fabric is a store of keys
//! with revisions and a way to the other nodes; [`LocalFabric`] is one within the process, and needs nothing.
//!
//! # What is promised
//!
//! - A room has one owner, with an [`Epoch`] that only grows. Before each write, to the log or to players, the program
//!   asks [`Directory::may_write`]; of two nodes, never both are told yes.
//! - An owner that cannot renew its lease stops by its own clock. While the store is silent for all, nobody stops: see
//!   [`may_go_on`].
//! - A room whose node died is taken up by another from its log. A node that drains hands its rooms over alive.
//!
//! # Reading order
//!
//! `limits` for the bounds and times, `id` and `record` for what is written, `clock`, `fabric` for the trait and
//! `local` for the one in the process, `table` and `permit` for who may go on, `letter` for what nodes say to each
//! other, `words` for the way of a player from one node to another, `directory` for what makes one of it all, and
//! `nats` for a fleet of more than one process.

mod clock;
mod directory;
mod fabric;
mod id;
mod letter;
mod limits;
mod local;
#[cfg(feature = "nats")]
mod nats;
mod permit;
mod record;
mod table;
mod words;

pub use clock::Now;
#[cfg(feature = "sim")]
pub use directory::Rule;
pub use directory::{Act, Directory, Draw, FoundAt, Home, Orphan};
pub use fabric::{Ask, Fabric, FabricNews, LetterWay, Reply, StoreItem};
pub use id::{CodeFault, Epoch, FleetCode, Incarnation, NodeId};
pub use limits::{
    CODE_BYTES_MAX, LEAFLET_BYTES_MAX, LETTER_BYTES_MAX, NODES_MAX, RECORD_BYTES_MAX, ROOMS_MAX, Timing, WHO_BYTES_MAX,
    WORDS_MAX,
};
pub use local::{LocalFabric, LocalHub};
#[cfg(feature = "nats")]
pub use nats::{NatsFabric, NatsFault, NatsOptions};
pub use permit::WritePermit;
pub use record::{NodeRecord, NodeState, RoomRecord};
pub use table::{PeerSight, TableVerdict, may_go_on};
pub use words::OneTimeWord;
