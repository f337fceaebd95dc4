//! New rooms: at the node with the most place, here or elsewhere.

use super::rooms::{OwnRoom, PlaceOf, RoomOpening, RoomStage};
use super::{Act, Directory, FoundAt, Purpose};
use crate::clock::Now;
use crate::fabric::Reply;
use crate::id::{Epoch, FleetCode, NodeId};
use crate::letter::LetterBody;
use crate::limits::OPENINGS_MAX;
use crate::record::{RoomRecord, encode, room_key};

/// Time after which another node is asked, in microseconds. A node answers after two ways and a write.
const ASK_NEXT_AFTER: u64 = 300_000;

/// Nodes that are asked for one room. The third of a fleet that does not answer within a second is no fleet.
const TRIES: usize = 3;

impl Directory {
    /// Makes a room of a game of this schema, at the node with the most place. [`Act::Opened`] answers the number that
    /// is given, at once where nobody can.
    pub fn open(&mut self, schema: u64, options: &str, is_logged: bool, now: Now) -> u64 {
        self.read_clock(now);
        self.number += 1;
        let ask = self.number;
        let asked_at = self.clocks.most;
        let opening =
            RoomOpening { schema, options: options.into(), is_logged, tried: Vec::new(), asked_at, wanted_by: None };
        self.begin_opening(ask, opening);
        ask
    }

    fn begin_opening(&mut self, ask: u64, opening: RoomOpening) {
        if self.openings.len() >= OPENINGS_MAX {
            return self.end_opening(ask, &opening, None);
        }
        self.openings.insert(ask, opening);
        self.ask_next(ask);
    }

    /// Asks the node with the most place that was not asked yet.
    fn ask_next(&mut self, ask: u64) {
        let Some(mut opening) = self.openings.remove(&ask) else { return };
        let next = if opening.tried.len() < TRIES { self.node_with_place(&opening) } else { None };
        let Some(node) = next else { return self.end_opening(ask, &opening, None) };
        opening.tried.push(node);
        opening.asked_at = self.clocks.most;
        let (schema, options, is_logged) = (opening.schema, opening.options.clone(), opening.is_logged);
        self.openings.insert(ask, opening);
        if node == self.node {
            self.create(ask, schema, is_logged);
        } else {
            // It says so itself with its next letter.
            if let Some(peer) = self.peers.all.get_mut(&node) {
                peer.rooms += 1;
            }
            self.send(node, LetterBody::Place { ask, schema, options });
        }
    }

    /// The node of this schema with the fewest rooms by its places; this one where it is as good.
    fn node_with_place(&self, opening: &RoomOpening) -> Option<NodeId> {
        let is_new = |node: &NodeId| !opening.tried.contains(node);
        let places = u64::from(self.home.rooms_max.max(1));
        let load = self.own.len() as u64 * 1000 / places;
        let takes =
            self.home.schema == opening.schema && !self.is_draining && self.standing.is_permitted && !self.is_blind();
        let here = (takes && load < 1000 && is_new(&self.node)).then_some((load, self.node));
        if opening.wanted_by.is_some() {
            return here.map(|(_, node)| node);
        }
        let (most, beat) = (self.clocks.most, self.timing.beat);
        let others = self.peers.all.iter().filter(|(node, peer)| {
            is_new(node) && peer.takes(opening.schema) && peer.sees && peer.is_heard(most, beat) && peer.load() < 1000
        });
        let best = others.map(|(node, peer)| (peer.load(), *node)).min();
        here.into_iter().chain(best).min_by_key(|(load, _)| *load).map(|(_, node)| node)
    }

    fn create(&mut self, opening: u64, schema: u64, is_logged: bool) {
        let Some(life) = self.standing.life else { return };
        let room = FleetCode::draw((self.draw)());
        let record = RoomRecord { owner: self.node, former: None, schema, is_logged };
        let Some(value) = encode(&record) else { return };
        let key = room_key(life, &room);
        self.ask_write(Purpose::Create { opening, room }, key, 0, value);
    }

    pub(super) fn take_created(&mut self, opening: u64, room: FleetCode, reply: &Reply) {
        let (Reply::Written(revision), Some(incarnation)) = (reply, self.standing.life) else {
            return self.ask_next(opening);
        };
        // Whoever wanted it gave up. The record is seen to be nobody's with the next reading.
        let Some(wanted) = self.openings.remove(&opening) else { return };
        let epoch = Epoch { incarnation, revision: *revision };
        let (schema, is_logged) = (wanted.schema, wanted.is_logged);
        self.places.all.insert(room.clone(), PlaceOf { owner: self.node, revision: *revision, schema, is_logged });
        let own = OwnRoom {
            stage: RoomStage::Running,
            revision: *revision,
            epoch: Some(epoch),
            schema,
            is_logged,
            former: None,
            logged_owner: None,
            is_asked: false,
        };
        self.own.insert(room.clone(), own);
        self.acts.push_back(Act::Begin { room: room.clone(), epoch, options: wanted.options.clone() });
        self.end_opening(opening, &wanted, Some((room, FoundAt::Here)));
    }

    fn end_opening(&mut self, ask: u64, opening: &RoomOpening, room: Option<(FleetCode, FoundAt)>) {
        match opening.wanted_by {
            Some((node, ask)) => self.send(node, LetterBody::Placed { ask, room: room.map(|(room, _)| room) }),
            None => self.acts.push_back(Act::Opened { ask, room }),
        }
    }

    /// Another node wants a room to be made here.
    pub(super) fn take_order(&mut self, from: NodeId, ask: u64, schema: u64, options: String) {
        self.number += 1;
        let number = self.number;
        let (wanted_by, asked_at) = (Some((from, ask)), self.clocks.most);
        let opening = RoomOpening { schema, options, is_logged: true, tried: Vec::new(), asked_at, wanted_by };
        self.begin_opening(number, opening);
    }

    pub(super) fn take_placed(&mut self, from: NodeId, ask: u64, room: Option<FleetCode>) {
        let is_waited_for = self.openings.get(&ask).is_some_and(|opening| opening.tried.last() == Some(&from));
        match room {
            _ if !is_waited_for => {}
            None => self.ask_next(ask),
            Some(room) => {
                let address = self.address_of(from).unwrap_or_default();
                if let Some(opening) = self.openings.remove(&ask) {
                    self.end_opening(ask, &opening, Some((room, FoundAt::There { node: from, address })));
                }
            }
        }
    }

    /// Asks the next node where one did not answer.
    pub(super) fn retry_openings(&mut self) {
        let most = self.clocks.most;
        let patience = |opening: &RoomOpening| {
            if opening.tried.last() == Some(&self.node) { self.timing.patience * 2 } else { ASK_NEXT_AFTER }
        };
        let is_late = |opening: &RoomOpening| most.saturating_sub(opening.asked_at) >= patience(opening);
        let late = self.openings.iter().filter(|(_, opening)| is_late(opening)).map(|(ask, _)| *ask);
        late.collect::<Vec<_>>().into_iter().for_each(|ask| self.ask_next(ask));
    }
}
