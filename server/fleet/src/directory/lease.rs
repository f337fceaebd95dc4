//! This node's own record: renewed, lost, and written anew where the store has another life.

use std::collections::BTreeSet;

use super::rooms::RoomStage;
use super::standing::{OwnStanding, RenewalRound};
use super::{Act, Directory, LifeFor, Purpose, Rule};
use crate::clock::Now;
use crate::fabric::{Ask, Reply, StoreItem};
use crate::id::{Incarnation, NodeId};
use crate::record::{LIFE, NodeRecord, NodeState, decode, encode, node_key};
use crate::table::{PeerSight, TableVerdict, may_go_on};

impl Directory {
    /// Reads the clock, and with it first of all whether rooms may go on: nothing that came meanwhile can undo that
    /// time has passed.
    pub(super) fn read_clock(&mut self, now: Now) {
        let most_counts = self.keeps(Rule::MostCounts);
        self.clocks.read(now, most_counts);
        let was_permitted = self.standing.is_permitted;
        let is_permitted = self.is_permitted_now();
        self.standing.is_permitted = is_permitted;
        if was_permitted && !is_permitted {
            self.acts.push_back(Act::Stop);
        }
        if !was_permitted && is_permitted {
            self.acts.push_back(Act::GoOn);
        }
        if self.is_blind() {
            self.standing.sees_since = None;
        }
    }

    fn is_permitted_now(&self) -> bool {
        self.clocks.most < self.permitted_until()
    }

    /// The time until which rooms may go on, by what is known now and by the clock that runs at most.
    fn permitted_until(&self) -> u64 {
        let Some(renewed) = self.standing.renewed else { return 0 };
        let most = self.clocks.most;
        let margin = if self.keeps(Rule::Margin) { self.timing.margin } else { 0 };
        let lease = renewed + self.timing.lease - margin;
        if !self.keeps(Rule::LeaseEnds) {
            return u64::MAX;
        }
        if most < lease {
            return lease;
        }
        // Who stopped goes on by a renewed lease alone.
        if !self.standing.is_permitted {
            return 0;
        }
        let silence = self.timing.beat * 3;
        let named = self.standing.named.iter().filter_map(|node| {
            let peer = self.peers.all.get(node)?;
            (!peer.is_gone()).then(|| (peer.hearing(most, silence), peer.promised))
        });
        let counted = named.filter(|(hearing, _)| match hearing {
            PeerSight::Unheard => self.keeps(Rule::UnheardPeersStopMe),
            PeerSight::Sees => self.keeps(Rule::SeeingPeersStopMe),
            PeerSight::Blind => true,
        });
        match may_go_on(false, counted.clone().map(|(hearing, _)| hearing)) {
            // For as long as all of them keep still.
            TableVerdict::GoOn => counted.map(|(_, promised)| promised).fold(renewed + self.timing.blind_for, u64::min),
            TableVerdict::StopAtLease => 0,
        }
    }

    /// The time for which rooms that are played here may be written from `now` on if nothing is heard meanwhile, in
    /// microseconds; 0 where they may not. For a [`WritePermit`](crate::WritePermit).
    pub fn may_write_for(&mut self, now: Now) -> u64 {
        self.read_clock(now);
        if self.standing.is_permitted { self.permitted_until().saturating_sub(self.clocks.most) } else { 0 }
    }

    /// Whether the store has been silent for too long to take anything over.
    pub(super) fn is_blind(&self) -> bool {
        let renewed = self.standing.renewed;
        renewed.is_none_or(|renewed| self.clocks.most.saturating_sub(renewed) >= self.timing.blind_after)
    }

