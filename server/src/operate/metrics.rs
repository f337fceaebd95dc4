//! A server's counts, for Prometheus. One registry for each server, since a process may have several.
//!
//! Handles are made once, when the server starts; recording is an atomic addition. What happens for each
//! client is gathered on the tick thread in plain memory, and added once a tick.

mod metric_maker;
mod of_clients;
mod of_log;
mod of_traffic;

use std::fmt;

use auspice::message::Channel;
use prometheus::{Histogram, IntCounter, IntGauge, Registry, TextEncoder};

use super::outlet::LINES_LOST;
use super::worst_pace::WorstPace;
pub(crate) use metric_maker::Labelled;
use metric_maker::{MetricMaker, TICK_SECONDS};
use of_clients::ClientMetrics;
pub(crate) use of_clients::{JOINED, RESUMED, SPARE};
use of_log::LogMetrics;
use of_traffic::TrafficMetrics;

/// Before every name.
const PREFIX: &str = "auspice";

/// Labels of the overload ladder's rungs.
pub(crate) const RUNGS: [&str; 4] = ["1", "2", "3", "4"];

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
    pub(crate) clients: ClientMetrics,
    pub(crate) traffic: TrafficMetrics,
    pub(crate) log: LogMetrics,
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
    /// Lines that players said to each other, by who hears them.
    pub(crate) lines: Labelled,
    /// Lines that were not taken.
    pub(crate) lines_refused: IntCounter,
    /// Entities in the world.
    pub(crate) entities: IntGauge,
    /// The rung of the ladder that rooms are on, 0 to 4, and the speed of their time.
    pub(crate) pace: WorstPace,
    /// Times a rung was climbed to.
    pub(crate) overload_rungs: Labelled,
    /// Panics in the game, whether they ended its room or not.
    pub(crate) room_panics: IntCounter,
    /// Lines that this process could not write for its operator.
    pub(crate) log_lines_lost: IntCounter,
    /// Rooms that were made again after a panic, as they were before it.
    pub(crate) room_recoveries: IntCounter,
    /// 1 while the server drains.
    pub(crate) draining: IntGauge,
    /// Lines that were not logged, because there were too many of their kind.
    pub(crate) log_lines_held_back: IntCounter,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Metrics {
    /// Metrics at nought, for a game of this name.
    pub(crate) fn new(game: &str) -> Self {
        let make =
            MetricMaker(Registry::new_custom(Some(PREFIX.into()), None).expect("a constant prefix should be a name"));
        let build = make.gauges("build_info", "Always 1; which build serves which game", &["version", "game"]);
        build.with_label_values(&[env!("CARGO_PKG_VERSION"), game]).set(1);
        let log_lines_lost = make.registered(Ok(LINES_LOST.clone()));
        let rooms = make.gauges("rooms", "Rooms by state", &["state"]);
        let phases =
            make.histograms("tick_phase_duration_seconds", "Parts of a tick's work", &TICK_SECONDS, &["phase"]);
        Self {
            clients: ClientMetrics::new(&make),
            traffic: TrafficMetrics::new(&make),
            log: LogMetrics::new(&make),
            ticks: make.counter("ticks_total", "Ticks made"),
            overruns: make.counter("tick_overruns_total", "Ticks that were not done when the next was due"),
            ticks_skipped: make
                .counter("ticks_skipped_total", "Ticks that were never made, because the server was too late"),
            tick_duration: make.histogram("tick_duration_seconds", "A tick's work, without the wait", &TICK_SECONDS),
            tick_phases: Phase::ALL.map(|(_, label)| phases.with_label_values(&[label])),
            tick_lateness: make.histogram("tick_lateness_seconds", "How late a tick began", &TICK_SECONDS),
            rooms: RoomState::ALL.map(|(_, label)| rooms.with_label_values(&[label])),
            room_handovers: make.counter(
                "room_handovers_total",
                "Rooms that went to another worker, since theirs had too little time for all",
            ),
            room_moves: make
                .counter("room_moves_total", "Players that went from one room to another by the same connection"),
            lines: make.labelled(
                "lines_total",
                "Lines that players said to each other beside the game, by who hears them",
                "channel",
                [Channel::Room, Channel::All].map(Channel::word),
            ),
            lines_refused: make.counter("lines_refused_total", "Lines of players that were not taken"),
            entities: make.gauge("entities", "Entities in the world"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_servers_of_one_process_count_for_themselves() {
        let (one, other) = (Metrics::new("one"), Metrics::new("other"));
        one.clients.joins.add(JOINED);
        assert_eq!((one.clients.joins.sum(), other.clients.joins.sum()), (1, 0));
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
