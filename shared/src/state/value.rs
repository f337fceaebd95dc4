//! [`FieldValue`]: how a Rust type becomes the columns of a field, and comes back.

use glam::{IVec2, IVec3, Quat, Vec2, Vec3};

use super::schema::{Field, Quantity};

/// A type that a field can have.
///
/// Floats are measured in units and rounded to the nearest step. Whole numbers **are** the steps: a game that keeps its
/// own state on the published grid uses those, and has nothing to round. Out of range is clamped; an angle wraps.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of a field",
    label = "no field can have this type",
    note = "a field is a number (f32, i8 to i32, u8 to u32), a bool, a Vec2, Vec3, IVec2, IVec3 or a Quat; an enum of \
            your own is kept as a u8 with `choice(count = N)`, another struct is taken in by `flatten`, and text is a \
            label or an event"
)]
pub trait FieldValue: Sized {
    /// Number of columns that the value writes; the field's quantity must have as many.
    const COLUMNS: usize = 1;
    /// Largest number of steps that survives writing and reading unchanged.
    const STEPS_MAX: i64;
    /// Smallest number of steps that does.
    const STEPS_MIN: i64;

    /// Writes the field's columns to the front of `columns`.
    fn write_columns(&self, field: &Field, columns: &mut [i32]);

    /// Writes what the columns would be if they were not rounded: the truth, in steps.
    fn write_steps(&self, field: &Field, steps: &mut [f64]);

    /// Reads the field's columns from the front of `columns`.
    fn read_columns(field: &Field, columns: &[i32]) -> Self;
}

/// Steps of `value` units: nearest, clamped to the range of that column, or wrapped.
#[inline(always)]
fn quantise(value: f32, quantity: Quantity, column: usize) -> i32 {
    let exact = libm::round(f64::from(value) / quantity.step());
    if let Quantity::Angle { bits } = quantity {
        return (exact as i64 & ((1 << bits) - 1)) as i32;
    }
    // `as` saturates, and takes not-a-number to zero.
    (exact as i32).clamp(quantity.min(column), quantity.max(column))
}

/// Steps of `value` units without rounding; clamped to the range, an angle as it is.
#[inline(always)]
fn exact_steps(value: f32, quantity: Quantity, column: usize) -> f64 {
    let exact = f64::from(value) / quantity.step();
    if matches!(quantity, Quantity::Angle { .. }) {
        return exact;
    }
    let (min, max) = (f64::from(quantity.min(column)), f64::from(quantity.max(column)));
    // Not a number is published as zero, like the rounded one.
    if exact.is_nan() { 0.0 } else { exact.clamp(min, max) }
}

/// Steps as a column: clamped to its range, or wrapped.
#[inline(always)]
fn clamp_steps(steps: i64, quantity: Quantity, column: usize) -> i32 {
    match quantity {
        Quantity::Angle { bits } => (steps & ((1 << bits) - 1)) as i32,
        quantity => steps.clamp(i64::from(quantity.min(column)), i64::from(quantity.max(column))) as i32,
    }
}

/// Units of a column, to the nearest float.
#[inline(always)]
pub(super) fn restore(column: i32, quantity: Quantity) -> f32 {
    (f64::from(column) * quantity.step()) as f32
}

impl FieldValue for f32 {
    // 24 bits of mantissa, one for the rounding of each direction.
    const STEPS_MAX: i64 = 1 << 22;
    const STEPS_MIN: i64 = -Self::STEPS_MAX;

    #[inline(always)]
    fn write_columns(&self, field: &Field, columns: &mut [i32]) {
        columns[0] = quantise(*self, field.quantity, 0);
    }

    #[inline(always)]
    fn write_steps(&self, field: &Field, steps: &mut [f64]) {
        steps[0] = exact_steps(*self, field.quantity, 0);
    }

    #[inline(always)]
    fn read_columns(field: &Field, columns: &[i32]) -> Self {
        restore(columns[0], field.quantity)
    }
}

