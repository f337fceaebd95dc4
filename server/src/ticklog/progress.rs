//! [`LogProgress`]: how far a room's log is, as its room and the threads that write see it; [`LogDesk`]: what all logs
//! of a server share; [`LogEntry`]: what goes from a room to the threads.

use std::fs::File;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::owner::LogClaim;
use crate::operate::metrics::Metrics;

/// Something to write.
#[derive(Debug)]
pub(crate) enum LogEntry {
    /// Calls up to this tick.
    Calls(u32, Vec<u8>),
    /// The room as it is after this tick.
    Keyframe(u32, Arc<Vec<u8>>),
    /// The room as it is now, after this tick, is going to come later, if nothing comes in between.
    Ordered(u32),
    /// The room as it was when that was said.
    LateKeyframe(u32, Arc<Vec<u8>>),
    /// The room is put aside after this tick, until a keyframe comes.
    End(u32),
    /// The room has ended for ever.
    Over,
    /// The node goes on writing by this right.
    Raise(LogClaim),
}

impl LogEntry {
    /// Bytes that wait with it.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Calls(_, calls) => calls.len(),
            Self::Keyframe(_, saved) | Self::LateKeyframe(_, saved) => saved.len(),
            Self::Ordered(_) | Self::End(_) | Self::Over | Self::Raise(_) => 0,
        }
    }
}

/// State that all logs of a server share with the threads that write them.
#[derive(Debug)]
pub(super) struct LogDesk {
    /// Memory to be used again.
    pub(super) spent: Mutex<Vec<Vec<u8>>>,
    /// Files that have something to be synced, and whose they are.
    pub(super) unsynced: Mutex<Vec<(Arc<File>, Arc<LogProgress>)>>,
    /// Bytes, and entries, that wait for the writer, of all logs.
    pub(super) waiting_bytes: AtomicUsize,
    pub(super) waiting: AtomicUsize,
    /// The writer did not keep a tick's bound, and has not caught up since: nobody waits for it.
    is_behind: AtomicBool,
    tally: Mutex<LogTally>,
    pub(super) metrics: Arc<Metrics>,
    /// Receiver of each round in which files are put on the disk, if anyone wants them.
    pub(super) sync_rounds: Mutex<Option<Sender<SyncRound>>>,
}

/// Bytes of the segments that a round has put on the disk, in the order in which they were written.
pub(super) type SyncRound = Vec<u64>;

/// Counts of logs.
#[derive(Clone, Copy, Debug, Default)]
struct LogTally {
    all: usize,
    written: usize,
    failing: usize,
}

/// State of a log, as health shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum LogState {
    #[default]
    Begun,
    Written,
    Failing,
}

impl LogDesk {
    pub(super) fn new(metrics: Arc<Metrics>) -> Self {
        Self {
            spent: Mutex::default(),
            unsynced: Mutex::default(),
            waiting_bytes: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            is_behind: AtomicBool::new(false),
            tally: Mutex::default(),
            metrics,
            sync_rounds: Mutex::default(),
        }
    }

    /// Logs that are written, or should be.
    pub(super) fn logs(&self) -> usize {
        lock(&self.tally).all
    }

    /// The writer has taken something that so many bytes waited with.
    pub(super) fn taken(&self, bytes: usize) {
        self.waiting_bytes.fetch_sub(bytes, Ordering::AcqRel);
        if self.waiting.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.is_behind.store(false, Ordering::Release);
        }
    }

    fn change(&self, change: impl FnOnce(&mut LogTally)) {
        let mut tally = lock(&self.tally);
        change(&mut tally);
        // Under the lock, so that the last word is the last state.
        self.metrics.log.writing.set(i64::from(tally.failing == 0 && tally.written > 0));
    }
}

impl LogTally {
    const fn count(&mut self, state: LogState, by: isize) {
        match state {
            LogState::Begun => {}
            LogState::Written => self.written = self.written.saturating_add_signed(by),
            LogState::Failing => self.failing = self.failing.saturating_add_signed(by),
        }
    }
}

