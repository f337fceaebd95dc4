//! A uniform grid of places, kept up to date by what moves, that finds who is near.
//!
//! Cells are as wide as the radius, so a query looks at 3 x 3 (x 3) of them. The cells that there is memory for
//! repeat in every direction, as the pattern of a floor does: a world needs no bounds, and a cell holds what is in
//! all cells like it. Whoever is found there from far away is too far away.
//!
//! Entities lie in blocks. A cell has a block of its own, beside those of its neighbours, and further ones from
//! elsewhere where it is crowded.
//!
//! A query works out the distances of whole blocks and asks nobody who is there: nothing in that depends on what it
//! finds, so a processor waits for the memory of all of them at once. Who is in a block seldom changes, and each change
//! has a number: so whoever asks again and again needs to learn of few blocks who is there (`authority/nearby.rs`).

use alloc::vec::Vec;

use glam::Vec3;

use super::block::{BLOCK, Block, BlockHits, NONE, lanes_of};
use super::cells::{GridCells, ROUNDING};
use crate::game::Place;

/// Cells for which there is memory at least, as a power of two.
const CELL_BITS_MIN: u32 = 6;
/// Entities for each cell at least, in a world that has more cells than it has memory for.
const ENTITIES_PER_CELL: usize = 4;
/// Entities for which a grid has memory at least.
const SIZED_FOR_MIN: usize = 64;

/// The place of a block in the chain of its cell.
#[derive(Clone, Copy, Debug)]
struct BlockLink {
    /// The block after it.
    next: u32,
    /// Number of the change since which it has its entities, each in its lane. No other block has that number.
    change: u32,
}

/// A grid. Its memory follows the number of entities, and not where they are.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    cells: GridCells,
    /// Cells in which somebody arrived, both ends included.
    bounds: [(u32, u32); 3],
    /// All blocks, of which the first are those of each cell.
    blocks: Vec<Block>,
    /// The chain that each block is in.
    links: Vec<BlockLink>,
    /// Number of the last change of who is in a block. It begins anew after 2^32 of them, which is days in a large
    /// world: a viewer would then take a block for one that it knows where that had stood still for all that time and
    /// changed at that very number.
    changes: u32,
    /// First block that no cell has.
    free: u32,
    /// Block and lane of each slot's entity.
    spots: Vec<u32>,
    /// Whether nobody was ever anywhere but at 0 along the last axis.
    is_flat: bool,
    /// Number of entities that are in it.
    count: usize,
    /// Number of entities for which the cells were laid out.
    sized_for: usize,
    /// Memory for all entities while the cells are laid out anew.
    laid_out: Vec<(u32, Vec3)>,
}

impl Grid {
    /// A grid for queries of at most `radius`.
    pub(crate) fn new(radius: f32) -> Self {
        Self {
            cells: GridCells::new(radius),
            bounds: [(0, 0); 3],
            blocks: alloc::vec![Block::EMPTY],
            links: alloc::vec![BlockLink { next: NONE, change: 0 }],
            changes: 0,
            free: NONE,
            spots: Vec::new(),
            is_flat: true,
            count: 0,
            sized_for: SIZED_FOR_MIN,
            laid_out: Vec::new(),
        }
    }

    /// The place of the entity in `slot`, if it has one.
    #[inline]
    pub(crate) fn place(&self, slot: u32) -> Option<Place> {
        let &spot = self.spots.get(slot as usize).filter(|spot| **spot != NONE)?;
        Some(Place(self.place_at(spot)))
    }

    #[inline]
    fn place_at(&self, spot: u32) -> Vec3 {
        self.blocks[spot as usize / BLOCK].place(spot as usize % BLOCK)
    }

    fn slot_at(&self, spot: u32) -> u32 {
        self.blocks[spot as usize / BLOCK].slot(spot as usize % BLOCK)
    }

    fn put_at(&mut self, spot: u32, slot: u32, place: Vec3) {
        self.blocks[spot as usize / BLOCK].set(spot as usize % BLOCK, slot, place);
    }

