//! [`Roster`]: all rooms of a server, and to which of them a player is sent.

mod opening;

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::code::RoomCode;
use super::entry::{ListedRoom, RoomEntry};
use super::mail::{WorkerMail, WorkerPost};
use super::reserved::Reserved;
use super::wish::{RoomOptions, RoomWish};
use crate::fleet::{Fleet, Wanted};
use crate::limits::ROOMS_LISTED_MAX;
use crate::net::{Door, Refusal, Source};

/// The option that every game has: places in the room, no more than the operator allows.
pub(crate) const PLACES: &str = "places";

/// Judges whether the game has a room of such options.
pub(crate) type JudgeOptions = Box<dyn Fn(&RoomOptions) -> bool + Send + Sync>;

/// Bounds of all rooms.
pub(crate) struct RosterSpec {
    /// Rooms at once.
    pub(crate) rooms_max: usize,
    /// Players in each.
    pub(crate) size: usize,
    /// Time from one tick of a room to the next.
    pub(crate) period: Duration,
    pub(crate) judge: JudgeOptions,
}

/// All rooms.
pub(crate) struct Roster {
    spec: RosterSpec,
    rooms: Mutex<Rooms>,
    /// Rooms of the players whose ids somebody vouches for.
    players: Mutex<HashMap<String, RoomCode>>,
    /// The workers that run them; none where there is one room for ever, on a thread of its own.
    workers: OnceLock<Vec<WorkerPost>>,
    /// The nodes of which this server is one, if it is.
    fleet: OnceLock<Arc<dyn Fleet>>,
}

#[derive(Default)]
struct Rooms {
    by_code: BTreeMap<RoomCode, Arc<RoomEntry>>,
    made: u64,
}

/// The room to which a player is sent.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) entry: Arc<RoomEntry>,
    pub(crate) reserved: Reserved,
    /// Why nobody is let in there but those who have a seat, if that is so.
    pub(crate) closed: Option<Refusal>,
    /// The room of the fleet that is meant: this one reads the hello, and sends the player on.
    pub(crate) on_to: Option<Wanted>,
}

/// A player's seat in a room, by the id that somebody vouches for. Forgotten when it is dropped.
#[derive(Debug)]
pub(crate) struct KnownPlayer {
    roster: Arc<Roster>,
    player: String,
    code: RoomCode,
}

impl Drop for KnownPlayer {
    fn drop(&mut self) {
        let mut players = self.roster.players();
        // By now it may have one in another room.
        if players.get(&self.player) == Some(&self.code) {
            players.remove(&self.player);
        }
    }
}

impl fmt::Debug for Roster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Roster").finish_non_exhaustive()
    }
}

impl Roster {
    /// A roster without rooms and workers.
    pub(crate) fn new(spec: RosterSpec) -> Self {
        Self {
            spec,
            rooms: Mutex::default(),
            players: Mutex::default(),
            workers: OnceLock::new(),
            fleet: OnceLock::new(),
        }
    }

    /// Has these workers run the rooms from now on.
    pub(crate) fn employ(&self, workers: Vec<WorkerPost>) {
        // A roster has its workers once.
        let _ = self.workers.set(workers);
    }

    /// Is a node's from now on: rooms for players are made by the fleet.
    #[cfg_attr(not(any(test, feature = "nats")), expect(dead_code, reason = "a server is alone without it"))]
    pub(crate) fn join(&self, fleet: Arc<dyn Fleet>) {
        // A server is one node.
        let _ = self.fleet.set(fleet);
    }

    /// The nodes of which this server is one, if it is.
    pub(crate) fn fleet(&self) -> Option<&Arc<dyn Fleet>> {
        self.fleet.get()
    }

    /// The porch of a node: the room that reads the hellos of players whose room is at another node, or is not made
    /// before it is known who they are.
    pub(crate) fn porch_for(&self, on_to: Wanted) -> Option<Choice> {
        let porch = lasting(&self.rooms())?;
        Some(Choice { on_to: Some(on_to), ..chosen(porch, None) })
    }

