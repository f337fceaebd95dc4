//! A uniform grid of places, rebuilt from nothing each tick, that finds who is near.
//!
//! Counting sort into cells as wide as the radius; a query looks at 3 x 3 (x 3) cells, and since the cells of
//! a row lie one behind the other, at 3 (or 9) runs of memory. Rebuilding is linear and cheaper than keeping
//! anything up to date.
//!
//! Four entities lie in a block, each coordinate by itself, so that four distances are worked out at once. A
//! run may begin and end inside a block: looking at a neighbour that is too far away does no harm.

use alloc::vec::Vec;

use glam::{Vec3, Vec4};

use super::published::Published;
use crate::game::{Game, Place};
use crate::state::Bitset;

/// Entities that lie together: as many floats as every processor takes at once.
const LANES: usize = 4;
/// Cells along one axis at most: a world that is larger gets larger cells, and stays right.
const AXIS_CELLS_MAX: usize = 256;
/// Cells in all, for each entity: a mostly empty world gets larger cells too.
const CELLS_PER_ENTITY_MAX: usize = 4;

#[derive(Clone, Debug, Default)]
pub(crate) struct Grid {
    low: Vec3,
    cell: f32,
    counts: [usize; 3],
    /// First entity of each cell, and one past the last.
    starts: Vec<u32>,
    /// Cell by cell.
    blocks: Vec<Block>,
    unsorted: Vec<Spot>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Spot {
    place: Vec3,
    slot: u32,
    cell: u32,
}

/// Some entities next to each other. A lane without one is nowhere.
#[derive(Clone, Copy, Debug)]
struct Block {
    x: Vec4,
    y: Vec4,
    z: Vec4,
    slots: [u32; LANES],
}

impl Block {
    const EMPTY: Self = Self { x: Vec4::NAN, y: Vec4::NAN, z: Vec4::NAN, slots: [0; LANES] };

    /// Squared distances from `centre`, by the same sums that the client does.
    fn distances_squared(&self, centre: Vec3) -> Vec4 {
        let (x, y, z) = (self.x - centre.x, self.y - centre.y, self.z - centre.z);
        x * x + y * y + z * z
    }
}

/// Result of a query, and memory to find it in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nearby {
    /// Within the distance at which entities enter.
    pub(crate) near: Bitset,
    /// Within the distance to which they are kept.
    pub(crate) kept: Bitset,
    /// Slots that are kept, each doubled, and plus one for those that are near.
    hits: Vec<u32>,
}

impl Nearby {
    /// Empties the result and makes room for slots below `slots`.
    pub(crate) fn clear(&mut self, slots: usize) {
        self.near.reset(slots);
        self.kept.reset(slots);
    }
}

impl Grid {
    /// Sorts everything that has a place. `radius` is the largest that will be asked for.
    pub(crate) fn rebuild<G: Game>(&mut self, published: &Published<G>, radius: f32) {
        self.unsorted.clear();
        let (mut low, mut high) = (Vec3::INFINITY, Vec3::NEG_INFINITY);
        for slot in published.alive().slots() {
            let Some(Place(place)) = published.entry(slot).and_then(|entry| entry.place) else { continue };
            // A place that is no number is nowhere near anything.
            if place.is_finite() {
                (low, high) = (low.min(place), high.max(place));
                self.unsorted.push(Spot { place, slot, cell: 0 });
            }
        }
        self.choose_cells(low, high, radius);
        self.sort();
    }

    fn choose_cells(&mut self, low: Vec3, high: Vec3, radius: f32) {
        self.low = low;
        self.cell = radius;
        let extent = if self.unsorted.is_empty() { Vec3::ZERO } else { high - low };
        loop {
            self.counts = extent.to_array().map(|length| (length / self.cell) as usize + 1);
            let cells = self.counts.iter().fold(1_usize, |product, &count| product.saturating_mul(count));
            let fits = self.counts.iter().all(|&count| count <= AXIS_CELLS_MAX);
            if fits && cells <= self.unsorted.len() * CELLS_PER_ENTITY_MAX + 64 {
                self.starts.clear();
                self.starts.resize(cells + 1, 0);
                return;
            }
            self.cell *= 2.0;
        }
    }

    fn sort(&mut self) {
        for index in 0..self.unsorted.len() {
            let [x, y, z] = self.cell_of(self.unsorted[index].place);
            let cell = self.index(x, y, z);
            self.unsorted[index].cell = cell as u32;
            self.starts[cell + 1] += 1;
        }
        for cell in 1..self.starts.len() {
            self.starts[cell] += self.starts[cell - 1];
        }
        self.blocks.clear();
        self.blocks.resize(self.unsorted.len().div_ceil(LANES), Block::EMPTY);
        // Filling each cell from its end leaves `starts` one cell further on; filling backwards keeps the
        // order of slots.
        for spot in self.unsorted.iter().rev() {
            let end = &mut self.starts[spot.cell as usize + 1];
            *end -= 1;
            let (block, lane) = (&mut self.blocks[*end as usize / LANES], *end as usize % LANES);
            [block.x[lane], block.y[lane], block.z[lane]] = spot.place.to_array();
            block.slots[lane] = spot.slot;
        }
        self.starts.rotate_left(1);
        if let Some(last) = self.starts.last_mut() {
            *last = self.unsorted.len() as u32;
        }
    }

    /// Finds all within `enter` of `centre`, and all within `keep`, which is not smaller.
    pub(crate) fn query(&self, Place(centre): Place, enter: f32, keep: f32, nearby: &mut Nearby) {
        if !centre.is_finite() || self.unsorted.is_empty() {
            return;
        }
        let [x_low, y_low, z_low] = self.cell_of(centre - Vec3::splat(keep));
        let [x_high, y_high, z_high] = self.cell_of(centre + Vec3::splat(keep));
        let Nearby { near, kept, hits } = nearby;
        let (enter_squared, keep_squared) = (Vec4::splat(enter * enter), Vec4::splat(keep * keep));
        let mut found = 0;
        for z in z_low..=z_high {
            for y in y_low..=y_high {
                let first = self.starts[self.index(x_low, y, z)] as usize;
                let end = self.starts[self.index(x_high, y, z) + 1] as usize;
                let blocks = &self.blocks[first / LANES..end.div_ceil(LANES)];
                hits.resize(hits.len().max(found + blocks.len() * LANES), 0);
                for block in blocks {
                    let distances = block.distances_squared(centre);
                    let near = distances.cmple(enter_squared).bitmask();
                    let kept = distances.cmple(keep_squared).bitmask();
                    // Without a branch: of three that are looked at one is near, which no processor guesses.
                    for (lane, slot) in block.slots.into_iter().enumerate() {
                        hits[found] = slot << 1 | (near >> lane & 1);
                        found += (kept >> lane & 1) as usize;
                    }
                }
            }
        }
        for hit in &hits[..found] {
            kept.insert_if(hit >> 1, true);
            near.insert_if(hit >> 1, hit & 1 == 1);
        }
    }

    /// The cell of a point; of the nearest point inside, if it lies outside.
    fn cell_of(&self, place: Vec3) -> [usize; 3] {
        let scaled = ((place - self.low) / self.cell).to_array();
        // `as` takes what is negative to zero.
        core::array::from_fn(|axis| (scaled[axis] as usize).min(self.counts[axis] - 1))
    }

    fn index(&self, x: usize, y: usize, z: usize) -> usize {
        (z * self.counts[1] + y) * self.counts[0] + x
    }
}
