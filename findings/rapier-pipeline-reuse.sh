#!/usr/bin/env bash
# rapier3d 0.36.0: a world that is put back in time by its own pipeline loses hinges and walls.
#
# Expected: "This structure only contains temporary working memory (workspace buffers). You can create a new one
# anytime, but it's more efficient to reuse the same instance" (documentation of PhysicsPipeline); "Workspace only:
# not part of a snapshot" (of the CCD solver, in PhysicsWorld). So for a rollback one clones bodies, colliders,
# joints, islands and both phases, steps on, puts the clones back, and steps again with the same pipeline. Likewise
# one pipeline can serve all rooms of a server, one after the other.
#
# What happens: both remember. The set of joints knows that its choice of active joints is up to date, but the list
# itself is in the pipeline, where a later state (or another world) has overwritten it. The CCD solver keeps a list of
# what stands still. So after going back to the moment before a rope was cut, the rope is in the set of joints and
# holds nothing; after going back to before a wall was taken away, a fast ball flies through the wall that is there
# again; and a lamp comes loose because another room was stepped. Nothing is reported, and worlds in which nothing was
# added or removed in the meantime are equal to the last bit, so that the usual test of a rollback passes. With a new
# PhysicsPipeline and a new CCDSolver all is as it was, to the last bit.
#
# Why it matters: rollback and prediction put worlds back many times a second, and it goes wrong just when something
# was built or broken. Make pipeline and CCD solver anew whenever a state is put back, and keep a pair of them for
# each world.
#
# Versions: rapier3d 0.36.0; seen with rustc 1.95.0 on x86-64. Needs cargo and the network; some minutes for building
# rapier.
#
# Seen:
#     rope: 1 joint in the world that was put back
#     rope, same pipeline: the lamp is 10.00 m from its hook
#     rope, new pipeline: the lamp is 2.00 m from its hook
#     wall at 30 m, same CCD solver: the ball is at 113.33 m
#     wall at 30 m, new CCD solver: the ball is at 29.75 m
#     two rooms, a pipeline each: the lamp is 2.00 m from its hook
#     two rooms, one pipeline: the lamp is 10.00 m from its hook
#     put back with nothing changed, same pipeline: equal to the last bit: true
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
unset CARGO_TARGET_DIR RUSTFLAGS
mkdir src
cat > Cargo.toml <<'END'
[package]
name = "finding"
version = "0.0.0"
edition = "2021"
[dependencies]
rapier3d = "=0.36.0"
[profile.dev]
opt-level = 1
debug = false
[workspace]
END
cat > src/main.rs <<'END'
use rapier3d::prelude::*;

/// All that has to be kept of a world.
#[derive(Clone)]
struct World {
    islands: IslandManager,
    broad_phase: DefaultBroadPhase,
    narrow_phase: NarrowPhase,
    bodies: RigidBodySet,
    colliders: ColliderSet,
    impulse_joints: ImpulseJointSet,
    multibody_joints: MultibodyJointSet,
    soft_bodies: SoftBodySet,
}

/// What is said to be mere working memory.
struct Memory {
    pipeline: PhysicsPipeline,
    ccd_solver: CCDSolver,
}

impl Memory {
    fn new() -> Self {
        Self { pipeline: PhysicsPipeline::new(), ccd_solver: CCDSolver::new() }
    }
}

impl World {
    fn new() -> Self {
        Self {
            islands: IslandManager::new(),
            broad_phase: DefaultBroadPhase::default(),
            narrow_phase: NarrowPhase::new(),
            bodies: RigidBodySet::new(),
            colliders: ColliderSet::new(),
            impulse_joints: ImpulseJointSet::new(),
            multibody_joints: MultibodyJointSet::new(),
            soft_bodies: SoftBodySet::new(),
        }
    }

    fn add(&mut self, body: RigidBodyBuilder, collider: ColliderBuilder) -> RigidBodyHandle {
        let handle = self.bodies.insert(body);
        self.colliders.insert_with_parent(collider, handle, &mut self.bodies);
        handle
    }

    fn steps(mut self, count: u32, memory: &mut Memory) -> Self {
        for _ in 0..count {
            memory.pipeline.step(
                Vector::new(0.0, -9.81, 0.0),
                &IntegrationParameters::default(),
                &mut self.islands,
                &mut self.broad_phase,
                &mut self.narrow_phase,
                &mut self.bodies,
                &mut self.colliders,
                &mut self.impulse_joints,
                &mut self.multibody_joints,
                &mut self.soft_bodies,
                &mut memory.ccd_solver,
                &(),
                &(),
            );
        }
        self
    }

    fn place(&self, body: RigidBodyHandle) -> [f32; 3] {
        self.bodies[body].translation().to_array()
    }
}

