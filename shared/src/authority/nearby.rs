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

/// Blocks for which a viewer has memory at least: nine cells, and two that are crowded.
const BLOCKS_KEPT: usize = 11;

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
    count: u8,
    /// Whether some of the others may be held by now.
    is_asked: bool,
}

impl KnownBlock {
    const NONE: Self = Self { block: NONE, stamp: 0, held: 0, count: 0, is_asked: true };

    #[inline]
    const fn is_of(&self, hits: &BlockHits) -> bool {
        self.block == hits.block && self.stamp == hits.stamp && !self.is_asked
    }

    const fn hold(&mut self, lanes: u16) {
        (self.held, self.count) = (lanes, lanes.count_ones() as u8);
    }
}

impl KnownBlocks {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn forget(&mut self) {
        self.0.clear();
    }

    fn add(&mut self) {
        if self.0.capacity() == 0 {
            self.0.reserve_exact(BLOCKS_KEPT);
        }
        self.0.push(KnownBlock::NONE);
    }

    /// Forgets all but the first, and gives a crowd's memory back.
    fn end(&mut self, blocks: usize) {
        self.0.truncate(blocks);
        if self.0.capacity() > BLOCKS_KEPT.max(4 * blocks) {
            self.0.shrink_to(BLOCKS_KEPT.max(2 * blocks));
        }
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
        let Self { laid_out, hits, too_far, newcomers } = self;
        newcomers.clear();
        too_far.clear();
        hits.clear();
        if let Some(centre) = centre {
            grid.find(centre, distances, hits);
        }
        let mut look = Look { grid, held, slots, known, newcomers, laid_out, is_laid_out: false };
        let found: u32 = hits.iter().enumerate().map(|(at, hits)| look.count_held(at, hits)).sum();
        look.known.end(hits.len());
        if found < count {
            look.find_too_far(too_far);
        } else if look.is_laid_out {
            held.words().iter().for_each(|word| laid_out[word.index as usize] = 0);
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

/// A look around, while it goes on.
struct Look<'a> {
    grid: &'a Grid,
    held: &'a SlotSet,
    /// Number of slots of the world.
    slots: usize,
    known: &'a mut KnownBlocks,
    newcomers: &'a mut Vec<u32>,
    laid_out: &'a mut Vec<u64>,
    is_laid_out: bool,
}

impl Look<'_> {
    /// Number of those held and kept in a block, the one behind so many.
    #[inline(always)]
    fn count_held(&mut self, at: usize, hits: &BlockHits) -> u32 {
        match self.known.0.get(at) {
            Some(known) if known.is_of(hits) && known.held & !hits.kept == 0 && hits.near & !known.held == 0 => {
                known.count.into()
            }
            _ => self.note_change(at, hits),
        }
    }

    /// The same of a block in which somebody came or went, or was passed by.
    #[inline(never)]
    fn note_change(&mut self, at: usize, hits: &BlockHits) -> u32 {
        if at == self.known.0.len() {
            self.known.add();
        }
        if !self.known.0[at].is_of(hits) {
            self.lay_out();
            self.known.0[at] = ask(self.laid_out, self.grid.slots_of(hits.block), hits);
        }
        let known = &mut self.known.0[at];
        known.hold(known.held & hits.kept);
        let new = hits.near & !known.held;
        if new != 0 {
            // Who of them enters is not known here.
            known.is_asked = true;
            let slots = self.grid.slots_of(hits.block);
            self.newcomers.extend(bits(new.into()).map(|lane| slots[lane as usize % BLOCK]));
        }
        known.count.into()
    }

    /// Lays out what is held as bits.
    #[inline(never)]
    fn lay_out(&mut self) {
        if core::mem::replace(&mut self.is_laid_out, true) {
            return;
        }
        let (laid_out, held) = (&mut *self.laid_out, self.held.words());
        // Some that are held may be gone, with the memory of their slots.
        let words = self.slots.div_ceil(64).max(held.last().map_or(0, |last| last.index as usize + 1));
        if laid_out.len() != words {
            laid_out.resize(words, 0);
            laid_out.shrink_to(2 * words);
        }
        held.iter().for_each(|word| laid_out[word.index as usize] = word.bits);
    }

    /// Whoever is held and was not found is too far away. Leaves nothing laid out.
    #[inline(never)]
    fn find_too_far(&mut self, too_far: &mut SlotSet) {
        self.lay_out();
        for known in &self.known.0 {
            let slots = self.grid.slots_of(known.block);
            for lane in bits(known.held.into()) {
                let slot = slots[lane as usize % BLOCK];
                self.laid_out[slot as usize / 64] &= !(1 << (slot % 64));
            }
        }
        for word in self.held.words() {
            too_far.add_some(word.index, core::mem::take(&mut self.laid_out[word.index as usize]));
        }
    }
}

/// Asks in which lanes of a block, of those that are kept, is what is held.
fn ask(held: &[u64], slots: &[u32; BLOCK], hits: &BlockHits) -> KnownBlock {
    let is_held = |slot: u32| held.get(slot as usize / 64).map_or(0, |word| word >> (slot % 64) & 1) as u32;
    let (mut left, mut lanes) = (u32::from(hits.kept), 0);
    while left != 0 {
        let lane = left & left.wrapping_neg();
        left ^= lane;
        lanes |= lane & is_held(slots[lane.trailing_zeros() as usize % BLOCK]).wrapping_neg();
    }
    KnownBlock { block: hits.block, stamp: hits.stamp, held: lanes as u16, count: 0, is_asked: false }
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
        (0..1000).for_each(|_| known.add());
        known.end(9);
        assert!(known.0.capacity() <= 2 * BLOCKS_KEPT);
    }
}
