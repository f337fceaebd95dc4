//! [`RoomWorker`]: a thread that runs many rooms, each at its own deadlines.
//!
//! A room whose ticks take long makes those behind it late. When that goes on for two seconds, its neighbours go to
//! workers that have less to do, and it is left alone.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use super::code::RoomCode;
use super::entry::RoomEnds;
use super::mail::WorkerMail;
use super::roster::Roster;
use super::runner::{EARLY_MAX, RoomMaker, Runner, Turn};
use crate::error::ServeError;
use crate::operate::metrics::Metrics;
use crate::operate::panics::panic_message;
use crate::operate::shutdown::Stop;

/// Longest sleep between two looks at the stop flag.
const SLEEP_MAX: Duration = Duration::from_millis(50);

/// Time over which it is measured what rooms take.
const MEASURED: Duration = Duration::from_secs(1);

/// Ticks that may begin late within that, by half a period or more: one hiccup of the machine makes several.
const LATE_MAX: u32 = 10;

/// Share of a worker's time, in thousandths, beyond which nobody gives it more rooms.
const BUSY_MAX: u32 = 700;

/// Rooms, and the thread that runs them.
pub(crate) struct RoomWorker {
    index: usize,
    mail: Receiver<WorkerMail>,
    roster: Arc<Roster>,
    maker: Arc<dyn RoomMaker>,
    stop: Arc<Stop>,
    metrics: Arc<Metrics>,
    rooms: HashMap<RoomCode, HeldRoom>,
    /// Rooms by when they are due. One that is due at another time by now is passed over.
    due: BinaryHeap<Reverse<(Instant, RoomCode)>>,
    clock: Box<dyn Fn() -> Instant + Send>,
    measured_since: Instant,
    late: u32,
    /// So it was in the time before, too.
    was_late: bool,
    /// Stop that was passed on to all rooms.
    hurried: Hurry,
}

struct HeldRoom {
    runner: Box<dyn Runner>,
    due: Instant,
    /// Time that it took since `measured_since`.
    took: Duration,
    /// Share of the time that it took before, in thousandths.
    share: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Hurry {
    Not,
    Drains,
    Stops,
}

impl RoomWorker {
    pub(crate) fn new(
        index: usize,
        mail: Receiver<WorkerMail>,
        (roster, maker): (Arc<Roster>, Arc<dyn RoomMaker>),
        (stop, metrics): (Arc<Stop>, Arc<Metrics>),
        clock: Box<dyn Fn() -> Instant + Send>,
    ) -> Self {
        Self {
            index,
            mail,
            roster,
            maker,
            stop,
            metrics,
            rooms: HashMap::new(),
            due: BinaryHeap::new(),
            measured_since: clock(),
            clock,
            late: 0,
            was_late: false,
            hurried: Hurry::Not,
        }
    }

