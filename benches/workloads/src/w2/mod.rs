//! [`W2`], contacts and hidden forces: the workload whose physics is richer than what clients can foresee, as
//! a [`Game`].
//!
//! The true world is [`world`]. Published is a [`Disc`], which [`steering`] keeps within tolerance of it. Client
//! number `i`, in order of joining, looks from disc `i`; its inputs drive nothing.

pub mod disc;
pub mod steering;
pub mod world;

use auspice::{ClientId, Context, EntityId, Fate, Game, Ground, Place, Publisher, Step, Terms};
use glam::Vec2;
use serde::{Deserialize, Serialize};

use self::disc::Disc;
use self::steering::{is_within_tolerance, steer};
use self::world::{FINE, Rules, TrueDisc, World};
use crate::owners::Owners;
use crate::workload::{Buttons, Workload};

/// The workload. Its world depends on the number of discs and on the tick rate alone: the room's seed is not used.
#[derive(Debug, Serialize, Deserialize)]
pub struct W2 {
    world: World,
    published: Vec<Disc>,
    owners: Owners,
}

impl W2 {
    /// The world as it truly is.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The disc as published.
    #[must_use]
    pub fn published(&self) -> &[Disc] {
        &self.published
    }
}

impl Game for W2 {
    const NAME: &'static str = "auspice-w2";
    const TICK_HZ: u32 = 30;
    const INTEREST_RADIUS: f32 = 50.0;

    type Rules = Rules;
    type Level = ();
    type Input = Buttons;
    type Entity = Disc;
    type Command = ();
    type Event = ();

    fn new(Ground { terms, .. }: &Ground<Self>, _seed: u64) -> Self {
        let world = World::new(&terms.rules, terms.tick_hz);
        let publish = |disc: &TrueDisc| {
            let mut published = Disc::start(disc.position, disc.velocity);
            published.set_angle(disc.angle);
            published.set_spin(disc.spin);
            Disc { mood: disc.mood, ..published }
        };
        let published: Vec<_> = world.discs().iter().map(publish).collect();
        Self { owners: Owners::new(published.len()), published, world }
    }

    fn join(&mut self, client: ClientId, _name: &str, _: &mut Context<'_, Self>) {
        self.owners.join(client);
    }

    fn leave(&mut self, client: ClientId, _: &mut Context<'_, Self>) {
        self.owners.leave(client);
    }

    fn step(&mut self, step: &mut Step<'_, Self>) {
        self.world.step();
        for (published, truth) in self.published.iter_mut().zip(self.world.discs()) {
            *published = steer(&step.ground.terms.rules, step.ground.terms.tick_hz, published, truth);
        }
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        for (slot, disc) in self.published.iter().enumerate() {
            out.put(EntityId::new(slot as u32, 0), disc);
        }
        self.owners.view(out);
    }

    fn place(disc: &Disc) -> Option<Place> {
        // Rounded to a float alike on both ends.
        let fine = disc.fine_position();
        Some((Vec2::new(fine.x as f32, fine.y as f32) * (1.0 / FINE as f32)).into())
    }

    fn advance(Ground { terms, .. }: &Ground<Self>, disc: &mut Disc) -> Fate {
        disc.advance(&terms.rules, terms.tick_hz);
        Fate::Continues
    }
}

impl Workload for W2 {
    type World = World;
    type Truth = TrueDisc;
    /// A viewer and what it sees, each a tolerance of a centimetre off.
    const EDGE_METRES: f64 = 0.025;

    fn rules(entities: u32, side_metres: Option<f64>) -> Rules {
        side_metres.map_or_else(|| Rules::of(entities), |metres| Rules::within(entities, metres))
    }

    fn world(terms: &Terms<Rules>) -> World {
        World::new(&terms.rules, terms.tick_hz)
    }

    fn step_world(world: &mut World) {
        world.step();
    }

    fn truths(world: &World) -> &[TrueDisc] {
        world.discs()
    }

    fn metres(disc: &TrueDisc) -> [f64; 2] {
        disc.position.to_array()
    }

    fn is_within_tolerance(held: &Disc, truth: &TrueDisc) -> bool {
        is_within_tolerance(held, truth)
    }
}

#[cfg(test)]
mod tests {
    use auspice::Replicate as _;

    use super::*;

    #[test]
    fn what_is_published_stays_within_tolerance_and_is_mostly_foreseen() {
        let terms = Terms::of::<W2>(Rules::of(400)).strict();
        let mut world = World::new(&terms.rules, terms.tick_hz);
        let mut published = W2::new(&Ground::new(terms.clone()), 0).published;
        let (mut surprises, mut ticks) = (0, 0);
        for _ in 0..600 {
            world.step();
            for (published, truth) in published.iter_mut().zip(world.discs()) {
                let mut foreseen = *published;
                foreseen.advance(&terms.rules, terms.tick_hz);
                *published = steer(&terms.rules, terms.tick_hz, published, truth);
                assert!(is_within_tolerance(published, truth), "{published:?} {truth:?}");
                surprises += u32::from(*published != foreseen);
                ticks += 1;
            }
        }
        assert!(surprises * 6 < ticks, "{surprises} surprises in {ticks} ticks of discs");
    }

    #[test]
    fn every_state_survives_its_row() {
        let ground = Ground::new(Terms::of::<W2>(Rules::of(100)).strict());
        for disc in W2::new(&ground, 0).published {
            let mut row = [0; auspice::limits::COLUMNS_MAX];
            disc.write_row(&mut row);
            assert_eq!(Disc::read_row(0, &row), disc);
        }
    }
}
