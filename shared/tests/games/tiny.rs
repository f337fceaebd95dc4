//! The smallest game: dots on a line that walk while told to. One field.

use std::collections::BTreeMap;

use auspice::{Audience, ClientId, Context, EntityId, Game, Ground, Place, Publisher, Replicate, Step, Viewpoint};
use glam::Vec2;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Replicate, Serialize, Deserialize)]
pub struct Dot {
    #[field(scalar(min = -100_000, max = 100_000, step = 1))]
    pub at: i32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Replicate)]
pub struct Walk {
    #[field(flags(bits = 1))]
    pub on: bool,
}

#[derive(Default, Serialize, Deserialize)]
pub struct Tiny {
    pub dots: BTreeMap<ClientId, (u32, Dot)>,
    slots: u32,
}

impl Game for Tiny {
    const NAME: &'static str = "tiny";
    const INTEREST_RADIUS: f32 = 100.0;
    type Rules = ();
    type Level = ();
    type Input = Walk;
    type Entity = Dot;
    type Command = String;
    type Event = String;

    fn new(_: &Ground<Self>, _: u64) -> Self {
        Self::default()
    }

    fn join(&mut self, client: ClientId, _: &str, _: &mut Context<'_, Self>) {
        self.slots += 1;
        self.dots.insert(client, (self.slots, Dot { at: 0 }));
    }

    fn leave(&mut self, client: ClientId, _: &mut Context<'_, Self>) {
        self.dots.remove(&client);
    }

    fn step(&mut self, step: &mut Step<'_, Self>) {
        for (client, walk) in step.inputs {
            if let Some((_, dot)) = self.dots.get_mut(client) {
                dot.at += i32::from(walk.on);
            }
        }
        for (_, command) in step.commands.drain(..) {
            step.events.send(Audience::All, command);
        }
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        for (client, (slot, dot)) in &self.dots {
            let id = EntityId::new(*slot, 0);
            out.put(id, dot);
            out.viewpoint(*client, Viewpoint::of(id));
        }
    }

    fn place(dot: &Dot) -> Option<Place> {
        Some(Vec2::new(dot.at as f32, 0.0).into())
    }
}
