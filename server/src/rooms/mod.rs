//! Rooms: many in a process, each run by one worker thread at a time.
//!
//! # Reading order
//!
//! `code` (a room's name), `wish` (which room a player wants), `entry` (a room as all threads see it), `hand_over`
//! (its way to another node), `reserved`,
//! `runner` (a room as its worker sees it), `mail` and `worker` (who runs which room when), `roster` (all rooms, and
//! who is sent where; `opening` makes them).

mod code;
mod entry;
mod hand_over;
mod mail;
mod reserved;
mod roster;
mod runner;
mod wish;
mod worker;

pub(crate) use code::RoomCode;
pub(crate) use entry::{ListedRoom, RoomEnds, RoomEntry, RoomOrigin, stagger};
pub(crate) use mail::WorkerPost;
pub(crate) use reserved::Reserved;
pub(crate) use roster::{Choice, KnownPlayer, PLACES, Roster, RosterSpec};
pub(crate) use runner::{EARLY_MAX, RoomMaker, Runner, Turn};
pub use wish::RoomOptions;
#[cfg(any(test, feature = "nats"))]
pub(crate) use wish::is_fit_option;
pub(crate) use wish::{RoomWish, parse_options};
pub(crate) use worker::RoomWorker;
