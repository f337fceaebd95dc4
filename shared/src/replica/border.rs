//! [`Border`]: whose distance from the centre has to be looked at, of the rows that rest.
//!
//! A row that is ten metres from the border cannot have come to it before the centre has gone ten metres, so its
//! distance is not looked at until then. A centre that stands still looks at none.

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::cmp::Reverse;

use glam::Vec3;

use super::held_rows::HeldKey;

/// Share of a way that rounding may add to it.
const ROUNDING: f64 = 1.0 + 1e-3;
/// The same of the keep radius, for distances.
const ROUNDING_OF_RADIUS: f32 = 1e-5;
/// Rows out of date that are kept at least, beside as many as there are rows.
const STALE_KEPT: usize = 64;

/// Rows at rest, by how far the centre has gone when they are due.
#[derive(Debug, Default)]
pub(super) struct Border {
    centre: Option<Vec3>,
    /// Distance that the centre has gone so far, in the units of places.
    way: f64,
    /// Ways in the order of their bits, which is that of their size, and whose they are. A row that moves again, or is
    /// to be looked at earlier, leaves an entry behind that is out of date.
    waiting: BinaryHeap<Reverse<(u64, HeldKey)>>,
}

impl Border {
    /// Forgets all rows.
    pub(super) fn clear(&mut self) {
        *self = Self { waiting: core::mem::take(&mut self.waiting), ..Self::default() };
        self.waiting.clear();
    }

    /// The centre is at `centre` now.
    pub(super) fn follow(&mut self, centre: Vec3) {
        if let Some(before) = self.centre.replace(centre) {
            let way = self.way + f64::from(before.distance(centre)) * ROUNDING;
            self.way = if way.is_nan() { f64::INFINITY } else { way };
        }
    }

    /// The way at which a row is due at once.
    pub(super) fn now(&self) -> u64 {
        self.way.to_bits()
    }

    /// The way at which a row is due whose distance from the centre is `distance` now.
    pub(super) fn after(&self, distance: f32, radius: f32) -> u64 {
        let far = (radius - distance).abs() - radius * ROUNDING_OF_RADIUS;
        let far = if far.is_finite() { far.max(0.0) } else { 0.0 };
        (self.way + f64::from(far) / ROUNDING).to_bits()
    }

    /// A row is due after this way.
    pub(super) fn wait(&mut self, way: u64, key: HeldKey) {
        self.waiting.push(Reverse((way, key)));
    }

    /// Takes all that are due, each with its way.
    pub(super) fn take_due(&mut self, due: &mut Vec<(u64, HeldKey)>) {
        due.clear();
        while let Some(&Reverse((way, key))) = self.waiting.peek()
            && way <= self.now()
        {
            self.waiting.pop();
            due.push((way, key));
        }
    }

    /// Makes room for as many entries as are kept beside `rows`.
    pub(super) fn make_room(&mut self, rows: usize) {
        self.waiting.reserve((2 * rows + STALE_KEPT).saturating_sub(self.waiting.len()));
    }

    /// Forgets entries that are out of date, where there are many of them beside `rows`.
    pub(super) fn tidy(&mut self, rows: usize, is_current: impl Fn(u64, HeldKey) -> bool) {
        if self.waiting.len() > 2 * rows + STALE_KEPT {
            self.waiting.retain(|&Reverse((way, key))| is_current(way, key));
        }
    }
}
