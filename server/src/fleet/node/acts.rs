//! [`FleetHands`]: does what the directory wants: rooms begin, are loaded, cut and ended.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

use auspice::error::Moved;
use auspice_fleet::{Act, Epoch, FleetCode, Incarnation, NodeId, Orphan};

use super::member::Node;
use super::names::{fleet_code, room_code};
use super::questions::{ToldOptions, ToldWish};
use crate::error::ServeError;
use crate::fleet::way_to;
use crate::limits::NEWCOMER_COMES_WITHIN;
use crate::net::Refusal;
use crate::operate::admin::{Order, TakeOver};
use crate::rooms::{RoomCode, RoomEntry, Roster};
use crate::ticklog::{LogClaim, LogEpoch, RoomAbout, RoomLogs};

/// Receiver of how it went to load a room.
type Loading = (FleetCode, Receiver<Result<(), ServeError>>);

/// Reaches rooms and logs.
pub(super) struct FleetHands {
    node: Arc<Node>,
    roster: Arc<Roster>,
    logs: Option<Arc<RoomLogs>>,
    schema: u64,
    loading: Vec<Loading>,
    /// Rooms of other nodes that are followed.
    followed: Vec<FollowedEntry>,
}

/// A room of another node that is followed here.
struct FollowedEntry {
    room: FleetCode,
    entry: Arc<RoomEntry>,
    /// Players of whom that node was told that they wait here; none before it was told that the room is followed.
    told: Option<usize>,
}

impl FleetHands {
    pub(super) const fn new(node: Arc<Node>, roster: Arc<Roster>, logs: Option<Arc<RoomLogs>>, schema: u64) -> Self {
        Self { node, roster, logs, schema, loading: Vec::new(), followed: Vec::new() }
    }

    /// Does one thing.
    pub(super) fn act(&mut self, act: Act) {
        tracing::debug!(?act, "the fleet");
        match act {
            Act::Begin { room, epoch, options } => self.begin(&room, epoch, &options),
            Act::Restore { room, epoch, owner, after } => self.restore(room, epoch, owner, after),
            Act::Raise { room, epoch } => {
                let claim = self.claim(epoch, None);
                // One that does not read its orders writes by its old right, which is no less its own.
                self.with_room(&room, |entry| _ = entry.orders.try_send(Order::Raise(claim)));
            }
            Act::Lose { room } => self.with_room(&room, RoomEntry::go_elsewhere),
            Act::GivenAway { room, address, .. } => {
                if let Some(code) = room_code(&room) {
                    let moved = Moved { address: way_to(&address, code), word: None };
                    self.with_room(&room, |entry| entry.go_to(moved));
                }
            }
            Act::Follow { room, .. } => self.follow(room),
            Act::Unfollow { room } => self.unfollow(&room),
            Act::Dial { room, address, .. } => {
                let address = room_code(&room).map(|code| way_to(&address, code));
                self.with_room(&room, |entry| entry.hand_over.go(address));
            }
            Act::Awaited { room, players } => {
                self.with_room(&room, |entry| entry.hand_over.set_waiting(players as usize));
            }
            Act::Kept { room } => self.with_room(&room, |entry| entry.hand_over.go(None)),
            Act::Stop => tracing::warn!("the fleet's store is silent, or others are: time stands still for all rooms"),
            Act::GoOn => tracing::info!("time goes on for all rooms"),
            Act::Late { room, bytes } => self.with_room(&room, |entry| entry.hand_over.add_late(bytes)),
            Act::Seek { from, ask, wish } => {
                let found = match serde_json::from_str::<ToldWish>(&wish) {
                    Ok(ToldWish::Any(options)) => self.roster.fullest(&options),
                    Ok(ToldWish::Seat { seat }) => self.roster.find_by_token(seat),
                    Err(_) => None,
                };
                let room = found.map(|entry| (fleet_code(entry.code), entry.players() as u32));
                self.node.inner().directory.answer_seek(from, ask, room, self.node.now());
            }
            // Answers are taken before.
            Act::Sought { .. } | Act::FoundAt { .. } | Act::Opened { .. } | Act::Sent { .. } => {}
        }
    }

    fn claim(&self, epoch: Epoch, from: Option<NodeId>) -> LogClaim {
        let node = self.node.inner().directory.node().0;
        let epoch = LogEpoch { life: epoch.incarnation.0, revision: epoch.revision };
        LogClaim { epoch, node, from: from.map(|node| node.0) }
    }

    fn with_room(&self, room: &FleetCode, act: impl FnOnce(&RoomEntry)) {
        let Some(entry) = room_code(room).and_then(|code| self.roster.find(code)) else { return };
        act(&entry);
        self.roster.wake(&entry);
    }

