//! The door: places in all and for each address, how often an address may knock, and the ways back that are
//! kept for those who hold a seat.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use auspice::error::CloseReason;

use super::knocks::Knocks;
use super::refusal::Refusal;
use super::source::Source;
use crate::fleet::Wanted;
use crate::limits::{
    CONNECTIONS_PER_BROWSER, CONNECTS_INTERVAL, CONNECTS_PER_SEAT, HANDSHAKES_MAX, HANDSHAKES_PER_ADDRESS_MIN,
    RETURNS_FROM_ANYWHERE_MAX, RETURNS_PER_SEAT, ROOMS_MADE_INTERVAL, ROOMS_MADE_MAX, VISITORS_MAX,
    VISITORS_PER_ADDRESS_MIN, WRONG_CODES_INTERVAL, WRONG_CODES_MAX,
};
use crate::rooms::Reserved;

/// Lets connections in, by these rules.
///
/// - A place is a connection past its upgrade: so many in all, so many for each address. One that finds a
///   place may ask for whatever it likes, as long as anybody is let in at all.
/// - A seat is a player's, with a connection or away, and counts for the address from which its player came
///   last: the tick thread [keeps](Self::keep) it. An address with seats may connect more often, and have as
///   many more handshakes under way.
/// - A connection that finds no place, or comes while nobody is let in, may still be the new one of a player
///   whose old one is lost, known to be or not. It gets as far as its hello by a way back:
///   [`RETURNS_PER_SEAT`] for each seat of its address, and [`RETURNS_FROM_ANYWHERE_MAX`] in all for those
///   from other addresses while anybody is away, since phones change theirs. Such a way is taken until the
///   hello is judged, and the place of a spare connection, of which a player has one at most: its player has
///   a place. The way is open for [`HELLO_SECONDS_MAX`](auspice::limits::HELLO_SECONDS_MAX) at most, and leads nobody
///   but players to their seats.
/// - So an address has at most twice its places of seats: those who are away leave their places to newcomers, once.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    inside: Arc<Mutex<Inside>>,
    seats: Arc<Seats>,
    clients_max: usize,
    /// 0 for no limits by address.
    per_address: u32,
    /// Connections for each place of an address that are for the page.
    connections_per_browser: u32,
}

#[derive(Debug, Default)]
struct Inside {
    clients: usize,
    by_source: HashMap<Source, u32>,
    knocks: Knocks,
    wrong_codes: Knocks,
    rooms_made: Knocks,
    /// Ways back that are taken, by the address whose they are.
    returning: HashMap<Option<Source>, u32>,
    /// Returns among those for any address.
    returning_from_anywhere: u32,
}

/// The tick thread's word on its players. Apart from the rest, so that it waits for nobody who does more than
/// to look.
#[derive(Debug, Default)]
struct Seats {
    by_source: Mutex<HashMap<Option<Source>, u32>>,
    away: AtomicUsize,
}

/// A place inside, given back when dropped.
#[derive(Debug)]
pub(crate) struct Admission(Option<Arc<DoorPlace>>);

/// A place inside, until it is given back.
#[derive(Debug)]
struct DoorPlace {
    inside: Arc<Mutex<Inside>>,
    source: Option<Source>,
    is_given_back: AtomicBool,
}

/// A connection's leave to come in.
#[derive(Debug)]
pub(crate) struct Pass {
    /// The admission, for as long as the connection is there.
    pub(crate) admission: Admission,
    /// The errand, until its hello is judged.
    pub(crate) errand: Errand,
}

/// A connection's errand: by default whatever it likes.
#[derive(Debug, Default)]
pub(crate) struct Errand {
    /// Why there is no place for it, unless it comes back to a seat.
    lacking: Option<Refusal>,
    /// Why the room that reads its hello does not let it in, unless it has a seat there.
    closed: Option<Refusal>,
    _way_back: Option<WayBack>,
    place: Option<Arc<DoorPlace>>,
    /// The place in the room that it is sent to.
    _room: Option<Reserved>,
    /// The room to which the fleet sends it on.
    on_to: Option<Wanted>,
}

impl Errand {
    /// The close reason that it is told by the room that reads its hello, if it does not come back to a seat.
    pub(crate) fn closed(&self) -> Option<CloseReason> {
        self.closed.map(reason_of).or_else(|| self.lacking())
    }

    /// The close reason that it is told wherever it has no seat, where nobody else has a place.
    pub(crate) fn lacking(&self) -> Option<CloseReason> {
        self.lacking.map(reason_of)
    }
}

/// A refusal of who has said hello.
const fn reason_of(refusal: Refusal) -> CloseReason {
    match refusal {
        Refusal::AddressFull | Refusal::TooOften => CloseReason::AddressFull,
        Refusal::Stopping => CloseReason::ServerRestarting,
        Refusal::Overloaded => CloseReason::Overloaded,
        _ => CloseReason::Full,
    }
}

