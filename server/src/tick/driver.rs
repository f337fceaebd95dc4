//! The tick thread: owns the room, keeps the time, and carries batches between sockets and room.

mod degrade;
mod farewell;
mod judge;
mod orders;
mod recipe;
mod rescue;

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use auspice::authority::{Notice, Outgoing, Room};
use auspice::error::CloseReason;
use auspice::{ClientId, Game};
use tokio::sync::mpsc::Receiver;

use super::batch::{Batch, Found, Inbox, Outbox, Place};
use super::flight::{Flight, Flown};
use super::overload::{Ladder, Rung};
use super::report::{Report, TickTimes};
use super::schedule::{Plan, Schedule};
use super::shard::{Shard, Worker, read_once};
use super::tick_metrics::TickMetrics;
use crate::ending::Ending;
use crate::error::ServeError;
use crate::net::{Arrival, Door, Errand, Kept};
use crate::operate::admin::Order;
use crate::operate::journal::Journal;
use crate::operate::metrics::{Metrics, Phase};
use crate::operate::pulse::Pulse;
use crate::operate::shutdown::Stop;
use crate::session::{Gate, Registrar};
use recipe::Failures;
pub(crate) use recipe::Recipe;

/// Time from one report of what was measured to the next.
const REPORT_INTERVAL: Duration = Duration::from_secs(1);

/// A room, its sockets' shards, and the time.
pub(crate) struct Driver<G: Game> {
    room: Room<G>,
    lanes: Vec<Lane>,
    arrivals: Receiver<Arrival>,
    stop: Arc<Stop>,
    seats_by_client: HashMap<ClientId, (usize, Place)>,
    registrar: Registrar,
    door: Door,
    /// The seats of all players, with a connection or away, as the door counts them.
    kept: HashMap<ClientId, Kept>,
    /// The time that `schedule` counts from.
    started: Instant,
    schedule: Schedule,
    tick_times: Option<Sender<TickTimes>>,
    report: Report,
    reported: Instant,
    journal: Journal,
    metrics: Arc<Metrics>,
    measured: TickMetrics,
    pulse: Arc<Pulse>,
    orders: std::sync::mpsc::Receiver<Order>,
    recipe: Recipe<G::Rules>,
    failures: Failures,
    flight: Flight,
    /// None if everyone is served in full whatever happens.
    ladder: Option<Ladder>,
    rung: Rung,
    messages: u32,
    drain_timeout: Duration,
    /// The time until which players have time, once the server drains.
    drain_until: Option<Instant>,
}

/// Ends of channels, the stop flag and the metrics, which the tick thread shares with others.
pub(crate) struct Ends {
    pub(crate) arrivals: Receiver<Arrival>,
    pub(crate) door: Door,
    pub(crate) stop: Arc<Stop>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) pulse: Arc<Pulse>,
    pub(crate) orders: std::sync::mpsc::Receiver<Order>,
    /// Receiver of the times of each tick, if anyone wants them.
    pub(crate) tick_times: Option<Sender<TickTimes>>,
}

/// A shard, and the seats of its sockets.
struct Lane {
    worker: Worker,
    /// Away while another thread has it.
    batch: Option<Batch>,
    seats: Vec<Option<Seat>>,
    free: Vec<Place>,
}

/// A socket's other half.
struct Seat {
    /// None once the client is no more and only its socket lingers.
    client: Option<ClientId>,
    address: SocketAddr,
    /// The errand that it may have, until its hello is judged.
    errand: Errand,
    /// Once it has joined.
    name: Option<String>,
    /// Its last frame has not left: it is passed over in this tick.
    busy: bool,
}

/// The time at which a tick's work began, and by when it should have been done.
type Begun = (Instant, Plan);

impl<G: Game> Driver<G> {
    /// # Errors
    ///
    /// When the game cannot be served, or there is no thread for a shard.
    pub(crate) fn new(
        recipe: Recipe<G::Rules>,
        gate: Gate,
        shards: u32,
        drain_timeout: Duration,
        full_service: bool,
        ends: Ends,
    ) -> Result<Self, ServeError> {
        let room = recipe.make::<G>(0).map_err(ServeError::Setup)?;
        let Ends { arrivals, door, stop, metrics, pulse, orders, tick_times } = ends;
        let now = Instant::now();
        let workers = (0..shards as usize).map(|number| {
            let shard = Shard::new(Arc::clone(&stop));
            if shards == 1 { Ok(Worker::Here(shard)) } else { Worker::spawn(shard, number) }
        });
        let lane = |worker| Lane { worker, batch: Some(Batch::new(now)), seats: Vec::new(), free: Vec::new() };
        let tick_hz = room.terms().tick_hz;
        Ok(Self {
            room,
            lanes: workers.map(|worker| worker.map(lane)).collect::<io::Result<_>>().map_err(ServeError::System)?,
            arrivals,
            stop,
            seats_by_client: HashMap::new(),
            registrar: Registrar::new(gate),
            door,
            kept: HashMap::new(),
            started: now,
            schedule: Schedule::new(tick_hz),
            tick_times,
            report: Report::new(now),
            reported: now,
            journal: Journal::new(Arc::clone(&metrics)),
            measured: TickMetrics::new(Arc::clone(&metrics), now),
            metrics,
            pulse,
            orders,
            recipe,
            failures: Failures::default(),
            flight: Flight::new(),
            ladder: (!full_service).then(|| Ladder::new(tick_hz)),
            rung: Rung { level: 0, pace_percent: 100 },
            messages: 0,
            drain_timeout,
            drain_until: None,
        })
    }