/// Progress of a room's log.
#[derive(Debug)]
pub(super) struct LogProgress {
    pub(super) state: Mutex<Progress>,
    more: Condvar,
    /// A file could not be synced, and none was begun since.
    pub(super) sync_failed: AtomicBool,
    pub(super) desk: Arc<LogDesk>,
    /// Lock on the folder, kept until nobody writes any more.
    _lock: Option<File>,
}

/// Counts of a log's progress.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Progress {
    /// Entries done with, written or not.
    pub(super) done: u64,
    /// Everything that was done with is written.
    is_whole: bool,
    /// Gaps that there were.
    pub(super) gaps: u64,
    /// Gaps before the last keyframe that was written.
    pub(super) closed_gaps: u64,
    /// Somebody else has bound the log.
    is_fenced: bool,
    /// State as it is counted among those of all logs, until its room is no more.
    told: Option<LogState>,
}

impl Progress {
    const fn is_writing(&self) -> bool {
        self.is_whole && self.closed_gaps == self.gaps
    }

    const fn state(&self) -> LogState {
        match () {
            () if self.is_writing() => LogState::Written,
            // Somebody else writes it.
            () if self.is_fenced => LogState::Begun,
            () if self.done == 0 && self.gaps == 0 => LogState::Begun,
            () => LogState::Failing,
        }
    }
}

/// Locks what is never half done.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl LogProgress {
    pub(super) fn new(desk: Arc<LogDesk>, lock: Option<File>) -> Self {
        desk.change(|tally| tally.all += 1);
        let state = Mutex::new(Progress { told: Some(LogState::Begun), ..Progress::default() });
        Self { state, more: Condvar::new(), sync_failed: AtomicBool::new(false), desk, _lock: lock }
    }

    /// The writer is done with an entry; `keyframe` is the gaps before it if it is a keyframe and is written.
    pub(super) fn progressed(&self, is_whole: bool, keyframe: Option<u64>) {
        self.change(|progress| {
            progress.done += 1;
            progress.is_whole = is_whole;
            progress.closed_gaps = keyframe.unwrap_or(progress.closed_gaps);
        });
        self.more.notify_all();
    }

    /// Notes that what is handed over from now on does not go on from what was before.
    pub(super) fn add_gap(&self) {
        self.change(|progress| progress.gaps += 1);
    }

    /// Notes that somebody else has bound the log.
    pub(super) fn fence(&self) {
        self.change(|progress| progress.is_fenced = true);
    }

    pub(super) fn is_fenced(&self) -> bool {
        lock(&self.state).is_fenced
    }

    /// Waits until so many entries are done with, for no longer than `bound`, and not at all while the writer is
    /// behind: whether they are, all of them are written and there is no gap.
    pub(super) fn wait(&self, entries: u64, bound: Duration) -> bool {
        let is_behind = self.desk.is_behind.load(Ordering::Acquire);
        let progress = lock(&self.state);
        let bound = if is_behind { Duration::ZERO } else { bound };
        let result = self.more.wait_timeout_while(progress, bound, |progress| progress.done < entries);
        let (progress, waited) = result.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() && self.desk.waiting.load(Ordering::Acquire) > 0 {
            self.desk.is_behind.store(true, Ordering::Release);
        }
        !waited.timed_out() && progress.is_writing()
    }

    fn change(&self, change: impl FnOnce(&mut Progress)) {
        let mut progress = lock(&self.state);
        change(&mut progress);
        let now = progress.state();
        if let Some(before) = progress.told.filter(|&before| before != now) {
            progress.told = Some(now);
            self.desk.change(|tally| {
                tally.count(before, -1);
                tally.count(now, 1);
            });
        }
    }

    /// The room is no more, and its log is counted no more, though something of it may have to be written yet.
    pub(super) fn leave(&self) {
        let told = lock(&self.state).told.take();
        self.desk.change(|tally| {
            tally.all -= usize::from(told.is_some());
            tally.count(told.unwrap_or_default(), -1);
        });
    }
}
