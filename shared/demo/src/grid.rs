//! The published grid: how fine everything is counted, and how far.

use glam::{IVec2, Vec2};

/// Largest edge of the world in units: 19 bits of position on an axis.
pub const UNITS_MAX: u32 = 16_383;

/// Steps of position in a unit. At 60 Hz the slowest drift is 2 units a second; a finer grid would cost every birth two
/// bits for each halving.
pub const STEPS_PER_UNIT: i32 = 32;

/// Steps of velocity in a unit a second.
pub const VELOCITY_STEPS_PER_UNIT: i32 = 16;

/// Fastest in either axis, in units a second.
pub(crate) const SPEED_MAX: u32 = 1023;

/// Longest life of a shot or a missile in ticks: 8 seconds at 240 Hz.
pub(crate) const AGE_MAX: u32 = 2047;
/// Longest time to a prize's return in ticks: a minute at 240 Hz.
pub(crate) const DUE_MAX: u32 = 14_400;

pub(crate) const POSITION_STEP: f64 = 1.0 / STEPS_PER_UNIT as f64;
pub(crate) const VELOCITY_STEP: f64 = 1.0 / VELOCITY_STEPS_PER_UNIT as f64;

/// Steps of energy in a unit. At 240 Hz a tick still recharges by a whole step.
pub const ENERGY_STEPS_PER_UNIT: u32 = 16;

/// Most health, in points.
pub(crate) const HEALTH_MAX: u32 = 15;
/// Most energy, in units.
pub(crate) const ENERGY_MAX: u32 = 100;
/// Longest time that a ship's fields count, in ticks: 17 seconds at 240 Hz.
pub(crate) const TICKS_MAX: u32 = 4095;

pub(crate) const ENERGY_STEP: f64 = 1.0 / ENERGY_STEPS_PER_UNIT as f64;

/// A position in units.
pub(crate) fn to_units(position: IVec2) -> Vec2 {
    position.as_vec2() / STEPS_PER_UNIT as f32
}

/// A velocity in units a second.
pub(crate) fn to_units_a_second(velocity: IVec2) -> Vec2 {
    velocity.as_vec2() / VELOCITY_STEPS_PER_UNIT as f32
}
