//! [`Place`]: where something is, as far as interest goes.

use glam::{Vec2, Vec3};
use serde::{Deserialize, Serialize};

/// A point for interest, in two or three dimensions. In two, `z` is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Place(pub Vec3);

impl From<Vec2> for Place {
    fn from(point: Vec2) -> Self {
        Self(point.extend(0.0))
    }
}

impl From<Vec3> for Place {
    fn from(point: Vec3) -> Self {
        Self(point)
    }
}
