//! [`Published::save`] and [`Published::load`]: the published world as it is saved.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::published::{Published, place};
use super::tenant::Tenant;
use super::tick_news::TickNews;
use crate::game::Game;
use crate::id::EntityId;
use crate::limits::{LABEL_BYTES_MAX, SLOTS_MAX};
use crate::state::{KindLayout, Pace, Replicate, SchemaError, part_names};
use crate::tick::Tick;

/// A published world. Where things are, who moves and what all of it hashes to follow from it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SavedWorld<'a> {
    /// Slots that there is memory for: by it the width of slots on the wire goes.
    slots: u32,
    /// Entities by kind, in the order in which their rows lie.
    entities: Vec<SavedEntity<'a>>,
    /// The news that somebody has not been told, oldest first.
    news: Vec<Cow<'a, TickNews>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct SavedEntity<'a> {
    slot: u32,
    generation: u8,
    kind: u8,
    rests: bool,
    /// The tick in which it last had news, and its pace then.
    told: Tick,
    pace: Pace,
    columns: Cow<'a, [i32]>,
    label: Cow<'a, [u8]>,
}

impl SavedEntity<'_> {
    /// Whether its columns and its label are such as a kind of this layout has.
    fn fits(&self, layout: &KindLayout) -> bool {
        let columns = layout.columns();
        let is_in_range =
            columns.iter().zip(&*self.columns).all(|(column, value)| (column.min..=column.max).contains(value));
        let has_label = self.label.is_empty() || (layout.labelled && self.label.len() <= LABEL_BYTES_MAX);
        columns.len() == self.columns.len() && is_in_range && has_label
    }
}

impl<G: Game> Published<G> {
    /// The world by all that decides what is published next, and the news since `told`.
    pub(super) fn save(&self, told: Tick) -> SavedWorld<'_> {
        let slots = (0..G::Entity::KINDS.len()).flat_map(|kind| self.slots_of(kind));
        let entities = slots.filter_map(|&slot| {
            let entity = self.entity(slot)?;
            let columns = self.layout().kind(entity.kind).columns().len();
            Some(SavedEntity {
                slot,
                generation: entity.id.generation,
                kind: entity.kind as u8,
                rests: self.rests(slot),
                told: self.told(slot).0,
                pace: self.told(slot).1,
                columns: Cow::Borrowed(&entity.row[..columns]),
                label: Cow::Borrowed(entity.label),
            })
        });
        let tick = self.tick();
        let news = (told.0.saturating_add(1)..=tick.0).filter_map(|of| self.news(Tick(of)).map(Cow::Borrowed));
        SavedWorld { slots: self.slots() as u32, entities: entities.collect(), news: news.collect() }
    }

    /// The world that was saved after `tick`, for queries of at most `radius`. None where it is no world of this game.
    pub(super) fn load(
        saved: SavedWorld<'_>,
        tick: Tick,
        tick_hz: u32,
        radius: f32,
    ) -> Result<Option<Self>, SchemaError> {
        let mut published = Self::new(tick_hz, radius)?;
        if saved.slots > SLOTS_MAX {
            return Ok(None);
        }
        published.make_slots(tick, saved.slots as usize);
        for entity in saved.entities {
            let kind = usize::from(entity.kind);
            let is_free = entity.slot < saved.slots && published.entity(entity.slot).is_none();
            if !is_free || kind >= G::Entity::KINDS.len() || !entity.fits(published.layout().kind(kind)) {
                return Ok(None);
            }
            let id = EntityId::new(entity.slot, entity.generation);
            published.settle(id, kind, &entity.columns, &entity.label, entity.rests);
            published.set_told(entity.slot, entity.told, entity.pace);
        }
        let (first, parts) = (tick.0.checked_sub(saved.news.len() as u32), part_names(G::Entity::KINDS).len());
        for (news, before) in saved.news.into_iter().zip(0..) {
            let is_next = first.is_some_and(|first| news.tick == Tick(first + before + 1));
            if !is_next || !news.is_sound(saved.slots, parts) {
                return Ok(None);
            }
            published.put_news(news.into_owned().loaded());
        }
        Ok(Some(published))
    }

    /// Whether the entity in `slot` rests.
    fn rests(&self, slot: u32) -> bool {
        self.tenants[slot as usize].rests
    }

    /// Makes an empty world one of `slots` that has come as far as `tick`.
    fn make_slots(&mut self, tick: Tick, slots: usize) {
        self.tick = tick;
        self.tenants.resize(slots, Tenant::NOBODY);
    }

    /// Puts an entity back where it was, into a free slot of those that there are.
    fn settle(&mut self, id: EntityId, kind: usize, columns: &[i32], label: &[u8], rests: bool) {
        self.truth.row[..columns.len()].copy_from_slice(columns);
        self.move_in(id, kind, label);
        let tenant = &mut self.tenants[id.slot as usize];
        tenant.stamp = Tick(0);
        // A newcomer has learned nothing yet, and this one has.
        self.kinds[kind].set(tenant.row, columns);
        if rests {
            self.rest(id.slot);
        }
    }

    /// The tick in which the entity in `slot` last had news, and its pace then.
    fn told(&self, slot: u32) -> (Tick, Pace) {
        let tenant = &self.tenants[slot as usize];
        (tenant.told, tenant.pace)
    }

    /// Puts that back, of an entity that was put back.
    fn set_told(&mut self, slot: u32, told: Tick, pace: Pace) {
        let tenant = &mut self.tenants[slot as usize];
        (tenant.told, tenant.pace) = (told, pace);
    }

    /// Puts back the news of a tick.
    fn put_news(&mut self, news: TickNews) {
        let place = place(&self.ring, news.tick);
        self.ring[place] = news;
    }
}
