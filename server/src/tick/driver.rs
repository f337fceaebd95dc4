//! The tick thread: owns the room, keeps the time, and carries batches between sockets and room.

mod applicants;
mod degrade;
mod farewell;
mod fleeting;
mod heir;
mod lanes;
mod making;
mod many;
mod nodes;
mod orders;
mod rescue;
mod restore;
mod room_spec;
mod sent_on;
mod setup;
mod talk;
mod tape;
mod tape_twin;
mod tick_recorder;

use std::collections::HashMap;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::{Duration, Instant};

use auspice::authority::{Notice, Outgoing, Registrar, Room};
use auspice::error::{CloseReason, Misuse};
use auspice::{ClientId, Game};
use tokio::sync::mpsc::Receiver;

use super::batch::Found;
use super::overload::{Ladder, Rung};
use super::report::TickTimes;
use super::room_gauges::RoomGauges;
use super::schedule::{Schedule, TickPlan};
use super::talk_desk::TalkDesk;
use super::tick_metrics::TickMetrics;
use crate::ending::Ending;
use crate::net::{Arrival, AwayPlayers, Door, Introduction, Kept};
use crate::operate::admin::Order;
use crate::operate::heartbeat::Heartbeat;
use crate::operate::inspector::RoomWatcher;
use crate::operate::journal::Journal;
use crate::operate::metrics::{Metrics, Phase};
use crate::operate::panics::Panic;
use crate::operate::shutdown::Stop;
use crate::rooms::{KnownPlayer, RoomEntry, Roster};
use crate::session::SharedGate;
use fleeting::Fleeting;
use lanes::{Lanes, SeatIndex};
pub(crate) use many::DriverMaker;
pub use many::RoomTerms;
use room_spec::Failures;
pub use room_spec::NewWorld;
pub(crate) use room_spec::RoomSpec;
pub(crate) use setup::{Service, SharedEnds};
use tape::Tape;
pub(crate) use tape::{OfAllTapes, TapeConfig};
use tick_recorder::TickRecorder;

/// A room, its sockets' shards, and the time.
pub(crate) struct Driver<G: Game> {
    room: Room<G>,
    lanes: Lanes,
    entry: Arc<RoomEntry>,
    roster: Arc<Roster>,
    arrivals: Receiver<Box<Arrival>>,
    stop: Arc<Stop>,
    gate: SharedGate,
    registrar: Registrar<SharedGate>,
    door: Door,
    away: AwayPlayers,
    /// The seats of all players, with a connection or away, as the door counts them.
    kept: HashMap<ClientId, (Kept, Option<KnownPlayer>)>,
    /// The time that `schedule` counts from.
    started: Instant,
    schedule: Schedule,
    log: TickRecorder,
    journal: Journal,
    metrics: Arc<Metrics>,
    gauges: RoomGauges,
    measured: TickMetrics,
    orders: std::sync::mpsc::Receiver<Order>,
    room_spec: RoomSpec<G>,
    failures: Failures,
    /// None if everyone is served in full whatever happens.
    ladder: Option<Ladder>,
    rung: Rung,
    drain_timeout: Duration,
    /// The time until which players have time, once the server drains.
    drain_until: Option<Instant>,
    /// Copies for whoever looks at the room, if anyone may.
    watcher: Option<RoomWatcher>,
    /// The record of what happens, if there is one.
    tape: Option<Tape<G>>,
    /// The part of the tick that is being played.
    stage: PlayStage,
    /// The time at which the room was last made again after a panic.
    recovered: Option<Instant>,
    /// The tick that is being waited for.
    plan: TickPlan,
    /// The tick that was made last, until it is known when it was written.
    begun: Option<Begun>,
    /// The time of a drain is over: the next tick is the last.
    is_last: bool,
    /// The time until which sockets are waited for that were told goodbye.
    parts_until: Option<Instant>,
    /// The panic that ended the last room of too many.
    given_up: Option<Panic>,
    /// Time without players after which a room ends that does not last.
    idle_max: Duration,
    /// The time since which nobody is there, and time stands still.
    stands_since: Option<Instant>,
    /// Players that want to go to another room, and which.
    wishes: Vec<(ClientId, String)>,
    /// Players that did, until the game has been told.
    departed: Vec<ClientId>,
    /// The room's part in a fleet.
    fleeting: Fleeting,
    /// Its part in what players say to each other; none where nobody does.
    talk: Option<TalkDesk>,
}

/// A part of a tick in which the game may panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PlayStage {
    Handle,
    Step,
    Compose,
}

/// The time at which a tick's work began, and by when it should have been done.
type Begun = (Instant, TickPlan);