    fn begin(&self, room: &FleetCode, epoch: Epoch, options: &str) {
        let told = room_code(room).zip(serde_json::from_str::<ToldOptions>(options).ok());
        let claim = self.logs.is_some().then(|| self.claim(epoch, None));
        let begun = told.map(|(code, told)| {
            let entry = self.roster.begin(code, told.options, told.private, claim, None)?;
            if told.for_one {
                entry.keep_for_one(NEWCOMER_COMES_WITHIN);
            }
            Ok::<_, Refusal>(entry)
        });
        if !matches!(begun, Some(Ok(_))) {
            self.node.inner().directory.close(room, self.node.now());
        }
    }

    /// Follows a room of another node. Where there is no place for it, that one gets no answer, and keeps it.
    fn follow(&mut self, room: FleetCode) {
        let followed = room_code(&room).and_then(|code| self.roster.follow(code, self.about(code)?).ok());
        match followed {
            Some(entry) => self.followed.push(FollowedEntry { room, entry, told: None }),
            None => {
                tracing::warn!(
                    %room,
                    "the room of another node cannot be followed: it has no log, or there is no place"
                );
            }
        }
    }

    fn unfollow(&mut self, room: &FleetCode) {
        for followed in self.followed.extract_if(.., |followed| followed.room == *room) {
            followed.entry.end();
            self.roster.wake(&followed.entry);
        }
    }

    /// Tells other nodes that their rooms are followed, and how many players wait.
    pub(super) fn tell_of_followed(&mut self) {
        for FollowedEntry { room, entry, told } in &mut self.followed {
            let waiting = entry.hand_over.waiting();
            if entry.hand_over.has_caught_up() && *told != Some(waiting) {
                *told = Some(waiting);
                self.node.inner().directory.following(room, waiting as u32, self.node.now());
            }
        }
    }

    /// Goes on with a room: one that was followed, or from its log.
    fn restore(&mut self, room: FleetCode, epoch: Epoch, owner: Option<NodeId>, after: Option<u32>) {
        let Some(index) = self.followed.iter().position(|followed| followed.room == room) else {
            return self.load(&room, epoch, owner);
        };
        let FollowedEntry { entry, .. } = self.followed.swap_remove(index);
        let (done, is_done) = sync_channel(1);
        let claim = self.claim(epoch, owner);
        // A room that does not read its orders has ended by a mistake, which is told by the other end of `done`.
        let _ = entry.orders.try_send(Order::TakeOver(TakeOver { claim, after, done }));
        self.roster.wake(&entry);
        self.loading.push((room, is_done));
    }

    /// Particulars of a room, by its log.
    fn about(&self, code: RoomCode) -> Option<RoomAbout> {
        self.logs.as_ref()?.about(&code.to_string()).ok().flatten()?.room
    }

    fn load(&mut self, room: &FleetCode, epoch: Epoch, owner: Option<NodeId>) {
        let claim = self.claim(epoch, owner);
        let (done, is_done) = sync_channel(1);
        let found = room_code(room).and_then(|code| Some((code, self.about(code)?)));
        let begun = found.map(|(code, about)| self.roster.take_up(code, about, Some(claim), Some(done)));
        if matches!(begun, Some(Ok(_))) {
            self.loading.push((room.clone(), is_done));
        } else {
            tracing::error!(%room, "the room of another node cannot go on here: it has no log, or there is no place");
            self.node.inner().directory.restored(room, false, self.node.now());
        }
    }

    /// Tells the directory of the rooms that were loaded.
    pub(super) fn look_after_loads(&mut self) {
        let node = &self.node;
        self.loading.retain(|(room, is_done)| {
            let is_restored = match is_done.try_recv() {
                Err(TryRecvError::Empty) => return true,
                Ok(Ok(())) => true,
                Ok(Err(_)) | Err(TryRecvError::Disconnected) => false,
            };
            node.inner().directory.restored(room, is_restored, node.now());
            false
        });
    }

    /// Offers the rooms of logs of which the store knows nothing: it may have lost everything.
    pub(super) fn look_into_logs(&self) {
        let Some(logs) = &self.logs else { return };
        for name in logs.names().unwrap_or_default() {
            let Some(room) = RoomCode::parse(&name).map(fleet_code) else { continue };
            if self.node.inner().directory.known_place(&room).is_some() {
                continue;
            }
            let Some(owner) = logs.about(&name).ok().flatten().and_then(|head| head.owner) else { continue };
            let epoch = Epoch { incarnation: Incarnation(owner.epoch.life), revision: owner.epoch.revision };
            let orphan = Orphan { owner: NodeId(owner.node), epoch, schema: self.schema };
            self.node.inner().directory.offer_orphan(room, orphan, self.node.now());
        }
    }
}
