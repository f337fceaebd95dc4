//! The reference workload W3: a match of the game of cars (`shared/cars`), moved by rapier at 120 steps a second,
//! driven by seeded drivers with the habits of people, and recorded at 30 ticks a second as `benches/motion` plays it.
//!
//! W1 and W2 move by rules that both ends have. Most games with a physics engine do not: their bodies are never still,
//! are pushed by engines, brakes and each other between two ticks, and nobody can foresee a hand on a stick.
//!
//! # Reading order
//!
//! `record` (a match, tick by tick), `body` (what is published of it, in codes of its own).

pub mod body;
pub mod record;

use auspice_cars::STEPS_HZ;

/// Steps of physics in a tick that is recorded.
pub const STEPS: u32 = STEPS_HZ / auspice_motion::trace::TICK_HZ;
