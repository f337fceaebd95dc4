//! [`LogThreads`]: the thread that writes the logs of all rooms, and the one that puts on the disk what was written.

use std::convert::Infallible;
use std::fs::{File, Metadata};
use std::io;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use super::LogConfig;
use super::files::remove_closed;
use super::progress::{LogDesk, LogEntry, LogProgress, SyncRound, lock};
use super::writer::LogWriter;
use crate::limits::{LOG_SYNCED_AT_ONCE, LOG_SYNCS_APART, LOG_WAITING_BYTES_MAX};
use crate::operate::metrics::Metrics;

/// Time from one look for rooms that ended long ago to the next.
const LOOK_FOR_CLOSED: Duration = Duration::from_secs(60);

/// An entry on its way to the writer.
pub(super) struct HandedEntry {
    /// The log that it is for.
    pub(super) to: Arc<Mutex<LogWriter>>,
    pub(super) entry: LogEntry,
    /// Gaps before it.
    pub(super) gaps: u64,
}

/// Threads that write. Dropped, they have put everything on the disk that was handed over.
#[derive(Debug)]
pub(crate) struct LogThreads {
    pub(super) entries: Option<Sender<HandedEntry>>,
    pub(super) desk: Arc<LogDesk>,
    threads: Vec<JoinHandle<()>>,
}

impl LogThreads {
    /// Starts them, for the logs of one room or, in folders of that folder, of many.
    ///
    /// # Errors
    /// Where there are no threads to be had.
    pub(crate) fn start(config: &LogConfig, metrics: Arc<Metrics>, is_of_many: bool) -> io::Result<Arc<Self>> {
        let desk = Arc::new(LogDesk::new(metrics));
        let ((entries, waiting), (is_alive, watched)) = (channel(), channel());
        let (counting, syncing, config) = (Arc::clone(&desk), Arc::clone(&desk), config.clone());
        let write = move || {
            write_all(&counting, &waiting);
            // By a panic too: the thread that syncs is not to outlive this one.
            drop::<Sender<Infallible>>(is_alive);
        };
        let sync = move || keep_synced(&syncing, &config, is_of_many, &watched);
        let threads = vec![
            Builder::new().name("auspice-log".into()).spawn(write)?,
            Builder::new().name("auspice-log-sync".into()).spawn(sync)?,
        ];
        Ok(Arc::new(Self { entries: Some(entries), desk, threads }))
    }

    /// Hands something over. False where too much waits, or there is no writer.
    pub(super) fn hand_over(&self, handed: HandedEntry) -> bool {
        let bytes = handed.entry.bytes();
        let before = self.desk.waiting_bytes.fetch_add(bytes, Ordering::AcqRel);
        self.desk.waiting.fetch_add(1, Ordering::AcqRel);
        // One that is alone may be as large as it likes.
        let has_place = before == 0 || before + bytes <= LOG_WAITING_BYTES_MAX;
        let is_handed = has_place && self.entries.as_ref().is_some_and(|entries| entries.send(handed).is_ok());
        if !is_handed {
            self.desk.taken(bytes);
        }
        is_handed
    }

    /// Threads of which the one that writes is no more.
    #[cfg(test)]
    pub(super) fn without_writer(desk: &Arc<LogDesk>) -> Self {
        Self { entries: Some(channel().0), desk: Arc::clone(desk), threads: Vec::new() }
    }

    /// Does not wait for what was handed over, if nobody else has these threads.
    pub(super) fn abandon(threads: Arc<Self>) {
        if let Some(mut threads) = Arc::into_inner(threads) {
            threads.threads.clear();
        }
    }
}

impl Drop for LogThreads {
    fn drop(&mut self) {
        self.entries = None;
        for thread in self.threads.drain(..) {
            // What it panicked of, if it did, has been told there.
            let _ = thread.join();
        }
    }
}

/// Writes what is handed over, until nobody can hand over any more.
fn write_all(desk: &LogDesk, waiting: &Receiver<HandedEntry>) {
    while let Ok(HandedEntry { to, entry, gaps }) = waiting.recv() {
        let bytes = entry.bytes();
        lock(&to).take(entry, gaps);
        desk.taken(bytes);
    }
}

/// Puts on the disk every so often what was written since, and once more when the writer has ended. The files of many
/// rooms are spread over a third of that time, in parts.
pub(super) fn keep_synced(desk: &LogDesk, config: &LogConfig, is_of_many: bool, writer: &Receiver<Infallible>) {
    let part = config.sync / (3 * LOG_SYNCS_APART);
    let pause = if is_of_many { config.sync / 3 } else { config.sync };
    let mut closed_looked_for: Option<Instant> = None;
    loop {
        let mut is_over = writer.recv_timeout(pause) == Err(RecvTimeoutError::Disconnected);
        let (files, mut round) = (std::mem::take(&mut *lock(&desk.unsynced)), SyncRound::new());
        let at_once = LOG_SYNCED_AT_ONCE.max(files.len().div_ceil(LOG_SYNCS_APART as usize));
        for (index, (file, log)) in files.into_iter().enumerate() {
            if index > 0 && index % at_once == 0 && !is_over {
                is_over = writer.recv_timeout(part) == Err(RecvTimeoutError::Disconnected);
            }
            round.extend(put_on_disk(desk, &file, &log));
        }
        if let Some(rounds) = &*lock(&desk.sync_rounds) {
            // Whoever wanted them may have gone.
            let _ = rounds.send(round);
        }
        if is_over && lock(&desk.unsynced).is_empty() {
            return;
        }
        if is_of_many && closed_looked_for.is_none_or(|then| then.elapsed() >= LOOK_FOR_CLOSED) {
            closed_looked_for = Some(Instant::now());
            remove_closed(&config.dir, config.keep_bytes, config.keep);
        }
    }
}

/// Puts on the disk what was written of a file, or of a folder. The bytes of a file that are there from now on.
fn put_on_disk(desk: &LogDesk, file: &File, log: &LogProgress) -> Option<u64> {
    let written = file.metadata().ok().filter(Metadata::is_file).map(|about| about.len());
    let Err(error) = file.sync_data() else { return written };
    tracing::error!(%error, "the log cannot be put on the disk");
    desk.metrics.log.sync_failures.inc();
    // What of a file is there after a power cut, nobody knows any more. Not every system syncs a folder.
    log.sync_failed.fetch_or(written.is_some(), Ordering::AcqRel);
    None
}
