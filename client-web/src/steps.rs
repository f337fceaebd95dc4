//! A field's columns, which are whole steps, in units, and back.

use std::f64::consts::{PI, TAU};

use auspice::state::{Field, Quantity, Row};

/// Writes a field in units to the front of `units`: the numbers of `before` and `after`, the first column of each at
/// `first`, `blend` of the way from one to the other. What does not glide is as it is `after`.
pub(crate) fn blend_field(field: &Field, first: usize, before: &Row, after: &Row, blend: f64, units: &mut [f64]) {
    let quantity = field.quantity;
    let glides = match quantity {
        Quantity::Vec2 { .. } | Quantity::Vec3 { .. } | Quantity::Angle { .. } | Quantity::Rotation { .. } => true,
        Quantity::Scalar { .. } => field.moved_by.is_some(),
        Quantity::Flags { .. } | Quantity::Choice { .. } | Quantity::Counter { .. } => false,
    };
    let blend = if glides { blend } else { 1.0 };
    // A rotation has two quaternions: of those of `after`, the one nearer to that of `before`.
    let sign = if matches!(quantity, Quantity::Rotation { .. }) { nearer(first, before, after) } else { 1.0 };
    for (axis, unit) in units.iter_mut().enumerate().take(quantity.columns()) {
        let [from, to] = [before, after].map(|row| f64::from(row[first + axis]) * quantity.step());
        let mut way = to * sign - from;
        if matches!(quantity, Quantity::Angle { .. }) {
            way -= TAU * ((way + PI) / TAU).floor();
        }
        *unit = from + way * blend;
    }
    match quantity {
        // It is at most half a turn beyond the range: a remainder would cost as much as all else here.
        Quantity::Angle { .. } if units[0] < 0.0 => units[0] += TAU,
        Quantity::Angle { .. } if units[0] >= TAU => units[0] -= TAU,
        Quantity::Rotation { .. } => normalise(&mut units[..4]),
        _ => {}
    }
}

fn nearer(first: usize, before: &Row, after: &Row) -> f64 {
    let along: i64 = (first..first + 4).map(|column| i64::from(before[column]) * i64::from(after[column])).sum();
    if along < 0 { -1.0 } else { 1.0 }
}

fn normalise(quaternion: &mut [f64]) {
    let length = quaternion.iter().map(|part| part * part).sum::<f64>().sqrt();
    if length > 0.0 {
        quaternion.iter_mut().for_each(|part| *part /= length);
    }
}

/// The nearest steps of a field's `units` on one axis, clamped to its range; an angle wraps. What is no number is 0.
pub(crate) fn steps_of(field: &Field, axis: usize, units: f64) -> i32 {
    let quantity = field.quantity;
    let steps = (units / quantity.step()).round();
    if let Quantity::Angle { bits } = quantity {
        return (steps as i64 & ((1 << bits) - 1)) as i32;
    }
    // `as` saturates, and takes not-a-number to zero.
    (steps as i32).clamp(quantity.min(axis), quantity.max(axis))
}

#[cfg(test)]
mod tests {
    use auspice::limits::COLUMNS_MAX;

    use super::*;

    fn row(columns: &[i32]) -> Row {
        let mut row = [0; COLUMNS_MAX];
        row[..columns.len()].copy_from_slice(columns);
        row
    }

    fn blended(field: &Field, before: &[i32], after: &[i32], blend: f64) -> Vec<f64> {
        let mut units = vec![0.0; field.quantity.columns()];
        blend_field(field, 0, &row(before), &row(after), blend, &mut units);
        units
    }

    #[test]
    fn what_moves_glides_and_what_is_counted_does_not() {
        assert_eq!(blended(&Field::vec2("velocity", [-8.0; 2], [8.0; 2], 0.5), &[2, -2], &[4, 2], 0.5), [1.5, 0.0]);
        assert_eq!(blended(&Field::scalar("health", 0.0, 10.0, 1.0), &[10], &[9], 0.25), [9.0]);
        assert_eq!(blended(&Field::counter("score", 100), &[3], &[4], 0.25), [4.0]);
    }

    #[test]
    fn an_angle_takes_the_short_way_round() {
        let heading = Field::angle("heading", 8);
        let [units] = blended(&heading, &[254], &[2], 0.75)[..] else { panic!("it is one number") };
        assert!((units - TAU / 256.0).abs() < 1e-9, "{units}");
    }

    #[test]
    fn units_become_steps_within_their_range() {
        let speed = Field::vec2("speed", [-8.0; 2], [8.0; 2], 0.5);
        assert_eq!([1.3, -99.0, 99.0, f64::NAN].map(|units| steps_of(&speed, 0, units)), [3, -16, 16, 0]);
        assert_eq!(steps_of(&Field::angle("heading", 8), 0, -TAU / 256.0), 255);
    }
}
