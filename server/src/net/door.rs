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
use crate::limits::{
    CONNECTIONS_PER_BROWSER, CONNECTS_INTERVAL, CONNECTS_PER_SEAT, HANDSHAKES_MAX, HANDSHAKES_PER_ADDRESS_MIN,
    RETURNS_FROM_ANYWHERE_MAX, RETURNS_PER_SEAT, VISITORS_MAX, VISITORS_PER_ADDRESS_MIN,
};

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
pub(crate) struct Admission(Option<Arc<Place>>);

/// A place inside, until it is given back.
#[derive(Debug)]
struct Place {
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
    _way_back: Option<WayBack>,
    place: Option<Arc<Place>>,
}

impl Errand {
    /// The close reason that it is told if it does not come back to a seat, where nobody else has a place.
    pub(crate) fn closed(&self) -> Option<CloseReason> {
        self.lacking.map(|refusal| match refusal {
            Refusal::AddressFull => CloseReason::AddressFull,
            _ => CloseReason::Full,
        })
    }
}

impl Errand {
    /// Gives the connection's place back while it is there: it is the spare one of a player, who has a place.
    pub(crate) fn give_place_back(&self) {
        if let Some(place) = &self.place {
            place.give_back();
        }
    }
}

impl Place {
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

    /// So many players have no connection just now.
    pub(crate) fn set_away(&self, players: usize) {
        self.seats.away.store(players, Ordering::Relaxed);
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
        let burst = self.per_address + self.per_address.div_ceil(4) + for_pages + CONNECTS_PER_SEAT * self.seats(source);
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
        let place = Arc::new(Place { inside: Arc::clone(&self.inside), source, is_given_back: AtomicBool::new(false) });
        let errand = Errand { lacking, _way_back: way_back, place: Some(Arc::clone(&place)) };
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
        } else if self.seats.away.load(Ordering::Relaxed) > 0 && inside.returning_from_anywhere < RETURNS_FROM_ANYWHERE_MAX {
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
mod tests {
    use super::*;
    use crate::limits::PER_ADDRESS;

    fn source(text: &str) -> Option<Source> {
        Source::of(text.parse().unwrap())
    }

    #[test]
    fn places_inside_are_given_back() {
        let door = Door::new(2, 0);
        let (first, second) = (door.reserve(None, None), door.reserve(None, None));
        assert!(first.is_ok() && second.is_ok());
        assert_eq!(door.reserve(None, None).unwrap_err(), Refusal::Full);
        drop(first);
        assert!(door.reserve(None, None).is_ok());
    }

    #[test]
    fn a_spare_connection_takes_no_place() {
        let door = Door::new(2, 0);
        let (player, spare) = (door.reserve(None, None).unwrap(), door.reserve(None, None).unwrap());
        spare.errand.give_place_back();
        let other = door.reserve(None, None).unwrap();
        drop(spare);
        assert_eq!(door.reserve(None, None).unwrap_err(), Refusal::Full, "its place is given back once");
        drop((player, other));
        assert!(is_empty(&door));
    }

    #[test]
    fn an_address_has_its_own_places() {
        let door = Door::new(100, 2);
        let (here, there) = (source("192.0.2.1"), source("192.0.2.2"));
        let first = door.reserve(here, None);
        let second = door.reserve(here, None);
        assert_eq!(door.reserve(here, None).unwrap_err(), Refusal::AddressFull);
        assert!(door.reserve(there, None).is_ok() && door.reserve(None, None).is_ok());
        assert_eq!(door.judge_stranger(here, None), Err(Refusal::AddressFull));
        assert_eq!(door.judge_stranger(there, Some(Refusal::Stopping)), Err(Refusal::Stopping));
        assert_eq!(door.judge_stranger(there, None), Ok(()), "and takes no place");
        drop(first);
        assert!(door.reserve(here, None).is_ok());
        drop(second);
        assert!(lock(&door.inside).by_source.is_empty());
        assert_eq!(lock(&door.inside).clients, 0);
    }

    #[test]
    fn without_a_limit_an_address_has_all_places() {
        let door = Door::new(100, 0);
        let admissions: Vec<_> = (0..100).map(|_| door.reserve(source("192.0.2.1"), None).unwrap()).collect();
        assert_eq!(door.reserve(source("192.0.2.1"), None).unwrap_err(), Refusal::Full);
        let now = Instant::now();
        assert!((0..1000).all(|_| door.knock(source("192.0.2.1"), now).is_ok()));
        drop(admissions);
    }

    #[test]
    fn a_household_is_one_address_and_this_machine_none() {
        assert_eq!(source("2001:db8:1:2::1"), source("2001:db8:1:2:ffff::9"));
        assert_ne!(source("2001:db8:1:2::1"), source("2001:db8:1:3::1"));
        assert_eq!(source("::ffff:192.0.2.1"), source("192.0.2.1"));
        for here in ["127.0.0.1", "127.3.2.1", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(source(here), None, "{here}");
        }
    }

    #[test]
    fn who_knocks_too_often_is_told_so_until_later() {
        let (door, start) = (Door::new(1000, 16), Instant::now());
        let here = source("192.0.2.1");
        assert!((0..20).all(|_| door.knock(here, start).is_ok()));
        assert_eq!(door.knock(here, start).unwrap_err(), Refusal::TooOften);
        assert!(door.knock(source("192.0.2.2"), start).is_ok());
        assert!(door.knock(here, start + CONNECTS_INTERVAL / 20).is_ok());
        assert_eq!(door.knock(here, start + CONNECTS_INTERVAL / 20).unwrap_err(), Refusal::TooOften);
    }

    #[test]
    fn an_address_with_seats_may_knock_more_often_for_as_long_as_they_are_kept() {
        let (door, start) = (Door::new(1000, 16), Instant::now());
        let here = source("192.0.2.1");
        let kept: Vec<_> = (0..16).map(|_| door.keep(here)).collect();
        let more = 16 * CONNECTS_PER_SEAT;
        assert!((0..20 + more).all(|_| door.knock(here, start).is_ok()));
        assert_eq!(door.knock(here, start).unwrap_err(), Refusal::TooOften);
        drop(kept);
        let later = start + CONNECTS_INTERVAL;
        assert!((0..20).all(|_| door.knock(here, later).is_ok()));
        assert_eq!(door.knock(here, later).unwrap_err(), Refusal::TooOften);
    }

    #[test]
    fn where_nobody_is_let_in_there_are_ways_back_for_each_seat_until_their_hellos_are_judged() {
        let door = Door::new(100, 16);
        let (here, there) = (source("192.0.2.1"), source("192.0.2.2"));
        let kept = door.keep(here);
        let dial = |source| door.reserve(source, Some(Refusal::Stopping));
        let mut dials: Vec<_> = (0..RETURNS_PER_SEAT).map(|_| dial(here).unwrap()).collect();
        assert_eq!(dial(here).unwrap_err(), Refusal::Stopping);
        assert_eq!(dial(there).unwrap_err(), Refusal::Stopping);
        assert_eq!(dials[0].errand.closed(), None, "there would be a place, were anybody let in");
        dials[0].errand = Errand::default();
        dials.push(dial(here).unwrap());
        assert_eq!(dial(here).unwrap_err(), Refusal::Stopping);
        drop((dials, kept));
        assert_eq!(dial(here).unwrap_err(), Refusal::Stopping);
        assert!(door.reserve(here, None).is_ok());
        assert!(is_empty(&door));
    }

    #[test]
    fn a_few_of_any_address_may_be_on_their_way_back_while_somebody_is_away() {
        let door = Door::new(100, 16);
        let dial = |number: u8| door.reserve(Source::of([192, 0, 2, number].into()), Some(Refusal::Overloaded));
        assert_eq!(dial(0).unwrap_err(), Refusal::Overloaded);
        door.set_away(1);
        let dials: Vec<_> = (0..100).map_while(|number| dial(number).ok()).collect();
        assert_eq!(dials.len(), RETURNS_FROM_ANYWHERE_MAX as usize);
        drop(dials);
        assert!(dial(0).is_ok());
        door.set_away(0);
        assert_eq!(dial(0).unwrap_err(), Refusal::Overloaded);
        assert!(is_empty(&door));
    }

    #[test]
    fn those_of_an_address_who_lost_their_connections_unnoticed_get_as_far_as_their_hello() {
        let door = Door::new(100, 16);
        let here = source("192.0.2.1");
        let old: Vec<_> = (0..16).map(|_| door.reserve(here, None).unwrap()).collect();
        assert!(old.iter().all(|pass| pass.errand.closed().is_none()));
        assert_eq!(door.reserve(here, None).unwrap_err(), Refusal::AddressFull, "nobody has said a hello");
        let kept: Vec<_> = (0..16).map(|_| door.keep(here)).collect();
        let new: Vec<_> = (0..100).map_while(|_| door.reserve(here, None).ok()).collect();
        assert_eq!(new.len() as u32, 16 * RETURNS_PER_SEAT);
        assert!(new.iter().all(|pass| pass.errand.closed() == Some(CloseReason::AddressFull)));
        drop((old, new, kept));
        assert!(is_empty(&door));
    }

    #[test]
    fn in_a_full_house_too() {
        let door = Door::new(1, 0);
        let old = door.reserve(None, None).unwrap();
        assert_eq!(door.reserve(None, None).unwrap_err(), Refusal::Full);
        let kept = door.keep(None);
        assert_eq!(door.reserve(None, None).unwrap().errand.closed(), Some(CloseReason::Full));
        drop((old, kept));
        assert!(is_empty(&door));
    }

    #[test]
    fn those_who_are_away_leave_their_places_to_newcomers_once() {
        let door = Door::new(100, 2);
        let here = source("192.0.2.1");
        let mut kept: Vec<_> = (0..3).map(|_| door.keep(here)).collect();
        assert_eq!(door.reserve(here, None).unwrap().errand.closed(), None);
        kept.push(door.keep(here));
        assert_eq!(door.reserve(here, None).unwrap().errand.closed(), Some(CloseReason::AddressFull));
    }

    #[test]
    fn an_address_may_shake_hands_for_all_its_places_and_seats_at_once() {
        let here = source("192.0.2.1");
        assert_eq!(Door::new(1000, 2).handshakes(here), HANDSHAKES_PER_ADDRESS_MIN);
        assert_eq!(Door::new(1000, 0).handshakes(here), HANDSHAKES_MAX);
        let door = Door::new(1000, 20);
        let _kept: Vec<_> = (0..20).map(|_| door.keep(here)).collect();
        assert_eq!(door.handshakes(here), 40);
    }

    #[test]
    fn a_class_behind_one_address_may_open_the_page_all_at_once() {
        let (door, now) = (Door::new(1000, PER_ADDRESS).with_page(), Instant::now());
        let (here, pupils) = (source("192.0.2.1"), 30);
        let connections = pupils * (CONNECTIONS_PER_BROWSER as usize + 1);
        assert!((0..connections).all(|_| door.knock(here, now).is_ok()));
        assert!(door.handshakes(here) >= connections && HANDSHAKES_MAX >= connections);
        assert!(door.visitors() >= pupils * CONNECTIONS_PER_BROWSER as usize && VISITORS_MAX >= door.visitors());
        assert_eq!(Door::new(1000, 1).with_page().visitors(), VISITORS_PER_ADDRESS_MIN);
        assert_eq!(Door::new(1000, 0).with_page().visitors(), VISITORS_MAX);
    }

    fn is_empty(door: &Door) -> bool {
        let inside = lock(&door.inside);
        inside.clients == 0
            && inside.by_source.is_empty()
            && inside.returning.is_empty()
            && inside.returning_from_anywhere == 0
            && lock(&door.seats.by_source).is_empty()
    }
}
