//! [`Tape`]: the tick thread's side of the log, and what is kept in memory of it for a game that panics.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use auspice::Game;
use auspice::authority::{Replay, Room};

use super::room_spec::RoomSpec;
use crate::error::ServeError;
use crate::limits::LOG_WAIT_MAX;
use crate::operate::metrics::Metrics;
use crate::operate::panics::{Panic, panic_message};
use crate::ticklog::{Head, LogConfig, LogEntry, LogHandle, LoggedRoom, Saves, Segments, lock_folder};

/// Seconds from one keyframe to the next: so much is played again at a start.
const KEYFRAME_SECONDS: u32 = 10;

/// Time that the first keyframe is waited for.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// A log, and the room as it was since the last keyframe.
pub(super) struct Tape<G: Game> {
    saves: Saves<G>,
    log: LogHandle,
    keyframe: Arc<Vec<u8>>,
    /// Calls since then.
    calls: Vec<u8>,
    next_keyframe: u32,
    keyframe_ticks: u32,
}

impl<G: Game> Tape<G> {
    /// Opens the log, and hands back the room that it tells of, or else a new one. No log where that cannot be saved.
    pub(super) fn open(
        config: LogConfig,
        saves: Saves<G>,
        room_spec: &mut RoomSpec<G>,
        metrics: Arc<Metrics>,
    ) -> Result<(Option<Self>, Room<G>), ServeError> {
        let broken = |error| ServeError::Log { dir: config.dir.clone(), error };
        std::fs::create_dir_all(&config.dir).map_err(broken)?;
        let Some(lock) = lock_folder(&config.dir).map_err(broken)? else {
            return Err(ServeError::LogInUse { dir: config.dir });
        };
        let segments = Segments::list(&config.dir).map_err(broken)?;
        let head = Head::here::<G>(room_spec.terms.tick_hz);
        let room = match segments.find_last().map_err(broken)? {
            Some(found) if found.head.game != head.game => {
                return Err(ServeError::LogOfAnotherGame { dir: config.dir, game: found.head.game });
            }
            Some(found) => restored(&found, &head, saves, room_spec),
            None => None,
        };
        let room = room.map_or_else(|| room_spec.make(0).map_err(ServeError::Setup), Ok)?;
        let log = LogHandle::start(config.clone(), head, segments, lock, metrics).map_err(broken)?;
        let keyframe_ticks = KEYFRAME_SECONDS * room_spec.terms.tick_hz;
        let keyframe = Arc::default();
        let mut tape = Self { saves, log, keyframe, calls: Vec::new(), next_keyframe: 0, keyframe_ticks };
        let mut room = room;
        if let Err(panic) = tape.take_keyframe(&mut room) {
            tape.give_up(&panic);
            return Ok((None, room));
        }
        // Nobody plays yet, and whoever looks is to see whether it is written.
        tape.log.wait(FIRST_WAIT);
        Ok((Some(tape), room))
    }

    /// Hands over what happened since the last time; a keyframe too if `is_settled`, between two ticks, and one is due.
    ///
    /// # Errors
    /// The panic of a game that cannot be saved. So for all of these.
    pub(super) fn hand_over(&mut self, room: &mut Room<G>, is_settled: bool) -> Result<(), Panic> {
        let tick = room.tick_now().0;
        let mut record = self.log.buffer();
        room.take_record(&mut record);
        if !record.is_empty() {
            self.calls.extend_from_slice(&record);
            self.log.hand_over(LogEntry::Calls(tick, record));
        }
        if is_settled && tick >= self.next_keyframe {
            self.take_keyframe(room)?;
        }
        Ok(())
    }

    /// Saves the room, and records it from there.
    fn take_keyframe(&mut self, room: &mut Room<G>) -> Result<(), Panic> {
        let tick = room.tick_now().0;
        let save = self.saves.save;
        // It is for the game to be whole after that: what it changes of itself is its own.
        self.keyframe = Arc::new(catch_unwind(AssertUnwindSafe(|| save(room)))?);
        self.log.metrics().log_keyframe_bytes.set(self.keyframe.len() as i64);
        // That the game was settled is a part of what happened before.
        let mut record = self.log.buffer();
        room.take_record(&mut record);
        self.log.hand_over(LogEntry::Calls(tick, record));
        self.log.hand_over(LogEntry::Keyframe(tick, Arc::clone(&self.keyframe)));
        self.calls.clear();
        room.record();
        self.next_keyframe = tick + self.keyframe_ticks;
        Ok(())
    }

