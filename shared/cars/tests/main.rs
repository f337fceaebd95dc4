//! Matches on virtual time, with players over links with a delay, who drive as computers do.

#![allow(unreachable_pub, missing_docs)]

mod figures;
mod physics;
mod play;
mod saved;
mod table;
