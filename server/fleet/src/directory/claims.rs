//! Rooms of nodes that are gone: the node is fenced by its record first, then each of its rooms claimed.

use super::peers::{Peer, PeerListing};
use super::rooms::{OwnRoom, PlaceOf, RoomStage, WaitingRoom};
use super::{Act, Directory, LifeFor, Orphan, Purpose, Rule};
use crate::clock::Now;
use crate::fabric::{Ask, Reply};
use crate::id::{Epoch, FleetCode, NodeId};
use crate::limits::{CLAIMS_MAX, ORPHANS_MAX};
use crate::record::{LIFE, NodeRecord, NodeState, RoomRecord, encode, room_key};

impl Directory {
    /// Whether anything may be taken over: the store answers, and did so for one lease. Old owners had that long to
    /// renew.
    fn may_claim(&self) -> bool {
        let wait = if self.keeps(Rule::WaitOneLease) { self.timing.lease } else { 0 };
        let sees_since = self.standing.sees_since;
        self.standing.revision > 0 && sees_since.is_some_and(|since| self.clocks.least.saturating_sub(since) >= wait)
    }

    /// Time after which the record of a node may be fenced.
    fn patience_with(&self, peer: &Peer) -> u64 {
        let knows_me = peer.knows_me || !self.keeps(Rule::StrangersWait);
        self.timing.lease + if knows_me { 0 } else { self.timing.blind_for }
    }

    fn is_over(&self, peer: &Peer) -> bool {
        let (PeerListing::Live { since, .. } | PeerListing::Absent { since }) = peer.listed else { return true };
        self.clocks.least.saturating_sub(since) >= self.patience_with(peer)
    }

    /// Fences the nodes whose leases are over: whoever of them renews later is refused.
    pub(super) fn fence_others(&mut self) {
        if !self.may_claim() || self.is_blind() {
            return;
        }
        let over = self.peers.all.iter().filter(|(_, peer)| !peer.is_gone() && self.is_over(peer));
        let over: Vec<(NodeId, PeerListing, Option<NodeRecord>)> =
            over.map(|(node, peer)| (*node, peer.listed, peer.record.clone())).collect();
        for (node, listed, record) in over {
            if !self.keeps(Rule::FenceFirst) {
                self.orphan_rooms_of(node);
                continue;
            }
            let is_won = self.fenced.iter().any(|(fenced, _)| *fenced == node);
            if is_won || self.is_asked(|purpose| matches!(purpose, Purpose::Fence(asked) if *asked == node)) {
                continue;
            }
            let expected = if let PeerListing::Live { revision, .. } = listed { revision } else { 0 };
            let fenced = fenced_record(node, record, self.home.schema);
            if let (Some(key), Some(value)) = (self.key_of(node), encode(&fenced)) {
                self.ask_write(Purpose::Fence(node), key, expected, value);
            }
        }
    }

    pub(super) fn take_fence(&mut self, node: NodeId, reply: &Reply) {
        match reply {
            Reply::Written(_) => {
                self.fenced.push((node, self.number));
                self.ask_read(Purpose::Life(LifeFor::Start), LIFE.into());
            }
            // It renewed, or another one fenced it.
            _ => self.next_nodes = 0,
        }
    }

    /// The life of the store was the same when question `op` was answered: what was won before that question is ours.
    pub(super) fn confirm(&mut self, op: u64) {
        let Some(incarnation) = self.standing.life else { return };
        let won: Vec<NodeId> = self.fenced.iter().filter(|(_, after)| *after < op).map(|(node, _)| *node).collect();
        self.fenced.retain(|(_, after)| *after >= op);
        for node in won {
            if let Some(peer) = self.peers.all.get_mut(&node) {
                peer.listed = PeerListing::Gone { since: self.clocks.least };
                self.orphan_rooms_of(node);
            }
        }
        for (room, own) in &mut self.own {
            let RoomStage::Claimed { after } = own.stage else { continue };
            if after < op {
                let epoch = Epoch { incarnation, revision: own.revision };
                (own.stage, own.epoch) = (RoomStage::Restoring, Some(epoch));
                let after = self.followed.remove(room).and_then(|followed| followed.tick);
                self.acts.push_back(Act::Restore { room: room.clone(), epoch, owner: own.logged_owner, after });
            }
        }
    }

