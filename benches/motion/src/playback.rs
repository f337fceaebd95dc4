//! [`Playback`]: a recorded world as a game, whose world comes from data.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;

use auspice::{ClientId, Context, EntityId, Fate, Game, Ground, Place, Publisher, Step, Terms, Viewpoint};
use glam::Vec3;
use serde::{Deserialize, Serialize};

use crate::body::{BodyKinds, CENTIMETRES, Driven};
use crate::foresight::Foresight;
use crate::trace::{BodyState, Recording, TICK_HZ};

/// Numbers that both ends foresee by.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Rules {
    /// The knowledge of motion.
    pub foresight: Foresight,
}

impl From<&Terms<Rules>> for Foresight {
    fn from(terms: &Terms<Rules>) -> Self {
        terms.rules.foresight
    }
}

/// A recorded world that is played once, and then stays as it is, published by the field tables of `B`.
#[derive(Debug)]
pub struct Playback<B = Driven> {
    trace: Arc<Recording>,
    /// The entity of each body, by tick: ascending by number of the body.
    ids: Arc<Vec<Vec<EntityId>>>,
    /// The room's tick that is published.
    tick: u32,
    clients: Vec<ClientId>,
    bodies: PhantomData<fn() -> B>,
}

impl<B> Playback<B> {
    /// The world of `trace`, before its first tick.
    #[must_use]
    pub fn of(trace: &Arc<Recording>) -> Self {
        Self {
            ids: Arc::new(entities(trace)),
            trace: Arc::clone(trace),
            tick: 0,
            clients: Vec::new(),
            bodies: PhantomData,
        }
    }

    /// The record.
    #[must_use]
    pub fn trace(&self) -> &Recording {
        &self.trace
    }

    /// The recorded tick that a room publishes at its tick `tick`, which it counts from 1.
    #[must_use]
    pub const fn recorded(tick: u32) -> usize {
        tick.saturating_sub(1) as usize
    }

    /// The recorded bodies of a tick of the room, and their entities; none before the first and after the last.
    pub fn bodies(&self, tick: u32) -> impl Iterator<Item = (EntityId, &BodyState)> {
        let recorded = Self::recorded(tick);
        let (ids, bodies) = (self.ids.get(recorded).into_iter(), self.trace.ticks.get(recorded).into_iter());
        ids.flatten().copied().zip(bodies.flatten())
    }
}

/// Gives each body an entity: the lowest slot that is free, as a server would.
#[must_use]
pub fn entities(trace: &Recording) -> Vec<Vec<EntityId>> {
    let mut generations: Vec<u8> = Vec::new();
    let mut taken: BTreeMap<u32, EntityId> = BTreeMap::new();
    let mut ticks = Vec::with_capacity(trace.ticks.len());
    for bodies in &trace.ticks {
        taken.retain(|id, _| bodies.iter().any(|body| body.id == *id));
        for body in bodies {
            if !taken.contains_key(&body.id) {
                let slot = (0..).find(|slot| taken.values().all(|id| id.slot != *slot)).unwrap_or_default();
                generations.resize(generations.len().max(slot as usize + 1), 0);
                generations[slot as usize] = generations[slot as usize].wrapping_add(1);
                taken.insert(body.id, EntityId::new(slot, generations[slot as usize]));
            }
        }
        ticks.push(taken.values().copied().collect());
    }
    ticks
}

impl<B: BodyKinds> Game for Playback<B> {
    const NAME: &'static str = "auspice-motion";
    const TICK_HZ: u32 = TICK_HZ;
    // Everyone sees all.
    const INTEREST_RADIUS: f32 = 40_000.0;
    const UNITS_PER_METRE: f32 = CENTIMETRES;

    type Rules = Rules;
    type Level = Foresight;
    type Input = ();
    type Entity = B;
    type Command = ();
    type Event = ();

    fn new(_: &Ground<Self>, _seed: u64) -> Self {
        Self::of(&Arc::default())
    }

    fn join(&mut self, client: ClientId, _name: &str, _: &mut Context<'_, Self>) {
        self.clients.push(client);
    }

    fn leave(&mut self, client: ClientId, _: &mut Context<'_, Self>) {
        self.clients.retain(|other| *other != client);
    }

    fn step(&mut self, step: &mut Step<'_, Self>) {
        self.tick = step.tick.0.min(self.trace.ticks.len() as u32);
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        self.bodies(self.tick).for_each(|(id, body)| out.put(id, &B::from(Driven::from(body))));
        let centre = Viewpoint::at(Place(Vec3::ZERO));
        self.clients.iter().for_each(|client| out.viewpoint(*client, centre));
    }

    fn advance(ground: &Ground<Self>, body: &mut B) -> Fate {
        let mut driven: Driven = (*body).into();
        ground.level.advance(&mut driven, ground.terms.tick_hz);
        *body = driven.into();
        Fate::Continues
    }
}
