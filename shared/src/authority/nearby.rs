//! [`Nearby`]: who is near a viewer, held against what it holds.
//!
//! Mostly a viewer holds whoever is near, and nobody else, and in the grid's blocks around it are those who were there
//! when it looked last. So it keeps of each block in which lanes is what it holds ([`KnownBlocks`]), and who that is need
//! not be asked again before somebody comes into the block or leaves it. Else what it holds is laid out as bits, and
//! whoever is found is asked for there.

use alloc::vec::Vec;

use super::block::{BLOCK, BlockHits, NONE};
use super::grid::Grid;
use crate::game::Place;
use crate::state::{SlotSet, bits};

/// Blocks for which a viewer has memory at least: nine cells, and some that are crowded.
const BLOCKS_KEPT: usize = 16;

/// Outcome of looking around from a point, and memory for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nearby {
    /// Slots that are held, a word for each 64 of the world; none but during a look.
    laid_out: Vec<u64>,
    hits: Vec<BlockHits>,
    /// Slots that are held, and too far away to be kept, or nowhere.
    too_far: SlotSet,
    /// Slots within the distance at which entities enter, which are not held, in any order.
    newcomers: Vec<u32>,
}

/// The blocks at which a viewer looked last, and who of each it holds. To be forgotten when it takes in or leaves what
/// distance alone would not have it take in or leave.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnownBlocks(Vec<KnownBlock>);

/// A block as it was looked at.
#[derive(Clone, Copy, Debug)]
struct KnownBlock {
    block: u32,
    /// The block's stamp: with another one, others are in its lanes.
    stamp: u32,
    /// Lanes of those that are held, of those that were kept.
    held: u16,
    /// Number of these.
    count: u16,
}

impl KnownBlock {
    const NONE: Self = Self { block: NONE, stamp: 0, held: 0, count: 0 };

    const fn is_of(&self, hits: &BlockHits) -> bool {
        self.block == hits.block && self.stamp == hits.stamp
    }

    fn hold(&mut self, lanes: u16) {
        (self.held, self.count) = (lanes, lanes.count_ones() as u16);
    }
}

impl KnownBlocks {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn forget(&mut self) {
        self.0.clear();
    }

    /// Has memory for so many blocks, and not for many more.
    fn fit(&mut self, blocks: usize) {
        if self.0.capacity() < blocks || self.0.capacity() > BLOCKS_KEPT.max(4 * blocks) {
            self.0.truncate(blocks);
            self.0.shrink_to(blocks.next_power_of_two().max(BLOCKS_KEPT));
            self.0.reserve_exact(blocks.next_power_of_two().max(BLOCKS_KEPT) - self.0.len());
        }
        self.0.resize(blocks, KnownBlock::NONE);
    }
}

impl Nearby {
    /// Looks around from `centre`, which is nowhere if none, for a viewer that holds `held`, of which so many as `count`
    /// may have a place, and who knows of the blocks what is `known`: at what is within the first distance, and within
    /// the second, to which entities are kept.
    pub(super) fn look(
        &mut self,
        grid: &Grid,
        centre: Option<Place>,
        distances: (f32, f32),
        (held, count): (&SlotSet, u32),
        slots: usize,
        known: &mut KnownBlocks,
    ) {
        self.newcomers.clear();
        self.too_far.clear();
        self.hits.clear();
        if let Some(centre) = centre {
            grid.find(centre, distances, &mut self.hits);
        }
        known.fit(self.hits.len());
        let (mut found, mut is_laid_out) = (0, false);
        for (hits, known) in self.hits.iter().zip(&mut known.0) {
            if !known.is_of(hits) {
                if !core::mem::replace(&mut is_laid_out, true) {
                    lay_out(&mut self.laid_out, held, slots);
                }
                let held = lanes_of(&self.laid_out, grid.slots_of(hits.block), hits.kept);
                (known.block, known.stamp) = (hits.block, hits.stamp);
                known.hold(held);
            } else if known.held & !hits.kept != 0 {
                known.hold(known.held & hits.kept);
            }
            found += u32::from(known.count);
            let new = hits.near & !known.held;
            if new != 0 {
                let slots = grid.slots_of(hits.block);
                self.newcomers.extend(bits(new.into()).map(|lane| slots[lane as usize % BLOCK]));
                // Who of them enters is not known here.
                known.block = NONE;
            }
        }
        if found < count {
            if !core::mem::replace(&mut is_laid_out, true) {
                lay_out(&mut self.laid_out, held, slots);
            }
            self.find_too_far(grid, held, known);
        } else if is_laid_out {
            held.words().iter().for_each(|word| self.laid_out[word.index as usize] = 0);
        }
    }

