//! The published world: one row for each entity, the same for everybody, and the news of the last ticks.
//!
//! A tick is published in three stages: [`begin`](Published::begin); [`put`](Sink::put) for each entity that the
//! game hands over (quantise, foresee, correct where that is too far off, encode the correction once);
//! [`end`](Published::end), which takes the others on or finds that they are gone.
//!
//! An entity *rests* when [`Game::advance`] left it as it is. Nothing can change that but the game, so it costs
//! nothing until then.

use alloc::vec::Vec;
use core::marker::PhantomData;

use super::deadlines::Whereabouts;
use super::former_rows::FormerRows;
use super::grid::Grid;
use super::rows::Rows;
use super::tenant::{SLOTS_KEPT, Tenant};
use super::tick_news::TickNews;
use super::world_hash::WorldHash;
use crate::error::Misuse;
use crate::game::{Game, Ground, HandOver, Sink};
use crate::id::EntityId;
use crate::limits::{AT_ONCE_SHARE, LABEL_BYTES_MAX, SLOTS_MAX, WINDOW_MILLIS_MAX};
use crate::state::{Bitset, EMPTY, Layout, Lessons, Pace, Replicate, Row, SchemaError, SlotSet, TrueState, row_hash};
use crate::tick::{Tick, ticks_in};

/// An entity as it is published.
pub(crate) struct PublishedEntity<'a> {
    pub(crate) id: EntityId,
    pub(crate) kind: usize,
    /// The kind's columns; what is behind them has no meaning.
    pub(crate) row: &'a Row,
    pub(crate) label: &'a [u8],
    pub(crate) pace: Pace,
}

/// The published world.
pub(crate) struct Published<G: Game> {
    pub(super) layout: Layout,
    pub(super) tick: Tick,
    pub(super) tenants: Vec<Tenant>,
    /// Number of entities.
    pub(super) count: usize,
    /// Rows by kind.
    pub(super) kinds: Vec<Rows>,
    /// Slots whose entities do not rest.
    pub(super) moving: Bitset,
    /// Slots that everyone sees.
    pub(super) everywhere: SlotSet,
    /// The others, by their places.
    pub(super) grid: Grid,
    pub(super) hash: WorldHash,
    pub(super) ring: Vec<TickNews>,
    /// Rows as they were before this tick, of the kinds that are marked `rewinds`.
    pub(super) former: FormerRows,
    /// The highest slot that may have a tenant, and 1.
    pub(super) end: usize,
    /// Slots of entities that came in this tick, or leapt.
    pub(super) arrived: Vec<u32>,
    /// Distance beyond which an entity that is told to be elsewhere leapt there.
    pub(super) leap: f32,
    /// Number of entities that the game handed over in this tick.
    handed_over: usize,
    /// Whether what it does not hand over goes on as foreseen.
    carries_on: bool,
    misuse: Option<Misuse>,
    /// The news of each kind as it was counted, if it is to be learnt from.
    pub(super) lessons: Option<Vec<Lessons>>,
    /// Memory for an entity as it truly is, and for what was foreseen of it.
    pub(super) truth: TrueState,
    pub(super) foreseen: Row,
    game: PhantomData<fn() -> G>,
}

impl<G: Game> Sink<G> for Published<G> {
    fn put(&mut self, ground: &Ground<G>, id: EntityId, entity: &G::Entity, label: &[u8], how: HandOver) {
        let kind = entity.kind();
        let usual = |tenant: &&mut Tenant| label.is_empty() && tenant.is(id, kind) && tenant.stamp != self.tick;
        // Most were there a tick ago, and have no label.
        if let Some(tenant) = self.tenants.get_mut(id.slot as usize).filter(usual) {
            tenant.stamp = self.tick;
        } else if !self.receive(ground, id, entity, label) {
            return;
        }
        self.handed_over += 1;
        self.truth.set(entity, self.layout.kind(kind));
        self.carry_on(ground, (id.slot, kind), label, how);
    }

    fn carry_on_others(&mut self) {
        self.carries_on = true;
    }

    fn remove(&mut self, ground: &Ground<G>, id: EntityId) {
        if self.find(id).is_none() {
            return;
        }
        if self.tenants[id.slot as usize].stamp == self.tick {
            self.misuse.get_or_insert(Misuse::RemovedToo(id));
            return;
        }
        self.retire(ground, id.slot);
    }
}

