//! [`W1`], free flight: the reference workload as a [`Game`]. A world of bodies that nobody can disturb, so
//! that exact foresight is possible, and only what their dice say is news.
//!
//! Client number `i`, in order of joining, looks from body `i`. Its inputs are received and acknowledged, and
//! drive nothing.

pub mod motion;
pub mod space;

use auspice::{ClientId, Context, EntityId, Fate, Game, Ground, Publisher, Step, Terms};
use serde::{Deserialize, Serialize};

pub use self::motion::Rules;
use self::motion::{Body, POSITION_STEPS_PER_METRE, Rates, VELOCITY_STEPS_PER_METRE, World};
use crate::owners::Owners;
use crate::workload::{Buttons, Workload};

/// The workload. Its world depends on the number of bodies and on the tick rate alone: the room's seed is not used.
#[derive(Debug, Serialize, Deserialize)]
pub struct W1 {
    world: World,
    owners: Owners,
}

impl Game for W1 {
    const NAME: &'static str = "auspice-w1";
    const TICK_HZ: u32 = 30;
    const INTEREST_RADIUS: f32 = 100.0;

    type Rules = Rules;
    type Level = Rates;
    type Input = Buttons;
    type Entity = Body;
    type Command = ();
    type Event = ();

    fn new(Ground { terms, .. }: &Ground<Self>, _seed: u64) -> Self {
        let world = World::new(&terms.rules, terms.tick_hz);
        Self { owners: Owners::new(world.bodies().len()), world }
    }

    fn join(&mut self, client: ClientId, _name: &str, _: &mut Context<'_, Self>) {
        self.owners.join(client);
    }

    fn leave(&mut self, client: ClientId, _: &mut Context<'_, Self>) {
        self.owners.leave(client);
    }

    fn step(&mut self, _step: &mut Step<'_, Self>) {
        self.world.step();
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        for (slot, body) in self.world.bodies().iter().enumerate() {
            out.put(EntityId::new(slot as u32, 0), body);
        }
        self.owners.view(out);
    }

    fn advance(ground: &Ground<Self>, body: &mut Body) -> Fate {
        ground.level.advance(ground.terms.rules.side, body);
        Fate::Continues
    }
}

/// Tolerances of a client's view: position in metres, velocity in metres a second, heading in radians. Health
/// and flags are exact.
const POSITION_TOLERANCE: f64 = 0.01;
const VELOCITY_TOLERANCE: f64 = 0.05;
const HEADING_TOLERANCE: f64 = 0.01;

impl Workload for W1 {
    type World = World;
    type Truth = Body;
    const EDGE_METRES: f64 = 0.01;

    fn rules(entities: u32, side_metres: Option<f64>) -> Rules {
        side_metres.map_or_else(|| Rules::of(entities), |metres| Rules::within(entities, metres))
    }

    fn world(terms: &Terms<Rules>) -> World {
        World::new(&terms.rules, terms.tick_hz)
    }

    fn step_world(world: &mut World) {
        world.step();
    }

    fn truths(world: &World) -> &[Body] {
        world.bodies()
    }

    fn metres(body: &Body) -> [f64; 2] {
        body.position.to_array().map(|steps| f64::from(steps) / f64::from(POSITION_STEPS_PER_METRE))
    }

    fn is_within_tolerance(held: &Body, truth: &Body) -> bool {
        let off = |steps: glam::IVec2, by: i32| steps.as_dvec2().length() / f64::from(by);
        let turned = f64::from(held.heading.wrapping_sub(truth.heading) as i16) * core::f64::consts::TAU / 65_536.0;
        off(held.position - truth.position, POSITION_STEPS_PER_METRE) <= POSITION_TOLERANCE
            && off(held.velocity - truth.velocity, VELOCITY_STEPS_PER_METRE) <= VELOCITY_TOLERANCE
            && turned.abs() <= HEADING_TOLERANCE
            && held.health == truth.health
            && held.control == truth.control
    }
}

#[cfg(test)]
mod tests {
    use auspice::Replicate as _;

    use super::*;

    #[test]
    fn a_thousand_bodies_live_on_a_square_kilometre() {
        assert_eq!(Rules::of(1000).side, 256_000);
        assert_eq!(Rules::of(4000).side, 512_000);
    }

    #[test]
    fn advance_foresees_whatever_the_dice_leave_alone() {
        let ground = Ground::new(Terms::of::<W1>(Rules::of(300)));
        let mut world = W1::world(&ground.terms);
        for _ in 0..600 {
            let before = world.bodies().to_vec();
            world.step();
            for (before, after) in before.into_iter().zip(world.bodies()) {
                // As the engine does it: controls first, then advance; health is news where it differs.
                let mut foreseen = Body { control: after.control, ..before };
                assert_eq!(W1::advance(&ground, &mut foreseen), Fate::Continues);
                assert_eq!(Body { health: after.health, ..foreseen }, *after);
            }
        }
    }

    #[test]
    fn every_state_survives_its_row() {
        let mut world = World::new(&Rules::of(200), 30);
        for _ in 0..900 {
            world.step();
        }
        for body in world.bodies() {
            let mut row = [0; auspice::limits::COLUMNS_MAX];
            body.write_row(&mut row);
            assert_eq!(Body::read_row(0, &row), *body);
        }
    }
}
