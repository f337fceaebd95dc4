//! The default motion: what follows is moved by what it follows, for one tick, on the published grid.

use glam::{Quat, Vec3};

use super::row::Row;
use super::schema::{Field, Kind, Quantity, SHARE_ONE};
use super::value::FieldValue;

/// Fraction bits of the fixed-point ratio between a velocity's steps and a position's.
const RATIO_BITS: u32 = 24;

/// Moves every following field of `row` by its leader. Whole numbers only (but for rotations, which use the basic
/// operations that every platform rounds alike), so both ends get the same row.
pub(super) fn drift(kind: &Kind, row: &mut Row, tick_hz: u32) {
    let before = *row;
    let mut at = 0;
    for field in kind.fields {
        if let Some(leader) = field.moved_by {
            let leader_at: usize = kind.fields[..leader].iter().map(|field| field.quantity.columns()).sum();
            let leader = &kind.fields[leader];
            shift_by(field, &mut row[at..], leader, &before[leader_at..], SHARE_ONE, tick_hz);
        }
        at += field.quantity.columns();
    }
}

/// Moves a field by its leader's columns, for `share` of a tick, in parts of [`SHARE_ONE`].
pub(super) fn shift_by(
    field: &Field,
    columns: &mut [i32],
    leader: &Field,
    leader_columns: &[i32],
    share: u32,
    tick_hz: u32,
) {
    // A whole tick is a share of exactly 1, by which nothing is rounded.
    let share = f64::from(share) / f64::from(SHARE_ONE);
    if let Quantity::Rotation { .. } = field.quantity {
        turn(field, columns, leader, leader_columns, 0.5 / tick_hz as f32 * share as f32);
    } else {
        shift(
            field,
            columns,
            leader_columns,
            leader.quantity.step() / field.quantity.step() / f64::from(tick_hz) * share,
        );
    }
}

/// Moves each number of a field by `exact` steps for each step of its leader.
fn shift(field: &Field, columns: &mut [i32], leader_columns: &[i32], exact: f64) {
    let ratio = libm::round(exact * f64::from(1_u32 << RATIO_BITS)) as i64;
    for axis in 0..field.quantity.columns() {
        let moved = (i64::from(leader_columns[axis]).saturating_mul(ratio) + (1 << (RATIO_BITS - 1))) >> RATIO_BITS;
        let sum = i64::from(columns[axis]) + moved;
        columns[axis] = match field.quantity {
            Quantity::Angle { bits } => (sum & ((1 << bits) - 1)) as i32,
            quantity => sum.clamp(i64::from(quantity.min(axis)), i64::from(quantity.max(axis))) as i32,
        };
    }
}

/// Turns a rotation by an angular velocity (radians a second, world axes) for twice `half_seconds`, second order,
/// then normalises it.
///
/// Written out, because a vectorised quaternion product may add in another order and round otherwise.
fn turn(field: &Field, columns: &mut [i32], spin: &Field, spin_columns: &[i32], half_seconds: f32) {
    let q = Quat::read_columns(field, columns);
    let Vec3 { x, y, z } = Vec3::read_columns(spin, spin_columns) * half_seconds;
    // The tangent of half the angle, to its second term: what is left turns six radians a second off by less than a
    // hundredth of a degree a tick.
    let scale = 1.0 + (x * x + y * y + z * z) * (1.0 / 3.0);
    let (x, y, z) = (x * scale, y * scale, z * scale);
    let turned = Quat::from_xyzw(
        q.x + (x * q.w + y * q.z - z * q.y),
        q.y + (y * q.w + z * q.x - x * q.z),
        q.z + (z * q.w + x * q.y - y * q.x),
        q.w - (x * q.x + y * q.y + z * q.z),
    );
    let length_squared = turned.x * turned.x + turned.y * turned.y + turned.z * turned.z + turned.w * turned.w;
    if length_squared > 0.0 {
        let scale = 1.0 / libm::sqrtf(length_squared);
        let [x, y, z, w] = turned.to_array();
        Quat::from_xyzw(x * scale, y * scale, z * scale, w * scale).write_columns(field, columns);
    }
}
