//! The tick thread: owns the room, keeps the time, and carries batches between sockets and room.

mod applicants;
mod degrade;
mod farewell;
mod lanes;
mod orders;
mod rescue;
mod room_spec;
mod tape;
mod tick_recorder;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use auspice::authority::{Notice, Outgoing, Registrar, Room};
use auspice::error::{CloseReason, Misuse};
use auspice::{ClientId, Game};
use tokio::sync::mpsc::Receiver;

use super::batch::Found;
use super::overload::{Ladder, Rung};
use super::report::TickTimes;
use super::schedule::{Schedule, TickPlan};
use super::tick_metrics::TickMetrics;
use crate::ending::Ending;
use crate::error::ServeError;
use crate::net::{Arrival, Door, Kept};
use crate::operate::admin::Order;
use crate::operate::heartbeat::Heartbeat;
use crate::operate::journal::Journal;
use crate::operate::metrics::{Metrics, Phase};
use crate::operate::panics::Panic;
use crate::operate::shutdown::Stop;
use crate::session::Gate;
use crate::ticklog::{LogConfig, Saves};
use lanes::{Lanes, SeatIndex};
use room_spec::Failures;
pub use room_spec::NewWorld;
pub(crate) use room_spec::RoomSpec;
use tape::Tape;
use tick_recorder::TickRecorder;

/// A room, its sockets' shards, and the time.
pub(crate) struct Driver<G: Game> {
    room: Room<G>,
    lanes: Lanes,
    arrivals: Receiver<Arrival>,
    stop: Arc<Stop>,
    registrar: Registrar<Gate>,
    door: Door,
    /// The seats of all players, with a connection or away, as the door counts them.
    kept: HashMap<ClientId, Kept>,
    /// The time that `schedule` counts from.
    started: Instant,
    schedule: Schedule,
    log: TickRecorder,
    journal: Journal,
    metrics: Arc<Metrics>,
    measured: TickMetrics,
    heartbeat: Arc<Heartbeat>,
    orders: std::sync::mpsc::Receiver<Order>,
    room_spec: RoomSpec<G>,
    failures: Failures,
    /// None if everyone is served in full whatever happens.
    ladder: Option<Ladder>,
    rung: Rung,
    drain_timeout: Duration,
    /// The time until which players have time, once the server drains.
    drain_until: Option<Instant>,
    /// The log, if there is one.
    tape: Option<Tape<G>>,
    /// The part of the tick that is being played.
    stage: PlayStage,
    /// The time at which the room was last made again after a panic.
    recovered: Option<Instant>,
}

/// How clients are served.
pub(crate) struct Service {
    pub(crate) shards: u32,
    pub(crate) drain_timeout: Duration,
    pub(crate) full_service: bool,
}

/// A part of a tick in which the game may panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PlayStage {
    Handle,
    Step,
    Compose,
}

/// Ends of channels, the stop flag and the metrics, which the tick thread shares with others.
pub(crate) struct Ends {
    pub(crate) arrivals: Receiver<Arrival>,
    pub(crate) door: Door,
    pub(crate) stop: Arc<Stop>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) heartbeat: Arc<Heartbeat>,
    pub(crate) orders: std::sync::mpsc::Receiver<Order>,
    /// Receiver of the times of each tick, if anyone wants them.
    pub(crate) tick_times: Option<Sender<TickTimes>>,
}

/// The time at which a tick's work began, and by when it should have been done.
type Begun = (Instant, TickPlan);

impl<G: Game> Driver<G> {
    /// # Errors
    ///
    /// When the game cannot be served, or there is no thread for a shard.
    pub(crate) fn new(
        mut room_spec: RoomSpec<G>,
        gate: Gate,
        service: &Service,
        log: Option<(LogConfig, Saves<G>)>,
        ends: Ends,
    ) -> Result<Self, ServeError> {
        let (tape, room) = match log {
            Some((config, saves)) => Tape::open(config, saves, &mut room_spec, Arc::clone(&ends.metrics))?,
            None => (None, room_spec.make(0).map_err(ServeError::Setup)?),
        };
        let &Service { shards, drain_timeout, full_service } = service;
        let Ends { arrivals, door, stop, metrics, heartbeat, orders, tick_times } = ends;
        let now = Instant::now();
        let tick_hz = room.terms().tick_hz;
        let measured = TickMetrics::new(Arc::clone(&metrics), now).behind(room.stats());
        Ok(Self {
            room,
            lanes: Lanes::new(shards, &stop, now).map_err(ServeError::System)?,
            arrivals,
            stop,
            registrar: Registrar::new(gate),
            door,
            kept: HashMap::new(),
            started: now,
            schedule: Schedule::new(tick_hz),
            log: TickRecorder::new(tick_times, now),
            journal: Journal::new(Arc::clone(&metrics)),
            measured,
            metrics,
            heartbeat,
            orders,
            room_spec,
            failures: Failures::default(),
            ladder: (!full_service).then(|| Ladder::new(tick_hz)),
            rung: Rung { level: 0, pace_percent: 100 },
            drain_timeout,
            drain_until: None,
            tape,
            stage: PlayStage::Handle,
            recovered: None,
        })
    }