impl Errand {
    /// Gives the connection's place back while it is there: it is the spare one of a player, who has a place.
    pub(crate) fn give_place_back(&self) {
        if let Some(place) = &self.place {
            place.give_back();
        }
    }

    /// The same for who is sent on to a room by the fleet, if that is so.
    #[must_use]
    pub(crate) fn sent_on_to(self, on_to: Option<Wanted>) -> Self {
        Self { on_to, ..self }
    }

    /// The room to which the fleet sends it on.
    pub(crate) const fn on_to(&self) -> Option<&Wanted> {
        self.on_to.as_ref()
    }

    /// The same for who is sent to a room, where a place is reserved, and which is `closed` to who has no seat there,
    /// if it is.
    #[must_use]
    pub(crate) fn bound_for(self, reserved: Reserved, closed: Option<Refusal>) -> Self {
        Self { _room: Some(reserved), closed, ..self }
    }
}

impl DoorPlace {
    /// Gives it back, once.
    fn give_back(&self) {
        if self.is_given_back.swap(true, Ordering::Relaxed) {
            return;
        }
        let mut inside = lock(&self.inside);
        inside.clients -= 1;
        if let Some(source) = self.source {
            take_one(&mut inside.by_source, &source);
        }
    }
}

/// Given back when dropped.
#[derive(Debug)]
struct WayBack {
    inside: Arc<Mutex<Inside>>,
    of: WayFor,
}

#[derive(Clone, Copy, Debug)]
enum WayFor {
    Seats(Option<Source>),
    Anywhere,
}

/// A seat of an address, given back when dropped.
#[derive(Debug)]
pub(crate) struct Kept {
    seats: Arc<Seats>,
    source: Option<Source>,
}

/// Players of a room who have no connection just now.
#[derive(Debug)]
pub(crate) struct AwayPlayers {
    seats: Arc<Seats>,
    count: usize,
}

impl Door {
    /// A door to `clients_max` places, of which an address has `per_address`.
    pub(crate) fn new(clients_max: usize, per_address: u32) -> Self {
        Self { inside: Arc::default(), seats: Arc::default(), clients_max, per_address, connections_per_browser: 0 }
    }

    /// The same where a page is shown to the browsers of those who play.
    pub(crate) fn with_page(mut self) -> Self {
        self.connections_per_browser = CONNECTIONS_PER_BROWSER;
        self
    }

    /// Keeps a seat for somebody who came from there.
    pub(crate) fn keep(&self, source: Option<Source>) -> Kept {
        *lock(&self.seats.by_source).entry(source).or_default() += 1;
        Kept { seats: Arc::clone(&self.seats), source }
    }

    /// The count of a room's players who have no connection just now.
    pub(crate) fn away_players(&self) -> AwayPlayers {
        AwayPlayers { seats: Arc::clone(&self.seats), count: 0 }
    }

    /// Whether an address may try the code of a room, since it has not tried too many that were wrong.
    pub(crate) fn may_guess(&self, source: Option<Source>, now: Instant) -> Result<(), Refusal> {
        let Some(known) = source else { return Ok(()) };
        let is_in = lock(&self.inside).wrong_codes.has(
            known,
            WRONG_CODES_INTERVAL / WRONG_CODES_MAX,
            WRONG_CODES_INTERVAL,
            now,
        );
        if is_in { Ok(()) } else { Err(Refusal::TooOften) }
    }

    /// An address tried the code of a room that there is not.
    pub(crate) fn note_wrong_guess(&self, source: Option<Source>, now: Instant) {
        let Some(known) = source else { return };
        lock(&self.inside).wrong_codes.take(known, WRONG_CODES_INTERVAL / WRONG_CODES_MAX, WRONG_CODES_INTERVAL, now);
    }

    /// Whether an address may have a room made for it: then it has had one of those that it may.
    pub(crate) fn may_make_room(&self, source: Option<Source>, now: Instant) -> bool {
        let Some(known) = source else { return true };
        lock(&self.inside).rooms_made.take(known, ROOMS_MADE_INTERVAL / ROOMS_MADE_MAX, ROOMS_MADE_INTERVAL, now)
    }

    /// Handshakes that an address may have under way.
    pub(crate) fn handshakes(&self, source: Option<Source>) -> usize {
        if self.per_address == 0 {
            return HANDSHAKES_MAX;
        }
        let for_pages = self.connections_per_browser * self.per_address;
        HANDSHAKES_PER_ADDRESS_MIN.max(self.per_address as usize) + (for_pages + self.seats(source)) as usize
    }

    /// Connections that an address may have which are shown the page.
    pub(crate) fn visitors(&self) -> usize {
        match self.per_address {
            0 => VISITORS_MAX,
            places => VISITORS_PER_ADDRESS_MIN.max((places * self.connections_per_browser) as usize),
        }
    }

