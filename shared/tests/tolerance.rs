//! Tolerances promise what the derive's documentation says they do, and no more.

use std::collections::BTreeMap;

use auspice::sim::Arena;
use auspice::{ClientId, Context, EntityId, Game, Ground, Publisher, Replicate, Step};
use glam::{Quat, Vec3};

use crate::games::{arena, connect};

/// Centimetres, and a step of one, as a game might say it.
const CENTIMETRE: f64 = 0.01;

#[derive(Clone, Copy, Debug, Replicate)]
pub struct Drone {
    #[field(vec3(min = -100, max = 100, step = CENTIMETRE), tolerance = CENTIMETRE)]
    coarse: Vec3,
    #[field(vec3(min = -100, max = 100, step = CENTIMETRE / 4.0), tolerance = CENTIMETRE / 2.0)]
    fine: Vec3,
    /// Half a degree, as a component of a quaternion.
    #[field(rotation(bits = 14), tolerance = 0.004_36)]
    attitude: Quat,
    /// Less than a step.
    #[field(scalar(min = 0, max = 100, step = 1), tolerance = 0.9)]
    fuel: f32,
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
        let drone = Drone { coarse: Vec3::ZERO, fine: Vec3::ZERO, attitude: Quat::IDENTITY, fuel: 50.0 };
        Self { drone, truths: BTreeMap::new() }
    }

    fn join(&mut self, _: ClientId, _: &str, _: &mut Context<'_, Self>) {}

    fn leave(&mut self, _: ClientId, _: &mut Context<'_, Self>) {}

    fn step(&mut self, step: &mut Step<'_, Self>) {
        let mut waver =
            |most: f32| Vec3::from_array(std::array::from_fn(|_| step.rng.between(-10_000, 10_000) as f32 / 10_000.0)) * most;
        let Drone { coarse, fine, attitude, fuel } = &mut self.drone;
        *coarse += waver(0.006);
        *fine = *coarse;
        *attitude = (Quat::from_scaled_axis(waver(0.003)) * *attitude).normalize();
        *fuel = (*fuel + waver(0.2).x).clamp(0.0, 100.0);
        self.truths.insert(step.tick.0, self.drone);
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        out.put(EntityId::new(0, 0), &self.drone);
    }
}

#[test]
fn a_tolerance_holds_each_number_within_it_and_half_a_step() {
    let mut arena: Arena<Wavering> = arena(1);
    let ann = connect(&mut arena, 0);
    let (mut coarse, mut fine, mut axis, mut turn, mut fuel) = (0.0_f32, 0.0_f32, 0.0_f32, 0.0_f32, 0.0_f32);
    for _ in 0..3000 {
        arena.steps(1);
        let replica = arena.clients[ann].replica();
        let Some(held) = replica.entity(EntityId::new(0, 0)).map(|held| held.entity) else { continue };
        let truth = arena.room.game().truths[&replica.tick().0];
        coarse = coarse.max(held.coarse.distance(truth.coarse) * 100.0);
        fine = fine.max(held.fine.distance(truth.fine) * 100.0);
        axis = axis.max((held.coarse - truth.coarse).abs().max_element() * 100.0);
        turn = turn.max(held.attitude.normalize().angle_between(truth.attitude).to_degrees());
        fuel = fuel.max((held.fuel - truth.fuel).abs());
    }
    println!("coarse {coarse} cm, {axis} on an axis; fine {fine} cm; turn {turn} degrees; fuel {fuel} steps");
    // Steps of a centimetre and a tolerance of one: a centimetre and a half on an axis, 2.6 in space.
    assert!((1.2..=1.501).contains(&axis), "{axis} cm on an axis");
    assert!((1.6..=2.599).contains(&coarse), "{coarse} cm");
    // Half a centimetre on a quarter: 1.1.
    assert!((0.7..=1.084).contains(&fine), "{fine} cm");
    // Half a degree a component: four of them, and a rotation turns by twice as much as its quaternion: 1.1 degrees.
    assert!((0.5..=1.1).contains(&turn), "{turn} degrees");
    assert!(fuel <= 0.501, "less than a step is none: {fuel}");
}
