//! Hides corrections: what turns out to be elsewhere is shown between where it was and where it is, for a moment.
//!
//! Two rates, after G. Fiedler, "State Synchronization" (gafferongames.com, 2014): at 60 pictures a second
//! 0.95 of a small error is left after each, which nobody sees, and 0.85 of a large one, which nobody wants
//! to see for long. On top a fastest correction, so that no picture of 60 a second moves anything by what
//! would be seen as a jump.

use alloc::vec::Vec;

use crate::game::Game;
use crate::limits::COLUMNS_MAX;
use crate::state::{KindLayout, Layout, Quantity, Replicate, Row};

/// Left of an error after a sixtieth of a second, up to [`SMALL_METRES`].
const SMALL_RATE: f32 = 0.95;
/// The same from [`LARGE_METRES`]; between the two it goes over evenly.
const LARGE_RATE: f32 = 0.85;
const SMALL_METRES: f32 = 0.25;
const LARGE_METRES: f32 = 1.0;
/// Fastest correction: 0.2 m in a sixtieth of a second. A picture that moves something by 0.25 m is seen to
/// jump.
const METRES_A_SECOND_MAX: f32 = 12.0;
/// Below this nothing is left to hide.
const NOTHING_METRES: f32 = 1e-3;
/// A correction beyond this share of the interest radius is a teleport: shown at once.
const SNAP_SHARE: f32 = 0.2;

/// The look of an error in a column.
#[derive(Clone, Copy, Debug)]
struct Smoothed {
    column: usize,
    /// Metres of a step. A radian counts as a metre: so far does the nose of a body of two metres move.
    weight: f32,
    /// An error beyond this many steps is not hidden: the other quaternion of much the same rotation.
    most: f32,
    /// Steps after which it is the same again; 0 if never.
    turn: f32,
}

/// Smoothed columns of each kind: places and directions.
#[derive(Clone, Debug)]
pub(super) struct Smoothing {
    kinds: Vec<Vec<Smoothed>>,
    snap_metres: f32,
}

impl Smoothing {
    /// The smoothing of game `G`, where players see as far as `interest_radius`.
    pub(super) fn new<G: Game>(interest_radius: f32) -> Self {
        let kind = |kind: &crate::state::Kind| {
            let (mut at, mut found) = (0, Vec::new());
            for field in kind.fields {
                let step = field.quantity.step() as f32;
                let (weight, most, turn) = match field.quantity {
                    Quantity::Angle { .. } => (step, f32::MAX, field.quantity.max(0) as f32 + 1.0),
                    Quantity::Rotation { .. } => (2.0 * step, field.quantity.max(0) as f32, 0.0),
                    _ if field.position => (step / G::UNITS_PER_METRE, f32::MAX, 0.0),
                    _ => (0.0, 0.0, 0.0),
                };
                let columns = at..at + field.quantity.columns();
                at = columns.end;
                if weight > 0.0 {
                    found.extend(columns.map(|column| Smoothed { column, weight, most, turn }));
                }
            }
            found
        };
        let kinds = G::Entity::KINDS.iter().map(kind).collect();
        Self { kinds, snap_metres: interest_radius * SNAP_SHARE / G::UNITS_PER_METRE }
    }

    /// Distance that two rows of a kind seem apart, in metres.
    pub(super) fn distance(&self, layout: &Layout, kind: usize, one: &Row, other: &Row) -> f32 {
        let columns = layout.kind(kind).columns();
        self.size(kind, |column| columns[column].difference(one[column], other[column]) as f32)
    }

    /// Whether a motion of `metres` at once is a teleport.
    pub(super) fn is_teleport(&self, metres: f32) -> bool {
        metres > self.snap_metres
    }

    /// The length of an error, in metres.
    pub(super) fn size(&self, kind: usize, error: impl Fn(usize) -> f32) -> f32 {
        let square = |smoothed: &Smoothed| {
            let metres = error(smoothed.column) * smoothed.weight;
            metres * metres
        };
        libm::sqrtf(self.kinds[kind].iter().map(square).sum())
    }
}

/// Offset at which an entity is shown beside its place, in steps of each column.
#[derive(Clone, Debug)]
pub(super) struct Offset {
    columns: [f32; COLUMNS_MAX],
    metres: f32,
}

impl Offset {
    pub(super) const NONE: Self = Self { columns: [0.0; COLUMNS_MAX], metres: 0.0 };

    /// Length of the offset, in metres.
    pub(super) const fn metres(&self) -> f32 {
        self.metres
    }

    /// Adds the error of what is shown: `error` steps in each column.
    pub(super) fn add(&mut self, smoothing: &Smoothing, kind: usize, error: impl Fn(usize) -> f32) {
        for smoothed in &smoothing.kinds[kind] {
            let error = error(smoothed.column);
            let offset = &mut self.columns[smoothed.column];
            if error.abs() <= smoothed.most {
                *offset += error;
            }
            if smoothed.turn > 0.0 {
                // Several in a row may be more than half a turn: back by the short way.
                *offset -= smoothed.turn * libm::roundf(*offset / smoothed.turn);
            }
        }
        self.measure(smoothing, kind);
        if smoothing.is_teleport(self.metres) {
            *self = Self::NONE;
        }
    }

    /// `seconds` pass.
    pub(super) fn fade(&mut self, smoothing: &Smoothing, kind: usize, seconds: f32) {
        if self.metres == 0.0 {
            return;
        }
        let large = ((self.metres - SMALL_METRES) / (LARGE_METRES - SMALL_METRES)).clamp(0.0, 1.0);
        let rate = SMALL_RATE + (LARGE_RATE - SMALL_RATE) * large;
        let slowest = 1.0 - METRES_A_SECOND_MAX * seconds / self.metres;
        self.shrink(smoothing, kind, libm::powf(rate, seconds * 60.0).max(slowest));
    }

    /// `share` of it is left.
    pub(super) fn shrink(&mut self, smoothing: &Smoothing, kind: usize, share: f32) {
        self.columns.iter_mut().for_each(|column| *column *= share);
        self.measure(smoothing, kind);
        if self.metres < NOTHING_METRES {
            *self = Self::NONE;
        }
    }

    fn measure(&mut self, smoothing: &Smoothing, kind: usize) {
        self.metres = smoothing.size(kind, |column| self.columns[column]);
    }

    /// `row` as it is shown.
    pub(super) fn shown(&self, layout: &KindLayout, row: &Row) -> Row {
        let mut shown = *row;
        if self.metres > 0.0 {
            for (at, column) in layout.columns().iter().enumerate() {
                shown[at] = column.nearest(row[at], libm::roundf(self.columns[at]) as i32);
            }
        }
        shown
    }
}
