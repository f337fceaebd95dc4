//! [`Staging`]: the values of a picture that are the same for all its tracks.

use super::smooth::Smoothing;
use crate::state::Display;
use crate::tick::Tick;

/// See the module.
pub(super) struct Staging<'a> {
    pub(super) smoothing: &'a Smoothing,
    /// Whether corrections are hidden.
    pub(super) smooths: bool,
    /// Seconds since the picture before.
    pub(super) seconds: f32,
    /// Ticks by which the delay of the past became shorter with this picture; negative where it became
    /// longer.
    pub(super) nearer: i64,
    /// The newest state.
    pub(super) held_at: Tick,
    /// Ticks that are predicted at most.
    pub(super) ahead: u32,
    /// The present's position on the way to the next tick.
    pub(super) blend: f32,
    pub(super) tick_seconds: f32,
}

impl Staging<'_> {
    /// The tick of a cursor that is shown at `target` now, and was at `tick` in the picture before.
    pub(super) fn cursor(&self, tick: Tick, target: Tick, display: Display) -> Tick {
        let from = if self.starts_anew(tick, target, display) { self.held_at } else { tick };
        from.max(target)
    }

    /// Whether a cursor at `tick` has to start from the newest state to be shown at `target`.
    pub(super) fn starts_anew(&self, tick: Tick, target: Tick, display: Display) -> bool {
        target.since(tick) > self.ahead || (display == Display::Advance && target.next() < tick)
    }

    /// Ticks by which this picture, whose cursor is at `tick`, is ahead of the state of `state`.
    pub(super) fn ahead_of(&self, state: Tick, tick: Tick) -> f32 {
        (f64::from(tick.0) - f64::from(state.0)) as f32 + self.blend
    }
}
