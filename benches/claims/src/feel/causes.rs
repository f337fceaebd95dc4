//! Causes of mispredictions of the own ship, told by what became of it on the server.

use std::collections::BTreeMap;

use auspice_demo::{Entity, Level, Ship, advance};

/// Why a client's prediction of its own ship was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The server went by another input than the one sent for that tick, or none of the others is the reason.
    Input,
    /// Hit, and alive.
    Hit,
    /// An asteroid threw it off.
    Asteroid,
    /// Destroyed.
    Destroyed,
    /// Back elsewhere.
    Returned,
}

impl Cause {
    /// All of them, the weakest first: where several things happened, the strongest is the cause.
    pub const ALL: [Self; 5] = [Self::Input, Self::Hit, Self::Asteroid, Self::Destroyed, Self::Returned];

    /// The cause that shows in a ship's change in one tick.
    fn of(level: &Level, before: &Ship, now: &Ship) -> Self {
        let mut expected = Entity::Ship(Ship { controls: now.controls, ..*before });
        advance(level, &mut expected);
        let flew_on =
            expected.as_ship().is_some_and(|ship| (ship.position, ship.velocity) == (now.position, now.velocity));
        match (before.is_alive(), now.is_alive()) {
            (false, true) => Self::Returned,
            (true, false) => Self::Destroyed,
            _ if !flew_on => Self::Asteroid,
            _ if now.health < before.health => Self::Hit,
            _ => Self::Input,
        }
    }
}

/// A player's own ship as the server had it, tick by tick.
#[derive(Default)]
pub(super) struct Truth {
    ships: BTreeMap<u32, Ship>,
}

impl Truth {
    pub(super) fn record(&mut self, tick: u32, ship: Ship) {
        self.ships.insert(tick, ship);
        while self.ships.len() > 256 {
            self.ships.pop_first();
        }
    }

    /// Why what had been predicted was found wrong by the states after `from`, up to `to`.
    pub(super) fn cause(&self, level: &Level, from: u32, to: u32) -> Cause {
        let at = |tick: u32| Some(Cause::of(level, self.ships.get(&tick.checked_sub(1)?)?, self.ships.get(&tick)?));
        (from + 1..=to).filter_map(at).max().unwrap_or(Cause::Input)
    }
}
