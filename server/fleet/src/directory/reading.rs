//! Readings of what the store says of others: nodes often, rooms now and then, and each change as a hint.

use std::collections::BTreeSet;

use super::peers::PeerListing;
use super::rooms::{OwnRoom, PlaceOf, RoomStage, WaitingRoom};
use super::{Directory, LifeFor, Orphan, Purpose};
use crate::fabric::{Ask, Reply, StoreItem};
use crate::id::{Epoch, FleetCode, NodeId};
use crate::limits::ROOMS_MAX;
use crate::record::{
    LIFE, NamedKey, NodeRecord, RoomRecord, decode, named, node_key, nodes_prefix, room_key, rooms_prefix,
};

impl Directory {
    /// Reads nodes often, since a lease is over so long after its renewal was seen, and rooms where it is time to.
    pub(super) fn read_others(&mut self) {
        let most = self.clocks.most;
        let (Some(life), true) = (self.standing.life, self.standing.revision > 0) else { return };
        if most >= self.next_nodes && !self.is_asked(|purpose| matches!(purpose, Purpose::Nodes)) {
            self.next_nodes = most + self.timing.renew * 2;
            let op = self.ask_number(Purpose::Nodes);
            self.asks.push_back(Ask::ReadAll { op, prefix: nodes_prefix(life) });
        }
        if most >= self.next_rooms && !self.is_asked(|purpose| matches!(purpose, Purpose::Rooms)) {
            self.next_rooms = most + self.timing.reread;
            let op = self.ask_number(Purpose::Rooms);
            self.asks.push_back(Ask::ReadAll { op, prefix: rooms_prefix(life) });
        }
    }

    pub(super) fn take_nodes(&mut self, reply: Reply) {
        let (Some(life), Reply::Items(items)) = (self.standing.life, reply) else { return };
        let mut missing: BTreeSet<NodeId> = self.peers.all.keys().copied().collect();
        for item in items {
            if let Some(NamedKey::Node(node)) = named(life, &item.key) {
                missing.remove(&node);
                self.take_node(node, &item);
            }
        }
        for node in missing {
            if let Some(peer) = self.peers.all.get_mut(&node)
                && matches!(peer.listed, PeerListing::Live { .. })
            {
                peer.listed = PeerListing::Absent { since: self.clocks.least };
            }
        }
        self.forget_gone();
    }

    fn take_node(&mut self, node: NodeId, item: &StoreItem) {
        let Some(record) = decode::<NodeRecord>(&item.value).filter(|record| record.node == node) else { return };
        if node == self.node || self.standing.former.contains(&node) {
            return;
        }
        if self.peers.take_record(self.node, item.revision, record, self.clocks.least) {
            self.orphan_rooms_of(node);
        }
    }

    /// Takes records away of nodes that went so long ago that nobody asks for them.
    fn forget_gone(&mut self) {
        let (least, long) = (self.clocks.least, self.timing.blind_for * 2);
        let is_old = |listed| matches!(listed, PeerListing::Gone { since } if least.saturating_sub(since) > long);
        let old = self.peers.all.iter().filter(|(_, peer)| is_old(peer.listed)).map(|(node, _)| *node);
        for node in old.collect::<Vec<_>>() {
            self.peers.all.remove(&node);
        }
    }

    pub(super) fn take_rooms(&mut self, reply: Reply) {
        let (Some(life), Reply::Items(items)) = (self.standing.life, reply) else {
            self.next_rooms = self.clocks.most + self.timing.renew;
            return;
        };
        let newest = items.iter().map(|item| item.revision).max().unwrap_or(0);
        // What a hint told of is younger than what was read.
        let mut all = std::mem::take(&mut self.places.all);
        all.retain(|_, place| place.revision > newest);
        for item in items {
            if let (Some(NamedKey::Room(room)), Some(record)) =
                (named(life, &item.key), decode::<RoomRecord>(&item.value))
            {
                let place = place_of(item.revision, &record);
                let has_space = all.len() < ROOMS_MAX;
                match all.get_mut(&room) {
                    Some(kept) if kept.revision >= place.revision => {}
                    Some(kept) => *kept = place,
                    None if has_space => {
                        all.insert(room, place);
                    }
                    None => {}
                }
            }
        }
        self.places.all = all;
        self.knows_rooms = true;
        let rooms: Vec<FleetCode> = self.places.all.keys().cloned().collect();
        rooms.into_iter().for_each(|room| self.look_at(room));
    }

