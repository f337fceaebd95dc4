//! What is published of each kind of entity.
//!
//! Whole numbers are the steps of the published grid, so nothing is rounded on its way out. `tick_hz` never shows here:
//! velocities are per second, and only motion turns them into steps of a tick.

use auspice::Replicate;
use glam::{IVec2, Vec2};
use serde::{Deserialize, Serialize};

use crate::Input;

/// Largest edge of the world in units: 19 bits of position on an axis.
pub const UNITS_MAX: u32 = 16_383;

/// Steps of position in a unit. At 60 Hz the slowest drift is 2 units a second; a finer grid would cost every birth two
/// bits for each halving.
pub const STEPS_PER_UNIT: i32 = 32;

/// Steps of velocity in a unit a second.
pub const VELOCITY_STEPS_PER_UNIT: i32 = 16;

/// Fastest in either axis, in units a second.
pub(crate) const SPEED_MAX: u32 = 1023;

pub(crate) const HEALTH_MAX: u32 = 15;
pub(crate) const SHOT_TICKS_MAX: u32 = 511;

const POSITION_STEP: f64 = 1.0 / STEPS_PER_UNIT as f64;
const VELOCITY_STEP: f64 = 1.0 / VELOCITY_STEPS_PER_UNIT as f64;

/// Anything in the world.
#[derive(Replicate, Clone, Copy, Debug, PartialEq)]
pub enum Entity {
    /// A player's or a computer's.
    Ship(Ship),
    /// Flies straight, spins, bounces at the edge, pushes ships away.
    Asteroid(Asteroid),
    /// Flies straight until its time is over, or it hits.
    Shot(Shot),
    /// Lies still until a ship comes.
    Pickup(Pickup),
    /// The one that everybody sees.
    Round(Round),
}

/// A ship. Its label is its name; with health 0 it is a wreck that glides on until its return.
#[derive(Replicate, Clone, Copy, Debug, PartialEq)]
#[replicate(
    label,
    // Measured by `train-codes`.
    news = "controls:1 health:2 controls+health:4 other:4 position+velocity+heading+controls+health+marks:5 score:5 marks:5 controls+marks:5"
)]
pub struct Ship {
    /// Centre, in steps of 1/32 unit.
    #[field(vec2(min = 0.0, max = UNITS_MAX, step = POSITION_STEP), position, surprise_bits = 8)]
    pub position: IVec2,
    /// In steps of 1/16 unit a second.
    #[field(vec2(min = -1023.0, max = SPEED_MAX, step = VELOCITY_STEP), surprise_bits = 10)]
    pub velocity: IVec2,
    /// Where it looks, in steps of 1/4096 turn.
    #[field(angle(bits = 12), surprise_bits = 10)]
    pub heading: u16,
    /// Turn and thrust in one, so that a change of either is a single short piece of news. See [`turn`](Self::turn).
    #[field(choice(count = 6), control)]
    pub controls: u8,
    /// 0 is a wreck.
    #[field(scalar(min = 0.0, max = HEALTH_MAX, step = 1.0), surprise_bits = 1)]
    pub health: u8,
    /// [`SHIELD`], [`RAPID`], [`DRONE`].
    #[field(flags(bits = 3))]
    pub marks: u8,
    /// Ships destroyed in this round.
    #[field(counter(max = 65_535), surprise_bits = 2)]
    pub score: u16,
}

/// A ship's mark: nothing harms it.
pub const SHIELD: u8 = 1;
/// A ship's mark: it reloads fast.
pub const RAPID: u8 = 2;
/// A ship's mark: a computer flies it.
pub const DRONE: u8 = 4;

impl Ship {
    /// Whether it is no wreck.
    #[must_use]
    pub const fn is_alive(&self) -> bool {
        self.health > 0
    }

    /// 1 to the left (counter-clockwise), -1 to the right.
    #[must_use]
    pub const fn turn(&self) -> i32 {
        self.controls as i32 % 3 - 1
    }

    /// Whether its engine burns.
    #[must_use]
    pub const fn is_thrusting(&self) -> bool {
        self.controls >= 3
    }

    /// Whether it bears all of `marks`.
    #[must_use]
    pub const fn bears(&self, marks: u8) -> bool {
        self.marks & marks == marks
    }

    /// Takes `input` into its controls; a wreck's are idle.
    pub fn obey(&mut self, input: &Input) {
        let turn = (input.turn.clamp(-1, 1) + 1) as u8;
        self.controls = if self.is_alive() { turn + 3 * u8::from(input.thrust) } else { IDLE };
    }
}

