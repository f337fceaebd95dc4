//! [`Seconds`]: a line of figures for each second of the last minutes, for plots.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::limits::SECONDS_KEPT;
use crate::operate::metrics::Metrics;
use crate::session::unix_seconds;

/// Time after which a line is full: copies come once a second when nobody looks, and a tick earlier at times.
const LINE: Duration = Duration::from_millis(950);

/// Figures of about a second.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct InspectedSecond {
    /// Seconds since 1970.
    pub(super) at: u64,
    /// Half of the ticks took so long or less, in microseconds.
    pub(super) p50_us: u32,
    /// Nearly all of them did.
    pub(super) p99_us: u32,
    /// The longest took so long.
    pub(super) max_us: u32,
    pub(super) ticks: u32,
    /// Ticks of all rooms, by which those that were late or never made are judged.
    #[serde(skip)]
    pub(super) all_ticks: u64,
    /// Ticks a second: a line is of about a second.
    pub(super) pace: f64,
    /// Ticks that were not done in time, and those that were never made; of all rooms.
    pub(super) overruns: u64,
    pub(super) skipped: u64,
    pub(super) players: u32,
    pub(super) away: u32,
    pub(super) entities: u64,
    /// Bytes a second: messages to clients, the same with moment heads, and raw bytes from clients.
    pub(super) payload: u64,
    pub(super) wire: u64,
    pub(super) received: u64,
}

/// Counts of the whole server at some time.
#[derive(Clone, Copy, Debug, Default)]
struct SecondCounts {
    ticks: u64,
    overruns: u64,
    skipped: u64,
    payload: u64,
    wire: u64,
    received: u64,
}

impl SecondCounts {
    fn of(metrics: &Metrics) -> Self {
        Self {
            ticks: metrics.ticks.get(),
            overruns: metrics.overruns.get(),
            skipped: metrics.ticks_skipped.get(),
            payload: metrics.traffic.payload_sent.get(),
            wire: metrics.traffic.wire_sent.get(),
            received: metrics.traffic.wire_received.get(),
        }
    }
}

/// The lines of the last minutes, and the one that is being filled.
#[derive(Debug)]
pub(super) struct Seconds {
    past: VecDeque<InspectedSecond>,
    works: Vec<u32>,
    begun: Instant,
    counts: SecondCounts,
}

impl Seconds {
    pub(super) fn new(metrics: &Metrics, now: Instant) -> Self {
        Self { past: VecDeque::new(), works: Vec::new(), begun: now, counts: SecondCounts::of(metrics) }
    }

    /// Takes in ticks of so many microseconds each, and how many there are by `now`.
    pub(super) fn add(&mut self, works: &[u32], metrics: &Metrics, [players, away, entities]: [u64; 3], now: Instant) {
        self.works.extend_from_slice(works);
        let elapsed = now.saturating_duration_since(self.begun);
        if elapsed < LINE {
            return;
        }
        let counts = SecondCounts::of(metrics);
        let before = std::mem::replace(&mut self.counts, counts);
        self.begun = now;
        self.works.sort_unstable();
        let quantile =
            |part: f64| self.works.get(((self.works.len() as f64 * part) as usize).min(self.works.len().max(1) - 1));
        let rate = |bytes: u64| (bytes as f64 / elapsed.as_secs_f64()) as u64;
        self.past.push_back(InspectedSecond {
            at: unix_seconds(std::time::SystemTime::now()).unsigned_abs(),
            p50_us: quantile(0.5).copied().unwrap_or(0),
            p99_us: quantile(0.99).copied().unwrap_or(0),
            max_us: self.works.last().copied().unwrap_or(0),
            ticks: self.works.len() as u32,
            all_ticks: counts.ticks - before.ticks,
            pace: (self.works.len() as f64 / elapsed.as_secs_f64() * 10.0).round() / 10.0,
            overruns: counts.overruns - before.overruns,
            skipped: counts.skipped - before.skipped,
            players: u32::try_from(players).unwrap_or(u32::MAX),
            away: u32::try_from(away).unwrap_or(u32::MAX),
            entities,
            payload: rate(counts.payload - before.payload),
            wire: rate(counts.wire - before.wire),
            received: rate(counts.received - before.received),
        });
        self.works.clear();
        while self.past.len() > SECONDS_KEPT {
            self.past.pop_front();
        }
    }

    /// The lines after the second `after`, oldest first.
    pub(super) fn after(&self, after: u64) -> impl Iterator<Item = &InspectedSecond> {
        self.past.iter().filter(move |second| second.at > after)
    }

    /// The newest lines.
    pub(super) fn newest(&self, lines: usize) -> impl Iterator<Item = &InspectedSecond> {
        self.past.iter().skip(self.past.len().saturating_sub(lines))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_has_the_quantiles_of_its_ticks_and_what_was_counted_meanwhile() {
        let (metrics, start) = (Metrics::new("tests"), Instant::now());
        let mut seconds = Seconds::new(&metrics, start);
        metrics.overruns.inc_by(2);
        metrics.traffic.payload_sent.inc_by(3000);
        for quarter in 1..=4_u32 {
            let works: Vec<u32> = (1..=25).map(|work| work + 25 * (quarter - 1)).collect();
            seconds.add(&works, &metrics, [4, 1, 9], start + Duration::from_millis(250) * quarter);
        }
        let line = *seconds.after(0).next().expect("a second is over");
        assert_eq!((line.ticks, line.p50_us, line.p99_us, line.max_us), (100, 51, 100, 100));
        assert_eq!((line.overruns, line.payload, line.players, line.away, line.entities), (2, 3000, 4, 1, 9));
        for second in 2..=2000 {
            seconds.add(&[], &metrics, [0; 3], start + Duration::from_secs(second));
        }
        assert_eq!(seconds.after(0).count(), SECONDS_KEPT);
        assert_eq!(seconds.newest(3).map(|line| line.max_us).sum::<u32>(), 0);
    }
}
