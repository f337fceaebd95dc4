//! [`Shared`]: what the tick thread and the threads that write share; [`LogEntry`]: what goes from one to the others.

use std::fs::File;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::operate::metrics::Metrics;

/// Something to write.
#[derive(Debug)]
pub(crate) enum LogEntry {
    /// Calls up to this tick.
    Calls(u32, Vec<u8>),
    /// The room as it is after this tick.
    Keyframe(u32, Arc<Vec<u8>>),
    /// The room is put aside after this tick.
    End(u32),
}

/// An entry on its way to the writer.
pub(super) struct HandedEntry {
    pub(super) entry: LogEntry,
    /// Gaps before it.
    pub(super) gaps: u64,
}

/// State that the tick thread and the threads that write share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) progress: Mutex<Progress>,
    more: Condvar,
    /// Memory to be used again.
    pub(super) spent: Mutex<Vec<Vec<u8>>>,
    /// Files that have something to be synced.
    pub(super) unsynced: Mutex<Vec<Arc<File>>>,
    /// A file could not be synced, and none was begun since.
    pub(super) sync_failed: AtomicBool,
    pub(super) metrics: Arc<Metrics>,
    /// Lock on the folder, kept until nobody writes any more.
    _lock: File,
}

/// Progress of the writer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Progress {
    /// Entries done with, written or not.
    pub(super) done: u64,
    /// There is a file that ends with the last entry.
    is_open: bool,
    /// Gaps that there were.
    pub(super) gaps: u64,
    /// Gaps before the last keyframe that was written.
    pub(super) closed_gaps: u64,
}

impl Progress {
    const fn is_writing(&self) -> bool {
        self.is_open && self.closed_gaps == self.gaps
    }
}

/// Locks what is never half done.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(super) fn new(metrics: Arc<Metrics>, lock: File) -> Self {
        Self {
            progress: Mutex::default(),
            more: Condvar::new(),
            spent: Mutex::default(),
            unsynced: Mutex::default(),
            sync_failed: AtomicBool::new(false),
            metrics,
            _lock: lock,
        }
    }

    /// The writer is done with an entry; `keyframe` is the gaps before it if it is a keyframe and is written.
    pub(super) fn progressed(&self, is_open: bool, keyframe: Option<u64>) {
        self.change(|progress| {
            progress.done += 1;
            progress.is_open = is_open;
            progress.closed_gaps = keyframe.unwrap_or(progress.closed_gaps);
        });
        self.more.notify_all();
    }

    /// Notes that what is handed over from now on does not go on from what was before.
    pub(super) fn add_gap(&self) {
        self.change(|progress| progress.gaps += 1);
    }

    /// Waits until so many entries are done with, for no longer than `bound`: whether they are, all of them are written
    /// and there is no gap.
    pub(super) fn wait(&self, entries: u64, bound: Duration) -> bool {
        let progress = lock(&self.progress);
        let result = self.more.wait_timeout_while(progress, bound, |progress| progress.done < entries);
        let (progress, waited) = result.unwrap_or_else(PoisonError::into_inner);
        !waited.timed_out() && progress.is_writing()
    }

    fn change(&self, change: impl FnOnce(&mut Progress)) {
        let mut progress = lock(&self.progress);
        change(&mut progress);
        // Under the lock, so that the last word is the last state.
        self.metrics.log_writing.set(i64::from(progress.is_writing()));
    }
}
