//! Updates back into rows: the mirror image of what the authority writes.

use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::marker::PhantomData;

use super::event::ReplicaEvent;
use super::leap::Leaps;
use super::reach::PictureReach;
use crate::bits::{BitReader, width};
use crate::error::PeerFault;
use crate::game::{Fate, Game, Ground, Place, Terms, foresee};
use crate::id::EntityId;
use crate::limits::SLOTS_MAX;
use crate::message::{EnterCode, Entering, OwnHead, are_most, read_count, read_gap};
use crate::state::{Anchor, Layout, News, Pace, Replicate, Row, SchemaError, row_hash};
use crate::tick::Tick;

/// An entity as it is held: what was published of it.
pub struct Held<'a, G: Game> {
    /// The entity's identity.
    pub id: EntityId,
    /// Index of its kind in the game's kinds.
    pub kind: usize,
    /// Its label; empty if its kind has none.
    pub label: &'a [u8],
    /// Its published state.
    pub entity: G::Entity,
}

/// A row of the mirror.
#[derive(Clone, Debug)]
pub(super) struct HeldRow {
    pub(super) id: EntityId,
    pub(super) kind: usize,
    pub(super) row: Row,
    pub(super) label: Vec<u8>,
    /// The pace of its news, by which the next is read.
    pace: Pace,
    /// Gone with the tick that is being read.
    gone: bool,
    /// Foreseen is that it stays as it is.
    rests: bool,
    /// Its place, for interest.
    place: Option<Place>,
    /// Kept although it is too far away.
    pinned: bool,
    /// Had news in the tick that was read last, or is new.
    pub(super) changed: bool,
    /// Leapt with that news.
    pub(super) leapt: bool,
}

/// The rows that a client holds, ascending by slot.
pub(super) struct HeldWorld<G: Game> {
    pub(super) layout: Layout,
    pub(super) tick: Tick,
    pub(super) own: Option<OwnHead>,
    /// Bits of the slots of entering entities.
    pub(super) slot_bits: u32,
    pub(super) rows: Vec<HeldRow>,
    /// Most of them had news in the tick that was read last.
    is_busy: bool,
    /// Ranks that are read before what follows them: kept for their memory.
    quiet: Vec<u32>,
    pub(super) leaps: Leaps,
    /// Set by the welcome, as the tick rate is.
    pub(super) reach: PictureReach,
    game: PhantomData<fn() -> G>,
}

type ReplicaEvents<G> = VecDeque<ReplicaEvent<<G as Game>::Event>>;

impl<G: Game> HeldWorld<G> {
    pub(super) fn new() -> Result<Self, SchemaError> {
        Ok(Self {
            layout: Layout::new::<G::Entity>()?,
            tick: Tick(0),
            own: None,
            slot_bits: 0,
            rows: Vec::new(),
            is_busy: false,
            quiet: Vec::new(),
            leaps: Leaps::default(),
            reach: PictureReach::new(G::TICK_HZ),
            game: PhantomData,
        })
    }

    pub(super) fn start(&mut self, tick: Tick, tick_hz: u32) {
        self.tick = tick;
        self.layout.set_tick_hz(tick_hz);
        self.leaps = Leaps::new::<G::Entity>(tick_hz);
        self.reach = PictureReach::new(tick_hz);
        self.rows.clear();
        self.is_busy = false;
        self.own = None;
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn own(&self) -> Option<EntityId> {
        self.row_of(self.own?.slot).map(|row| row.id)
    }

    pub(super) fn is_own(&self, id: EntityId) -> bool {
        self.own.is_some_and(|own| own.slot == id.slot)
    }

    pub(super) fn entities(&self) -> impl Iterator<Item = Held<'_, G>> {
        self.rows.iter().map(Self::held)
    }