    /// A room that a log tells of. It is an orphan where the store knows nothing of it. A log that is bound to a later
    /// life than the store's says that the store's is too small: then it gets another one.
    pub fn offer_orphan(&mut self, room: FleetCode, orphan: Orphan, now: Now) {
        self.read_clock(now);
        self.standing.life_greatest = self.standing.life_greatest.max(Some(orphan.epoch.incarnation));
        let is_known = self.own.contains_key(&room) || self.places.all.contains_key(&room);
        if is_known || !self.knows_rooms || self.orphans.len() >= ORPHANS_MAX {
            return;
        }
        if !self.is_gone(orphan.owner) && orphan.owner != self.node {
            self.peers.meet(orphan.owner, self.clocks.least);
        }
        let waiting = WaitingRoom { orphan, revision: 0, is_logged: true, since: self.clocks.least };
        let known = self.orphans.entry(room).or_insert(waiting);
        known.orphan = orphan;
    }

    /// Claims rooms without an owner, some at a time.
    pub(super) fn take_orphans(&mut self) {
        if self.orphans.is_empty() || !self.may_claim() || self.is_blind() || self.is_draining {
            return;
        }
        let is_young = self.clocks.least.saturating_sub(self.standing.life_since) < self.timing.lease;
        let mut places = CLAIMS_MAX.saturating_sub(self.claims_under_way());
        let rooms: Vec<(FleetCode, WaitingRoom)> =
            self.orphans.iter().map(|(room, waiting)| (room.clone(), *waiting)).collect();
        for (room, waiting) in rooms {
            let place = self.places.all.get(&room).copied();
            if !self.is_still_orphan(&room, place, waiting) {
                self.orphans.remove(&room);
                continue;
            }
            let is_unlisted = place.is_none();
            if places == 0
                || is_unlisted && is_young
                || !self.owner_is_over(waiting.orphan.owner)
                || !self.is_my_turn(&room, waiting)
            {
                continue;
            }
            self.orphans.remove(&room);
            self.claim(room, waiting);
            places -= 1;
        }
    }

    fn claims_under_way(&self) -> usize {
        let own = self
            .own
            .values()
            .filter(|own| matches!(own.stage, RoomStage::Claimed { .. } | RoomStage::Restoring))
            .count();
        own + self.pending.values().filter(|pending| matches!(pending.purpose, Purpose::Claim { .. })).count()
    }

    fn is_still_orphan(&self, room: &FleetCode, place: Option<PlaceOf>, waiting: WaitingRoom) -> bool {
        let is_as_it_was = match place {
            Some(place) => place.owner == waiting.orphan.owner && place.revision == waiting.revision,
            None => waiting.revision == 0,
        };
        is_as_it_was && !self.own.contains_key(room) && waiting.orphan.schema == self.home.schema
    }

    /// Whether nobody else can have begun to write a room that this node wrote last by its log, or that is known to be
    /// nobody's: this node gave ours away, and whoever got it would have bound the log before its first write.
    pub(super) fn owner_is_over(&self, owner: NodeId) -> bool {
        let peer = self.peers.all.get(&owner);
        owner == self.node
            || self.is_gone(owner)
            || !self.keeps(Rule::FenceFirst) && peer.is_some_and(|peer| self.is_over(peer))
    }

    /// Nodes claim in an order of their own for each room, so that a dead node's rooms are spread and few claims meet.
    /// The store decides.
    fn is_my_turn(&self, room: &FleetCode, waiting: WaitingRoom) -> bool {
        let of_room = room.token().bytes().fold(0, |sum: u64, byte| mix(sum ^ u64::from(byte)));
        let rank_of = |node: NodeId| mix(node.0 ^ of_room);
        let mine = rank_of(self.node);
        let schema = waiting.orphan.schema;
        let others = self.peers.all.iter().filter(|(_, peer)| peer.takes(schema));
        let before = others.filter(|(node, _)| rank_of(**node) > mine).count() as u64;
        let turns = if self.followed.contains_key(room) { 0 } else { before };
        self.clocks.least.saturating_sub(waiting.since) >= turns * self.timing.patience
    }