impl<G: Game> Driver<G> {
    /// Ticks until the server is to stop, and everyone was told goodbye.
    ///
    /// # Panics
    ///
    /// With the game's panic, if there were too many.
    pub(crate) fn run(mut self, heartbeat: &Heartbeat) {
        self.send(self.started + self.plan.due);
        let mut due = Some(self.started + self.plan.due);
        while let Some(at) = due {
            self.lanes.wait(at, self.parts_until.is_some());
            heartbeat.beat(Instant::now());
            due = self.go_on();
        }
        if let Some(panic) = self.given_up.take() {
            resume_unwind(panic);
        }
    }

    /// Does what is due, and says when something is due again; `None` once nothing is.
    fn go_on(&mut self) -> Option<Instant> {
        if let Some(until) = self.parts_until {
            return self.part(until);
        }
        self.receive();
        self.seat_arrivals();
        if self.is_anothers() {
            return Some(self.say_goodbye());
        }
        let is_last = self.is_last;
        if let Err(panic) = self.play_contained().and_then(|()| if is_last { self.play_out() } else { Ok(()) }) {
            self.rescue(panic);
        }
        self.take_orders();
        self.follow_pace();
        if is_last || self.given_up.is_some() || self.stop.is_raised() || self.entry.is_ending() {
            return Some(self.say_goodbye());
        }
        self.is_last = self.is_drained(Instant::now());
        self.plan_next();
        self.grant_wishes();
        Some(self.started + self.plan.due)
    }

    /// All of a tick that has to do with the room.
    fn play(&mut self) {
        self.stage = PlayStage::Handle;
        self.handle();
        for part in self.entry.hand_over.take_late() {
            self.room.take_late_inputs(&part);
        }
        self.answer_applicants();
        self.write_down(Tape::hand_over);
        let mut work = self.measured.lap(Phase::Input);
        self.stage = PlayStage::Step;
        self.step();
        work += self.measured.lap(Phase::Step);
        self.stage = PlayStage::Compose;
        self.compose();
        work += self.measured.lap(Phase::Encode);
        self.write_down(|tape, room| tape.hand_over_tick(room, work));
    }

    /// Hands over to the record what happened since the last time, as `hand_over` does.
    fn write_down(&mut self, hand_over: impl FnOnce(&mut Tape<G>, &mut Room<G>) -> Result<(), Panic>) {
        if self.tape.is_none() {
            // A room whose log was given up records all the same.
            self.room.take_record(&mut Vec::new());
        }
        self.with_tape(hand_over);
    }

    /// Does something with the log, if there is one. A game that cannot be saved goes on without.
    fn with_tape(&mut self, act: impl FnOnce(&mut Tape<G>, &mut Room<G>) -> Result<(), Panic>) {
        let Some(tape) = &mut self.tape else { return };
        if let Err(panic) = act(tape, &mut self.room) {
            self.tape.take().into_iter().for_each(|tape| tape.give_up(&panic));
        }
    }

    /// 7. What the tick made goes out, the next one is planned, and whoever looks at the room gets a copy of it.
    fn plan_next(&mut self) {
        self.plan = self.schedule.advance(self.started.elapsed());
        self.log.drop_ticks(self.plan.dropped);
        self.metrics.ticks_skipped.inc_by(self.plan.dropped);
        // Nobody is told what could still be lost.
        self.tape.iter().for_each(Tape::wait);
        self.measured.lap(Phase::Log);
        let due = self.started + self.plan.due;
        if self.tape.as_ref().is_some_and(Tape::is_fenced) {
            // What was made since is another node's to tell.
            return self.entry.go_elsewhere();
        }
        self.send(due);
        // Nobody waits for anything now.
        self.watcher.take_if(|watcher| watcher.is_forsaken());
        self.watcher.iter_mut().for_each(|watcher| watcher.observe(&self.room, due));
    }

    /// 1. The deadline has passed: what has come meanwhile comes in, and the tick before is measured.
    fn receive(&mut self) {
        self.take_in();
        let plan = self.plan;
        let written = self.lanes.reads().map(|reads| reads.written).max();
        let began = self.lanes.reads().map(|reads| reads.began).min().unwrap_or(self.started);
        if let (Some((last_began, last_plan)), Some(written)) = (self.begun, written) {
            let overran = written > self.started + plan.limit;
            let work = written.saturating_duration_since(last_began);
            let (due, clients, tick) = (self.started + last_plan.due, self.lanes.clients(), self.room.tick_now());
            let is_saved = self.tape.as_ref().is_some_and(|tape| tape.saved_at() == tick.0);
            let times = TickTimes { due, began: last_began, written, clients, is_saved };
            self.log.record(self.room.tick_now(), times, overran, began);
            self.measured.worked(work, overran);
            self.watcher.iter_mut().for_each(|watcher| watcher.worked(work));
            self.weigh(self.started.elapsed(), work);
            self.measured.exchanged(written, self.started + plan.due, began);
        }
        let late = began.saturating_duration_since(self.started + plan.due);
        self.room.excuse(u32::try_from(self.schedule.ticks_in(late)).unwrap_or(u32::MAX));
        self.measured.flush(self.room.stats());
        // Of many rooms it would cost as much as some clients do.
        if !self.roster.is_of_many() || self.log.is_report_due(began) {
            self.measured.flush_times();
        }
        self.gauges.set_entities(self.room.stats().entities);
        self.tell_report(began);
        self.begun = Some((began, plan));
    }

