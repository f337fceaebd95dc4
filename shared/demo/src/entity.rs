//! Published fields of each kind of entity; ships are in `ship.rs`.
//!
//! Whole numbers are the steps of the published grid, so nothing is rounded on its way out. `tick_hz` never shows here:
//! velocities are per second, and only motion turns them into steps of a tick.

use auspice::Replicate;
use auspice::limits::PATIENCE_MILLIS_MAX;
use glam::{IVec2, Vec2};
use serde::{Deserialize, Serialize};

use crate::grid::{AGE_MAX, DUE_MAX, POSITION_STEP, SPEED_MAX, UNITS_MAX, VELOCITY_STEP, to_units};
use crate::rules::{Rules, ticks_in};
use crate::ship::{Prize, Ship};

/// Anything in the world.
#[derive(Replicate, Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Entity {
    /// A player's or a computer's.
    Ship(Ship),
    /// Flies straight, spins, bounces at edge and walls, pushes ships away.
    Asteroid(Asteroid),
    /// Flies straight until its time is over, or it hits.
    Shot(Shot),
    /// Follows a ship until its time is over, or it hits.
    Missile(Missile),
    /// A known place at which prizes appear in a rhythm.
    Pickup(Pickup),
    /// A line of the scoreboard, which everybody sees.
    Standing(Standing),
    /// The round, which everybody sees.
    Round(Round),
}

/// An asteroid.
#[derive(Replicate, Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[replicate(obstacle)]
pub struct Asteroid {
    /// Centre, in steps of 1/32 unit.
    #[field(vec2(min = 0.0, max = UNITS_MAX, step = POSITION_STEP), position)]
    pub position: IVec2,
    /// In steps of 1/16 unit a second.
    #[field(vec2(min = -1023.0, max = SPEED_MAX, step = VELOCITY_STEP), news_bits = 7)]
    pub velocity: IVec2,
    /// Turn of the asteroid's picture, in steps of 1/65536 turn.
    #[field(angle(bits = 16))]
    pub heading: u16,
    /// 1/256 turns a second.
    #[field(scalar(min = -64.0, max = 63.0, step = 1.0))]
    pub spin: i8,
    /// 0 to 2: its radius is `size + 1` times the smallest one's.
    #[field(choice(count = 3))]
    pub size: u8,
}

/// A shot. Whose it is only the server knows; its ends on time, at walls and at the world's edge are foreseen.
#[derive(Replicate, Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[replicate(priority = 2, news = "gone:1 other:1")]
pub struct Shot {
    /// In steps of 1/32 unit.
    #[field(vec2(min = 0.0, max = UNITS_MAX, step = POSITION_STEP), position)]
    pub position: IVec2,
    /// Direction of flight, in steps of 1/4096 turn.
    #[field(angle(bits = 12))]
    pub heading: u16,
    /// Ticks since it was fired: what most shots are when they come into view is 0, which is short.
    #[field(counter(max = AGE_MAX as i32), news_bits = 1)]
    pub age: u16,
}

impl Shot {
    /// Ticks until its end.
    #[must_use]
    pub fn ticks_left(&self, tick_hz: u32, rules: &Rules) -> u32 {
        ticks_in(rules.shot_ms, tick_hz).saturating_sub(u32::from(self.age))
    }
}

/// A missile. It flies at one speed; which way it turns is all that its homing says, a few times a second at most.
#[derive(Replicate, Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[replicate(priority = 3, patience = 0, news = "turn:1 gone:2 other:2")]
pub struct Missile {
    /// In steps of 1/32 unit.
    #[field(vec2(min = 0.0, max = UNITS_MAX, step = POSITION_STEP), position)]
    pub position: IVec2,
    /// Direction of flight, in steps of 1/4096 turn.
    #[field(angle(bits = 12))]
    pub heading: u16,
    /// 0 turns to the right, 1 flies straight, 2 turns to the left.
    #[field(choice(count = 3), control)]
    pub turn: u8,
    /// Ticks since it was fired.
    #[field(counter(max = AGE_MAX as i32), news_bits = 1)]
    pub age: u16,
}