    /// Puts the entity in `slot` at `place`, wherever it was before. A place that is no number is nowhere near
    /// anything.
    #[inline(always)]
    pub(crate) fn set(&mut self, slot: u32, Place(place): Place) {
        let cell = self.cells.index_of(place);
        let spot = self.spots.get(slot as usize).copied().unwrap_or(NONE);
        // Most of what moves stays within its cell, and lies in the cell's first block, which has the cell's number.
        // A sum of what are not all numbers is none either.
        let sum = place.x + place.y + place.z;
        if spot / BLOCK as u32 == cell && sum.is_finite() {
            if place.z != 0.0 {
                self.is_flat = false;
            }
            self.blocks[cell as usize].set_place(spot as usize % BLOCK, place);
        } else {
            self.set_elsewhere(slot, place);
        }
    }

    #[inline(never)]
    fn set_elsewhere(&mut self, slot: u32, place: Vec3) {
        if !place.is_finite() {
            return self.remove(slot);
        }
        self.is_flat &= place.z == 0.0;
        let at = self.cells.of(place);
        let spot = self.spots.get(slot as usize).copied().unwrap_or(NONE);
        if spot != NONE {
            let before = self.cell_at(spot);
            if before == self.cells.index(at) {
                return self.blocks[spot as usize / BLOCK].set_place(spot as usize % BLOCK, place);
            }
            self.take_out(spot, before);
        }
        self.widen(at);
        self.put_in(self.cells.index(at), slot, place);
        if self.count > 2 * self.sized_for {
            self.lay_out();
        }
    }

    /// The cell of whoever is at `spot`.
    fn cell_at(&self, spot: u32) -> u32 {
        let block = spot / BLOCK as u32;
        if block < self.cells.count() { block } else { self.cells.index_of(self.place_at(spot)) }
    }

    /// Takes the entity in `slot` out, if it is there.
    pub(crate) fn remove(&mut self, slot: u32) {
        let Some(spot) = self.spots.get(slot as usize).copied().filter(|spot| *spot != NONE) else { return };
        self.take_out(spot, self.cell_at(spot));
        if self.count < self.sized_for / 4 && self.sized_for > SIZED_FOR_MIN {
            self.lay_out();
        }
    }

    /// Forgets that there were slots from `slots` on; their entities are gone.
    pub(crate) fn forget_slots(&mut self, slots: usize) {
        self.spots.truncate(slots);
        self.spots.shrink_to_fit();
    }

    /// Finds all within `distance` of `centre`, which is not more than the radius: each block around it with who is
    /// found there, into `hits`.
    #[inline]
    pub(crate) fn query(&self, Place(centre): Place, distance: f32, hits: &mut Vec<BlockHits>) {
        hits.clear();
        if !centre.is_finite() || self.count == 0 {
            return;
        }
        if self.is_flat && centre.z == 0.0 {
            self.find_hits::<true>(centre, distance, hits);
        } else {
            self.find_hits::<false>(centre, distance, hits);
        }
    }

    /// Works out all distances, of whoever is in the cells around `centre`.
    fn find_hits<const FLAT: bool>(&self, centre: Vec3, distance: f32, hits: &mut Vec<BlockHits>) {
        let (around, squared) = (Vec3::splat(distance * ROUNDING), distance * distance);
        let (low, high) = (self.cells.of(centre - around), self.cells.of(centre + around));
        // No cell twice, where there are fewer than the query spans.
        let cells: [u32; 3] =
            core::array::from_fn(|axis| (high[axis] - low[axis] + 1).min(1 << self.cells.bits()[axis]));
        for z in low[2]..low[2] + cells[2] {
            for y in low[1]..low[1] + cells[1] {
                for x in low[0]..low[0] + cells[0] {
                    let mut block = self.cells.index([x, y, z]);
                    while block != NONE {
                        let BlockLink { next, change } = self.links[block as usize];
                        let found = self.blocks[block as usize].within::<FLAT>(centre, squared);
                        hits.push(BlockHits { block, change, found });
                        block = next;
                    }
                }
            }
        }
    }

    /// Lane and slot of some of a block's entities, a bit for each.
    #[inline]
    pub(super) fn slots_in(&self, block: u32, entities: u16) -> impl Iterator<Item = (usize, u32)> {
        let block = &self.blocks[block as usize];
        lanes_of(entities).map(|lane| (lane, block.slot(lane)))
    }

