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
}

/// Times of ticks while anyone was there, and counts since the start.
pub(crate) struct TickSummary {
    current: Histogram<u32>,
    previous: Histogram<u32>,
    merged: Histogram<u32>,
    rotated: Instant,
    anyone: bool,
    ticks: u64,
    overruns: u64,
    second: Second,
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
        let empty = || Histogram::new_with_bounds(1, TICK_US_MAX, 2).expect("constant bounds should be valid");
        Self {
            current: empty(),
            previous: empty(),
            merged: empty(),
            rotated: now,
            anyone: false,
            ticks: 0,
            overruns: 0,
            second: Second::default(),
        }
    }

    /// A tick took `work` from its wake-up to its last write. Times count only while there are clients, and
    /// start afresh when the first one comes: an idle night must not flatter the evening.
    pub(crate) fn record(&mut self, work: Duration, overran: bool, clients: usize, now: Instant) {
        self.ticks += 1;
        self.overruns += u64::from(overran);
        let micros = (work.as_micros() as u64).clamp(1, TICK_US_MAX);
        self.second.overruns += u64::from(overran);
        self.second.longest_us = self.second.longest_us.max(micros);
        if clients > 0 && !self.anyone {
            self.current.reset();
            self.previous.reset();
            self.rotated = now;
        }
        self.anyone = clients > 0;
        if self.anyone {
            self.current.saturating_record(micros);
        }
        if now.duration_since(self.rotated) >= WINDOW {
            std::mem::swap(&mut self.current, &mut self.previous);
            self.current.reset();
            self.rotated = now;
        }
    }

    /// `count` ticks were dropped.
    pub(crate) fn drop_ticks(&mut self, count: u64) {
        self.second.dropped += count;
    }

    /// The summary that is sent to clients that ask.
    pub(crate) fn summary(&mut self, clients: u64, entities: u64) -> TickReport {
        self.merged.reset();
        for part in [&self.current, &self.previous] {
            self.merged.add(part).expect("histograms of the same bounds should add");
        }
        let quantile = |part| u32::try_from(self.merged.value_at_quantile(part)).unwrap_or(u32::MAX);
        TickReport {
            ticks: self.ticks,
            tick_p50_us: quantile(0.5),
            tick_p99_us: quantile(0.99),
            tick_max_us: u32::try_from(self.merged.max()).unwrap_or(u32::MAX),
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
