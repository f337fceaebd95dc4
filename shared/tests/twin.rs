//! A record of what happened to a room makes the same room of what it was before; and a game that forgets a part of
//! its world when it is saved is told which.

use auspice::{ClientId, Context, EntityId, Game, Ground, Publisher, Replicate, Step};
use glam::IVec2;
use serde::{Deserialize, Serialize};

use crate::games::{arena, connect};
use crate::swarm::play_with;

#[test]
fn a_twin_that_is_told_whatever_happens_is_the_same_room() {
    let seeds: u64 = std::env::var("AUSPICE_SAVES").ok().and_then(|count| count.parse().ok()).unwrap_or(100);
    for seed in 0..seeds {
        let mut same = 0;
        let arena = play_with(seed, |arena, tick| match tick % 30 {
            5 => arena.keep_twin(),
            20 => arena
                .room
                .announce(auspice::message::Announcement { overload: (tick / 30) as u8, ..Default::default() }),
            28 => same += u32::from(arena.is_like_its_twin()),
            _ => {}
        });
        assert_eq!((same, &arena.faults[..]), (3, &[][..]), "seed {seed}");
    }
}

/// A body that turns round every so often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Replicate, Serialize, Deserialize)]
struct Pacer {
    #[field(vec2(min = -1000, max = 1000, step = 1), position)]
    at: IVec2,
}

#[derive(Serialize, Deserialize)]
struct Forgetful {
    pacers: Vec<Pacer>,
    /// Ticks until they turn, which is forgotten.
    #[serde(skip)]
    left: u32,
    step: i32,
}

impl Game for Forgetful {
    const NAME: &'static str = "forgetful";
    const INTEREST_RADIUS: f32 = 5000.0;
    type Rules = ();
    type Level = ();
    type Input = ();
    type Entity = Pacer;
    type Command = ();
    type Event = ();

    fn new(_: &Ground<Self>, _: u64) -> Self {
        Self { pacers: vec![Pacer::default(); 3], left: 9, step: 1 }
    }

    fn join(&mut self, _: ClientId, _: &str, _: &mut Context<'_, Self>) {}

    fn leave(&mut self, _: ClientId, _: &mut Context<'_, Self>) {}

    fn step(&mut self, _: &mut Step<'_, Self>) {
        self.left = self.left.checked_sub(1).unwrap_or(9);
        if self.left == 0 {
            self.step = -self.step;
        }
        self.pacers[1].at.y += self.step;
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        for (slot, pacer) in self.pacers.iter().enumerate() {
            out.put(EntityId::new(slot as u32, 0), pacer);
        }
    }
}

#[test]
fn a_game_that_forgets_something_is_told_which_entity_and_field_differed_first_and_when() {
    let mut arena = arena::<Forgetful>(1);
    connect(&mut arena, 0);
    arena.steps(4);
    arena.keep_twin();
    arena.steps(20);
    let said: Vec<&str> = arena.faults.iter().map(|fault| fault.0.as_str()).collect();
    let expected = "the room that was saved and loaded goes another way: tick 9, Pacer 1v0, at: is 9, and should be 7";
    assert_eq!(said, [expected]);
}