    /// Slots of those of a block's entities whose place `is_near`.
    #[inline]
    pub(super) fn near_in(
        &self,
        block: u32,
        entities: u16,
        is_near: impl Fn(Vec3) -> bool,
    ) -> impl Iterator<Item = u32> {
        let block = &self.blocks[block as usize];
        lanes_of(entities).filter(move |&lane| is_near(block.place(lane))).map(|lane| block.slot(lane))
    }

    /// Number of the last change of the block in which the entity in `slot` is, if it is anywhere.
    pub(super) fn last_change_around(&self, slot: u32) -> Option<u32> {
        let spot = self.spots.get(slot as usize).filter(|spot| **spot != NONE)?;
        Some(self.links[*spot as usize / BLOCK].change)
    }

    /// The last block of a cell.
    fn last_block(&self, cell: u32) -> u32 {
        let mut block = cell;
        while self.links[block as usize].next != NONE {
            block = self.links[block as usize].next;
        }
        block
    }

    /// Others are in a block than before, or in other lanes.
    fn note_change(&mut self, block: u32) {
        self.changes = self.changes.wrapping_add(1);
        self.links[block as usize].change = self.changes;
    }

    fn put_in(&mut self, cell: u32, slot: u32, place: Vec3) {
        let last = self.last_block(cell);
        let (block, lane) = match self.blocks[last as usize].len() {
            BLOCK => (self.add_block(last), 0),
            lane => (last, lane),
        };
        let spot = block * BLOCK as u32 + lane as u32;
        self.put_at(spot, slot, place);
        if self.spots.len() <= slot as usize {
            self.spots.resize(slot as usize + 1, NONE);
        }
        self.spots[slot as usize] = spot;
        self.count += 1;
        self.note_change(block);
    }

    /// An empty block after `last`.
    fn add_block(&mut self, last: u32) -> u32 {
        let block = self.free;
        if block == NONE {
            self.links[last as usize].next = self.links.len() as u32;
            self.links.push(BlockLink { next: NONE, change: 0 });
            self.blocks.push(Block::EMPTY);
        } else {
            self.free = core::mem::replace(&mut self.links[block as usize].next, NONE);
            self.links[last as usize].next = block;
        }
        self.links[last as usize].next
    }

    /// Takes out whoever is at `spot` in `cell`. The last one of the cell takes its lane.
    fn take_out(&mut self, spot: u32, cell: u32) {
        let block = self.last_block(cell);
        let left = self.blocks[block as usize].len() - 1;
        let last = block * BLOCK as u32 + left as u32;
        let (slot, moved) = (self.slot_at(spot), self.slot_at(last));
        self.put_at(spot, moved, self.place_at(last));
        self.spots[moved as usize] = spot;
        self.put_at(last, NONE, Vec3::NAN);
        self.spots[slot as usize] = NONE;
        self.count -= 1;
        self.note_change(spot / BLOCK as u32);
        self.note_change(block);
        if left == 0 && block != cell {
            let mut before = cell;
            while self.links[before as usize].next != block {
                before = self.links[before as usize].next;
            }
            self.links[before as usize].next = NONE;
            self.links[block as usize].next = self.free;
            self.free = block;
        }
    }

    /// Makes the bounds hold `at`, and lays the cells out anew where that asks for others.
    fn widen(&mut self, at: [u32; 3]) {
        if self.count == 0 {
            self.bounds = at.map(|at| (at, at));
        }
        let before = self.bounds;
        for (bounds, at) in self.bounds.iter_mut().zip(at) {
            *bounds = (bounds.0.min(at), bounds.1.max(at));
        }
        if self.bounds != before && self.wanted_bits(self.sized_for) != self.cells.bits() {
            self.lay_out();
        }
    }

    /// Cells along each axis: as many as the world has, as far as there are enough entities for them.
    fn wanted_bits(&self, entities: usize) -> [u32; 3] {
        let all = (entities.next_power_of_two() / ENTITIES_PER_CELL).trailing_zeros().max(CELL_BITS_MIN);
        let mut bits = self.bounds.map(|(low, high)| (high - low + 1).next_power_of_two().trailing_zeros());
        while bits.iter().sum::<u32>() > all {
            if let Some(most) = bits.iter_mut().max() {
                *most -= 1;
            }
        }
        bits
    }

