//! The tick thread's side of the metrics: laps of a tick, and what is gathered in plain memory before it is
//! added once a tick.

use std::sync::Arc;
use std::time::{Duration, Instant};

use auspice::authority::RoomStats;
use prometheus::Histogram;
use prometheus::local::LocalHistogram;

use crate::operate::metrics::{Metrics, Phase};

/// Measurements of the tick thread, between two additions to [`Metrics`].
pub(crate) struct TickMetrics {
    metrics: Arc<Metrics>,
    /// The time at which the last phase ended.
    mark: Instant,
    /// The room's counters when they were last added.
    counted: RoomStats,
    duration: LocalHistogram,
    phases: [LocalHistogram; Phase::ALL.len()],
    update_bytes: LocalHistogram,
    payload_bytes: u64,
    unacked_ticks: LocalHistogram,
    input_lead_ticks: LocalHistogram,
    input_age_ticks: LocalHistogram,
}

impl TickMetrics {
    pub(crate) fn new(metrics: Arc<Metrics>, now: Instant) -> Self {
        Self {
            mark: now,
            counted: RoomStats::default(),
            duration: metrics.tick_duration.local(),
            phases: metrics.tick_phases.each_ref().map(Histogram::local),
            update_bytes: metrics.traffic.update_bytes.local(),
            payload_bytes: 0,
            unacked_ticks: metrics.traffic.unacked_ticks.local(),
            input_lead_ticks: metrics.traffic.input_lead_ticks.local(),
            input_age_ticks: metrics.traffic.input_age_ticks.local(),
            metrics,
        }
    }

    /// Adds nothing of what a room counted before this program went on with it.
    #[must_use]
    pub(crate) const fn behind(mut self, stats: &RoomStats) -> Self {
        self.counted = *stats;
        self
    }

    /// `phase` ends now, and the next one begins. The time that it took.
    pub(crate) fn lap(&mut self, phase: Phase) -> Duration {
        let now = Instant::now();
        let took = now.saturating_duration_since(self.mark);
        self.phases[phase as usize].observe(took.as_secs_f64());
        self.mark = now;
        took
    }

    /// Sockets were written until `written`, the thread waited for `due`, and reads since `began`.
    pub(crate) fn exchanged(&mut self, written: Instant, due: Instant, began: Instant) {
        self.phases[Phase::Send as usize].observe(written.saturating_duration_since(self.mark).as_secs_f64());
        self.metrics.tick_lateness.observe(began.saturating_duration_since(due).as_secs_f64());
        self.mark = began;
        self.lap(Phase::Read);
    }

    /// A tick took `work`, from its wake-up to its last write.
    pub(crate) fn worked(&self, work: Duration, overran: bool) {
        self.duration.observe(work.as_secs_f64());
        self.metrics.overruns.inc_by(u64::from(overran));
    }

    /// An update (or a welcome) of so many bytes goes to a client.
    pub(crate) fn updated(&mut self, bytes: usize) {
        self.payload_bytes += bytes as u64;
        self.update_bytes.observe(bytes as f64);
    }

    /// Samples how far a client's newest input is ahead of the tick, and how far the client is behind.
    pub(crate) fn sampled(&self, lead: i32, unacked: u32) {
        self.input_lead_ticks.observe(f64::from(lead.max(0)));
        self.input_age_ticks.observe(f64::from(lead.saturating_neg().max(0)));
        self.unacked_ticks.observe(f64::from(unacked));
    }

    /// Adds what was gathered, and what the room counted meanwhile.
    pub(crate) fn flush(&mut self, stats: &RoomStats) {
        let mut since = std::mem::replace(&mut self.counted, *stats);
        if stats.ticks < since.ticks || stats.held_back < since.held_back {
            // It is another room, which counts from nought.
            since = RoomStats::default();
        }
        let shown = &self.metrics;
        shown.ticks.inc_by(stats.ticks - since.ticks);
        shown.entities.set(stats.entities as i64);
        shown.traffic.updates.inc_by(stats.updates - since.updates);
        shown.traffic.updates_held_back.inc_by(stats.held_back - since.held_back);
        shown.traffic.fresh_states.inc_by(stats.fresh_states - since.fresh_states);
        shown.traffic.payload_sent.inc_by(std::mem::take(&mut self.payload_bytes));
        shown.traffic.messages_dropped.inc_by(stats.messages_dropped - since.messages_dropped);
        shown.traffic.resyncs.inc_by(stats.resyncs - since.resyncs);
    }

    /// Adds times and sizes that were gathered.
    pub(crate) fn flush_times(&self) {
        for histogram in
            [&self.duration, &self.update_bytes, &self.unacked_ticks, &self.input_lead_ticks, &self.input_age_ticks]
        {
            histogram.flush();
        }
        self.phases.iter().for_each(LocalHistogram::flush);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recording_takes_no_memory() {
        let metrics = Arc::new(Metrics::new("tests"));
        let mut tick = TickMetrics::new(Arc::clone(&metrics), Instant::now());
        let mut stats = RoomStats::default();
        let mut record = || {
            let now = Instant::now();
            tick.exchanged(now, now, now);
            for phase in [Phase::Input, Phase::Step, Phase::Encode] {
                tick.lap(phase);
            }
            for bytes in 0..1000 {
                tick.updated(bytes);
                tick.sampled(1, 2);
            }
            tick.worked(Duration::from_millis(3), true);
            stats.ticks += 1;
            tick.flush(&stats);
            tick.flush_times();
            metrics.clients.disconnects.add("stalled");
        };
        record();
        assert_eq!(allocation_counter::measure(record).count_total, 0);
        let text = metrics.render();
        for line in ["auspice_update_bytes_count 2000\n", "auspice_ticks_total 2\n", "auspice_tick_overruns_total 2\n"]
        {
            assert!(text.contains(line), "{line} is missing from {text}");
        }
    }

    #[test]
    fn a_room_that_counts_anew_takes_nothing_back() {
        let metrics = Arc::new(Metrics::new("tests"));
        let mut tick = TickMetrics::new(Arc::clone(&metrics), Instant::now());
        tick.flush(&RoomStats { ticks: 50, updates: 100, ..RoomStats::default() });
        tick.flush(&RoomStats { ticks: 1, updates: 5, ..RoomStats::default() });
        assert_eq!(metrics.traffic.updates.get(), 105);
    }
}
