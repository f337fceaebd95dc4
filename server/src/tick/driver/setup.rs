//! A driver is made: of a room that is new, or comes from a log.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use auspice::Game;
use auspice::authority::{Registrar, Room};

use super::fleeting::Fleeting;
use super::lanes::Lanes;
use super::room_spec::{Failures, RoomSpec};
use super::tape::{Tape, TapeConfig};
use super::tick_recorder::TickRecorder;
use super::{Driver, PlayStage};
use crate::error::ServeError;
use crate::net::Door;
use crate::operate::inspector::{RoomWatch, RoomWatcher};
use crate::operate::journal::Journal;
use crate::operate::metrics::Metrics;
use crate::operate::shutdown::Stop;
use crate::rooms::{RoomEnds, Roster, stagger};
use crate::session::SharedGate;
use crate::talk::SharedHall;
use crate::tick::overload::{Ladder, Rung};
use crate::tick::report::TickTimes;
use crate::tick::room_gauges::RoomGauges;
use crate::tick::schedule::Schedule;
use crate::tick::talk_desk::TalkDesk;
use crate::tick::tick_metrics::TickMetrics;
use crate::ticklog::Saves;

/// Terms by which clients are served.
pub(crate) struct Service {
    pub(crate) shards: u32,
    pub(crate) drain_timeout: Duration,
    pub(crate) full_service: bool,
    /// Time without players after which a room ends that does not last.
    pub(crate) idle_max: Duration,
}

/// Values that a room shares with other threads.
#[derive(Clone)]
pub(crate) struct SharedEnds {
    pub(crate) roster: Arc<Roster>,
    pub(crate) hall: Arc<SharedHall>,
    pub(crate) gate: SharedGate,
    pub(crate) door: Door,
    pub(crate) stop: Arc<Stop>,
    pub(crate) metrics: Arc<Metrics>,
    /// Receiver of the times of each tick, if anyone wants them.
    pub(crate) tick_times: Option<Sender<TickTimes>>,
    /// The place for copies of the room, if anyone may look at it.
    pub(crate) watch: Option<Arc<RoomWatch>>,
}

impl<G: Game> Driver<G> {
    /// A driver of the room that the log has, or else of a new one.
    ///
    /// # Errors
    ///
    /// When the game cannot be served, or there is no thread for a shard.
    pub(crate) fn new(
        mut room_spec: RoomSpec<G>,
        service: &Service,
        tape: Option<(TapeConfig, Saves<G>)>,
        shared: SharedEnds,
        ends: RoomEnds,
    ) -> Result<Self, ServeError> {
        let (tape, room) = match tape {
            Some((config, saves)) => {
                let ahead = stagger(ends.entry.number);
                Tape::open(config, saves, &mut room_spec, Arc::clone(&shared.metrics), ahead)?
            }
            None => (None, room_spec.make(0).map_err(ServeError::Setup)?),
        };
        Self::of_room(room, tape, room_spec, service, shared, ends)
    }

    /// A driver of a room that is there.
    pub(super) fn of_room(
        room: Room<G>,
        tape: Option<Tape<G>>,
        room_spec: RoomSpec<G>,
        service: &Service,
        shared: SharedEnds,
        ends: RoomEnds,
    ) -> Result<Self, ServeError> {
        let &Service { shards, drain_timeout, full_service, idle_max } = service;
        let SharedEnds { roster, hall, gate, door, stop, metrics, tick_times, watch } = shared;
        let RoomEnds { entry, arrivals, orders, started, .. } = ends;
        let now = Instant::now();
        let tick_hz = room.terms().tick_hz;
        let says_every_tick = room.terms().input_silence() == 1;
        let mut schedule = Schedule::new(tick_hz);
        let plan = schedule.advance(Duration::ZERO);
        let measured = TickMetrics::new(Arc::clone(&metrics), now).behind(room.stats());
        Ok(Self {
            room,
            lanes: Lanes::new(shards, says_every_tick, &stop, now).map_err(ServeError::System)?,
            talk: TalkDesk::of(&hall, &entry),
            entry,
            roster,
            arrivals,
            stop,
            registrar: Registrar::new(gate.clone()),
            gate,
            away: door.away_players(),
            door,
            kept: HashMap::new(),
            started,
            schedule,
            log: TickRecorder::new(tick_times, now),
            journal: Journal::new(Arc::clone(&metrics)),
            measured,
            gauges: RoomGauges::new(Arc::clone(&metrics)),
            metrics,
            orders,
            room_spec,
            failures: Failures::default(),
            ladder: (!full_service).then(|| Ladder::new(tick_hz)),
            rung: Rung { level: 0, pace_percent: 100 },
            drain_timeout,
            drain_until: None,
            watcher: watch.map(|watch| RoomWatcher::new(watch, now)),
            tape,
            stage: PlayStage::Handle,
            recovered: None,
            plan,
            begun: None,
            is_last: false,
            parts_until: None,
            given_up: None,
            idle_max,
            stands_since: None,
            wishes: Vec::new(),
            departed: Vec::new(),
            fleeting: Fleeting::default(),
        })
    }
}
