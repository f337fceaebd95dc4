//! [`Walls`], and the places of pickups: both follow from the rules alone, so nothing of them is ever sent.
//!
//! The world is cut into square cells. A cell that lies in the world may hold one wall, well inside of it:
//! whatever touches a wall therefore lies in that wall's own cell, and a single look-up finds it.

use alloc::vec::Vec;

use glam::IVec2;

use crate::grid::{STEPS_PER_UNIT, UNITS_MAX};
use crate::rules::Rules;

/// Edge of a cell in units.
const CELL: u32 = 800;
/// Margin from a cell's edge to what lies inside of it: more than the largest radius of all, that of an
/// asteroid of 3 * 50.
const MARGIN: i32 = 160;
/// Half of a wall's length in units: at least, and at most.
const HALF_LENGTHS: [i32; 2] = [110, 200];
/// Half of a wall's thickness: more than the fastest shot flies in a tick of 10 Hz, halved.
const HALF_THICKNESS: i32 = 32;
/// Pickups lie this far from two edges of their cell: between the walls, wherever those are.
const PICKUP_OFFSET: i32 = 90;

/// A wall: the box between two corners, in steps of 1/32 unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wall {
    /// Left and bottom.
    pub low: IVec2,
    /// Right and top.
    pub high: IVec2,
}

impl Wall {
    /// A wall that a point touches as its centre does when a circle of `radius` steps meets this one. Its
    /// corners stay square.
    const fn grown(self, radius: i32) -> Self {
        Self {
            low: IVec2::new(self.low.x - radius, self.low.y - radius),
            high: IVec2::new(self.high.x + radius, self.high.y + radius),
        }
    }

    fn contains(&self, point: IVec2) -> bool {
        point.cmpgt(self.low).all() && point.cmplt(self.high).all()
    }
}

/// Every wall of a world, by its cell.
#[derive(Clone, Debug)]
pub struct Walls {
    columns: i32,
    /// Row by row.
    cells: Vec<Option<Wall>>,
}

/// The place of pickup number `index` of `count`, in steps, spread over the cells of the world.
pub(crate) fn pickup_place(rules: &Rules, index: u32, count: u32) -> IVec2 {
    let columns = columns(rules).max(1);
    let cell = index * (columns * columns) / count.max(1);
    let corner = IVec2::new((cell % columns) as i32, (cell / columns) as i32) * CELL as i32;
    (corner + PICKUP_OFFSET) * STEPS_PER_UNIT
}

/// Number of pickups that a world has room for.
pub(crate) fn pickups_max(rules: &Rules) -> u32 {
    columns(rules).max(1).pow(2)
}

impl Walls {
    /// Builds the walls of a world by these rules, of which there are at most 400.
    #[must_use]
    pub fn new(rules: &Rules) -> Self {
        let columns = columns(rules) as i32;
        let cells = (0..columns * columns).map(|index| build(rules, IVec2::new(index % columns, index / columns)));
        Self { columns, cells: cells.collect() }
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Wall> + '_ {
        self.cells.iter().flatten().copied()
    }

    /// Moves the centre of something of `radius` units, which came from `from`, out of the wall that it is
    /// in: back through the side by which it came in, so by no more than it came; the shortest way if it was
    /// in it already. Along which axis: -1, 1 or 0 for each.
    pub(crate) fn push_out(&self, radius: u32, from: IVec2, position: &mut IVec2) -> IVec2 {
        let Some(wall) = self.wall_in(cell_of(*position)) else { return IVec2::ZERO };
        let wall = wall.grown(radius.min(MARGIN as u32) as i32 * STEPS_PER_UNIT);
        if !wall.contains(*position) {
            return IVec2::ZERO;
        }
        let was_in = wall.contains(from);
        let ways = [
            (from.x <= wall.low.x, position.x - wall.low.x, IVec2::NEG_X),
            (from.x >= wall.high.x, wall.high.x - position.x, IVec2::X),
            (from.y <= wall.low.y, position.y - wall.low.y, IVec2::NEG_Y),
            (from.y >= wall.high.y, wall.high.y - position.y, IVec2::Y),
        ];
        let ways = ways.into_iter().filter(|(came_by, ..)| was_in || *came_by);
        let (_, way, out) = ways.min_by_key(|(_, way, _)| *way).unwrap_or_default();
        *position += out * way;
        out
    }

