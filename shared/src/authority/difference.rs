//! [`Room::first_difference`]: where two rooms that should publish the same do not.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::published::{Published, PublishedEntity};
use super::room::Room;
use crate::game::Game;
use crate::id::{ClientId, EntityId};
use crate::state::Replicate;
use crate::tick::Tick;

/// An entity that one room publishes otherwise than another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The tick.
    pub tick: Tick,
    /// The entity.
    pub id: EntityId,
    /// Name of its kind.
    pub kind: &'static str,
    /// Name of the field, where it is one.
    pub field: Option<&'static str>,
    /// The difference, in words.
    pub what: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tick, id, kind, field, what } = self;
        match field {
            Some(field) => write!(f, "tick {tick}, {kind} {id}, {field}: {what}"),
            None => write!(f, "tick {tick}, {kind} {id}: {what}"),
        }
    }
}

impl<G: Game> Room<G> {
    /// The first entity, by slot, that the other room publishes otherwise; none if both publish the same.
    pub fn first_difference(&self, other: &Self) -> Option<Difference> {
        let slots = self.published.slots().max(other.published.slots()) as u32;
        let tick = other.tick_now();
        let of_slot = |slot| {
            let (ours, theirs) = (self.published.entity(slot), other.published.entity(slot));
            difference::<G>(&self.published, ours.as_ref(), theirs.as_ref())
        };
        let (id, kind, field, what) = (0..slots).find_map(of_slot)?;
        Some(Difference { tick, id, kind: G::Entity::KINDS[kind].name, field, what })
    }
}

/// An entity that a player's client holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldEntity {
    /// The entity.
    pub id: EntityId,
    /// Index of its kind.
    pub kind: usize,
    /// Its published columns.
    pub columns: Vec<i32>,
    /// Its label.
    pub label: Vec<u8>,
    /// Whether there is news of it that the client was not told yet, since it is not due: it foresees it from what it
    /// was told last. If not, it has these very columns.
    pub is_untold: bool,
}

impl<G: Game> Room<G> {
    /// Every player with its name, those who are away among them.
    pub fn each_player(&self) -> impl Iterator<Item = (ClientId, &str)> {
        let players = self.seats.iter().filter(|(_, seat)| seat.standing.has_joined());
        players.map(|(client, seat)| (client, seat.name.as_str()))
    }

    /// Entities in a client's view as it was last told of, as they are published now. None for a client that is not
    /// known.
    pub fn held_by(&self, client: ClientId) -> Option<Vec<HeldEntity>> {
        let view = &self.seats.get(client)?.view;
        let held = view.visible.slots().filter_map(|slot| self.published.entity(slot)).map(|entity| {
            let columns = self.published.layout().kind(entity.kind).columns().len();
            let columns = entity.row[..columns].to_vec();
            let slot = entity.id.slot;
            let is_untold = self.untold(view.window.sent, slot / 64) >> (slot % 64) & 1 == 1;
            HeldEntity { id: entity.id, kind: entity.kind, columns, label: entity.label.to_vec(), is_untold }
        });
        Some(held.collect())
    }
}

/// Difference of an entity: who it is, its kind, the field, and in words what.
type Other = (EntityId, usize, Option<&'static str>, String);

fn difference<G: Game>(
    published: &Published<G>,
    ours: Option<&PublishedEntity<'_>>,
    theirs: Option<&PublishedEntity<'_>>,
) -> Option<Other> {
    let (ours, theirs) = match (ours, theirs) {
        (None, None) => return None,
        (Some(ours), None) => return Some((ours.id, ours.kind, None, "is not there".into())),
        (None, Some(theirs)) => return Some((theirs.id, theirs.kind, None, "is there, and should not be".into())),
        (Some(ours), Some(theirs)) => (ours, theirs),
    };
    if (ours.id, ours.kind) != (theirs.id, theirs.kind) {
        return Some((ours.id, ours.kind, None, format!("is {}, a {}", theirs.id, G::Entity::KINDS[theirs.kind].name)));
    }
    let columns = published.layout().kind(ours.kind).columns().len();
    if let Some(at) = (0..columns).find(|&at| ours.row[at] != theirs.row[at]) {
        let what = format!("is {}, and should be {}", theirs.row[at], ours.row[at]);
        return Some((ours.id, ours.kind, field_at::<G>(ours.kind, at), what));
    }
    (ours.label != theirs.label).then(|| (ours.id, ours.kind, None, "has another label".into()))
}

/// Name of the field that has this column.
fn field_at<G: Game>(kind: usize, column: usize) -> Option<&'static str> {
    let mut end = 0;
    let fields = G::Entity::KINDS[kind].fields.iter();
    fields
        .map(|field| (field, field.quantity.columns()))
        .find(|(_, columns)| (end += columns, column < end).1)
        .map(|(field, _)| field.name)
}
