//! A connection, either side; owns no world.
//!
//! [`host`] is the server's side (greeting, then active), [`guest`] the client's. [`window`] bounds what is
//! under way to a client, [`clock`] keeps a client's inputs just ahead of the server.

mod clock;
mod guest;
mod hearing;
mod host;
mod measure;
mod window;

pub use clock::Clock;
pub use guest::Report;
pub(crate) use guest::{Guest, Heard};
pub(crate) use host::{Host, Said};
pub(crate) use window::Window;
