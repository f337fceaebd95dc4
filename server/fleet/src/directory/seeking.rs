//! Rooms of other nodes that are not known by their codes: any, of which nodes are asked for the fullest that they have
//! with a place, and the fullest of those is taken; and the one that has a player's seat.

use std::collections::BTreeSet;

use super::peers::{Peer, PeerListing};
use super::rooms::{Seeking, WaitingRoom};
use super::{Act, Directory};
use crate::clock::Now;
use crate::id::{FleetCode, NodeId};
use crate::letter::LetterBody;
use crate::limits::{SEAT_SEEKINGS_MAX, SEEK_NODES_MAX, SEEKINGS_MAX};

/// Time after which nodes that have not answered are not waited for, in microseconds: a player does, and a node answers
/// in a few milliseconds.
const ANSWER_WITHIN: u64 = 100_000;

impl Directory {
    /// Looks for a room of other nodes that is as `wish` says, which their programs understand. [`Act::Sought`] answers
    /// the number that is given. At most 600 bytes.
    pub fn seek(&mut self, wish: &str, now: Now) -> u64 {
        self.read_clock(now);
        self.number += 1;
        let (ask, schema) = (self.number, self.home.schema);
        let has_rooms = self.peers.all.iter().filter(|(_, peer)| peer.takes(schema) && peer.rooms > 0);
        let mut nodes: Vec<(u32, NodeId)> = has_rooms.map(|(node, peer)| (peer.rooms, *node)).collect();
        nodes.sort_unstable_by(|one, other| other.cmp(one));
        nodes.truncate(if self.seekings.len() < SEEKINGS_MAX { SEEK_NODES_MAX } else { 0 });
        self.begin_seeking(ask, nodes.into_iter().map(|(_, node)| node).collect(), wish, false);
        ask
    }

    /// Looks for the room of another node that has a player's seat, by words of the program's own: every node is asked,
    /// those that drain too. [`Act::Sought`] answers the number that is given. At most 600 bytes.
    pub fn seek_seat(&mut self, words: &str, now: Now) -> u64 {
        self.read_clock(now);
        self.number += 1;
        let ask = self.number;
        let (most, beat, schema) = (self.clocks.most, self.timing.beat, self.home.schema);
        let is_asked = |peer: &Peer| {
            peer.is_heard(most, beat) && peer.record.as_ref().is_some_and(|record| record.schema == schema)
        };
        let nodes = self.peers.all.iter().filter(|(_, peer)| is_asked(peer)).map(|(node, _)| *node).collect();
        if self.seekings.values().filter(|seeking| seeking.is_seat).count() < SEAT_SEEKINGS_MAX {
            self.begin_seeking(ask, nodes, words, true);
        } else {
            self.acts.push_back(Act::Sought { ask, room: None, is_moving: true });
        }
        ask
    }

    fn begin_seeking(&mut self, ask: u64, unheard: BTreeSet<NodeId>, wish: &str, is_seat: bool) {
        let (schema, since) = (self.home.schema, self.clocks.most);
        for node in &unheard {
            self.send(*node, LetterBody::Seek { ask, schema, wish: wish.into(), is_seat });
        }
        let is_moving = self.are_rooms_moving();
        self.seekings.insert(ask, Seeking { unheard, best: None, is_moving, is_seat, since });
        self.end_seekings();
    }

    /// Whether rooms are on their way to this node, or are about to leave a node that is not heard: nobody may know
    /// yet whose seats they have. So long as this node has not read which nodes and rooms there are, they may be.
    fn are_rooms_moving(&self) -> bool {
        let (most, least, beat) = (self.clocks.most, self.clocks.least, self.timing.beat);
        let schema = self.home.schema;
        // By then the rooms of a dead node are played elsewhere, or nobody plays them.
        let is_lately = |since: u64| least.saturating_sub(since) < self.timing.lease * 5;
        let is_lost = |peer: &Peer| match peer.listed {
            PeerListing::Gone { since } | PeerListing::Absent { since } => is_lately(since),
            PeerListing::Live { .. } => true,
        };
        // Those of which logs alone tell may be played as well, or never again.
        let is_orphaned = |room: &FleetCode| self.places.all.get(room).is_none_or(|place| self.is_gone(place.owner));
        let is_waiting =
            |waiting: &WaitingRoom| waiting.revision > 0 && waiting.orphan.schema == schema && is_lately(waiting.since);
        let may_have_rooms = |peer: &Peer| peer.rooms > 0 || peer.record.is_none();
        self.standing.life.is_none()
            || !self.knows_rooms
            || !self.followed.is_empty()
            || self.orphans.iter().any(|(room, waiting)| is_orphaned(room) && is_waiting(waiting))
            || self.own.values().any(|own| !own.stage.is_played())
            || self.peers.all.values().any(|peer| may_have_rooms(peer) && !peer.is_heard(most, beat) && is_lost(peer))
    }

    /// Whether another node may take who wants any room or a new one: it is heard, plays the same game, and lets
    /// players in.
    #[must_use]
    pub fn has_takers(&self) -> bool {
        let (most, beat, schema) = (self.clocks.most, self.timing.beat, self.home.schema);
        self.peers.all.values().any(|peer| peer.takes(schema) && peer.is_heard(most, beat))
    }

    /// Answers [`Act::Seek`]: the fullest room here that is so and has a place, or the one that has the seat, and its
    /// players.
    pub fn answer_seek(&mut self, to: NodeId, ask: u64, room: Option<(FleetCode, u32)>, now: Now) {
        self.read_clock(now);
        let is_moving = self.are_rooms_moving();
        self.send(to, LetterBody::Found { ask, room, is_moving });
    }

    pub(super) fn take_seek(&mut self, from: NodeId, ask: u64, schema: u64, (wish, is_seat): (String, bool)) {
        if schema == self.home.schema && (is_seat || !self.is_draining) {
            self.acts.push_back(Act::Seek { from, ask, wish });
        } else {
            self.send(from, LetterBody::Found { ask, room: None, is_moving: false });
        }
    }

    pub(super) fn take_found(&mut self, from: NodeId, ask: u64, room: Option<(FleetCode, u32)>, is_moving: bool) {
        let Some(seeking) = self.seekings.get_mut(&ask) else { return };
        if seeking.unheard.remove(&from) {
            let found = room.map(|(room, players)| (players, room));
            seeking.best = seeking.best.take().max(found);
            seeking.is_moving |= is_moving;
        }
        self.end_seekings();
    }

    /// Answers for those of which all have been heard, or that waited for long enough.
    pub(super) fn end_seekings(&mut self) {
        let most = self.clocks.most;
        let is_over =
            |seeking: &Seeking| seeking.unheard.is_empty() || most.saturating_sub(seeking.since) >= ANSWER_WITHIN;
        let over: Vec<u64> =
            self.seekings.iter().filter(|(_, seeking)| is_over(seeking)).map(|(ask, _)| *ask).collect();
        for ask in over {
            let Some(Seeking { unheard, best, is_moving, .. }) = self.seekings.remove(&ask) else { continue };
            // Who has not answered may have it.
            let is_moving = is_moving || !unheard.is_empty();
            self.acts.push_back(Act::Sought { ask, room: best.map(|(_, room)| room), is_moving });
        }
    }
}
