//! A log that is shown to clients of its game: `replay --serve`. The server, its tick and its sockets are those of any
//! game; the game is [`ScreenedLog`], whose world is what the log's room published.
//!
//! # Reading order
//!
//! `playhead` (where the log stands, and how fast it goes on), `orders` (lines by which players change that),
//! `log_player` (the thread that plays the log), `screened` (the game), `viewer` (whom each client follows).

mod log_player;
mod orders;
mod playhead;
mod screened;
mod viewer;

#[cfg(test)]
mod tests;

pub(super) use log_player::LogPlayer;
pub(super) use screened::{ScreenStart, ScreenedLog};
