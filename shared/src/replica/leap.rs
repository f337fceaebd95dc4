//! Leaps: what an entity did from one tick to the next that was no motion, and is not shown as one.
//!
//! A game says so by a field that is marked `jumps`. A place that is moved by a velocity leaps too where it goes
//! further in a tick than the range of that velocity allows.

use alloc::vec::Vec;

use crate::state::{Kind, Layout, Replicate, Row};

/// The most that a column changes in a tick without a leap.
#[derive(Clone, Copy, Debug)]
struct Bound {
    column: usize,
    steps: u32,
}

/// Bounds of each kind.
#[derive(Clone, Debug, Default)]
pub(super) struct Leaps {
    kinds: Vec<Vec<Bound>>,
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

fn bounds(kind: &Kind, tick_hz: u32) -> Vec<Bound> {
    let (mut first, mut found) = (0, Vec::new());
    for field in kind.fields {
        let columns = first..first + field.quantity.columns();
        first = columns.end;
        let leader = field.moved_by.map(|leader| kind.fields[leader].quantity);
        let steps = match leader {
            _ if field.jumps => 0,
            Some(leader) if field.position => {
                let fastest = f64::from(leader.min().unsigned_abs().max(leader.max().unsigned_abs())) * leader.step();
                // What is published is off by the tolerance at either end, and by half a step.
                let off = field.tolerance.unsigned_abs().saturating_mul(2).saturating_add(1);
                // `as` saturates.
                (libm::ceil(fastest / f64::from(tick_hz) / field.quantity.step()) as u32).saturating_add(off)
            }
            _ => continue,
        };
        found.extend(columns.map(|column| Bound { column, steps }));
    }
    found
}
