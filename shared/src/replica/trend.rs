//! A trend: what lasts of an entity's corrections.
//!
//! A correction that comes tick after tick in the same direction is no error that smoothing should hide, but motion
//! that nobody foresaw: a push, a pull, a turn. From what a state corrects it is seen how fast foresight was left
//! behind; where that lasts, the picture goes on by it, and the next state finds nothing to correct.
//!
//! It is of the picture alone. How far it is believed is learned of each entity: what is pushed now and then, as by
//! collisions, is not.

use glam::Vec3;

use super::smooth::{Displacement, ShownPart, Smoothing};

/// Fields of an entity that have a trend at most; others are smoothed alone.
const PARTS: usize = 4;
/// Share of the new in what is learned of an entity, with each state.
const LEARNED: f32 = 0.1;
/// Agreement of two states in a row, from 0 to 1, from which a trend is wholly believed; below in proportion.
const BELIEVED: f32 = 0.5;
/// Share of a push that is shown of what foresight pulls already: the rest of it is the pull's own error.
const OF_PULLED: f32 = 0.6;
/// Share of the states that correct something up to which nothing is in a hurry, and from which everything is.
const SELDOM: f32 = 0.25;
const OFTEN: f32 = 0.6;
/// A push is believed up to so many times the usual one: a hit is over when it is told.
const MOST_BY_USUAL: f32 = 2.5;
/// Loss of a push in a tick: 0.9 of it is there a tick later, and this is the logarithm of one by that.
const LOSS: f32 = 0.105_360_545;
/// Ticks from a state to the next beyond which nothing is learned of a push: what was corrected had time to be many
/// things.
const NEWER_TICKS: u32 = 3;
/// Ticks after the newest state for which it goes on; in a stall nobody knows.
const TICKS: f32 = 10.0;

/// The trend of one field.
#[derive(Clone, Copy, Debug, Default)]
struct PartTrend {
    /// The push beyond what was foreseen, in metres a tick and tick.
    push: Vec3,
    /// The usual length of it.
    usual: f32,
    /// Agreement of a state with the one before, from 0 to 1.
    agreement: f32,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Trend {
    parts: [PartTrend; PARTS],
    /// Share of the states that corrected something.
    dense: f32,
}

impl Trend {
    /// Takes what a state that is `newer` by so many ticks than the one before corrects, in a picture that is `ahead`
    /// of it by so many.
    pub(super) fn learn(&mut self, parts: &[ShownPart], correction: Option<&Displacement>, newer: u32, ahead: f32) {
        self.dense += (f32::from(correction.is_some()) - self.dense) * LEARNED;
        let ticks = newer as f32;
        for (trend, part) in self.parts.iter_mut().zip(parts) {
            // Foresight was left behind for all ticks until then, and what is ahead has all of that.
            let push = |error| -part.metres_of(error) / (ticks * (ahead + ticks / 2.0));
            trend.learn(correction.filter(|_| newer <= NEWER_TICKS).map_or(Vec3::ZERO, push));
        }
    }

    /// The way that a picture goes beyond what is foreseen, `ahead` of the newest state by so many ticks.
    pub(super) fn way(&self, smoothing: &Smoothing, kind: usize, ahead: f32) -> Displacement {
        let mut way = Displacement::NONE;
        if self.is_still() {
            return way;
        }
        let reach = reach(ahead);
        for (trend, part) in self.parts.iter().zip(smoothing.parts(kind)) {
            let believed = (trend.agreement / BELIEVED).min(1.0) * if part.is_pulled { OF_PULLED } else { 1.0 };
            if believed > 0.0 && trend.push != Vec3::ZERO {
                part.add_metres(&mut way, trend.push * (believed * reach));
            }
        }
        way
    }

    /// Hurry of its corrections, from 0 to 1: those of what is corrected in every tick are over before the next one.
    pub(super) fn hurry(&self) -> f32 {
        ((self.dense - SELDOM) / (OFTEN - SELDOM)).clamp(0.0, 1.0)
    }

    /// Whether nothing of it lasts.
    pub(super) fn is_still(&self) -> bool {
        self.parts.iter().all(|part| part.push == Vec3::ZERO)
    }

    /// Goes on from where it is: no motion led there.
    pub(super) fn stop(&mut self) {
        self.parts.iter_mut().for_each(|part| part.push = Vec3::ZERO);
    }
}

impl PartTrend {
    fn learn(&mut self, push: Vec3) {
        let (length, before) = (push.length(), self.push.length());
        let longer = length.max(before);
        let agreement = if longer > 0.0 { (push.dot(self.push) / (longer * longer)).max(0.0) } else { 0.0 };
        self.agreement += (agreement - self.agreement) * LEARNED;
        let most = MOST_BY_USUAL * self.usual;
        let usual = if self.usual > 0.0 { length.min(most) } else { length };
        self.usual += (usual - self.usual) * LEARNED;
        self.push = if length > most { push * (most / length) } else { push };
    }
}

/// Metres of a push of one metre a tick and tick that loses some of itself with each tick, after so many.
fn reach(ticks: f32) -> f32 {
    let ticks = ticks.clamp(0.0, TICKS);
    ticks / LOSS - (1.0 - libm::expf(-LOSS * ticks)) / (LOSS * LOSS)
}
