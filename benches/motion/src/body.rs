//! The two kinds and their field tables: [`Car`] and [`Ball`].

use auspice::Replicate;
use glam::{Quat, Vec3};

use crate::trace::{BodyKind, BodyState};

/// Centimetres in a metre: the unit of a trace is the centimetre.
pub const CENTIMETRES: f32 = 100.0;

/// The motion of a driven body: what changes it lasts for a while. Centimetres, seconds, radians.
#[derive(Clone, Copy, Debug, PartialEq, Replicate)]
pub struct BodyMotion {
    /// Place.
    #[field(
        vec3(min = -8192, max = 8192, step = 1.0 / 16.0),
        tolerance = 1.0, position, moved_by = velocity, at_once = 0.5
    )]
    pub position: Vec3,
    /// A second.
    #[field(vec3(min = -6000, max = 6000, step = 0.25), tolerance = 5.0, lasts = 0.9)]
    pub velocity: Vec3,
    /// Rotation from the body's axes to the world's.
    #[field(rotation(bits = 16), tolerance = 0.5_f64.to_radians(), moved_by = spin, at_once = 0.5)]
    pub rotation: Quat,
    /// About the world's axes, a second.
    #[field(vec3(min = -8, max = 8, step = 1.0 / 400.0), tolerance = 0.05, lasts = 0.7)]
    pub spin: Vec3,
}

/// A driven body.
#[derive(Clone, Copy, Debug, PartialEq, Replicate)]
#[replicate(codes = include_str!("codes.txt"))]
pub struct Car {
    /// 0 is full reverse, 128 none, 255 full ahead.
    #[field(scalar(min = 0, max = 255, step = 1), control)]
    pub throttle: u8,
    /// 0 is full left, 128 straight on, 255 full right.
    #[field(scalar(min = 0, max = 255, step = 1), control)]
    pub steer: u8,
    /// 1 boost, 2 handbrake, 4 jump, 8 dodge, 16 double jump.
    #[field(flags(bits = 5), control)]
    pub flags: u8,
    /// Motion.
    #[field(flatten)]
    pub motion: BodyMotion,
}

/// A body that nobody drives: what changes its motion is over at once. Centimetres, seconds, radians.
#[derive(Clone, Copy, Debug, PartialEq, Replicate)]
#[replicate(codes = include_str!("codes.txt"))]
pub struct Ball {
    /// Place.
    #[field(
        vec3(min = -8192, max = 8192, step = 1.0 / 16.0),
        tolerance = 1.0, position, moved_by = velocity, at_once = 0.5
    )]
    pub position: Vec3,
    /// A second.
    #[field(vec3(min = -6000, max = 6000, step = 0.25), tolerance = 5.0)]
    pub velocity: Vec3,
    /// Rotation from the body's axes to the world's.
    #[field(rotation(bits = 16), tolerance = 0.5_f64.to_radians(), moved_by = spin, at_once = 0.5)]
    pub rotation: Quat,
    /// About the world's axes, a second.
    #[field(vec3(min = -8, max = 8, step = 1.0 / 400.0), tolerance = 0.05)]
    pub spin: Vec3,
}

/// Either.
#[derive(Clone, Copy, Debug, PartialEq, Replicate)]
pub enum Driven {
    /// Driven.
    Car(Car),
    /// Not.
    Ball(Ball),
}

/// The bodies of a recorded world under field tables of a workload's own: those of [`Driven`] in other codes.
pub trait BodyKinds: Replicate + Copy + From<Driven> + Into<Driven> + 'static {}

impl BodyKinds for Driven {}

impl Driven {
    /// Its motion.
    #[must_use]
    pub const fn motion(&self) -> BodyMotion {
        match *self {
            Self::Car(car) => car.motion,
            Self::Ball(Ball { position, velocity, rotation, spin }) => {
                BodyMotion { position, velocity, rotation, spin }
            }
        }
    }
}

impl From<&BodyState> for BodyMotion {
    fn from(state: &BodyState) -> Self {
        Self { position: state.position, velocity: state.velocity, rotation: state.rotation, spin: state.spin }
    }
}

impl From<BodyMotion> for Ball {
    fn from(BodyMotion { position, velocity, rotation, spin }: BodyMotion) -> Self {
        Self { position, velocity, rotation, spin }
    }
}

impl From<&BodyState> for Driven {
    fn from(state: &BodyState) -> Self {
        let motion = BodyMotion::from(state);
        let &BodyState { throttle, steer, flags, .. } = state;
        match state.kind {
            BodyKind::Car => Self::Car(Car { throttle, steer, flags, motion }),
            BodyKind::Ball => Self::Ball(motion.into()),
        }
    }
}
