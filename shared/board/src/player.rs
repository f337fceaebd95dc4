//! [`Player`]: somebody at the board, with a cursor, a pen, and what it drew.

use serde::{Deserialize, Serialize};

use crate::ink::Stroke;
use crate::limits::{MOVES_AT_ONCE_MAX, MOVES_PER_SECOND, SAYING_SECONDS, SAYINGS_AT_ONCE_MAX};
use crate::things::Key;

/// Somebody at the board.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Player {
    pub(crate) name: String,
    /// Whether it keeps its name.
    pub(crate) is_name_held: bool,
    pub(crate) cursor: Key,
    /// The newest last.
    pub(crate) strokes: Vec<Stroke>,
    /// Moves that it made, times the ticks of a second, less what has come back; and the same of what it said, in
    /// ticks.
    drawn: u32,
    said: u32,
}

impl Player {
    pub(crate) const fn new(name: String, is_name_held: bool, cursor: Key) -> Self {
        Self { name, is_name_held, cursor, strokes: Vec::new(), drawn: 0, said: 0 }
    }

    /// A tick goes by.
    pub(crate) const fn count_time(&mut self) {
        self.drawn = self.drawn.saturating_sub(MOVES_PER_SECOND);
        self.said = self.said.saturating_sub(1);
    }

    /// Whether the pen may make another move.
    pub(crate) const fn may_draw(&mut self, tick_hz: u32) -> bool {
        let may = self.drawn < MOVES_AT_ONCE_MAX * tick_hz;
        if may {
            self.drawn += tick_hz;
        }
        may
    }

    /// Whether something more may be said.
    pub(crate) const fn may_say(&mut self, tick_hz: u32) -> bool {
        let may = self.said < (SAYINGS_AT_ONCE_MAX - 1) * SAYING_SECONDS * tick_hz + 1;
        if may {
            self.said += SAYING_SECONDS * tick_hz;
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_stopped_and_what_is_usual_is_not() {
        let mut player = Player::new("ann".into(), false, Key::default());
        let at_once = (0..10_000).filter(|_| player.may_draw(25)).count();
        assert_eq!(at_once, MOVES_AT_ONCE_MAX as usize);
        (0..25).for_each(|_| player.count_time());
        assert_eq!((0..10_000).filter(|_| player.may_draw(25)).count(), MOVES_PER_SECOND as usize);
        assert_eq!((0..10).filter(|_| player.may_say(25)).count(), SAYINGS_AT_ONCE_MAX as usize);
        (0..2 * 25).for_each(|_| player.count_time());
        assert_eq!((0..10).filter(|_| player.may_say(25)).count(), 1);
    }
}