    /// Ticks until the server is to stop, then says goodbye to everyone.
    pub(crate) fn run(mut self) {
        let mut began = None;
        while !self.stop.is_raised() && !self.is_drained(Instant::now()) {
            began = Some(self.exchange(began));
            self.seat_arrivals();
            if let Err(panic) = self.play_contained() {
                self.rescue(panic);
            }
            self.take_orders();
        }
        self.settle(began);
        // What they are told now is that they may come back.
        self.with_tape(Tape::finish);
        self.say_goodbye();
        // Only now, since a disk may take its time.
        drop(self.tape.take());
    }

    /// All of a tick that has to do with the room.
    fn play(&mut self) {
        self.stage = PlayStage::Handle;
        self.handle();
        self.answer_applicants();
        self.write_down(false);
        self.measured.lap(Phase::Input);
        self.stage = PlayStage::Step;
        self.step();
        self.measured.lap(Phase::Step);
        self.stage = PlayStage::Compose;
        self.compose();
        self.write_down(true);
        self.measured.lap(Phase::Encode);
    }

    /// Hands over to the log what happened since the last time.
    fn write_down(&mut self, is_settled: bool) {
        if self.tape.is_none() {
            // A room whose log was given up records all the same.
            self.room.take_record(&mut Vec::new());
        }
        self.with_tape(|tape, room| tape.hand_over(room, is_settled));
    }

    /// Does something with the log, if there is one. A game that cannot be saved goes on without.
    fn with_tape(&mut self, act: impl FnOnce(&mut Tape<G>, &mut Room<G>) -> Result<(), Panic>) {
        let Some(tape) = &mut self.tape else { return };
        if let Err(panic) = act(tape, &mut self.room) {
            self.tape.take().into_iter().for_each(|tape| tape.give_up(&panic));
        }
    }

    /// 1. What the last tick made goes out, its deadline passes, and what has come meanwhile comes in.
    fn exchange(&mut self, last: Option<Begun>) -> Begun {
        let plan = self.schedule.advance(self.started.elapsed());
        self.log.drop_ticks(plan.dropped);
        self.metrics.ticks_skipped.inc_by(plan.dropped);
        // Nobody is told what could still be lost.
        self.tape.iter().for_each(Tape::wait);
        self.trade(self.started + plan.due, false);
        let written = self.lanes.reads().map(|reads| reads.written).max();
        let began = self.lanes.reads().map(|reads| reads.began).min().unwrap_or(self.started);
        if let (Some((last_began, last_plan)), Some(written)) = (last, written) {
            let overran = written > self.started + plan.limit;
            let work = written.saturating_duration_since(last_began);
            let times =
                TickTimes { due: self.started + last_plan.due, began: last_began, written, clients: self.lanes.clients() };
            self.log.record(self.room.tick_now(), times, overran, began);
            self.measured.worked(work, overran);
            self.weigh(self.started.elapsed(), work);
            self.measured.exchanged(written, self.started + plan.due, began);
        }
        let late = began.saturating_duration_since(self.started + plan.due);
        self.room.excuse(u32::try_from(self.schedule.ticks_in(late)).unwrap_or(u32::MAX));
        self.heartbeat.beat(began);
        self.measured.flush(self.room.stats());
        self.tell_report(began);
        (began, plan)
    }

    /// Every shard writes, waits until `read_at` and reads; all of them at once.
    fn trade(&mut self, read_at: Instant, draining: bool) {
        let sent = self.lanes.exchange(read_at, draining);
        self.metrics.wire_sent.inc_by(sent as u64);
        for reads in self.lanes.reads() {
            self.metrics.payload_received.inc_by(reads.payload_bytes() as u64);
            self.metrics.wire_received.inc_by(reads.wire_bytes as u64);
        }
    }

