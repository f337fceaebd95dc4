//! Names for entities and clients.

use core::fmt;

use serde::{Deserialize, Serialize};
use slotmap::{Key, KeyData};

slotmap::new_key_type! {
    /// A client of a room, from its connection to its end. Never used twice in a room's life.
    pub struct ClientId;
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.data().as_ffi();
        write!(f, "{}v{}", value & 0xffff_ffff, (value >> 32) >> 1)
    }
}

/// An entity: a slot, and which of the slot's successive tenants is meant.
///
/// The slot is below [`SLOTS_MAX`](crate::limits::SLOTS_MAX). The generation wraps at 256, which tells apart any two
/// tenants that one client can hear of at about the same time. Prints as `12v3`.
///
/// Slots are the game's to give out, each to one entity in a tick, small numbers first.
/// [`from_key`](Self::from_key) takes them from a slotmap: a game with other entities beside its players keeps
/// all of them in one slotmap of its own, or numbers them itself. Keys of clients are numbers of the room's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EntityId {
    /// Index into the published world.
    pub slot: u32,
    /// Counts the tenants of the slot.
    pub generation: u8,
}

impl EntityId {
    /// The entity in `slot` with `generation`.
    #[must_use]
    pub const fn new(slot: u32, generation: u8) -> Self {
        Self { slot, generation }
    }

    /// Makes an identity of a slotmap's key: a game that keeps its entities in one slotmap needs no other
    /// name for them.
    pub fn from_key(key: impl Key) -> Self {
        Self::from(key.data())
    }
}

impl From<KeyData> for EntityId {
    fn from(key: KeyData) -> Self {
        let value = key.as_ffi();
        // slotmap's version is odd while a slot is taken, so its lowest bit says nothing.
        Self { slot: value as u32, generation: (value >> 33) as u8 }
    }
}

impl fmt::Display for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}v{}", self.slot, self.generation)
    }
}
