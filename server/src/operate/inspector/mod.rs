//! The inspector: a page on the admin listener that shows what a room does, now and in the last minutes, and the data
//! behind that page. One [`Inspector`] is of one room.
//!
//! The tick thread hands over copies of what is published, at a bounded rate and while it would sleep anyway; it never
//! waits for whoever looks. All else happens on the admin thread. The past is those copies, thinned out: so it is there
//! for any game, one that cannot be saved too, and nothing has to be played again while a server is busy. Whoever needs
//! every tick has the log: `replay LOG --inspect` shows the same page, which then goes to any tick of it.
//!
//! # Reading order
//!
//! `watch` (the tick thread's side), `moment` (a room at one moment), `history` (the moments that are kept),
//! `seconds` (a line of figures for each second), `record` (all of that, of a room that runs), `logged` (moments of a
//! log in their place), `health` (is the server well?), `tables` and `views` (what is told, as JSON), `answers` (to
//! questions, `not_shown` where there is none), `files` (the page itself).

mod answers;
mod files;
mod health;
mod history;
mod logged;
mod moment;
mod not_shown;
mod record;
mod seconds;
mod tables;
mod views;
mod watch;

pub(crate) use answers::Inspector;
pub(crate) use files::{INSPECTOR, page_file};
pub(crate) use logged::LoggedRoomAt;
pub(crate) use not_shown::NotShown;
pub(crate) use record::LiveRecord;
pub(crate) use tables::Tables;
pub(crate) use watch::{RoomWatch, RoomWatcher};
