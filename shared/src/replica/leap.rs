//! Leaps: what an entity did from one tick to the next that was no motion, and is not shown as one.
//!
//! A game says so by a field that is marked `jumps`. A place that is moved by a velocity leaps too where it goes
//! further in a tick than the range of that velocity allows.

use alloc::vec::Vec;

use crate::state::{Kind, Layout, Quantity, Replicate, Row};

/// The most that a column changes in a tick without a leap.
#[derive(Clone, Copy, Debug)]
struct LeapBound {
    column: usize,
    steps: u32,
}

/// Bounds of each kind.
#[derive(Clone, Debug, Default)]
pub(super) struct Leaps {
    kinds: Vec<Vec<LeapBound>>,
}

impl Leaps {
    /// The bounds of entities `E` at `tick_hz` ticks a second.
    pub(super) fn new<E: Replicate>(tick_hz: u32) -> Self {
        Self { kinds: E::KINDS.iter().map(|kind| bounds(kind, tick_hz)).collect() }
    }

    /// Whether a row of a kind leapt when it became `after` within a tick.
    pub(super) fn is_leap(&self, layout: &Layout, kind: usize, before: &Row, after: &Row) -> bool {
        let Some(bounds) = self.kinds.get(kind).filter(|bounds| !bounds.is_empty()) else { return false };
        let columns = layout.kind(kind).columns();
        bounds.iter().any(|bound| {
            let difference = columns[bound.column].difference(after[bound.column], before[bound.column]);
            difference.unsigned_abs() > bound.steps
        })
    }
}

fn bounds(kind: &Kind, tick_hz: u32) -> Vec<LeapBound> {
    let (mut first, mut found) = (0, Vec::new());
    for field in kind.fields {
        let columns = first..first + field.quantity.columns();
        first = columns.end;
        let leader = field.moved_by.map(|leader| kind.fields[leader].quantity);
        let steps = match leader {
            _ if field.jumps => 0,
            Some(leader) if field.position => {
                // What is published is off by the tolerance at either end, and by half a step. `as` saturates.
                let off = (libm::ceil(2.0 * field.tolerance / field.quantity.step()) as u32).saturating_add(1);
                (libm::ceil(fastest(&leader) / f64::from(tick_hz) / field.quantity.step()) as u32).saturating_add(off)
            }
            _ => continue,
        };
        found.extend(columns.map(|column| LeapBound { column, steps }));
    }
    found
}

/// The most that any of a quantity's numbers can be, in units.
fn fastest(quantity: &Quantity) -> f64 {
    let most = |column| quantity.min(column).unsigned_abs().max(quantity.max(column).unsigned_abs());
    f64::from((0..quantity.columns()).map(most).max().unwrap_or(0)) * quantity.step()
}