    /// Ticks until the server is to stop, then says goodbye to everyone.
    pub(crate) fn run(mut self) {
        let mut began = None;
        while !self.stop.is_raised() && !self.is_drained(Instant::now()) {
            began = Some(self.exchange(began));
            self.admit();
            if let Err(panic) = self.play_contained() {
                self.rescue(panic);
            }
            self.take_orders();
        }
        self.settle(began);
        self.say_goodbye();
    }

    /// All of a tick that has to do with the room.
    fn play(&mut self) {
        self.handle();
        self.judge();
        self.measured.lap(Phase::Input);
        self.step();
        self.measured.lap(Phase::Step);
        self.compose();
        self.measured.lap(Phase::Encode);
    }

    /// 1. What the last tick made goes out, its deadline passes, and what has come meanwhile comes in.
    fn exchange(&mut self, last: Option<Begun>) -> Begun {
        let plan = self.schedule.advance(self.started.elapsed());
        self.report.drop_ticks(plan.dropped);
        self.metrics.ticks_skipped.inc_by(plan.dropped);
        self.trade(self.started + plan.due, false);
        let batches = self.lanes.iter().filter_map(|lane| lane.batch.as_ref());
        let written = batches.clone().map(|batch| batch.found.written).max();
        let began = batches.map(|batch| batch.found.began).min().unwrap_or(self.started);
        if let (Some((last_began, last_plan)), Some(written)) = (last, written) {
            let overran = written > self.started + plan.limit;
            if let Some(tick_times) = &self.tick_times {
                let (due, clients) = (self.started + last_plan.due, self.seats_by_client.len());
                // Whoever wanted them may have gone.
                let _ = tick_times.send(TickTimes { due, began: last_began, written, clients });
            }
            let work = written.saturating_duration_since(last_began);
            self.report.record(work, overran, self.seats_by_client.len(), began);
            self.measured.worked(work, overran);
            self.weigh(self.started.elapsed(), work);
            self.flight.record(Flown { tick: self.room.tick_now().0, work, messages: self.messages });
            self.measured.exchanged(written, self.started + plan.due, began);
        }
        let late = began.saturating_duration_since(self.started + plan.due);
        self.room.excuse(u32::try_from(self.schedule.ticks_in(late)).unwrap_or(u32::MAX));
        self.pulse.beat(began);
        self.measured.flush(self.room.stats());
        self.tell_report(began);
        (began, plan)
    }

    /// Every shard writes, waits until `read_at` and reads; all of them at once.
    fn trade(&mut self, read_at: Instant, draining: bool) {
        for lane in &mut self.lanes {
            let out = &mut lane.out();
            out.read_at = read_at;
            out.draining = draining;
            self.metrics.wire_sent.inc_by(out.wire_bytes() as u64);
            lane.worker.begin(&mut lane.batch);
        }
        for lane in &mut self.lanes {
            lane.worker.finish(&mut lane.batch);
        }
    }

    /// 2. Connections that finished their upgrade become clients.
    fn admit(&mut self) {
        while let Ok(Arrival { mut socket, address, errand, under_way }) = self.arrivals.try_recv() {
            let number = self.quietest_lane();
            let lane = &mut self.lanes[number];
            let place = lane.take_place();
            let mut seat = Seat { client: None, address, errand, name: None, busy: false };
            self.journal.connected();
            drop(under_way);
            // Whether anybody is let in is judged with its hello, which says whether it has a seat.
            match self.room.connect() {
                Ok(client) => {
                    seat.client = Some(client);
                    self.seats_by_client.insert(client, (number, place));
                    // Its hello is here by now: it joins in this tick, not in the next.
                    read_once(&mut socket, place, Instant::now(), lane.found());
                }
                Err(reason) => {
                    lane.close(place, &reason);
                    self.journal.ended(address, None, &reason.into());
                }
            }
            lane.out().arrivals.push((place, socket));
            lane.seats[place as usize] = Some(seat);
        }
    }

    fn quietest_lane(&self) -> usize {
        let load = |lane: &Lane| lane.seats.len() - lane.free.len();
        (0..self.lanes.len()).min_by_key(|&number| load(&self.lanes[number])).unwrap_or(0)
    }

