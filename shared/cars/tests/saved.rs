//! A match is saved and loaded, whatever happens on the field just then, and goes on as if nothing had been.

use auspice::Rng;
use auspice_cars::Prediction;
use auspice_cars::bout::Match;

use crate::table::Table;

/// Ticks of the match: three minutes.
const TICKS: u32 = 30 * 180;
/// Ticks of which one, in the mean, is a moment to save it.
const MOMENTS: u32 = 45;

/// Events of a match so far, each of which something has to be saved of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Events {
    goals: u32,
    ends: u32,
    returns: u32,
    jumps: u32,
    touches: u32,
}

/// Watches what happens from tick to tick.
#[derive(Default)]
struct Watch {
    events: Events,
    were_away: Vec<bool>,
    jumped: Vec<bool>,
}

impl Watch {
    /// Whether somebody scored, ended or came back in the last tick.
    fn look(&mut self, game: &Match) -> bool {
        let before = self.events;
        let cars: Vec<_> = (0..game.seats()).map(|at| game.car(at)).collect();
        let are_away: Vec<bool> = cars.iter().map(Option::is_none).collect();
        let jump: Vec<bool> = cars.iter().map(|car| car.is_some_and(|car| car.chassis.second_left > 0.0)).collect();
        let count = |was: &[bool], is: &[bool]| was.iter().zip(is).filter(|(was, is)| !**was && **is).count() as u32;
        self.events.goals = game.goals.iter().sum();
        self.events.ends = game.ends;
        self.events.returns += count(&are_away, &self.were_away);
        self.events.jumps += count(&self.jumped, &jump);
        self.events.touches += (0..game.seats()).filter(|at| game.touches_others(*at)).count() as u32;
        (self.were_away, self.jumped) = (are_away, jump);
        let Events { goals, ends, returns, .. } = self.events;
        (goals, ends, returns) != (before.goals, before.ends, before.returns)
    }
}

#[test]
fn a_match_that_was_saved_goes_on_as_if_nothing_had_been() {
    let mut table = Table::new(Prediction::Nothing, 2);
    let (mut watch, mut rng, mut saves, mut size) = (Watch::default(), Rng::new(11), 0, 0);
    // Before the first step, too.
    table.arena.keep_twin();
    for tick in 0..TICKS {
        table.play(1);
        assert_eq!(table.arena.faults, [], "tick {tick}");
        let happened = watch.look(&table.arena.room.game().game);
        if happened || rng.one_in(MOMENTS) {
            assert!(table.arena.is_like_its_twin(), "tick {tick}: {:?}", table.arena.faults);
            table.arena.keep_twin();
            size = size.max(table.arena.room.save().len());
            saves += 1;
        }
    }
    println!("saved {saves} times, {size} bytes at most: {:?}", watch.events);
    let Events { goals, ends, returns, jumps, touches } = watch.events;
    assert!(goals > 1 && ends > 1 && returns > 1 && jumps > 20 && touches > 20, "{:?}", watch.events);
    assert!(size < KEYFRAME_BYTES_MAX, "{size}");
}

/// Most bytes of a saved room with a match of five bodies and two players in it.
const KEYFRAME_BYTES_MAX: usize = 16 << 10;