/// Controls of a ship that nobody flies.
pub(crate) const IDLE: u8 = 1;

/// An asteroid.
#[derive(Replicate, Clone, Copy, Debug, PartialEq)]
pub struct Asteroid {
    /// Centre, in steps of 1/32 unit.
    #[field(vec2(min = 0.0, max = UNITS_MAX, step = POSITION_STEP), position)]
    pub position: IVec2,
    /// In steps of 1/16 unit a second.
    #[field(vec2(min = -1023.0, max = SPEED_MAX, step = VELOCITY_STEP), surprise_bits = 7)]
    pub velocity: IVec2,
    /// How it is turned, in steps of 1/65536 turn.
    #[field(angle(bits = 16))]
    pub heading: u16,
    /// 1/256 turns a second.
    #[field(scalar(min = -64.0, max = 63.0, step = 1.0))]
    pub spin: i8,
    /// 0 to 2: its radius is `size + 1` times the smallest one's.
    #[field(choice(count = 3))]
    pub size: u8,
}

/// A shot. Whose it is only the server knows; its ends on time and at the world's edge are foreseen.
#[derive(Replicate, Clone, Copy, Debug, PartialEq)]
#[replicate(news = "gone:1 other:1")]
pub struct Shot {
    /// In steps of 1/32 unit.
    #[field(vec2(min = 0.0, max = UNITS_MAX, step = POSITION_STEP), position)]
    pub position: IVec2,
    /// Where it flies, in steps of 1/4096 turn.
    #[field(angle(bits = 12))]
    pub heading: u16,
    /// Until its end.
    #[field(scalar(min = 0.0, max = SHOT_TICKS_MAX, step = 1.0))]
    pub ticks_left: u16,
}

/// Something to fly over.
#[derive(Replicate, Clone, Copy, Debug, PartialEq)]
#[replicate(news = "gone:1 other:1")]
pub struct Pickup {
    /// In steps of 1/32 unit.
    #[field(vec2(min = 0.0, max = UNITS_MAX, step = POSITION_STEP), position)]
    pub position: IVec2,
    /// Index of a [`Prize`].
    #[field(choice(count = 3))]
    pub prize: u8,
}

impl Pickup {
    /// What it gives.
    #[must_use]
    pub const fn prize(&self) -> Prize {
        match self.prize {
            0 => Prize::Repair,
            1 => Prize::Shield,
            _ => Prize::Rapid,
        }
    }
}

/// What a pickup gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Prize {
    /// Health.
    Repair,
    /// [`SHIELD`] for a while.
    Shield,
    /// [`RAPID`] for a while.
    Rapid,
}

/// The round. Its label is the podium: up to three lines, each a score, a space and a name, the best first.
#[derive(Replicate, Clone, Copy, Debug, PartialEq)]
#[replicate(label)]
pub struct Round {
    /// Until its end.
    #[field(scalar(min = 0.0, max = 262_143.0, step = 1.0), surprise_bits = 12)]
    pub ticks_left: u32,
    /// Counted from 1.
    #[field(counter(max = 65_535))]
    pub number: u32,
}

impl Entity {
    /// Where it is, in steps of 1/32 unit; `None` if it is nowhere.
    #[must_use]
    pub const fn position(&self) -> Option<IVec2> {
        match self {
            Self::Ship(Ship { position, .. })
            | Self::Asteroid(Asteroid { position, .. })
            | Self::Shot(Shot { position, .. })
            | Self::Pickup(Pickup { position, .. }) => Some(*position),
            Self::Round(_) => None,
        }
    }

    /// Where it is, in units; `None` if it is nowhere.
    #[must_use]
    pub fn point(&self) -> Option<Vec2> {
        self.position().map(to_units)
    }

    /// The ship, if it is one.
    #[must_use]
    pub const fn as_ship(&self) -> Option<&Ship> {
        if let Self::Ship(ship) = self { Some(ship) } else { None }
    }

    pub(crate) const fn as_ship_mut(&mut self) -> Option<&mut Ship> {
        if let Self::Ship(ship) = self { Some(ship) } else { None }
    }
}

/// A position in units.
pub(crate) fn to_units(position: IVec2) -> Vec2 {
    position.as_vec2() / STEPS_PER_UNIT as f32
}

/// A velocity in units a second.
pub(crate) fn to_units_a_second(velocity: IVec2) -> Vec2 {
    velocity.as_vec2() / VELOCITY_STEPS_PER_UNIT as f32
}
