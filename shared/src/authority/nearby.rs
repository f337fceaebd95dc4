//! [`Nearby`]: who is near a viewer, held against what it holds.
//!
//! Mostly a viewer holds whoever is near, and nobody else. So what it holds is laid out as bits, each that a query
//! finds is taken from them, and nothing is left over.

use alloc::vec::Vec;

use super::block::BlockHits;
use super::grid::Grid;
use crate::game::Place;
use crate::state::SlotSet;

/// Outcome of looking around from a point, and memory for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nearby {
    /// Slots that are held and not found yet, a word for each 64 of the world; none but during a look.
    unfound: Vec<u64>,
    hits: Vec<BlockHits>,
    /// Slots that are held, and too far away to be kept, or nowhere.
    too_far: SlotSet,
    /// Slots within the distance at which entities enter, which are not held, in any order.
    newcomers: Vec<u32>,
}

impl Nearby {
    /// Looks around from `centre`, which is nowhere if none, for a viewer that holds `held`, so many as `count`: at
    /// what is within the first distance, and within the second, to which entities are kept.
    pub(super) fn look(
        &mut self,
        grid: &Grid,
        centre: Option<Place>,
        distances: (f32, f32),
        (held, count): (&SlotSet, u32),
        slots: usize,
    ) {
        let Self { unfound, hits, too_far, newcomers } = self;
        newcomers.clear();
        too_far.clear();
        // Some that are held may be gone, with the memory of their slots.
        let words = slots.div_ceil(64).max(held.words().last().map_or(0, |last| last.index as usize + 1));
        if unfound.len() != words {
            unfound.resize(words, 0);
            unfound.shrink_to(2 * words);
        }
        held.words().iter().for_each(|word| unfound[word.index as usize] = word.bits);
        let mut left = count;
        if let Some(centre) = centre {
            let unfound = &mut unfound[..];
            let is_held = |slot: u32| {
                // Whoever has a place has a slot that there is a word for.
                let Some(word) = unfound.get_mut(slot as usize / 64) else { return true };
                let without = *word & !(1 << (slot % 64));
                let is_held = without != *word;
                *word = without;
                left -= u32::from(is_held);
                is_held
            };
            grid.query(centre, distances, hits, is_held, |slot| newcomers.push(slot));
        }
        if left > 0 {
            for word in held.words() {
                too_far.add_some(word.index, core::mem::take(&mut unfound[word.index as usize]));
            }
        }
    }

    /// Whether all that is held is kept, and nobody is near besides.
    pub(super) fn is_settled(&self) -> bool {
        self.too_far.is_empty() && self.newcomers.is_empty()
    }

    /// Slots that are held, and too far away or nowhere.
    pub(super) const fn too_far(&self) -> &SlotSet {
        &self.too_far
    }

    /// Slots near enough to enter, which are not held, in any order.
    pub(super) fn newcomers(&self) -> &[u32] {
        &self.newcomers
    }
}

#[cfg(test)]
mod tests {
    use glam::Vec3;

    use super::*;

    #[test]
    fn what_is_held_and_what_is_near_are_told_apart_look_after_look() {
        let mut grid = Grid::new(10.0);
        (0..40).for_each(|slot| grid.set(slot * 10, Place(Vec3::new(slot as f32, 0.0, 0.0))));
        let (mut nearby, mut held) = (Nearby::default(), SlotSet::new());
        // A slot that nobody has, one that is kept and not near, and one that is near.
        [4000, 190, 20].into_iter().for_each(|slot| held.insert(slot));
        for _ in 0..2 {
            nearby.look(&grid, Some(Place(Vec3::new(9.5, 0.0, 0.0))), (8.0, 10.0), (&held, 3), 400);
            assert!(nearby.too_far().slots().eq([4000]));
            let mut newcomers = nearby.newcomers().to_vec();
            newcomers.sort_unstable();
            assert!(newcomers.into_iter().eq((2..=17).map(|slot| slot * 10).filter(|slot| *slot != 20)));
            assert!(!nearby.is_settled());
        }
        nearby.look(&grid, None, (8.0, 10.0), (&held, 3), 400);
        assert!(nearby.too_far().slots().eq([20, 190, 4000]) && nearby.newcomers().is_empty());
        nearby.look(&grid, Some(Place(Vec3::new(-9.0, 0.0, 0.0))), (1.0, 10.0), (&SlotSet::new(), 0), 400);
        assert!(nearby.is_settled());
    }
}
