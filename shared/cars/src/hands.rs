//! [`Hands`]: what a driver's hands do.

use auspice::Replicate;
use serde::{Deserialize, Serialize};

/// Stick, triggers and buttons: a player's input. By default nothing is pressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Replicate, Serialize, Deserialize)]
pub struct Hands {
    /// -1 is full reverse, 1 full ahead.
    #[field(scalar(min = -1, max = 1, step = 1.0 / 64.0))]
    pub throttle: f32,
    /// -1 is full left, 1 full right. In the air it turns the car about its height.
    #[field(scalar(min = -1, max = 1, step = 1.0 / 64.0))]
    pub steer: f32,
    /// Nose down to nose up in the air, -1 to 1. Others are not told.
    #[field(scalar(min = -1, max = 1, step = 1.0 / 64.0))]
    pub pitch: f32,
    /// Over to the left or to the right in the air, -1 to 1. Others are not told.
    #[field(scalar(min = -1, max = 1, step = 1.0 / 64.0))]
    pub roll: f32,
    /// Pushes the car ahead.
    #[field(flags(bits = 1))]
    pub boost: bool,
    /// Lets it slide.
    #[field(flags(bits = 1))]
    pub handbrake: bool,
    /// Jumps, when it is pressed.
    #[field(flags(bits = 1))]
    pub jump: bool,
}

impl Hands {
    /// A stick or trigger as a byte: 0, 128 and 255 for -1, 0 and 1.
    #[must_use]
    pub fn recorded(value: f32) -> u8 {
        libm::roundf(128.0 + value.clamp(-1.0, 1.0) * if value < 0.0 { 128.0 } else { 127.0 }) as u8
    }
}