const HOOK: [f32; 3] = [0.0, 10.0, 0.0];

/// A lamp on a rope of 2 m that swings from a hook.
fn lamp() -> (World, RigidBodyHandle, ImpulseJointHandle) {
    let mut world = World::new();
    let hook = world.add(RigidBodyBuilder::fixed().translation(HOOK.into()), ColliderBuilder::ball(0.1));
    let lamp = RigidBodyBuilder::dynamic().translation(Vector::new(2.0, 10.0, 0.0));
    let lamp = world.add(lamp, ColliderBuilder::ball(0.2));
    let rope = SphericalJointBuilder::new().local_anchor2(Vector::new(-2.0, 0.0, 0.0));
    let rope = world.impulse_joints.insert(hook, lamp, rope, true);
    (world, lamp, rope)
}

fn from_hook(place: [f32; 3]) -> f32 {
    (0..3).map(|axis| (place[axis] - HOOK[axis]).powi(2)).sum::<f32>().sqrt()
}

fn main() {
    // A rope is cut, and the world put back to before.
    let (world, body, rope) = lamp();
    let mut memory = Memory::new();
    let saved = world.steps(30, &mut memory);
    let truth = saved.clone().steps(60, &mut Memory::new()).place(body);
    let mut cut = saved.clone();
    cut.impulse_joints.remove(rope, true);
    cut.steps(1, &mut memory);
    let again = saved.clone().steps(60, &mut memory);
    let anew = saved.clone().steps(60, &mut Memory::new());
    println!("rope: {} joint in the world that was put back", again.impulse_joints.len());
    println!("rope, same pipeline: the lamp is {:.2} m from its hook", from_hook(again.place(body)));
    println!("rope, new pipeline: the lamp is {:.2} m from its hook", from_hook(anew.place(body)));
    assert!(from_hook(again.place(body)) > 5.0 && from_hook(anew.place(body)) < 2.1 && anew.place(body) == truth);

    // A wall is taken away, and the world put back to before. The ball makes 3.3 m a step.
    let mut world = World::new();
    let wall = RigidBodyBuilder::fixed().translation(Vector::new(30.0, 10.0, 0.0));
    let wall = world.add(wall, ColliderBuilder::cuboid(0.05, 10.0, 10.0));
    let ball = RigidBodyBuilder::dynamic().translation(Vector::new(0.0, 10.0, 0.0));
    let ball = world.add(ball.linvel(Vector::new(200.0, 0.0, 0.0)), ColliderBuilder::ball(0.2));
    let mut memory = Memory::new();
    let saved = world.steps(4, &mut memory);
    let truth = saved.clone().steps(30, &mut Memory::new()).place(ball);
    let mut open = saved.clone();
    let w = &mut open;
    let (rigid, articulated, soft) = (&mut w.impulse_joints, &mut w.multibody_joints, &mut w.soft_bodies);
    w.bodies.remove(wall, &mut w.islands, &mut w.colliders, rigid, articulated, soft, true);
    open.steps(1, &mut memory);
    let again = saved.clone().steps(30, &mut memory).place(ball);
    let anew = saved.clone().steps(30, &mut Memory::new()).place(ball);
    println!("wall at 30 m, same CCD solver: the ball is at {:.2} m", again[0]);
    println!("wall at 30 m, new CCD solver: the ball is at {:.2} m", anew[0]);
    assert!(again[0] > 60.0 && anew[0] < 30.0 && anew == truth);

    // Two rooms by turns; only one of them has a joint.
    let (world, body, _) = lamp();
    let mut other = World::new();
    other.add(RigidBodyBuilder::dynamic(), ColliderBuilder::ball(0.5));
    let mut memory = Memory::new();
    let room = world.steps(30, &mut memory);
    let alone = room.clone().steps(60, &mut Memory::new()).place(body);
    other.steps(1, &mut memory);
    let shared = room.steps(60, &mut memory).place(body);
    println!("two rooms, a pipeline each: the lamp is {:.2} m from its hook", from_hook(alone));
    println!("two rooms, one pipeline: the lamp is {:.2} m from its hook", from_hook(shared));
    assert!(from_hook(shared) > 5.0 && from_hook(alone) < 2.1);

    // Nothing added or removed: all is well.
    let (world, body, _) = lamp();
    let mut memory = Memory::new();
    let saved = world.steps(30, &mut memory);
    let truth = saved.clone().steps(60, &mut memory).place(body);
    let again = saved.steps(60, &mut memory).place(body);
    println!("put back with nothing changed, same pipeline: equal to the last bit: {}", again == truth);
    assert!(again == truth);
}
END
cargo run --quiet
