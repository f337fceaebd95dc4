//! Waits before a client tries a server again.

use crate::rng::Rng;
use crate::tick::Micros;

/// Waits by *full jitter* (Brooker 2015, "Exponential Backoff And Jitter"): each is drawn evenly between zero
/// and a bound that doubles with every failure, from 100 ms to 5 s. Players who were all cut off at once come
/// back spread out, and whoever was cut off alone is back within a few ticks.
#[derive(Clone, Debug)]
pub struct BackOff {
    failures: u32,
    rng: Rng,
}

impl BackOff {
    const FIRST: Micros = Micros::from_millis(100);
    /// The longest wait.
    pub const LONGEST: Micros = Micros::from_seconds(5);

    /// Before the first failure. `rng` should differ from client to client.
    #[must_use]
    pub const fn new(rng: Rng) -> Self {
        Self { failures: 0, rng }
    }

    /// Notes a success: the next wait is among the shortest again.
    pub const fn forget(&mut self) {
        self.failures = 0;
    }

    /// Notes a failure; returns the wait before the next try.
    pub fn next_wait(&mut self) -> Micros {
        let bound = (Self::FIRST.0 << self.failures.min(16)).min(Self::LONGEST.0);
        self.failures += 1;
        Micros(u64::from(self.rng.below(bound as u32 + 1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_spread_evenly_below_a_bound_that_grows_to_five_seconds() {
        let mut sums = [0; 10];
        for seed in 0..1000 {
            let mut back_off = BackOff::new(Rng::new(seed));
            for (failures, sum) in sums.iter_mut().enumerate() {
                let wait = back_off.next_wait();
                let bound = (100_000 << failures).min(5_000_000);
                assert!(wait.0 <= bound, "{wait:?} after {failures} failures");
                *sum += wait.0;
            }
        }
        for (failures, sum) in sums.into_iter().enumerate() {
            let middle = (100_000_u64 << failures).min(5_000_000) / 2;
            let mean = sum / 1000;
            assert!(mean.abs_diff(middle) < middle / 10, "{mean} us on average after {failures} failures");
        }
    }

    #[test]
    fn after_a_success_waits_are_short_again() {
        let mut back_off = BackOff::new(Rng::new(1));
        for _ in 0..10 {
            back_off.next_wait();
        }
        back_off.forget();
        assert!(back_off.next_wait() <= BackOff::FIRST);
    }
}
