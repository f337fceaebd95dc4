//! [`RoomEntry`]: a room as all threads see it.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use auspice::error::Moved;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::code::RoomCode;
use super::hand_over::RoomPassage;
use super::reserved::Reserved;
use super::wish::RoomOptions;
use crate::limits::ROOM_ARRIVALS_MAX;
use crate::net::Arrival;
use crate::operate::admin::{ORDERS_MAX, Order};
use crate::ticklog::{LogClaim, RoomAbout};

/// Milliseconds of a room that is not for one newcomer alone.
const FOR_ALL: u64 = u64::MAX;

/// A room, by what is told of it and where it is reached.
#[derive(Debug)]
pub(crate) struct RoomEntry {
    pub(crate) code: RoomCode,
    /// The number of the room since the start of the server: its worlds have seeds of their own.
    pub(crate) number: u64,
    pub(crate) options: RoomOptions,
    /// Is found by its code alone.
    pub(crate) is_private: bool,
    /// Outlasts being without players.
    pub(crate) lasts: bool,
    pub(crate) size: usize,
    pub(crate) arrivals: mpsc::Sender<Box<Arrival>>,
    pub(crate) orders: SyncSender<Order>,
    arriving: Arc<AtomicUsize>,
    players: AtomicUsize,
    away: AtomicUsize,
    refuses: AtomicBool,
    drains: AtomicBool,
    ends: AtomicBool,
    goes_elsewhere: AtomicBool,
    pub(crate) hand_over: RoomPassage,
    /// The node that plays it from now on.
    moved: OnceLock<Moved>,
    stands: AtomicBool,
    /// Milliseconds within which the one comes for whom it was made; [`FOR_ALL`] where others may come, too.
    for_one_millis: AtomicU64,
    tokens_start: AtomicU64,
    /// The worker that has it, by its index.
    worker: AtomicUsize,
}

/// The beginning of a room, and the right by which its log is written where several nodes may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RoomOrigin {
    /// A new room.
    New(Option<LogClaim>),
    /// The room that a log tells of.
    Logged(Option<LogClaim>),
}

/// The room's own ends of what its entry has the others of.
pub(crate) struct RoomEnds {
    pub(crate) entry: Arc<RoomEntry>,
    pub(crate) arrivals: mpsc::Receiver<Box<Arrival>>,
    pub(crate) orders: Receiver<Order>,
    /// The time from which its ticks are counted.
    pub(crate) started: Instant,
    pub(crate) origin: RoomOrigin,
}

/// A room, as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ListedRoom {
    pub(crate) code: String,
    /// Players, those who are away among them.
    pub(crate) players: usize,
    pub(crate) places: usize,
    pub(crate) options: RoomOptions,
    /// Privacy, for operators alone.
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub(crate) is_private: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub(crate) state: Option<&'static str>,
    /// The address of it at another node, where an operator had it made there.
    #[serde(skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub(crate) address: Option<String>,
}

/// Particulars of a room that is to be made.
pub(crate) struct EntrySpec {
    pub(crate) code: RoomCode,
    pub(crate) number: u64,
    pub(crate) options: RoomOptions,
    pub(crate) is_private: bool,
    pub(crate) lasts: bool,
    pub(crate) size: usize,
    pub(crate) worker: usize,
    pub(crate) origin: RoomOrigin,
}

impl RoomEntry {
    /// The entry of a room that is to be made, and the room's ends.
    pub(crate) fn open(spec: EntrySpec, started: Instant) -> RoomEnds {
        let EntrySpec { code, number, options, is_private, lasts, size, worker, origin } = spec;
        let (arrivals, waiting) = mpsc::channel(ROOM_ARRIVALS_MAX);
        let (orders, asked) = sync_channel(ORDERS_MAX);
        let entry = Self {
            code,
            number,
            options,
            is_private,
            lasts,
            size,
            arrivals,
            orders,
            arriving: Arc::default(),
            players: AtomicUsize::new(0),
            away: AtomicUsize::new(0),
            refuses: AtomicBool::new(false),
            drains: AtomicBool::new(false),
            ends: AtomicBool::new(false),
            goes_elsewhere: AtomicBool::new(false),
            hand_over: RoomPassage::default(),
            moved: OnceLock::new(),
            stands: AtomicBool::new(false),
            for_one_millis: AtomicU64::new(FOR_ALL),
            tokens_start: AtomicU64::new(0),
            worker: AtomicUsize::new(worker),
        };
        RoomEnds { entry: Arc::new(entry), arrivals: waiting, orders: asked, started, origin }
    }

    /// A place for somebody who is sent here.
    pub(crate) fn reserve(&self) -> Reserved {
        Reserved::new(&self.arriving)
    }

    /// Whether somebody is on the way here.
    pub(crate) fn is_awaited(&self) -> bool {
        self.arriving.load(Ordering::SeqCst) > 0
    }

    /// Players, those who are away and those on their way among them.
    pub(crate) fn taken(&self) -> usize {
        self.players.load(Ordering::Relaxed) + self.arriving.load(Ordering::SeqCst)
    }

    /// Whether a newcomer finds a place, if need be that of one who is away.
    pub(crate) fn has_place(&self) -> bool {
        self.taken() < self.size + self.away.load(Ordering::Relaxed)
    }

    /// Whether more are there and on their way than it has places.
    pub(crate) fn is_overfull(&self) -> bool {
        self.taken() > self.size + self.away.load(Ordering::Relaxed)
    }

    /// Number of its players.
    pub(crate) fn players(&self) -> usize {
        self.players.load(Ordering::Relaxed)
    }

