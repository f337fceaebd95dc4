//! The history recorder: what the last ticks were like, for the report after a panic.

use std::fmt;
use std::time::Duration;

/// Ticks remembered: ten seconds at 30 Hz.
const TICKS: usize = 300;

/// A tick, as far as it is remembered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TickRecord {
    pub(crate) tick: u32,
    /// Time from its wake-up to its last write.
    pub(crate) work: Duration,
    /// Messages that came for it.
    pub(crate) messages: u32,
}

/// Writes `tick:microseconds:messages`.
impl fmt::Display for TickRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.tick, self.work.as_micros(), self.messages)
    }
}

/// The last ticks, the oldest overwritten by the newest.
pub(crate) struct TickHistory {
    ring: Vec<TickRecord>,
    next: usize,
}

impl TickHistory {
    pub(crate) fn new() -> Self {
        Self { ring: Vec::new(), next: 0 }
    }

    pub(crate) fn record(&mut self, flown: TickRecord) {
        if self.ring.capacity() == 0 {
            self.ring.reserve_exact(TICKS);
        }
        if self.ring.len() < TICKS {
            self.ring.push(flown);
        } else {
            self.ring[self.next] = flown;
        }
        self.next = (self.next + 1) % TICKS;
    }

    /// The last `count`, the oldest of them first.
    pub(crate) fn recent(&self, count: usize) -> impl Iterator<Item = &TickRecord> {
        let oldest = if self.ring.len() < TICKS { 0 } else { self.next };
        let ordered = self.ring[oldest..].iter().chain(&self.ring[..oldest]);
        ordered.skip(self.ring.len().saturating_sub(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ticks_are_told_in_their_order() {
        let mut history = TickHistory::new();
        let told = |history: &TickHistory| history.recent(3).map(|record| record.tick).collect::<Vec<_>>();
        history.record(TickRecord { tick: 1, ..TickRecord::default() });
        assert_eq!(told(&history), [1]);
        for tick in 2..1000 {
            history.record(TickRecord { tick, ..TickRecord::default() });
            assert_eq!(told(&history).last(), Some(&tick));
        }
        assert_eq!(told(&history), [997, 998, 999]);
        let capacity = history.ring.capacity();
        assert_eq!(capacity, TICKS, "it does not grow");
    }
}
