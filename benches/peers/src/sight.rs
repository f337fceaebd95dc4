//! Sight by distance: a grid rebuilt each tick, and for each client what it sees, told where it changes.

use auspice::Game;
use auspice_workloads::w1::W1;
use bevy::math::Vec2;

/// Distance at which a client begins to see something, in metres.
const ENTER: f32 = W1::INTEREST_RADIUS;
/// Distance to which a client goes on seeing it.
const KEEP: f32 = 1.1 * ENTER;

/// Grid of all places.
#[derive(Default)]
pub struct Grid {
    places: Vec<Vec2>,
    columns: usize,
    /// Indices of places, by cell.
    cells: Vec<Vec<usize>>,
}

impl Grid {
    /// Forgets what was, and takes these.
    pub fn rebuild(&mut self, places: impl Iterator<Item = Vec2>) {
        self.places.clear();
        self.places.extend(places);
        let edge = self.places.iter().fold(0.0_f32, |edge, place| edge.max(place.max_element()));
        self.columns = (edge / KEEP) as usize + 1;
        self.cells.iter_mut().for_each(Vec::clear);
        self.cells.resize_with(self.columns * self.columns, Vec::new);
        for (index, place) in self.places.iter().enumerate() {
            let cell = *place / KEEP;
            self.cells[cell.y as usize * self.columns + cell.x as usize].push(index);
        }
    }

    /// Bodies in the cell of `place` and in the eight around it.
    fn near(&self, place: Vec2) -> impl Iterator<Item = usize> + '_ {
        let (x, y) = ((place.x / KEEP) as usize, (place.y / KEEP) as usize);
        let around = |at: usize| at.saturating_sub(1)..=(at + 1).min(self.columns - 1);
        around(y).flat_map(move |y| around(x).flat_map(move |x| &self.cells[y * self.columns + x])).copied()
    }
}

/// Sight of one client.
pub struct Sight {
    body: usize,
    seen: Vec<bool>,
    /// Bodies that are `seen`, as a list.
    list: Vec<usize>,
}

impl Sight {
    /// The sight of the client that looks from this body; it has seen nothing, and was told so of nothing.
    pub const fn of(body: usize) -> Self {
        Self { body, seen: Vec::new(), list: Vec::new() }
    }

    /// Looks, and tells what is seen now and was not, and the other way round. At first it tells of everything.
    pub fn look(&mut self, grid: &Grid, mut tell: impl FnMut(usize, bool)) {
        if self.seen.is_empty() {
            self.seen = vec![false; grid.places.len()];
            (0..grid.places.len()).for_each(|index| tell(index, false));
        }
        let here = grid.places[self.body];
        let seen = &mut self.seen;
        self.list.retain(|index| {
            let is_kept = grid.places[*index].distance_squared(here) <= KEEP * KEEP;
            if !is_kept {
                seen[*index] = false;
                tell(*index, false);
            }
            is_kept
        });
        for index in grid.near(here) {
            if !seen[index] && grid.places[index].distance_squared(here) <= ENTER * ENTER {
                seen[index] = true;
                self.list.push(index);
                tell(index, true);
            }
        }
    }
}
