//! A room changes its node alive: make before break.
//!
//! | A, which plays it | B, which will |
//! | --- | --- |
//! | offers it | follows A's log |
//! | tells players to dial B | says that it follows, and how many players wait |
//! | plays the last tick T, and writes no more | |
//! | has the store say that it is B's | |
//! | tells B of T, until B knows; forwards what still comes | reads in the store that it is so, and plays T + 1 |
//!
//! From T on nobody but B can own it: where the store is lost meanwhile, A tells the next one that it is B's. Where A
//! dies before the store says so, it is a dead node's room, and B follows its log already. Where B dies, A keeps it as
//! long as it plays it, and later it is a dead node's room as well.

use super::rooms::{Followed, GivenAway, OwnRoom, RoomStage};
use super::{Act, Directory, Purpose};
use crate::clock::Now;
use crate::fabric::Reply;
use crate::id::{Epoch, FleetCode, NodeId};
use crate::letter::LetterBody;
use crate::limits::CLAIMS_MAX;
use crate::record::{RoomRecord, encode, room_key};

/// Time between two letters about one room, in microseconds.
const SAY_EVERY: u64 = 200_000;

/// Rooms that a node which drains hands over at once: each is loaded by another node meanwhile.
const DRAIN_AT_ONCE: usize = 8;

impl Directory {
    /// Takes no new rooms, and hands those of this node over, to nodes of their schema. Where there is none, they end
    /// here.
    pub fn drain(&mut self, now: Now) {
        self.read_clock(now);
        self.is_draining = true;
        self.standing.next_round = 0;
    }

    /// Hands a room over to another node. False where it is not played here, or the other node does not take it.
    pub fn hand_over(&mut self, room: &FleetCode, to: NodeId, now: Now) -> bool {
        self.read_clock(now);
        let Some(own) = self.own.get_mut(room) else { return false };
        let takes = self.peers.all.get(&to).is_some_and(|peer| peer.takes(own.schema));
        if own.stage != RoomStage::Running || !own.is_logged || !takes {
            return false;
        }
        own.stage = RoomStage::Offered { to, since: self.clocks.most, sent: 0 };
        true
    }

    /// Answers [`Act::Follow`]: the log is followed up to its end, and so many players wait. Said again where there are
    /// more.
    pub fn following(&mut self, room: &FleetCode, players: u32, now: Now) {
        self.read_clock(now);
        let Some(followed) = self.followed.get_mut(room) else { return };
        (followed.is_ready, followed.players) = (true, players);
        let Followed { from, epoch, .. } = *followed;
        self.send(from, LetterBody::Ready { room: room.clone(), epoch, players });
    }

    /// Answers [`Act::Dial`]: `tick` was the last one that is played here. Nothing of the room may be written from now
    /// on. False where the other node is not to have it any more: then it is played here as before.
    pub fn cut(&mut self, room: &FleetCode, tick: u32, now: Now) -> bool {
        self.read_clock(now);
        let Some(own) = self.own.get_mut(room) else { return false };
        let RoomStage::Dialling { to, .. } = own.stage else { return false };
        own.stage = RoomStage::Cut { to, tick };
        self.give(room);
        true
    }

    /// Forwards what players still send here to the node that has the room now. At most 200 bytes; false where it is
    /// not known to be anywhere.
    pub fn forward(&mut self, room: &FleetCode, bytes: &[u8], now: Now) -> bool {
        self.read_clock(now);
        let Some(GivenAway { to, .. }) = self.given.get(room) else { return false };
        let to = *to;
        self.send(to, LetterBody::Late { room: room.clone(), bytes: bytes.to_vec() });
        true
    }

    /// Does what is due for rooms that change their node.
    pub(super) fn move_rooms(&mut self) {
        if self.is_draining {
            self.offer_next();
        }
        self.repeat_offers();
        self.repeat_givens();
        let (most, patience) = (self.clocks.most, self.timing.hand_over);
        let over = self.followed.iter().filter(|(_, followed)| most.saturating_sub(followed.heard) >= patience);
        for room in over.map(|(room, _)| room.clone()).collect::<Vec<_>>() {
            self.followed.remove(&room);
            self.acts.push_back(Act::Unfollow { room });
        }
    }

