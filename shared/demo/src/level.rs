//! [`Level`]: what follows from the terms, worked out once at either end.

use auspice::Terms;

use crate::grid::AGE_MAX;
use crate::heading::{HEADING_BITS, rounded};
use crate::rules::{Rules, ticks_in};
use crate::walls::Walls;

/// The rules, at the session's tick rate, and what follows from the two.
#[derive(Clone, Debug)]
pub struct Level {
    /// The rules that the game is played by.
    pub rules: Rules,
    /// Every wall.
    pub walls: Walls,
    /// Ticks a second, from 1.
    pub(crate) hz: i64,
    /// Steps of heading that a ship turns in a tick.
    pub(crate) ship_turn: i64,
    /// Steps of heading that a missile turns in a tick.
    pub(crate) missile_turn: i64,
    /// Ticks for which a shot flies.
    pub(crate) shot_ticks: u32,
    /// Ticks for which a missile flies.
    pub(crate) missile_ticks: u32,
}

impl From<&Terms<Rules>> for Level {
    fn from(terms: &Terms<Rules>) -> Self {
        let Terms { rules, tick_hz, .. } = *terms;
        let hz = i64::from(tick_hz.max(1));
        let flies = |milliseconds| ticks_in(milliseconds, hz as u32).min(AGE_MAX);
        Self {
            rules,
            walls: Walls::new(&rules),
            hz,
            ship_turn: turn_per_tick(hz, rules.turn),
            missile_turn: turn_per_tick(hz, rules.missile_turn),
            shot_ticks: flies(rules.shot_ms),
            missile_ticks: flies(rules.missile_ms),
        }
    }
}

/// Steps of heading that are turned in a tick at so many degrees a second: at least one.
fn turn_per_tick(hz: i64, degrees: u32) -> i64 {
    rounded(i64::from(degrees) << HEADING_BITS, 360 * hz).max(1)
}