    /// 2. Connections that finished their upgrade become clients.
    fn seat_arrivals(&mut self) {
        while let Ok(Arrival { socket, address, errand, under_way }) = self.arrivals.try_recv() {
            self.journal.connected();
            drop(under_way);
            // Whether anybody is let in is judged with its hello, which says whether it has a seat. If that
            // is here by now, it joins in this tick, not in the next.
            match self.room.connect() {
                Ok(client) => self.lanes.open(socket, client, address, errand),
                Err(reason) => {
                    self.lanes.turn_away(socket, address, &reason);
                    self.journal.ended(address, None, &reason.into());
                }
            }
        }
    }

    /// 3. What the shards found: messages go to the room, ends are told to it.
    fn handle(&mut self) {
        for lane in 0..self.lanes.count() {
            for index in 0.. {
                let Some((at, found, reads)) = self.lanes.found(lane, index) else { break };
                match found {
                    Found::Message(range) => {
                        let Some(client) = self.lanes.client(at) else { continue };
                        self.log.count_message();
                        if let Err(reason) = self.room.handle_message(client, reads.message(range)) {
                            self.close(at, &reason);
                        }
                    }
                    Found::Busy => self.lanes.hold(at),
                    Found::Ended(ending) => {
                        let ending = ending.clone();
                        self.part(at, &ending);
                    }
                    Found::Gone => self.lanes.free(at),
                }
            }
        }
    }

    /// 5. The world moves on.
    fn step(&mut self) {
        let made = self.room.tick();
        self.stepped(made);
    }

    /// A tick was made.
    fn stepped(&mut self, made: Result<(), Misuse>) {
        if let Err(misuse) = made {
            self.journal.misuse(&misuse.to_string());
        }
        // Here, beside the counts of those who leave, and not with the tick's others: the sums are to hold
        // for all but a moment.
        self.metrics.clients_suspended.set(self.room.suspended() as i64);
        self.door.set_away(self.room.suspended());
        while let Some(notice) = self.room.poll_notice() {
            let (client, name) = match notice {
                Notice::Joined { client, name } => (client, name),
                Notice::Left { client, .. } => {
                    // It has been told where the reason is known.
                    self.kept.remove(&client);
                    self.metrics.leaves.inc();
                    continue;
                }
                Notice::Suspended { .. } | Notice::Resumed { .. } => continue,
            };
            let Some(at) = self.lanes.find(client) else { continue };
            let clients = self.lanes.clients();
            if let Some(seat) = self.lanes.seat(at) {
                self.journal.joined(seat.address, &name, clients);
                seat.name = Some(name);
            }
        }
    }

    /// 6. One update for each client whose last one has left; a newcomer's welcome goes before its first.
    fn compose(&mut self) {
        let mut last = None;
        while let Some(at) = self.lanes.next_place(last) {
            last = Some(at);
            let Some(client) = self.lanes.due(at) else { continue };
            loop {
                match self.room.poll_update(client) {
                    Outgoing::Nothing => break,
                    Outgoing::Message(payload) => {
                        self.measured.updated(payload.len());
                        self.lanes.push_message(at, payload);
                    }
                    Outgoing::Close(reason) => {
                        self.close(at, &reason);
                        break;
                    }
                }
            }
        }
    }

    /// Sends the client at `at` away. False if there was none.
    fn close(&mut self, at: SeatIndex, reason: &CloseReason) -> bool {
        let was_there = self.part(at, &reason.clone().into());
        if was_there {
            self.lanes.close(at, reason);
        }
        was_there
    }

    /// The client at `at` is no more. False if there was none.
    fn part(&mut self, at: SeatIndex, ending: &Ending) -> bool {
        let Some((client, seat)) = self.lanes.leave(at) else { return false };
        if ending.keeps_seat() {
            self.room.disconnect(client);
        } else {
            self.room.end(client, ending.session_end());
        }
        if seat.is_spare {
            self.journal.spare_closed();
        } else {
            self.journal.ended(seat.address, seat.name.as_deref(), ending);
        }
        true
    }

    fn tell_report(&mut self, now: Instant) {
        if !self.log.is_report_due(now) {
            return;
        }
        self.journal.tell_held_back(now);
        for client in self.lanes.each_client().filter_map(|client| self.room.client(client)) {
            if client.name.is_some() {
                self.measured.sampled(client.lead, client.unacked_ticks);
            }
        }
        let entities = self.room.stats().entities;
        let summary = self.log.report(self.room.clients() as u64, entities, now);
        self.room.set_report(summary);
    }
}