    /// Whoever is held and not found is too far away.
    fn find_too_far(&mut self, grid: &Grid, held: &SlotSet, known: &KnownBlocks) {
        for (hits, known) in self.hits.iter().zip(&known.0) {
            let slots = grid.slots_of(hits.block);
            for lane in bits(known.held.into()) {
                let slot = slots[lane as usize % BLOCK];
                self.laid_out[slot as usize / 64] &= !(1 << (slot % 64));
            }
        }
        for word in held.words() {
            self.too_far.add_some(word.index, core::mem::take(&mut self.laid_out[word.index as usize]));
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

/// Lays out what is held as bits.
#[inline(never)]
fn lay_out(laid_out: &mut Vec<u64>, held: &SlotSet, slots: usize) {
    // Some that are held may be gone, with the memory of their slots.
    let words = slots.div_ceil(64).max(held.words().last().map_or(0, |last| last.index as usize + 1));
    if laid_out.len() != words {
        laid_out.resize(words, 0);
        laid_out.shrink_to(2 * words);
    }
    held.words().iter().for_each(|word| laid_out[word.index as usize] = word.bits);
}

/// The lanes, of these, of those that are held.
fn lanes_of(held: &[u64], slots: &[u32; BLOCK], lanes: u16) -> u16 {
    let is_held = |slot: u32| held.get(slot as usize / 64).is_some_and(|word| word >> (slot % 64) & 1 == 1);
    let mut left = u32::from(lanes);
    let mut found = 0;
    while left != 0 {
        let lane = left & left.wrapping_neg();
        left ^= lane;
        found |= if is_held(slots[lane.trailing_zeros() as usize % BLOCK]) { lane } else { 0 };
    }
    found as u16
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeMap;

    use glam::Vec3;

    use super::*;
    use crate::rng::Rng;

    #[test]
    fn what_is_held_and_what_is_near_are_told_apart_look_after_look() {
        let mut grid = Grid::new(10.0);
        (0..40).for_each(|slot| grid.set(slot * 10, Place(Vec3::new(slot as f32, 0.0, 0.0))));
        let (mut nearby, mut held, mut known) = (Nearby::default(), SlotSet::new(), KnownBlocks::new());
        // A slot that nobody has, one that is kept and not near, and one that is near.
        [4000, 190, 20].into_iter().for_each(|slot| held.insert(slot));
        for _ in 0..2 {
            nearby.look(&grid, Some(Place(Vec3::new(9.5, 0.0, 0.0))), (8.0, 10.0), (&held, 3), 400, &mut known);
            assert!(nearby.too_far().slots().eq([4000]));
            let mut newcomers = nearby.newcomers().to_vec();
            newcomers.sort_unstable();
            assert!(newcomers.into_iter().eq((2..=17).map(|slot| slot * 10).filter(|slot| *slot != 20)));
            assert!(!nearby.is_settled());
        }
        nearby.look(&grid, None, (8.0, 10.0), (&held, 3), 400, &mut known);
        assert!(nearby.too_far().slots().eq([20, 190, 4000]) && nearby.newcomers().is_empty());
        nearby.look(&grid, Some(Place(Vec3::new(-9.0, 0.0, 0.0))), (1.0, 10.0), (&SlotSet::new(), 0), 400, &mut known);
        assert!(nearby.is_settled());
    }

    /// A viewer goes on through a world in which others come, move and go, and takes in some of those that it sees.
    fn watch(seed: u64) {
        let (mut rng, mut places) = (Rng::new(seed), BTreeMap::new());
        let (mut grid, mut nearby, mut held, mut known) =
            (Grid::new(10.0), Nearby::default(), SlotSet::new(), KnownBlocks::new());
        let mut centre = Vec3::ZERO;
        for look in 0..400 {
            for _ in 0..rng.below(8) {
                let (slot, place) = (rng.below(200), Vec3::new(rng.below(60) as f32, rng.below(60) as f32, 0.0));
                if rng.one_in(3) {
                    (_, ()) = (places.remove(&slot), grid.remove(slot));
                } else {
                    (_, ()) = (places.insert(slot, place), grid.set(slot, Place(place)));
                }
            }
            centre = (centre + Vec3::new(rng.below(5) as f32 - 1.5, rng.below(5) as f32 - 1.5, 0.0)) % 60.0;
            nearby.look(&grid, Some(Place(centre)), (8.0, 10.0), (&held, held.count()), 200, &mut known);
            let within = |slot: &u32, metres: f32| {
                places.get(slot).is_some_and(|place: &Vec3| place.distance_squared(centre) <= metres * metres)
            };
            assert!(nearby.too_far().slots().eq(held.slots().filter(|slot| !within(slot, 10.0))), "seed {seed}, {look}");
            let mut newcomers = nearby.newcomers().to_vec();
            newcomers.sort_unstable();
            let new = places.keys().copied().filter(|slot| within(slot, 8.0) && !held.contains(*slot));
            assert!(newcomers.iter().copied().eq(new), "seed {seed}, look {look}");
            held.remove_all(&nearby.too_far().clone());
            newcomers.into_iter().filter(|_| !rng.one_in(4)).for_each(|slot| held.insert(slot));
            if rng.one_in(20) {
                held.remove(rng.below(200));
                known.forget();
            }
        }
    }

    #[test]
    fn what_is_known_of_blocks_hides_nobody_and_keeps_nobody() {
        (0..50).for_each(watch);
    }

    #[test]
    fn a_crowds_memory_is_given_back_when_it_has_gone() {
        let mut known = KnownBlocks::new();
        known.fit(1000);
        known.fit(9);
        assert!(known.0.capacity() <= 2 * BLOCKS_KEPT);
    }
}
