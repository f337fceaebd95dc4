//! Thousands of entities in one view: how soon they are there, over a quick line and a slow one, and what one more
//! costs.

use std::collections::BTreeMap;

use auspice::limits::UPDATE_BUDGET_BYTES_MAX;
use auspice::sim::{Arena, Link};
use auspice::{ClientId, Context, EntityId, Game, Ground, Micros, Publisher, Replicate, Step, Terms, Viewpoint};
use glam::IVec2;
use serde::{Deserialize, Serialize};

use crate::games::check_all;

/// A stroke on a board.
#[derive(Clone, Debug, Replicate)]
pub struct Stroke {
    #[field(vec2(min = -8192, max = 8191, step = 1), position)]
    pub from: IVec2,
    #[field(vec2(min = -256, max = 255, step = 1))]
    pub way: IVec2,
    #[field(choice(count = 16))]
    pub colour: u8,
}

impl Stroke {
    fn number(number: u32) -> Self {
        let at = |by: u32| (number * by % 12_000) as i32 - 6000;
        Self { from: IVec2::new(at(7919), at(104_729)), way: IVec2::new(at(31) / 32, at(37) / 32), colour: number as u8 % 16 }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Draw {
    Add(u32),
    Remove(u32),
}

/// A board of strokes, all of which everyone sees. Stroke 0 is where all look from.
pub struct Board {
    strokes: BTreeMap<u32, Stroke>,
    changed: Vec<Draw>,
    players: Vec<ClientId>,
}

impl Game for Board {
    const NAME: &'static str = "strokes";
    const INTEREST_RADIUS: f32 = 20_000.0;
    type Rules = u32;
    type Level = ();
    type Input = ();
    type Entity = Stroke;
    type Command = Draw;
    type Event = ();

    fn new(ground: &Ground<Self>, _: u64) -> Self {
        let strokes = (0..ground.terms.rules).map(|number| (number, Stroke::number(number))).collect();
        Self { strokes, changed: Vec::new(), players: Vec::new() }
    }

    fn join(&mut self, client: ClientId, _: &str, _: &mut Context<'_, Self>) {
        self.players.push(client);
    }

    fn leave(&mut self, client: ClientId, _: &mut Context<'_, Self>) {
        self.players.retain(|player| *player != client);
    }

    fn step(&mut self, step: &mut Step<'_, Self>) {
        self.changed = step.commands.drain(..).map(|(_, draw)| draw).collect();
        for draw in &self.changed {
            match draw {
                Draw::Add(number) => drop(self.strokes.insert(*number, Stroke::number(*number))),
                Draw::Remove(number) => drop(self.strokes.remove(number)),
            }
        }
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        self.strokes.iter().for_each(|(number, stroke)| out.put(EntityId::new(*number, 0), stroke));
        self.look(out);
    }

    fn publish_changes(&self, out: &mut Publisher<'_, Self>) {
        out.carry_on_others();
        for draw in &self.changed {
            match draw {
                Draw::Add(number) => out.put(EntityId::new(*number, 0), &Stroke::number(*number)),
                Draw::Remove(number) => out.remove(EntityId::new(*number, 0)),
            }
        }
        self.look(out);
    }
}

impl Board {
    fn look(&self, out: &mut Publisher<'_, Self>) {
        self.players.iter().for_each(|player| out.viewpoint(*player, Viewpoint::of(EntityId::new(0, 0))));
    }
}

fn board(strokes: u32) -> Arena<Board> {
    let mut arena = Arena::new(Terms::of::<Board>(strokes), 1).expect("the terms are right");
    arena.is_resumable = true;
    arena
}

/// Plays on until a client holds so many strokes. The ticks until then, and the most that were on their way to it.
fn fill(arena: &mut Arena<Board>, index: usize, strokes: usize) -> (u32, u32) {
    let (mut ticks, mut most) = (0, 0);
    while arena.clients[index].replica().visible() < strokes {
        arena.step();
        ticks += 1;
        assert!(ticks < 900, "{} of {strokes} strokes after half a minute", arena.clients[index].replica().visible());
        let client = arena.clients[index].replica().client().and_then(|client| arena.room.client(client));
        most = most.max(client.map_or(0, |client| client.unacked_ticks));
    }
    (ticks, most)
}

fn line(delay: u64, bytes_per_second: u32) -> Link {
    Link { delay: Micros::from_millis(delay), bytes_per_second, ..Link::default() }
}

#[test]
fn five_thousand_that_rest_are_in_view_within_a_second() {
    for (delay, at_most) in [(0, 20), (25, 24), (75, 30)] {
        let mut arena = board(5000);
        arena.steps(10);
        let ann = arena.connect(line(delay, 0), line(delay, 0)).expect("the name fits");
        let (ticks, most) = fill(&mut arena, ann, 5000);
        println!("{delay} ms each way: all of 5000 after {ticks} ticks, {most} on their way at most");
        assert!(ticks <= at_most, "{delay} ms: {ticks} ticks");
        assert!(arena.room.stats().payload_bytes < 5000 * 16 && arena.faults.is_empty(), "{:?}", arena.faults);
    }
}

#[test]
fn over_a_slow_line_a_crowd_comes_as_the_line_can_and_what_happens_is_told_all_the_same() {
    // The slowest carries less than the least budget, and nobody knows before the client's first word.
    for (bytes_per_second, at_most) in [(20_000, 30), (60_000, 14), (200_000, 14)] {
        let mut arena = board(5000);
        arena.steps(10);
        let ann = arena.connect(line(40, 0), line(40, bytes_per_second)).expect("the name fits");
        let held_back = arena.room.stats().held_back;
        let (ticks, most) = fill(&mut arena, ann, 5000);
        let bytes = arena.room.stats().payload_bytes;
        let least = bytes as f64 / f64::from(bytes_per_second) * 30.0;
        println!(
            "{bytes_per_second} B/s: after {ticks} ticks, {least:.0} by the line alone, {most} on their way at most, {} held back",
            arena.room.stats().held_back - held_back
        );
        assert!(most <= at_most, "{bytes_per_second} B/s: {most} ticks on their way");
        assert!(f64::from(ticks) < 1.35 * least + 30.0, "{bytes_per_second} B/s: {ticks} ticks, {least} by the line alone");
        assert!(arena.clients[ann].closed.is_none() && arena.faults.is_empty(), "{:?}", arena.faults);
    }
}

#[test]
fn a_board_of_ten_thousand_strokes_is_joined_drawn_on_and_come_back_to() {
    const STROKES: u32 = 10_000;
    let mut arena = board(STROKES);
    let [ann, bob] = [0, 0].map(|_| arena.connect(line(20, 0), line(20, 0)).expect("the name fits"));
    let (ticks, _) = fill(&mut arena, ann, STROKES as usize);
    println!("all of {STROKES} after {ticks} ticks");
    assert!(ticks <= 45, "{ticks} ticks");
    let (more, _) = fill(&mut arena, bob, STROKES as usize);
    assert!(more <= 2, "both came at the same time");
    let before = arena.room.stats().payload_bytes;
    arena.clients[ann].replica_mut().command(&Draw::Add(STROKES)).expect("ann plays");
    arena.clients[ann].replica_mut().command(&Draw::Remove(77)).expect("ann plays");
    arena.steps(10);
    for player in [ann, bob] {
        let replica = arena.clients[player].replica();
        assert!(replica.entity(EntityId::new(STROKES, 0)).is_some() && replica.entity(EntityId::new(77, 0)).is_none());
    }
    let bytes = arena.room.stats().payload_bytes - before;
    assert!(bytes < 100, "a stroke more and one less took {bytes} bytes for two players");

    let own = arena.clients[bob].replica().client();
    arena.cut(bob);
    arena.steps(20);
    arena.clients[ann].replica_mut().command(&Draw::Remove(78)).expect("ann plays");
    arena.steps(10);
    arena.redial(bob, line(20, 0), line(20, 0)).expect("the name fits");
    arena.steps(5);
    let (ticks, _) = fill(&mut arena, bob, STROKES as usize - 1);
    assert!(ticks <= 45, "{ticks} ticks");
    let replica = arena.clients[bob].replica();
    assert_eq!((replica.client(), replica.visible()), (own, STROKES as usize - 1));
    check_all(&mut arena, "the board");
}

#[test]
fn no_update_is_larger_than_the_largest_budget() {
    let mut arena = board(12_000);
    let ann = arena.connect(line(0, 0), line(0, 0)).expect("the name fits");
    let mut before = 0;
    while arena.clients[ann].replica().visible() < 12_000 {
        arena.step();
        let bytes = arena.room.stats().payload_bytes;
        // The own entity and one more go in whatever the budget.
        assert!(bytes - before <= UPDATE_BUDGET_BYTES_MAX as u64 + 32, "{} bytes", bytes - before);
        before = bytes;
    }
}
