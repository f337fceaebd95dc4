//! The world of [`W2`](crate::w2::W2) as it truly is: discs in floating point that collide, and what nobody
//! is told of: impulses and wells.
//!
//! What the workload leaves open is settled so: in a tick motion comes first and everything that changes a
//! velocity after it, so a force shows in the velocity a tick before it shows in the place; discs that touch
//! and part are left alone, and none is pushed out of another; walls give back all speed; spin stays within
//! 20 rad/s. Chances are for 30 ticks a second and are scaled to others.

use auspice::Rng;
use glam::DVec2;
use serde::{Deserialize, Serialize};

/// Constants that both ends need to foresee a disc.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Discs in the world, 1 to 65,536.
    pub entities: u32,
    /// The side of the square, in fine steps.
    pub side: i32,
}

impl Rules {
    /// Rules for `entities` discs, at a density of four in a thousand square metres.
    #[must_use]
    pub fn of(entities: u32) -> Self {
        Self::within(entities, 500.0 * libm::sqrt(f64::from(entities) / 1000.0))
    }

    /// Rules for `entities` discs on a square with a side of `metres`, at most 8191.
    #[must_use]
    pub fn within(entities: u32, metres: f64) -> Self {
        Self { entities, side: libm::round(metres * FINE) as i32 }
    }

    /// The side of the square, in metres.
    #[must_use]
    pub fn side_metres(&self) -> f64 {
        f64::from(self.side) / FINE
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self::of(1000)
    }
}

/// Fine steps in a metre, and in a metre a second: on this grid discs move, and its rounding is far below the
/// tolerances.
pub const FINE: f64 = (1 << FINE_BITS) as f64;
pub(crate) const FINE_BITS: u32 = 14;
/// Radius of a disc, in metres.
pub const RADIUS: f64 = 1.0;
/// Fastest spin, in radians a second.
pub const SPIN_MAX: f64 = 20.0;
/// The part of its speed that a disc loses in a second.
pub const FRICTION: f64 = 0.1;

const START_SPEED: f64 = 5.0;
const START_SPIN_MAX: f64 = 2.0;
const RESTITUTION: f64 = 0.9;
const IMPULSE_SECONDS: u32 = 3;
const MOOD_SECONDS: u32 = 10;
const WELLS: usize = 10;
const WELL_RADIUS: f64 = 30.0;
const WELL_SPEED: f64 = 3.0;
const WELL_PULL: f64 = 5.0;
/// Side of a cell of the collision search, in metres: no smaller than a disc is wide, and about one disc to four cells.
const CELL: f64 = 8.0;
/// Every run is the same world.
const SEED: u64 = 2;

/// A disc as it is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrueDisc {
    /// In metres from a corner.
    pub position: DVec2,
    /// In metres a second.
    pub velocity: DVec2,
    /// In radians, not wrapped.
    pub angle: f64,
    /// In radians a second.
    pub spin: f64,
    /// 0 to 15.
    pub mood: u8,
    /// Pull of the wells on it in the last tick, in metres by second squared.
    pub pull: DVec2,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Well {
    position: DVec2,
    velocity: DVec2,
}

/// All discs and wells, tick by tick.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct World {
    discs: Vec<TrueDisc>,
    wells: Vec<Well>,
    rng: Rng,
    side: f64,
    tick_hz: u32,
    cells: Cells,
}

impl World {
    /// The world at tick 0.
    #[must_use]
    pub fn new(rules: &Rules, tick_hz: u32) -> Self {
        let (mut rng, side) = (Rng::new(SEED), rules.side_metres());
        let discs = (0..rules.entities).map(|_| TrueDisc {
            position: place(&mut rng, side),
            velocity: direction(&mut rng) * START_SPEED,
            angle: uniform(&mut rng) * core::f64::consts::TAU,
            spin: (uniform(&mut rng) * 2.0 - 1.0) * START_SPIN_MAX,
            mood: rng.below(16) as u8,
            pull: DVec2::ZERO,
        });
        let discs: Vec<_> = discs.collect();
        let wells =
            (0..WELLS).map(|_| Well { position: place(&mut rng, side), velocity: direction(&mut rng) * WELL_SPEED });
        Self { wells: wells.collect(), cells: Cells::new(side), discs, rng, side, tick_hz }
    }

