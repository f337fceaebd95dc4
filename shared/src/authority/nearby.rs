//! [`Nearby`]: who is near a viewer, held against what it holds.
//!
//! Mostly a viewer holds whoever is near, and nobody else; and mostly the blocks of the grid around it have the same
//! entities as when it looked last. So it keeps for each of them which it holds, a bit each, and compares bits with
//! those that a query finds.

use alloc::vec::Vec;

use glam::Vec3;

use super::block::BlockHits;
use super::grid::Grid;
use crate::game::Place;
use crate::state::SlotSet;

/// Blocks whose memory a viewer may keep: as many as are around it in a world that is not crowded.
const BLOCKS_KEPT: usize = 16;

/// A block of the grid, and what a viewer knows of its entities: a bit for each.
#[derive(Clone, Copy, Debug)]
struct KnownBlock {
    /// Number of the change since which the block has these entities, which no other block has.
    change: u32,
    /// Entities that the viewer holds, as far as it has found them.
    held: u16,
    /// Entities that it found, and does not hold.
    strangers: u16,
}

impl KnownBlock {
    /// A block of which nothing is known.
    const fn new(change: u32) -> Self {
        Self { change, held: 0, strangers: 0 }
    }
}

/// The blocks around a viewer when it looked last. Whatever changes what the viewer holds says so.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownBlocks(Vec<KnownBlock>);

impl KnownBlocks {
    /// No blocks are known.
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// The viewer holds nothing of what it held.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The viewer holds these now, or not any more. Of whoever is elsewhere than before, the block has changed.
    pub(super) fn note(&mut self, grid: &Grid, slots: impl Iterator<Item = u32>) {
        for change in slots.filter_map(|slot| grid.last_change_around(slot)) {
            let known = self.0.iter_mut().filter(|known| known.change == change);
            known.for_each(|known| *known = KnownBlock::new(change));
        }
    }

    /// Makes room for so many blocks.
    fn resize(&mut self, blocks: usize) {
        // Each client has these: no more than it ever needs at once.
        self.0.reserve_exact(blocks.saturating_sub(self.0.len()));
        self.0.resize(blocks, KnownBlock::new(0));
        if self.0.capacity() > BLOCKS_KEPT.max(4 * blocks) {
            self.0.shrink_to(BLOCKS_KEPT.max(2 * blocks));
        }
    }
}

/// Number of entities that are held in these blocks, of four at a time.
fn count_held(known: &[KnownBlock]) -> u32 {
    let four = |four: &[KnownBlock]| four.iter().fold(0, |bits, known| bits << 16 | u64::from(known.held)).count_ones();
    known.chunks(4).map(four).sum()
}

/// Slots that a viewer holds, laid out as the words of a world. They are laid out anew for each viewer, and never
/// cleared.
#[derive(Clone, Debug, Default)]
struct SlotWords {
    /// Each word, and the number of the layout that it is of.
    words: Vec<(u64, u64)>,
    layout: u64,
}

impl SlotWords {
    /// Lays out what a viewer holds.
    fn lay_out(&mut self, &Lookout { held, slots, .. }: &Lookout<'_>) {
        // Some that are held may be gone, with the memory of their slots.
        let words = slots.div_ceil(64).max(held.words().last().map_or(0, |last| last.index as usize + 1));
        if self.words.len() != words {
            self.words.resize(words, (0, 0));
            self.words.shrink_to(2 * words);
        }
        self.layout += 1;
        held.words().iter().for_each(|word| self.words[word.index as usize] = (self.layout, word.bits));
    }

    #[inline]
    fn contains(&self, slot: u32) -> bool {
        let word = self.words.get(slot as usize / 64).filter(|(layout, _)| *layout == self.layout);
        word.is_some_and(|(_, bits)| bits >> (slot % 64) & 1 == 1)
    }

    /// Removes a slot, which is one of those that are held.
    fn remove(&mut self, slot: u32) {
        self.words[slot as usize / 64].1 &= !(1 << (slot % 64));
    }
}

