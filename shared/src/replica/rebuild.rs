//! Updates back into rows: the mirror image of what the authority writes.

use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::marker::PhantomData;

use super::Happening;
use crate::bits::BitReader;
use crate::error::PeerFault;
use crate::game::{Fate, Game, Terms, foresee};
use crate::id::EntityId;
use crate::limits::MAX_SLOTS;
use crate::message::{EnterCode, Entering, read_count, read_gap};
use crate::state::{Anchor, Layout, News, Replicate, Row, SchemaError, row_hash};
use crate::tick::Tick;

/// An entity as it is held: what was published of it.
pub struct Held<'a, G: Game> {
    /// Who it is.
    pub id: EntityId,
    /// Which of the game's kinds.
    pub kind: usize,
    /// Its label; empty if its kind has none.
    pub label: &'a [u8],
    /// Its published state.
    pub entity: G::Entity,
}

/// One row of the mirror.
#[derive(Clone, Debug)]
pub(super) struct HeldRow {
    pub(super) id: EntityId,
    pub(super) kind: usize,
    pub(super) row: Row,
    label: Vec<u8>,
    /// Gone with the tick that is being read.
    gone: bool,
}

/// What a client holds, ascending by slot.
pub(super) struct Mirror<G: Game> {
    pub(super) layout: Layout,
    pub(super) tick: Tick,
    pub(super) own: Option<u32>,
    pub(super) rows: Vec<HeldRow>,
    game: PhantomData<fn() -> G>,
}

type Happenings<G> = VecDeque<Happening<<G as Game>::Event>>;

impl<G: Game> Mirror<G> {
    pub(super) fn new() -> Result<Self, SchemaError> {
        Ok(Self { layout: Layout::new::<G::Entity>()?, tick: Tick(0), own: None, rows: Vec::new(), game: PhantomData })
    }

    pub(super) fn start(&mut self, tick: Tick) {
        self.tick = tick;
        self.rows.clear();
        self.own = None;
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn own(&self) -> Option<EntityId> {
        self.row_of(self.own?).map(|row| row.id)
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

    fn row_of(&self, slot: u32) -> Option<&HeldRow> {
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
        terms: &Terms<G::Rules>,
        happenings: &mut Happenings<G>,
        reader: &mut BitReader<'_>,
    ) -> Result<(), PeerFault> {
        let total = self.rows.len() as u32;
        let count = read_count(total, reader)?;
        let mut next = 0;
        for _ in 0..count {
            let rank = read_gap(next, count, total, reader)?;
            for index in next..rank {
                self.advance(terms, index as usize, None)?;
            }
            let kind = self.layout.kind(self.rows[rank as usize].kind);
            let news = kind.read_news(reader)?;
            self.advance(terms, rank as usize, Some(news))?;
            next = rank + 1;
        }
        for index in next..total {
            self.advance(terms, index as usize, None)?;
        }
        self.rows.retain(|held| {
            if held.gone {
                happenings.push_back(Happening::Left(held.id));
            }
            !held.gone
        });
        Ok(())
    }

    /// One entity, one tick: controls, what can be foreseen, what could not.
    fn advance(&mut self, terms: &Terms<G::Rules>, index: usize, news: Option<News>) -> Result<(), PeerFault> {
        let held = &mut self.rows[index];
        let kind = self.layout.kind(held.kind);
        match news {
            None => held.gone = foresee::<G>(&self.layout, terms, held.kind, &mut held.row) == Fate::Ends,
            Some(News::Gone) => held.gone = true,
            Some(News::Change { fields, values, label }) => {
                kind.apply(fields, &values, true, &mut held.row)?;
                held.gone = foresee::<G>(&self.layout, terms, held.kind, &mut held.row) == Fate::Ends;
                kind.apply(fields, &values, false, &mut held.row)?;
                if let Some(label) = label {
                    held.label = label;
                }
            }
        }
        Ok(())
    }

    /// Forgets everything, and hands out what was held.
    pub(super) fn forget(&mut self) -> Vec<HeldRow> {
        core::mem::take(&mut self.rows)
    }

    /// Takes in who leaves and who enters.
    pub(super) fn read_membership(
        &mut self,
        terms: &Terms<G::Rules>,
        happenings: &mut Happenings<G>,
        reader: &mut BitReader<'_>,
    ) -> Result<(), PeerFault> {
        if !reader.read_bit()? {
            return Ok(());
        }
        let total = self.rows.len() as u32;
        let count = read_count(total, reader)?;
        let mut next = 0;
        for _ in 0..count {
            let rank = read_gap(next, count, total, reader)?;
            self.rows[rank as usize].gone = true;
            happenings.push_back(Happening::Left(self.rows[rank as usize].id));
            next = rank + 1;
        }
        self.rows.retain(|held| !held.gone);

        let count = reader.read_exp(0)?;
        if count > MAX_SLOTS {
            return Err(PeerFault::Membership);
        }
        if count > 0 {
            let mut code = EnterCode::read(reader)?;
            for _ in 0..count {
                let entering = Entering::read(&mut code, &self.layout, self.anchor(), terms.keep_radius(), reader)?;
                happenings.push_back(Happening::Entered(entering.id));
                self.insert(entering)?;
            }
        }
        Ok(())
    }

    /// Where the own entity is, if it is held by now.
    fn anchor(&self) -> Option<Anchor> {
        let own = self.row_of(self.own?)?;
        self.layout.kind(own.kind).anchor(&own.row)
    }

    fn insert(&mut self, entering: Entering) -> Result<(), PeerFault> {
        let Entering { id, kind, row, label } = entering;
        match self.rows.binary_search_by_key(&id.slot, |held| held.id.slot) {
            Ok(_) => Err(PeerFault::Membership),
            Err(index) => {
                self.rows.insert(index, HeldRow { id, kind, row, label, gone: false });
                Ok(())
            }
        }
    }

    /// After a fresh state: takes back that those left and entered who were held all along, and says which rows differ.
    pub(super) fn compare(&self, before: &[HeldRow], happenings: &mut Happenings<G>) -> Vec<String> {
        let mut lines = Vec::new();
        for old in before {
            let columns = self.layout.kind(old.kind).columns().len();
            match self.row_of(old.id.slot) {
                Some(new) if new.id == old.id && new.kind == old.kind => {
                    if let Some(index) = happenings.iter().rposition(|it| matches!(it, Happening::Entered(id) if *id == old.id))
                    {
                        happenings.remove(index);
                    }
                    if new.row != old.row || new.label != old.label {
                        let (held, stated) = (&old.row[..columns], &new.row[..columns]);
                        lines.push(format!("{} {}: held {held:?}, stated {stated:?}", self.layout.kind(old.kind).name, old.id));
                    }
                }
                _ => {
                    happenings.push_back(Happening::Left(old.id));
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
