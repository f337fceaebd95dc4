//! [`Tenant`]: who has a slot of the published world, and where its row lies.

use crate::id::EntityId;
use crate::state::Pace;
use crate::tick::Tick;

/// Slots for which there is memory whoever is there.
pub(super) const SLOTS_KEPT: usize = 64;

/// The tenant of a slot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tenant {
    /// Index of its row among those of its kind.
    pub(super) row: u32,
    /// The tick in which the game last handed it over.
    pub(super) stamp: Tick,
    /// The tick in which it last had news, or came.
    pub(super) told: Tick,
    /// Its pace in that tick; it had none a tick later.
    pub(super) pace: Pace,
    pub(super) kind: u8,
    pub(super) generation: u8,
    pub(super) is_there: bool,
    /// Seen by everyone.
    pub(super) is_everywhere: bool,
    /// Foreseen is that it stays as it is.
    pub(super) rests: bool,
}

impl Tenant {
    pub(super) const NOBODY: Self = Self {
        row: 0,
        stamp: Tick(0),
        told: Tick(0),
        pace: Pace::NONE,
        kind: 0,
        generation: 0,
        is_there: false,
        is_everywhere: false,
        rests: true,
    };

    /// Whether the tenant is the entity with `id`, of this kind.
    #[inline]
    pub(super) fn is(&self, id: EntityId, kind: usize) -> bool {
        self.is_there && self.generation == id.generation && usize::from(self.kind) == kind
    }

    /// The pace after `tick`.
    pub(super) fn pace_at(&self, tick: Tick) -> Pace {
        if self.told == tick { self.pace } else { Pace::NONE }
    }
}