    /// The same of a room that is not what the calls before it make of the last one.
    pub(super) fn begin_anew(&mut self, room: &mut Room<G>) -> Result<(), Panic> {
        self.log.break_off();
        self.take_keyframe(room)
    }

    /// Waits until the log has what clients are about to be told, within its bound.
    pub(super) fn wait(&self) {
        if !self.log.wait(LOG_WAIT_MAX) {
            self.log.metrics().log_late.inc();
        }
    }

    /// The room is put aside in peace. Dropped, the log waits until that is on the disk.
    pub(super) fn finish(&mut self, room: &mut Room<G>) -> Result<(), Panic> {
        self.hand_over(room, false)?;
        self.take_keyframe(room)?;
        self.log.hand_over(LogEntry::End(room.tick_now().0));
        self.wait();
        Ok(())
    }

    /// Ends the log of a game that cannot be saved, without waiting for a disk.
    pub(super) fn give_up(self, panic: &Panic) {
        tracing::error!(what = panic_message(&**panic), "the game panics where it is saved: it goes on without a log");
        self.log.abandon();
    }

    /// The room as it was before the call that failed, but for what no record has. None where that fails as well.
    pub(super) fn rebuild(&mut self, failed: &mut Room<G>, room_spec: &RoomSpec<G>) -> Option<Room<G>> {
        failed.take_record(&mut self.calls);
        let Self { saves, keyframe, calls, .. } = self;
        let rebuilt = catch_unwind(AssertUnwindSafe(|| {
            let mut room = (saves.load)(room_spec.terms.clone(), keyframe).ok()?;
            (saves.play)(&mut Replay::new(), &mut room, calls).ok()?;
            room.take_over_unrecorded(failed);
            Some(room)
        }));
        rebuilt.ok().flatten()
    }
}

/// The room that was found, gone on to its last tick, with everyone away. None, and it is told why, where there is none
/// for this program.
fn restored<G: Game>(found: &LoggedRoom, head: &Head, saves: Saves<G>, room_spec: &RoomSpec<G>) -> Option<Room<G>> {
    found.told.iter().for_each(|sentence| tracing::warn!("the log: {sentence}"));
    if found.head.schema != head.schema {
        tracing::warn!(then = found.head.schema, now = head.schema, "the log is of other field tables: a new world begins");
        return None;
    }
    let load = || match (saves.load)(room_spec.terms.clone(), &found.saved) {
        Ok(room) => Some(room),
        Err(error) => {
            tracing::warn!(%error, "the log's last room cannot be loaded: a new world begins");
            None
        }
    };
    let mut room = load()?;
    let is_other_build = found.head.build != head.build;
    if is_other_build && !found.calls.is_empty() && !found.is_ended {
        let last = found.calls.last().map_or(found.saved_at, |(tick, _)| *tick);
        tracing::warn!(ticks = last - found.saved_at, "another build wrote the log: what came after its last keyframe is lost");
    }
    if !is_other_build {
        room = played(room, load, found, saves)?;
    }
    room.lose_everyone();
    // A tick may have been told before it was written, even where the machine did not fail.
    if !found.is_ended {
        room.skip_events();
    }
    // Whoever watched the room then was told.
    while room.poll_notice().is_some() {}
    room.set_grace(room_spec.grace_ticks);
    room.set_clients_max(room_spec.clients_max);
    tracing::info!(tick = room.tick_now().0, away = room.suspended(), "the room of the log goes on");
    Some(room)
}

/// Plays what happened since the keyframe. What makes the game panic, and what follows that, is left out.
fn played<G: Game>(room: Room<G>, load: impl Fn() -> Option<Room<G>>, found: &LoggedRoom, saves: Saves<G>) -> Option<Room<G>> {
    let (mut room, mut replay) = (Some(room), Replay::new());
    for (part, (tick, calls)) in found.calls.iter().enumerate() {
        let mut playing = room.take()?;
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let outcome = (saves.play)(&mut replay, &mut playing, calls);
            (playing, outcome)
        }));
        match outcome {
            Ok((played, Ok(()))) => room = Some(played),
            Ok((played, Err(error))) => {
                tracing::warn!(%error, tick, "the log cannot be played on: the room goes on from there");
                return Some(played);
            }
            Err(_) => {
                tracing::warn!(tick, "the game panics at what the log tells: the room goes on from the tick before");
                let (mut again, mut replay) = (load()?, Replay::new());
                for (_, calls) in &found.calls[..part] {
                    (saves.play)(&mut replay, &mut again, calls).ok()?;
                }
                return Some(again);
            }
        }
    }
    room
}