    /// Discs as they are now; a disc's index is its slot.
    #[must_use]
    pub fn discs(&self) -> &[TrueDisc] {
        &self.discs
    }

    /// Moves all discs by a tick.
    pub fn step(&mut self) {
        self.travel();
        self.collide();
        self.kick();
        self.draw_in();
    }

    fn travel(&mut self) {
        let (dt, side) = (1.0 / f64::from(self.tick_hz), self.side);
        for disc in &mut self.discs {
            disc.angle += disc.spin * dt;
            travel(&mut disc.position, &mut disc.velocity, dt, RADIUS, side - RADIUS);
            disc.velocity *= 1.0 - FRICTION * dt;
        }
        for well in &mut self.wells {
            travel(&mut well.position, &mut well.velocity, dt, 0.0, side);
        }
    }

    /// Every pair that touches and comes closer.
    fn collide(&mut self) {
        self.cells.sort(&self.discs);
        for one in 0..self.discs.len() {
            for row in self.cells.rows_around(self.discs[one].position) {
                for at in row {
                    let other = self.cells.order[at] as usize;
                    if other > one {
                        self.bounce(one, other);
                    }
                }
            }
        }
    }

    fn bounce(&mut self, one: usize, other: usize) {
        let apart = self.discs[other].position - self.discs[one].position;
        let distance_squared = apart.length_squared();
        let closing = (self.discs[one].velocity - self.discs[other].velocity).dot(apart);
        if distance_squared >= 4.0 * RADIUS * RADIUS || closing <= 0.0 || distance_squared == 0.0 {
            return;
        }
        let change = apart * (closing / distance_squared * (1.0 + RESTITUTION) / 2.0);
        self.discs[one].velocity -= change;
        self.discs[other].velocity += change;
        for index in [one, other] {
            let spin = self.discs[index].spin + uniform(&mut self.rng) * 2.0 - 1.0;
            self.discs[index].spin = spin.clamp(-SPIN_MAX, SPIN_MAX);
        }
    }

    /// Impulses and moods, which come from nowhere.
    fn kick(&mut self) {
        for disc in &mut self.discs {
            if self.rng.one_in(IMPULSE_SECONDS * self.tick_hz) {
                disc.velocity += direction(&mut self.rng) * (2.0 + 6.0 * uniform(&mut self.rng));
            }
            if self.rng.one_in(MOOD_SECONDS * self.tick_hz) {
                disc.mood = (disc.mood + 1 + self.rng.below(15) as u8) % 16;
            }
        }
    }

    fn draw_in(&mut self) {
        let dt = 1.0 / f64::from(self.tick_hz);
        for disc in &mut self.discs {
            disc.pull = DVec2::ZERO;
            for well in &self.wells {
                let towards = well.position - disc.position;
                let distance = towards.length();
                if distance < WELL_RADIUS && distance > 0.0 {
                    disc.pull += towards * (WELL_PULL / distance);
                }
            }
            disc.velocity += disc.pull * dt;
        }
    }
}

/// Moves by a tick, and turns round at the walls.
fn travel(position: &mut DVec2, velocity: &mut DVec2, dt: f64, low: f64, high: f64) {
    *position += *velocity * dt;
    let inside = position.clamp(DVec2::splat(low), DVec2::splat(high));
    for axis in 0..2 {
        if inside[axis] != position[axis] {
            velocity[axis] = -velocity[axis];
        }
    }
    *position = inside;
}

/// In `0.0..1.0`.
fn uniform(rng: &mut Rng) -> f64 {
    (rng.bits() >> 11) as f64 / (1_u64 << 53) as f64
}

