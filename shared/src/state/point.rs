//! [`Point`]: a field's value as a place in space.

use glam::{IVec2, IVec3, Vec2, Vec3};

use super::schema::Field;
use super::value::restore;

/// A type of field that can be marked `position`. Whole numbers are steps, floats are units.
#[diagnostic::on_unimplemented(message = "a field marked `position` is a Vec2, Vec3, IVec2 or IVec3, not a `{Self}`")]
pub trait Point {
    /// The same place in units; `z` is 0 where there are two dimensions. Rounded to floats alike on every machine,
    /// and for either type of field, of which the wire says nothing.
    fn to_units(&self, field: &Field) -> Vec3;
}

impl Point for Vec2 {
    #[inline(always)]
    fn to_units(&self, _: &Field) -> Vec3 {
        self.extend(0.0)
    }
}

impl Point for Vec3 {
    #[inline(always)]
    fn to_units(&self, _: &Field) -> Vec3 {
        *self
    }
}

impl Point for IVec2 {
    #[inline(always)]
    fn to_units(&self, field: &Field) -> Vec3 {
        Vec3::new(restore(self.x, field.quantity), restore(self.y, field.quantity), 0.0)
    }
}

impl Point for IVec3 {
    #[inline(always)]
    fn to_units(&self, field: &Field) -> Vec3 {
        let restore = |column| restore(column, field.quantity);
        Vec3::new(restore(self.x), restore(self.y), restore(self.z))
    }
}