    /// Every shard writes, to read at `read_at`.
    fn send(&mut self, read_at: Instant) {
        let sent = self.lanes.send(read_at, self.parts_until.is_some());
        self.metrics.traffic.wire_sent.inc_by(sent as u64);
    }

    /// Every shard reads.
    fn take_in(&mut self) {
        self.lanes.receive();
        for reads in self.lanes.reads() {
            self.metrics.traffic.payload_received.inc_by(reads.payload_bytes() as u64);
            self.metrics.traffic.wire_received.inc_by(reads.wire_bytes as u64);
        }
    }

    /// 2. Connections that finished their upgrade become clients.
    fn seat_arrivals(&mut self) {
        let waiting = std::mem::take(&mut self.fleeting.waiting);
        waiting.into_iter().for_each(|arrival| self.seat(arrival));
        while let Ok(arrival) = self.arrivals.try_recv() {
            self.seat(*arrival);
        }
    }

    fn seat(&mut self, arrival: Arrival) {
        let Arrival { socket, address, errand, under_way, introduction } = arrival;
        // Another room has counted it.
        if introduction.is_none() {
            self.journal.connected();
        }
        drop(under_way);
        // Whether anybody is let in is judged with its hello, which says whether it has a seat. If that
        // is here by now, it joins in this tick, not in the next.
        match self.room.connect() {
            Ok(client) => {
                let at = self.lanes.open(socket, client, address, errand);
                if let Some(introduction) = introduction {
                    self.introduce(at, client, introduction);
                }
            }
            Err(reason) => {
                self.lanes.turn_away(socket, address, &reason);
                let name = match &introduction {
                    Some(Introduction::Player(admitted) | Introduction::Judged(admitted)) => {
                        Some(admitted.name.as_str())
                    }
                    _ => None,
                };
                self.journal.ended(address, name, &reason.into());
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
                    Found::Line(range) => {
                        let line = reads.line(range).to_owned();
                        self.say(at, &line);
                    }
                    Found::TooFast => self.unsay(at, "You say more than one line a second: wait a moment."),
                    Found::Busy => self.lanes.hold(at),
                    Found::Ended(ending) => {
                        let ending = ending.clone();
                        self.lose(at, &ending);
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
        self.tell_players();
        while let Some(notice) = self.room.poll_notice() {
            let (client, name) = match notice {
                Notice::Joined { client, name } => (client, name),
                Notice::Left { client, .. } => {
                    // It has been told where the reason is known.
                    self.kept.remove(&client);
                    self.note_absent(client);
                    match self.departed.iter().position(|departed| *departed == client) {
                        Some(index) => {
                            self.departed.swap_remove(index);
                            self.gauges.moved();
                        }
                        None => self.gauges.left(),
                    }
                    continue;
                }
                Notice::Wants { client, room } => {
                    self.wishes.push((client, room));
                    continue;
                }
                Notice::Suspended { client } => {
                    self.note_absent(client);
                    continue;
                }
                Notice::Resumed { client } => {
                    self.note_present(client);
                    continue;
                }
            };
            let Some(at) = self.lanes.find(client) else { continue };
            let clients = self.lanes.clients();
            let Some(seat) = self.lanes.seat(at) else { continue };
            self.gauges.joined();
            // Who comes from another room was counted there.
            if seat.name.is_none() {
                self.journal.joined(seat.address, &name, clients);
                seat.name = Some(name);
            }
            self.note_present(client);
        }
    }

    /// Tells other threads how many players there are.
    fn tell_players(&mut self) {
        let (players, away) = (self.room.players(), self.room.suspended());
        self.gauges.set_suspended(away);
        self.away.set(away);
        self.entry.note_players(players, away);
    }

    /// 6. One update for each client whose last one has left; a newcomer's welcome goes before its first.
    fn compose(&mut self) {
        self.hear_answers();
        self.hear_all();
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
            self.send_lines(at);
        }
        self.end_lines();
    }

    /// Sends the client at `at` away. False if there was none.
    fn close(&mut self, at: SeatIndex, reason: &CloseReason) -> bool {
        let was_there = self.lose(at, &reason.clone().into());
        if was_there {
            self.lanes.close(at, reason);
        }
        was_there
    }

    /// The client at `at` is no more. False if there was none.
    fn lose(&mut self, at: SeatIndex, ending: &Ending) -> bool {
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
