//! Rooms, replicas and links on virtual time, from one seed: whole sessions in milliseconds, for tests and benches.
//!
//! [`Line`] is one way through a network with its faults, as its [`Link`] has it; [`Dials`] is the same of a round
//! trip as a person turns it, for a window that is to play over a bad network. [`Client`] is a player's session,
//! [`Arena`] one room with its clients. [`foresight_digest`] is how a game sees that it foresees alike on two machines.

mod arena;
mod client;
mod dials;
mod foresight;
mod line;
mod link;
mod open_gate;
mod serving;
mod tcp;
mod twin;
mod wire;

pub use arena::{Arena, Fault};
pub use client::Client;
pub use dials::Dials;
pub use foresight::foresight_digest;
pub use line::Line;
pub use link::{Link, STALL_EVERY};
pub use wire::Wiring;