impl Missile {
    /// Ticks until its end.
    #[must_use]
    pub fn ticks_left(&self, tick_hz: u32, rules: &Rules) -> u32 {
        ticks_in(rules.missile_ms, tick_hz).saturating_sub(u32::from(self.age))
    }
}

/// A place at which prizes appear: taken by whoever flies over it, there again some seconds later, another each time.
#[derive(Replicate, Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[replicate(news = "prize_index+due:1 other:1")]
pub struct Pickup {
    /// In steps of 1/32 unit.
    #[field(vec2(min = 0.0, max = UNITS_MAX, step = POSITION_STEP), position)]
    pub position: IVec2,
    /// Index of the [`Prize`] that is there, or comes next.
    #[field(choice(count = 4))]
    pub prize_index: u8,
    /// Ticks until the prize is there; 0: it is.
    #[field(counter(max = DUE_MAX as i32), news_bits = 8)]
    pub due: u16,
}

impl Pickup {
    /// The prize that it gives.
    #[must_use]
    pub const fn prize(&self) -> Prize {
        match self.prize_index {
            0 => Prize::Repair,
            1 => Prize::Shield,
            2 => Prize::Rapid,
            _ => Prize::Charge,
        }
    }

    /// Whether the prize is there to be taken.
    #[must_use]
    pub const fn is_there(&self) -> bool {
        self.due == 0
    }
}

/// A line of the scoreboard. Its label is the ship's name. The lines come in no order: sort them by score.
#[derive(Replicate, Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[replicate(label, patience = PATIENCE_MILLIS_MAX, news = "deaths:1 score:2 gone:3 other:3")]
pub struct Standing {
    /// Slot of the ship's entity: what [`Watch::Ship`](crate::Watch::Ship) takes.
    #[field(counter(max = 65_535), news_bits = 8)]
    pub ship: u16,
    /// Ships destroyed in this round.
    #[field(counter(max = 65_535), news_bits = 1)]
    pub score: u16,
    /// Number of times that it was destroyed in this round.
    #[field(counter(max = 65_535), news_bits = 1)]
    pub deaths: u16,
    /// Whether a computer flies it.
    #[field(flags(bits = 1))]
    pub is_computer: bool,
}

/// The round.
#[derive(Replicate, Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// Ticks until the end of the round, or of the intermission.
    #[field(scalar(min = 0.0, max = 262_143.0, step = 1.0), news_bits = 12)]
    pub ticks_left: u32,
    /// Counted from 1.
    #[field(counter(max = 65_535))]
    pub number: u16,
    /// Whether this is the intermission after it: the scores stand, and nothing harms anyone.
    #[field(flags(bits = 1))]
    pub is_over: bool,
}

impl Entity {
    /// The entity's place, in steps of 1/32 unit; `None` if it is nowhere.
    #[must_use]
    pub const fn position(&self) -> Option<IVec2> {
        match self {
            Self::Ship(Ship { position, .. })
            | Self::Asteroid(Asteroid { position, .. })
            | Self::Shot(Shot { position, .. })
            | Self::Missile(Missile { position, .. })
            | Self::Pickup(Pickup { position, .. }) => Some(*position),
            Self::Standing(_) | Self::Round(_) => None,
        }
    }

    /// The entity's place, in units; `None` if it is nowhere.
    #[must_use]
    pub fn point(&self) -> Option<Vec2> {
        self.position().map(to_units)
    }

    /// The ship, if it is one.
    #[must_use]
    pub const fn as_ship(&self) -> Option<&Ship> {
        if let Self::Ship(ship) = self { Some(ship) } else { None }
    }

    pub(crate) const fn as_asteroid(&self) -> Option<&Asteroid> {
        if let Self::Asteroid(asteroid) = self { Some(asteroid) } else { None }
    }

    pub(crate) const fn as_ship_mut(&mut self) -> Option<&mut Ship> {
        if let Self::Ship(ship) = self { Some(ship) } else { None }
    }
}