fn place(rng: &mut Rng, side: f64) -> DVec2 {
    DVec2::new(uniform(rng), uniform(rng)) * side
}

fn direction(rng: &mut Rng) -> DVec2 {
    let (sine, cosine) = libm::sincos(uniform(rng) * core::f64::consts::TAU);
    DVec2::new(cosine, sine)
}

/// The discs by the cell in which they are, sorted anew each tick.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Cells {
    /// Cells on a side.
    across: usize,
    /// Start of each cell's discs in `order`; one more than there are cells.
    starts: Vec<u32>,
    /// Indexes of discs, cell by cell, ascending in each.
    order: Vec<u32>,
}

impl Cells {
    fn new(side: f64) -> Self {
        let across = (side / CELL) as usize + 1;
        Self { across, starts: vec![0; across * across + 1], order: Vec::new() }
    }

    fn cell_of(&self, position: DVec2) -> (usize, usize) {
        let along = |metres: f64| ((metres / CELL) as usize).min(self.across - 1);
        (along(position.x), along(position.y))
    }

    fn sort(&mut self, discs: &[TrueDisc]) {
        self.starts.fill(0);
        self.order.resize(discs.len(), 0);
        let index = |cells: &Self, disc: &TrueDisc| {
            let (x, y) = cells.cell_of(disc.position);
            y * cells.across + x
        };
        for disc in discs {
            let at = index(self, disc);
            self.starts[at] += 1;
        }
        let mut sum = 0;
        for start in &mut self.starts {
            sum += *start;
            *start = sum;
        }
        // From the last to the first, so that each cell's are ascending, and its start ends where it should.
        for (disc_index, disc) in discs.iter().enumerate().rev() {
            let at = index(self, disc);
            self.starts[at] -= 1;
            self.order[self.starts[at] as usize] = disc_index as u32;
        }
    }

    /// The ranges of `order` with the discs in the cells around `position`: one for each row of cells.
    fn rows_around(&self, position: DVec2) -> impl Iterator<Item = core::ops::Range<usize>> + use<> {
        let (x, y) = self.cell_of(position);
        let (left, right) = (x.saturating_sub(1), (x + 1).min(self.across - 1));
        let rows = y.saturating_sub(1)..=(y + 1).min(self.across - 1);
        let ranges: [core::ops::Range<usize>; 3] = core::array::from_fn(|nth| {
            let row = rows.start() + nth;
            if row > *rows.end() {
                return 0..0;
            }
            let first = row * self.across;
            self.starts[first + left] as usize..self.starts[first + right + 1] as usize
        });
        ranges.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_finds_every_pair_that_touches() {
        let mut world = World::new(&Rules::of(400), 30);
        (0..300).for_each(|_| world.step());
        world.cells.sort(&world.discs);
        let touch = |one: &TrueDisc, other: &TrueDisc| one.position.distance(other.position) < 2.0 * RADIUS;
        let mut pairs = 0;
        for (index, disc) in world.discs.iter().enumerate() {
            let near: Vec<u32> =
                world.cells.rows_around(disc.position).flat_map(|row| world.cells.order[row].to_vec()).collect();
            let touching = (0..400).filter(|&other| other != index && touch(disc, &world.discs[other]));
            for other in touching {
                pairs += 1;
                assert!(near.contains(&(other as u32)));
            }
        }
        assert!(pairs > 0);
    }

    #[test]
    fn the_same_world_comes_out_twice_and_stays_inside() {
        let rules = Rules::of(300);
        let (mut one, mut other) = (World::new(&rules, 30), World::new(&rules, 30));
        for _ in 0..300 {
            one.step();
            other.step();
        }
        assert_eq!(one.discs(), other.discs());
        let inside = |disc: &TrueDisc| (RADIUS..=rules.side_metres() - RADIUS).contains(&disc.position.x);
        assert!(one.discs().iter().all(inside));
    }
}
