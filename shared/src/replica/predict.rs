//! The own entity: moved by the inputs that the newest state has not answered, and compared with each state that comes.

use alloc::collections::VecDeque;

use super::held_input::HeldInput;
use super::leap::Leaps;
use super::obstacles::ForeseenObstacles;
use crate::game::{Fate, Game, Ground, Obstacles, foresee};
use crate::id::EntityId;
use crate::limits::PREDICT_TICKS_MAX;
use crate::state::{Layout, Replicate, Row};
use crate::tick::Tick;

/// Inputs for ticks beyond the newest state.
pub(super) struct Outbox<I> {
    /// Ascending.
    sent: VecDeque<(Tick, I)>,
    /// The newest that the newest state has answered: it holds on where none was sent.
    answered: I,
    /// The newest tick for which one was given.
    given: Tick,
    pub(super) held: HeldInput<I>,
}

impl<I: Replicate + Copy + Default> Outbox<I> {
    pub(super) fn new() -> Self {
        Self { sent: VecDeque::new(), answered: I::default(), given: Tick(0), held: HeldInput::new() }
    }

    /// The input that is sent for `tick`.
    pub(super) fn give(&mut self, tick: Tick) -> I {
        let input = self.held.give();
        self.given = tick;
        // In a stall the oldest are those that prediction uses: it goes no further than its limit.
        if self.sent.len() < PREDICT_TICKS_MAX as usize * 2 {
            self.sent.push_back((tick, input));
        }
        input
    }

    /// The state of `tick` is held: inputs up to it are part of it, or never will be.
    pub(super) fn acknowledge(&mut self, tick: Tick) {
        while let Some(&(stamp, input)) = self.sent.front()
            && stamp <= tick
        {
            self.answered = input;
            self.sent.pop_front();
        }
    }

    /// The input that moves the own entity in `tick`, as the server will have it: the input for that tick, or
    /// the one before if there is none.
    pub(super) fn input(&self, tick: Tick) -> I {
        match self.sent.back() {
            Some((newest, _)) if tick <= *newest => {
                let index = self.sent.partition_point(|(stamp, _)| *stamp <= tick);
                if index == 0 { self.answered } else { self.sent[index - 1].1 }
            }
            _ if tick == self.given.plus(1) => self.held.next(),
            _ => self.held.now(),
        }
    }
}

/// Predicted rows of the own entity, by tick.
pub(super) struct Predicted {
    rows: VecDeque<(Tick, Row)>,
}

impl Predicted {
    pub(super) const fn new() -> Self {
        Self { rows: VecDeque::new() }
    }

    /// Ascending from call to call, or once more from an earlier tick on.
    pub(super) fn record(&mut self, tick: Tick, row: &Row) {
        while self.rows.back().is_some_and(|(last, _)| *last >= tick) {
            self.rows.pop_back();
        }
        if self.rows.len() > PREDICT_TICKS_MAX as usize {
            self.rows.pop_front();
        }
        self.rows.push_back((tick, *row));
    }

    pub(super) fn row(&self, tick: Tick) -> Option<&Row> {
        let index = self.rows.binary_search_by_key(&tick, |(tick, _)| *tick).ok()?;
        Some(&self.rows[index].1)
    }

    /// Takes the row that was predicted for `tick`, and forgets those of ticks before.
    pub(super) fn take(&mut self, tick: Tick) -> Option<&Row> {
        while self.rows.front().is_some_and(|(first, _)| *first < tick) {
            self.rows.pop_front();
        }
        self.rows.front().filter(|(first, _)| *first == tick).map(|(_, row)| row)
    }

    pub(super) fn forget(&mut self) {
        self.rows.clear();
    }
}

/// Motion of an entity where nothing is stated: foreseen, or predicted if it is the player's own.
pub(super) struct RowMotion<'a, G: Game> {
    pub(super) layout: &'a Layout,
    pub(super) ground: &'a Ground<G>,
    pub(super) leaps: &'a Leaps,
    pub(super) own: Option<OwnMotion<'a, G>>,
}

/// The inputs and obstacles by which the player's own entity is predicted.
pub(super) struct OwnMotion<'a, G: Game> {
    pub(super) id: EntityId,
    pub(super) inputs: &'a Outbox<G::Input>,
    pub(super) obstacles: &'a ForeseenObstacles,
}

impl<G: Game> RowMotion<'_, G> {
    /// Whether a row that became `after` within a tick leapt.
    pub(super) fn is_leap(&self, kind: usize, before: &Row, after: &Row) -> bool {
        self.leaps.is_leap(self.layout, kind, before, after)
    }

    /// Moves `row` from the tick before to `tick`.
    pub(super) fn step(&self, kind: usize, row: &mut Row, tick: Tick) -> Fate {
        let Some(own) = &self.own else { return foresee::<G>(self.layout, self.ground, kind, row) };
        let others = Obstacles::of(own.id, own.obstacles.at(tick));
        let mut entity = G::Entity::read_row(kind, row);
        let fate = G::predict_own(self.ground, &mut entity, &own.inputs.input(tick), &others);
        if entity.kind() != kind {
            return Fate::Ends;
        }
        entity.write_row(row);
        fate
    }
}