    /// The next rooms of a node that drains.
    fn offer_next(&mut self) {
        let under_way = self.own.values().filter(|own| !matches!(own.stage, RoomStage::Running)).count();
        let next =
            self.own.iter().filter(|(_, own)| own.stage == RoomStage::Running && own.is_logged && own.revision > 0);
        let next: Vec<_> =
            next.map(|(room, own)| (room.clone(), own.schema)).take(DRAIN_AT_ONCE.saturating_sub(under_way)).collect();
        for (room, schema) in next {
            let takers =
                self.peers.all.iter().filter(|(_, peer)| peer.takes(schema) && peer.sees && peer.load() < 1000);
            let Some((_, to)) = takers.map(|(node, peer)| (peer.load(), *node)).min() else { return };
            if let Some(own) = self.own.get_mut(&room) {
                own.stage = RoomStage::Offered { to, since: self.clocks.most, sent: 0 };
            }
            // So that a hundred rooms do not all go to one node before it says that it has them.
            if let Some(peer) = self.peers.all.get_mut(&to) {
                peer.rooms += 1;
            }
        }
    }

    fn repeat_offers(&mut self) {
        let most = self.clocks.most;
        let mut offers = Vec::new();
        for (room, own) in &mut self.own {
            let lost = |to: &NodeId| self.peers.all.get(to).is_none_or(super::peers::Peer::is_gone);
            match &mut own.stage {
                RoomStage::Offered { to, since, .. }
                    if lost(to) || most.saturating_sub(*since) >= self.timing.hand_over =>
                {
                    own.stage = RoomStage::Running;
                    self.acts.push_back(Act::Kept { room: room.clone() });
                }
                RoomStage::Dialling { to, .. } if lost(to) => {
                    own.stage = RoomStage::Running;
                    self.acts.push_back(Act::Kept { room: room.clone() });
                }
                RoomStage::Offered { to, sent, .. } | RoomStage::Dialling { to, sent }
                    if *sent == 0 || most.saturating_sub(*sent) >= SAY_EVERY =>
                {
                    *sent = most;
                    offers.extend(own.epoch.map(|epoch| (*to, room.clone(), epoch, own.schema)));
                }
                _ => {}
            }
        }
        for (to, room, epoch, schema) in offers {
            self.send(to, LetterBody::Offer { room, epoch, schema });
        }
    }

    pub(super) fn take_offer(&mut self, from: NodeId, room: FleetCode, epoch: Epoch, schema: u64) {
        let heard = self.clocks.most;
        if let Some(followed) = self.followed.get_mut(&room).filter(|followed| followed.from == from) {
            followed.heard = heard;
            followed.epoch = epoch;
            if followed.is_ready {
                let players = followed.players;
                self.send(from, LetterBody::Ready { room, epoch, players });
            }
            return;
        }
        let has_place = self.own.len() < self.home.rooms_max as usize && self.followed.len() < CLAIMS_MAX;
        if self.is_draining || schema != self.home.schema || self.own.contains_key(&room) || !has_place {
            return;
        }
        self.followed.insert(room.clone(), Followed { from, epoch, is_ready: false, players: 0, tick: None, heard });
        self.acts.push_back(Act::Follow { room, from });
    }

    pub(super) fn take_ready(&mut self, from: NodeId, room: &FleetCode, epoch: Epoch, players: u32) {
        let address = self.address_of(from).unwrap_or_default();
        let Some(own) = self.own.get_mut(room).filter(|own| own.epoch == Some(epoch)) else { return };
        match own.stage {
            RoomStage::Offered { to, sent, .. } if to == from => {
                own.stage = RoomStage::Dialling { to: from, sent };
                self.acts.push_back(Act::Dial { room: room.clone(), to: from, address });
            }
            RoomStage::Dialling { to, .. } if to == from => {
                self.acts.push_back(Act::Awaited { room: room.clone(), players });
            }
            _ => {}
        }
    }

