//! [`Directory`]: one node's part in a fleet, as a state machine.
//!
//! # Reading order
//!
//! `act` for what it says, `standing`, `peers` and `rooms` for what it holds; `lease` for its own record, `beats` for
//! its letters, `reading` for what it reads of others, `claims` for what becomes of a dead node's rooms, `opening` for
//! new ones, `looking` for players who want to join one, `seeking` for those who want any, `hand_over` for rooms that
//! change their node alive.

mod act;
mod beats;
mod claims;
mod hand_over;
mod lease;
mod looking;
mod opening;
mod peers;
mod reading;
mod rooms;
mod seeking;
mod standing;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use crate::clock::{Clocks, Now};
use crate::fabric::{Ask, FabricNews, Reply};
use crate::id::{Epoch, FleetCode, Incarnation, NodeId};
use crate::limits::Timing;
use crate::words::{Arrivals, Sending};

pub use act::{Act, FoundAt, Home, Orphan};

use peers::Peers;
use rooms::{Followed, GivenAway, OwnRoom, RoomOpening, RoomPlaces, Seeking, WaitingRoom};
use standing::OwnStanding;

/// Reasons to read the store's life.
#[derive(Clone, Copy, Debug)]
enum LifeFor {
    /// None is known, or something was won that is one's own only where the life is still the same.
    Start,
    /// A renewal is under way.
    Renewal,
    /// A renewal was refused.
    Conflict,
    /// The own record is not there.
    Absence,
}

/// Purposes of questions to the store.
#[derive(Clone, Debug)]
enum Purpose {
    Life(LifeFor),
    MakeLife(Incarnation),
    Renew,
    Own,
    Nodes,
    Rooms,
    Fence(NodeId),
    Claim { room: FleetCode, orphan: Orphan, was_unlisted: bool, is_logged: bool },
    Create { opening: u64, room: FleetCode },
    List(FleetCode),
    Give { room: FleetCode, to: NodeId },
    Room(FleetCode),
    Look { ask: u64, room: FleetCode },
    Forget,
}

/// A question that is under way.
#[derive(Clone, Debug)]
struct Pending {
    purpose: Purpose,
    sent: u64,
}

/// Rules that can be left out, to see what they are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(not(feature = "sim"), expect(unreachable_pub, reason = "a switch of the simulation"))]
pub enum Rule {
    /// Claims wait one lease after the store answers again.
    WaitOneLease,
    /// A node that says it sees the store keeps me from going on.
    SeeingPeersStopMe,
    /// A node that is not heard keeps me from going on.
    UnheardPeersStopMe,
    /// A promise counts from when its echo left, and not from when it came.
    EchoCounts,
    /// A lease ends less a margin.
    Margin,
    /// A lease ends at all.
    LeaseEnds,
    /// A dead node is fenced by its record before its rooms are claimed.
    FenceFirst,
    /// A newcomer waits as long as blind nodes may go on.
    StrangersWait,
    /// A step forward of one clock counts against whoever holds a lease.
    MostCounts,
    /// A renewal counts where the store's life was read with it.
    LifeIsRead,
    /// A node that was fenced gives its rooms up.
    FencedGivesUp,
}

/// A source of numbers that nobody can guess.
pub type Draw = Box<dyn FnMut() -> u64 + Send>;

/// A node's view of the fleet, and its own part in it.
pub struct Directory {
    home: Home,
    timing: Timing,
    draw: Draw,
    node: NodeId,
    clocks: Clocks,
    standing: OwnStanding,
    peers: Peers,
    places: RoomPlaces,
    own: BTreeMap<FleetCode, OwnRoom>,
    given: BTreeMap<FleetCode, GivenAway>,
    followed: BTreeMap<FleetCode, Followed>,
    /// Rooms whose owner is gone, and since when, by the clock that runs at least.
    orphans: BTreeMap<FleetCode, WaitingRoom>,
    openings: BTreeMap<u64, RoomOpening>,
    sendings: BTreeMap<u64, Sending>,
    seekings: BTreeMap<u64, Seeking>,
    arrivals: Arrivals,
    /// Nodes that were fenced by this one, and the last question before that was known: until a later one says that the
    /// store's life is still the same.
    fenced: Vec<(NodeId, u64)>,
    pending: BTreeMap<u64, Pending>,
    number: u64,
    letters: u64,
    next_beat: u64,
    next_nodes: u64,
    next_rooms: u64,
    /// Whether all rooms of this life were read.
    knows_rooms: bool,
    is_draining: bool,
    asks: VecDeque<Ask>,
    acts: VecDeque<Act>,
    broken: BTreeSet<Rule>,
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { node, standing, own, .. } = self;
        f.debug_struct("Directory")
            .field("node", node)
            .field("standing", standing)
            .field("own", own)
            .finish_non_exhaustive()
    }
}

impl Directory {
    /// A node that nobody knows yet.
    #[must_use]
    pub fn new(home: Home, timing: Timing, mut draw: Draw, now: Now) -> Self {
        let node = NodeId(draw());
        Self {
            home,
            timing,
            draw,
            node,
            clocks: Clocks::new(now),
            standing: OwnStanding::default(),
            peers: Peers::default(),
            places: RoomPlaces::default(),
            own: BTreeMap::new(),
            given: BTreeMap::new(),
            followed: BTreeMap::new(),
            orphans: BTreeMap::new(),
            openings: BTreeMap::new(),
            sendings: BTreeMap::new(),
            seekings: BTreeMap::new(),
            arrivals: Arrivals::default(),
            fenced: Vec::new(),
            pending: BTreeMap::new(),
            number: 0,
            letters: 0,
            next_beat: 0,
            next_nodes: 0,
            next_rooms: 0,
            knows_rooms: false,
            is_draining: false,
            asks: VecDeque::from([Ask::Listen { node }]),
            acts: VecDeque::new(),
            broken: BTreeSet::new(),
        }
    }