    pub(super) fn entity(&self, id: EntityId) -> Option<Held<'_, G>> {
        self.row_of(id.slot).filter(|row| row.id == id).map(Self::held)
    }

    fn held(row: &HeldRow) -> Held<'_, G> {
        Held { id: row.id, kind: row.kind, label: &row.label, entity: G::Entity::read_row(row.kind, &row.row) }
    }

    pub(super) fn row_of(&self, slot: u32) -> Option<&HeldRow> {
        let index = self.rows.binary_search_by_key(&slot, |row| row.id.slot).ok()?;
        Some(&self.rows[index])
    }

    pub(super) fn hash(&self) -> u32 {
        self.rows.iter().fold(0, |sum: u32, held| {
            let columns = self.layout.kind(held.kind).columns().len();
            sum.wrapping_add(row_hash(held.id, held.kind, &held.row[..columns], &held.label))
        })
    }

    /// Advances everything by one tick and takes in its news.
    pub(super) fn read_news(
        &mut self,
        ground: &Ground<G>,
        events: &mut ReplicaEvents<G>,
        reader: &mut BitReader<'_>,
    ) -> Result<(), PeerFault> {
        let total = self.rows.len() as u32;
        let had_news = if self.is_busy {
            self.read_all_but_quiet(ground, total, reader)?
        } else {
            self.read_those_with_news(ground, total, reader)?
        };
        self.is_busy = are_most(had_news, total);
        self.drop_gone(events);
        Ok(())
    }

    /// Each that has news is named, and its news follows. How many they are.
    fn read_those_with_news(&mut self, ground: &Ground<G>, total: u32, reader: &mut BitReader<'_>) -> Result<u32, PeerFault> {
        let count = read_count(total, reader)?;
        let mut next = 0;
        for _ in 0..count {
            let rank = read_gap(next, count, total, reader)?;
            for index in next..rank {
                self.advance(ground, index as usize, None)?;
            }
            self.read_one(ground, rank as usize, reader)?;
            next = rank + 1;
        }
        for index in next..total {
            self.advance(ground, index as usize, None)?;
        }
        Ok(count)
    }

    /// Names those without news; the news of all others follows. How many those are.
    fn read_all_but_quiet(&mut self, ground: &Ground<G>, total: u32, reader: &mut BitReader<'_>) -> Result<u32, PeerFault> {
        let count = read_count(total, reader)?;
        self.quiet.clear();
        let mut next = 0;
        for _ in 0..count {
            let rank = read_gap(next, count, total, reader)?;
            self.quiet.push(rank);
            next = rank + 1;
        }
        let mut named = 0;
        for index in 0..total {
            if self.quiet.get(named) == Some(&index) {
                named += 1;
                self.advance(ground, index as usize, None)?;
            } else {
                self.read_one(ground, index as usize, reader)?;
            }
        }
        Ok(total - count)
    }

    fn read_one(&mut self, ground: &Ground<G>, index: usize, reader: &mut BitReader<'_>) -> Result<(), PeerFault> {
        let held = &self.rows[index];
        let news = self.layout.kind(held.kind).read_news(held.pace, reader)?;
        self.advance(ground, index, Some(news))
    }

    /// Moves an entity on by a tick: controls, what can be foreseen, what could not.
    fn advance(&mut self, ground: &Ground<G>, index: usize, news: Option<News>) -> Result<(), PeerFault> {
        let held = &mut self.rows[index];
        let kind = self.layout.kind(held.kind);
        (held.changed, held.leapt, held.pace) = (news.is_some(), false, Pace::NONE);
        if held.rests && news.is_none() {
            return Ok(());
        }
        let before = held.row;
        match news {
            None => held.gone = foresee::<G>(&self.layout, ground, held.kind, &mut held.row) == Fate::Ends,
            Some(News::Gone) => held.gone = true,
            Some(News::Change { fields, label }) => {
                kind.take_controls(&fields, &mut held.row)?;
                held.gone = foresee::<G>(&self.layout, ground, held.kind, &mut held.row) == Fate::Ends;
                kind.take_others(&fields, &mut held.row)?;
                held.pace = kind.pace_after(&fields);
                held.leapt = self.leaps.is_leap(&self.layout, held.kind, &before, &held.row);
                if let Some(label) = label {
                    held.label = label;
                }
            }
        }
        held.rests = !held.changed && !held.gone && held.row == before;
        held.place = G::place(&G::Entity::read_row(held.kind, &held.row));
        Ok(())
    }

    /// Forgets everything, and hands out what was held.
    pub(super) fn forget(&mut self) -> Vec<HeldRow> {
        self.is_busy = false;
        core::mem::take(&mut self.rows)
    }

    /// Takes in who leaves and who enters.
    pub(super) fn read_membership(
        &mut self,
        terms: &Terms<G::Rules>,
        events: &mut ReplicaEvents<G>,
        reader: &mut BitReader<'_>,
    ) -> Result<(), PeerFault> {
        self.leave_by_rule(terms);
        let changes = reader.read_bit()?;
        let mut count = 0;
        if changes {
            let total = self.rows.len() as u32;
            let excepted = read_count(total, reader)?;
            let mut next = 0;
            for _ in 0..excepted {
                let rank = read_gap(next, excepted, total, reader)?;
                let held = &mut self.rows[rank as usize];
                // Against the rule: what would have left stays from now on, what would have stayed leaves.
                (held.pinned, held.gone) = (held.gone, !held.gone);
                next = rank + 1;
            }
            count = reader.read_exp(0)?.saturating_add(u32::from(excepted == 0));
        }
        self.drop_gone(events);
        if count > SLOTS_MAX || self.slot_bits > width(SLOTS_MAX - 1) {
            return Err(PeerFault::Membership);
        }
        let mut code = EnterCode::new(count, self.slot_bits);
        for _ in 0..count {
            let entering = Entering::read(&mut code, &self.layout, self.anchor(terms), reader)?;
            events.push_back(ReplicaEvent::Entered(entering.id));
            self.insert(entering)?;
        }
        Ok(())
    }

    /// Marks what is too far from the own entity. The server does the same and says only where it is otherwise.
    fn leave_by_rule(&mut self, terms: &Terms<G::Rules>) {
        let Some(own) = self.own.filter(|own| own.is_centre).and_then(|own| self.row_of(own.slot)) else { return };
        let Some(centre) = own.place else { return };
        let keep = terms.keep_radius() * terms.keep_radius();
        for held in &mut self.rows {
            let Some(place) = held.place else { continue };
            let is_near = place.0.distance_squared(centre.0) <= keep;
            held.gone = !is_near && !held.pinned;
            held.pinned &= !is_near;
        }
    }

    fn drop_gone(&mut self, events: &mut ReplicaEvents<G>) {
        self.rows.retain(|held| {
            if held.gone {
                events.push_back(ReplicaEvent::Left(held.id));
            }
            !held.gone
        });
    }

    /// The anchor at the own entity's place, if it is held by now.
    fn anchor(&self, terms: &Terms<G::Rules>) -> Option<Anchor> {
        let own = self.row_of(self.own?.slot)?;
        self.layout.kind(own.kind).anchor(&own.row, terms.reach())
    }

    fn insert(&mut self, entering: Entering) -> Result<(), PeerFault> {
        let Entering { id, kind, row, pace, label } = entering;
        match self.rows.binary_search_by_key(&id.slot, |held| held.id.slot) {
            Ok(_) => Err(PeerFault::Membership),
            Err(index) => {
                let place = G::place(&G::Entity::read_row(kind, &row));
                let (gone, rests, pinned, changed, leapt) = (false, false, false, true, false);
                self.rows.insert(index, HeldRow { id, kind, row, label, pace, gone, rests, place, pinned, changed, leapt });
                Ok(())
            }
        }
    }

    /// After a fresh state: takes back that those left and entered who were held all along, and says which rows differ.
    pub(super) fn compare(&self, before: &[HeldRow], events: &mut ReplicaEvents<G>) -> Vec<String> {
        let mut lines = Vec::new();
        for old in before {
            let columns = self.layout.kind(old.kind).columns().len();
            match self.row_of(old.id.slot) {
                Some(new) if new.id == old.id && new.kind == old.kind => {
                    if let Some(index) = events.iter().rposition(|it| matches!(it, ReplicaEvent::Entered(id) if *id == old.id))
                    {
                        events.remove(index);
                    }
                    if new.row != old.row || new.label != old.label {
                        let (held, stated) = (&old.row[..columns], &new.row[..columns]);
                        lines.push(format!("{} {}: held {held:?}, stated {stated:?}", self.layout.kind(old.kind).name, old.id));
                    }
                }
                _ => {
                    events.push_back(ReplicaEvent::Left(old.id));
                    lines.push(format!("{} {}: held, and not stated", self.layout.kind(old.kind).name, old.id));
                }
            }
        }
        for new in self.rows.iter().filter(|new| !before.iter().any(|old| old.id == new.id)) {
            lines.push(format!("{} {}: stated, and not held", self.layout.kind(new.kind).name, new.id));
        }
        lines
    }
}
