//! The picture at the player's present: the own entity predicted by its inputs, the others advanced.
//!
//! The present is ahead of the newest state by the round trip and a little more. Nobody is shown in the past: until they change
//! their controls, advancing others is exact.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::rebuild::{HeldRow, Mirror};
use crate::game::{Fate, Game, Terms, foresee};
use crate::id::EntityId;
use crate::limits::PREDICT_TICKS_MAX;
use crate::state::{Replicate, Row};
use crate::tick::Tick;

/// One entity of a frame: its state at the tick before the present, and at the one after.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown<E> {
    /// Who it is.
    pub id: EntityId,
    /// Which of the game's kinds.
    pub kind: usize,
    /// At [`Frame::tick`].
    pub before: E,
    /// One tick later.
    pub after: E,
}

/// Everything in view at one moment.
#[derive(Debug)]
pub struct Frame<'a, G: Game> {
    /// The last whole tick before the present.
    pub tick: Tick,
    /// How far the present is on the way from `before` to `after`, 0 to 1.
    pub blend: f32,
    /// Ascending by slot.
    pub shown: &'a [Shown<G::Entity>],
    held: &'a [HeldRow],
}

impl<G: Game> Frame<'_, G> {
    /// The label of an entity that is shown; empty if it has none.
    #[must_use]
    pub fn label(&self, id: EntityId) -> &[u8] {
        let index = self.held.binary_search_by_key(&id.slot, |held| held.id.slot);
        index.map_or(&[], |index| self.held[index].label.as_slice())
    }
}

/// Predicts with the inputs that the newest state has not answered yet.
pub(super) struct Predictor<G: Game> {
    /// Inputs that were sent for ticks beyond the newest state, ascending.
    outbox: VecDeque<(Tick, G::Input)>,
    shown: Vec<Shown<G::Entity>>,
}

impl<G: Game> Predictor<G> {
    pub(super) const fn new() -> Self {
        Self { outbox: VecDeque::new(), shown: Vec::new() }
    }

    /// `input` was sent for `tick`.
    pub(super) fn record(&mut self, tick: Tick, input: G::Input) {
        // In a stall the oldest are those that prediction uses: it goes no further than its limit.
        if self.outbox.len() < PREDICT_TICKS_MAX as usize * 2 {
            self.outbox.push_back((tick, input));
        }
    }

    /// The state of `tick` is held: inputs up to it are part of it, or never will be.
    pub(super) fn acknowledge(&mut self, tick: Tick) {
        while self.outbox.front().is_some_and(|(stamp, _)| *stamp <= tick) {
            self.outbox.pop_front();
        }
    }

    pub(super) fn frame<'a>(
        &'a mut self,
        mirror: &'a Mirror<G>,
        terms: Option<&Terms<G::Rules>>,
        present: f64,
        input: G::Input,
    ) -> Frame<'a, G> {
        let tick = Tick(present as u32);
        self.shown.clear();
        if let Some(terms) = terms {
            for held in &mirror.rows {
                let own = mirror.own.is_some_and(|own| own.slot == held.id.slot);
                if let Some(shown) = self.show(mirror, terms, held, own.then_some(input), tick) {
                    self.shown.push(shown);
                }
            }
        }
        Frame { tick, blend: (present - f64::from(tick.0)) as f32, shown: &self.shown, held: &mirror.rows }
    }

    /// One entity at `tick` and a tick later; `None` if it has ended by then. `input` is what the player holds now, if it is its own.
    fn show(
        &self,
        mirror: &Mirror<G>,
        terms: &Terms<G::Rules>,
        held: &HeldRow,
        input: Option<G::Input>,
        tick: Tick,
    ) -> Option<Shown<G::Entity>> {
        let mut row = held.row;
        let step = |row: &mut Row, tick: Tick| {
            if let Some(input) = input {
                let sent = self.outbox.iter().rev().find(|(stamp, _)| *stamp == tick).map(|(_, sent)| *sent);
                let mut entity = G::Entity::read_row(held.kind, row);
                G::control(terms, &mut entity, &sent.unwrap_or(input));
                entity.write_row(row);
            }
            foresee::<G>(&mirror.layout, terms, held.kind, row)
        };
        for made in mirror.tick.0..tick.0 {
            if step(&mut row, Tick(made + 1)) == Fate::Ends {
                return None;
            }
        }
        let before = row;
        if step(&mut row, tick.next()) == Fate::Ends {
            // What ends within this tick is shown where it was last.
            row = before;
        }
        let entity = |row| G::Entity::read_row(held.kind, row);
        Some(Shown { id: held.id, kind: held.kind, before: entity(&before), after: entity(&row) })
    }
}