    /// The room has so many players, of whom so many are away.
    pub(crate) fn note_players(&self, players: usize, away: usize) {
        self.players.store(players, Ordering::Relaxed);
        self.away.store(away, Ordering::Relaxed);
        if players > 0 {
            self.keep_for_all();
        }
    }

    /// Sets whether nobody is let in, for want of time.
    pub(crate) fn refuse_joins(&self, refuses: bool) {
        self.refuses.store(refuses, Ordering::Relaxed);
    }

    pub(crate) fn refuses_joins(&self) -> bool {
        self.refuses.load(Ordering::Relaxed)
    }

    /// Asks the room to let nobody in any more, and to end when its players have had their time.
    pub(crate) fn drain(&self) {
        self.drains.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.drains.load(Ordering::Relaxed)
    }

    /// Asks the room to end at once.
    pub(crate) fn end(&self) {
        self.ends.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_ending(&self) -> bool {
        self.ends.load(Ordering::Relaxed)
    }

    /// Asks the room to end here at once, since it goes on at another node: its players may come back, and its log is
    /// not closed.
    pub(crate) fn go_elsewhere(&self) {
        self.goes_elsewhere.store(true, Ordering::Relaxed);
        self.end();
    }

    /// The same as [`go_elsewhere`](Self::go_elsewhere), and its players are told where.
    #[cfg_attr(not(feature = "nats"), expect(dead_code, reason = "a node of a fleet does"))]
    pub(crate) fn go_to(&self, moved: Moved) {
        // A room goes once.
        let _ = self.moved.set(moved);
        self.go_elsewhere();
    }

    /// The node at which the room goes on, where that is known.
    pub(crate) fn moved(&self) -> Option<&Moved> {
        self.moved.get()
    }

    pub(crate) fn goes_elsewhere(&self) -> bool {
        self.goes_elsewhere.load(Ordering::Relaxed)
    }

    /// Particulars of the room, as its log has them.
    pub(crate) fn about(&self) -> RoomAbout {
        RoomAbout { number: self.number, is_private: self.is_private, options: self.options.clone() }
    }

    /// Whether it lets anybody in at all.
    pub(crate) fn is_open(&self) -> bool {
        !self.is_draining() && !self.is_ending()
    }

    /// Keeps it for one newcomer, to whom alone its code will be told, and who comes within this time or never.
    pub(crate) fn keep_for_one(&self, within: Duration) {
        self.for_one_millis.store(within.as_millis() as u64, Ordering::Relaxed);
    }

    /// Keeps it for all: its code was told to somebody, or somebody plays there.
    pub(crate) fn keep_for_all(&self) {
        self.for_one_millis.store(FOR_ALL, Ordering::Relaxed);
    }

    /// Time for which it stays without players from its beginning on, where nobody comes but the one for whom it was
    /// made.
    pub(crate) fn for_one(&self) -> Option<Duration> {
        let millis = self.for_one_millis.load(Ordering::Relaxed);
        (millis != FOR_ALL).then(|| Duration::from_millis(millis))
    }

    /// Sets whether its time stands still. Whoever sends something here looks at it afterwards, and the room looks for
    /// what was sent after it has set this.
    pub(crate) fn stand(&self, stands: bool) {
        self.stands.store(stands, Ordering::SeqCst);
    }

    pub(crate) fn stands(&self) -> bool {
        self.stands.load(Ordering::SeqCst)
    }

    /// Sets what the tokens of this room begin with.
    pub(crate) fn mark_tokens(&self, start: Option<[u8; 8]>) {
        self.tokens_start.store(start.map_or(0, u64::from_le_bytes), Ordering::Relaxed);
    }

    /// Whether a token that begins so is of this room.
    pub(crate) fn knows_tokens(&self, start: [u8; 8]) -> bool {
        let known = self.tokens_start.load(Ordering::Relaxed);
        known != 0 && known == u64::from_le_bytes(start)
    }

    /// The worker that has it.
    pub(crate) fn worker(&self) -> usize {
        self.worker.load(Ordering::Relaxed)
    }

    pub(crate) fn set_worker(&self, worker: usize) {
        self.worker.store(worker, Ordering::Relaxed);
    }

    /// Whether it is a room for whoever wants any with these options: with those and others, or with none where none
    /// are wanted. So a lobby is found without options, and no match by chance.
    pub(crate) fn suits(&self, options: &RoomOptions) -> bool {
        !self.is_private
            && !self.hand_over.is_heir()
            && (!options.is_empty() || self.options.is_empty())
            && self.has(options)
    }

    /// Whether it has these options.
    pub(crate) fn has(&self, options: &RoomOptions) -> bool {
        options.iter().all(|(name, value)| self.options.get(name) == Some(value))
    }

    /// The room as a player sees it.
    pub(crate) fn listed(&self) -> ListedRoom {
        ListedRoom {
            code: self.code.to_string(),
            players: self.players(),
            places: self.size,
            options: self.options.clone(),
            is_private: None,
            state: None,
            address: None,
        }
    }

    /// The room as an operator sees it.
    pub(crate) fn listed_in_full(&self) -> ListedRoom {
        let state = match self {
            _ if !self.is_open() => "draining",
            _ if self.hand_over.is_heir() => "following",
            _ if self.stands() => "standing",
            _ => "running",
        };
        ListedRoom { is_private: Some(self.is_private), state: Some(state), ..self.listed() }
    }
}

/// Share of a period by which the ticks of a room are behind those of the first, so that those of any few rooms in a
/// row are far from each other: by the golden ratio.
pub(crate) fn stagger(number: u64) -> f64 {
    (number as f64 * 0.618_033_988_749_895).fract()
}
