//! The game as bytes, and back: the match with all that the physics engine knows, and who sits where.

use auspice::authority::{Saved, load_value, save_value};
use auspice::{ClientId, Ground};

use crate::bout::Match;
use crate::{Cars, Sitter};

/// The whole of a [`Cars`].
type SavedMatch = (Match, Vec<Option<Sitter>>, Vec<ClientId>);

impl Saved for Cars {
    fn save(&self, out: &mut Vec<u8>) {
        save_value(&(&self.game, &self.seats, &self.onlookers), out);
    }

    fn load(ground: &Ground<Self>, saved: &[u8]) -> Option<Self> {
        let (game, seats, onlookers): SavedMatch = load_value(saved)?;
        let has_all = game.seats() == seats.len() && game.seats() + 1 == ground.terms.rules.bodies();
        has_all.then_some(Self { game, seats, onlookers })
    }

    fn settle(&mut self) {
        self.game.settle();
    }
}
