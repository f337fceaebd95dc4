//! Rooms, replicas and links on virtual time, from one seed: whole sessions in milliseconds, for tests and benches.
//!
//! [`Pipe`] is one direction of a connection with its faults, [`Client`] a player's session, [`Arena`] one
//! room with its clients.

mod arena;
mod client;
mod link;
mod pipe;
mod tcp;

pub use arena::{Arena, Fault};
pub use client::Client;
pub use link::Link;
pub use pipe::Pipe;
