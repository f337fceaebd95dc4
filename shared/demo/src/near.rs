//! A grid of the world that finds who is near a point, filled afresh each tick.

use alloc::vec::Vec;

use glam::IVec2;

use crate::grid::STEPS_PER_UNIT;
use crate::world::Key;

/// Edge of a cell: with the default rules a few ships to a cell, and a shot's flight of a tick lies in one or two.
const CELL_STEPS: i32 = 192 * STEPS_PER_UNIT;

/// Things with a place, sorted by cell. Keeps its memory from tick to tick.
#[derive(Debug, Default)]
pub(crate) struct Near {
    /// Cells on an edge of the world.
    columns: usize,
    /// Start of each cell's things in `sorted`; one more at the end.
    starts: Vec<u32>,
    sorted: Vec<Item>,
    unsorted: Vec<Item>,
    radius_max: i32,
}

/// A thing in the grid.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    pub(crate) key: Key,
    pub(crate) position: IVec2,
    /// In steps of position.
    pub(crate) radius: i32,
}

impl Near {
    /// Forgets what was there, and takes `items` in a world of `size` units.
    pub(crate) fn fill(&mut self, size: u32, items: impl Iterator<Item = Item>) {
        self.columns = (size as i32 * STEPS_PER_UNIT / CELL_STEPS) as usize + 1;
        self.starts.clear();
        self.starts.resize(self.columns * self.columns + 1, 0);
        self.unsorted.clear();
        self.unsorted.extend(items);
        self.radius_max = self.unsorted.iter().map(|item| item.radius).max().unwrap_or(0);
        for at in 0..self.unsorted.len() {
            let cell = self.cell(self.unsorted[at].position);
            self.starts[cell + 1] += 1;
        }
        for cell in 1..self.starts.len() {
            self.starts[cell] += self.starts[cell - 1];
        }
        let Some(&first) = self.unsorted.first() else { return self.sorted.clear() };
        self.sorted.clear();
        self.sorted.resize(self.unsorted.len(), first);
        // Filled from each cell's end, so that `starts` ends up at the beginnings.
        for at in (0..self.unsorted.len()).rev() {
            let item = self.unsorted[at];
            let cell = self.cell(item.position);
            let place = self.starts[cell + 1] - 1;
            self.starts[cell + 1] = place;
            self.sorted[place as usize] = item;
        }
        // Each start has moved down to its own cell's: shift them back into line.
        self.starts.remove(0);
        self.starts.push(self.sorted.len() as u32);
    }

    /// Things whose centre may lie in the box from `low` to `high`, and some around it; always in the same
    /// order.
    pub(crate) fn within(&self, low: IVec2, high: IVec2) -> impl Iterator<Item = &Item> {
        let (low, high) = (self.column(low), self.column(high));
        (low[1]..=high[1]).flat_map(move |row| {
            let first = self.starts[row * self.columns + low[0]] as usize;
            let end = self.starts[row * self.columns + high[0] + 1] as usize;
            &self.sorted[first..end]
        })
    }

    /// The largest radius of all.
    pub(crate) const fn radius_max(&self) -> i32 {
        self.radius_max
    }

    fn cell(&self, position: IVec2) -> usize {
        let [column, row] = self.column(position);
        row * self.columns + column
    }

    fn column(&self, position: IVec2) -> [usize; 2] {
        position.to_array().map(|steps| ((steps.max(0) / CELL_STEPS) as usize).min(self.columns - 1))
    }
}

#[cfg(test)]
mod tests {
    use auspice::Rng;
    use slotmap::SlotMap;

    use super::*;

    #[test]
    fn it_finds_all_that_a_plain_loop_finds() {
        let (mut rng, mut keys) = (Rng::new(3), SlotMap::<Key, ()>::with_key());
        let mut point = || IVec2::new(rng.between(0, 128_000), rng.between(0, 128_000));
        let items: Vec<Item> = (0..500).map(|_| Item { key: keys.insert(()), position: point(), radius: 0 }).collect();
        let mut near = Near::default();
        for count in [500, 20, 0, 1] {
            near.fill(4000, items[..count].iter().copied());
            for _ in 0..200 {
                let low = point();
                let high = low + point() / 8;
                let is_inside = |item: &&Item| item.position.cmpge(low).all() && item.position.cmple(high).all();
                let mut found: Vec<Key> = near.within(low, high).filter(is_inside).map(|item| item.key).collect();
                let mut expected: Vec<Key> = items[..count].iter().filter(is_inside).map(|item| item.key).collect();
                found.sort_unstable();
                expected.sort_unstable();
                assert_eq!(found, expected);
            }
        }
    }
}