    /// Leaves a rule out.
    #[cfg(feature = "sim")]
    pub fn leave_out(&mut self, rule: Rule) {
        self.broken.insert(rule);
    }

    fn keeps(&self, rule: Rule) -> bool {
        !self.broken.contains(&rule)
    }

    /// This node's id. It has another one after it was fenced.
    #[must_use]
    pub fn node(&self) -> NodeId {
        self.node
    }

    /// Whether it hands its rooms over and takes no more.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.is_draining
    }

    /// The next order for the fabric.
    pub fn next_ask(&mut self) -> Option<Ask> {
        self.asks.pop_front()
    }

    /// The next thing to do.
    pub fn next_act(&mut self) -> Option<Act> {
        self.acts.pop_front()
    }

    /// Whether this room may be written at this moment, to its log and to players: asked before each write.
    pub fn may_write(&mut self, room: &FleetCode, now: Now) -> bool {
        self.read_clock(now);
        self.standing.is_permitted && self.own.get(room).is_some_and(|own| own.stage.is_played() && own.epoch.is_some())
    }

    /// The epoch by which this room is written.
    #[must_use]
    pub fn epoch(&self, room: &FleetCode) -> Option<Epoch> {
        self.own.get(room)?.epoch
    }

    /// Does what is due: called every few milliseconds.
    pub fn pass_time(&mut self, now: Now) {
        self.read_clock(now);
        self.give_up_waiting();
        self.renew();
        self.beat();
        self.read_others();
        self.fence_others();
        self.take_orphans();
        self.list_own();
        self.move_rooms();
        self.retry_openings();
        self.retry_sendings();
        self.end_seekings();
        self.arrivals.pass_time(self.clocks.most);
    }

    /// Takes news of the fabric.
    pub fn take(&mut self, told: FabricNews, now: Now) {
        self.read_clock(now);
        match told {
            FabricNews::Reply { op, reply } => {
                // An answer that nobody waits for came too late: what it says may be over.
                if let Some(Pending { purpose, .. }) = self.pending.remove(&op) {
                    self.take_reply(purpose, op, reply);
                }
            }
            FabricNews::Changed(item) => self.take_item(item),
            FabricNews::Renewed => {
                self.next_nodes = 0;
                self.next_rooms = 0;
            }
            FabricNews::Letter { way, letter } => self.take_letter(way, &letter),
            // What programs say to each other is none of a directory's.
            FabricNews::Leaflet { .. } => {}
        }
    }

    fn take_reply(&mut self, purpose: Purpose, op: u64, reply: Reply) {
        match purpose {
            Purpose::Life(why) => self.take_life(why, op, reply),
            Purpose::MakeLife(life) => self.take_made_life(life, &reply),
            Purpose::Renew => self.take_renewal(&reply),
            Purpose::Own => self.take_own_record(reply),
            Purpose::Nodes => self.take_nodes(reply),
            Purpose::Rooms => self.take_rooms(reply),
            Purpose::Fence(node) => self.take_fence(node, &reply),
            Purpose::Claim { room, orphan, was_unlisted, is_logged } => {
                self.take_claim(room, orphan, was_unlisted, is_logged, &reply);
            }
            Purpose::Create { opening, room } => self.take_created(opening, room, &reply),
            Purpose::List(room) => self.take_listed(&room, &reply),
            Purpose::Give { room, to } => self.take_given(&room, to, &reply),
            Purpose::Room(room) => self.take_room(&room, reply),
            Purpose::Look { ask, room } => self.take_look(ask, room, reply),
            Purpose::Forget => {}
        }
    }

    /// A number for a question.
    fn ask_number(&mut self, purpose: Purpose) -> u64 {
        self.number += 1;
        self.pending.insert(self.number, Pending { purpose, sent: self.clocks.most });
        self.number
    }

    fn ask_read(&mut self, purpose: Purpose, key: String) {
        let op = self.ask_number(purpose);
        self.asks.push_back(Ask::Read { op, key });
    }

    fn ask_write(&mut self, purpose: Purpose, key: String, expected: u64, value: Vec<u8>) {
        let op = self.ask_number(purpose);
        self.asks.push_back(Ask::Write { op, key, expected, value });
    }

    /// Questions without an answer for too long are as if they had failed: nobody knows what came of them.
    fn give_up_waiting(&mut self) {
        let (most, patience) = (self.clocks.most, self.timing.patience);
        // A hundred thousand rooms are read in some seconds.
        let of = |purpose: &Purpose| if matches!(purpose, Purpose::Rooms) { patience * 10 } else { patience };
        let is_late = |pending: &Pending| most.saturating_sub(pending.sent) >= of(&pending.purpose);
        let late: Vec<u64> = self.pending.iter().filter(|(_, pending)| is_late(pending)).map(|(op, _)| *op).collect();
        for op in late {
            if let Some(Pending { purpose, .. }) = self.pending.remove(&op) {
                self.take_reply(purpose, op, Reply::Failed);
            }
        }
    }

    /// Waits for no answer any more: the store has another life, or this node another id.
    fn drop_questions(&mut self) {
        for Pending { purpose, .. } in std::mem::take(&mut self.pending).into_values() {
            if let Purpose::Look { ask, .. } = purpose {
                self.acts.push_back(Act::FoundAt { ask, found: FoundAt::Later });
            }
        }
    }

    fn is_asked(&self, matches: impl Fn(&Purpose) -> bool) -> bool {
        self.pending.values().any(|pending| matches(&pending.purpose))
    }
}