/// The place of a tick in the ring, whose length is a power of two.
pub(super) const fn place(ring: &[TickNews], tick: Tick) -> usize {
    tick.0 as usize & (ring.len() - 1)
}

impl<G: Game> Published<G> {
    /// An empty world, for queries of its grid of at most `radius`.
    pub(crate) fn new(tick_hz: u32, radius: f32) -> Result<Self, SchemaError> {
        let layout = Layout::new::<G::Entity>()?;
        let kinds = 0..G::Entity::KINDS.len();
        Ok(Self {
            kinds: kinds.map(|kind| Rows::new(layout.kind(kind))).collect(),
            lessons: None,
            layout,
            tick: Tick(0),
            tenants: Vec::new(),
            count: 0,
            moving: Bitset::new(),
            everywhere: SlotSet::new(),
            grid: Grid::new(radius),
            hash: WorldHash::default(),
            ring: (0..ticks_in(WINDOW_MILLIS_MAX, tick_hz).next_power_of_two()).map(|_| TickNews::default()).collect(),
            former: FormerRows::default(),
            end: 0,
            arrived: Vec::new(),
            leap: radius * AT_ONCE_SHARE,
            handed_over: 0,
            carries_on: false,
            misuse: None,
            truth: TrueState::EMPTY,
            foreseen: EMPTY,
            game: PhantomData,
        })
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Counts the news from now on, so that codes can be fitted to it.
    pub(crate) fn learn(&mut self) {
        self.layout.keep_paces();
        self.lessons = Some(G::Entity::KINDS.iter().map(|_| Lessons::default()).collect());
    }

    /// The counts of each kind, if there are any.
    pub(crate) fn lessons(&self) -> Option<&[Lessons]> {
        self.lessons.as_deref()
    }

    pub(crate) fn slots(&self) -> usize {
        self.tenants.len()
    }

    /// Number of entities.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Whether the game handed over changes alone in this tick.
    pub(crate) fn carries_on(&self) -> bool {
        self.carries_on
    }

    pub(crate) fn everywhere(&self) -> &SlotSet {
        &self.everywhere
    }

    pub(crate) fn grid(&self) -> &Grid {
        &self.grid
    }

    /// Slots of all entities of a kind, in the order of their rows.
    pub(super) fn slots_of(&self, kind: usize) -> &[u32] {
        self.kinds[kind].slots()
    }

    /// Hands out the rows as they were before this tick, of what changed, and takes the memory of others.
    pub(crate) fn exchange_former(&mut self, former: &mut FormerRows) {
        self.former.end();
        core::mem::swap(&mut self.former, former);
    }

    /// The entity in `slot`, if there is one.
    pub(crate) fn entity(&self, slot: u32) -> Option<PublishedEntity<'_>> {
        let tenant = self.tenants.get(slot as usize).filter(|tenant| tenant.is_there)?;
        let (kind, rows) = (usize::from(tenant.kind), &self.kinds[usize::from(tenant.kind)]);
        let id = EntityId::new(slot, tenant.generation);
        Some(PublishedEntity {
            id,
            kind,
            row: rows.get(tenant.row),
            label: rows.label(tenant.row),
            pace: tenant.pace_at(self.tick),
        })
    }

    /// Whether the entity with `id` is published.
    #[inline]
    pub(crate) fn has(&self, id: EntityId) -> bool {
        self.tenants.get(id.slot as usize).is_some_and(|tenant| tenant.is_there && tenant.generation == id.generation)
    }

