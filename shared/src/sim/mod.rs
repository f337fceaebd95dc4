//! Rooms, replicas and links on virtual time, from one seed: whole sessions in milliseconds, for tests and benches.
//!
//! [`Pipe`] is one direction of a connection with its faults, [`Client`] a player's session, [`Arena`] one
//! room with its clients. [`foresight_digest`] is how a game sees that it foresees alike on two machines.

mod arena;
mod client;
mod foresight;
mod pipe;

pub use arena::{Arena, Fault};
pub use client::Client;
pub use foresight::foresight_digest;
pub use pipe::{Link, Pipe};
