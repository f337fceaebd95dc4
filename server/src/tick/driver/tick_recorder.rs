//! [`TickRecorder`]: what ticks took, for whoever measures the server, for its clients, and for the log.

use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use auspice::Tick;
use auspice::message::TickReport;

use crate::tick::history::{TickHistory, TickRecord};
use crate::tick::report::{TickSummary, TickTimes};

/// Time from one report of the measurements to the next.
pub(super) const REPORT_INTERVAL: Duration = Duration::from_secs(1);

/// Record of what ticks took of late.
pub(super) struct TickRecorder {
    /// Receiver of the times of each tick, if anyone wants them.
    tick_times: Option<Sender<TickTimes>>,
    report: TickSummary,
    reported: Instant,
    history: TickHistory,
    /// Messages that came for the tick that is being made.
    messages: u32,
}

impl TickRecorder {
    pub(super) fn new(tick_times: Option<Sender<TickTimes>>, now: Instant) -> Self {
        Self { tick_times, report: TickSummary::new(now), reported: now, history: TickHistory::new(), messages: 0 }
    }

    /// Ticks that will never be made.
    pub(super) fn drop_ticks(&mut self, ticks: u64) {
        self.report.drop_ticks(ticks);
    }

    /// Gives up what takes memory, since nobody is there any more.
    pub(super) fn rest(&mut self) {
        self.report.rest();
        self.history = TickHistory::new();
    }

    /// Counts one more message for this tick.
    pub(super) const fn count_message(&mut self) {
        self.messages += 1;
    }

    /// A tick is done, and the next one began at `now`.
    pub(super) fn record(&mut self, tick: Tick, times: TickTimes, overran: bool, now: Instant) {
        let work = times.written.saturating_duration_since(times.began);
        self.report.record(work, overran, times.clients, now);
        self.history.record(TickRecord { tick: tick.0, work, messages: std::mem::take(&mut self.messages) });
        if let Some(tick_times) = &self.tick_times {
            // Whoever wanted them may have gone.
            let _ = tick_times.send(times);
        }
    }

    /// The last ticks, the newest last, in words.
    pub(super) fn recent(&self, ticks: usize) -> String {
        self.history.recent(ticks).map(|tick| tick.to_string()).collect::<Vec<_>>().join(" ")
    }

    /// Whether it is time for a [`report`](Self::report).
    pub(super) fn is_report_due(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.reported) >= REPORT_INTERVAL
    }

    /// Makes the report that clients are told, of `clients` of them in a world of `entities`. Ticks that were late go
    /// to the log.
    pub(super) fn report(&mut self, clients: u64, entities: u64, now: Instant) -> TickReport {
        self.reported = now;
        if let Some(second) = self.report.take_second() {
            tracing::warn!(
                overruns = second.overruns,
                dropped = second.dropped,
                longest_us = second.longest_us,
                "ticks were not done in time"
            );
        }
        self.report.summary(clients, entities)
    }
}
