//! The default motion: what follows is moved by what it follows, for one tick, on the published grid.

use glam::{Quat, Vec3};

use super::row::Row;
use super::schema::{Field, Kind, Quantity};
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
            move_by(field, &mut row[at..], &kind.fields[leader], &before[leader_at..], tick_hz);
        }
        at += field.quantity.columns();
    }
}

/// Moves a field's columns by those of its leader.
pub(super) fn move_by(field: &Field, columns: &mut [i32], leader: &Field, leader_columns: &[i32], tick_hz: u32) {
    if let Quantity::Rotation { .. } = field.quantity {
        turn(field, columns, leader, leader_columns, tick_hz);
    } else {
        shift(field, columns, leader, leader_columns, tick_hz);
    }
}

fn shift(field: &Field, columns: &mut [i32], leader: &Field, leader_columns: &[i32], tick_hz: u32) {
    let exact = leader.quantity.step() / field.quantity.step() / f64::from(tick_hz);
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

/// A rotation turned by an angular velocity (radians a second, world axes), first order, then normalised.
///
/// Written out, because a vectorised quaternion product may add in another order and round otherwise.
fn turn(field: &Field, columns: &mut [i32], spin: &Field, spin_columns: &[i32], tick_hz: u32) {
    let q = Quat::read_columns(field, columns);
    let Vec3 { x, y, z } = Vec3::read_columns(spin, spin_columns) * (0.5 / tick_hz as f32);
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
