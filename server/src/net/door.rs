//! Who is inside, and from where: places in all and for each address, and how often an address may knock.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::bucket::Bucket;
use super::upgrade::Refusal;
use crate::limits::{ADDRESS_BITS_V6, ADDRESSES_MAX, CONNECTS_INTERVAL};

/// What counts as one address: an IPv4 address, or an IPv6 network as one household is given it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Source(IpAddr);

impl Source {
    /// None for this machine itself, which has no limits: bots under test, and a proxy that does not forward addresses.
    pub(crate) fn of(address: IpAddr) -> Option<Self> {
        match address.to_canonical() {
            address if address.is_loopback() => None,
            IpAddr::V6(address) => {
                Some(Self(IpAddr::V6((address.to_bits() >> (128 - ADDRESS_BITS_V6) << (128 - ADDRESS_BITS_V6)).into())))
            }
            address => Some(Self(address)),
        }
    }
}

/// Counts who is inside.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    inside: Arc<Mutex<Inside>>,
    clients_max: usize,
    /// 0 for no limits by address.
    per_address: u32,
}

#[derive(Debug, Default)]
struct Inside {
    clients: usize,
    by_source: HashMap<Source, u32>,
    knocks: Knocks,
}

/// A place inside, given back when dropped.
#[derive(Debug)]
pub(crate) struct Admission(Option<(Arc<Mutex<Inside>>, Option<Source>)>);

impl Door {
    pub(crate) fn new(clients_max: usize, per_address: u32) -> Self {
        Self { inside: Arc::default(), clients_max, per_address }
    }

    /// A connection came from there: whether it came too soon after many others.
    pub(crate) fn knock(&self, source: Option<Source>, now: Instant) -> Result<(), Refusal> {
        let Some(source) = source.filter(|_| self.per_address > 0) else { return Ok(()) };
        let burst = self.per_address + self.per_address.div_ceil(4);
        let each = CONNECTS_INTERVAL / burst;
        if lock(&self.inside).knocks.take(source, each, each * burst, now) { Ok(()) } else { Err(Refusal::TooOften) }
    }

    /// A place, if there is one.
    pub(crate) fn admit(&self, source: Option<Source>) -> Result<Admission, Refusal> {
        let mut inside = lock(&self.inside);
        if inside.clients >= self.clients_max {
            return Err(Refusal::Full);
        }
        if let Some(source) = source {
            let there = inside.by_source.entry(source).or_default();
            if self.per_address > 0 && *there >= self.per_address {
                return Err(Refusal::AddressFull);
            }
            *there += 1;
        }
        inside.clients += 1;
        Ok(Admission(Some((Arc::clone(&self.inside), source))))
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
        let Some((inside, source)) = self.0.take() else { return };
        let mut inside = lock(&inside);
        inside.clients -= 1;
        if let Some(source) = source
            && let Some(there) = inside.by_source.get_mut(&source)
        {
            *there -= 1;
            if *there == 0 {
                inside.by_source.remove(&source);
            }
        }
    }
}

/// Numbers are right after any panic: nothing is half done under the lock.
fn lock(inside: &Mutex<Inside>) -> MutexGuard<'_, Inside> {
    inside.lock().unwrap_or_else(PoisonError::into_inner)
}

/// When each address connected lately, of as many as there is room for: in two generations, of which the older is forgotten when the
/// younger is full. So one who is heard of again and again is never forgotten.
#[derive(Debug, Default)]
struct Knocks {
    young: HashMap<Source, Bucket>,
    old: HashMap<Source, Bucket>,
}

impl Knocks {
    fn take(&mut self, source: Source, each: Duration, burst: Duration, now: Instant) -> bool {
        if let Some(bucket) = self.young.get_mut(&source) {
            return bucket.take_time(each, burst, now);
        }
        let mut bucket = self.old.remove(&source).unwrap_or_else(|| Bucket::new(now));
        let is_in = bucket.take_time(each, burst, now);
        if self.young.len() >= ADDRESSES_MAX / 2 {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(source, bucket);
        is_in
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Option<Source> {
        Source::of(text.parse().unwrap())
    }

    #[test]
    fn places_inside_are_given_back() {
        let door = Door::new(2, 0);
        let (first, second) = (door.admit(None), door.admit(None));
        assert!(first.is_ok() && second.is_ok());
        assert_eq!(door.admit(None).unwrap_err(), Refusal::Full);
        drop(first);
        assert!(door.admit(None).is_ok());
    }

    #[test]
    fn an_address_has_its_own_places() {
        let door = Door::new(100, 2);
        let (here, there) = (source("192.0.2.1"), source("192.0.2.2"));
        let first = door.admit(here);
        let second = door.admit(here);
        assert_eq!(door.admit(here).unwrap_err(), Refusal::AddressFull);
        assert!(door.admit(there).is_ok() && door.admit(None).is_ok());
        drop(first);
        assert!(door.admit(here).is_ok());
        drop(second);
        assert!(lock(&door.inside).by_source.is_empty());
        assert_eq!(lock(&door.inside).clients, 0);
    }

    #[test]
    fn without_a_limit_an_address_has_all_places() {
        let door = Door::new(100, 0);
        let admissions: Vec<_> = (0..100).map(|_| door.admit(source("192.0.2.1")).unwrap()).collect();
        assert_eq!(door.admit(source("192.0.2.1")).unwrap_err(), Refusal::Full);
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
    fn memory_of_addresses_is_bounded_and_keeps_who_comes_again() {
        let (door, start) = (Door::new(1000, 4), Instant::now());
        let here = source("192.0.2.1");
        assert!((0..5).all(|_| door.knock(here, start).is_ok()));
        for number in 0..200_000_u32 {
            let _ = door.knock(Source::of(IpAddr::V4((0x0a00_0000 + number).into())), start);
            if number % 10_000 == 0 {
                assert!(door.knock(here, start).is_err(), "still remembered after {number} others");
            }
        }
        let knocks = &lock(&door.inside).knocks;
        assert!(knocks.young.len() + knocks.old.len() <= ADDRESSES_MAX);
    }
}
