//! The own entity predicted among what it may run into.

use auspice::replica::NetStats;
use auspice::sim::Arena;
use auspice::{ClientId, Context, EntityId, Fate, Game, Ground, Obstacles, Publisher, Replicate, Step, Viewpoint};
use glam::IVec2;

use crate::games::{arena, connect};

/// A gate that moves along a line, and turns round when nobody expects it.
#[derive(Clone, Copy, Debug, PartialEq, Replicate)]
#[replicate(obstacle)]
struct Gate {
    #[field(vec2(min = -10_000, max = 10_000, step = 1), position)]
    at: IVec2,
    #[field(scalar(min = -100, max = 100, step = 1))]
    pace: i32,
}

/// It goes on by its player's input until it is at the gate, which it cannot pass.
#[derive(Clone, Copy, Debug, PartialEq, Replicate)]
struct Walker {
    #[field(vec2(min = -10_000, max = 10_000, step = 1), position)]
    at: IVec2,
}

#[derive(Clone, Copy, Debug, PartialEq, Replicate)]
enum Thing {
    Gate(Gate),
    Walker(Walker),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Replicate)]
struct Stride {
    #[field(scalar(min = -20, max = 20, step = 1))]
    by: i32,
}

/// `TURNS`: ticks from one turn of the gate to the next; 0 for never.
struct Lane<const TURNS: u32> {
    gate: Gate,
    walker: Option<(ClientId, Walker)>,
}

const GATE: EntityId = EntityId::new(0, 0);
const WALKER: EntityId = EntityId::new(1, 0);

fn walk(walker: &mut Walker, by: i32, gate: Option<&Gate>) {
    walker.at.x += by;
    walker.at.x = gate.map_or(walker.at.x, |gate| walker.at.x.min(gate.at.x));
}

impl<const TURNS: u32> Game for Lane<TURNS> {
    const NAME: &'static str = "lane";
    const INTEREST_RADIUS: f32 = 100_000.0;
    type Rules = ();
    type Level = ();
    type Input = Stride;
    type Entity = Thing;
    type Command = ();
    type Event = ();

    fn new(_: &Ground<Self>, _: u64) -> Self {
        Self { gate: Gate { at: IVec2::X * 300, pace: -1 }, walker: None }
    }

    fn join(&mut self, client: ClientId, _: &str, _: &mut Context<'_, Self>) {
        self.walker = Some((client, Walker { at: IVec2::ZERO }));
    }

    fn leave(&mut self, _: ClientId, _: &mut Context<'_, Self>) {
        self.walker = None;
    }

    fn step(&mut self, step: &mut Step<'_, Self>) {
        self.gate.at.x += self.gate.pace;
        if TURNS > 0 && step.tick.0.is_multiple_of(TURNS) {
            self.gate.pace = -self.gate.pace;
        }
        if let (Some((_, walker)), Some((_, input))) = (&mut self.walker, step.inputs.first()) {
            walk(walker, input.by, Some(&self.gate));
        }
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        out.put(GATE, &Thing::Gate(self.gate));
        if let Some((client, walker)) = self.walker {
            out.put(WALKER, &Thing::Walker(walker));
            out.viewpoint(client, Viewpoint::of(WALKER));
        }
    }

    fn advance(_: &Ground<Self>, thing: &mut Thing) -> Fate {
        if let Thing::Gate(gate) = thing {
            gate.at.x += gate.pace;
        }
        Fate::Continues
    }

    fn predict_own(_: &Ground<Self>, own: &mut Thing, input: &Stride, others: &Obstacles<'_, Self>) -> Fate {
        let gate = others.iter().find_map(|(_, other)| if let Thing::Gate(gate) = other { Some(gate) } else { None });
        if let Thing::Walker(walker) = own {
            walk(walker, input.by, gate.as_ref());
        }
        Fate::Continues
    }
}

/// Where the own walker is believed to be at each picture's tick of `steps`, beside the truth of that tick;
/// and the figures.
fn play<const TURNS: u32>(one_way: u64, steps: u32) -> (Vec<(i32, i32)>, NetStats) {
    let mut arena: Arena<Lane<TURNS>> = arena(3);
    let ann = connect(&mut arena, one_way);
    let (mut believed, mut truth) = (std::collections::BTreeMap::new(), std::collections::BTreeMap::new());
    for tick in 0..90 + steps {
        if tick >= 90 {
            arena.clients[ann].replica_mut().set_input(Stride { by: 7 - 10 * i32::from(tick % 60 > 40) });
        }
        arena.step_with(|_, client, now| {
            let frame = client.replica_mut().frame(now);
            let at = frame.tick.0;
            if let Some(ghosts) = client.replica().ghosts(WALKER)
                && let Thing::Walker(walker) = ghosts.predicted
            {
                believed.insert(at, walker.at.x);
            }
        });
        truth.insert(arena.room.tick_now().0, arena.room.game().walker.map_or(0, |(_, walker)| walker.at.x));
    }
    assert_eq!(arena.faults, []);
    let pairs = believed.into_iter().skip(90).filter_map(|(tick, at)| Some((at, *truth.get(&tick)?))).collect();
    (pairs, arena.clients[ann].replica().net_stats(arena.now()))
}

#[test]
fn running_into_something_foreseen_is_predicted_exactly_over_any_round_trip() {
    for one_way in [0, 25, 100, 250] {
        let (pairs, stats) = play::<0>(one_way, 400);
        assert!(
            pairs.len() > 300 && pairs.iter().all(|(believed, truth)| believed == truth),
            "{one_way} ms: {pairs:?}"
        );
        assert_eq!(stats.ticks_mispredicted, 0, "{one_way} ms: {stats:?}");
        let at_gate = pairs.windows(2).filter(|pair| pair[1].1 - pair[0].1 == -1).count();
        assert!(at_gate > 50, "the walker was at the gate in {at_gate} ticks only");
    }
}

#[test]
fn what_an_obstacle_does_unforeseen_corrects_the_own_entity_as_soon_as_it_is_heard_of() {
    let (pairs, stats) = play::<50>(100, 600);
    let wrong = pairs.iter().filter(|(believed, truth)| believed != truth).count();
    // A turn is heard of some eight ticks late.
    assert!((12..=12 * 9).contains(&wrong), "{wrong} of {} ticks", pairs.len());
    // The gate's own news comes before any state of the walker that it made wrong, and is acted upon.
    assert_eq!(stats.ticks_mispredicted, 0, "{stats:?}");
    assert!(stats.own_corrections.count > 3, "{stats:?}");
}
