//! [`Tape`]: the tick thread's record of a room: for the log, for whoever looks back, and for a game that panics.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use auspice::Game;
use auspice::authority::Room;

use super::restore::restored;
use super::room_spec::RoomSpec;
use super::tape_twin::{TapeTwin, TwinWord};
use crate::error::ServeError;
use crate::limits::LOG_WAIT_MAX;
use crate::operate::metrics::Metrics;
use crate::operate::panics::{Panic, panic_message};
use crate::ticklog::{
    FoundLog, Head, LastSeconds, LogClaim, LogEntry, LogHandle, LookBack, LookBackBytes, PlayedRoom, Saves, Twins,
};

/// Seconds from one keyframe to the next, at most: so much is played again at a start.
const KEYFRAME_SECONDS: u32 = 10;

/// Work of the tick thread on the room from one keyframe to the next, unless a single tick is more. Played again it
/// takes less than that: nobody writes to sockets, and nothing waits. A thousand players have a keyframe each two
/// seconds then, and their server is there again after half a second.
const KEYFRAME_WORK: Duration = Duration::from_millis(500);

/// Time that the first keyframe is waited for.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// Settings of a tape.
pub(crate) struct TapeConfig {
    /// The log, if there is to be one.
    pub(crate) log: Option<FoundLog>,
    /// Whether no room is made where the log tells of none.
    pub(crate) must_go_on: bool,
    /// Time that is kept in memory.
    pub(crate) look_back: Duration,
    /// The part of all rooms in what is kept.
    pub(crate) of_all: OfAllTapes,
}

/// Values that the tapes of all rooms share.
#[derive(Clone, Debug, Default)]
pub(crate) struct OfAllTapes {
    /// Bytes that they keep in memory.
    pub(crate) kept: LookBackBytes,
    /// Twins of large rooms.
    pub(crate) twins: Twins,
}

/// A record of what happens, in memory and in a log.
pub(super) struct Tape<G: Game> {
    saves: Saves<G>,
    log: Option<LogHandle>,
    look_back: LookBack,
    twin: TapeTwin,
    /// The tick of a keyframe that its twin is to bring.
    ordered: Option<u32>,
    metrics: Arc<Metrics>,
    /// Memory for what happens until the next time, where there is some. A log has it while there is something to
    /// write.
    record: Vec<u8>,
    next_keyframe: u32,
    /// The tick of the last keyframe.
    saved_at: u32,
    /// Work on the room since the last keyframe.
    worked: Duration,
    tick_hz: u32,
    /// Share of the time from one keyframe to the next by which the first is early, so that those of many rooms that
    /// began at once do not meet.
    ahead: f64,
}

impl<G: Game> Tape<G> {
    /// Opens it, and hands back the room that the log tells of, or else a new one. None where that cannot be saved.
    pub(super) fn open(
        config: TapeConfig,
        saves: Saves<G>,
        room_spec: &mut RoomSpec<G>,
        metrics: Arc<Metrics>,
        stagger: f64,
    ) -> Result<(Option<Self>, Room<G>), ServeError> {
        let first_wait = if config.log.as_ref().is_some_and(FoundLog::is_of_many) { LOG_WAIT_MAX } else { FIRST_WAIT };
        let (log, room) = match config.log {
            Some(log) => open_log(log, saves, room_spec, config.must_go_on)?,
            None => (None, None),
        };
        let mut room = room.map_or_else(|| room_spec.make(0).map_err(ServeError::Setup), Ok)?;
        let look_back = (config.look_back, config.of_all);
        let tape = Self::begin(log, saves, look_back, &mut room, metrics, stagger);
        // Nobody plays yet, and whoever looks is to see whether it is written.
        if let Some(log) = tape.as_ref().and_then(|tape| tape.log.as_ref()) {
            log.wait(first_wait);
        }
        Ok((tape, room))
    }

    /// The record of a room that was followed in the log of another node, which is bound to this claim before anything
    /// is written there. None where the room cannot be saved.
    pub(super) fn inherit(
        log: FoundLog,
        claim: LogClaim,
        saves: Saves<G>,
        look_back: (Duration, OfAllTapes),
        room: &mut Room<G>,
        metrics: Arc<Metrics>,
    ) -> Option<Self> {
        let mut log = LogHandle::start(log, Head::here::<G>(room.terms().tick_hz));
        log.hand_over(LogEntry::Raise(claim));
        Self::begin(Some(log), saves, look_back, room, metrics, 0.0)
    }

