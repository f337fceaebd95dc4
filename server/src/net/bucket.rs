//! A token bucket: so much at once, so much a second, to the microsecond.

use std::time::{Duration, Instant};

/// Rates of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rate {
    /// At once.
    pub(crate) burst: u32,
    /// Tokens a second, for long.
    pub(crate) per_second: u32,
}

/// A bucket by its emptiness: the time that it would take to fill up again (the generic cell rate algorithm).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    /// The time at which it is full.
    full_at: Instant,
}

impl Bucket {
    /// A full one.
    pub(crate) const fn new(now: Instant) -> Self {
        Self { full_at: now }
    }

    /// Takes `amount` out, if it is in.
    pub(crate) fn take(&mut self, amount: u32, rate: Rate, now: Instant) -> bool {
        let cost = |amount: u32| Duration::from_nanos(u64::from(amount) * 1_000_000_000 / u64::from(rate.per_second));
        self.take_time(cost(amount), cost(rate.burst), now)
    }

    /// Whether all of it is in.
    pub(crate) fn is_full(&self, now: Instant) -> bool {
        self.full_at <= now
    }

    /// The same in units of the time that each takes to come back.
    pub(crate) fn take_time(&mut self, amount: Duration, burst: Duration, now: Instant) -> bool {
        let full_at = self.full_at.max(now) + amount;
        let is_in = full_at <= now + burst;
        if is_in {
            self.full_at = full_at;
        }
        is_in
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 10, per_second: 5 };

    #[test]
    fn a_burst_passes_and_then_the_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::new(start);
        assert!((0..10).all(|_| bucket.take(1, RATE, start)));
        assert!(!bucket.take(1, RATE, start));
        for step in 1..100 {
            let now = start + Duration::from_millis(200 * step);
            assert!(bucket.take(1, RATE, now), "one is back at step {step}");
            assert!(!bucket.take(1, RATE, now), "and no more than one at step {step}");
        }
    }

    #[test]
    fn nothing_gathers_beyond_the_burst() {
        let start = Instant::now();
        let mut bucket = Bucket::new(start);
        let later = start + Duration::from_secs(3600);
        assert!(bucket.take(10, RATE, later));
        assert!(!bucket.take(1, RATE, later));
    }

    #[test]
    fn the_rate_is_exact_for_long() {
        let start = Instant::now();
        let mut bucket = Bucket::new(start);
        let taken =
            (0..=100_000_u64).filter(|&step| bucket.take(1, RATE, start + Duration::from_millis(step * 10))).count();
        // A thousand seconds at five each, and the burst.
        assert_eq!(taken, 5 * 1000 + 10);
    }
}