/// A viewer that looks around.
#[derive(Clone, Copy)]
pub(super) struct Lookout<'a> {
    /// The point that it looks from; nowhere if none.
    pub(super) centre: Option<Place>,
    /// Distance within which entities enter.
    pub(super) enter: f32,
    /// Distance within which they are kept, which is not less.
    pub(super) keep: f32,
    /// Slots that it holds, and their number.
    pub(super) held: &'a SlotSet,
    pub(super) count: u32,
    /// Number of slots of the world.
    pub(super) slots: usize,
}

/// Outcome of looking around from a point, and memory for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nearby {
    hits: Vec<BlockHits>,
    found: Encounters,
}

/// Whoever is found or missed.
#[derive(Clone, Debug, Default)]
struct Encounters {
    /// Slots that are held by whoever looks, if they are laid out.
    laid_out: SlotWords,
    is_laid_out: bool,
    /// Slots that are held, and too far away in a block that was looked at.
    lost: Vec<u32>,
    /// Slots that are held, and too far away to be kept, or nowhere.
    too_far: SlotSet,
    /// Slots within the distance at which entities enter, which are not held, in any order.
    newcomers: Vec<u32>,
}

impl Nearby {
    /// Looks around for a viewer that knows some blocks.
    pub(super) fn look(&mut self, grid: &Grid, viewer: &Lookout<'_>, known: &mut KnownBlocks) {
        let Self { hits, found } = self;
        found.clear();
        match viewer.centre {
            Some(centre) => grid.query(centre, viewer.keep, hits),
            None => hits.clear(),
        }
        known.resize(hits.len());
        for (&hits, known) in hits.iter().zip(&mut known.0) {
            // Mostly the same are there as before, and just those are found that are held.
            if (known.change, known.held) != (hits.change, hits.found) {
                found.compare(grid, viewer, hits, known);
            }
        }
        let around = count_held(&known.0);
        debug_assert!(around <= viewer.count, "what a viewer holds should be known as it is");
        if around < viewer.count {
            // Some are in none of these blocks.
            self.list_too_far(grid, viewer, known);
        } else if !found.lost.is_empty() {
            found.lost.sort_unstable();
            found.lost.iter().for_each(|slot| found.too_far.add_some(slot / 64, 1 << (slot % 64)));
        }
    }

    /// Lists who is held and was not found, wherever it is.
    #[inline(never)]
    fn list_too_far(&mut self, grid: &Grid, viewer: &Lookout<'_>, known: &KnownBlocks) {
        let Encounters { laid_out, too_far, .. } = &mut self.found;
        laid_out.lay_out(viewer);
        for (hits, known) in self.hits.iter().zip(&known.0) {
            grid.slots_in(hits.block, hits.found & known.held).for_each(|(_, slot)| laid_out.remove(slot));
        }
        for word in viewer.held.words() {
            too_far.add_some(word.index, laid_out.words[word.index as usize].1);
        }
    }

    /// Whether all that is held is kept, and nobody is near besides.
    pub(super) fn is_settled(&self) -> bool {
        self.too_far().is_empty() && self.newcomers().is_empty()
    }

    /// Slots that are held, and too far away or nowhere.
    pub(super) const fn too_far(&self) -> &SlotSet {
        &self.found.too_far
    }

    /// Slots near enough to enter, which are not held, in any order.
    pub(super) fn newcomers(&self) -> &[u32] {
        &self.found.newcomers
    }
}

impl Encounters {
    fn clear(&mut self) {
        self.is_laid_out = false;
        self.lost.clear();
        self.too_far.clear();
        self.newcomers.clear();
    }

