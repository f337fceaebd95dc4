//! Updates back into rows: the mirror image of what the authority writes.

use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::marker::PhantomData;

use super::border::Border;
use super::event::ReplicaEvent;
use super::held_rows::{HeldKey, HeldRow, HeldRows};
use super::leap::Leaps;
use super::reach::PictureReach;
use crate::bits::{BitReader, width};
use crate::error::PeerFault;
use crate::game::{Fate, Game, Ground, Place, Terms, foresee, foresee_into};
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
    /// The same in columns: those of its fields, and behind them what lasts of their changes.
    pub row: &'a Row,
}

/// The rows that a client holds, and what changed with the tick that was read last.
pub(super) struct HeldWorld<G: Game> {
    pub(super) layout: Layout,
    pub(super) tick: Tick,
    pub(super) own: Option<OwnHead>,
    /// Bits of the slots of entering entities.
    pub(super) slot_bits: u32,
    pub(super) rows: HeldRows,
    /// Rows that do not rest.
    moving: Vec<HeldKey>,
    /// Rows that had news in the tick that was read last, or are new.
    pub(super) changed: Vec<HeldKey>,
    /// Rows that left with that tick.
    pub(super) left: Vec<HeldKey>,
    /// Rows that are found to be gone, or may be.
    leaving: Vec<HeldKey>,
    border: Border,
    /// Set where most rows had news in the tick that was read last.
    is_busy: bool,
    /// Memory for ranks that are read before what follows them.
    quiet: Vec<u32>,
    /// Memory for rows that are due there.
    due: Vec<(u64, HeldKey)>,
    /// Hash of those that rest.
    resting_hash: u32,
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
            rows: HeldRows::default(),
            moving: Vec::new(),
            changed: Vec::new(),
            left: Vec::new(),
            leaving: Vec::new(),
            border: Border::default(),
            is_busy: false,
            quiet: Vec::new(),
            due: Vec::new(),
            resting_hash: 0,
            leaps: Leaps::default(),
            reach: PictureReach::new(G::TICK_HZ),
            game: PhantomData,
        })
    }

    pub(super) fn start(&mut self, tick: Tick, tick_hz: u32) {
        self.tick = tick;
        self.leaps = Leaps::new::<G::Entity>(tick_hz);
        self.reach = PictureReach::new(tick_hz);
        self.forget();
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
        self.rows.iter().map(|(_, row)| Self::held(row))
    }

    pub(super) fn entity(&self, id: EntityId) -> Option<Held<'_, G>> {
        self.row_of(id.slot).filter(|row| row.id == id).map(Self::held)
    }

    fn held(row: &HeldRow) -> Held<'_, G> {
        let entity = G::Entity::read_row(row.kind, &row.row);
        Held { id: row.id, kind: row.kind, label: &row.label, entity, row: &row.row }
    }

    pub(super) fn row_of(&self, slot: u32) -> Option<&HeldRow> {
        self.rows.find(slot).map(|key| &self.rows[key])
    }

    pub(super) fn hash(&self) -> u32 {
        self.moving.iter().fold(self.resting_hash, |sum, &key| sum.wrapping_add(self.share(&self.rows[key])))
    }

    /// The row's share of the hash.
    fn share(&self, held: &HeldRow) -> u32 {
        let columns = self.layout.kind(held.kind).columns().len();
        row_hash(held.id, held.kind, &held.row[..columns], &held.label)
    }

    /// Another tick begins: what changed with the one before is no news any more.
    pub(super) fn begin_tick(&mut self) {
        for key in self.changed.drain(..) {
            if let Some(held) = self.rows.get_mut(key) {
                (held.changed, held.leapt) = (false, false);
            }
        }
        self.left.clear();
        // A server that broke off in the middle of an update left some without a rank.
        self.rows.rank_entering();
    }

    /// Advances everything by one tick and takes in its news.
    pub(super) fn read_news(
        &mut self,
        ground: &Ground<G>,
        events: &mut ReplicaEvents<G>,
        reader: &mut BitReader<'_>,
    ) -> Result<(), PeerFault> {
        self.begin_tick();
        let total = self.rows.len() as u32;
        let count = read_count(total, reader)?;
        let had_news = if self.is_busy {
            self.read_all_but(count, total, ground, reader)?
        } else {
            self.read_those(count, total, ground, reader)?
        };
        self.is_busy = are_most(had_news, total);
        self.advance_moving(ground);
        self.drop_gone(events);
        Ok(())
    }

    /// Advances everything by one tick that has no news.
    pub(super) fn pass_tick(&mut self, ground: &Ground<G>, events: &mut ReplicaEvents<G>) {
        self.begin_tick();
        self.is_busy = false;
        self.advance_moving(ground);
        self.drop_gone(events);
    }

    /// Reads the news of `count` of the rows, each named. How many they are.
    fn read_those(
        &mut self,
        count: u32,
        total: u32,
        ground: &Ground<G>,
        reader: &mut BitReader<'_>,
    ) -> Result<u32, PeerFault> {
        let mut next = 0;
        for _ in 0..count {
            let rank = read_gap(next, count, total, reader)?;
            self.read_one(ground, rank, reader)?;
            next = rank + 1;
        }
        Ok(count)
    }

    /// Reads the news of all rows but `count`, which are named first. How many those are.
    fn read_all_but(
        &mut self,
        count: u32,
        total: u32,
        ground: &Ground<G>,
        reader: &mut BitReader<'_>,
    ) -> Result<u32, PeerFault> {
        self.quiet.clear();
        let mut next = 0;
        for _ in 0..count {
            let rank = read_gap(next, count, total, reader)?;
            self.quiet.push(rank);
            next = rank + 1;
        }
        let mut named = 0;
        for rank in 0..total {
            if self.quiet.get(named) == Some(&rank) {
                named += 1;
            } else {
                self.read_one(ground, rank, reader)?;
            }
        }
        Ok(total - count)
    }

    fn read_one(&mut self, ground: &Ground<G>, rank: u32, reader: &mut BitReader<'_>) -> Result<(), PeerFault> {
        let key = self.rows.at_rank(rank);
        let held = &self.rows[key];
        let news = self.layout.kind(held.kind).read_news(held.pace, reader)?;
        self.take_news(ground, key, news)
    }

    /// Moves an entity that has news on by a tick: controls, what can be foreseen, what could not.
    fn take_news(&mut self, ground: &Ground<G>, key: HeldKey, news: News) -> Result<(), PeerFault> {
        let held = &mut self.rows[key];
        (held.changed, held.pace) = (true, Pace::NONE);
        self.changed.push(key);
        if held.rests {
            self.resting_hash = self.resting_hash.wrapping_sub(held.share);
            (held.rests, held.looked_at) = (false, u64::MAX);
            self.moving.push(key);
        }
        let (before, kind) = (held.row, self.layout.kind(held.kind));
        match news {
            News::Gone => held.gone = true,
            News::Change { fields, label } => {
                kind.take_controls(&fields, &mut held.row)?;
                held.gone = foresee::<G>(&self.layout, ground, held.kind, &mut held.row) == Fate::Ends;
                kind.take_others(&fields, &mut held.row, ground.terms.tick_hz)?;
                held.pace = kind.pace_after(&fields);
                held.leapt = self.leaps.is_leap(&self.layout, held.kind, &before, &held.row);
                if let Some(label) = label {
                    held.label = label;
                }
            }
        }
        held.place = G::place(&G::Entity::read_row(held.kind, &held.row));
        if held.gone {
            self.leaving.push(key);
        }
        Ok(())
    }

    /// Advances by a tick what has no news of it. What stays as it is rests from now on.
    fn advance_moving(&mut self, ground: &Ground<G>) {
        let mut moving = core::mem::take(&mut self.moving);
        moving.retain(|&key| {
            let held = &mut self.rows[key];
            if held.changed {
                return true;
            }
            held.pace = Pace::NONE;
            let before = held.row;
            let layout = self.layout.kind(held.kind);
            held.gone = foresee_into::<G>(layout, ground, held.kind, &before, &mut held.row) == Fate::Ends;
            if held.gone {
                self.leaving.push(key);
                return true;
            }
            held.rests = held.row == before;
            if held.rests {
                self.rest(key);
            } else {
                held.place = G::place(&G::Entity::read_row(held.kind, &held.row));
            }
            !self.rows[key].rests
        });
        self.moving = moving;
    }

    /// Counts a row among those that rest.
    fn rest(&mut self, key: HeldKey) {
        let share = self.share(&self.rows[key]);
        self.resting_hash = self.resting_hash.wrapping_add(share);
        let held = &mut self.rows[key];
        held.share = share;
        if held.place.is_some() {
            held.looked_at = self.border.now();
            self.border.wait(held.looked_at, key);
        }
    }

    /// Forgets everything, and hands out what was held.
    pub(super) fn forget(&mut self) -> Vec<HeldRow> {
        self.is_busy = false;
        self.moving.clear();
        self.changed.clear();
        self.leaving.clear();
        self.border.clear();
        self.resting_hash = 0;
        let all = self.rows.take_all();
        self.left.extend(all.iter().map(|(key, _)| *key));
        all.into_iter().map(|(_, row)| row).collect()
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
                let key = self.rows.at_rank(rank);
                let held = &mut self.rows[key];
                // Against the rule: what would have left stays from now on, what would have stayed leaves.
                (held.pinned, held.gone) = (held.gone, !held.gone);
                if held.gone {
                    self.leaving.push(key);
                }
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
            let place = G::place(&G::Entity::read_row(entering.kind, &entering.row));
            let key = self.rows.add(HeldRow::new(entering, place)).ok_or(PeerFault::Membership)?;
            self.moving.push(key);
            self.changed.push(key);
        }
        self.rows.rank_entering();
        self.make_room();
        Ok(())
    }

    /// Makes room for all that is held to change in one tick, and as many to leave, so that no tick has to.
    fn make_room(&mut self) {
        let most = 2 * self.rows.len();
        for keys in [&mut self.moving, &mut self.changed, &mut self.left, &mut self.leaving] {
            keys.reserve(most.saturating_sub(keys.len()));
        }
        self.due.reserve(most.saturating_sub(self.due.len()));
        self.border.make_room(self.rows.len());
    }

    /// Marks what is too far from the own entity. The server does the same and says only where it is otherwise.
    fn leave_by_rule(&mut self, terms: &Terms<G::Rules>) {
        let Some(own) = self.own.filter(|own| own.is_centre).and_then(|own| self.row_of(own.slot)) else { return };
        let Some(centre) = own.place else { return };
        let radius = terms.keep_radius();
        for at in 0..self.moving.len() {
            self.judge(self.moving[at], centre, radius);
        }
        self.border.follow(centre.0);
        let mut due = core::mem::take(&mut self.due);
        self.border.take_due(&mut due);
        for &(way, key) in &due {
            if self.rows.get(key).is_some_and(|held| held.looked_at == way)
                && let Some(squared) = self.judge(key, centre, radius)
            {
                let way = self.border.after(libm::sqrtf(squared), radius);
                self.rows[key].looked_at = way;
                self.border.wait(way, key);
            }
        }
        self.due = due;
        self.border.tidy(self.rows.len(), |way, key| self.rows.get(key).is_some_and(|held| held.looked_at == way));
    }

    /// Marks a row if it is too far from `centre`. Its squared distance, if it has a place.
    fn judge(&mut self, key: HeldKey, centre: Place, radius: f32) -> Option<f32> {
        let held = &mut self.rows[key];
        let squared = held.place?.0.distance_squared(centre.0);
        let is_near = squared <= radius * radius;
        held.gone = !is_near && !held.pinned;
        held.pinned &= !is_near;
        if held.gone {
            self.leaving.push(key);
        }
        Some(squared)
    }

    fn drop_gone(&mut self, events: &mut ReplicaEvents<G>) {
        self.leaving.retain(|key| self.rows[*key].gone);
        if self.leaving.is_empty() {
            return;
        }
        self.rows.remove(&mut self.leaving, |key, held| {
            events.push_back(ReplicaEvent::Left(held.id));
            self.left.push(key);
            if held.rests {
                self.resting_hash = self.resting_hash.wrapping_sub(held.share);
            }
        });
        self.leaving.clear();
        self.moving.retain(|key| self.rows.get(*key).is_some());
    }

    /// The anchor at the own entity's place, if it is held by now.
    fn anchor(&self, terms: &Terms<G::Rules>) -> Option<Anchor> {
        let own = self.row_of(self.own?.slot)?;
        self.layout.kind(own.kind).anchor(&own.row, terms.reach())
    }

    /// After a fresh state, whose events began at `from`: takes back that those entered who were held all along, tells
    /// who left, and says which rows differ.
    pub(super) fn compare(&self, before: &[HeldRow], events: &mut ReplicaEvents<G>, from: usize) -> Vec<String> {
        let was_held =
            |id: EntityId| before.binary_search_by_key(&id.slot, |old| old.id.slot).is_ok_and(|at| before[at].id == id);
        let mut lines = Vec::new();
        let mut stays = Vec::new();
        for old in before {
            let columns = self.layout.kind(old.kind).columns().len();
            match self.row_of(old.id.slot) {
                Some(new) if new.id == old.id && new.kind == old.kind => {
                    stays.push(new.id);
                    if new.row != old.row || new.label != old.label {
                        let (held, stated) = (&old.row[..columns], &new.row[..columns]);
                        lines.push(format!(
                            "{} {}: held {held:?}, stated {stated:?}",
                            self.layout.kind(old.kind).name,
                            old.id
                        ));
                    }
                }
                _ => {
                    events.push_back(ReplicaEvent::Left(old.id));
                    lines.push(format!("{} {}: held, and not stated", self.layout.kind(old.kind).name, old.id));
                }
            }
        }
        let told = events.split_off(from.min(events.len()));
        // Ascending by slot, as those that were held are.
        events.extend(told.into_iter().filter(|event| match event {
            ReplicaEvent::Entered(id) => stays.binary_search(id).is_err(),
            _ => true,
        }));
        for (_, new) in self.rows.iter().filter(|(_, new)| !was_held(new.id)) {
            lines.push(format!("{} {}: stated, and not held", self.layout.kind(new.kind).name, new.id));
        }
        lines
    }
}
