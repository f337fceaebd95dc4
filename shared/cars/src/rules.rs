//! [`Rules`]: numbers that both ends have.

use serde::{Deserialize, Serialize};

/// Steps of physics a second. Ticks a second are to divide it; others play slower or faster.
pub const STEPS_HZ: u32 = 120;
/// Seconds of a step.
pub const STEP_SECONDS: f32 = 1.0 / STEPS_HZ as f32;
/// Most seats of a match.
pub const SEATS_MAX: u8 = 32;

/// The way in which a player's own car is predicted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Prediction {
    /// Everybody foresees it alike: what the player does shows when the server says so.
    Nothing,
    /// The player's hands move it, by engine and wheels, without anything that it could run into but the floor.
    Alone,
    /// In a world with the field's walls.
    Walls,
    /// In a world with the walls, the ball and the cars that are near.
    #[default]
    Others,
}

/// Numbers that both ends foresee by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Cars: those that nobody has are driven by computers. 1 to [`SEATS_MAX`]; the more, the larger the field.
    pub seats: u8,
    /// The way in which players' own cars are predicted.
    pub prediction: Prediction,
}

impl Default for Rules {
    fn default() -> Self {
        Self { seats: 4, prediction: Prediction::default() }
    }
}

impl Rules {
    /// Bodies on the field, the ball among them.
    pub(crate) fn bodies(&self) -> usize {
        usize::from(self.seats.clamp(1, SEATS_MAX)) + 1
    }
}
