//! A connection, either side; owns no world.
//!
//! # Reading order
//!
//! [`server_side`] greets, then is active; [`client_side`] is its other end, and [`active`] what that knows once it was
//! welcomed. [`window`] bounds what is under way to a client, [`clock`] keeps a client's inputs just ahead of the
//! server, [`measure`] has round trip and jitter. [`hearing`] tells a silence from a pause, [`losses`] whether segments
//! are lost, [`spare`] what travels on a second connection then. [`carried`] has what outlives a connection.

mod active;
mod carried;
mod client_side;
mod clock;
mod hearing;
mod losses;
mod measure;
mod server_side;
mod spare;
mod window;

pub use carried::Carried;
pub use client_side::Report;
pub(crate) use client_side::{ClientSide, Heard};
pub use clock::Clock;
pub(crate) use server_side::{ClientMessage, MovingSide, ServerSide};
pub(crate) use window::{Window, WindowBounds};