    /// The record of a room from now on. None where it cannot be saved.
    fn begin(
        log: Option<LogHandle>,
        saves: Saves<G>,
        (keep, of_all): (Duration, OfAllTapes),
        room: &mut Room<G>,
        metrics: Arc<Metrics>,
        ahead: f64,
    ) -> Option<Self> {
        let tick_hz = room.terms().tick_hz;
        let look_back = LookBack::new((keep.as_secs() as u32).saturating_mul(tick_hz), of_all.kept);
        let twin = TapeTwin::new(of_all.twins, tick_hz, Arc::clone(&metrics));
        let (record, worked, ordered) = (Vec::new(), Duration::ZERO, None);
        let (next_keyframe, saved_at) = (0, 0);
        let mut tape = Self {
            saves,
            log,
            look_back,
            twin,
            ordered,
            metrics,
            record,
            next_keyframe,
            saved_at,
            worked,
            tick_hz,
            ahead,
        };
        match tape.go_on_from_keyframe(room) {
            Ok(()) => Some(tape),
            Err(panic) => {
                tape.give_up(&panic);
                None
            }
        }
    }

    /// Hands over what happened since the last time.
    ///
    /// # Errors
    /// The panic of a game that cannot be saved. So for all of these.
    pub(super) fn hand_over(&mut self, room: &mut Room<G>) -> Result<(), Panic> {
        self.take_record(room);
        Ok(())
    }

    /// The same between two ticks, the last of which took `work`; a keyframe too if one is due.
    pub(super) fn hand_over_tick(&mut self, room: &mut Room<G>, work: Duration) -> Result<(), Panic> {
        self.take_record(room);
        self.worked += work;
        let is_due = room.tick_now().0 >= self.next_keyframe || self.worked >= KEYFRAME_WORK;
        if self.hear_twin(room.tick_now().0) {
            return self.go_on_from_keyframe(room);
        }
        if is_due { self.keyframe_is_due(room) } else { Ok(()) }
    }

    /// Takes the keyframe that was ordered, if it has come. True where the room is to be saved, since none will.
    fn hear_twin(&mut self, tick: u32) -> bool {
        match self.twin.hear(tick, self.ordered.is_some()) {
            TwinWord::None => return false,
            TwinWord::Failed => return true,
            TwinWord::Keyframe(of, saved) => {
                self.ordered = None;
                // What came behind it is not all there to be written.
                if self.log.as_ref().is_some_and(LogHandle::has_gap) {
                    return true;
                }
                self.look_back.begin_late(of, Arc::clone(&saved));
                self.log.iter_mut().for_each(|log| log.hand_over(LogEntry::LateKeyframe(of, Arc::clone(&saved))));
            }
        }
        false
    }

    /// Orders a keyframe of the room as it is, where it has a twin; else saves it.
    fn keyframe_is_due(&mut self, room: &mut Room<G>) -> Result<(), Panic> {
        let tick = room.tick_now().0;
        let has_gap = self.log.as_ref().is_some_and(LogHandle::has_gap);
        if has_gap || !self.twin.is_there() {
            return self.go_on_from_keyframe(room);
        }
        let settle = self.saves.settle;
        catch_unwind(AssertUnwindSafe(|| settle(room)))?;
        self.take_record(room);
        let memory = self.look_back.spare();
        if !self.twin.order(tick, memory) {
            return self.go_on_from_keyframe(room);
        }
        self.look_back.order(tick);
        self.log.iter_mut().for_each(|log| log.hand_over(LogEntry::Ordered(tick)));
        self.ordered = Some(tick);
        self.count_from(tick);
        Ok(())
    }

    /// Saves the room, and records it from there; it has a twin from then on if it is large.
    fn go_on_from_keyframe(&mut self, room: &mut Room<G>) -> Result<(), Panic> {
        self.take_keyframe(room)?;
        self.twin.begin(self.saves, &self.look_back, room.tick_now().0);
        Ok(())
    }