    /// Seats that are kept for an address.
    fn seats(&self, source: Option<Source>) -> u32 {
        lock(&self.seats.by_source).get(&source).copied().unwrap_or_default()
    }

    /// A connection came from there: whether it came too soon after many others.
    pub(crate) fn knock(&self, source: Option<Source>, now: Instant) -> Result<(), Refusal> {
        let Some(known) = source.filter(|_| self.per_address > 0) else { return Ok(()) };
        let for_pages = self.connections_per_browser * self.per_address;
        let burst =
            self.per_address + self.per_address.div_ceil(4) + for_pages + CONNECTS_PER_SEAT * self.seats(source);
        let is_in = lock(&self.inside).knocks.take(known, CONNECTS_INTERVAL / burst, CONNECTS_INTERVAL, now);
        if is_in { Ok(()) } else { Err(Refusal::TooOften) }
    }

    /// A place, if there is one, or a way back. `closed` is why nobody is let in just now, if that is so.
    pub(crate) fn reserve(&self, source: Option<Source>, closed: Option<Refusal>) -> Result<Pass, Refusal> {
        let seats = self.seats(source);
        let mut inside = lock(&self.inside);
        let lacking = self.lacking(&inside, source, seats);
        let way_back = match closed.or(lacking) {
            Some(refusal) => Some(self.take_way_back(&mut inside, source, seats).ok_or(refusal)?),
            None => None,
        };
        inside.clients += 1;
        if let Some(source) = source {
            *inside.by_source.entry(source).or_default() += 1;
        }
        let place =
            Arc::new(DoorPlace { inside: Arc::clone(&self.inside), source, is_given_back: AtomicBool::new(false) });
        let errand = Errand {
            lacking,
            closed: None,
            _way_back: way_back,
            place: Some(Arc::clone(&place)),
            _room: None,
            on_to: None,
        };
        Ok(Pass { admission: Admission(Some(place)), errand })
    }

    /// Whether a stranger would find a place, without taking it.
    pub(crate) fn judge_stranger(&self, source: Option<Source>, closed: Option<Refusal>) -> Result<(), Refusal> {
        let seats = self.seats(source);
        closed.or_else(|| self.lacking(&lock(&self.inside), source, seats)).map_or(Ok(()), Err)
    }

    /// Why there is no place for a stranger, if there is none.
    fn lacking(&self, inside: &Inside, source: Option<Source>, seats: u32) -> Option<Refusal> {
        if inside.clients >= self.clients_max {
            return Some(Refusal::Full);
        }
        let there = inside.by_source.get(&source?).copied().unwrap_or_default();
        let is_full = there >= self.per_address || seats >= 2 * self.per_address;
        (self.per_address > 0 && is_full).then_some(Refusal::AddressFull)
    }

    fn take_way_back(&self, inside: &mut Inside, source: Option<Source>, seats: u32) -> Option<WayBack> {
        let of_seats = inside.returning.get(&source).copied().unwrap_or_default();
        let of = if of_seats < RETURNS_PER_SEAT * seats {
            *inside.returning.entry(source).or_default() += 1;
            WayFor::Seats(source)
        } else if self.seats.away.load(Ordering::Relaxed) > 0
            && inside.returning_from_anywhere < RETURNS_FROM_ANYWHERE_MAX
        {
            inside.returning_from_anywhere += 1;
            WayFor::Anywhere
        } else {
            return None;
        };
        Some(WayBack { inside: Arc::clone(&self.inside), of })
    }
}

#[cfg(test)]
impl Admission {
    /// A place in a house without walls.
    pub(crate) const fn unlimited() -> Self {
        Self(None)
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        if let Some(place) = self.0.take() {
            place.give_back();
        }
    }
}

impl Drop for WayBack {
    fn drop(&mut self) {
        let mut inside = lock(&self.inside);
        match self.of {
            WayFor::Seats(source) => take_one(&mut inside.returning, &source),
            WayFor::Anywhere => inside.returning_from_anywhere -= 1,
        }
    }
}

impl AwayPlayers {
    /// Sets the count.
    pub(crate) fn set(&mut self, count: usize) {
        let before = std::mem::replace(&mut self.count, count);
        self.seats.away.fetch_add(count.wrapping_sub(before), Ordering::Relaxed);
    }
}

impl Drop for AwayPlayers {
    fn drop(&mut self) {
        self.set(0);
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        take_one(&mut lock(&self.seats.by_source), &self.source);
    }
}

/// Takes one from the count of `key`, which is forgotten with the last.
fn take_one<K: std::hash::Hash + Eq>(counts: &mut HashMap<K, u32>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

/// Numbers are right after any panic: nothing is half done under the lock.
fn lock<T>(inside: &Mutex<T>) -> MutexGuard<'_, T> {
    inside.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "door_tests.rs"]
mod tests;