    /// Has the store say whose a room is that is cut.
    fn give(&mut self, room: &FleetCode) {
        let (Some(life), Some(own)) = (self.standing.life, self.own.get_mut(room)) else { return };
        let RoomStage::Cut { to, .. } = own.stage else { return };
        let record = RoomRecord { owner: to, former: Some(self.node), schema: own.schema, is_logged: own.is_logged };
        let Some(value) = encode(&record) else { return };
        own.is_asked = true;
        let expected = own.revision;
        self.ask_write(Purpose::Give { room: room.clone(), to }, room_key(life, room), expected, value);
    }

    pub(super) fn take_given(&mut self, room: &FleetCode, to: NodeId, reply: &Reply) {
        let Some(own) = self.own.get_mut(room) else { return };
        own.is_asked = false;
        match (reply, self.standing.life) {
            (Reply::Written(revision), _) => self.end_giving(room, to, *revision),
            (Reply::Conflict, Some(life)) => {
                own.is_asked = true;
                self.ask_read(Purpose::Room(room.clone()), room_key(life, room));
            }
            // Nobody knows: asked again, with the same revision, which only one of both can have.
            _ => {}
        }
    }

    fn end_giving(&mut self, room: &FleetCode, to: NodeId, revision: u64) {
        let Some(OwnRoom { stage, schema, is_logged, .. }) = self.own.remove(room) else { return };
        let (RoomStage::Cut { tick, .. }, Some(incarnation)) = (stage, self.standing.life) else { return };
        self.places.all.insert(room.clone(), super::rooms::PlaceOf { owner: to, revision, schema, is_logged });
        let epoch = Epoch { incarnation, revision };
        let given = GivenAway { to, epoch, tick, since: self.clocks.most, sent: 0, is_taken: false };
        self.given.insert(room.clone(), given);
        let address = self.address_of(to).unwrap_or_default();
        self.acts.push_back(Act::GivenAway { room: room.clone(), to, address });
        self.repeat_givens();
    }

    fn repeat_givens(&mut self) {
        let (most, patience) = (self.clocks.most, self.timing.hand_over);
        self.given.retain(|_, given| most.saturating_sub(given.since) < patience);
        let mut letters = Vec::new();
        for (room, given) in self.given.iter_mut().filter(|(_, given)| !given.is_taken) {
            if given.sent == 0 || most.saturating_sub(given.sent) >= SAY_EVERY {
                given.sent = most;
                letters.push((given.to, LetterBody::Take { room: room.clone(), epoch: given.epoch, tick: given.tick }));
            }
        }
        letters.into_iter().for_each(|(to, body)| self.send(to, body));
    }

    /// The room is ours, says its former owner: the store must say so too.
    pub(super) fn take_take(&mut self, from: NodeId, room: FleetCode, epoch: Epoch, tick: u32) {
        if self.own.contains_key(&room) {
            return self.send(from, LetterBody::Taken { room, epoch });
        }
        if let Some(followed) = self.followed.get_mut(&room) {
            (followed.tick, followed.heard) = (Some(tick), self.clocks.most);
        }
        let is_read = self.is_asked(|purpose| matches!(purpose, Purpose::Room(asked) if *asked == room));
        if let (Some(life), false) = (self.standing.life, is_read) {
            self.ask_read(Purpose::Room(room.clone()), room_key(life, &room));
        }
    }

    pub(super) fn take_taken(&mut self, from: NodeId, room: &FleetCode, epoch: Epoch) {
        if let Some(given) = self.given.get_mut(room).filter(|given| given.to == from && given.epoch == epoch) {
            given.is_taken = true;
        }
    }

    /// Tells the store of rooms that it does not know, since it has another life, and of those that are given away.
    pub(super) fn list_own(&mut self) {
        let (Some(life), true) = (self.standing.life, self.standing.revision > 0 && self.standing.is_permitted) else {
            return;
        };
        let asked = self.own.values().filter(|own| own.is_asked).count();
        let is_due = |own: &OwnRoom| !own.is_asked && (own.revision == 0 || matches!(own.stage, RoomStage::Cut { .. }));
        let due = self.own.iter().filter(|(_, own)| is_due(own)).take(CLAIMS_MAX.saturating_sub(asked));
        for room in due.map(|(room, _)| room.clone()).collect::<Vec<_>>() {
            if let Some(OwnRoom { stage: RoomStage::Cut { .. }, .. }) = self.own.get(&room) {
                self.give(&room);
            } else {
                self.list(&room, room_key(life, &room), 0, None);
            }
        }
    }