    /// Takes a change that the store told of.
    pub(super) fn take_item(&mut self, item: StoreItem) {
        let Some(life) = self.standing.life else { return };
        if item.key == LIFE {
            // Read as part of the next renewal, which is due now.
            self.standing.next_round = 0;
            return;
        }
        match named(life, &item.key) {
            Some(NamedKey::Node(node)) => self.take_node(node, &item),
            Some(NamedKey::Room(room)) => self.take_place(room, &item),
            None => {}
        }
    }

    fn take_place(&mut self, room: FleetCode, item: &StoreItem) {
        let known = self.places.all.get(&room).map_or(0, |place| place.revision);
        if item.revision <= known {
            return;
        }
        match decode::<RoomRecord>(&item.value) {
            Some(record) if known > 0 || self.places.all.len() < ROOMS_MAX => {
                self.places.all.insert(room.clone(), place_of(item.revision, &record));
                self.look_at(room);
            }
            _ => {
                self.places.all.remove(&room);
            }
        }
    }

    pub(super) fn take_room(&mut self, room: &FleetCode, reply: Reply) {
        let Reply::StoreItem(item) = reply else {
            // Nobody knows: whoever asked may ask again.
            self.own.get_mut(room).into_iter().for_each(|own| own.is_asked = false);
            return;
        };
        match item {
            Some(item) => {
                // Said on being asked: younger than any hint.
                self.places.all.remove(room);
                self.take_place(room.clone(), &item);
            }
            None => {
                self.places.all.remove(room);
            }
        }
        self.settle_own(room);
    }

    /// Draws conclusions from where a room is said to be.
    fn look_at(&mut self, room: FleetCode) {
        let Some(place) = self.places.all.get(&room).copied() else { return };
        if self.own.contains_key(&room) {
            self.settle_own(&room);
        } else if place.owner == self.node {
            self.take_stray(room, place);
        } else if self.owner_is_over(place.owner) {
            let Some(incarnation) = self.standing.life else { return };
            let epoch = Epoch { incarnation, revision: place.revision };
            let orphan = Orphan { owner: place.owner, epoch, schema: place.schema };
            let waiting =
                WaitingRoom { orphan, revision: place.revision, is_logged: place.is_logged, since: self.clocks.least };
            self.orphans.entry(room).or_insert(waiting);
        } else {
            self.peers.meet(place.owner, self.clocks.least);
        }
    }

    pub(super) fn is_gone(&self, node: NodeId) -> bool {
        self.standing.former.contains(&node) || self.peers.all.get(&node).is_some_and(super::peers::Peer::is_gone)
    }

    /// A room that is ours and that we do not have: someone gave it to us, or we asked for it and were not told.
    fn take_stray(&mut self, room: FleetCode, place: PlaceOf) {
        let is_asked = self.is_asked(|purpose| match purpose {
            Purpose::Create { room: asked, .. }
            | Purpose::Claim { room: asked, .. }
            | Purpose::Give { room: asked, .. } => *asked == room,
            _ => false,
        });
        if is_asked {
            return;
        }
        let Some(life) = self.standing.life else { return };
        if !place.is_logged && !self.followed.contains_key(&room) {
            let op = self.ask_number(Purpose::Forget);
            self.asks.push_back(Ask::Remove { op, key: room_key(life, &room), expected: place.revision });
            return;
        }
        let own = OwnRoom {
            stage: RoomStage::Claimed { after: self.number },
            revision: place.revision,
            epoch: None,
            schema: place.schema,
            is_logged: place.is_logged,
            former: None,
            logged_owner: None,
            is_asked: false,
        };
        self.own.insert(room, own);
        self.ask_read(Purpose::Life(LifeFor::Start), LIFE.into());
    }

    /// Rooms of a node that is gone have no owner.
    pub(super) fn orphan_rooms_of(&mut self, node: NodeId) {
        let of_it = self.places.all.iter().filter(|(_, place)| place.owner == node).map(|(room, _)| room.clone());
        of_it.collect::<Vec<_>>().into_iter().for_each(|room| self.look_at(room));
    }

    /// The key of another node in this life.
    pub(super) fn key_of(&self, node: NodeId) -> Option<String> {
        self.standing.life.map(|life| node_key(life, node))
    }
}

fn place_of(revision: u64, record: &RoomRecord) -> PlaceOf {
    PlaceOf { owner: record.owner, revision, schema: record.schema, is_logged: record.is_logged }
}