    /// The tick in which the room was saved last, or its twin was told to be.
    pub(super) const fn saved_at(&self) -> u32 {
        self.saved_at
    }

    /// Takes what happened since the last time.
    fn take_record(&mut self, room: &mut Room<G>) {
        let tick = room.tick_now().0;
        let mut record = std::mem::take(&mut self.record);
        if record.capacity() == 0
            && let Some(log) = &self.log
        {
            record = log.buffer();
        }
        room.take_record(&mut record);
        if !record.is_empty() {
            self.look_back.add(tick, &record);
            self.twin.play(&record, tick);
            if let Some(log) = &mut self.log {
                return log.hand_over(LogEntry::Calls(tick, record));
            }
            record.clear();
        }
        self.record = record;
    }

    /// Saves the room.
    fn save(&mut self, room: &mut Room<G>) -> Result<Arc<Vec<u8>>, Panic> {
        let (save, mut saved, began) = (self.saves.save, self.look_back.spare(), Instant::now());
        // It is for the game to be whole after that: what it changes of itself is its own.
        let saved = catch_unwind(AssertUnwindSafe(|| {
            save(room, &mut saved);
            saved
        }))?;
        self.metrics.log.keyframe_seconds.observe(began.elapsed().as_secs_f64());
        self.metrics.log.keyframe_bytes.set(saved.len() as i64);
        // That the game was settled is a part of what happened before.
        self.take_record(room);
        Ok(Arc::new(saved))
    }

    /// Saves the room, and records it from there. It has no twin any more.
    fn take_keyframe(&mut self, room: &mut Room<G>) -> Result<(), Panic> {
        self.twin.end();
        let saved = self.save(room)?;
        self.look_back.begin(room.tick_now().0, Arc::clone(&saved));
        self.record_from(room, saved);
        Ok(())
    }

    /// The same of a room that is not what the calls before it make of the last one.
    pub(super) fn begin_anew(&mut self, room: &mut Room<G>) -> Result<(), Panic> {
        self.log.iter_mut().for_each(LogHandle::break_off);
        self.twin.end();
        let saved = self.save(room)?;
        self.look_back.begin_anew(room.tick_now().0, Arc::clone(&saved));
        self.record_from(room, saved);
        self.twin.begin(self.saves, &self.look_back, room.tick_now().0);
        Ok(())
    }

    fn record_from(&mut self, room: &mut Room<G>, saved: Arc<Vec<u8>>) {
        let tick = room.tick_now().0;
        if let Some(log) = &mut self.log {
            log.hand_over(LogEntry::Keyframe(tick, saved));
        }
        room.record();
        self.ordered = None;
        self.count_from(tick);
    }

    /// The next keyframe is due so long after this one.
    fn count_from(&mut self, tick: u32) {
        (self.worked, self.saved_at) = (Duration::ZERO, tick);
        let interval = KEYFRAME_SECONDS * self.tick_hz;
        self.next_keyframe = tick + interval - (f64::from(interval) * std::mem::take(&mut self.ahead)) as u32;
    }

    /// Waits until the log has what clients are about to be told, within its bound.
    pub(super) fn wait(&self) {
        self.wait_for(LOG_WAIT_MAX);
    }

    fn wait_for(&self, most: Duration) {
        if self.log.as_ref().is_some_and(|log| !log.wait(most)) {
            self.metrics.log.late.inc();
        }
    }

    /// The room is put aside in peace. Dropped, the log waits until that is on the disk.
    pub(super) fn finish(&mut self, room: &mut Room<G>) -> Result<(), Panic> {
        self.end(room, LOG_WAIT_MAX)
    }

    /// The same for another node, which goes on with it at once: by what it has followed, or by the keyframe. Waits
    /// until that is written, within a second.
    pub(super) fn put_down(&mut self, room: &mut Room<G>) -> Result<(), Panic> {
        self.end(room, FIRST_WAIT)
    }

