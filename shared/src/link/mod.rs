//! A connection, either side; owns no world.
//!
//! [`server_side`] greets, then is active; [`client_side`] is its other end, and [`active`] what that knows once it was
//! welcomed. [`window`] bounds what is under way to a client, [`clock`] keeps a client's inputs just ahead of the
//! server, [`carried`] has what outlives a connection.

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