    /// Whether a point lies in a wall.
    pub(crate) fn contain(&self, point: IVec2) -> bool {
        self.wall_in(cell_of(point)).is_some_and(|wall| wall.contains(point))
    }

    /// Whether a wall stands between two points, neither of which lies in one.
    pub(crate) fn are_between(&self, one: IVec2, other: IVec2) -> bool {
        !self.contain(one) && !self.contain(other) && self.first(one, other).is_some()
    }

    /// The point where the straight way between two points first meets a wall; `None` if it does not.
    #[must_use]
    pub fn first(&self, from: IVec2, to: IVec2) -> Option<IVec2> {
        let (low, high) = (cell_of(from.min(to)), cell_of(from.max(to)));
        let (low, high) = (low.max(IVec2::ZERO), high.min(IVec2::splat(self.columns - 1)));
        let cells = (low.y..=high.y).flat_map(|row| (low.x..=high.x).map(move |column| IVec2::new(column, row)));
        let share = cells.filter_map(|cell| entry(&self.wall_in(cell)?, from, to)).min()?;
        let way = (to - from).as_i64vec2() * share;
        Some(from + IVec2::new((way.x >> SHARE_BITS) as i32, (way.y >> SHARE_BITS) as i32))
    }

    fn wall_in(&self, cell: IVec2) -> Option<Wall> {
        let is_outside = cell.cmplt(IVec2::ZERO).any() || cell.cmpge(IVec2::splat(self.columns)).any();
        if is_outside { None } else { self.cells[(cell.y * self.columns + cell.x) as usize] }
    }
}

/// Fraction bits of a share of a way: finer than a step on any way in the world.
const SHARE_BITS: u32 = 20;

/// The share of the way between two points after which it is in `wall`.
fn entry(wall: &Wall, from: IVec2, to: IVec2) -> Option<i64> {
    let way = (to - from).as_i64vec2();
    let (low, high) = ((wall.low - from).as_i64vec2(), (wall.high - from).as_i64vec2());
    let (mut enters, mut leaves) = (0, 1 << SHARE_BITS);
    for axis in 0..2 {
        if way[axis] == 0 {
            if low[axis] > 0 || high[axis] < 0 {
                return None;
            }
            continue;
        }
        let share = |edge: i64| (edge << SHARE_BITS) / way[axis];
        let (one, other) = (share(low[axis]), share(high[axis]));
        enters = enters.max(one.min(other));
        leaves = leaves.min(one.max(other));
    }
    (enters <= leaves).then_some(enters)
}

/// Cells on an edge of the world that lie in it as a whole.
fn columns(rules: &Rules) -> u32 {
    rules.size.min(UNITS_MAX) / CELL
}

fn cell_of(position: IVec2) -> IVec2 {
    position.div_euclid(IVec2::splat(CELL as i32 * STEPS_PER_UNIT))
}

/// The wall of a cell of the world, if there is to be one.
fn build(rules: &Rules, cell: IVec2) -> Option<Wall> {
    let chance = mixed(cell);
    if chance % 100 >= rules.walls {
        return None;
    }
    let [least, most] = HALF_LENGTHS;
    let length = least + ((chance >> 8) % (most - least + 1) as u32) as i32;
    let half =
        if chance >> 7 & 1 == 0 { IVec2::new(length, HALF_THICKNESS) } else { IVec2::new(HALF_THICKNESS, length) };
    // Anywhere in the cell that keeps its margin.
    let room = IVec2::splat(CELL as i32 / 2 - MARGIN) - half;
    let share = |bits: u32, room: i32| (bits & 0xff) as i32 * (2 * room + 1) / 256 - room;
    let centre =
        cell * CELL as i32 + CELL as i32 / 2 + IVec2::new(share(chance >> 16, room.x), share(chance >> 24, room.y));
    Some(Wall { low: (centre - half) * STEPS_PER_UNIT, high: (centre + half) * STEPS_PER_UNIT })
}

/// A number that is as good as chance, and the same for a cell in every world.
const fn mixed(cell: IVec2) -> u32 {
    let mut mixed = (cell.x as u32).wrapping_mul(0x9e37_79b1) ^ (cell.y as u32).wrapping_mul(0x85eb_ca77) ^ 0x27d4_eb2f;
    mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x2c1b_3c6d);
    mixed = (mixed ^ (mixed >> 12)).wrapping_mul(0x297a_2d39);
    mixed ^ (mixed >> 15)
}

#[cfg(test)]
mod tests {
    use auspice::Rng;

    use super::*;