    /// Compares who is found in a block with what the viewer knows of it.
    #[inline(never)]
    fn compare(&mut self, grid: &Grid, viewer: &Lookout<'_>, hits: BlockHits, known: &mut KnownBlock) {
        if known.change != hits.change {
            *known = KnownBlock::new(hits.change);
        }
        let unmet = hits.found & !(known.held | known.strangers);
        if unmet != 0 {
            if !core::mem::replace(&mut self.is_laid_out, true) {
                self.laid_out.lay_out(viewer);
            }
            let mut held = 0;
            for (lane, slot) in grid.slots_in(hits.block, unmet) {
                held |= u16::from(self.laid_out.contains(slot)) << lane;
            }
            known.held |= held;
            known.strangers |= unmet & !held;
        }
        self.lost.extend(grid.slots_in(hits.block, known.held & !hits.found).map(|(_, slot)| slot));
        if let (Some(Place(centre)), strangers @ 1..) = (viewer.centre, hits.found & known.strangers) {
            let near = |place: Vec3| place.distance_squared(centre) <= viewer.enter * viewer.enter;
            self.newcomers.extend(grid.near_in(hits.block, strangers, near));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    /// A viewer that looks from nowhere.
    fn viewer(held: &SlotSet) -> Lookout<'_> {
        Lookout { centre: None, enter: 8.0, keep: 10.0, held, count: held.count(), slots: 400 }
    }

    #[test]
    fn what_is_held_and_what_is_near_are_told_apart_look_after_look() {
        let mut grid = Grid::new(10.0);
        (0..40).for_each(|slot| grid.set(slot * 10, Place(Vec3::new(slot as f32, 0.0, 0.0))));
        let (mut nearby, mut held) = (Nearby::default(), SlotSet::new());
        // A slot that nobody has, one that is kept and not near, and one that is near.
        [4000, 190, 20].into_iter().for_each(|slot| held.insert(slot));
        let known = &mut KnownBlocks::new();
        let from = |x: f32| Lookout { centre: Some(Place(Vec3::new(x, 0.0, 0.0))), ..viewer(&held) };
        for _ in 0..2 {
            nearby.look(&grid, &from(9.5), known);
            assert!(nearby.too_far().slots().eq([4000]));
            let mut newcomers = nearby.newcomers().to_vec();
            newcomers.sort_unstable();
            assert!(newcomers.into_iter().eq((2..=17).map(|slot| slot * 10).filter(|slot| *slot != 20)));
            assert!(!nearby.is_settled());
        }
        nearby.look(&grid, &viewer(&held), known);
        assert!(nearby.too_far().slots().eq([20, 190, 4000]) && nearby.newcomers().is_empty());
        known.clear();
        nearby.look(&grid, &Lookout { held: &SlotSet::new(), count: 0, enter: 1.0, ..from(-9.0) }, known);
        assert!(nearby.is_settled());
    }

    #[test]
    fn whoever_knows_the_blocks_around_it_sees_what_a_stranger_sees() {
        let mut rng = Rng::new(5);
        let (mut grid, mut held) = (Grid::new(10.0), SlotSet::new());
        let (mut nearby, mut afresh, mut known) = (Nearby::default(), Nearby::default(), KnownBlocks::new());
        let sorted = |nearby: &Nearby| {
            let mut newcomers = nearby.newcomers().to_vec();
            newcomers.sort_unstable();
            newcomers
        };
        let place = |rng: &mut Rng| Vec3::new(rng.between(-250, 250) as f32, rng.between(-250, 250) as f32, 0.0) * 0.1;
        for turn in 0..6000 {
            for _ in 0..rng.below(4) {
                let slot = rng.below(300);
                if rng.one_in(5) { grid.remove(slot) } else { grid.set(slot, Place(place(&mut rng))) }
            }
            if rng.one_in(3) {
                // Some are held that are nowhere.
                let slot = rng.below(310);
                if held.contains(slot) {
                    held.remove(slot);
                } else {
                    held.insert(slot);
                }
                known.note(&grid, [slot].into_iter());
            }
            let centre = Some(Place(if rng.one_in(9) { place(&mut rng) } else { Vec3::ZERO }));
            let viewer = Lookout { centre, ..viewer(&held) };
            nearby.look(&grid, &viewer, &mut known);
            afresh.look(&grid, &viewer, &mut KnownBlocks::new());
            assert_eq!(sorted(&nearby), sorted(&afresh), "turn {turn}");
            assert!(nearby.too_far().slots().eq(afresh.too_far().slots()), "turn {turn}");
            let from = centre.map_or(Vec3::ZERO, |centre| centre.0);
            let square = |slot: u32| grid.place(slot).map(|place| place.0.distance_squared(from));
            let is_far = |slot: &u32| square(*slot).is_none_or(|square| square > 100.0);
            assert!(nearby.too_far().slots().eq(held.slots().filter(is_far)), "turn {turn}");
            let is_new = |&slot: &u32| !held.contains(slot) && square(slot).is_some_and(|square| square <= 64.0);
            assert!(sorted(&nearby).into_iter().eq((0..300).filter(is_new)), "turn {turn}");
        }
    }
}