    fn claim(&mut self, room: FleetCode, waiting: WaitingRoom) {
        let Some(life) = self.standing.life else { return };
        let key = room_key(life, &room);
        if !waiting.is_logged {
            // It died with its node.
            let op = self.ask_number(Purpose::Forget);
            self.asks.push_back(Ask::Remove { op, key, expected: waiting.revision });
            return;
        }
        let Orphan { owner, schema, .. } = waiting.orphan;
        let record = RoomRecord { owner: self.node, former: Some(owner), schema, is_logged: true };
        let Some(value) = encode(&record) else { return };
        let was_unlisted = waiting.revision == 0;
        let purpose = Purpose::Claim { room, orphan: waiting.orphan, was_unlisted, is_logged: true };
        self.ask_write(purpose, key, waiting.revision, value);
    }

    pub(super) fn take_claim(
        &mut self,
        room: FleetCode,
        orphan: Orphan,
        was_unlisted: bool,
        is_logged: bool,
        reply: &Reply,
    ) {
        let Reply::Written(revision) = reply else {
            // Another one was first; or it was done, and reading it tells.
            if let Some(life) = self.standing.life {
                self.ask_read(Purpose::Room(room.clone()), room_key(life, &room));
            }
            return;
        };
        let place = PlaceOf { owner: self.node, revision: *revision, schema: orphan.schema, is_logged };
        self.places.all.insert(room.clone(), place);
        let own = OwnRoom {
            stage: RoomStage::Claimed { after: self.number },
            revision: *revision,
            epoch: None,
            schema: orphan.schema,
            is_logged,
            former: Some(orphan.owner),
            logged_owner: was_unlisted.then_some(orphan.owner),
            is_asked: false,
        };
        self.own.insert(room, own);
        self.ask_read(Purpose::Life(LifeFor::Start), LIFE.into());
    }

    /// Answers [`Act::Restore`]. Where the log did not name the owner that it should, or cannot be read, the room is
    /// given up.
    pub fn restored(&mut self, room: &FleetCode, is_restored: bool, now: Now) {
        self.read_clock(now);
        let Some(own) = self.own.get_mut(room).filter(|own| own.stage == RoomStage::Restoring) else { return };
        if is_restored {
            own.stage = RoomStage::Running;
        } else {
            self.end(room);
        }
    }

    /// A room came to its end, or its log turned it away: it is taken out of the directory.
    pub fn close(&mut self, room: &FleetCode, now: Now) {
        self.read_clock(now);
        self.end(room);
    }

    /// The room's log was bound to a later epoch: another node has the room, whatever was told here.
    pub fn refused(&mut self, room: &FleetCode, now: Now) {
        self.read_clock(now);
        self.own.remove(room);
    }

    fn end(&mut self, room: &FleetCode) {
        let Some(own) = self.own.remove(room) else { return };
        self.places.all.remove(room);
        if let (Some(life), true) = (self.standing.life, own.revision > 0) {
            let op = self.ask_number(Purpose::Forget);
            self.asks.push_back(Ask::Remove { op, key: room_key(life, room), expected: own.revision });
        }
    }
}

fn fenced_record(node: NodeId, record: Option<NodeRecord>, schema: u64) -> NodeRecord {
    let unknown = NodeRecord {
        node,
        state: NodeState::Fenced,
        address: String::new(),
        direct: String::new(),
        build: String::new(),
        schema,
        rooms: 0,
        rooms_max: 0,
        draining: true,
        known: Vec::new(),
    };
    NodeRecord { state: NodeState::Fenced, known: Vec::new(), ..record.unwrap_or(unknown) }
}

/// The mixing step of `SplitMix64`.
fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
