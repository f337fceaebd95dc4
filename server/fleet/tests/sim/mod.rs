//! A fleet on virtual time: nodes with clocks of their own, a store, ways between them, logs, and every fault.

mod clock;
mod faults;
mod node;
mod oracle;
mod rng;
mod world;

pub use faults::play;
pub use rng::Rng;
pub use world::World;

/// Microseconds of a millisecond.
pub const MS: u64 = 1_000;

/// Microseconds of a second.
pub const S: u64 = 1_000_000;