    /// The room that a player wants. `may_make` is asked before one is made for it.
    ///
    /// # Errors
    /// [`Refusal::NoSuchRoom`], [`Refusal::Full`], [`Refusal::TooOften`]; [`Refusal::Elsewhere`] where the fleet is
    /// to be asked.
    pub(crate) fn choose(&self, wish: &RoomWish, may_make: impl FnOnce() -> bool) -> Result<Choice, Refusal> {
        // The game's own word, while no room waits for the roster.
        let is_fit = match wish {
            RoomWish::Any(options) | RoomWish::New(options) => self.is_fit(options),
            RoomWish::Code(_) => true,
        };
        let mut rooms = self.rooms();
        let entry = match wish {
            // The one room judges for itself whether it is full.
            RoomWish::Any(options) if !self.is_of_many() && options.is_empty() => {
                rooms.by_code.values().next().cloned().ok_or(Refusal::NoSuchRoom)?
            }
            RoomWish::Code(code) => rooms.by_code.get(code).cloned().ok_or_else(|| self.has_not())?,
            RoomWish::Any(options) => match fullest(&rooms, options) {
                Some(entry) => entry,
                None => {
                    if !is_fit {
                        return Err(Refusal::NoSuchRoom);
                    }
                    let is_allowed = if may_make() { Ok(()) } else { Err(Refusal::TooOften) };
                    match is_allowed.and_then(|()| self.make_if_few(&mut rooms, options.clone(), false)) {
                        Ok(entry) => entry,
                        Err(Refusal::Elsewhere) => return Err(Refusal::Elsewhere),
                        // Whoever has a seat somewhere comes back to it from wherever it is sent.
                        Err(refusal) => {
                            let reads = any(&rooms, options).or_else(|| lasting(&rooms));
                            return reads.map(|entry| chosen(entry, Some(refusal))).ok_or(refusal);
                        }
                    }
                }
            },
            RoomWish::New(options) => {
                if !is_fit {
                    return Err(Refusal::NoSuchRoom);
                }
                let is_allowed = if may_make() { Ok(()) } else { Err(Refusal::TooOften) };
                match is_allowed.and_then(|()| self.make_if_few(&mut rooms, options.clone(), true)) {
                    Ok(entry) => {
                        entry.keep_for_one(Duration::ZERO);
                        entry
                    }
                    Err(Refusal::Elsewhere) => return Err(Refusal::Elsewhere),
                    Err(refusal) => {
                        return lasting(&rooms).map(|entry| chosen(entry, Some(refusal))).ok_or(refusal);
                    }
                }
            }
        };
        let closed = if !entry.is_open() {
            Some(Refusal::Stopping)
        } else {
            entry.refuses_joins().then_some(Refusal::Overloaded)
        };
        Ok(chosen(entry, closed))
    }

    /// The room that a player from `source` wants, who is new there, or may come back to a seat. Codes that are none
    /// and rooms that are made are counted for its address. No room is made while nobody is let in.
    ///
    /// # Errors
    /// As [`choose`](Self::choose).
    pub(crate) fn choose_for(
        &self,
        wish: &RoomWish,
        door: &Door,
        source: Option<Source>,
        is_open: bool,
    ) -> Result<Choice, Refusal> {
        let now = Instant::now();
        let is_guess = matches!(wish, RoomWish::Code(_));
        if is_guess {
            door.may_guess(source, now)?;
        }
        // One room more where all are full is nobody's doing.
        let is_usual = matches!(wish, RoomWish::Any(options) if options.is_empty());
        let may_make = || is_open && (is_usual || door.may_make_room(source, now));
        self.choose(wish, may_make).inspect_err(|&refusal| {
            if is_guess && refusal == Refusal::NoSuchRoom {
                door.note_wrong_guess(source, now);
            }
        })
    }

    /// The room whose tokens begin so.
    pub(crate) fn find_by_token(&self, start: [u8; 8]) -> Option<Arc<RoomEntry>> {
        self.rooms().by_code.values().find(|entry| entry.knows_tokens(start)).cloned()
    }

    /// Keeps in mind in which room a player has its seat.
    pub(crate) fn note_player(self: &Arc<Self>, player: &str, code: RoomCode) -> KnownPlayer {
        self.players().insert(player.to_owned(), code);
        KnownPlayer { roster: Arc::clone(self), player: player.to_owned(), code }
    }

    /// The room in which a player has its seat.
    pub(crate) fn find_by_player(&self, player: &str) -> Option<Arc<RoomEntry>> {
        let code = *self.players().get(player)?;
        self.find(code)
    }

    /// Players and their rooms; they are right after any panic, as rooms are.
    fn players(&self) -> MutexGuard<'_, HashMap<String, RoomCode>> {
        self.players.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The room with this code.
    pub(crate) fn find(&self, code: RoomCode) -> Option<Arc<RoomEntry>> {
        self.rooms().by_code.get(&code).cloned()
    }

    /// Whether there may be more rooms than one.
    pub(crate) fn is_of_many(&self) -> bool {
        self.workers.get().is_some()
    }

    /// Every room.
    pub(crate) fn entries(&self) -> Vec<Arc<RoomEntry>> {
        self.rooms().by_code.values().cloned().collect()
    }

    /// Public rooms with these options, and others of other nodes, the fullest first; some of them where there are
    /// many.
    pub(crate) fn list(&self, options: &RoomOptions, abroad: Vec<ListedRoom>) -> Vec<ListedRoom> {
        // Anybody may ask: ticks do not wait for it.
        let mut public = self.entries();
        public.retain(|entry| !entry.is_private && !entry.hand_over.is_heir() && entry.is_open() && entry.has(options));
        public.sort_by_cached_key(|entry| (entry.players() >= entry.size, Reverse(entry.players())));
        public.truncate(ROOMS_LISTED_MAX);
        let mut listed: Vec<ListedRoom> = public.iter().map(|entry| entry.listed()).collect();
        // One that has just come here is not listed twice.
        let abroad: Vec<ListedRoom> =
            abroad.into_iter().filter(|room| listed.iter().all(|here| here.code != room.code)).collect();
        listed.extend(abroad);
        listed.sort_by_key(|room| (room.players >= room.places, Reverse(room.players)));
        listed.truncate(ROOMS_LISTED_MAX);
        listed
    }

