//! [`Things`]: everything on the board by key, and what of it changed in this tick, which is all that is handed over.

use std::collections::BTreeSet;

use auspice::{EntityId, Game, Publisher, Slots, Tick};
use serde::{Deserialize, Serialize};

use crate::entity::Entity;

slotmap::new_key_type! {
    /// Anything on the board.
    pub struct Key;
}

/// An entity with its label.
#[derive(Debug, Serialize, Deserialize)]
struct Thing {
    entity: Entity,
    label: String,
}

/// The entities of the board.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Things {
    all: Slots<Key, Thing>,
    /// The tick that what follows is of.
    tick: Tick,
    #[serde(skip)]
    changed: BTreeSet<Key>,
    #[serde(skip)]
    gone: Vec<EntityId>,
}

impl Things {
    /// Begins `tick`: what changes from now on does so in it.
    pub(crate) fn turn_to(&mut self, tick: Tick) {
        if self.tick != tick {
            self.tick = tick;
            self.changed.clear();
            self.gone.clear();
        }
    }

    pub(crate) fn put(&mut self, entity: Entity, label: String) -> Key {
        let key = self.all.insert(Thing { entity, label });
        self.changed.insert(key);
        key
    }

    pub(crate) fn take(&mut self, key: Key) {
        if self.all.remove(key).is_some() {
            self.changed.remove(&key);
            self.gone.push(EntityId::from_key(key));
        }
    }

    pub(crate) fn get(&self, key: Key) -> Option<&Entity> {
        self.all.get(key).map(|thing| &thing.entity)
    }

    /// An entity, to be changed.
    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut Entity> {
        let thing = self.all.get_mut(key)?;
        self.changed.insert(key);
        Some(&mut thing.entity)
    }

    /// Gives an entity another label.
    pub(crate) fn label(&mut self, key: Key, label: String) {
        if let Some(thing) = self.all.get_mut(key) {
            thing.label = label;
            self.changed.insert(key);
        }
    }

    /// The keys of everything.
    pub(crate) fn keys(&self) -> Vec<Key> {
        self.all.keys().collect()
    }

    pub(crate) fn publish<G: Game<Entity = Entity>>(&self, out: &mut Publisher<'_, G>) {
        for (key, thing) in self.all.iter() {
            out.put_labelled(EntityId::from_key(key), &thing.entity, thing.label.as_bytes());
        }
    }

    pub(crate) fn publish_changes<G: Game<Entity = Entity>>(&self, out: &mut Publisher<'_, G>) {
        out.carry_on_others();
        self.gone.iter().for_each(|id| out.remove(*id));
        for key in &self.changed {
            if let Some(thing) = self.all.get(*key) {
                out.put_labelled(EntityId::from_key(*key), &thing.entity, thing.label.as_bytes());
            }
        }
    }
}
