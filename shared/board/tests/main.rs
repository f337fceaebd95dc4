//! The board on virtual time: whole sessions of those who draw on it, and what they cost.

#![allow(unreachable_pub, missing_docs)]

mod figures;
mod full;
mod play;
mod room;
