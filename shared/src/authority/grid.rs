//! A uniform grid of places, kept up to date by what moves, that finds who is near.
//!
//! Cells are as wide as the radius, so a query looks at 3 x 3 (x 3) of them. The cells that there is memory for
//! repeat in every direction, as the pattern of a floor does: a world needs no bounds, and a cell holds what is in
//! all cells like it. Whoever is found there from far away is too far away.
//!
//! Four entities lie in a group, each coordinate by itself, so that four distances are worked out at once; a group is a
//! line of a processor's cache. Four groups are a block. A cell has a block of its own, beside those of its
//! neighbours, and further ones from elsewhere where it is crowded.

use alloc::vec::Vec;

use glam::{Vec3, Vec4};

use super::nearby::Nearby;
use crate::game::Place;

/// Entities that lie together: as many floats as every processor takes at once.
const LANES: usize = 4;
/// Groups of a block.
const GROUPS: usize = 4;
/// Entities of a block.
const BLOCK: usize = GROUPS * LANES;
/// The end of a list, and the spot of an entity without a place.
const NONE: u32 = u32::MAX;
/// Share by which a query looks further than asked for, so that rounding at a cell's edge hides nobody.
const ROUNDING: f32 = 1.0 + 1e-5;
/// Cells for which there is memory at least, as a power of two.
const CELL_BITS_MIN: u32 = 6;
/// Cells of the world each way along an axis.
const CELLS_EACH_WAY: f32 = (1 << 21) as f32;
/// A float so large that the lowest bit of floats around it is a whole one.
const WHOLE_NUMBERS: f32 = (3 << 22) as f32;
/// Entities for each cell at least, in a world that has more cells than it has memory for.
const ENTITIES_PER_CELL: usize = 4;
/// Entities for which a grid has memory at least.
const SIZED_FOR_MIN: usize = 64;

/// A grid. Its memory follows the number of entities, and not where they are.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    cells_per_unit: f32,
    /// Number of cells along each axis, as a power of two.
    bits: [u32; 3],
    /// Cells in which somebody arrived, both ends included.
    bounds: [(u32, u32); 3],
    /// Groups of all blocks, of which the first are those of each cell.
    groups: Vec<Group>,
    /// The block after each block of a cell.
    next: Vec<u32>,
    /// First block that no cell has.
    free: u32,
    /// Group and lane of each slot's entity.
    spots: Vec<u32>,
    /// Number of entities that are in it.
    count: usize,
    /// Number of entities for which the cells were laid out.
    sized_for: usize,
    /// Memory for all entities while the cells are laid out anew.
    laid_out: Vec<(u32, Vec3)>,
}

/// Some entities of a cell. A lane without one is nowhere; those before it are taken.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Group {
    x: Vec4,
    y: Vec4,
    z: Vec4,
    slots: [u32; LANES],
}

impl Group {
    const EMPTY: Self = Self { x: Vec4::NAN, y: Vec4::NAN, z: Vec4::NAN, slots: [NONE; LANES] };

    /// Squared distances from `centre`, by the same sums that the client does.
    fn distances_squared(&self, centre: Vec3) -> Vec4 {
        let (x, y, z) = (self.x - centre.x, self.y - centre.y, self.z - centre.z);
        x * x + y * y + z * z
    }

    fn set(&mut self, lane: usize, slot: u32, place: Vec3) {
        [self.x[lane], self.y[lane], self.z[lane]] = place.to_array();
        self.slots[lane] = slot;
    }

    fn place(&self, lane: usize) -> Vec3 {
        Vec3::new(self.x[lane], self.y[lane], self.z[lane])
    }
}

/// The cell that there is memory for.
#[inline]
fn index(bits: [u32; 3], at: [u32; 3]) -> u32 {
    let within = |axis: usize| at[axis] & ((1 << bits[axis]) - 1);
    (within(2) << bits[1] | within(1)) << bits[0] | within(0)
}

/// The cell of a point, in a world of some four million along each axis; further out it is the last one.
#[inline]
fn cell_of(cells_per_unit: f32, place: Vec3) -> [u32; 3] {
    // The nearest whole number, in the lowest bits of a float: without a rounding instruction, which not all have.
    (place * cells_per_unit).to_array().map(|at| (at.clamp(-CELLS_EACH_WAY, CELLS_EACH_WAY) + WHOLE_NUMBERS).to_bits())
}

impl Grid {
    /// A grid for queries of at most `radius`.
    pub(crate) fn new(radius: f32) -> Self {
        Self {
            cells_per_unit: 1.0 / (radius * ROUNDING),
            bits: [0; 3],
            bounds: [(0, 0); 3],
            groups: alloc::vec![Group::EMPTY; GROUPS],
            next: alloc::vec![NONE],
            free: NONE,
            spots: Vec::new(),
            count: 0,
            sized_for: SIZED_FOR_MIN,
            laid_out: Vec::new(),
        }
    }

