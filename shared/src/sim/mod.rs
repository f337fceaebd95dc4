//! Rooms, replicas and links on virtual time, from one seed: whole sessions in milliseconds, for tests and benches.
//!
//! [`Pipe`] is one direction of a connection with its faults, [`Arena`] one room with its clients.

mod arena;
mod pipe;

pub use arena::{Arena, Client, Fault};
pub use pipe::{Link, Pipe};
