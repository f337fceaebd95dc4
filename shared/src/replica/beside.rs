//! [`Beside`]: the way beside its place at which an entity is shown, so that nobody sees it being corrected.
//!
//! Left to hide are corrections (`smooth.rs`), with what of them lasts and is shown as motion (`trend.rs`), and of the
//! own entity a change of mind in the middle of a tick. All of these together move nothing in a picture by more than
//! would be seen as a jump.

use super::smooth::{Approach, Displacement, Offset, Smoothing};
use super::staging::Staging;
use super::trend::Trend;
use crate::tick::Tick;

/// See the module.
pub(super) struct Beside {
    offset: Offset,
    trend: Trend,
    /// The newest state of which the trend knows.
    learned_at: Tick,
    /// Ticks by which the last picture was ahead of that.
    was_ahead: f32,
    /// Offset left to hide after the player changed its mind in the middle of a tick, and for how many
    /// seconds. Of the own entity only.
    swing: Offset,
    swing_left: f32,
}

/// Ways by which a picture goes on from the one before it, whatever the newest state says.
#[derive(Clone, Copy)]
pub(super) struct Passed {
    /// Way of what lasts.
    onward: Displacement,
    /// Way back from a change of mind.
    swung: Displacement,
}

impl Beside {
    /// An entity at its place, whose newest state is of `tick`.
    pub(super) fn new(tick: Tick) -> Self {
        Self {
            offset: Offset::NONE,
            trend: Trend::default(),
            learned_at: tick,
            was_ahead: 0.0,
            swing: Offset::NONE,
            swing_left: 0.0,
        }
    }

    /// Whether the entity is shown at its place.
    pub(super) fn is_none(&self) -> bool {
        self.offset.is_none() && self.swing.is_none()
    }

    /// Whether it is, and stays there until something happens.
    pub(super) fn rests(&self) -> bool {
        self.is_none() && self.trend.is_still() && self.swing_left == 0.0
    }

    /// The way beside its place.
    pub(super) fn way(&self, smoothing: &Smoothing, kind: usize) -> Displacement {
        match self.swing.is_none() {
            true => *self.offset.way(),
            false => self.offset.way().then(smoothing, kind, self.swing.way()),
        }
    }

    /// Shows it at its place from now on.
    pub(super) fn snap(&mut self) {
        (self.offset, self.swing, self.swing_left) = (Offset::NONE, Offset::NONE, 0.0);
        self.trend.stop();
    }

    /// Hides an error: the entity is shown where it was.
    pub(super) fn hide(&mut self, smoothing: &Smoothing, kind: usize, error: &Displacement) {
        self.offset.add(smoothing, kind, error);
    }

    /// Hides an error, and whatever was hidden before is over.
    pub(super) fn hide_alone(&mut self, smoothing: &Smoothing, kind: usize, error: &Displacement) {
        self.offset = Offset::NONE;
        self.hide(smoothing, kind, error);
    }

    /// Hides for `seconds` what the player's change of mind would show at once.
    pub(super) fn swing(&mut self, smoothing: &Smoothing, kind: usize, error: &Displacement, seconds: f32) {
        self.swing.add(smoothing, kind, error);
        self.swing_left = seconds;
    }

    /// A picture later, at `target`; with `goes_on`, what lasts is shown.
    pub(super) fn pass(&mut self, kind: usize, target: Tick, goes_on: bool, staging: &Staging<'_>) -> Passed {
        let ahead = staging.ahead_of(self.learned_at, target);
        let was_ahead = core::mem::replace(&mut self.was_ahead, ahead);
        let onward = match self.trend.is_still() || !goes_on {
            true => Displacement::NONE,
            false => self.aim(kind, ahead, goes_on, staging).minus(&self.aim(kind, was_ahead, goes_on, staging)),
        };
        let mut swung = Displacement::NONE;
        if self.swing_left > 0.0 {
            let left = (self.swing_left - staging.seconds).max(0.0);
            let before = *self.swing.way();
            self.swing.shrink(staging.smoothing, kind, left / self.swing_left);
            (swung, self.swing_left) = (self.swing.way().minus(&before), left);
        }
        Passed { onward, swung }
    }

    /// Learns of the newest state, which corrects by `error`, what of its corrections lasts. How many metres of this
    /// one were not expected.
    pub(super) fn learn(
        &mut self,
        kind: usize,
        error: Option<&Displacement>,
        at: Tick,
        goes_on: bool,
        staging: &Staging<'_>,
    ) -> f32 {
        let newer = staging.held_at.since(self.learned_at);
        let expected = self.aim(kind, staging.ahead_of(self.learned_at, at), goes_on, staging);
        if newer > 0 {
            self.learned_at = staging.held_at;
            self.was_ahead = staging.ahead_of(self.learned_at, at);
            self.trend.learn(staging.smoothing.parts(kind), error, newer, self.was_ahead);
        }
        let Some(error) = error else { return 0.0 };
        let expects = self.aim(kind, staging.ahead_of(self.learned_at, at), goes_on, staging);
        staging.smoothing.metres(kind, &error.plus(&expected).minus(&expects))
    }

    /// Comes nearer to where what lasts would have it, in the very picture that learns of a correction: where that is
    /// small, nobody sees it, and where it is large, this is its first part.
    pub(super) fn relax(&mut self, kind: usize, passed: &Passed, goes_on: bool, staging: &Staging<'_>) {
        if self.offset.is_none() && self.trend.is_still() {
            return;
        }
        let aim = self.aim(kind, self.was_ahead, goes_on, staging);
        let Passed { onward, swung } = *passed;
        let approach = Approach { aim, onward, moved: swung, seconds: staging.seconds, hurry: self.trend.hurry() };
        self.offset.near(staging.smoothing, kind, &approach);
    }

    /// The way that what lasts makes, `ahead` of the newest state by so many ticks.
    fn aim(&self, kind: usize, ahead: f32, goes_on: bool, staging: &Staging<'_>) -> Displacement {
        if goes_on { self.trend.way(staging.smoothing, kind, ahead) } else { Displacement::NONE }
    }
}
