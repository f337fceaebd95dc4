//! The tick thread's heartbeat, which others may feel without stopping it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Silence after which the server is taken for dead, unless its ticks are too far apart for that.
const SILENCE_MAX: Duration = Duration::from_secs(2);

/// Set by the tick thread once a tick.
#[derive(Debug)]
pub(crate) struct Heartbeat {
    started: Instant,
    /// Microseconds from then to the last tick.
    last_us: AtomicU64,
    silence_max: Duration,
}

impl Heartbeat {
    /// The heartbeat of a room of so many ticks a second, which slow down to a fifth at most.
    pub(crate) fn new(tick_hz: u32) -> Self {
        let silence_max = SILENCE_MAX.max(Duration::from_secs(18) / tick_hz.max(1));
        Self { started: Instant::now(), last_us: AtomicU64::new(0), silence_max }
    }

    /// A tick was made at `now`.
    pub(crate) fn beat(&self, now: Instant) {
        self.last_us.store(now.saturating_duration_since(self.started).as_micros() as u64, Ordering::Relaxed);
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.is_alive_at(Instant::now())
    }

    fn is_alive_at(&self, now: Instant) -> bool {
        let last = Duration::from_micros(self.last_us.load(Ordering::Relaxed));
        now.saturating_duration_since(self.started).saturating_sub(last) < self.silence_max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_noticed_by_what_the_tick_rate_allows() {
        let fast = Heartbeat::new(30);
        let slow = Heartbeat::new(1);
        let start = fast.started.max(slow.started);
        assert!(fast.is_alive_at(start + Duration::from_millis(1900)));
        assert!(!fast.is_alive_at(start + Duration::from_millis(2100)));
        assert!(
            slow.is_alive_at(start + Duration::from_secs(17)) && !slow.is_alive_at(start + Duration::from_secs(19))
        );
        fast.beat(start + Duration::from_secs(60));
        assert!(fast.is_alive_at(start + Duration::from_secs(61)));
    }
}