    #[test]
    fn walls_keep_their_margin_and_pickups_lie_outside_of_them() {
        let rules = Rules { walls: 100, size: 16_000, ..Rules::default() };
        let walls = Walls::new(&rules);
        let margin = MARGIN * STEPS_PER_UNIT;
        assert_eq!(walls.iter().count(), 400);
        for wall in walls.iter() {
            let corner = cell_of(wall.low) * CELL as i32 * STEPS_PER_UNIT;
            assert_eq!(cell_of(wall.low), cell_of(wall.high));
            assert!((wall.low - corner).min_element() >= margin, "{wall:?}");
            assert!((corner + CELL as i32 * STEPS_PER_UNIT - wall.high).min_element() >= margin, "{wall:?}");
        }
        for index in 0..400 {
            let place = pickup_place(&rules, index, 400);
            assert_eq!(walls.push_out(40, place, &mut place.clone()), IVec2::ZERO);
        }
    }

    #[test]
    fn a_way_ends_at_the_first_wall_that_small_steps_along_it_meet() {
        let walls = Walls::new(&Rules { walls: 100, ..Rules::default() });
        let (mut rng, mut met) = (Rng::new(4), 0);
        for _ in 0..2000 {
            let mut point = || IVec2::new(rng.between(0, 127_000), rng.between(0, 127_000));
            let (from, to) = (point(), point());
            let steps = 4000;
            let at = |step: i32| from + ((to - from).as_i64vec2() * i64::from(step) / i64::from(steps)).as_ivec2();
            let walked = (0..=steps).map(at).find(|point| walls.contain(*point));
            let found = walls.first(from, to);
            if let Some(walked) = walked {
                let found = found.expect("a wall that is walked into should be found");
                assert!((found - walked).abs().max_element() <= 50, "{found} and {walked}");
                met += 1;
            }
        }
        assert!(met > 500, "{met}");
    }

    #[test]
    fn a_wall_is_between_what_lies_on_both_of_its_sides_and_not_beside_or_in_it() {
        let walls = Walls::new(&Rules { walls: 100, ..Rules::default() });
        for wall in walls.iter() {
            let (middle, thick) = ((wall.low + wall.high) / 2, (wall.high - wall.low) / 2);
            let (left, right) = (middle - IVec2::new(thick.x + 99, 0), middle + IVec2::new(thick.x + 99, 0));
            assert!(walls.are_between(left, right) && walls.are_between(right, left), "{wall:?}");
            assert!(!walls.are_between(left, middle) && !walls.are_between(left, left), "{wall:?}");
            let above = IVec2::new(0, thick.y + 99);
            assert!(!walls.are_between(left + above, right + above), "{wall:?}");
        }
    }

    #[test]
    fn what_is_in_a_wall_is_pushed_out_the_shortest_way() {
        let walls = Walls::new(&Rules { walls: 100, ..Rules::default() });
        for wall in walls.iter() {
            let middle = (wall.low + wall.high) / 2;
            let mut place = middle;
            assert_ne!(walls.push_out(16, middle, &mut place), IVec2::ZERO);
            assert_eq!(walls.push_out(16, middle, &mut place), IVec2::ZERO);
            let thin = (wall.high - wall.low).min_element() / 2;
            assert_eq!((place - middle).abs().max_element(), thin + 16 * STEPS_PER_UNIT);
        }
    }

    #[test]
    fn whoever_flies_into_a_wall_is_never_pushed_further_than_it_came() {
        let walls = Walls::new(&Rules { walls: 100, ..Rules::default() });
        let (mut rng, mut met) = (Rng::new(6), 0);
        for wall in walls.iter().flat_map(|wall| [wall; 200]) {
            let grown = wall.grown(16 * STEPS_PER_UNIT);
            // Around a corner, where the shortest way out may be along the wall.
            let mut near = |corner: IVec2| corner + IVec2::new(rng.between(-400, 400), rng.between(-400, 400));
            let (from, to) = (near(grown.high), near(grown.high));
            let mut place = to;
            if !grown.contains(from) && walls.push_out(16, from, &mut place) != IVec2::ZERO {
                met += 1;
                assert!(!grown.contains(place), "{place} is in {grown:?}");
                let (low, high) = (from.min(to), from.max(to));
                assert!(place.cmpge(low).all() && place.cmple(high).all(), "from {from} to {to}: pushed to {place}");
            }
        }
        assert!(met > 500, "{met}");
    }
}
