//! [`Room::compare_hand_over`]: finds what a game forgot to hand over.

use alloc::vec::Vec;
use core::fmt;

use slotmap::SecondaryMap;

use super::published::Published;
use super::room::Room;
use crate::game::{Game, Ground, HandOver, Publisher, Sink};
use crate::id::EntityId;
use crate::state::{Care, Replicate, TrueState};

/// An entity that is not published as it is: the game changed it, and did not hand it over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forgotten {
    /// The entity.
    pub id: EntityId,
    /// Name of its kind.
    pub kind: &'static str,
    /// Outcome for the entity.
    pub what: Neglect,
}

/// A change that a game did not hand over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Neglect {
    /// The entity is there, and is not published.
    NotPut,
    /// The entity is gone, and still published.
    NotRemoved,
    /// Its label is another.
    Label,
    /// Columns in which it differs from what is published, by more than their tolerance: each with its index in the
    /// row, what is published, and what is true.
    Columns(Vec<(usize, i32, i32)>),
}

impl fmt::Display for Forgotten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.kind, self.id)?;
        match &self.what {
            Neglect::NotPut => write!(f, "is there, and was not put"),
            Neglect::NotRemoved => write!(f, "is gone, and was not removed"),
            Neglect::Label => write!(f, "has another label, and was not put"),
            Neglect::Columns(columns) => {
                write!(f, "changed, and was not put:")?;
                columns
                    .iter()
                    .try_for_each(|(at, published, truth)| write!(f, " column {at} is {published}, not {truth};"))
            }
        }
    }
}

impl<G: Game> Room<G> {
    /// Compares what is published with what [`Game::publish`] says of the whole world now, just after a tick. Empty if
    /// the game hands over whatever it changes; otherwise what it forgot in
    /// [`Game::publish_changes`]. Looks at every entity: for tests, and for now and then.
    ///
    /// A game that hands over everything in each tick forgets nothing.
    pub fn compare_hand_over(&self) -> Vec<Forgotten> {
        if !self.published.carries_on() {
            return Vec::new();
        }
        let mut comparison = Comparison { published: &self.published, forgotten: Vec::new(), put: Vec::new() };
        let mut viewpoints = SecondaryMap::new();
        self.game.publish(&mut Publisher { sink: &mut comparison, ground: &self.ground, viewpoints: &mut viewpoints });
        let Comparison { mut forgotten, mut put, .. } = comparison;
        put.sort_unstable();
        let all = (0..self.published.slots() as u32).filter_map(|slot| self.published.entity(slot));
        let gone = all.filter(|entity| put.binary_search(&entity.id).is_err());
        forgotten.extend(gone.map(|entity| Forgotten {
            id: entity.id,
            kind: self.published.layout().kind(entity.kind).name,
            what: Neglect::NotRemoved,
        }));
        forgotten
    }
}

/// Takes a whole world, and compares it with the published one.
struct Comparison<'a, G: Game> {
    published: &'a Published<G>,
    forgotten: Vec<Forgotten>,
    put: Vec<EntityId>,
}

impl<G: Game> Sink<G> for Comparison<'_, G> {
    fn put(&mut self, ground: &Ground<G>, id: EntityId, entity: &G::Entity, label: &[u8], _: HandOver) {
        self.put.push(id);
        let layout = self.published.layout().kind(entity.kind());
        let Some(published) = self.published.find(id).filter(|published| published.kind == entity.kind()) else {
            self.forgotten.push(Forgotten { id, kind: layout.name, what: Neglect::NotPut });
            return;
        };
        let (mut truth, mut row) = (TrueState::EMPTY, *published.row);
        truth.set(entity, layout);
        let before = row;
        let news = layout.take_news(&before, &mut row, &truth, Care::Tolerant, ground.terms.tick_hz);
        if !news.fields().is_empty() {
            let columns = (0..layout.field_columns()).filter(|&at| before[at] != row[at]);
            let columns = columns.map(|at| (at, before[at], row[at])).collect();
            self.forgotten.push(Forgotten { id, kind: layout.name, what: Neglect::Columns(columns) });
        } else if published.label != label {
            self.forgotten.push(Forgotten { id, kind: layout.name, what: Neglect::Label });
        }
    }

    fn carry_on_others(&mut self) {}

    fn remove(&mut self, _: &Ground<G>, _: EntityId) {}
}
