//! Players who want to join: where a room is, and a word to be let in there.

use super::rooms::RoomStage;
use super::{Act, Directory, FoundAt, Purpose};
use crate::clock::Now;
use crate::fabric::{Reply, StoreItem};
use crate::id::{FleetCode, NodeId};
use crate::letter::LetterBody;
use crate::limits::{LOOKS_MAX, SENDINGS_MAX, WHO_BYTES_MAX};
use crate::record::{RoomRecord, decode, room_key};
use crate::words::{OneTimeWord, Sending};

/// Time between two letters about one player, in microseconds, and how often one is written.
const EXPECT_EVERY: u64 = 200_000;
const EXPECT_TIMES: u32 = 5;

impl Directory {
    /// Finds a room. Rooms that are here, or that were read of, are found at once, whether or not the store answers.
    pub fn find(&mut self, room: &FleetCode, now: Now) -> FoundAt {
        self.read_clock(now);
        if let Some(found) = self.find_known(room) {
            return found;
        }
        let looks = self.pending.values().filter(|pending| matches!(pending.purpose, Purpose::Look { .. })).count();
        let Some(life) = self.standing.life.filter(|_| !self.is_blind() && looks < LOOKS_MAX) else {
            return FoundAt::Later;
        };
        self.number += 1;
        let ask = self.number;
        self.ask_read(Purpose::Look { ask, room: room.clone() }, room_key(life, room));
        FoundAt::Asked(ask)
    }

    fn find_known(&self, room: &FleetCode) -> Option<FoundAt> {
        if let Some(own) = self.own.get(room) {
            return Some(match own.stage {
                RoomStage::Running | RoomStage::Offered { .. } => FoundAt::Here,
                RoomStage::Dialling { to, .. } => self.there(to),
                // It is on its way from one node to another.
                RoomStage::Claimed { .. } | RoomStage::Restoring | RoomStage::Cut { .. } => FoundAt::Later,
            });
        }
        if let Some(given) = self.given.get(room) {
            return Some(self.there(given.to));
        }
        // It is about to be here: whoever was sent here before that is not sent back.
        if self.followed.contains_key(room) {
            return Some(FoundAt::Later);
        }
        let place = self.places.all.get(room)?;
        // One whose owner died is about to be somewhere else.
        Some(if self.is_gone(place.owner) || place.owner == self.node {
            FoundAt::Later
        } else {
            self.there(place.owner)
        })
    }

    /// A node where a room is. Nobody is sent to one that is not heard: its rooms may be about to be elsewhere.
    fn there(&self, node: NodeId) -> FoundAt {
        let (most, beat) = (self.clocks.most, self.timing.beat);
        let is_heard = self.peers.all.get(&node).is_some_and(|peer| peer.is_heard(most, beat));
        let address = self.address_of(node).filter(|_| is_heard);
        address.map_or(FoundAt::Later, |address| FoundAt::There { node, address })
    }

    pub(super) fn address_of(&self, node: NodeId) -> Option<String> {
        Some(self.peers.all.get(&node)?.record.as_ref()?.address.clone())
    }

    /// Addresses of the other nodes that play the same game and take rooms, the least full first.
    #[must_use]
    pub fn other_addresses(&self) -> Vec<String> {
        let mut others: Vec<_> = self.peers.all.values().filter(|peer| peer.takes(self.home.schema)).collect();
        others.sort_by_key(|peer| peer.load());
        others.into_iter().filter_map(|peer| Some(peer.record.as_ref()?.address.clone())).collect()
    }

    pub(super) fn take_look(&mut self, ask: u64, room: FleetCode, reply: Reply) {
        let found = match reply {
            Reply::StoreItem(Some(item)) => self.found_in(&room, item),
            // Where the store was read before it was lost, a room may be there that nobody told it of yet.
            Reply::StoreItem(None) if self.is_listing() => FoundAt::Later,
            Reply::StoreItem(None) => FoundAt::Nowhere,
            _ => FoundAt::Later,
        };
        self.acts.push_back(Act::FoundAt { ask, found });
    }

    fn found_in(&mut self, room: &FleetCode, item: StoreItem) -> FoundAt {
        let owner = decode::<RoomRecord>(&item.value).map(|record| record.owner);
        self.take_room(room, Reply::StoreItem(Some(item)));
        match (self.find_known(room), owner) {
            (Some(found), _) => found,
            (None, Some(owner)) => self.there(owner),
            (None, None) => FoundAt::Nowhere,
        }
    }

    /// Whether the store's life is so young that owners may still be telling it of their rooms.
    fn is_listing(&self) -> bool {
        self.clocks.least.saturating_sub(self.standing.life_since) < self.timing.lease * 2
    }

    /// Sends a player to another node, which is told who it is, in the program's own words: [`WHO_BYTES_MAX`] bytes at
    /// most. [`Act::Sent`] answers the number that is given, with a word that only that node takes, once.
    pub fn send_player(&mut self, room: &FleetCode, to: NodeId, who: &str, now: Now) -> u64 {
        self.read_clock(now);
        self.number += 1;
        let ask = self.number;
        if self.sendings.len() >= SENDINGS_MAX || who.len() > WHO_BYTES_MAX {
            self.acts.push_back(Act::Sent { ask, word: None });
            return ask;
        }
        let word = OneTimeWord::new((self.draw)(), (self.draw)());
        self.sendings.insert(ask, Sending { to, room: room.clone(), word, who: who.into(), times: 0, sent: 0 });
        self.retry_sendings();
        ask
    }

    /// A player who shows this word is let into this room, once: who it is, by the node that sent it.
    pub fn admit(&mut self, word: OneTimeWord, room: &FleetCode, now: Now) -> Option<String> {
        self.read_clock(now);
        self.arrivals.pass_time(self.clocks.most);
        self.arrivals.admit(word, room)
    }

    pub(super) fn take_expected(&mut self, from: NodeId, ask: u64) {
        if self.sendings.get(&ask).is_none_or(|sending| sending.to != from) {
            return;
        }
        if let (Some(sending), Some(address)) = (self.sendings.remove(&ask), self.address_of(from)) {
            self.acts.push_back(Act::Sent { ask, word: Some((sending.word, address)) });
        }
    }

    pub(super) fn retry_sendings(&mut self) {
        let most = self.clocks.most;
        let is_due = |sending: &Sending| sending.times == 0 || most.saturating_sub(sending.sent) >= EXPECT_EVERY;
        let due = self.sendings.iter().filter(|(_, sending)| is_due(sending)).map(|(ask, _)| *ask).collect::<Vec<_>>();
        for ask in due {
            let Some(sending) = self.sendings.get_mut(&ask) else { continue };
            sending.times += 1;
            sending.sent = most;
            if sending.times > EXPECT_TIMES {
                self.sendings.remove(&ask);
                self.acts.push_back(Act::Sent { ask, word: None });
            } else {
                let (to, room, word, who) = (sending.to, sending.room.clone(), sending.word, sending.who.clone());
                self.send(to, LetterBody::Expect { ask, room, word, who });
            }
        }
    }
}
