//! A tolerance is a promise: what is held is never further from the truth, at any tick, of any entity.

use std::collections::BTreeMap;
use std::f32::consts::PI;

use auspice::sim::Arena;
use auspice::{ClientId, Context, EntityId, Game, Ground, Publisher, Replicate, Step};
use glam::{IVec2, Quat, Vec2, Vec3};

use crate::games::{arena, connect};

/// Metres of one.
const CENTIMETRE: f64 = 0.01;

const HALF_A_DEGREE: f64 = 0.5_f64.to_radians();

#[derive(Clone, Copy, Debug, Replicate)]
pub struct Drone {
    /// On the coarsest grid that keeps its tolerance, nearly.
    #[field(vec3(min = -100, max = 100, step = CENTIMETRE), tolerance = CENTIMETRE)]
    coarse: Vec3,
    #[field(vec3(min = [-100, -90, -80], max = 100, step = CENTIMETRE / 16.0), tolerance = CENTIMETRE)]
    fine: Vec3,
    /// Moved by a velocity that has a tolerance too.
    #[field(
        vec2(min = -200, max = 200, step = CENTIMETRE / 8.0),
        tolerance = CENTIMETRE, moved_by = velocity, at_once = 0.5
    )]
    place: Vec2,
    #[field(vec2(min = -50, max = 50, step = CENTIMETRE), tolerance = 0.05)]
    velocity: Vec2,
    #[field(rotation(bits = 14), tolerance = HALF_A_DEGREE, moved_by = spin, at_once = 0.5)]
    attitude: Quat,
    #[field(vec3(min = -8, max = 8, step = 0.01), tolerance = 0.05)]
    spin: Vec3,
    /// A rotation whose grid is as coarse as it may be.
    #[field(rotation(bits = 9), tolerance = 0.016)]
    rough: Quat,
    #[field(angle(bits = 10), tolerance = 0.01)]
    heading: f32,
    #[field(scalar(min = 0, max = 100, step = 1), tolerance = 0.6)]
    fuel: f32,
    #[field(vec2(min = -100, max = 100, step = CENTIMETRE), tolerance = 0.03)]
    whole: IVec2,
}

/// A drone that wavers a little, which nothing foresees.
pub struct Wavering {
    drone: Drone,
    truths: BTreeMap<u32, Drone>,
}

impl Game for Wavering {
    const NAME: &'static str = "wavering";
    const INTEREST_RADIUS: f32 = 100.0;
    type Rules = ();
    type Level = ();
    type Input = ();
    type Entity = Drone;
    type Command = ();
    type Event = ();

    fn new(_: &Ground<Self>, _: u64) -> Self {
        let (still, upright) = (Vec3::ZERO, Quat::IDENTITY);
        let drone = Drone {
            coarse: still,
            fine: still,
            place: Vec2::ZERO,
            velocity: Vec2::ZERO,
            attitude: upright,
            spin: still,
            rough: upright,
            heading: 0.0,
            fuel: 50.0,
            whole: IVec2::ZERO,
        };
        Self { drone, truths: BTreeMap::new() }
    }

    fn join(&mut self, _: ClientId, _: &str, _: &mut Context<'_, Self>) {}

    fn leave(&mut self, _: ClientId, _: &mut Context<'_, Self>) {}

    fn step(&mut self, step: &mut Step<'_, Self>) {
        let mut waver = |most: f32| {
            Vec3::from_array(std::array::from_fn(|_| step.rng.between(-10_000, 10_000) as f32 / 10_000.0)) * most
        };
        let drone = &mut self.drone;
        drone.coarse += waver(0.006);
        drone.fine = drone.coarse;
        drone.place += drone.velocity / 60.0;
        drone.velocity = (drone.velocity + waver(0.3).truncate()).clamp_length_max(40.0);
        drone.place = (drone.place + drone.velocity / 60.0).clamp(Vec2::splat(-200.0), Vec2::splat(200.0));
        drone.spin = (drone.spin + waver(0.4)).clamp_length_max(6.0);
        drone.attitude = (Quat::from_scaled_axis(drone.spin / 30.0) * drone.attitude).normalize();
        drone.rough = (Quat::from_scaled_axis(waver(0.01)) * drone.attitude).normalize();
        drone.heading = (drone.heading + waver(0.03).x) % 7.0;
        drone.fuel = (drone.fuel + waver(0.4).x).clamp(0.0, 100.0);
        drone.whole += (waver(3.0).truncate()).as_ivec2();
        if waver(1.0).x > 0.99 {
            // A leap, and the other quaternion of the same rotation.
            (drone.place, drone.attitude) = (waver(200.0).truncate(), -Quat::from_scaled_axis(waver(3.0)));
        }
        self.truths.insert(step.tick.0, self.drone);
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        out.put(EntityId::new(0, 0), &self.drone);
    }
}

/// Angle between two rotations, in radians. Not by a cosine, which tells nothing of small ones.
fn turned(one: Quat, other: Quat) -> f32 {
    2.0 * (one.normalize().inverse() * other.normalize()).xyz().length().min(1.0).asin()
}

#[test]
fn a_tolerance_is_a_distance_or_an_angle_that_is_held_at_every_tick() {
    let mut arena: Arena<Wavering> = arena(1);
    let ann = connect(&mut arena, 0);
    let (mut worst, mut compared) = ([0.0_f32; 10], 0);
    for _ in 0..6000 {
        arena.steps(1);
        let replica = arena.clients[ann].replica();
        let Some(held) = replica.entity(EntityId::new(0, 0)).map(|held| held.entity) else { continue };
        let truth = arena.room.game().truths[&replica.tick().0];
        let around = (held.heading - truth.heading + 100.0 * PI) % (2.0 * PI);
        let share = [
            held.coarse.distance(truth.coarse) / 0.01,
            held.fine.distance(truth.fine) / 0.01,
            held.place.distance(truth.place) / 0.01,
            held.velocity.distance(truth.velocity) / 0.05,
            turned(held.attitude, truth.attitude) / HALF_A_DEGREE as f32,
            held.spin.distance(truth.spin) / 0.05,
            turned(held.rough, truth.rough) / 0.016,
            around.min(2.0 * PI - around) / 0.01,
            (held.fuel - truth.fuel).abs() / 0.6,
            (held.whole - truth.whole).as_vec2().length() / 3.0,
        ];
        compared += 1;
        (0..share.len()).for_each(|at| worst[at] = worst[at].max(share[at]));
    }
    println!("{compared} ticks, at worst these shares of the tolerances: {worst:?}");
    // What is left is the rounding of the floats of this test.
    assert!(worst.iter().all(|share| (0.75..=1.001).contains(share)), "{worst:?}");
    assert!(compared > 5900 && arena.faults.is_empty(), "{:?}", arena.faults);
}
