//! The flight recorder: what the last ticks were like, for the report after a panic.

use std::fmt;
use std::time::Duration;

/// Ticks remembered: ten seconds at 30 Hz.
const TICKS: usize = 300;

/// A tick, as far as it is remembered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flown {
    pub(crate) tick: u32,
    /// Time from its wake-up to its last write.
    pub(crate) work: Duration,
    /// Messages that came for it.
    pub(crate) messages: u32,
}

/// Writes `tick:microseconds:messages`.
impl fmt::Display for Flown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.tick, self.work.as_micros(), self.messages)
    }
}

/// The last ticks, the oldest overwritten by the newest.
pub(crate) struct Flight {
    ring: Vec<Flown>,
    next: usize,
}

impl Flight {
    pub(crate) fn new() -> Self {
        Self { ring: Vec::with_capacity(TICKS), next: 0 }
    }

    pub(crate) fn record(&mut self, flown: Flown) {
        if self.ring.len() < TICKS {
            self.ring.push(flown);
        } else {
            self.ring[self.next] = flown;
        }
        self.next = (self.next + 1) % TICKS;
    }

    /// The last `count`, the oldest of them first.
    pub(crate) fn recent(&self, count: usize) -> impl Iterator<Item = &Flown> {
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
        let mut flight = Flight::new();
        let told = |flight: &Flight| flight.recent(3).map(|flown| flown.tick).collect::<Vec<_>>();
        flight.record(Flown { tick: 1, ..Flown::default() });
        assert_eq!(told(&flight), [1]);
        for tick in 2..1000 {
            flight.record(Flown { tick, ..Flown::default() });
            assert_eq!(told(&flight).last(), Some(&tick));
        }
        assert_eq!(told(&flight), [997, 998, 999]);
        let capacity = flight.ring.capacity();
        assert_eq!(capacity, TICKS, "it does not grow");
    }
}