    /// The place of the entity in `slot`, if it has one.
    pub(crate) fn place(&self, slot: u32) -> Option<Place> {
        let &spot = self.spots.get(slot as usize).filter(|spot| **spot != NONE)?;
        Some(Place(self.groups[spot as usize / LANES].place(spot as usize % LANES)))
    }

    /// Puts the entity in `slot` at `place`, wherever it was before. A place that is no number is nowhere near
    /// anything.
    pub(crate) fn set(&mut self, slot: u32, Place(place): Place) {
        if !place.is_finite() {
            return self.remove(slot);
        }
        let at = self.cell_of(place);
        let spot = self.spots.get(slot as usize).copied().unwrap_or(NONE);
        if let Some(group) = self.groups.get_mut(spot as usize / LANES) {
            let lane = spot as usize % LANES;
            let before = cell_of(self.cells_per_unit, group.place(lane));
            if index(self.bits, before) == index(self.bits, at) {
                return group.set(lane, slot, place);
            }
            self.take_out(spot, index(self.bits, before));
        }
        self.widen(at);
        self.put_in(index(self.bits, at), slot, place);
        if self.count > 2 * self.sized_for {
            self.lay_out();
        }
    }

    /// Takes the entity in `slot` out, if it is there.
    pub(crate) fn remove(&mut self, slot: u32) {
        let Some(spot) = self.spots.get(slot as usize).copied().filter(|spot| *spot != NONE) else { return };
        let cell = index(self.bits, self.cell_of(self.groups[spot as usize / LANES].place(spot as usize % LANES)));
        self.take_out(spot, cell);
        if self.count < self.sized_for / 4 && self.sized_for > SIZED_FOR_MIN {
            self.lay_out();
        }
    }

    /// Forgets that there were slots from `slots` on; their entities are gone.
    pub(crate) fn forget_slots(&mut self, slots: usize) {
        self.spots.truncate(slots);
        self.spots.shrink_to_fit();
    }

    /// Finds all within `enter` of `centre`, and all within `keep`, which is neither smaller nor more than the radius.
    pub(crate) fn query(&self, Place(centre): Place, enter: f32, keep: f32, nearby: &mut Nearby) {
        if !centre.is_finite() || self.count == 0 {
            return;
        }
        let reach = Vec3::splat(keep * ROUNDING);
        let (low, high) = (self.cell_of(centre - reach), self.cell_of(centre + reach));
        // No cell twice, where there are fewer than the query spans.
        let cells: [u32; 3] = core::array::from_fn(|axis| (high[axis] - low[axis] + 1).min(1 << self.bits[axis]));
        let (enter_squared, keep_squared) = (Vec4::splat(enter * enter), Vec4::splat(keep * keep));
        for z in low[2]..low[2] + cells[2] {
            for y in low[1]..low[1] + cells[1] {
                for x in low[0]..low[0] + cells[0] {
                    self.query_cell(index(self.bits, [x, y, z]), centre, enter_squared, keep_squared, nearby);
                }
            }
        }
    }

    #[inline]
    fn query_cell(&self, cell: u32, centre: Vec3, enter_squared: Vec4, keep_squared: Vec4, nearby: &mut Nearby) {
        let mut block = cell;
        while block != NONE {
            let first = block as usize * GROUPS;
            let groups: &[Group; GROUPS] = self.groups[first..].first_chunk().expect("a block should be whole");
            for group in groups {
                if group.slots[0] == NONE {
                    return;
                }
                let distances = group.distances_squared(centre);
                let kept = distances.cmple(keep_squared).bitmask();
                if kept != 0 {
                    nearby.mark(&group.slots, kept, distances.cmple(enter_squared).bitmask());
                }
            }
            block = self.next[block as usize];
        }
    }

    fn cell_of(&self, place: Vec3) -> [u32; 3] {
        cell_of(self.cells_per_unit, place)
    }

    /// The last block of a cell.
    fn last_block(&self, cell: u32) -> u32 {
        let mut block = cell;
        while self.next[block as usize] != NONE {
            block = self.next[block as usize];
        }
        block
    }

    /// Number of entities in a block.
    fn len(&self, block: u32) -> usize {
        let first = block as usize * GROUPS;
        self.groups[first..first + GROUPS].iter().flat_map(|group| group.slots).take_while(|slot| *slot != NONE).count()
    }

    fn put_in(&mut self, cell: u32, slot: u32, place: Vec3) {
        let last = self.last_block(cell);
        let (block, lane) = match self.len(last) {
            BLOCK => (self.add_block(last), 0),
            lane => (last, lane),
        };
        let spot = block as usize * BLOCK + lane;
        self.groups[spot / LANES].set(spot % LANES, slot, place);
        if self.spots.len() <= slot as usize {
            self.spots.resize(slot as usize + 1, NONE);
        }
        self.spots[slot as usize] = spot as u32;
        self.count += 1;
    }

