//! Live ticks: which of a recorded world are played. A countdown, a pause after a goal and a gap in the record are
//! cut out, since nothing moves in them, and would make everything look cheap.

use crate::trace::{BodyState, Recording, TICK_HZ};

/// A tick in which nothing moves faster is a still one: centimetres a second.
const STILL_SPEED: f32 = 20.0;
/// Ticks with motion between two still ones that are cut out too: bodies that drop to the floor before a countdown.
const SETTLING_TICKS: usize = 15;

impl Recording {
    /// The ticks in which something moves, one after the other.
    #[must_use]
    pub fn live(&self) -> Self {
        let none = Vec::new();
        let before = |tick: usize| tick.checked_sub(1).map_or(&none, |before| &self.ticks[before]);
        let is_live: Vec<bool> = (0..self.ticks.len()).map(|tick| moves(before(tick), &self.ticks[tick])).collect();
        let mut kept = Vec::with_capacity(self.ticks.len());
        let mut at = 0;
        while at < is_live.len() {
            let end = (at..is_live.len()).find(|&tick| is_live[tick] != is_live[at]).unwrap_or(is_live.len());
            let settles = at > 0 && end < is_live.len() && end - at <= SETTLING_TICKS;
            if is_live[at] && !settles {
                kept.extend_from_slice(&self.ticks[at..end]);
            }
            at = end;
        }
        Self { ticks: kept }
    }
}

/// Whether anything has a speed, and goes by it: in a pause that was recorded, bodies stand still and keep their
/// speeds.
fn moves(before: &[BodyState], now: &[BodyState]) -> bool {
    let is_fast = |body: &BodyState| {
        let was = before.iter().find(|other| other.id == body.id);
        let went = was.map_or(f32::MAX, |was| was.position.distance(body.position) * TICK_HZ as f32);
        body.velocity.length().min(went) >= STILL_SPEED
    };
    now.iter().any(is_fast)
}
