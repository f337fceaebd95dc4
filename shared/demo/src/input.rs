//! [`Input`]: what a player holds.

use auspice::Replicate;

/// A player's controls for one tick.
#[derive(Replicate, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Input {
    /// 1 turns to the left (counter-clockwise), -1 to the right.
    #[field(scalar(min = -1.0, max = 1.0, step = 1.0))]
    pub turn: i8,
    /// Whether the engine burns.
    #[field(flags(bits = 1))]
    pub thrust: bool,
    /// Whether the gun's trigger is held.
    #[field(flags(bits = 1))]
    pub fire: bool,
    /// Whether the laser's trigger is held.
    #[field(flags(bits = 1))]
    pub laser: bool,
    /// Whether the missile's trigger is held.
    #[field(flags(bits = 1))]
    pub missile: bool,
}
