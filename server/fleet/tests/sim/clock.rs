//! A machine's clocks, as they go wrong.

use auspice_fleet::Now;

/// Clocks beside the true time.
#[derive(Clone, Debug)]
pub struct Skew {
    /// Millionths by which the steady clock is fast.
    rate: i64,
    /// Microseconds that the steady clock did not count.
    slept: u64,
    /// Microseconds that neither clock counted.
    paused: u64,
    /// Microseconds by which the time of day was set.
    set: i64,
}

impl Skew {
    pub fn new(rate: i64) -> Self {
        Self { rate, slept: 0, paused: 0, set: 0 }
    }

    /// What the clocks say at a true time.
    pub fn read(&self, now: u64) -> Now {
        let true_time = now.cast_signed();
        let counted = true_time + true_time / 1_000_000 * self.rate - self.paused.cast_signed();
        let steady = counted - self.slept.cast_signed() + self.rate * 1_000_000 + (1 << 40);
        let wall = counted + self.set + 1_700_000_000_000_000;
        Now { steady: steady.cast_unsigned(), wall: wall.cast_unsigned() }
    }

    pub fn sleep(&mut self, time: u64) {
        self.slept += time;
    }

    pub fn pause(&mut self, time: u64) {
        self.paused += time;
    }

    pub fn set_by(&mut self, time: i64) {
        self.set += time;
    }
}
