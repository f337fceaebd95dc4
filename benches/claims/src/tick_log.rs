//! [`TickLog`]: the times of every tick that a server made, the floor or a bare sleeper, as they go from its
//! process to whoever compares.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use auspice_server::TickTimes;
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

/// Longest duration told apart, in microseconds: a minute.
const DURATION_US_MAX: u64 = 60_000_000;

/// A tick of the log.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoggedTick {
    /// The time at which it was due, in seconds since 1970.
    pub due: f64,
    /// Lateness of its beginning, in microseconds.
    pub late_us: f64,
    /// Time from its beginning to its last write, in microseconds.
    pub work_us: f64,
    /// Clients then.
    pub clients: usize,
    /// Whether the room was saved in it.
    pub is_saved: bool,
}

/// See the module. In order of time.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct TickLog(pub Vec<LoggedTick>);

impl FromIterator<TickTimes> for TickLog {
    fn from_iter<T: IntoIterator<Item = TickTimes>>(times: T) -> Self {
        let (now, unix) =
            (Instant::now(), SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64());
        let log = |tick: TickTimes| LoggedTick {
            due: unix - now.saturating_duration_since(tick.due).as_secs_f64(),
            late_us: tick.began.saturating_duration_since(tick.due).as_secs_f64() * 1e6,
            work_us: tick.written.saturating_duration_since(tick.began).as_secs_f64() * 1e6,
            clients: tick.clients,
            is_saved: tick.is_saved,
        };
        Self(times.into_iter().map(log).collect())
    }
}

impl TickLog {
    /// The ticks that were due from `from` to `to`, in seconds since 1970.
    #[must_use]
    pub fn between(&self, from: f64, to: f64) -> Self {
        self.only(|tick| (from..to).contains(&tick.due))
    }

    /// The ticks for which `is_wanted` holds.
    #[must_use]
    pub fn only(&self, is_wanted: impl Fn(&LoggedTick) -> bool) -> Self {
        Self(self.0.iter().copied().filter(is_wanted).collect())
    }

    /// All of this log, and all of `other`.
    pub fn extend(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
    }

    /// Durations of the ticks: the value that a share `quantile` of them does not exceed, in milliseconds; 0 of none.
    #[must_use]
    pub fn work_ms(&self, quantile: f64) -> f64 {
        quantile_us(self.0.iter().map(|tick| tick.work_us), quantile) / 1e3
    }

    /// The same from when they were due until they were done.
    #[must_use]
    pub fn done_ms(&self, quantile: f64) -> f64 {
        quantile_us(self.0.iter().map(|tick| tick.late_us + tick.work_us), quantile) / 1e3
    }

    /// The same for how late they began, in microseconds.
    #[must_use]
    pub fn late_us(&self, quantile: f64) -> f64 {
        quantile_us(self.0.iter().map(|tick| tick.late_us), quantile)
    }
}

fn quantile_us(durations: impl Iterator<Item = f64>, quantile: f64) -> f64 {
    let mut histogram = Histogram::<u64>::new_with_bounds(1, DURATION_US_MAX, 3).expect("these bounds should be valid");
    durations.for_each(|duration| histogram.saturating_record(duration.round() as u64));
    histogram.value_at_quantile(quantile) as f64
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn log(works_ms: impl IntoIterator<Item = u64>) -> TickLog {
        let start =
            Instant::now().checked_sub(Duration::from_secs(60)).expect("a machine should have run for a minute");
        let tick = |(index, work): (u32, u64)| {
            let due = start + Duration::from_millis(100) * index;
            let began = due + Duration::from_micros(70);
            TickTimes {
                due,
                began,
                written: began + Duration::from_millis(work),
                clients: index as usize,
                is_saved: false,
            }
        };
        (0..).zip(works_ms).map(tick).collect()
    }

    #[test]
    fn durations_and_delays_are_told_apart() {
        let log = log((1..=100).map(|work| if work == 100 { 50 } else { 2 }));
        assert!((log.work_ms(0.5) - 2.0).abs() < 0.01 && (log.work_ms(0.999) - 50.0).abs() < 0.1, "{log:?}");
        assert!((log.late_us(0.99) - 70.0).abs() <= 1.0);
        assert!((log.done_ms(0.5) - 2.07).abs() < 0.01);
    }

    #[test]
    fn a_window_has_the_ticks_that_were_due_in_it() {
        let log = log([1; 100]);
        let start = log.0[0].due;
        let window = log.between(start + 1.95, start + 3.95);
        assert_eq!((window.0.len(), window.0[0].clients), (20, 20));
        assert_eq!(log.only(|tick| tick.clients < 5).0.len(), 5);
    }
}