    /// The entity with `id`, if it is published.
    pub(crate) fn find(&self, id: EntityId) -> Option<PublishedEntity<'_>> {
        self.entity(id.slot).filter(|entity| entity.id == id)
    }

    /// Whoever is in `slot`, and where, if anybody is.
    #[inline]
    pub(super) fn whereabouts(&self, slot: u32) -> Option<Whereabouts> {
        let tenant = self.tenants.get(slot as usize).filter(|tenant| tenant.is_there)?;
        Some(Whereabouts { slot, kind: usize::from(tenant.kind), place: self.grid.place(slot).map(|place| place.0) })
    }

    /// Whether the tenant of `slot` is the one that it had at `tick`, as far as news is kept.
    pub(super) fn is_same_tenant_since(&self, slot: u32, tick: Tick) -> bool {
        let oldest = self.tick.0.saturating_sub(self.ring.len() as u32);
        (tick.0.max(oldest) + 1..=self.tick.0)
            .all(|later| self.news(Tick(later)).is_none_or(|news| !news.has_gone(slot)))
    }

    /// The news of `tick`, if it is still kept.
    pub(crate) fn news(&self, tick: Tick) -> Option<&TickNews> {
        let news = &self.ring[place(&self.ring, tick)];
        (news.tick == tick && tick <= self.tick && tick > Tick(0)).then_some(news)
    }

    /// Hash of a view of `slots`.
    pub(crate) fn hash(&self, slots: &SlotSet) -> u32 {
        slots.slots().fold(0, |sum: u32, slot| sum.wrapping_add(self.hash_of(slot)))
    }

    /// Hash of an entity; 0 where there is none.
    fn hash_of(&self, slot: u32) -> u32 {
        self.entity(slot).map_or(0, |entity| {
            let columns = self.layout.kind(entity.kind).columns().len();
            row_hash(entity.id, entity.kind, &entity.row[..columns], entity.label)
        })
    }

    /// Hash of the whole world. Works out anew what changed since it was last asked for.
    pub(crate) fn world_hash(&mut self) -> u32 {
        let mut hash = core::mem::take(&mut self.hash);
        let sum = hash.refresh(&self.moving, |slot| self.hash_of(slot));
        self.hash = hash;
        sum
    }

    pub(crate) fn begin(&mut self, tick: Tick) {
        self.tick = tick;
        (self.handed_over, self.carries_on) = (0, false);
        self.former.clear();
        self.arrived.clear();
        let slots = self.tenants.len().max(SLOTS_KEPT);
        self.current().begin(tick, slots);
    }

    /// Takes on whom the game did not hand over, or finds that they are gone. Hands back the first misuse of this tick.
    pub(crate) fn end(&mut self, ground: &Ground<G>) -> Result<(), Misuse> {
        if self.carries_on {
            self.carry_on_moving(ground);
        } else if self.handed_over < self.count {
            for slot in 0..self.tenants.len() as u32 {
                let tenant = self.tenants[slot as usize];
                if tenant.is_there && tenant.stamp != self.tick {
                    self.retire(ground, slot);
                }
            }
        }
        self.current().end();
        self.give_back();
        self.misuse.take().map_or(Ok(()), Err)
    }

    pub(super) fn tick(&self) -> Tick {
        self.tick
    }

    /// Receives an entity that may be misused, or new. Whether it was there a tick ago: else nothing is left to do.
    #[inline(never)]
    fn receive(&mut self, ground: &Ground<G>, id: EntityId, entity: &G::Entity, label: &[u8]) -> bool {
        let kind = entity.kind();
        if let Err(misuse) = self.check(id, kind, label) {
            self.misuse.get_or_insert(misuse);
            return false;
        }
        let tenant = &mut self.tenants[id.slot as usize];
        if tenant.is(id, kind) {
            tenant.stamp = self.tick;
            return true;
        }
        let tenant = *tenant;
        self.handed_over += 1;
        if tenant.is_there {
            self.retire(ground, id.slot);
        }
        self.truth.set(entity, self.layout.kind(kind));
        self.layout.kind(kind).clear_pulls(&mut self.truth.row);
        self.move_in(id, kind, label);
        false
    }

    fn check(&mut self, id: EntityId, kind: usize, label: &[u8]) -> Result<(), Misuse> {
        if id.slot >= SLOTS_MAX {
            return Err(Misuse::SlotTooLarge(id));
        }
        if label.len() > LABEL_BYTES_MAX || (!label.is_empty() && !self.layout.kind(kind).labelled) {
            return Err(Misuse::LabelUnfit(id));
        }
        match self.tenants.get(id.slot as usize) {
            None => self.tenants.resize(id.slot as usize + 1, Tenant::NOBODY),
            Some(tenant) if tenant.is_there && tenant.stamp == self.tick => return Err(Misuse::PublishedTwice(id)),
            Some(_) => {}
        }
        Ok(())
    }

    pub(super) fn current(&mut self) -> &mut TickNews {
        let place = place(&self.ring, self.tick);
        &mut self.ring[place]
    }
}
