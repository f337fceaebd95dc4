//! [`W1Space`]: W1 with a third axis, to see that interest and encoding cost the same there. A body flies as
//! in W1, and climbs or sinks as its dice say; a sphere of the same radius has about as many bodies in it as
//! W1's circle.

use auspice::{ClientId, Context, EntityId, Fate, Game, Ground, Publisher, Replicate, Step};
use glam::IVec3;
use serde::{Deserialize, Serialize};

use crate::owners::Owners;
use crate::w1::W1;
use crate::w1::motion::{Body, Dice, POSITION_STEPS_PER_METRE, Rates};
use crate::workload::Buttons;

/// Constants that both ends need to foresee a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Bodies in the world.
    pub entities: u32,
    /// The side of the cube, in steps of position.
    pub side: i32,
}

impl Rules {
    /// Rules for `entities` bodies: of a thousand, as many are in view as in W1.
    #[must_use]
    pub fn of(entities: u32) -> Self {
        // W1 has 0.001 in a square metre: pi / 1000 r^2 in a circle, to be spread over 4/3 pi r^3. A cube has
        // more that are near its sides, and see less: a fifth more bodies make up for it.
        let density = 1.2 * 0.001 * 0.75 / f64::from(W1::INTEREST_RADIUS);
        let metres = libm::cbrt(f64::from(entities) / density);
        Self { entities, side: libm::round(metres * f64::from(POSITION_STEPS_PER_METRE)) as i32 }
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self::of(1000)
    }
}

/// W1's body, with a third axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Replicate, Serialize, Deserialize)]
#[replicate(news = "control:1 health:2 health+control:3 other:3")]
pub struct SpaceBody {
    /// Place, counted from a corner of the cube, in steps of 1/256 m.
    #[field(vec3(min = 0.0, max = 8191.0, step = 1.0 / 256.0), position)]
    pub position: IVec3,
    /// In steps of 1/800 m/s.
    #[field(vec3(min = -40.0, max = 40.0, step = 1.0 / 800.0))]
    pub velocity: IVec3,
    /// 65,536 to a turn.
    #[field(angle(bits = 16))]
    pub heading: u16,
    /// 1 to 100.
    #[field(scalar(min = 1.0, max = 100.0, step = 1.0), news_bits = 3)]
    pub health: u8,
    /// W1's six, three times: sinking, level, climbing.
    #[field(choice(count = 18), control)]
    pub control: u8,
}

impl SpaceBody {
    fn advance(&mut self, rates: &Rates, side: i32) {
        let (position, velocity, control) = (self.position.truncate(), self.velocity.truncate(), self.control % 6);
        let mut flat = Body { position, velocity, heading: self.heading, health: self.health, control };
        rates.advance(side, &mut flat);
        let climb = i32::from(self.control / 6) - 1;
        let (z, climbing) = rates.advance_axis(side, self.position.z, self.velocity.z, climb);
        self.position = flat.position.extend(z);
        self.velocity = flat.velocity.extend(climbing);
        self.heading = flat.heading;
    }
}

/// See the module.
#[derive(Debug, Serialize, Deserialize)]
pub struct W1Space {
    bodies: Vec<SpaceBody>,
    dice: Vec<Dice>,
    rates: Rates,
    rules: Rules,
    tick_hz: u32,
    owners: Owners,
}

impl W1Space {
    /// Bodies as they are now; a body's index is its slot.
    #[must_use]
    pub fn bodies(&self) -> &[SpaceBody] {
        &self.bodies
    }
}

impl Game for W1Space {
    const NAME: &'static str = "auspice-w1-space";
    const TICK_HZ: u32 = 30;
    const INTEREST_RADIUS: f32 = W1::INTEREST_RADIUS;

    type Rules = Rules;
    type Level = Rates;
    type Input = Buttons;
    type Entity = SpaceBody;
    type Command = ();
    type Event = ();

    fn new(Ground { terms, .. }: &Ground<Self>, _seed: u64) -> Self {
        let rules = terms.rules.clone();
        let mut dice: Vec<_> = (0..rules.entities).map(|index| Dice::new(index + 1)).collect();
        let start = |dice: &mut Dice| {
            let mut draw = || dice.below(rules.side as u32) as i32;
            let position = IVec3::new(draw(), draw(), draw());
            let heading = dice.below(1 << 16) as u16;
            SpaceBody { position, velocity: IVec3::ZERO, heading, health: 100, control: 6 | 1 | 1 << 1 }
        };
        let bodies: Vec<_> = dice.iter_mut().map(start).collect();
        Self {
            owners: Owners::new(bodies.len()),
            rates: Rates::at(terms.tick_hz),
            tick_hz: terms.tick_hz,
            bodies,
            dice,
            rules,
        }
    }

    fn join(&mut self, client: ClientId, _name: &str, _: &mut Context<'_, Self>) {
        self.owners.join(client);
    }

    fn leave(&mut self, client: ClientId, _: &mut Context<'_, Self>) {
        self.owners.leave(client);
    }

    fn step(&mut self, _step: &mut Step<'_, Self>) {
        for (body, dice) in self.bodies.iter_mut().zip(&mut self.dice) {
            if let Some(control) = dice.controls(self.tick_hz) {
                body.control = control + 6 * dice.below(3) as u8;
            }
            body.advance(&self.rates, self.rules.side);
            body.health = dice.health(self.tick_hz, body.health);
        }
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        for (slot, body) in self.bodies.iter().enumerate() {
            out.put(EntityId::new(slot as u32, 0), body);
        }
        self.owners.view(out);
    }

    fn advance(ground: &Ground<Self>, body: &mut SpaceBody) -> Fate {
        body.advance(&ground.level, ground.terms.rules.side);
        Fate::Continues
    }
}

#[cfg(test)]
mod tests {
    use auspice::authority::{Outgoing, Room};
    use auspice::replica::Replica;
    use auspice::{Micros, Terms};

    use super::*;

    #[test]
    fn a_replica_holds_the_sphere_around_its_body_exactly() {
        let mut room = Room::<W1Space>::new(Terms::of::<W1Space>(Rules::of(600)).strict(), 1, 1)
            .expect("the terms should be playable");
        let client = room.connect().expect("there should be a seat");
        let mut replica = Replica::<W1Space>::new("viewer", "test").expect("the name should fit");
        let (mut now, mut held_sum) = (Micros(0), 0);
        for tick in 0..300 {
            now = now + Micros(33_333);
            while let Some(message) = replica.poll_transmit(now) {
                room.handle_message(client, message).expect("the room should take what a replica sends");
            }
            room.admit_all();
            room.tick().expect("the game should publish properly");
            if let Outgoing::Message(message) = room.poll_update(client) {
                replica.handle_message(message, now).expect("an update should be one");
            }
            if tick < 3 {
                continue;
            }
            let bodies = room.game().bodies();
            let near =
                |body: &SpaceBody| body.position.as_dvec3().distance(bodies[0].position.as_dvec3()) < 99.9 * 256.0;
            let held: Vec<_> = replica.entities().map(|held| (held.id.slot as usize, held.entity)).collect();
            assert!(
                held.iter().all(|(slot, body)| *body == bodies[*slot]),
                "a body is not what it should be at {tick}"
            );
            let seen = bodies.iter().enumerate().filter(|(_, body)| near(body));
            seen.for_each(|(slot, _)| {
                assert!(held.iter().any(|(held, _)| *held == slot), "{slot} is missing at {tick}");
            });
            held_sum += held.len();
        }
        assert!(held_sum > 297 * 8, "{held_sum} in 297 ticks");
    }
}
