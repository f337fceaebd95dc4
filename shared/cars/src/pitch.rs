//! [`Pitch`]: the field, and the physics of what is on it. Metres and seconds.
//!
//! It is written down whole right after [`Pitch::step`], and at no other time: the engine loses whatever was edited
//! since by [`Pitch::take`], [`Pitch::push`] and their like.

use glam::{Quat, Vec3};
use rapier3d::prelude::{
    CCDSolver, ColliderBuilder, ColliderHandle, PhysicsPipeline, PhysicsWorld, Pose, RigidBodyBuilder, RigidBodyHandle,
    Rotation, Vector,
};
use serde::{Deserialize, Serialize};

use crate::chassis::{Chassis, HALF, MetricMotion, SPIN_MAX};
use crate::hands::Hands;
use crate::rules::STEP_SECONDS;

/// Half of the field's width and length, for seven bodies or fewer.
const HALF_FIELD: [f32; 2] = [41.0, 51.2];
/// Further than this from the middle nothing is recorded.
const HALF_FIELD_MAX: f32 = 79.0;
/// Height of the ceiling.
pub const HEIGHT: f32 = 20.4;
/// Radius of the ball.
pub const BALL_RADIUS: f32 = 0.93;
pub(crate) const GRAVITY: f32 = 6.5;
/// Share of its speed that the ball loses in a second, as a rate.
pub(crate) const BALL_DRAG: f32 = 0.03;
const WALL: f32 = 2.0;
const CAR_DENSITY: f32 = 1000.0;
const BALL_DENSITY: f32 = 9.0;

/// A body on the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PitchBody {
    body: RigidBodyHandle,
    collider: ColliderHandle,
}

/// See the module.
#[derive(Serialize, Deserialize)]
pub struct Pitch {
    world: PhysicsWorld,
    /// Half of its width and length.
    pub half: [f32; 2],
}

impl Pitch {
    /// An empty field for so many bodies: the more, the larger.
    #[must_use]
    pub fn new(bodies: usize) -> Self {
        let half = Self::half_of(bodies);
        let mut world = PhysicsWorld { gravity: vector(Vec3::NEG_Z * GRAVITY), ..PhysicsWorld::default() };
        world.integration_parameters.dt = STEP_SECONDS;
        let mut pitch = Self { world, half };
        pitch.build();
        pitch
    }

    /// Half of the width and length of a field for so many bodies.
    #[must_use]
    pub fn half_of(bodies: usize) -> [f32; 2] {
        let scale = libm::sqrtf((bodies as f32 / 7.0).max(1.0));
        HALF_FIELD.map(|half| (half * scale).min(HALF_FIELD_MAX))
    }

    /// Floor, ceiling, walls, and corners that are cut off.
    fn build(&mut self) {
        let [x, y] = self.half;
        let middle = HEIGHT / 2.0;
        let slab = Vec3::new(x + WALL, y + WALL, WALL);
        let (side, end) = (Vec3::new(WALL, y + WALL, HEIGHT), Vec3::new(x + WALL, WALL, HEIGHT));
        let mut slabs = vec![(Vec3::Z * -WALL, slab, 0.0), (Vec3::Z * (HEIGHT + WALL), slab, 0.0)];
        for sign in [-1.0, 1.0] {
            slabs.push((Vec3::new(sign * (x + WALL), 0.0, middle), side, 0.0));
            slabs.push((Vec3::new(0.0, sign * (y + WALL), middle), end, 0.0));
            for other in [-1.0, 1.0] {
                let corner = Vec3::new(sign * x, other * y, middle);
                slabs.push((corner, Vec3::new(8.0, 8.0, HEIGHT), core::f32::consts::FRAC_PI_4));
            }
        }
        for (at, half, turn) in slabs {
            let pose = pose(at, Quat::from_rotation_z(turn));
            let collider =
                ColliderBuilder::cuboid(half.x, half.y, half.z).position(pose).friction(0.2).restitution(0.4);
            self.world.colliders.insert(collider);
        }
    }

    /// Puts a car on the field.
    pub fn put_car(&mut self, at: Vec3, heading: f32) -> PitchBody {
        self.put(pose(at, Quat::from_rotation_z(heading)), car(), 0.0)
    }

