//! Games for tests: [`tiny`] has one field, [`lamps`] switch at known ticks, [`zoo`] has everything, [`range`] has
//! targets to shoot at, [`yard`] has crates that rest.

pub mod lamps;
pub mod range;
pub mod tiny;
pub mod yard;
pub mod zoo;

use auspice::sim::{Arena, Link};
use auspice::{Game, Micros, Terms};

/// An arena with the game's own terms and default rules, and an update and an input in every tick.
pub fn arena<G: Game>(seed: u64) -> Arena<G> {
    arena_with(Terms::of::<G>(G::Rules::default()).strict(), seed)
}

/// An arena with the given terms.
pub fn arena_with<G: Game>(terms: Terms<G::Rules>, seed: u64) -> Arena<G> {
    Arena::new(terms, seed).expect("the test games' tables should be right")
}

/// A link with nothing wrong but its delay.
pub fn delayed(milliseconds: u64) -> Link {
    Link { delay: Micros::from_millis(milliseconds), ..Link::default() }
}

/// Connects a client over links with `milliseconds` each way.
pub fn connect<G: Game>(arena: &mut Arena<G>, milliseconds: u64) -> usize {
    arena.connect(delayed(milliseconds), delayed(milliseconds)).expect("the client's name should fit")
}

/// Compares every client after some quiet, and checks that nothing went wrong.
pub fn check_all<G: Game>(arena: &mut Arena<G>, context: &str) {
    arena.calm(30);
    assert!(arena.check_all(20), "{context}: someone never catches up");
    assert!(arena.faults.is_empty(), "{context}: {:#?}", arena.faults);
}
