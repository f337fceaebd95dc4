//! Letters: that this node lives, whether it sees the store, and everything else between two nodes.

use super::{Act, Directory, Rule};
use crate::fabric::{Ask, LetterWay};
use crate::id::NodeId;
use crate::letter::{Letter, LetterBody};
use crate::record::NodeRecord;

impl Directory {
    /// Tells every other node that this one lives.
    pub(super) fn beat(&mut self) {
        if self.clocks.most < self.next_beat {
            return;
        }
        self.next_beat = self.clocks.most + self.timing.beat;
        let is_blind = self.is_blind();
        let rooms = u32::try_from(self.own.len()).unwrap_or(u32::MAX);
        let to: Vec<NodeId> =
            self.peers.all.iter().filter(|(_, peer)| !peer.is_gone()).map(|(node, _)| *node).collect();
        for node in to {
            let direct = self.home.direct.clone();
            self.send(node, LetterBody::Beat { sees: !is_blind, promise: is_blind, rooms, direct });
        }
    }

    /// Sends a letter: directly where the other was heard directly or could be, else by the bus.
    pub(super) fn send(&mut self, to: NodeId, body: LetterBody) {
        let Some(peer) = self.peers.all.get(&to) else { return };
        let direct = peer.record.as_ref().map(|record: &NodeRecord| record.direct.clone()).unwrap_or_default();
        let is_heard = peer.is_heard(self.clocks.most, self.timing.beat);
        let is_direct = !direct.is_empty() && (is_heard || matches!(body, LetterBody::Beat { .. }) || self.is_blind());
        self.letters += 1;
        let letter = Letter { from: self.node, number: self.letters, stamp: self.clocks.most, echo: peer.stamp, body };
        let Some(letter) = letter.encode() else { return };
        let way = if is_direct { LetterWay::Direct } else { LetterWay::Bus };
        self.asks.push_back(Ask::Send { to, direct, way, letter });
    }

    /// Takes a letter. One of nobody known, an old one or a repeated one is left unread.
    pub(super) fn take_letter(&mut self, way: LetterWay, bytes: &[u8]) {
        let Some(Letter { from, number, stamp, echo, body }) = Letter::decode(bytes) else { return };
        let most = self.clocks.most;
        // An echo is a time of our own: one from the future was never ours.
        if from == self.node || echo > most || !self.peers.take_head(from, way, number, stamp, most) {
            return;
        }
        if body.is_request() && (echo == 0 || most - echo > self.timing.fresh) {
            return;
        }
        match body {
            LetterBody::Beat { sees, promise, rooms, .. } => self.take_beat(from, echo, sees, promise, rooms),
            LetterBody::Place { ask, schema, options } => self.take_order(from, ask, schema, options),
            LetterBody::Seek { ask, schema, wish, is_seat } => self.take_seek(from, ask, schema, (wish, is_seat)),
            LetterBody::Found { ask, room, is_moving } => self.take_found(from, ask, room, is_moving),
            LetterBody::Placed { ask, room } => self.take_placed(from, ask, room),
            LetterBody::Expect { ask, room, word, who } => {
                self.arrivals.expect(word, (room, who), most + self.timing.word);
                self.send(from, LetterBody::Expected { ask });
            }
            LetterBody::Expected { ask } => self.take_expected(from, ask),
            LetterBody::Offer { room, epoch, schema } => self.take_offer(from, room, epoch, schema),
            LetterBody::Ready { room, epoch, players } => self.take_ready(from, &room, epoch, players),
            LetterBody::Take { room, epoch, tick } => self.take_take(from, room, epoch, tick),
            LetterBody::Taken { room, epoch } => self.take_taken(from, &room, epoch),
            LetterBody::Late { room, bytes } => {
                // The store may not have been asked yet whose the room is.
                if self.own.contains_key(&room) || self.followed.contains_key(&room) {
                    self.acts.push_back(Act::Late { room, bytes });
                }
            }
        }
    }

    fn take_beat(&mut self, from: NodeId, echo: u64, sees: bool, promise: bool, rooms: u32) {
        let counts_from = if self.keeps(Rule::EchoCounts) { echo } else { self.clocks.most };
        let lasts = self.timing.lease - self.timing.margin;
        let Some(peer) = self.peers.all.get_mut(&from) else { return };
        (peer.sees, peer.rooms) = (sees, rooms);
        if promise && echo > 0 {
            peer.promised = peer.promised.max(counts_from + lasts);
        }
    }
}
