//! [`OwnStanding`]: this node's own place in the store, and how long its lease holds.

use std::collections::BTreeSet;

use crate::id::{Incarnation, NodeId};

/// A renewal under way: the record is written, and the store's life read, at once. Both count from their sending.
#[derive(Clone, Debug)]
pub(super) struct RenewalRound {
    /// The time at which both were sent, by the clock that runs at most.
    pub(super) sent: u64,
    pub(super) written: bool,
    pub(super) life_seen: bool,
    /// Whom the record names.
    pub(super) known: BTreeSet<NodeId>,
}

/// This node's record in the store.
#[derive(Debug, Default)]
pub(super) struct OwnStanding {
    /// The store's present life.
    pub(super) life: Option<Incarnation>,
    /// The greatest that was ever seen.
    pub(super) life_greatest: Option<Incarnation>,
    /// The time at which this life was seen first, by the clock that runs at least.
    pub(super) life_since: u64,
    /// The revision of the record; 0 where it has none in this life.
    pub(super) revision: u64,
    /// Whether no renewal succeeded in this life yet.
    pub(super) is_new_in_life: bool,
    pub(super) round: Option<RenewalRound>,
    pub(super) next_round: u64,
    /// The time at which the last renewal that succeeded was sent, by the clock that runs at most. None of a newcomer.
    pub(super) renewed: Option<u64>,
    /// The time since which the store answers, by the clock that runs at least. None while it does not.
    pub(super) sees_since: Option<u64>,
    /// Whether rooms may be written, as of the last reading of the clock.
    pub(super) is_permitted: bool,
    /// Nodes that the store's record of this one may name: all of them must be blind for it to go on.
    pub(super) named: BTreeSet<NodeId>,
    /// Ids that this process had before: it knows that they are no more.
    pub(super) former: BTreeSet<NodeId>,
}

impl OwnStanding {
    /// Begins in another life of the store, without a record.
    pub(super) fn enter(&mut self, life: Incarnation, least: u64) {
        self.life = Some(life);
        self.life_greatest = self.life_greatest.max(Some(life));
        self.life_since = least;
        self.revision = 0;
        self.is_new_in_life = true;
        self.round = None;
        self.next_round = 0;
        self.sees_since = None;
    }
}
