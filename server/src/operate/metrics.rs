//! A server's counts, for Prometheus. One registry for each server, since a process may have several.
//!
//! Handles are made once, when the server starts; recording is an atomic addition. What happens for each
//! client is gathered on the tick thread in plain memory, and added once a tick.

use std::collections::BTreeMap;
use std::fmt;

use auspice::message::Channel;
use prometheus::{Gauge, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, Opts, Registry, TextEncoder};

use super::outlet::LINES_LOST;
use super::worst_pace::WorstPace;
use crate::ending::Ending;
use crate::net::Refusal;

/// Before every name.
const PREFIX: &str = "auspice";

/// Result of a join that worked. Those that did not are labelled by their [`Ending`].
pub(crate) const JOINED: &str = "joined";

/// Result of one by which a player came back to its seat.
pub(crate) const RESUMED: &str = "resumed";

/// Result of one by which a player's client got a second connection, for its inputs.
pub(crate) const SPARE: &str = "spare";

/// Labels of the overload ladder's rungs.
pub(crate) const RUNGS: [&str; 4] = ["1", "2", "3", "4"];

/// Causes for which the twin of a large room is given up.
pub(crate) const TWIN_FAULTS: [&str; 6] = ["differs", "unloadable", "panicked", "behind", "memory", "no_thread"];

/// Bounds of tick times in seconds: 30 Hz leaves 33.3 ms, 240 Hz 4.2 ms.
const TICK_SECONDS: [f64; 16] =
    [0.000_25, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.012, 0.016, 0.02, 0.025, 0.03, 0.0333, 0.05, 0.1, 0.25, 1.0];

/// Bounds of an update's bytes: one byte when nothing happens, 1400 is the budget, beyond it are crowds and
/// fresh states.
const UPDATE_BYTES: [f64; 12] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 350.0, 1400.0, 8192.0, 65_536.0];

/// Bounds of distances in ticks. The window closes at 8 and the round trip, at 60 at the latest.
const TICKS: [f64; 10] = [0.0, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0, 40.0, 60.0];

/// A phase of a tick's work, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Sockets are read, once each.
    Read,
    /// Messages go to the room.
    Input,
    /// The game steps, its world is published, the grid is built.
    Step,
    /// Interest and update of each client.
    Encode,
    /// The record is handed over to the log, and waited for.
    Log,
    /// Sockets are written, once each.
    Send,
}

impl Phase {
    pub(crate) const ALL: [(Self, &'static str); 6] = [
        (Self::Read, "read"),
        (Self::Input, "input"),
        (Self::Step, "step"),
        (Self::Encode, "encode"),
        (Self::Log, "log"),
        (Self::Send, "send"),
    ];
}

/// A room's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RoomState {
    /// Ticks, and takes players in.
    Running,
    /// Its time stands still, since nobody is there.
    Standing,
    /// Takes nobody in any more.
    Draining,
}

