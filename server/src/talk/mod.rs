//! Talk of players beside the game, and who is told to be where: a service of the server that no room
//! and no log knows of.
//!
//! # Reading order
//!
//! `heard` (what a player has of what is said), `hall` (what all rooms share, without a clock or a thread), `abroad`
//! (the halls of other nodes), `order_lines` (what is said to a log that is shown), `shared_hall` (the hall as threads
//! see it). A room's part is in `tick/driver/talk.rs`, a connection's in `net/socket.rs`.

#[cfg(any(test, feature = "nats"))]
mod abroad;
mod hall;
mod heard;
mod order_lines;
mod shared_hall;

#[cfg(test)]
mod tests;

pub(crate) use hall::{Speaker, TalkHall};
pub(crate) use heard::{HeardLines, SentLine};
pub(crate) use order_lines::OrderLines;
pub(crate) use shared_hall::SharedHall;
