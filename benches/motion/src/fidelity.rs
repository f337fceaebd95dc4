//! Fidelity: how far off what is published is from what was recorded, held against a promise.

use glam::Quat;
use serde::Serialize;

use crate::body::BodyMotion;

/// The promise: every body at every tick is off by no more than this. A distance, not an axis.
pub const TOLERANCE: Distances = Distances { position: 1.0, velocity: 5.0, rotation: 0.5, spin: 0.05 };

/// Rounding of a trace's own file, and of floats: not held against anyone.
const ROUNDING: f32 = 1e-3;

/// A distance between two motions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Distances {
    /// Centimetres.
    pub position: f32,
    /// Centimetres a second.
    pub velocity: f32,
    /// Degrees.
    pub rotation: f32,
    /// Radians a second.
    pub spin: f32,
}

impl Distances {
    /// The distance between two motions.
    #[must_use]
    pub fn between(one: &BodyMotion, other: &BodyMotion) -> Self {
        Self {
            position: one.position.distance(other.position),
            velocity: one.velocity.distance(other.velocity),
            rotation: angle(one.rotation, other.rotation).to_degrees(),
            spin: one.spin.distance(other.spin),
        }
    }

    /// Position, velocity, rotation, spin.
    #[must_use]
    pub const fn values(&self) -> [f32; 4] {
        [self.position, self.velocity, self.rotation, self.spin]
    }
}

/// The angle from one rotation to another, in radians.
#[must_use]
pub fn angle(one: Quat, other: Quat) -> f32 {
    let way = one.normalize().conjugate() * other.normalize();
    2.0 * way.xyz().length().atan2(way.w.abs())
}

/// `blend` of the way from one rotation to another, the short way.
#[must_use]
pub fn turned(from: Quat, to: Quat, blend: f32) -> Quat {
    let to = if from.dot(to) < 0.0 { -to } else { to };
    from.normalize().slerp(to.normalize(), blend)
}

/// Fields of a motion, in the order of [`Distances::values`].
pub const FIELDS: [&str; 4] = ["position, cm", "velocity, cm/s", "rotation, degrees", "spin, rad/s"];

/// Whether a promise was kept, over many bodies and ticks.
#[derive(Clone, Debug, Default)]
pub struct Fidelity {
    values: [Vec<f32>; 4],
    missed_any: usize,
}

/// A field of it.
#[derive(Clone, Debug, Serialize)]
pub struct FieldFidelity {
    /// The field, with its unit.
    pub field: &'static str,
    /// Half are off by at most this.
    pub median: f32,
    /// The most that any was off.
    pub most: f32,
    /// Share that was off by more than the promise.
    pub missed: f64,
}

impl Fidelity {
    /// Takes a body at a tick: published, and recorded.
    pub fn add(&mut self, published: &BodyMotion, recorded: &BodyMotion) {
        let off = Distances::between(published, recorded).values();
        let promised = TOLERANCE.values();
        self.missed_any += usize::from((0..4).any(|field| off[field] > promised[field] + ROUNDING));
        self.values.iter_mut().zip(off).for_each(|(values, off)| values.push(off));
    }

    /// Share of bodies and ticks that were off by more than the promise in any field.
    #[must_use]
    pub fn missed(&self) -> f64 {
        self.missed_any as f64 / self.values[0].len().max(1) as f64
    }

    /// Each field.
    #[must_use]
    pub fn fields(&self) -> Vec<FieldFidelity> {
        let field = |at: usize| {
            let mut values = self.values[at].clone();
            values.sort_by(f32::total_cmp);
            let promised = TOLERANCE.values()[at] + ROUNDING;
            let kept = values.partition_point(|value| *value <= promised);
            FieldFidelity {
                field: FIELDS[at],
                median: values.get(values.len() / 2).copied().unwrap_or(0.0),
                most: values.last().copied().unwrap_or(0.0),
                missed: (values.len() - kept) as f64 / values.len().max(1) as f64,
            }
        };
        (0..4).map(field).collect()
    }
}