    /// Writes a keyframe and an end behind it, if there is a log, and waits for them so long at most.
    fn end(&mut self, room: &mut Room<G>, most: Duration) -> Result<(), Panic> {
        if self.log.is_none() {
            return Ok(());
        }
        self.hand_over(room)?;
        self.take_keyframe(room)?;
        self.log.iter_mut().for_each(|log| log.hand_over(LogEntry::End(room.tick_now().0)));
        self.wait_for(most);
        Ok(())
    }

    /// The room's time stands still: nothing is written before it [`wakes`](Self::wake), and neither a file nor its
    /// past is kept.
    pub(super) fn rest(&mut self, room: &mut Room<G>) -> Result<(), Panic> {
        if self.log.is_none() {
            self.take_keyframe(room)?;
        }
        self.finish(room)?;
        self.look_back.forget_past();
        Ok(())
    }

    /// The room's time goes on.
    pub(super) fn wake(&mut self, room: &mut Room<G>) -> Result<(), Panic> {
        if self.log.is_none() {
            self.twin.begin(self.saves, &self.look_back, room.tick_now().0);
            return Ok(());
        }
        self.go_on_from_keyframe(room)
    }

    /// The room has ended for ever, and nobody is to take its log up again.
    pub(super) fn close(&mut self) {
        self.log.iter_mut().for_each(|log| log.hand_over(LogEntry::Over));
    }

    /// Writes by this right from now on.
    pub(super) fn raise(&mut self, claim: LogClaim) {
        self.log.iter_mut().for_each(|log| log.hand_over(LogEntry::Raise(claim)));
    }

    /// Whether another node has the log by now.
    pub(super) fn is_fenced(&self) -> bool {
        self.log.as_ref().is_some_and(LogHandle::is_fenced)
    }

    /// Ends the record of a game that cannot be saved, without waiting for a disk.
    pub(super) fn give_up(self, panic: &Panic) {
        tracing::error!(what = panic_message(&**panic), "the game panics where it is saved: it goes on without a log");
        self.log.into_iter().for_each(LogHandle::abandon);
    }

    /// The last seconds of the room.
    pub(super) fn last_seconds(&mut self, room: &mut Room<G>, seconds: u32) -> LastSeconds {
        self.take_record(room);
        self.look_back.since(room.tick_now().0.saturating_sub(seconds.saturating_mul(self.tick_hz)))
    }

    /// The room as it was before the call that failed, but for what no record has. None where that fails as well.
    pub(super) fn rebuild(&mut self, failed: &mut Room<G>, room_spec: &RoomSpec<G>) -> Option<Room<G>> {
        self.take_record(failed);
        let (saves, (saved, calls)) = (self.saves, self.look_back.last());
        let rebuilt = catch_unwind(AssertUnwindSafe(|| {
            let mut played = PlayedRoom::of(saves, (saves.load)(room_spec.terms.clone(), saved).ok()?);
            played.play(calls).ok()?;
            let PlayedRoom { mut room, .. } = played;
            room.take_over_unrecorded(failed);
            Some(room)
        }));
        rebuilt.ok().flatten()
    }
}

/// Opens the log, and the room that it tells of, if that can go on.
fn open_log<G: Game>(
    log: FoundLog,
    saves: Saves<G>,
    room_spec: &RoomSpec<G>,
    must_go_on: bool,
) -> Result<(Option<LogHandle>, Option<Room<G>>), ServeError> {
    let dir = log.dir().to_path_buf();
    let head = Head::here::<G>(room_spec.terms.tick_hz);
    let room = match log.find_last() {
        Ok(Some(found)) if found.head.game != head.game => {
            return Err(ServeError::LogOfAnotherGame { dir, game: found.head.game });
        }
        Ok(Some(found)) => restored(&found, &head, saves, room_spec),
        Ok(None) => None,
        Err(error) => return Err(ServeError::Log { dir, error }),
    };
    if room.is_none() && must_go_on {
        return Err(ServeError::LogHasNoRoom { dir });
    }
    Ok((Some(LogHandle::start(log, head)), room))
}

#[cfg(test)]
#[path = "tape_tests.rs"]
mod tape_tests;

#[cfg(test)]
#[path = "power_cut_tests.rs"]
mod power_cut_tests;

#[cfg(test)]
#[path = "tape_twin_tests.rs"]
mod tape_twin_tests;