    /// An empty block after `last`.
    fn add_block(&mut self, last: u32) -> u32 {
        let block = self.free;
        if block == NONE {
            self.next[last as usize] = self.next.len() as u32;
            self.next.push(NONE);
            self.groups.resize(self.groups.len() + GROUPS, Group::EMPTY);
        } else {
            self.free = core::mem::replace(&mut self.next[block as usize], NONE);
            self.next[last as usize] = block;
        }
        self.next[last as usize]
    }

    /// Takes out whoever is at `spot` in `cell`. The last one of the cell takes its lane.
    fn take_out(&mut self, spot: u32, cell: u32) {
        let block = self.last_block(cell);
        let left = self.len(block) - 1;
        let last = block as usize * BLOCK + left;
        let slot = self.groups[spot as usize / LANES].slots[spot as usize % LANES];
        let (moved, place) = (self.groups[last / LANES].slots[last % LANES], self.groups[last / LANES].place(last % LANES));
        self.groups[spot as usize / LANES].set(spot as usize % LANES, moved, place);
        self.spots[moved as usize] = spot;
        self.groups[last / LANES].set(last % LANES, NONE, Vec3::NAN);
        self.spots[slot as usize] = NONE;
        self.count -= 1;
        if left == 0 && block != cell {
            let mut before = cell;
            while self.next[before as usize] != block {
                before = self.next[before as usize];
            }
            self.next[before as usize] = NONE;
            self.next[block as usize] = self.free;
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
        if self.bounds != before && self.wanted_bits(self.sized_for) != self.bits {
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
        self.bits = self.wanted_bits(self.sized_for);
        let cells = 1 << self.bits.iter().sum::<u32>();
        self.next.clear();
        self.next.resize(cells, NONE);
        self.groups.clear();
        self.groups.resize(cells * GROUPS, Group::EMPTY);
        (self.free, self.count) = (NONE, 0);
        for (slot, place) in all.drain(..) {
            let cell = index(self.bits, self.cell_of(place));
            self.put_in(cell, slot, place);
        }
        // A crowd may gather: a block more for each so many is there already.
        let blocks = cells + self.sized_for / BLOCK;
        all.shrink_to(self.sized_for);
        self.next.shrink_to(blocks);
        self.next.reserve(blocks.saturating_sub(self.next.len()));
        self.groups.shrink_to(blocks * GROUPS);
        self.groups.reserve((blocks * GROUPS).saturating_sub(self.groups.len()));
        self.laid_out = all;
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeMap;

    use super::*;
    use crate::rng::Rng;

    /// Holds queries against a list of all places, while entities come, move and go.
    fn fly(seed: u64, axes: usize, side: f32, entities: u32) {
        let mut rng = Rng::new(seed);
        let mut unit = || (rng.below(1 << 20) as f32 / (1 << 20) as f32 - 0.5) * side;
        let mut point = || Vec3::from_array(core::array::from_fn(|axis| if axis < axes { unit() } else { 0.0 }));
        let mut dice = Rng::new(seed + 1);
        let (mut grid, mut all, mut nearby) = (Grid::new(10.0), BTreeMap::new(), Nearby::default());
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
            nearby.clear(entities as usize);
            grid.query(Place(centre), 8.0, 10.0, &mut nearby);
            for slot in 0..entities {
                let distance = all.get(&slot).map(|place| place.distance_squared(centre));
                let within = |radius: f32| distance.is_some_and(|distance| distance <= radius * radius);
                assert_eq!(
                    (nearby.is_near(slot), nearby.is_kept(slot)),
                    (within(8.0), within(10.0)),
                    "slot {slot}, seed {seed}"
                );
            }
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
        let mut nearby = Nearby::default();
        for far in [1e9, 1e20, f32::MAX] {
            let mut grid = Grid::new(10.0);
            (0..100).for_each(|slot| grid.set(slot, Place(Vec3::new(far, slot as f32, 0.0))));
            nearby.clear(100);
            grid.query(Place(Vec3::new(far, 5.0, 0.0)), 8.0, 10.0, &mut nearby);
            assert!((0..100).all(|slot| nearby.is_near(slot) == (slot <= 13)), "{far}");
            grid.query(Place(Vec3::splat(f32::NAN)), 8.0, 10.0, &mut nearby);
        }
    }

    #[test]
    fn memory_follows_the_number_of_entities_and_not_their_places() {
        let mut grid = Grid::new(1.0);
        (0..20_000).for_each(|slot| grid.set(slot, Place(Vec3::splat(slot as f32 * 1000.0))));
        assert!(grid.next.len() <= 20_000, "{} blocks", grid.next.len());
        (10..20_000).for_each(|slot| grid.remove(slot));
        assert!(grid.next.capacity() <= 128, "{} blocks", grid.next.capacity());
    }
}
