//! The past: what was published in the last ticks, and where each client saw it then.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use slotmap::SecondaryMap;

use super::published::Published;
use crate::game::{Fate, Game, Ground, Hindsight, Seen, foresee};
use crate::id::{ClientId, EntityId};
use crate::limits::WINDOW_MILLIS_MAX;
use crate::message::ViewDelay;
use crate::state::{Display, EMPTY, Layout, Replicate, Row};
use crate::tick::Tick;

/// The published rows of the last ticks, of the kinds that are marked `rewinds`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Past {
    /// Greatest age at which anyone is believed, in ticks; at least 1, the tick before.
    bound: u32,
    /// Moments by tick, in a ring; empty if no kind is marked.
    moments: Vec<PastMoment>,
}

/// All rows of a tick, packed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct PastMoment {
    tick: Tick,
    /// Each entity's identity, its kind, and where its columns begin. Ascending by slot.
    entities: Vec<(EntityId, u32, u32)>,
    columns: Vec<i32>,
}

impl Past {
    pub(crate) fn new<G: Game>(tick_hz: u32) -> Self {
        let bound = (u64::from(G::REWIND_MILLIS.min(WINDOW_MILLIS_MAX as u32)) * u64::from(tick_hz) / 1000).max(1) as u32;
        let keeps = G::Entity::KINDS.iter().any(|kind| kind.rewinds);
        Self { bound, moments: alloc::vec![PastMoment::default(); if keeps { bound as usize } else { 0 }] }
    }

    /// The past that was saved, in place of this one; none where it is of another length.
    pub(super) fn replaced(&self, saved: Self) -> Option<Self> {
        (saved.bound == self.bound && saved.moments.len() == self.moments.len()).then_some(saved)
    }

    pub(crate) fn is_kept(&self) -> bool {
        !self.moments.is_empty()
    }

    /// Records what was published at `tick`, in place of the oldest.
    pub(crate) fn record<G: Game>(&mut self, tick: Tick, published: &Published<G>) {
        let count = self.moments.len() as u32;
        if count == 0 {
            return;
        }
        let moment = &mut self.moments[(tick.0 % count) as usize];
        moment.tick = tick;
        moment.entities.clear();
        moment.columns.clear();
        for (kind, _) in G::Entity::KINDS.iter().enumerate().filter(|(_, kind)| kind.rewinds) {
            let columns = published.layout().kind(kind).columns().len();
            for entity in published.slots_of(kind).iter().filter_map(|slot| published.entity(*slot)) {
                moment.entities.push((entity.id, kind as u32, moment.columns.len() as u32));
                moment.columns.extend_from_slice(&entity.row[..columns]);
            }
        }
        moment.entities.sort_unstable_by_key(|(id, ..)| id.slot);
    }

    /// Kind and row of `id` as published at `tick`.
    fn find(&self, layout: &Layout, tick: Tick, id: EntityId) -> Option<(usize, Row)> {
        let moment = self.moments.get(tick.0 as usize % self.moments.len().max(1)).filter(|moment| moment.tick == tick)?;
        let index = moment.entities.binary_search_by_key(&id.slot, |(id, ..)| id.slot).ok()?;
        let (found, kind, from) = moment.entities[index];
        if found != id {
            return None;
        }
        let (columns, mut row) = (layout.kind(kind as usize).columns().len(), EMPTY);
        row[..columns].copy_from_slice(&moment.columns[from as usize..][..columns]);
        Some((kind as usize, row))
    }
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
    pub(crate) layout: &'a Layout,
    pub(crate) past: &'a Past,
    pub(crate) client_views: &'a SecondaryMap<ClientId, ClientView>,
}

impl<G: Game> Hindsight<G> for Lookback<'_, G> {
    fn seen_by(&self, client: ClientId, entity: EntityId) -> Option<Seen<G::Entity>> {
        let newest = Tick(self.tick.0.checked_sub(1)?);
        let view = self.client_views.get(client)?;
        let (kind, _) =
            self.past.find(self.layout, newest, entity).or_else(|| self.past.find(self.layout, view.held_at, entity))?;
        let is_past = view.view_delay.interpolated >> kind & 1 == 1;
        let (display, behind) = if is_past { (Display::Interpolate, view.view_delay.behind) } else { (Display::Advance, 0) };
        let (mut tick, mut held_at) = (Tick(self.tick.0.saturating_sub(behind)), view.held_at.min(newest));
        if !view.view_delay.is_compensated {
            (tick, held_at) = (self.tick, newest);
        }
        let from = held_at.min(tick);
        let oldest = Tick(self.tick.0.saturating_sub(self.past.bound));
        let is_clamped = from < oldest;
        (tick, held_at) = (tick.max(oldest), from.max(oldest));
        let (kind, mut row) = self.past.find(self.layout, held_at, entity)?;
        for _ in held_at.0..tick.0 {
            if foresee::<G>(self.layout, self.ground, kind, &mut row) == Fate::Ends {
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
