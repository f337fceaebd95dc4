//! Measurements of the tick thread: times, overruns, dropped ticks.

use std::time::{Duration, Instant};

use auspice::message::TickReport;
use hdrhistogram::Histogram;

/// Tick times are told of the last one to two of these, so that a spike of an hour ago does not colour the present.
const WINDOW: Duration = Duration::from_secs(30);

/// A minute: no tick that matters takes longer, and the histogram stays at some 20 KiB.
const TICK_US_MAX: u64 = 60_000_000;

/// A tick of the server, as [`Config::tick_times`](crate::Config::tick_times) has it.
#[derive(Clone, Copy, Debug)]
pub struct TickTimes {
    /// The time at which it was due.
    pub due: Instant,
    /// The time at which its reading began.
    pub began: Instant,
    /// The time at which its last write ended.
    pub written: Instant,
    /// Clients then.
    pub clients: usize,
    /// Whether the room was saved in it, for its log and for whoever looks back.
    pub is_saved: bool,
}

/// Times of ticks while anyone was there, and counts since the start.
pub(crate) struct TickSummary {
    /// None before anyone was there: a room without players is to take little memory.
    times: Option<Box<Times>>,
    rotated: Instant,
    anyone: bool,
    ticks: u64,
    overruns: u64,
    second: Second,
}

/// Times of the present window, and of the one before.
struct Times {
    current: Histogram<u32>,
    previous: Histogram<u32>,
    merged: Histogram<u32>,
}

impl Times {
    fn new() -> Self {
        let empty = || Histogram::new_with_bounds(1, TICK_US_MAX, 2).expect("constant bounds should be valid");
        Self { current: empty(), previous: empty(), merged: empty() }
    }
}

/// Figures worth a line of the log, since the last line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Second {
    /// Ticks that were not finished when the next was due.
    pub(crate) overruns: u64,
    /// Ticks that never ran.
    pub(crate) dropped: u64,
    /// The longest tick, in microseconds.
    pub(crate) longest_us: u64,
}

impl TickSummary {
    pub(crate) fn new(now: Instant) -> Self {
        Self { times: None, rotated: now, anyone: false, ticks: 0, overruns: 0, second: Second::default() }
    }

    /// A tick took `work` from its wake-up to its last write. Times count only while there are clients, and
    /// start afresh when the first one comes: an idle night must not flatter the evening.
    pub(crate) fn record(&mut self, work: Duration, overran: bool, clients: usize, now: Instant) {
        self.ticks += 1;
        self.overruns += u64::from(overran);
        let micros = (work.as_micros() as u64).clamp(1, TICK_US_MAX);
        self.second.overruns += u64::from(overran);
        self.second.longest_us = self.second.longest_us.max(micros);
        let has_anyone_come = clients > 0 && !self.anyone;
        self.anyone = clients > 0;
        if has_anyone_come {
            self.rotated = now;
            self.times.get_or_insert_with(|| Box::new(Times::new()));
        }
        let Some(times) = &mut self.times else { return };
        if has_anyone_come {
            times.current.reset();
            times.previous.reset();
        }
        if self.anyone {
            times.current.saturating_record(micros);
        }
        if now.duration_since(self.rotated) >= WINDOW {
            std::mem::swap(&mut times.current, &mut times.previous);
            times.current.reset();
            self.rotated = now;
        }
    }

    /// Gives up what takes memory, since nobody is there.
    pub(crate) fn rest(&mut self) {
        (self.times, self.anyone) = (None, false);
    }

    /// `count` ticks were dropped.
    pub(crate) fn drop_ticks(&mut self, count: u64) {
        self.second.dropped += count;
    }

    /// The summary that is sent to clients that ask.
    pub(crate) fn summary(&mut self, clients: u64, entities: u64) -> TickReport {
        let (mut p50, mut p99, mut max) = (0, 0, 0);
        if let Some(Times { current, previous, merged }) = self.times.as_deref_mut() {
            merged.reset();
            for part in [current, previous] {
                merged.add(&*part).expect("histograms of the same bounds should add");
            }
            (p50, p99, max) = (merged.value_at_quantile(0.5), merged.value_at_quantile(0.99), merged.max());
        }
        let micros = |time| u32::try_from(time).unwrap_or(u32::MAX);
        TickReport {
            ticks: self.ticks,
            tick_p50_us: micros(p50),
            tick_p99_us: micros(p99),
            tick_max_us: micros(max),
            overruns: self.overruns,
            clients: u32::try_from(clients).unwrap_or(u32::MAX),
            entities: u32::try_from(entities).unwrap_or(u32::MAX),
        }
    }

    /// Takes what there is to log of the last second, if anything.
    pub(crate) fn take_second(&mut self) -> Option<Second> {
        let second = std::mem::take(&mut self.second);
        (second.overruns > 0 || second.dropped > 0).then_some(second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_ticks_with_clients_and_counts_of_all() {
        let start = Instant::now();
        let mut report = TickSummary::new(start);
        for _ in 0..100 {
            report.record(Duration::from_millis(50), true, 0, start);
        }
        for _ in 0..99 {
            report.record(Duration::from_micros(200), false, 5, start);
        }
        report.record(Duration::from_millis(9), false, 5, start);
        let summary = report.summary(5, 40);
        assert_eq!((summary.ticks, summary.overruns, summary.clients, summary.entities), (200, 100, 5, 40));
        assert!((199..=202).contains(&summary.tick_p50_us), "{summary:?}");
        assert!((8900..=9100).contains(&summary.tick_max_us), "{summary:?}");
        assert!(summary.tick_p99_us < 210, "{summary:?}");
    }

    #[test]
    fn old_times_are_forgotten_after_two_windows() {
        let start = Instant::now();
        let mut report = TickSummary::new(start);
        report.record(Duration::from_secs(1), false, 1, start);
        for seconds in [31, 62] {
            report.record(Duration::from_micros(100), false, 1, start + Duration::from_secs(seconds));
        }
        assert!(report.summary(1, 1).tick_max_us < 200);
    }

    #[test]
    fn a_quiet_second_is_not_worth_a_line() {
        let mut report = TickSummary::new(Instant::now());
        report.record(Duration::from_micros(100), false, 1, Instant::now());
        assert_eq!(report.take_second(), None);
        report.record(Duration::from_millis(70), true, 1, Instant::now());
        report.drop_ticks(2);
        let second = report.take_second().expect("an overrun should be told");
        assert_eq!((second.overruns, second.dropped), (1, 2));
        assert_eq!(report.take_second(), None);
    }
}
