//! Talk of players beside the game, and who is told to be where: a service of the server that no room
//! and no log knows of.
//!
//! # Reading order
//!
//! `hall` (what all rooms share, without a clock or a thread), `abroad` (the halls of other nodes), `order_lines` (what
//! is said to a log that is shown), `shared_hall` (the hall as threads see it). A room's part is in
//! `tick/driver/talk.rs`, a connection's in `net/socket.rs`.

#[cfg(any(test, feature = "nats"))]
mod abroad;
mod hall;
mod order_lines;
mod shared_hall;

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use hall::TalkHall;
pub(crate) use hall::{SentLine, Speaker};
pub(crate) use order_lines::OrderLines;
pub(crate) use shared_hall::SharedHall;
