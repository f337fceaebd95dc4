//! Lag compensation: the world as a client saw it when it acted ([`Rewind`]).
//!
//! A client says what it holds with each input, and how it shows the others whenever that changes; so the server knows, to the tick,
//! where each entity was on the client's screen. What it does not know is the smoothing of corrections, a matter of some frames.

use alloc::vec::Vec;

use slotmap::SecondaryMap;

use super::{Fate, Game, Terms, foresee};
use crate::id::{ClientId, EntityId};
use crate::limits::MAX_COLUMNS;
use crate::state::{Display, Kind, Layout, Published, Replicate, Row};
use crate::tick::Tick;

/// How a client shows the others, as far as it matters for what it aims at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outlook {
    /// It wants to be judged by what it saw.
    pub(crate) is_compensated: bool,
    /// A bit for each kind that is shown in the past.
    pub(crate) interpolated: u64,
    /// By how many ticks.
    pub(crate) behind: u32,
}

impl Outlook {
    /// As the game would have it: what both ends take for granted.
    pub(crate) fn of(kinds: &[Kind]) -> Self {
        let past = |(_, kind): &(usize, &Kind)| kind.display == Display::Interpolate;
        let interpolated = kinds.iter().enumerate().filter(past).fold(0, |bits, (index, _)| bits | 1 << index);
        Self { is_compensated: true, interpolated, behind: 0 }
    }
}

/// One client's eyes at the tick that is being made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Eyes {
    pub(crate) outlook: Outlook,
    /// The newest state that it held when it gave its input.
    pub(crate) held_at: Tick,
}

/// Where an entity was on a client's screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen<E> {
    /// What the client saw.
    pub entity: E,
    /// The tick of the world that it saw: the one being made for what is advanced to the player's present, an earlier one for what
    /// is shown in the past.
    pub tick: Tick,
    /// The newest true state that it was drawn from.
    pub held_at: Tick,
    /// How old that knowledge is, in ticks: what the client is given by compensation. 1 for a client without any delay.
    pub rewound: u32,
    /// The client saw even older a state, but this is as far as it is believed.
    pub is_clamped: bool,
    /// How it is shown there.
    pub display: Display,
}

/// Answers where a client saw an entity. Copy it out of [`Step`](super::Step) to use it beside the rest.
pub struct Rewind<'a, G: Game> {
    pub(crate) tick: Tick,
    pub(crate) terms: &'a Terms<G::Rules>,
    pub(crate) layout: &'a Layout,
    pub(crate) past: &'a Past,
    pub(crate) eyes: &'a SecondaryMap<ClientId, Eyes>,
}

impl<G: Game> Clone for Rewind<'_, G> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<G: Game> Copy for Rewind<'_, G> {}

impl<G: Game> Rewind<'_, G> {
    /// `entity` as `client` saw it when it gave its input for this tick. `None` if the client could not see it: it is too new, gone since
    /// long, or of a kind that is not marked `rewinds`. Whether it was in the client's view is for the game to know.
    #[must_use]
    pub fn seen_by(&self, client: ClientId, entity: EntityId) -> Option<Seen<G::Entity>> {
        let newest = Tick(self.tick.0.checked_sub(1)?);
        let eyes = self.eyes.get(client)?;
        let (kind, _) = self.past.find(newest, entity).or_else(|| self.past.find(eyes.held_at, entity))?;
        let is_past = eyes.outlook.interpolated >> kind & 1 == 1;
        let (display, behind) = if is_past { (Display::Interpolate, eyes.outlook.behind) } else { (Display::Advance, 0) };
        let (mut tick, mut held_at) = (Tick(self.tick.0.saturating_sub(behind)), eyes.held_at.min(newest));
        if !eyes.outlook.is_compensated {
            (tick, held_at) = (self.tick, newest);
        }
        let from = held_at.min(tick);
        let oldest = Tick(self.tick.0.saturating_sub(self.past.bound));
        let is_clamped = from < oldest;
        (tick, held_at) = (tick.max(oldest), from.max(oldest));
        let (kind, mut row) = self.past.find(held_at, entity)?;
        for _ in held_at.0..tick.0 {
            if foresee::<G>(self.layout, self.terms, kind, &mut row) == Fate::Ends {
                return None;
            }
        }
        let entity = G::Entity::read_row(kind, &row);
        Some(Seen { entity, tick, held_at, rewound: self.tick.since(held_at), is_clamped, display })
    }

    /// How far back a client is believed, in ticks.
    #[must_use]
    pub fn bound(&self) -> u32 {
        self.past.bound
    }
}

/// The published rows of the last ticks, of the kinds that are marked `rewinds`.
#[derive(Debug)]
pub(crate) struct Past {
    /// How far back anyone is believed, in ticks; at least 1, the tick before.
    bound: u32,
    /// By tick, in a ring; empty if no kind is marked.
    moments: Vec<Moment>,
}

/// All rows of a tick, packed.
#[derive(Clone, Debug, Default)]
struct Moment {
    tick: Tick,
    /// Who, of which kind, and where its columns begin. Ascending by slot.
    entities: Vec<(EntityId, u32, u32)>,
    columns: Vec<i32>,
}

impl Past {
    pub(crate) fn new<G: Game>(tick_hz: u32) -> Self {
        let bound = (u64::from(G::REWIND_MILLIS) * u64::from(tick_hz) / 1000)
            .clamp(1, u64::from(crate::limits::WINDOW_TICKS_MAX)) as u32;
        let keeps = G::Entity::KINDS.iter().any(|kind| kind.rewinds);
        Self { bound, moments: alloc::vec![Moment::default(); if keeps { bound as usize } else { 0 }] }
    }

    pub(crate) fn is_kept(&self) -> bool {
        !self.moments.is_empty()
    }

    /// What was published at `tick` is kept, in place of the oldest.
    pub(crate) fn record<G: Game>(&mut self, tick: Tick, published: &Published<G>) {
        let count = self.moments.len() as u32;
        if count == 0 {
            return;
        }
        let moment = &mut self.moments[(tick.0 % count) as usize];
        moment.tick = tick;
        moment.entities.clear();
        moment.columns.clear();
        for slot in published.alive().slots() {
            let Some(entry) = published.entry(slot).filter(|entry| G::Entity::KINDS[entry.kind].rewinds) else { continue };
            let columns = published.layout().kind(entry.kind).columns().len();
            moment.entities.push((entry.id, entry.kind as u32, moment.columns.len() as u32));
            moment.columns.extend_from_slice(&entry.row[..columns]);
        }
    }

    /// Kind and row of `id` as published at `tick`.
    fn find(&self, tick: Tick, id: EntityId) -> Option<(usize, Row)> {
        let moment = self.moments.get(tick.0 as usize % self.moments.len().max(1)).filter(|moment| moment.tick == tick)?;
        let index = moment.entities.binary_search_by_key(&id.slot, |(id, ..)| id.slot).ok()?;
        let (found, kind, from) = moment.entities[index];
        if found != id {
            return None;
        }
        let end = moment.entities.get(index + 1).map_or(moment.columns.len(), |(.., from)| *from as usize);
        let (columns, mut row) = (&moment.columns[from as usize..end], [0; MAX_COLUMNS]);
        row[..columns.len()].copy_from_slice(columns);
        Some((kind as usize, row))
    }
}
