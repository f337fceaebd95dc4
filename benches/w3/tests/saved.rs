//! A game on a physics engine, with joints, and with bodies and walls that are taken away, is saved and loaded exactly.
//!
//! A snapshot of rapier is whole right after a step, so everything is edited within the game's step, before the
//! engine's. Its pipeline and its CCD solver cannot be written down, and remember: they are made anew on either side.

use auspice::authority::{Saved, load_value, save_value};
use auspice::sim::{Arena, Link};
use auspice::{ClientId, Context, EntityId, Game, Ground, Place, Publisher, Replicate, Step, Terms, Viewpoint};
use glam::{Quat, Vec3};
use rapier3d::prelude::*;
use serde::{Deserialize, Serialize};

/// Ticks at which something is edited.
const WALL_GOES: u32 = 20;
const ROPE_IS_CUT: u32 = 40;
const HINGE_COMES: u32 = 60;
const BODY_GOES: u32 = 80;
const WALL_COMES_BACK: u32 = 100;

/// A body of the world.
#[derive(Clone, Copy, Debug, Replicate)]
struct Thing {
    #[field(vec3(min = -500, max = 500, step = 0.001), position, moved_by = velocity)]
    at: Vec3,
    #[field(vec3(min = -100, max = 100, step = 0.001))]
    velocity: Vec3,
    #[field(rotation(bits = 16))]
    rotation: Quat,
}

#[derive(Serialize, Deserialize)]
struct World {
    physics: PhysicsWorld,
    things: Vec<RigidBodyHandle>,
    hook: RigidBodyHandle,
    rope: ImpulseJointHandle,
    wall: ColliderHandle,
    clients: Vec<ClientId>,
}

/// Lamps on ropes, and a heap of boxes behind a wall.
struct Yard(World);

impl World {
    fn new() -> Self {
        let mut physics = PhysicsWorld::default();
        physics.insert(RigidBodyBuilder::fixed(), ColliderBuilder::cuboid(50.0, 0.5, 50.0));
        let wall = physics.colliders.insert(wall());
        let (hook, _) = physics
            .insert(RigidBodyBuilder::fixed().translation(Vector::new(0.0, 8.0, 0.0)), ColliderBuilder::ball(0.1));
        let mut things = Vec::new();
        for nth in 0..8 {
            let at = Vector::new(nth as f32 * 0.7 - 3.0, 3.0 + (nth % 3) as f32, 0.1 * nth as f32);
            let body = RigidBodyBuilder::dynamic()
                .translation(at)
                .linvel(Vector::new(6.0, 0.0, 0.5))
                .ccd_enabled(nth % 2 == 0);
            things.push(physics.insert(body, ColliderBuilder::cuboid(0.3, 0.25, 0.35).restitution(0.4)).0);
        }
        let rope = physics.impulse_joints.insert(hook, things[0], RopeJointBuilder::new(4.0), true);
        let swing = SphericalJointBuilder::new().local_anchor2(Vector::new(0.0, 1.0, 0.0));
        physics.impulse_joints.insert(things[0], things[1], swing, true);
        Self { physics, things, hook, rope, wall, clients: Vec::new() }
    }

    fn step(&mut self, tick: u32) {
        let physics = &mut self.physics;
        match tick {
            WALL_GOES => drop(physics.remove_collider(self.wall)),
            ROPE_IS_CUT => drop(physics.remove_impulse_joint(self.rope)),
            HINGE_COMES => {
                let hinge = RevoluteJointBuilder::new(Vector::Z).local_anchor2(Vector::new(0.0, 2.0, 0.0));
                self.rope = physics.impulse_joints.insert(self.hook, self.things[2], hinge, true);
            }
            BODY_GOES => drop(physics.remove_body(self.things.pop().expect("there are eight"))),
            WALL_COMES_BACK => self.wall = physics.colliders.insert(wall()),
            _ => {}
        }
        (0..4).for_each(|_| physics.step());
    }

    /// Makes anew what remembers and is not written down.
    fn forget(&mut self) {
        (self.physics.physics_pipeline, self.physics.ccd_solver) = (PhysicsPipeline::new(), CCDSolver::new());
    }
}

fn wall() -> ColliderBuilder {
    ColliderBuilder::cuboid(0.2, 5.0, 20.0).translation(Vector::new(4.0, 5.0, 0.0))
}

impl Game for Yard {
    const NAME: &'static str = "physics-yard";
    const INTEREST_RADIUS: f32 = 5000.0;
    type Rules = ();
    type Level = ();
    type Input = ();
    type Entity = Thing;
    type Command = ();
    type Event = ();

    fn new(_: &Ground<Self>, _: u64) -> Self {
        Self(World::new())
    }

    fn join(&mut self, client: ClientId, _: &str, _: &mut Context<'_, Self>) {
        self.0.clients.push(client);
    }

    fn leave(&mut self, _: ClientId, _: &mut Context<'_, Self>) {}

    fn step(&mut self, step: &mut Step<'_, Self>) {
        self.0.step(step.tick.0);
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        for (slot, thing) in self.0.things.iter().enumerate() {
            let body = &self.0.physics.bodies[*thing];
            let thing = Thing {
                at: Vec3::from_array(body.translation().to_array()),
                velocity: Vec3::from_array(body.linvel().to_array()),
                rotation: Quat::from_array(body.rotation().to_array()),
            };
            out.put(EntityId::new(slot as u32, 0), &thing);
        }
        let centre = Viewpoint::at(Place(Vec3::ZERO));
        self.0.clients.iter().for_each(|client| out.viewpoint(*client, centre));
    }
}

impl Saved for Yard {
    fn save(&self, out: &mut Vec<u8>) {
        save_value(&self.0, out);
    }

    fn load(_: &Ground<Self>, saved: &[u8]) -> Option<Self> {
        load_value(saved).map(Self)
    }

    fn settle(&mut self) {
        self.0.forget();
    }
}

#[test]
fn a_game_on_a_physics_engine_goes_on_exactly_as_it_was_saved() {
    // Before each edit, right after it, and among bodies that touch.
    for tick in [3, WALL_GOES, 30, ROPE_IS_CUT - 1, ROPE_IS_CUT, 50, HINGE_COMES, BODY_GOES, 90, WALL_COMES_BACK + 1] {
        let mut arena = Arena::<Yard>::new(Terms::of::<Yard>(()), 1).expect("the table is right");
        arena.connect(Link::default(), Link::default()).expect("the name fits");
        arena.steps(tick);
        arena.keep_twin();
        arena.steps(120);
        assert_eq!(arena.faults, [], "saved at tick {tick}");
        assert!(arena.is_like_its_twin(), "saved at tick {tick}");
    }
}
