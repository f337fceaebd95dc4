//! Real motion: recorded worlds of driven bodies (cars, ships, a ball) played as a game, to see what such a world costs
//! and how true it is shown.
//!
//! The reference workloads move by rules that both ends have. A game with a physics engine of its own does not: its
//! bodies are never still, always under control, and foresight is right only roughly.
//!
//! # Reading order
//!
//! `trace` (a recorded world, and its file), `live` (which of its ticks are played), `body` (the two kinds and
//! their field tables), `recoded` (the same in other codes), `foresight`, `driving` and `bounce` (how a body is
//! foreseen), `habits` (how much it moves, and its drivers do), `playback` (the game), `cost` (what it takes on
//! the wire), `fidelity` (how far off what is published may be), `entropy` (what an ideal code would take),
//! `codes` and `huffman` (codes that fit a sample), `shown` (what a player sees over a network), `causes` (why
//! something is shown far off), `bound` (how near usual ways to go on come), `jumps` (what moves in pictures by
//! more than its motion), `middle` (of many values), `report` (all of it as a table).

pub mod body;
mod bounce;
pub mod bound;
pub mod causes;
pub mod codes;
pub mod cost;
mod driving;
pub mod entropy;
pub mod fidelity;
pub mod foresight;
pub mod habits;
pub mod huffman;
pub mod jumps;
pub mod live;
pub mod middle;
pub mod playback;
pub mod recoded;
pub mod report;
pub mod shown;
pub mod trace;