    /// Runs rooms until the server has stopped.
    pub(crate) fn run(mut self) {
        while let Some(until) = self.pass() {
            let wait = until.saturating_duration_since((self.clock)()).min(SLEEP_MAX);
            match self.mail.recv_timeout(wait) {
                Ok(mail) => self.take(mail),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Takes its mail and gives every room that is due its turn; the time at which the next one is due. `None` once the
    /// server has stopped, and no room is left.
    fn pass(&mut self) -> Option<Instant> {
        let now = (self.clock)();
        self.roster.workers()[self.index].heartbeat.beat(now);
        while let Ok(mail) = self.mail.try_recv() {
            self.take(mail);
        }
        self.hurry(now);
        if self.hurried > Hurry::Not && self.rooms.is_empty() {
            return None;
        }
        // As many as there are at most, so that mail is read when all are late.
        for _ in 0..self.rooms.len() {
            let now = (self.clock)();
            let Some(&Reverse((at, code))) = self.due.peek().filter(|Reverse((at, _))| *at <= now + EARLY_MAX) else {
                break;
            };
            self.due.pop();
            if self.rooms.get(&code).is_some_and(|room| room.due == at) {
                self.turn(code, now);
            }
        }
        let now = (self.clock)();
        self.weigh(now);
        Some(self.due.peek().map_or(now + SLEEP_MAX, |Reverse((at, _))| *at))
    }

    fn take(&mut self, mail: WorkerMail) {
        match mail {
            WorkerMail::Make(ends, done) => self.make(ends, done.as_ref()),
            WorkerMail::Follow(ends) => {
                let started = ends.started;
                self.hold(Arc::clone(&self.maker).follow(ends), started);
            }
            WorkerMail::Adopt(runner, due) => self.hold(runner, due),
            WorkerMail::Wake(code) if self.rooms.contains_key(&code) => self.turn(code, (self.clock)()),
            // It went to another meanwhile.
            WorkerMail::Wake(code) => {
                if let Some(entry) = self.roster.find(code).filter(|entry| entry.worker() != self.index) {
                    self.roster.wake(&entry);
                }
            }
        }
    }

    fn make(&mut self, ends: RoomEnds, done: Option<&SyncSender<Result<(), ServeError>>>) {
        let (code, started) = (ends.entry.code, ends.started);
        let maker = Arc::clone(&self.maker);
        let made = catch_unwind(AssertUnwindSafe(|| maker.make(ends)));
        let outcome = match made {
            Ok(Ok(runner)) => {
                tracing::debug!(room = %code, worker = self.index, "a room was made");
                self.hold(runner, started);
                Ok(())
            }
            Ok(Err(error)) => Err(error),
            Err(panic) => Err(ServeError::Panicked(panic_message(&*panic).to_owned())),
        };
        if let Err(error) = &outcome {
            tracing::error!(room = %code, %error, "a room cannot be made");
            self.forget(code);
        }
        if let Some(done) = done {
            let _ = done.send(outcome);
        }
    }

    fn hold(&mut self, runner: Box<dyn Runner>, due: Instant) {
        let code = runner.code();
        self.rooms.insert(code, HeldRoom { runner, due, took: Duration::ZERO, share: 0 });
        self.due.push(Reverse((due, code)));
    }

    /// A room is no more, here and everywhere.
    fn forget(&mut self, code: RoomCode) {
        self.rooms.remove(&code);
        self.roster.remove(code);
        // What a server leaves when it stops is taken up by others.
        if let Some(fleet) = self.roster.fleet().filter(|_| !self.stop.is_draining()) {
            fleet.end(code);
        }
        self.roster.workers()[self.index].load.room_went();
    }

    /// Gives a room its turn at `now`.
    fn turn(&mut self, code: RoomCode, now: Instant) {
        let Some(room) = self.rooms.get_mut(&code) else { return };
        let is_late = now.saturating_duration_since(room.due) > room.runner.period() / 2;
        // The room is thrown away after a panic.
        let turn = catch_unwind(AssertUnwindSafe(|| room.runner.take_turn(now)));
        room.took += (self.clock)().saturating_duration_since(now);
        match turn {
            Ok(Turn::Ticks(due) | Turn::Stands(due)) => {
                room.due = due;
                self.due.push(Reverse((due, code)));
                self.late += u32::from(is_late);
            }
            Ok(Turn::Over) => {
                tracing::debug!(room = %code, "a room has ended");
                self.forget(code);
            }
            Err(panic) => {
                self.metrics.room_panics.inc();
                let what = panic_message(&*panic);
                tracing::error!(room = %code, what, "a room ends by a mistake of the server's");
                // What is left of it may panic again where it is dropped.
                let _ = catch_unwind(AssertUnwindSafe(|| self.forget(code)));
            }
        }
    }

    /// Gives every room its turn at once when the server begins to drain, and when it stops.
    fn hurry(&mut self, now: Instant) {
        let hurry = match () {
            () if self.stop.is_raised() => Hurry::Stops,
            () if self.stop.is_draining() => Hurry::Drains,
            () => Hurry::Not,
        };
        if hurry > self.hurried {
            self.hurried = hurry;
            for (&code, room) in &mut self.rooms {
                room.due = now;
                self.due.push(Reverse((now, code)));
            }
        }
    }

    /// Works out once a second what rooms take, and gives some away where there is too little time for all.
    fn weigh(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.measured_since);
        let is_late = self.late > LATE_MAX;
        if passed < MEASURED {
            return;
        }
        for room in self.rooms.values_mut() {
            room.share = (room.took.as_nanos() * 1000 / passed.as_nanos().max(1)) as u32;
            room.took = Duration::ZERO;
        }
        let busy = self.rooms.values().map(|room| room.share).sum();
        self.roster.workers()[self.index].load.set_busy(busy);
        (self.measured_since, self.late) = (now, 0);
        // Once more: by then the others have measured what they have to do.
        if std::mem::replace(&mut self.was_late, is_late) && is_late && self.hurried == Hurry::Not {
            self.relieve();
        }
    }

    /// Gives the neighbours of the room that takes most to workers that have less to do.
    fn relieve(&mut self) {
        let Some(hog) = self.rooms.iter().max_by_key(|(_, room)| room.share).map(|(&code, _)| code) else { return };
        let roster = Arc::clone(&self.roster);
        let mut busy: Vec<u32> = roster.workers().iter().map(|post| post.load.busy()).collect();
        let mut others: Vec<(u32, RoomCode)> = self.rooms.iter().map(|(&code, room)| (room.share, code)).collect();
        others.retain(|&(_, code)| code != hog);
        others.sort_unstable();
        for (share, code) in others {
            let idlest = (0..busy.len()).filter(|&other| other != self.index).min_by_key(|&other| busy[other]);
            let Some(to) = idlest.filter(|&to| busy[to] + share < busy[self.index].min(BUSY_MAX)) else { return };
            // One that is not in the roster any more is about to end here.
            let Some(entry) = roster.find(code) else { continue };
            let Some(room) = self.rooms.remove(&code) else { continue };
            busy[to] += share;
            busy[self.index] -= share.min(busy[self.index]);
            entry.set_worker(to);
            roster.workers()[self.index].load.room_went();
            roster.workers()[to].load.room_came();
            self.metrics.room_handovers.inc();
            tracing::info!(
                room = %code, from = self.index, to, hog = %hog,
                "a room goes to another worker: here is too little time"
            );
            // It ends with the server where the other has ended.
            let _ = roster.workers()[to].mail.send(WorkerMail::Adopt(room.runner, room.due));
        }
    }
}

#[cfg(test)]
#[path = "worker_tests.rs"]
mod tests;