    /// Writes the record, and reads the store's life beside it: both must be well for the lease to be renewed.
    pub(super) fn renew(&mut self) {
        let most = self.clocks.most;
        if self.standing.round.is_some() || most < self.standing.next_round {
            return;
        }
        self.standing.next_round = most + self.timing.renew;
        let Some(life) = self.standing.life else {
            if !self.is_asked(|purpose| matches!(purpose, Purpose::Life(_) | Purpose::MakeLife(_))) {
                self.ask_read(Purpose::Life(LifeFor::Start), LIFE.into());
            }
            return;
        };
        if self.is_asked(|purpose| matches!(purpose, Purpose::Own | Purpose::MakeLife(_))) {
            return;
        }
        let record = self.own_record(NodeState::Live);
        let known: BTreeSet<NodeId> = record.known.iter().copied().collect();
        let Some(value) = encode(&record) else { return };
        self.standing.named.extend(known.iter().copied());
        self.standing.round = Some(RenewalRound { sent: most, written: false, life_seen: false, known });
        self.ask_write(Purpose::Renew, node_key(life, self.node), self.standing.revision, value);
        self.ask_read(Purpose::Life(LifeFor::Renewal), LIFE.into());
    }

    fn own_record(&self, state: NodeState) -> NodeRecord {
        let known = self.peers.all.iter().filter(|(_, peer)| peer.record.is_some() && !peer.is_gone());
        NodeRecord {
            node: self.node,
            state,
            address: self.home.address.clone(),
            direct: self.home.direct.clone(),
            build: self.home.build.clone(),
            schema: self.home.schema,
            rooms: u32::try_from(self.own.len()).unwrap_or(u32::MAX),
            rooms_max: self.home.rooms_max,
            draining: self.is_draining,
            known: known.map(|(node, _)| *node).collect(),
        }
    }

    /// Says goodbye, with no rooms left: others need not wait for the lease to end.
    pub fn leave(&mut self) {
        self.is_draining = true;
        if let (Some(life), true) = (self.standing.life, self.own.is_empty()) {
            let value = encode(&self.own_record(NodeState::Left)).unwrap_or_default();
            self.ask_write(Purpose::Forget, node_key(life, self.node), self.standing.revision, value);
        }
    }

    pub(super) fn take_renewal(&mut self, reply: &Reply) {
        match reply {
            Reply::Written(revision) => {
                self.standing.revision = *revision;
                if let Some(round) = &mut self.standing.round {
                    round.written = true;
                }
                self.end_round();
            }
            Reply::Failed => self.standing.round = None,
            // Either one of ours was done that nobody told of, or the store has another life, or we were fenced: in
            // that order of likelihood, and the life is asked first.
            _ => {
                self.standing.round = None;
                self.ask_read(Purpose::Life(LifeFor::Conflict), LIFE.into());
            }
        }
    }

    pub(super) fn take_life(&mut self, why: LifeFor, op: u64, reply: Reply) {
        let Reply::StoreItem(item) = reply else { return self.standing.round = None };
        let text = item.as_ref().and_then(|item| String::from_utf8(item.value.clone()).ok());
        let life = text.and_then(|text| text.parse().ok()).map(Incarnation);
        match (life, self.standing.life) {
            (Some(life), Some(present)) if life == present && self.standing.life_greatest <= Some(life) => {
                self.confirm(op);
                self.take_same_life(why, life);
            }
            (Some(life), _) if self.standing.life_greatest.is_none_or(|greatest| life >= greatest) => {
                self.enter_life(life);
            }
            // There is none, or it was made by someone who knew of no greater one, and epochs would shrink.
            (_, _) => self.make_life(item.map_or(0, |item| item.revision)),
        }
    }

    fn take_same_life(&mut self, why: LifeFor, life: Incarnation) {
        match (why, &mut self.standing.round) {
            (LifeFor::Renewal, Some(round)) => {
                round.life_seen = true;
                self.end_round();
            }
            (LifeFor::Conflict, _) => self.ask_read(Purpose::Own, node_key(life, self.node)),
            (LifeFor::Absence, _) => self.renounce(),
            (LifeFor::Renewal | LifeFor::Start, _) => {}
        }
    }

    fn make_life(&mut self, expected: u64) {
        self.standing.round = None;
        if self.is_asked(|purpose| matches!(purpose, Purpose::MakeLife(_))) {
            return;
        }
        let life = Incarnation::after(self.standing.life_greatest, self.clocks.wall(), (self.draw)());
        self.ask_write(Purpose::MakeLife(life), LIFE.into(), expected, life.0.to_string().into_bytes());
    }

