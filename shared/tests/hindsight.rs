//! The past is kept by what changed, and answers as one that kept everything would.

use std::collections::BTreeMap;

use auspice::{ClientId, Context, EntityId, Fate, Game, Ground, Publisher, Replicate, Rng, Step, Tick, Viewpoint};
use glam::IVec2;

use crate::games::{arena, connect};

#[derive(Clone, Copy, Debug, PartialEq, Replicate)]
#[replicate(rewinds)]
pub struct Target {
    #[field(vec2(min = -4096, max = 4095, step = 1), position)]
    pub at: IVec2,
    #[field(vec2(min = -8, max = 7, step = 1))]
    pub velocity: IVec2,
}

/// The like that nobody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Replicate)]
pub struct Plain {
    #[field(scalar(min = 0, max = 255, step = 1))]
    pub number: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Replicate)]
pub enum Thing {
    Target(Target),
    Plain(Plain),
}

/// Targets of which most lie still, and the whole world at each tick.
pub struct Field {
    things: BTreeMap<u32, (u8, Thing)>,
    published: Vec<BTreeMap<EntityId, Thing>>,
    players: Vec<ClientId>,
    asked: u32,
    answered: u32,
}

impl Game for Field {
    const NAME: &'static str = "field";
    const INTEREST_RADIUS: f32 = 10_000.0;
    const REWIND_MILLIS: u32 = 400;
    type Rules = ();
    type Level = ();
    type Input = ();
    type Entity = Thing;
    type Command = ();
    type Event = ();

    fn new(_: &Ground<Self>, _: u64) -> Self {
        let target = |slot: u32| Thing::Target(Target { at: IVec2::splat(slot as i32), velocity: IVec2::ZERO });
        let things = (0..40).map(|slot| (slot, (0, target(slot)))).collect();
        Self { things, published: vec![BTreeMap::new()], players: Vec::new(), asked: 0, answered: 0 }
    }

    fn join(&mut self, client: ClientId, _: &str, _: &mut Context<'_, Self>) {
        self.players.push(client);
    }

    fn leave(&mut self, _: ClientId, _: &mut Context<'_, Self>) {}

    fn step(&mut self, step: &mut Step<'_, Self>) {
        self.ask(step);
        self.things.values_mut().for_each(|(_, thing)| advance(thing));
        // The first one lies still for ever.
        let slot = 1 + step.rng.below(39);
        self.happen(slot, step.rng);
        let world = self.things.iter().map(|(slot, (generation, thing))| (EntityId::new(*slot, *generation), *thing));
        self.published.push(world.collect());
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        self.things.iter().for_each(|(slot, (generation, thing))| out.put(EntityId::new(*slot, *generation), thing));
        self.players.iter().for_each(|player| out.viewpoint(*player, Viewpoint::of(EntityId::new(0, 0))));
    }

    fn advance(_: &Ground<Self>, thing: &mut Thing) -> Fate {
        advance(thing);
        Fate::Continues
    }
}

fn advance(thing: &mut Thing) {
    if let Thing::Target(target) = thing {
        target.at = (target.at + target.velocity).clamp(IVec2::splat(-4096), IVec2::splat(4095));
    }
}

impl Field {
    fn happen(&mut self, slot: u32, dice: &mut Rng) {
        let velocity = IVec2::new(dice.between(-8, 7), dice.between(-8, 7));
        let generation = dice.below(256) as u8;
        match (self.things.get_mut(&slot), dice.below(6)) {
            (None, 0) => drop(self.things.insert(slot, (generation, Thing::Plain(Plain { number: generation })))),
            (None, _) => {
                self.things.insert(slot, (generation, Thing::Target(Target { at: IVec2::ZERO, velocity })));
            }
            (Some(_), 0) => drop(self.things.remove(&slot)),
            // Another tenant within the tick.
            (Some((old, _)), 1) => *old = generation,
            (Some((_, Thing::Target(target))), kind) => target.velocity = if kind < 4 { IVec2::ZERO } else { velocity },
            (Some(_), _) => {}
        }
    }

    /// Asks for everything that was there lately, and holds the answers against the worlds that were published.
    fn ask(&mut self, step: &Step<'_, Self>) {
        let lately = self.published.iter().rev().take(16).flat_map(|world| world.keys().copied());
        let lately: std::collections::BTreeSet<EntityId> = lately.collect();
        for player in &self.players {
            let Some(still) = step.rewind.seen_by(*player, EntityId::new(0, 0)) else { continue };
            let (held_at, tick) = (still.held_at, still.tick);
            for &id in &lately {
                let seen = step.rewind.seen_by(*player, id);
                // One whose word is not believed has seen an older world, of which nobody knows but the room.
                if still.is_clamped && !self.published[step.tick.0 as usize - 1].contains_key(&id) {
                    continue;
                }
                let world =
                    |tick: Tick| self.published[tick.0 as usize].get(&id).filter(|it| matches!(it, Thing::Target(_)));
                let known =
                    world(Tick(step.tick.0 - 1)).or_else(|| world(held_at)).and_then(|_| world(held_at)).copied();
                let expected = known.map(|mut thing| {
                    (held_at.0..tick.0).for_each(|_| advance(&mut thing));
                    thing
                });
                assert_eq!(seen.map(|seen| seen.entity), expected, "{id} at {held_at}, asked in {}", step.tick);
                self.asked += 1;
                self.answered += u32::from(expected.is_some());
            }
        }
    }
}

#[test]
fn whoever_asks_for_the_past_is_told_what_was_published_then() {
    for seed in 0..4 {
        let mut arena = arena::<Field>(seed);
        for delay in [0, 30, 120, 250] {
            connect(&mut arena, delay);
        }
        arena.steps(600);
        let field = arena.room.game();
        assert!(
            field.asked > 50_000 && field.answered > field.asked / 2,
            "{} asked, {} answered",
            field.asked,
            field.answered
        );
        assert!(arena.faults.is_empty(), "{:?}", arena.faults);
    }
}