impl RoomState {
    pub(crate) const ALL: [(Self, &'static str); 3] =
        [(Self::Running, "running"), (Self::Standing, "standing"), (Self::Draining, "draining")];
}

/// Counts of a server. All of its threads share one.
pub(crate) struct Metrics {
    registry: Registry,
    /// Ticks made.
    pub(crate) ticks: IntCounter,
    /// Ticks that were not done when the next was due.
    pub(crate) overruns: IntCounter,
    /// Ticks that were never made.
    pub(crate) ticks_skipped: IntCounter,
    /// A tick's work, in seconds.
    pub(crate) tick_duration: Histogram,
    /// The parts of it.
    pub(crate) tick_phases: [Histogram; Phase::ALL.len()],
    /// Lateness of a tick's beginning, in seconds.
    pub(crate) tick_lateness: Histogram,
    /// Rooms, by their state.
    rooms: [IntGauge; RoomState::ALL.len()],
    /// Rooms that went from one worker to another.
    pub(crate) room_handovers: IntCounter,
    /// Players that went from one room to another.
    pub(crate) room_moves: IntCounter,
    /// Connections taken, those that were refused among them.
    pub(crate) connections: IntCounter,
    /// Connections that were never upgraded, by the check that they failed.
    pub(crate) rejected: Labelled,
    /// Connections that are neither refused nor upgraded yet.
    pub(crate) clients_connecting: IntGauge,
    /// Upgraded connections that have not joined.
    pub(crate) clients_handshaking: IntGauge,
    pub(crate) connections_spare: IntGauge,
    /// Clients that play.
    pub(crate) clients_active: IntGauge,
    /// Players without a connection that may come back.
    pub(crate) clients_suspended: IntGauge,
    /// Ends of upgraded connections' attempts to join, by result.
    pub(crate) joins: Labelled,
    /// Ends of clients that had joined, by reason.
    pub(crate) disconnects: Labelled,
    /// Players that gave up their seats.
    pub(crate) leaves: IntCounter,
    /// Lines that players said to each other, by who hears them.
    pub(crate) lines: Labelled,
    /// Lines that were not taken.
    pub(crate) lines_refused: IntCounter,
    /// Entities in the world.
    pub(crate) entities: IntGauge,
    /// Updates sent.
    pub(crate) updates: IntCounter,
    /// Times that an update was due, and held back for a client that was behind.
    pub(crate) updates_held_back: IntCounter,
    /// Views stated afresh.
    pub(crate) fresh_states: IntCounter,
    /// Messages of clients that were read and not obeyed.
    pub(crate) messages_dropped: IntCounter,
    /// Clients that found their view to differ from its hash.
    pub(crate) resyncs: IntCounter,
    /// Bytes of messages to clients.
    pub(crate) payload_sent: IntCounter,
    /// The same with frame heads.
    pub(crate) wire_sent: IntCounter,
    /// Bytes of messages from clients.
    pub(crate) payload_received: IntCounter,
    /// Raw bytes from them, after their upgrade.
    pub(crate) wire_received: IntCounter,
    /// Bytes of each update.
    pub(crate) update_bytes: Histogram,
    /// Ticks that each client is behind, once a second.
    pub(crate) unacked_ticks: Histogram,
    /// Lead of each client's inputs, once a second.
    pub(crate) input_lead_ticks: Histogram,
    /// Age of each client's inputs, once a second.
    pub(crate) input_age_ticks: Histogram,
    /// The rung of the ladder that rooms are on, 0 to 4, and the speed of their time.
    pub(crate) pace: WorstPace,
    /// Times a rung was climbed to.
    pub(crate) overload_rungs: Labelled,
    /// Panics in the game, whether they ended its room or not.
    pub(crate) room_panics: IntCounter,
    /// Lines that this process could not write for its operator.
    pub(crate) log_lines_lost: IntCounter,
    /// Bytes written into the log.
    pub(crate) log_bytes: IntCounter,
    /// Ticks whose messages went out before the log had them.
    pub(crate) log_late: IntCounter,
    /// 1 while the log is written, 0 without one and while the disk is full or broken.
    pub(crate) log_writing: IntGauge,
    /// Times that the log could not be put on the disk.
    pub(crate) log_sync_failures: IntCounter,
    /// Time in which the tick thread saves a room for a keyframe, in seconds.
    pub(crate) log_keyframe_seconds: Histogram,
    /// Bytes of the last keyframe.
    pub(crate) log_keyframe_bytes: IntGauge,
    /// Keyframes that a twin was saved for, in place of its room.
    pub(crate) log_twin_keyframes: IntCounter,
    /// Twins that were given up, by why.
    pub(crate) log_twins_given_up: Labelled,
    /// Rooms that were made again after a panic, as they were before it.
    pub(crate) room_recoveries: IntCounter,
    /// 1 while the server drains.
    pub(crate) draining: IntGauge,
    /// Lines that were not logged, because there were too many of their kind.
    pub(crate) log_lines_held_back: IntCounter,
}

/// A counter for each of a closed set of labels.
pub(crate) struct Labelled(BTreeMap<&'static str, IntCounter>);

impl Labelled {
    /// Adds one of `label`, which must be of the set.
    pub(crate) fn add(&self, label: &str) {
        let counter = self.0.get(label);
        debug_assert!(counter.is_some(), "{label} should be among the labels");
        counter.inspect(|counter| counter.inc());
    }

    /// The counts, by label.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.0.iter().map(|(label, counter)| (*label, counter.get()))
    }

    #[cfg(test)]
    pub(crate) fn sum(&self) -> u64 {
        self.0.values().map(IntCounter::get).sum()
    }

    #[cfg(test)]
    pub(crate) fn get(&self, label: &str) -> u64 {
        self.0[label].get()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Metrics {
    /// Metrics at nought, for a game of this name.
    pub(crate) fn new(game: &str) -> Self {
        let make = Maker(Registry::new_custom(Some(PREFIX.into()), None).expect("a constant prefix should be a name"));
        let build = make.gauges("build_info", "Always 1; which build serves which game", &["version", "game"]);
        build.with_label_values(&[env!("CARGO_PKG_VERSION"), game]).set(1);
        let log_lines_lost = make.registered(Ok(LINES_LOST.clone()));
        let clients = make.gauges(
            "clients",
            "Clients by state: connecting (before the upgrade), handshaking (before joining), active, suspended (away, and may come back)",
            &["state"],
        );
        let rooms = make.gauges("rooms", "Rooms by state", &["state"]);
        let bytes = make.counters(
            "bytes_sent_total",
            "Bytes of updates to clients; the wire's with frame heads, before TLS",
            &["layer"],
        );
        let received = make.counters(
            "bytes_received_total",
            "Bytes from clients since their upgrade: of messages, and all that came off the wire",
            &["layer"],
        );
        let phases =
            make.histograms("tick_phase_duration_seconds", "Parts of a tick's work", &TICK_SECONDS, &["phase"]);
        let results = || [JOINED, RESUMED, SPARE].into_iter().chain(Ending::labels());
        Self {
            ticks: make.counter("ticks_total", "Ticks made"),
            overruns: make.counter("tick_overruns_total", "Ticks that were not done when the next was due"),
            ticks_skipped: make.counter("ticks_skipped_total", "Ticks that were never made, because the server was too late"),
            tick_duration: make.histogram("tick_duration_seconds", "A tick's work, without the wait", &TICK_SECONDS),
            tick_phases: Phase::ALL.map(|(_, label)| phases.with_label_values(&[label])),
            tick_lateness: make.histogram("tick_lateness_seconds", "How late a tick began", &TICK_SECONDS),
            rooms: RoomState::ALL.map(|(_, label)| rooms.with_label_values(&[label])),
            room_handovers: make
                .counter("room_handovers_total", "Rooms that went to another worker, since theirs had too little time for all"),
            room_moves: make.counter("room_moves_total", "Players that went from one room to another by the same connection"),
            connections: make
                .counter("connections_total", "Connections taken; each is refused, or tries to join, or is a client's"),
            rejected: make.labelled(
                "rejected_total",
                "Connections that ended before their upgrade, by why",
                "check",
                Refusal::ALL.iter().copied().map(Refusal::label),
            ),
            connections_spare: make
                .gauge("connections_spare", "Second connections of players whose inputs get stuck on their way"),
            clients_handshaking: clients.with_label_values(&["handshaking"]),
            clients_active: clients.with_label_values(&["active"]),
            clients_connecting: clients.with_label_values(&["connecting"]),
            clients_suspended: clients.with_label_values(&["suspended"]),
            leaves: make.counter("leaves_total", "Players that are gone for good, their time to come back included"),
            lines: make.labelled(
                "lines_total",
                "Lines that players said to each other beside the game, by who hears them",
                "channel",
                [Channel::Room, Channel::All].map(Channel::word),
            ),
            lines_refused: make.counter("lines_refused_total", "Lines of players that were not taken"),
            joins: make.labelled("joins_total", "Ends of attempts to join, after the upgrade", "result", results()),
            disconnects: make.labelled("disconnects_total", "Ends of clients that had joined", "reason", Ending::labels()),
            entities: make.gauge("entities", "Entities in the world"),
            updates: make.counter("updates_total", "Updates sent"),
            updates_held_back: make
                .counter("updates_held_back_total", "Updates that were due and held back: the client is behind"),
            fresh_states: make.counter("fresh_states_total", "Views stated afresh"),
            messages_dropped: make
                .counter("messages_dropped_total", "Messages of clients beyond what they may send, read and not obeyed"),
            resyncs: make.counter("resyncs_total", "Views that differed from their hash, as clients said"),
            payload_sent: bytes.with_label_values(&["payload"]),
            wire_sent: bytes.with_label_values(&["wire"]),
            payload_received: received.with_label_values(&["payload"]),
            wire_received: received.with_label_values(&["wire"]),
            update_bytes: make.histogram("update_bytes", "Payload of one update", &UPDATE_BYTES),
            unacked_ticks: make.histogram("unacked_ticks", "Ticks sent to a client and not yet applied, once a second", &TICKS),
            input_lead_ticks: make.histogram(
                "input_lead_ticks",
                "Ticks by which a client's newest input is ahead, once a second",
                &TICKS,
            ),
            input_age_ticks: make.histogram(
                "input_age_ticks",
                "How old the input is by which a client's entity is steered, once a second: 0 where it came for this tick",
                &TICKS,
            ),
            pace: WorstPace::new(
                make.gauge(
                    "overload_level",
                    "Rung of the overload ladder, 0 (none) to 4 (slower time); the highest of all rooms",
                ),
                make.ratio(
                    "time_dilation_ratio",
                    "Speed of the game's time beside real time, 1 at full speed; the slowest of all rooms",
                ),
            ),
            overload_rungs: make.labelled("overload_rungs_total", "Times a rung was climbed to", "rung", RUNGS),
            log_lines_lost,
            room_panics: make.counter("room_panics_total", "Panics in the game's code"),
            log_bytes: make.counter("log_bytes_total", "Bytes written into the tick log"),
            log_late: make.counter("log_late_total", "Ticks whose messages went out before the tick log had them"),
            log_writing: make.gauge("log_writing", "1 while the tick log is written, 0 without one and while it cannot be"),
            log_sync_failures: make.counter("log_sync_failures_total", "Times that the tick log could not be put on the disk"),
            log_keyframe_seconds: make.histogram(
                "log_keyframe_seconds",
                "Time of a tick in which a room is saved for a keyframe",
                &TICK_SECONDS,
            ),
            log_keyframe_bytes: make.gauge("log_keyframe_bytes", "Bytes of the tick log's last keyframe"),
            log_twin_keyframes: make.counter(
                "log_twin_keyframes_total",
                "Keyframes of large rooms that another thread saved in place of the tick's",
            ),
            log_twins_given_up: make.labelled(
                "log_twins_given_up_total",
                "Times that the tick thread saves a large room after all, by why",
                "cause",
                TWIN_FAULTS,
            ),
            room_recoveries: make
                .counter("room_recoveries_total", "Rooms made again as they were before a mistake of the game"),
            draining: make.gauge("draining", "1 while the server takes nobody in because it is to stop"),
            log_lines_held_back: make.counter("log_lines_held_back_total", "Log lines that there were too many of"),
            registry: make.0,
        }
    }

    /// The rooms of a state.
    pub(crate) const fn rooms(&self, state: RoomState) -> &IntGauge {
        &self.rooms[state as usize]
    }

    /// The metrics as Prometheus reads them.
    pub(crate) fn render(&self) -> String {
        TextEncoder::new().encode_to_string(&self.registry.gather()).unwrap_or_default()
    }
}

/// Makes metrics and registers them. Names are constants, so that none can be wrong but by a mistake that the
/// first start shows.
struct Maker(Registry);

const MISNAMED: &str = "a constant name should be a metric's, and its only one";

impl Maker {
    fn registered<M: prometheus::core::Collector + Clone + 'static>(&self, metric: prometheus::Result<M>) -> M {
        let metric = metric.expect(MISNAMED);
        self.0.register(Box::new(metric.clone())).expect(MISNAMED);
        metric
    }

    fn counter(&self, name: &str, help: &str) -> IntCounter {
        self.registered(IntCounter::new(name, help))
    }

    fn counters(&self, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
        self.registered(IntCounterVec::new(Opts::new(name, help), labels))
    }

    /// Every label is shown from the start: a rate over a series that appears with its first event would miss that.
    fn labelled(
        &self,
        name: &str,
        help: &str,
        label: &str,
        values: impl IntoIterator<Item = &'static str>,
    ) -> Labelled {
        let counters = self.counters(name, help, &[label]);
        Labelled(values.into_iter().map(|value| (value, counters.with_label_values(&[value]))).collect())
    }

    fn gauge(&self, name: &str, help: &str) -> IntGauge {
        self.registered(IntGauge::new(name, help))
    }

    fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> prometheus::IntGaugeVec {
        self.registered(prometheus::IntGaugeVec::new(Opts::new(name, help), labels))
    }

    fn ratio(&self, name: &str, help: &str) -> Gauge {
        let gauge = self.registered(Gauge::new(name, help));
        gauge.set(1.0);
        gauge
    }

    fn histogram(&self, name: &str, help: &str, bounds: &[f64]) -> Histogram {
        self.registered(Histogram::with_opts(HistogramOpts::new(name, help).buckets(bounds.to_vec())))
    }

    fn histograms(&self, name: &str, help: &str, bounds: &[f64], labels: &[&str]) -> prometheus::HistogramVec {
        let options = HistogramOpts::new(name, help).buckets(bounds.to_vec());
        self.registered(prometheus::HistogramVec::new(options, labels))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_servers_of_one_process_count_for_themselves() {
        let (one, other) = (Metrics::new("one"), Metrics::new("other"));
        one.joins.add(JOINED);
        assert_eq!((one.joins.sum(), other.joins.sum()), (1, 0));
        assert!(one.render().contains("auspice_joins_total{result=\"joined\"} 1\n"), "{}", one.render());
        assert!(other.render().contains("game=\"other\""), "{}", other.render());
    }

    #[test]
    fn phases_stand_in_their_order() {
        for (index, (phase, _)) in Phase::ALL.into_iter().enumerate() {
            assert_eq!(phase as usize, index);
        }
    }

    #[test]
    fn series_are_few_and_each_is_explained() {
        let text = Metrics::new("tests").render();
        let series = text.lines().filter(|line| !line.starts_with('#')).count();
        assert!(series < 500, "{series} series");
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let name = line.split(['{', ' ']).next().unwrap_or_default();
            assert!(name.starts_with("auspice_"), "{line}");
        }
    }
}