    pub(super) fn take_made_life(&mut self, life: Incarnation, reply: &Reply) {
        if matches!(reply, Reply::Written(_)) {
            self.enter_life(life);
        }
        self.standing.next_round = 0;
    }

    /// The store has another life, in which nothing of what was known is written.
    fn enter_life(&mut self, life: Incarnation) {
        self.standing.enter(life, self.clocks.least);
        self.peers.enter_life(self.clocks.least);
        self.places.all.clear();
        self.orphans.clear();
        self.fenced.clear();
        self.knows_rooms = false;
        (self.next_nodes, self.next_rooms) = (0, 0);
        self.drop_questions();
        self.drop_half_taken();
        if !self.standing.is_permitted {
            // While it stood still it may have been fenced, and nothing says so any more.
            self.renounce();
        }
    }

    /// Rooms that are not loaded yet are nobody's in another life.
    fn drop_half_taken(&mut self) {
        for (room, mut own) in std::mem::take(&mut self.own) {
            if own.stage.is_played() || matches!(own.stage, RoomStage::Cut { .. }) {
                (own.revision, own.is_asked) = (0, false);
                self.own.insert(room, own);
            } else {
                self.acts.push_back(Act::Lose { room });
            }
        }
    }

    fn end_round(&mut self) {
        let Some(round) =
            self.standing.round.as_ref().filter(|round| round.written && round.life_seen || self.is_enough(round))
        else {
            return;
        };
        let round = round.clone();
        self.standing.round = None;
        if std::mem::take(&mut self.standing.is_new_in_life) && !self.standing.is_permitted && !self.own.is_empty() {
            return self.renounce();
        }
        self.standing.named = round.known;
        let is_first = self.standing.sees_since.is_none();
        if is_first {
            self.standing.sees_since = Some(self.clocks.least);
        }
        self.standing.renewed = Some(round.sent);
        let was_permitted = self.standing.is_permitted;
        self.standing.is_permitted = self.is_permitted_now();
        if !was_permitted && self.standing.is_permitted {
            self.acts.push_back(Act::GoOn);
        }
    }

    fn is_enough(&self, round: &RenewalRound) -> bool {
        round.written && !self.keeps(Rule::LifeIsRead)
    }

    pub(super) fn take_own_record(&mut self, reply: Reply) {
        let Reply::StoreItem(item) = reply else { return };
        match item
            .as_ref()
            .and_then(|StoreItem { revision, value, .. }| Some((*revision, decode::<NodeRecord>(value)?)))
        {
            Some((revision, record)) if record.state == NodeState::Live || !self.keeps(Rule::FencedGivesUp) => {
                self.standing.revision = revision;
                self.standing.next_round = 0;
            }
            // Fenced.
            Some(_) => self.renounce(),
            // Or so long ago that nobody remembers; or the store was lost between two questions.
            None if self.standing.revision > 0 => self.ask_read(Purpose::Life(LifeFor::Absence), LIFE.into()),
            None => self.standing.next_round = 0,
        }
    }

    /// Gives every room up, and is a newcomer from now on.
    pub(super) fn renounce(&mut self) {
        for room in std::mem::take(&mut self.own).into_keys() {
            self.acts.push_back(Act::Lose { room });
        }
        for room in std::mem::take(&mut self.followed).into_keys() {
            self.acts.push_back(Act::Unfollow { room });
        }
        self.given.clear();
        self.fenced.clear();
        self.drop_questions();
        self.standing.former.insert(self.node);
        self.node = NodeId((self.draw)());
        self.asks.push_back(Ask::Listen { node: self.node });
        let OwnStanding { life, life_greatest, life_since, former, .. } = std::mem::take(&mut self.standing);
        self.standing = OwnStanding { life, life_greatest, life_since, former, ..OwnStanding::default() };
        for peer in self.peers.all.values_mut() {
            peer.knows_me = false;
        }
    }
}
