//! Who is near: a uniform grid, rebuilt from nothing each tick.
//!
//! Counting sort into cells as wide as the radius; a query looks at 3 x 3 (x 3) cells, and since the cells of a row lie one
//! behind the other, at 3 (or 9) runs of memory. Rebuilding is linear and cheaper than keeping anything up to date.

use alloc::vec::Vec;

use glam::Vec3;

use crate::game::{Game, Place};
use crate::state::{Bitset, Published};

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
    places: Vec<Spot>,
    unsorted: Vec<(u32, Spot)>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Spot {
    place: Vec3,
    slot: u32,
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
                self.unsorted.push((0, Spot { place, slot }));
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
            let [x, y, z] = self.cell_of(self.unsorted[index].1.place);
            let cell = self.index(x, y, z);
            self.unsorted[index].0 = cell as u32;
            self.starts[cell + 1] += 1;
        }
        for cell in 1..self.starts.len() {
            self.starts[cell] += self.starts[cell - 1];
        }
        self.places.clear();
        self.places.resize(self.unsorted.len(), Spot::default());
        // Filling each cell from its end leaves `starts` one cell further on; filling backwards keeps the order of slots.
        for &(cell, spot) in self.unsorted.iter().rev() {
            let end = &mut self.starts[cell as usize + 1];
            *end -= 1;
            self.places[*end as usize] = spot;
        }
        self.starts.rotate_left(1);
        if let Some(last) = self.starts.last_mut() {
            *last = self.places.len() as u32;
        }
    }

    /// Adds to `near` all within `enter` of `centre`, and of those in `held` also the ones within `keep`; to `kept` all within
    /// `keep`. Both sets have room for every slot.
    pub(crate) fn query(
        &self,
        Place(centre): Place,
        enter: f32,
        keep: f32,
        held: &Bitset,
        near: &mut Bitset,
        kept: &mut Bitset,
    ) {
        if !centre.is_finite() || self.places.is_empty() {
            return;
        }
        let [x_low, y_low, z_low] = self.cell_of(centre - Vec3::splat(keep));
        let [x_high, y_high, z_high] = self.cell_of(centre + Vec3::splat(keep));
        let (enter, keep) = (enter * enter, keep * keep);
        for z in z_low..=z_high {
            for y in y_low..=y_high {
                let run = self.starts[self.index(x_low, y, z)] as usize..self.starts[self.index(x_high, y, z) + 1] as usize;
                for spot in &self.places[run] {
                    // Without a branch: of three that are looked at one is near, which no processor guesses.
                    let distance = spot.place.distance_squared(centre);
                    kept.insert_if(spot.slot, distance <= keep);
                    let stays = (distance <= keep) & held.contains(spot.slot);
                    near.insert_if(spot.slot, (distance <= enter) | stays);
                }
            }
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
