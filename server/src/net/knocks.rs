//! Knocks: how often each address connected lately.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::bucket::Bucket;
use super::source::Source;
use crate::limits::ADDRESSES_MAX;

/// Recent knocks by address, of as many as there is room for: in two generations, of which the older is
/// forgotten when the younger is full. So one who is heard of again and again is never forgotten.
#[derive(Debug, Default)]
pub(super) struct Knocks {
    young: HashMap<Source, Bucket>,
    old: HashMap<Source, Bucket>,
}

impl Knocks {
    /// Whether one more connection from there would not be too much, without taking it.
    pub(super) fn has(&self, source: Source, each: Duration, burst: Duration, now: Instant) -> bool {
        let bucket = self.young.get(&source).or_else(|| self.old.get(&source));
        // A copy is taken from.
        bucket.is_none_or(|bucket| Bucket::clone(bucket).take_time(each, burst, now))
    }

    /// Whether one more connection from there is not too much, if each costs so much of the time in which a
    /// burst is made good.
    pub(super) fn take(&mut self, source: Source, each: Duration, burst: Duration, now: Instant) -> bool {
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

    #[test]
    fn memory_of_addresses_is_bounded_and_keeps_who_comes_again() {
        let (mut knocks, start) = (Knocks::default(), Instant::now());
        let (each, burst) = (Duration::from_secs(2), Duration::from_secs(10));
        let source =
            |number: u32| Source::of(std::net::IpAddr::V4((0x0a00_0000 + number).into())).expect("it is no loopback");
        let here = source(0xff_ffff);
        assert!((0..5).all(|_| knocks.take(here, each, burst, start)));
        for number in 0..200_000 {
            knocks.take(source(number), each, burst, start);
            if number % 10_000 == 0 {
                assert!(!knocks.take(here, each, burst, start), "still remembered after {number} others");
            }
        }
        assert!(knocks.young.len() + knocks.old.len() <= ADDRESSES_MAX);
    }
}