    fn list(&mut self, room: &FleetCode, key: String, expected: u64, over: Option<NodeId>) {
        let node = self.node;
        let Some(own) = self.own.get_mut(room) else { return };
        let former = over.or(own.former);
        let record = RoomRecord { owner: node, former, schema: own.schema, is_logged: own.is_logged };
        if let Some(value) = encode(&record) {
            own.is_asked = true;
            self.ask_write(Purpose::List(room.clone()), key, expected, value);
        }
    }

    pub(super) fn take_listed(&mut self, room: &FleetCode, reply: &Reply) {
        let Some(own) = self.own.get_mut(room) else { return };
        own.is_asked = false;
        match (reply, self.standing.life) {
            (Reply::Written(revision), _) => self.raise(room, *revision),
            (Reply::Conflict, Some(life)) => {
                own.is_asked = true;
                self.ask_read(Purpose::Room(room.clone()), room_key(life, room));
            }
            _ => {}
        }
    }

    fn raise(&mut self, room: &FleetCode, revision: u64) {
        let (Some(incarnation), Some(own)) = (self.standing.life, self.own.get_mut(room)) else { return };
        let epoch = Epoch { incarnation, revision };
        (own.revision, own.epoch) = (revision, Some(epoch));
        self.acts.push_back(Act::Raise { room: room.clone(), epoch });
    }

    /// A room that we have was read of.
    pub(super) fn settle_own(&mut self, room: &FleetCode) {
        let place = self.places.all.get(room).copied();
        let Some(own) = self.own.get_mut(room) else { return };
        let revision = own.revision;
        match (own.stage, place) {
            (RoomStage::Cut { to, .. }, Some(place)) if place.owner == to => self.end_giving(room, to, place.revision),
            // It was given, or claimed by its log, and went on from there: nobody told us.
            (RoomStage::Cut { .. }, Some(place)) if place.owner != self.node && place.revision > revision => {
                self.own.remove(room);
                self.acts.push_back(Act::Lose { room: room.clone() });
            }
            (RoomStage::Cut { .. }, place) => {
                own.is_asked = false;
                if let Some(place) = place.filter(|place| place.owner == self.node) {
                    own.revision = place.revision;
                }
            }
            // The store was told, and we were not told that it was.
            (stage, Some(place)) if stage.is_played() && revision == 0 && place.owner == self.node => {
                own.is_asked = false;
                self.raise(room, place.revision);
            }
            // Someone claimed it by a log that was no longer true, and will find that out when it reads the log anew.
            // So it is while our lease holds: else we may have been fenced, and it is theirs by right.
            (stage, Some(place)) if stage.is_played() && revision == 0 => {
                own.is_asked = false;
                if !self.standing.is_permitted {
                    return;
                }
                if let Some(life) = self.standing.life {
                    self.list(room, room_key(life, room), place.revision, Some(place.owner));
                }
            }
            (stage, _) if stage.is_played() => own.is_asked = false,
            // Another one claimed it before it was loaded here.
            (_, Some(place)) if place.owner != self.node && place.revision > revision => {
                self.own.remove(room);
                self.acts.push_back(Act::Lose { room: room.clone() });
            }
            (_, _) => {}
        }
    }

    /// Rooms of this node, and whether each is played here now.
    #[must_use]
    pub fn rooms(&self) -> Vec<(FleetCode, bool)> {
        self.own.iter().map(|(room, own)| (room.clone(), own.stage.is_played())).collect()
    }

    /// The node at which a room is known to be, without asking.
    #[must_use]
    pub fn known_place(&self, room: &FleetCode) -> Option<NodeId> {
        self.places.all.get(room).map(|place| place.owner)
    }
}