macro_rules! whole_numbers {
    ($($type:ty),*) => {$(
        impl FieldValue for $type {
            const STEPS_MAX: i64 = <$type>::MAX as i64;
            const STEPS_MIN: i64 = <$type>::MIN as i64;

            #[inline(always)]
            fn write_columns(&self, field: &Field, columns: &mut [i32]) {
                columns[0] = clamp_steps(*self as i64, field.quantity, 0);
            }

            #[inline(always)]
            fn write_steps(&self, field: &Field, steps: &mut [f64]) {
                steps[0] = f64::from(clamp_steps(*self as i64, field.quantity, 0));
            }

            #[inline(always)]
            fn read_columns(_: &Field, columns: &[i32]) -> Self {
                columns[0] as Self
            }
        }
    )*};
}
whole_numbers!(i8, i16, i32, u8, u16, u32);

impl FieldValue for bool {
    const STEPS_MAX: i64 = 1;
    const STEPS_MIN: i64 = 0;

    #[inline(always)]
    fn write_columns(&self, _: &Field, columns: &mut [i32]) {
        columns[0] = i32::from(*self);
    }

    #[inline(always)]
    fn write_steps(&self, _: &Field, steps: &mut [f64]) {
        steps[0] = f64::from(u8::from(*self));
    }

    #[inline(always)]
    fn read_columns(_: &Field, columns: &[i32]) -> Self {
        columns[0] != 0
    }
}

macro_rules! vectors {
    ($($type:ident, $element:ty, $columns:expr, [$($axis:literal),*], $column:expr, $steps:expr);*) => {$(
        impl FieldValue for $type {
            const COLUMNS: usize = $columns;
            const STEPS_MAX: i64 = <$element as FieldValue>::STEPS_MAX;
            const STEPS_MIN: i64 = <$element as FieldValue>::STEPS_MIN;

            #[inline(always)]
            fn write_columns(&self, field: &Field, columns: &mut [i32]) {
                for (axis, (column, value)) in columns.iter_mut().zip(self.to_array()).enumerate() {
                    *column = $column(value, field.quantity, axis);
                }
            }

            #[inline(always)]
            fn write_steps(&self, field: &Field, steps: &mut [f64]) {
                for (axis, (steps, value)) in steps.iter_mut().zip(self.to_array()).enumerate() {
                    *steps = $steps(value, field.quantity, axis);
                }
            }

            #[inline(always)]
            fn read_columns(field: &Field, columns: &[i32]) -> Self {
                Self::new($(<$element>::read_columns(field, &columns[$axis..])),*)
            }
        }
    )*};
}
vectors!(Vec2, f32, 2, [0, 1], quantise, exact_steps; Vec3, f32, 3, [0, 1, 2], quantise, exact_steps;
    IVec2, i32, 2, [0, 1], whole, whole_steps; IVec3, i32, 3, [0, 1, 2], whole, whole_steps);

#[inline(always)]
fn whole(value: i32, quantity: Quantity, column: usize) -> i32 {
    clamp_steps(i64::from(value), quantity, column)
}

#[inline(always)]
fn whole_steps(value: i32, quantity: Quantity, column: usize) -> f64 {
    f64::from(whole(value, quantity, column))
}

impl FieldValue for Quat {
    const COLUMNS: usize = 4;
    const STEPS_MAX: i64 = <f32 as FieldValue>::STEPS_MAX;
    const STEPS_MIN: i64 = <f32 as FieldValue>::STEPS_MIN;

    #[inline(always)]
    fn write_columns(&self, field: &Field, columns: &mut [i32]) {
        // A rotation has two quaternions; the one with w >= 0 is the published one.
        let upright = if self.w < 0.0 { -*self } else { *self };
        for (axis, (column, value)) in columns.iter_mut().zip(upright.to_array()).enumerate() {
            *column = quantise(value, field.quantity, axis);
        }
    }

    #[inline(always)]
    fn write_steps(&self, field: &Field, steps: &mut [f64]) {
        for (axis, (steps, value)) in steps.iter_mut().zip(self.to_array()).enumerate() {
            *steps = exact_steps(value, field.quantity, axis);
        }
    }

    #[inline(always)]
    fn read_columns(field: &Field, columns: &[i32]) -> Self {
        let [x, y, z, w] = [columns[0], columns[1], columns[2], columns[3]];
        let restore = |column| restore(column, field.quantity);
        // Not normalised: reading and writing again must give the same columns.
        Self::from_xyzw(restore(x), restore(y), restore(z), restore(w))
    }
}
