//! ForeseenObstacles: what the own entity may run into, from the newest state held to the tick after the picture. A
//! correction of the own entity is replayed among the others as they are foreseen at each of its ticks.
//!
//! What keeps to what was foreseen is foreseen once: a replay only looks it up.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::rebuild::HeldWorld;
use crate::game::{Fate, Foreseen, Game, Ground, foresee};
use crate::limits::PREDICT_TICKS_MAX;
use crate::state::{Layout, Replicate};
use crate::tick::Tick;

/// Moments from the newest state held to two ticks after the picture, both included.
const MOMENTS_MAX: usize = PREDICT_TICKS_MAX as usize + 3;

#[derive(Default)]
pub(super) struct ForeseenObstacles {
    /// The tick of the first of `moments`.
    from: Tick,
    /// Everybody at one tick after the other: no more of them than ticks are predicted.
    moments: VecDeque<Vec<Foreseen>>,
    /// Memory of moments that are over.
    spare: Vec<Vec<Foreseen>>,
}

impl ForeseenObstacles {
    /// The rows of `tick` are held. Whether anything is not as it was foreseen, so that the own entity may
    /// not be either.
    pub(super) fn follow<G: Game>(&mut self, mirror: &HeldWorld<G>, tick: Tick) -> bool {
        if !G::Entity::KINDS.iter().any(|kind| kind.obstacle) {
            return false;
        }
        while self.from < tick
            && let Some(over) = self.moments.pop_front()
        {
            self.spare.push(over);
            self.from = self.from.next();
        }
        let held = mirror.rows.iter().map(|(_, held)| held).filter(|held| G::Entity::KINDS[held.kind].obstacle);
        let is_foreseen = self.from == tick
            && self.moments.front().is_some_and(|foreseen| {
                let foreseen = foreseen.iter().map(|it| (it.id, it.kind, &it.row));
                foreseen.eq(held.clone().map(|it| (it.id, it.kind, &it.row)))
            });
        if !is_foreseen {
            self.spare.extend(self.moments.drain(..));
            self.from = tick;
            let mut moment = self.empty();
            moment.extend(held.map(|held| Foreseen { id: held.id, kind: held.kind, row: held.row }));
            self.moments.push_back(moment);
        }
        !is_foreseen
    }

    /// Foresees everybody up to `to`, if that is no further than is ever predicted: a server that breaks off
    /// in the middle of an update may leave any tick behind.
    pub(super) fn foresee<G: Game>(&mut self, layout: &Layout, ground: &Ground<G>, to: Tick) {
        while let Some(newest) = self.moments.back()
            && self.from.plus(self.moments.len() as u32) <= to
            && self.moments.len() < MOMENTS_MAX
        {
            let mut moment = self.spare.pop().unwrap_or_default();
            moment.clone_from(newest);
            moment.retain_mut(|it| foresee::<G>(layout, ground, it.kind, &mut it.row) == Fate::Continues);
            self.moments.push_back(moment);
        }
    }

    /// Everybody at `tick`, if that is foreseen.
    pub(super) fn at(&self, tick: Tick) -> &[Foreseen] {
        let index = tick.0.checked_sub(self.from.0);
        index.and_then(|index| self.moments.get(index as usize)).map_or(&[], Vec::as_slice)
    }

    fn empty(&mut self) -> Vec<Foreseen> {
        let mut moment = self.spare.pop().unwrap_or_default();
        moment.clear();
        moment
    }
}
