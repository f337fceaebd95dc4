//! A client that holds something else than the server believes is found out, told apart row by row, and healed.

use std::cell::Cell;

use crate::games::{arena, connect};
use auspice::{ClientId, Context, EntityId, Fate, Game, Ground, Publisher, Replicate, Step};

thread_local! {
    /// Makes `advance` wrong from now on, for clients alone: the server advances before each of them does.
    static WRONG: Cell<bool> = const { Cell::new(false) };
}

#[derive(Clone, Debug, Replicate)]
pub struct Clock {
    #[field(counter(max = 1_000_000))]
    pub hands: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Replicate)]
pub struct Nothing {
    #[field(flags(bits = 1))]
    pub unused: bool,
}

pub struct Clocks {
    hands: u32,
}

impl Game for Clocks {
    const NAME: &'static str = "clocks";
    const INTEREST_RADIUS: f32 = 1.0;
    type Rules = ();
    type Level = ();
    type Input = Nothing;
    type Entity = Clock;
    type Command = ();
    type Event = ();

    fn new(_: &Ground<Self>, _: u64) -> Self {
        Self { hands: 0 }
    }

    fn join(&mut self, _: ClientId, _: &str, _: &mut Context<'_, Self>) {}

    fn leave(&mut self, _: ClientId, _: &mut Context<'_, Self>) {}

    fn step(&mut self, _: &mut Step<'_, Self>) {
        self.hands += 1;
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        WRONG.set(false);
        for slot in 0..5 {
            out.put(EntityId::new(slot, 0), &Clock { hands: self.hands * (slot + 1) });
        }
        WRONG.set(self.hands == 100);
    }

    fn advance(_: &Ground<Self>, clock: &mut Clock) -> Fate {
        // Five clocks, of which the third goes wrong once.
        let step = (1..=5).find(|step| clock.hands.is_multiple_of(99) && clock.hands / 99 == *step).unwrap_or(0);
        clock.hands += 1;
        if WRONG.get() && step == 3 {
            clock.hands += 1000;
        }
        Fate::Continues
    }
}

#[test]
fn a_difference_is_found_named_and_mended() {
    let mut arena = arena::<Clocks>(1);
    connect(&mut arena, 0);
    arena.steps(250);
    let said: Vec<&str> = arena.faults.iter().map(|fault| fault.0.as_str()).collect();
    assert_eq!(said.len(), 2, "{said:#?}");
    assert!(said[0].contains("client 0 diverged at tick"), "{said:#?}");
    assert!(said[1].starts_with("Clock 2v0: held ["), "{said:#?}");
    let compared = arena.clients[0].replica().net_stats(arena.now()).views_compared;
    assert!(compared >= 3, "250 ticks have at least three hashes, and each is counted: {compared}");
    arena.faults.clear();
    assert!(arena.check_all(10) && arena.faults.is_empty(), "the fresh state mended it");
}
