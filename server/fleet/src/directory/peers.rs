//! [`Peers`]: the other nodes, by their records and by their letters.

use std::collections::BTreeMap;

use crate::fabric::LetterWay;
use crate::id::NodeId;
use crate::limits::NODES_MAX;
use crate::record::{NodeRecord, NodeState};
use crate::table::PeerSight;

/// Standing of another node in the store's present life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PeerListing {
    /// Its record has this revision, and had it since, by the clock that runs at least.
    Live { revision: u64, since: u64 },
    /// No record, since.
    Absent { since: u64 },
    /// No rooms, and never again any.
    Gone { since: u64 },
}

/// Beats in which nothing of a node came, after which it is not sent anybody: a lost letter or two are no matter.
const BEATS_HEARD: u64 = 4;

/// Another node.
#[derive(Clone, Debug)]
pub(super) struct Peer {
    pub(super) listed: PeerListing,
    /// Its last record.
    pub(super) record: Option<NodeRecord>,
    /// Whether a record of it ever named this node.
    pub(super) knows_me: bool,
    /// Its clock in the last letter.
    pub(super) stamp: u64,
    /// The time at which its last letter came, by the clock that runs at most.
    pub(super) heard: Option<u64>,
    /// Whether it said there that the store answers it.
    pub(super) sees: bool,
    /// The time until which it takes nothing over, by the clock that runs at most.
    pub(super) promised: u64,
    /// Numbers of the last letters, by their way.
    pub(super) numbers: [u64; 2],
    /// Rooms that it said it has.
    pub(super) rooms: u32,
}

impl Peer {
    fn new(least: u64) -> Self {
        Self {
            listed: PeerListing::Absent { since: least },
            record: None,
            knows_me: false,
            stamp: 0,
            heard: None,
            sees: false,
            promised: 0,
            numbers: [0; 2],
            rooms: 0,
        }
    }

    /// Whether it has no rooms, and never again any.
    pub(super) fn is_gone(&self) -> bool {
        matches!(self.listed, PeerListing::Gone { .. })
    }

    /// Whether a letter of it came of late, by the clock that runs at most.
    pub(super) fn is_heard(&self, most: u64, beat: u64) -> bool {
        self.heard.is_some_and(|heard| most.saturating_sub(heard) < beat * BEATS_HEARD)
    }

    /// Whether its record is there, and whether it could have more rooms of this schema.
    pub(super) fn takes(&self, schema: u64) -> bool {
        let record = self.record.as_ref();
        matches!(self.listed, PeerListing::Live { .. })
            && record.is_some_and(|record| record.schema == schema && !record.draining)
    }

    /// Rooms by places for rooms, in thousandths.
    pub(super) fn load(&self) -> u64 {
        let places = self.record.as_ref().map_or(1, |record| record.rooms_max.max(1));
        u64::from(self.rooms) * 1000 / u64::from(places)
    }

    /// Its sight, for the table.
    pub(super) fn hearing(&self, most: u64, silence: u64) -> PeerSight {
        if most < self.promised {
            PeerSight::Blind
        } else if self.sees && self.heard.is_some_and(|heard| most.saturating_sub(heard) < silence) {
            PeerSight::Sees
        } else {
            PeerSight::Unheard
        }
    }
}

/// All others.
#[derive(Debug, Default)]
pub(super) struct Peers {
    pub(super) all: BTreeMap<NodeId, Peer>,
}

impl Peers {
    /// The node, made known now where it was not. None beyond [`NODES_MAX`].
    pub(super) fn meet(&mut self, node: NodeId, least: u64) -> Option<&mut Peer> {
        if self.all.len() >= NODES_MAX && !self.all.contains_key(&node) {
            let gone = self.all.iter().find(|(_, peer)| peer.is_gone()).map(|(node, _)| *node)?;
            self.all.remove(&gone);
        }
        Some(self.all.entry(node).or_insert_with(|| Peer::new(least)))
    }

    /// Takes a record of the store. True where the node is gone since.
    pub(super) fn take_record(&mut self, me: NodeId, revision: u64, record: NodeRecord, least: u64) -> bool {
        let Some(peer) = self.meet(record.node, least) else { return false };
        if peer.is_gone() {
            return false;
        }
        if let PeerListing::Live { revision: last, .. } = peer.listed
            && revision <= last
        {
            return false;
        }
        let is_gone = record.state != NodeState::Live;
        peer.listed =
            if is_gone { PeerListing::Gone { since: least } } else { PeerListing::Live { revision, since: least } };
        peer.knows_me = record.known.contains(&me);
        peer.rooms = record.rooms;
        peer.record = Some(record);
        is_gone
    }

    /// The store has another life: nobody has a record yet.
    pub(super) fn enter_life(&mut self, least: u64) {
        for peer in self.all.values_mut().filter(|peer| !peer.is_gone()) {
            peer.listed = PeerListing::Absent { since: least };
        }
    }

    /// Takes the head of a letter. False where it is an old or a repeated one.
    pub(super) fn take_head(&mut self, node: NodeId, way: LetterWay, number: u64, stamp: u64, most: u64) -> bool {
        let Some(peer) = self.all.get_mut(&node) else { return false };
        let last = &mut peer.numbers[usize::from(way == LetterWay::Direct)];
        if number <= *last {
            return false;
        }
        *last = number;
        peer.stamp = peer.stamp.max(stamp);
        peer.heard = Some(most);
        true
    }
}
