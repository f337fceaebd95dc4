//! Real motion: recorded worlds of driven bodies (cars, ships, a ball) played as a game, to see what such a world costs
//! and how true it is shown.
//!
//! The reference workloads move by rules that both ends have. A game with a physics engine of its own does not: its
//! bodies are never still, always under control, and foresight is right only roughly.
//!
//! # Reading order
//!
//! `trace` (a recorded world, and its file), `live` (which of its ticks are played), `body` (the two kinds and their
//! field tables), `foresight` (how a body is foreseen), `playback` (the game), `cost` (what it takes on the wire),
//! `fidelity` (how far off what is published may be), `entropy` (what an ideal code would take), `shown` (what a player
//! sees over a network), `jumps` (what moves in pictures by more than its motion), `report` (all of it as a table).

pub mod body;
pub mod cost;
pub mod entropy;
pub mod fidelity;
pub mod foresight;
pub mod jumps;
pub mod live;
pub mod playback;
pub mod report;
pub mod shown;
pub mod trace;
