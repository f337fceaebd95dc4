//! [`Precision`]: how near to the truth a field is published, and by which steps it is corrected.
//!
//! What is within the tolerance is published as foreseen. A correction need not be exact either: it goes by the largest
//! quanta whose corner is still within the tolerance, which are the fewest bits.

use super::schema::{Field, Quantity};
use super::turning;

/// A hair, so that two hundredths are two steps of a hundredth whatever a division rounds to.
const HAIR: f64 = 1e-9;

/// Nearness of what is published to the truth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Precision {
    /// The truth, to the step.
    Exact,
    /// Numbers whose distance from the truth is at most so much.
    Near {
        /// In steps.
        tolerance: f64,
        /// Steps of a correction.
        quantum: i32,
        /// Steps after which it is the same again; 0 if never.
        turn: f64,
    },
    /// A rotation that is off by at most so much.
    Turned {
        /// In radians.
        tolerance: f64,
        /// Tangent of a quarter of the angle of a correction's step.
        quantum: f64,
    },
}

impl Precision {
    /// Whether the field is published to the step.
    pub(super) const fn is_exact(field: &Field) -> bool {
        field.tolerance == 0.0 || field.control
    }

    pub(super) fn of(field: &Field) -> Self {
        if Self::is_exact(field) {
            return Self::Exact;
        }
        let (step, numbers) = (field.quantity.step(), field.quantity.columns() as f64);
        match field.quantity {
            Quantity::Rotation { .. } => {
                // The grid turns by up to two steps; the corner of a correction by 4 times half a root of 3 quanta.
                let quantum = (field.tolerance - 2.0 * step) / (2.0 * libm::sqrt(3.0));
                Self::Turned { tolerance: field.tolerance, quantum }
            }
            quantity => {
                let tolerance = field.tolerance / step * (1.0 + HAIR);
                let turn = if let Quantity::Angle { bits } = quantity { (1_u64 << bits) as f64 } else { 0.0 };
                // The corner of a quantum is half a root of its numbers away.
                let quantum = ((2.0 * tolerance / libm::sqrt(numbers)) as i32).max(1);
                Self::Near { tolerance, quantum, turn }
            }
        }
    }

    /// The numbers that correct `base` so that it is near enough to the truth, into `quanta`. Whether there are
    /// any: not where it is near enough as it is. Of a field that is not exact.
    pub(super) fn correction(&self, base: &[i32], truth: &[f64], quanta: &mut [i32]) -> bool {
        match *self {
            Self::Exact => false,
            Self::Near { tolerance, quantum, turn } => {
                let mut square = 0.0;
                for ((number, base), truth) in quanta.iter_mut().zip(base).zip(truth) {
                    let mut off = truth - f64::from(*base);
                    if turn > 0.0 {
                        off -= turn * libm::round(off / turn);
                    }
                    square += off * off;
                    *number = libm::round(off / f64::from(quantum)) as i32;
                }
                square > tolerance * tolerance
            }
            Self::Turned { tolerance, quantum } => {
                let (base, truth) =
                    (turning::of_columns(base), turning::unit(core::array::from_fn(|axis| truth[axis])));
                quanta[..3].copy_from_slice(&turning::correction(base, truth, quantum));
                turning::radians_between(base, truth) > tolerance
            }
        }
    }
}
