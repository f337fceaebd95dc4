//! [`LiveRecord`]: what is known of a room that runs, as its copies come.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::health::ServerHealth;
use super::history::History;
use super::moment::ShownMoment;
use super::seconds::Seconds;
use super::tables::Tables;
use super::views::{Causes, PastView, ServerView, StatusView};
use super::watch::RoomWatch;
use crate::operate::heartbeat::Heartbeat;
use crate::operate::metrics::Metrics;
use crate::session::unix_seconds;

/// Seconds that the verdict on a server, and what is told by the second, are about.
const RECENT_SECONDS: usize = 10;

/// A room that runs, with its last minutes.
pub(crate) struct LiveRecord {
    watch: Arc<RoomWatch>,
    metrics: Arc<Metrics>,
    heartbeat: Arc<Heartbeat>,
    has_log: bool,
    kept: Mutex<KeptGlance>,
}

struct KeptGlance {
    history: History,
    seconds: Seconds,
}

impl LiveRecord {
    pub(crate) fn new(watch: Arc<RoomWatch>, metrics: Arc<Metrics>, heartbeat: Arc<Heartbeat>, has_log: bool) -> Self {
        let seconds = Seconds::new(&metrics, Instant::now());
        Self {
            watch,
            metrics,
            heartbeat,
            has_log,
            kept: Mutex::new(KeptGlance { history: History::default(), seconds }),
        }
    }

    /// Takes in copies as they come, for ever.
    pub(super) async fn collect(&self) {
        loop {
            let observed = self.watch.next().await;
            let moment = Arc::new(ShownMoment::of(&observed.glance));
            let now = Instant::now();
            let mut kept = self.kept();
            let sums = [moment.players.len() as u64, moment.away() as u64, moment.entities];
            kept.seconds.add(&observed.works, &self.metrics, sums, now);
            kept.history.push(moment, now);
            drop(kept);
            self.watch.give_back(observed);
        }
    }

    /// Access to what is kept. A panic leaves nothing half done under the lock.
    fn kept(&self) -> MutexGuard<'_, KeptGlance> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The newest moment, or the last one that is not after `tick`.
    pub(super) fn moment(&self, tick: Option<u32>) -> Option<Arc<ShownMoment>> {
        self.watch.look();
        let kept = self.kept();
        tick.map_or_else(|| kept.history.last(), |tick| kept.history.at(tick)).cloned()
    }

    /// The room's state, with the lines of figures after the second `after`, as JSON.
    pub(super) fn status(&self, tables: &Tables, after: u64) -> serde_json::Result<Vec<u8>> {
        let kept = self.kept();
        let KeptGlance { history, seconds } = &*kept;
        let newest = history.last();
        let (bits, updates) = self.rates(history, tables);
        let causes = |labelled: &crate::operate::metrics::Labelled| -> Causes { labelled.counts().collect() };
        let metrics = &self.metrics;
        let health = ServerHealth::of(
            seconds.newest(RECENT_SECONDS),
            tables.tick_hz,
            metrics,
            self.heartbeat.is_alive(),
            self.has_log,
        );
        serde_json::to_vec(&StatusView {
            game: tables.game,
            mode: "live",
            version: env!("CARGO_PKG_VERSION"),
            tick: newest.map_or(0, |moment| moment.tick),
            tick_hz: tables.tick_hz,
            players: newest.map_or(0, |moment| moment.players.len()),
            away: newest.map_or(0, |moment| moment.away()),
            entities: newest.map_or(0, |moment| moment.entities),
            past: PastView {
                first: history.first().map_or(0, |moment| moment.tick),
                last: newest.map_or(0, |moment| moment.tick),
                moments: Some(history.len()),
            },
            bits,
            updates,
            server: Some(ServerView {
                health,
                now: unix_seconds(std::time::SystemTime::now()).unsigned_abs(),
                seconds: seconds.after(after).collect(),
                joins: causes(&metrics.clients.joins),
                rejected: causes(&metrics.clients.rejected),
                disconnects: causes(&metrics.clients.disconnects),
                counts: counts(metrics),
            }),
        })
    }

    /// Bits of updates by part, and updates, for each of the last seconds.
    fn rates(&self, history: &History, tables: &Tables) -> (Vec<f64>, f64) {
        let before = history.before(Instant::now(), Duration::from_secs(RECENT_SECONDS as u64));
        let (Some(before), Some(newest)) = (before, history.last()) else { return (Vec::new(), 0.0) };
        let seconds = f64::from((newest.tick - before.tick).max(1)) / f64::from(tables.tick_hz);
        let parts = newest.part_bits.iter().zip(&before.part_bits);
        let rate = |now: u64, then: u64| (now.saturating_sub(then) as f64 / seconds).round();
        (parts.map(|(&now, &then)| rate(now, then)).collect(), rate(newest.updates, before.updates))
    }
}

/// Other counts since the start, most of which an operator wants to be nought.
fn counts(metrics: &Metrics) -> Causes {
    Causes::from([
        ("connections", metrics.clients.connections.get()),
        ("overruns", metrics.overruns.get()),
        ("ticks_skipped", metrics.ticks_skipped.get()),
        ("held_back", metrics.traffic.updates_held_back.get()),
        ("fresh_states", metrics.traffic.fresh_states.get()),
        ("messages_dropped", metrics.traffic.messages_dropped.get()),
        ("resyncs", metrics.traffic.resyncs.get()),
        ("room_panics", metrics.room_panics.get()),
        ("log_late", metrics.log.late.get()),
    ])
}
