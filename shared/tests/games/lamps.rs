//! Lamps at known places that switch at known ticks, and nothing else: what is news, and when, is plain to see.

use std::collections::BTreeMap;

use auspice::{Audience, ClientId, Context, EntityId, Game, Ground, Publisher, Replicate, Rng, Step, Viewpoint};
use glam::IVec2;

/// Metres from the players to each lamp, and how many ticks its news may wait at 30 Hz.
pub const LAMPS: [(i32, u32); 4] = [(10, 0), (32, 1), (50, 3), (70, 4)];

/// The slot of a lamp that stands near now and then.
const VISITOR: u32 = 40;

#[derive(Clone, Copy, Debug, Replicate)]
pub struct Lamp {
    #[field(vec2(min = -200, max = 200, step = 1), position)]
    pub place: IVec2,
    #[field(flags(bits = 1))]
    pub is_lit: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Replicate)]
pub struct Press {
    #[field(flags(bits = 1))]
    pub on: bool,
}

/// All players stand at the origin, and see every lamp.
pub struct Lamps {
    lit: [bool; LAMPS.len()],
    /// Slots of players' own lamps, and whether each is lit.
    own: BTreeMap<ClientId, (u32, bool)>,
    tick: u32,
}

/// Whether a lamp switches at a tick.
pub fn switches(tick: u32, lamp: usize) -> bool {
    Rng::new(u64::from(tick) * 64 + lamp as u64).one_in(9)
}

/// Whether the visitor is there.
pub const fn is_visited(tick: u32) -> bool {
    tick % 60 >= 47
}

impl Game for Lamps {
    const NAME: &'static str = "lamps";
    const INTEREST_RADIUS: f32 = 100.0;
    type Rules = ();
    type Level = ();
    type Input = Press;
    type Entity = Lamp;
    /// Whether the echo may wait.
    type Command = bool;
    type Event = u32;

    fn new(_: &Ground<Self>, _: u64) -> Self {
        Self { lit: [false; LAMPS.len()], own: BTreeMap::new(), tick: 0 }
    }

    fn join(&mut self, client: ClientId, _: &str, _: &mut Context<'_, Self>) {
        let slot = 10 + self.own.len() as u32;
        self.own.insert(client, (slot, false));
    }

    fn leave(&mut self, client: ClientId, _: &mut Context<'_, Self>) {
        self.own.remove(&client);
    }

    fn step(&mut self, step: &mut Step<'_, Self>) {
        self.tick = step.tick.0;
        for (lamp, lit) in self.lit.iter_mut().enumerate() {
            *lit ^= switches(step.tick.0, lamp);
        }
        for (client, press) in step.inputs {
            if let Some((_, lit)) = self.own.get_mut(client) {
                *lit = press.on;
            }
        }
        for (client, may_wait) in step.commands.drain(..) {
            if may_wait {
                step.events.send_in_time(Audience::One(client), step.tick.0);
            } else {
                step.events.send(Audience::One(client), step.tick.0);
            }
        }
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        for (lamp, ((metres, _), lit)) in LAMPS.iter().zip(self.lit).enumerate() {
            out.put(EntityId::new(lamp as u32, 0), &Lamp { place: IVec2::new(*metres, 0), is_lit: lit });
        }
        for (client, (slot, lit)) in &self.own {
            out.put(EntityId::new(*slot, 0), &Lamp { place: IVec2::ZERO, is_lit: *lit });
            out.viewpoint(*client, Viewpoint::of(EntityId::new(*slot, 0)));
        }
        if is_visited(self.tick) {
            out.put(EntityId::new(VISITOR, 0), &Lamp { place: IVec2::new(0, 5), is_lit: true });
        }
    }
}
