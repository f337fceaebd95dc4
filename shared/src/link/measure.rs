//! A client's measurements of its connection: round trip, jitter, and how its inputs fare.

use crate::tick::{Micros, Tick};

/// The round trip is the least of this time, once or twice over.
const PING_MEMORY: Micros = Micros::from_millis(2000);
/// The slack is the least of this time, once or twice over.
const SLACK_MEMORY: Micros = Micros::from_millis(1000);
/// Weight of a new deviation, after RFC 3550, section 6.4.1.
const JITTER_WEIGHT: f64 = 1.0 / 16.0;

/// The least of the last while.
#[derive(Clone, Copy, Debug)]
struct Least<T> {
    memory: Micros,
    since: Micros,
    least: [Option<T>; 2],
}

impl<T: Copy + Ord> Least<T> {
    const fn over(memory: Micros) -> Self {
        Self { memory, since: Micros(0), least: [None; 2] }
    }

    fn add(&mut self, now: Micros, value: T) {
        if now.since(self.since) >= self.memory {
            self.since = now;
            self.least = [None, self.least[0]];
        }
        self.least[0] = Some(self.least[0].map_or(value, |least| least.min(value)));
    }

    fn get(&self) -> Option<T> {
        self.least.into_iter().flatten().min()
    }
}

/// A client's measurements of its connection.
#[derive(Clone, Debug)]
pub(crate) struct Measure {
    pings: Least<Micros>,
    leads: Least<i32>,
    /// The time at which the newest update came, and its tick.
    pub(crate) heard_at: Micros,
    heard: Option<Tick>,
    jitter: f64,
    /// Ticks for which the server had no input when it wanted one.
    pub(crate) starved: u64,
    /// Ticks for which no input was ever given: the machine slept, or the clock was set on.
    pub(crate) skipped: u64,
}

impl Measure {
    pub(crate) const fn new(now: Micros) -> Self {
        Self {
            pings: Least::over(PING_MEMORY),
            leads: Least::over(SLACK_MEMORY),
            heard_at: now,
            heard: None,
            jitter: 0.0,
            starved: 0,
            skipped: 0,
        }
    }

    /// The update of `tick` came, and says that the newest input was `lead` ticks ahead, if it says anything of that.
    pub(crate) fn heard(&mut self, now: Micros, tick: Tick, lead: Option<i32>, period: Micros) {
        if let Some(before) = self.heard {
            let expected = period.0 as f64 * f64::from(tick.since(before));
            let deviation = (now.since(self.heard_at).0 as f64 - expected).abs();
            self.jitter += (deviation - self.jitter) * JITTER_WEIGHT;
        }
        (self.heard_at, self.heard) = (now, Some(tick));
        if let Some(lead) = lead {
            self.leads.add(now, lead);
            self.starved += u64::from(lead < 0);
        }
    }

    /// An update came after a pause: when it came says nothing of the network.
    pub(crate) fn woke(&mut self, now: Micros) {
        (self.heard_at, self.heard) = (now, None);
    }

    pub(crate) fn echoed(&mut self, now: Micros, took: Micros) {
        self.pings.add(now, took);
    }

    /// The least time that an input took there and back of late; zero before the first.
    pub(crate) fn ping(&self) -> Micros {
        self.pings.get().unwrap_or_default()
    }

    /// Mean time by which an update comes later or sooner than the one before would have it.
    pub(crate) fn jitter(&self) -> Micros {
        Micros(self.jitter as u64)
    }

    /// Ticks by which the latest of recent inputs was early.
    pub(crate) fn slack(&self) -> i32 {
        self.leads.get().unwrap_or(0)
    }
}
