//! Any room of another node: nodes are asked for the fullest that they have with a place, and the fullest of those is
//! taken.

use super::rooms::Seeking;
use super::{Act, Directory};
use crate::clock::Now;
use crate::id::{FleetCode, NodeId};
use crate::letter::LetterBody;
use crate::limits::{SEEK_NODES_MAX, SEEKINGS_MAX};

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
        let unheard = nodes.into_iter().map(|(_, node)| node).collect();
        let seeking = Seeking { unheard, best: None, since: self.clocks.most };
        for node in &seeking.unheard {
            self.send(*node, LetterBody::Seek { ask, schema, wish: wish.into() });
        }
        self.seekings.insert(ask, seeking);
        self.end_seekings();
        ask
    }

    /// Answers [`Act::Seek`]: the fullest room here that is so and has a place, and its players.
    pub fn answer_seek(&mut self, to: NodeId, ask: u64, room: Option<(FleetCode, u32)>, now: Now) {
        self.read_clock(now);
        self.send(to, LetterBody::Found { ask, room });
    }

    pub(super) fn take_seek(&mut self, from: NodeId, ask: u64, schema: u64, wish: String) {
        if schema == self.home.schema && !self.is_draining {
            self.acts.push_back(Act::Seek { from, ask, wish });
        } else {
            self.send(from, LetterBody::Found { ask, room: None });
        }
    }

    pub(super) fn take_found(&mut self, from: NodeId, ask: u64, room: Option<(FleetCode, u32)>) {
        let Some(seeking) = self.seekings.get_mut(&ask) else { return };
        if seeking.unheard.remove(&from) {
            let found = room.map(|(room, players)| (players, room));
            seeking.best = seeking.best.take().max(found);
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
            let best = self.seekings.remove(&ask).and_then(|seeking| seeking.best);
            self.acts.push_back(Act::Sought { ask, room: best.map(|(_, room)| room) });
        }
    }
}
