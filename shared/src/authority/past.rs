//! The past: what was published in the last ticks, and where each client saw it then.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use slotmap::SecondaryMap;

use super::former_rows::FormerRows;
use super::published::Published;
use crate::game::{Fate, Game, Ground, Hindsight, Seen, Terms, foresee};
use crate::id::{ClientId, EntityId};
use crate::limits::WINDOW_MILLIS_MAX;
use crate::message::ViewDelay;
use crate::state::{Display, EMPTY, Replicate, Row};
use crate::tick::Tick;

/// The changes of the last ticks to published rows, of the kinds that are marked `rewinds`.
#[derive(Debug)]
pub(crate) struct Past {
    /// Greatest age at which anyone is believed, in ticks; at least 1, the tick before.
    bound: u32,
    /// Rows before each tick, in a ring; empty if no kind is marked.
    ticks: Vec<FormerRows>,
}

impl Past {
    pub(crate) fn new<G: Game>(terms: &Terms<G::Rules>) -> Self {
        let bound =
            (u64::from(G::REWIND_MILLIS.min(WINDOW_MILLIS_MAX as u32)) * u64::from(terms.tick_hz) / 1000).max(1) as u32;
        // Whoever was told nothing meanwhile holds what is older by that.
        let bound = bound + terms.patience();
        let keeps = G::Entity::KINDS.iter().any(|kind| kind.rewinds);
        Self { bound, ticks: (0..if keeps { bound } else { 0 }).map(|_| FormerRows::default()).collect() }
    }

    /// Rows before each tick, to be saved.
    pub(super) fn ticks(&self) -> &[FormerRows] {
        &self.ticks
    }

    /// Puts those back that were saved. None where there are not as many, or they make no sense.
    pub(super) fn restore<G: Game>(&mut self, saved: Vec<FormerRows>) -> Option<()> {
        let is_like = saved.len() == self.ticks.len();
        let is_sound = is_like && saved.iter().all(|rows| rows.is_sound(G::Entity::KINDS.len()));
        is_sound.then(|| self.ticks = saved)
    }

    pub(crate) fn is_kept(&self) -> bool {
        !self.ticks.is_empty()
    }

    /// Records what `tick` changed, in place of the oldest.
    pub(crate) fn record<G: Game>(&mut self, tick: Tick, published: &mut Published<G>) {
        let count = self.ticks.len() as u32;
        if count > 0 {
            published.exchange_former(&mut self.ticks[(tick.0 % count) as usize]);
        }
    }

    /// Kind and row of `id` as published at `tick`, where `newest` is the tick that was published last: what it was
    /// before the first change after that.
    fn find<G: Game>(&self, published: &Published<G>, newest: Tick, tick: Tick, id: EntityId) -> Option<(usize, Row)> {
        let count = self.ticks.len() as u32;
        if tick > newest || newest.since(tick) >= count {
            return None;
        }
        let changes = (tick.0 + 1..=newest.0).map(|later| &self.ticks[(later % count) as usize]);
        match changes.into_iter().find_map(|changes| changes.find(id.slot)) {
            Some(former) => former.filter(|(found, ..)| *found == id).map(|(_, kind, columns)| (kind, row_of(columns))),
            None => {
                let entity = published.find(id).filter(|entity| G::Entity::KINDS[entity.kind].rewinds)?;
                let columns = published.layout().kind(entity.kind).columns().len();
                Some((entity.kind, row_of(&entity.row[..columns])))
            }
        }
    }
}

/// A row of these columns.
fn row_of(columns: &[i32]) -> Row {
    let mut row = EMPTY;
    row[..columns.len()].copy_from_slice(columns);
    row
}

/// The way in which a client showed the others at the tick that is being made.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct ClientView {
    pub(crate) view_delay: ViewDelay,
    /// The newest state that it held when it gave its input.
    pub(crate) held_at: Tick,
}

/// The tables that tell where a client saw an entity.
pub(crate) struct Lookback<'a, G: Game> {
    pub(crate) tick: Tick,
    pub(crate) ground: &'a Ground<G>,
    pub(crate) published: &'a Published<G>,
    pub(crate) past: &'a Past,
    pub(crate) client_views: &'a SecondaryMap<ClientId, ClientView>,
}

impl<G: Game> Hindsight<G> for Lookback<'_, G> {
    fn seen_by(&self, client: ClientId, entity: EntityId) -> Option<Seen<G::Entity>> {
        let newest = Tick(self.tick.0.checked_sub(1)?);
        let view = self.client_views.get(client)?;
        let find = |tick| self.past.find(self.published, newest, tick, entity);
        let (kind, _) = find(newest).or_else(|| find(view.held_at))?;
        let is_past = view.view_delay.interpolated >> kind & 1 == 1;
        let (display, behind) =
            if is_past { (Display::Interpolate, view.view_delay.behind) } else { (Display::Advance, 0) };
        let (mut tick, mut held_at) = (Tick(self.tick.0.saturating_sub(behind)), view.held_at.min(newest));
        if !view.view_delay.is_compensated {
            (tick, held_at) = (self.tick, newest);
        }
        let from = held_at.min(tick);
        let oldest = Tick(self.tick.0.saturating_sub(self.past.bound));
        let is_clamped = from < oldest;
        (tick, held_at) = (tick.max(oldest), from.max(oldest));
        let (kind, mut row) = find(held_at)?;
        for _ in held_at.0..tick.0 {
            if foresee::<G>(self.published.layout(), self.ground, kind, &mut row) == Fate::Ends {
                return None;
            }
        }
        let entity = G::Entity::read_row(kind, &row);
        Some(Seen { entity, tick, held_at, rewound: self.tick.since(held_at), is_clamped, display })
    }

    fn bound(&self) -> u32 {
        self.past.bound
    }
}
