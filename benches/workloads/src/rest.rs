//! [`Rest`]: a world at W1's density of which most lies still, and which hands over only what moves.

use auspice::{ClientId, Context, EntityId, Fate, Game, Ground, Publisher, Replicate, Step, Terms};
use glam::IVec2;
use serde::{Deserialize, Serialize};

use crate::owners::Owners;
use crate::w1::motion::{Body, Rates, World};
use crate::workload::Buttons;

/// Numbers of bodies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// All bodies, as in W1, in a world of any size.
    pub all: crate::w1::Rules,
    /// The first so many fly as in W1; the others lie still.
    pub moving: u32,
}

/// A body of W1, in a world that may be wider than that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Replicate, Serialize, Deserialize)]
#[replicate(news = "control:1 health:2 health+control:3 other:3")]
pub struct Lain {
    /// Place, counted from a corner of the square, in steps of 1/256 m.
    #[field(vec2(min = 0.0, max = 32767.0, step = 1.0 / 256.0), position)]
    pub position: IVec2,
    /// In steps of 1/800 m/s.
    #[field(vec2(min = -40.0, max = 40.0, step = 1.0 / 800.0))]
    pub velocity: IVec2,
    /// 65,536 to a turn.
    #[field(angle(bits = 16))]
    pub heading: u16,
    /// 1 to 100.
    #[field(scalar(min = 1.0, max = 100.0, step = 1.0), news_bits = 3)]
    pub health: u8,
    /// Thrust in the lowest bit, turn + 1 above it.
    #[field(choice(count = 6), control)]
    pub control: u8,
}

impl From<Body> for Lain {
    fn from(Body { position, velocity, heading, health, control }: Body) -> Self {
        Self { position, velocity, heading, health, control }
    }
}

impl From<Lain> for Body {
    fn from(Lain { position, velocity, heading, health, control }: Lain) -> Self {
        Self { position, velocity, heading, health, control }
    }
}

/// The workload. Client number `i` looks from body `i`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Rest {
    world: World,
    moving: usize,
    owners: Owners,
}

impl Game for Rest {
    const NAME: &'static str = "auspice-rest";
    const INTEREST_RADIUS: f32 = crate::w1::W1::INTEREST_RADIUS;

    type Rules = Rules;
    type Level = Rates;
    type Input = Buttons;
    type Entity = Lain;
    type Command = ();
    type Event = ();

    fn new(Ground { terms, .. }: &Ground<Self>, _seed: u64) -> Self {
        let mut world = World::new(&terms.rules.all, terms.tick_hz);
        world.lay_down(terms.rules.moving as usize);
        Self { owners: Owners::new(world.bodies().len()), moving: terms.rules.moving as usize, world }
    }

    fn join(&mut self, client: ClientId, _name: &str, _: &mut Context<'_, Self>) {
        self.owners.join(client);
    }

    fn leave(&mut self, client: ClientId, _: &mut Context<'_, Self>) {
        self.owners.leave(client);
    }

    fn step(&mut self, _step: &mut Step<'_, Self>) {
        self.world.step_first(self.moving);
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        self.put_first(self.world.bodies().len(), out);
    }

    fn publish_changes(&self, out: &mut Publisher<'_, Self>) {
        out.carry_on_others();
        self.put_first(self.moving, out);
    }

    fn advance(ground: &Ground<Self>, lain: &mut Lain) -> Fate {
        let mut body = Body::from(*lain);
        ground.level.advance(ground.terms.rules.all.side, &mut body);
        *lain = body.into();
        Fate::Continues
    }
}

impl Rest {
    /// Number of bodies that whoever looks from a body has to see, itself among them.
    #[must_use]
    pub fn in_sight(&self, body: usize) -> usize {
        let bodies = self.world.bodies();
        let centre = bodies[body].position;
        let radius = i64::from(Self::INTEREST_RADIUS as i32 * crate::w1::motion::POSITION_STEPS_PER_METRE);
        let is_near = |body: &&Body| (body.position - centre).as_i64vec2().length_squared() <= radius * radius;
        bodies.iter().filter(is_near).count()
    }

    fn put_first(&self, bodies: usize, out: &mut Publisher<'_, Self>) {
        for (slot, body) in self.world.bodies()[..bodies].iter().enumerate() {
            out.put(EntityId::new(slot as u32, 0), &Lain::from(*body));
        }
        self.owners.view(out);
    }
}

/// Terms for `all` bodies of which the first `moving` fly.
#[must_use]
pub fn terms(all: u32, moving: u32) -> Terms<Rules> {
    Terms::of::<Rest>(Rules { all: crate::w1::Rules::of(all), moving }).strict()
}