    /// 3. What the shards found: messages go to the room, ends are told to it.
    fn handle(&mut self) {
        self.messages = 0;
        for lane in &mut self.lanes {
            let Lane { batch: Some(Batch { out, found }), seats, free, .. } = lane else { continue };
            self.metrics.payload_received.inc_by(found.payload_bytes() as u64);
            self.metrics.wire_received.inc_by(found.wire_bytes as u64);
            for (place, find) in &found.finds {
                let Some(seat) = &mut seats[*place as usize] else { continue };
                match find {
                    Found::Message(range) => {
                        let Some(client) = seat.client else { continue };
                        self.messages += 1;
                        if let Err(reason) = self.room.handle_message(client, found.message(range)) {
                            out.closes.push((*place, reason.code(), Cow::from(reason.to_string())));
                            part(&mut self.room, seat, &mut self.seats_by_client, &mut self.journal, &reason.into());
                        }
                    }
                    Found::Busy => seat.busy = true,
                    Found::Ended(end) => {
                        part(&mut self.room, seat, &mut self.seats_by_client, &mut self.journal, end);
                    }
                    Found::Gone => {
                        seats[*place as usize] = None;
                        free.push(*place);
                    }
                }
            }
        }
    }

    /// 5. The world moves on.
    fn step(&mut self) {
        if let Err(misuse) = self.room.tick() {
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
                    self.registrar.forget(client);
                    self.kept.remove(&client);
                    self.metrics.leaves.inc();
                    continue;
                }
                Notice::Suspended { .. } | Notice::Resumed { .. } => continue,
            };
            let Some(&(lane, place)) = self.seats_by_client.get(&client) else { continue };
            if let Some(seat) = &mut self.lanes[lane].seats[place as usize] {
                self.journal.joined(seat.address, &name, self.seats_by_client.len());
                seat.name = Some(name);
            }
        }
    }

    /// 6. One update for each client whose last one has left; a newcomer's welcome goes before its first.
    fn compose(&mut self) {
        for lane in &mut self.lanes {
            let Lane { batch: Some(Batch { out, .. }), seats, .. } = lane else { continue };
            for (place, seat) in seats.iter_mut().enumerate() {
                let Some(seat) = seat else { continue };
                let Some(client) = seat.client else { continue };
                if std::mem::take(&mut seat.busy) {
                    continue;
                }
                loop {
                    match self.room.poll_update(client) {
                        Outgoing::Nothing => break,
                        Outgoing::Message(payload) => {
                            self.measured.updated(payload.len());
                            out.push_message(place as Place, payload);
                        }
                        Outgoing::Close(reason) => {
                            out.closes.push((place as Place, reason.code(), Cow::from(reason.to_string())));
                            part(&mut self.room, seat, &mut self.seats_by_client, &mut self.journal, &reason.into());
                            break;
                        }
                    }
                }
            }
        }
    }

    fn tell_report(&mut self, now: Instant) {
        if now.saturating_duration_since(self.reported) < REPORT_INTERVAL {
            return;
        }
        self.reported = now;
        self.journal.tell_held_back(now);
        for client in self.seats_by_client.keys().filter_map(|&client| self.room.client(client)) {
            if client.name.is_some() {
                self.measured.sampled(client.lead, client.unacked_ticks);
            }
        }
        let entities = self.room.stats().entities;
        let summary = self.report.summary(self.room.clients() as u64, entities);
        self.room.set_report(summary);
        if let Some(second) = self.report.take_second() {
            tracing::warn!(
                overruns = second.overruns,
                dropped = second.dropped,
                longest_us = second.longest_us,
                "ticks were not done in time"
            );
        }
    }
}

impl Lane {
    fn out(&mut self) -> &mut Outbox {
        &mut self.batch.as_mut().expect("a batch should be here between two exchanges").out
    }

    fn found(&mut self) -> &mut Inbox {
        &mut self.batch.as_mut().expect("a batch should be here between two exchanges").found
    }

    fn take_place(&mut self) -> Place {
        self.free.pop().unwrap_or_else(|| {
            self.seats.push(None);
            self.seats.len() as Place - 1
        })
    }

    fn close(&mut self, place: Place, reason: &CloseReason) {
        self.out().closes.push((place, reason.code(), Cow::from(reason.to_string())));
    }
}

/// The seat's client is no more. False if it was not there.
fn part<G: Game>(
    room: &mut Room<G>,
    seat: &mut Seat,
    seats_by_client: &mut HashMap<ClientId, (usize, Place)>,
    journal: &mut Journal,
    ending: &Ending,
) -> bool {
    seat.errand = Errand::default();
    let Some(client) = seat.client.take() else { return false };
    seats_by_client.remove(&client);
    if ending.keeps_seat() {
        room.disconnect(client);
    } else {
        room.end(client, ending.session_end());
    }
    journal.ended(seat.address, seat.name.as_deref(), ending);
    true
}