    /// Puts a car on the field that moves already.
    pub fn put_car_moving(&mut self, motion: &MetricMotion) -> PitchBody {
        let piece = self.put(pose(motion.position, motion.rotation), car(), 0.0);
        self.push(piece, motion);
        piece
    }

    /// Puts the ball on the field.
    pub fn put_ball(&mut self, at: Vec3) -> PitchBody {
        self.put(pose(at, Quat::IDENTITY), ball(), BALL_DRAG)
    }

    /// Puts a ball on the field that moves already.
    pub fn put_ball_moving(&mut self, motion: &MetricMotion) -> PitchBody {
        let piece = self.put(pose(motion.position, motion.rotation), ball(), BALL_DRAG);
        self.push(piece, motion);
        piece
    }

    fn put(&mut self, pose: Pose, collider: ColliderBuilder, drag: f32) -> PitchBody {
        let body = RigidBodyBuilder::dynamic().pose(pose).linear_damping(drag).can_sleep(false);
        let body = self.world.bodies.insert(body);
        let collider = self.world.colliders.insert_with_parent(collider, body, &mut self.world.bodies);
        PitchBody { body, collider }
    }

    /// Takes a body off the field.
    pub fn take(&mut self, piece: PitchBody) {
        self.world.remove_body(piece.body);
    }

    /// The motion of a body. Its spin is within what [`limit_spin`](Self::limit_spin) leaves of it.
    #[must_use]
    pub fn motion(&self, piece: PitchBody) -> MetricMotion {
        let body = &self.world.bodies[piece.body];
        MetricMotion {
            position: Vec3::from_array(body.translation().to_array()),
            velocity: Vec3::from_array(body.linvel().to_array()),
            rotation: Quat::from_array(body.rotation().to_array()),
            spin: Vec3::from_array(body.angvel().to_array()).clamp_length_max(SPIN_MAX),
        }
    }

    /// Sets the velocities of a body.
    pub fn push(&mut self, piece: PitchBody, motion: &MetricMotion) {
        let body = &mut self.world.bodies[piece.body];
        body.set_linvel(vector(motion.velocity), true);
        body.set_angvel(vector(motion.spin), true);
    }

    /// Has a driver's hands move a car, before the physics engine's own part of a step. Returns the motion that it goes
    /// into that with.
    pub fn drive(&mut self, piece: PitchBody, chassis: &mut Chassis, hands: &Hands) -> MetricMotion {
        let mut motion = self.motion(piece);
        chassis.drive(hands, &mut motion);
        self.push(piece, &motion);
        motion
    }

    /// Limits the spin of a body to what a car's may be too.
    pub fn limit_spin(&mut self, piece: PitchBody) {
        let body = &mut self.world.bodies[piece.body];
        let limited = body.angvel().clamp_length_max(SPIN_MAX);
        body.set_angvel(limited, true);
    }

    /// Whether two bodies touch.
    #[must_use]
    pub fn touches(&self, one: PitchBody, other: PitchBody) -> bool {
        let pair = self.world.narrow_phase.contact_pair(one.collider, other.collider);
        pair.is_some_and(|pair| pair.has_any_active_contact())
    }

    /// Moves everything on by a step.
    pub fn step(&mut self) {
        self.world.step();
    }

    /// Makes anew what remembers former steps and is not written down, as loading does.
    pub fn settle(&mut self) {
        (self.world.physics_pipeline, self.world.ccd_solver) = (PhysicsPipeline::new(), CCDSolver::new());
    }
}

fn car() -> ColliderBuilder {
    ColliderBuilder::cuboid(HALF.x, HALF.y, HALF.z).density(CAR_DENSITY).friction(0.1).restitution(0.2)
}

fn ball() -> ColliderBuilder {
    ColliderBuilder::ball(BALL_RADIUS).density(BALL_DENSITY).friction(0.35).restitution(0.6)
}

fn vector(of: Vec3) -> Vector {
    Vector::from_array(of.to_array())
}

fn pose(at: Vec3, rotation: Quat) -> Pose {
    Pose::from_parts(vector(at), Rotation::from_array(rotation.to_array()))
}