    /// Puts everything into cells for as many entities as there are.
    fn lay_out(&mut self) {
        let mut all = core::mem::take(&mut self.laid_out);
        all.extend((0..self.spots.len() as u32).filter_map(|slot| Some((slot, self.place(slot)?.0))));
        self.sized_for = all.len().next_power_of_two().max(SIZED_FOR_MIN);
        self.cells = self.cells.with_bits(self.wanted_bits(self.sized_for));
        let cells = self.cells.count() as usize;
        self.links.clear();
        self.links.resize(cells, BlockLink { next: NONE, change: 0 });
        (0..cells as u32).for_each(|cell| self.note_change(cell));
        self.blocks.clear();
        self.blocks.resize(cells, Block::EMPTY);
        (self.free, self.count) = (NONE, 0);
        for (slot, place) in all.drain(..) {
            self.put_in(self.cells.index_of(place), slot, place);
        }
        // A crowd may gather: a block more for each so many is there already.
        let blocks = cells + self.sized_for / BLOCK;
        all.shrink_to(self.sized_for);
        self.links.shrink_to(blocks);
        self.links.reserve(blocks.saturating_sub(self.links.len()));
        self.blocks.shrink_to(blocks);
        self.blocks.reserve(blocks.saturating_sub(self.blocks.len()));
        self.laid_out = all;
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::rng::Rng;

    /// All within 10.
    fn find(grid: &Grid, centre: Vec3) -> BTreeSet<u32> {
        let (mut found, mut hits) = (BTreeSet::new(), Vec::new());
        grid.query(Place(centre), 10.0, &mut hits);
        for (_, slot) in hits.iter().flat_map(|hits| grid.slots_in(hits.block, hits.found)) {
            assert!(found.insert(slot), "slot {slot} is found twice");
        }
        found
    }

    /// Holds queries against a list of all places, while entities come, move and go.
    fn fly(seed: u64, axes: usize, side: f32, entities: u32) {
        let mut rng = Rng::new(seed);
        let mut unit = || (rng.below(1 << 20) as f32 / (1 << 20) as f32 - 0.5) * side;
        let mut point = || Vec3::from_array(core::array::from_fn(|axis| if axis < axes { unit() } else { 0.0 }));
        let mut dice = Rng::new(seed + 1);
        let (mut grid, mut all) = (Grid::new(10.0), BTreeMap::new());
        for _ in 0..4000 {
            let slot = dice.below(entities);
            if dice.one_in(4) {
                grid.remove(slot);
                all.remove(&slot);
            } else {
                let place = point();
                grid.set(slot, Place(place));
                all.insert(slot, place);
            }
            let centre = point();
            let found = find(&grid, centre);
            let within = all.iter().filter(|(_, place)| place.distance_squared(centre) <= 10.0 * 10.0);
            assert!(found.iter().eq(within.map(|(slot, _)| slot)), "seed {seed}");
            assert_eq!(grid.count, all.len());
        }
    }

    #[test]
    fn a_query_finds_whoever_is_there_in_worlds_of_every_size() {
        for (seed, (axes, side)) in [(1, 5.0), (2, 60.0), (3, 60.0), (2, 3000.0), (3, 1e7)].into_iter().enumerate() {
            fly(seed as u64, axes, side, 200);
        }
    }

    #[test]
    fn numbers_too_large_for_cells_hide_nobody() {
        for far in [1e9, 1e20, f32::MAX] {
            let mut grid = Grid::new(10.0);
            (0..100).for_each(|slot| grid.set(slot, Place(Vec3::new(far, slot as f32, 0.0))));
            let found = find(&grid, Vec3::new(far, 5.0, 0.0));
            assert!(found.into_iter().eq(0..=15), "{far}");
            find(&grid, Vec3::splat(f32::NAN));
        }
    }

    #[test]
    fn memory_follows_the_number_of_entities_and_not_their_places() {
        let mut grid = Grid::new(1.0);
        (0..20_000).for_each(|slot| grid.set(slot, Place(Vec3::splat(slot as f32 * 1000.0))));
        assert!(grid.links.len() <= 20_000, "{} blocks", grid.links.len());
        (10..20_000).for_each(|slot| grid.remove(slot));
        assert!(grid.links.capacity() <= 128, "{} blocks", grid.links.capacity());
    }
}