    /// The fullest public room with these options that has a place.
    #[cfg_attr(not(feature = "nats"), expect(dead_code, reason = "another node of a fleet asks"))]
    pub(crate) fn fullest(&self, options: &RoomOptions) -> Option<Arc<RoomEntry>> {
        fullest(&self.rooms(), options)
    }

    /// Whether nobody is let in anywhere, for want of time.
    pub(crate) fn refuses_joins(&self) -> bool {
        let rooms = self.rooms();
        let is_full = rooms.by_code.len() >= self.spec.rooms_max;
        is_full && rooms.by_code.values().all(|entry| entry.refuses_joins())
    }

    /// Wakes a room whose time may stand still: something was sent to it.
    pub(crate) fn wake(&self, entry: &RoomEntry) {
        if entry.stands()
            && let Some(post) = self.workers.get().and_then(|workers| workers.get(entry.worker()))
        {
            // A worker that is gone has ended all of its rooms.
            let _ = post.mail.send(WorkerMail::Wake(entry.code));
        }
    }

    /// Posts of all workers.
    pub(crate) fn workers(&self) -> &[WorkerPost] {
        self.workers.get().map_or(&[], Vec::as_slice)
    }

    /// Forgets a room that has been without players for long. False if somebody is on the way to it.
    pub(crate) fn retire(&self, entry: &RoomEntry) -> bool {
        let mut rooms = self.rooms();
        // Whoever is sent there is sent under this lock.
        !entry.is_awaited() && rooms.by_code.remove(&entry.code).is_some()
    }

    /// Forgets a room that has ended.
    pub(crate) fn remove(&self, code: RoomCode) {
        self.rooms().by_code.remove(&code);
    }

    /// Why a room is not here that there may be.
    fn has_not(&self) -> Refusal {
        if self.fleet().is_some() { Refusal::Elsewhere } else { Refusal::NoSuchRoom }
    }

    /// Whether a player from `source` may have the fleet look for such a room, or make one, which is counted for its
    /// address.
    ///
    /// # Errors
    /// [`Refusal::NoSuchRoom`] for options that the game has not, [`Refusal::TooOften`].
    pub(crate) fn may_seek(&self, wish: &RoomWish, door: &Door, source: Option<Source>) -> Result<(), Refusal> {
        let (RoomWish::Any(options) | RoomWish::New(options)) = wish else { return Ok(()) };
        if !self.is_fit(options) {
            return Err(Refusal::NoSuchRoom);
        }
        let is_usual = matches!(wish, RoomWish::Any(options) if options.is_empty());
        if is_usual || door.may_make_room(source, Instant::now()) { Ok(()) } else { Err(Refusal::TooOften) }
    }

    /// Places of a room with these options.
    pub(crate) fn places(&self, options: &RoomOptions) -> usize {
        options.get(PLACES).and_then(|size| size.parse().ok()).unwrap_or(self.spec.size)
    }

    /// Whether there are rooms beside this one.
    pub(crate) fn has_others(&self, code: RoomCode) -> bool {
        self.rooms().by_code.keys().any(|other| *other != code)
    }

    fn is_fit(&self, options: &RoomOptions) -> bool {
        let mut rest = options.clone();
        let size = rest
            .remove(PLACES)
            .map(|size| size.parse::<usize>().is_ok_and(|size| (1..=self.spec.size).contains(&size)));
        // A game that fails over what a stranger asks for refuses it.
        size != Some(false) && catch_unwind(AssertUnwindSafe(|| (self.spec.judge)(&rest))).unwrap_or(false)
    }

    /// Entries are right after any panic: nothing is half done under the lock.
    fn rooms(&self) -> MutexGuard<'_, Rooms> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn chosen(entry: Arc<RoomEntry>, closed: Option<Refusal>) -> Choice {
    let reserved = entry.reserve();
    Choice { entry, reserved, closed, on_to: None }
}

/// The fullest public room that has a place.
fn fullest(rooms: &Rooms, options: &RoomOptions) -> Option<Arc<RoomEntry>> {
    let is_fit = |entry: &&Arc<RoomEntry>| {
        entry.suits(options) && entry.is_open() && !entry.refuses_joins() && entry.has_place()
    };
    // Of those as full as each other the oldest, so that the youngest empty out.
    rooms.by_code.values().filter(is_fit).max_by_key(|entry| (entry.taken(), Reverse(entry.number))).cloned()
}

/// The first room, which outlasts being without players; in a fleet the porch.
fn lasting(rooms: &Rooms) -> Option<Arc<RoomEntry>> {
    rooms.by_code.values().find(|entry| entry.lasts).cloned()
}

/// A public room, whether it has a place or not.
fn any(rooms: &Rooms, options: &RoomOptions) -> Option<Arc<RoomEntry>> {
    rooms.by_code.values().filter(|entry| entry.suits(options)).min_by_key(|entry| entry.number).cloned()
}

#[cfg(test)]
#[path = "roster_tests.rs"]
mod tests;
