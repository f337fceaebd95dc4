//! [`LogHandle`]: the threads that write the log, and put on the disk what was written.
//!
//! The tick thread hands over what happened and waits a little until it is written: from then on it outlasts the
//! process. Where the disk is full or broken, everything is dropped until a keyframe can be written again.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use super::LogConfig;
use super::folder::Segments;
use super::frame::{FrameKind, Head, MAGIC, Sum, write_frame};
use crate::limits::{LOG_QUEUE_MAX, LOG_SEGMENT_BYTES_MAX};
use crate::operate::metrics::Metrics;

/// Age at which a segment is followed by the next, at a keyframe.
const SEGMENT_AGE: Duration = Duration::from_secs(60);

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

/// The tick thread's end of the log. Dropped, it has everything written that was handed over.
#[derive(Debug)]
pub(crate) struct LogHandle {
    entries: Option<SyncSender<LogEntry>>,
    shared: Arc<Shared>,
    /// Entries handed over.
    handed: u64,
    /// Something was dropped since the last keyframe, so that what follows is of no use before the next.
    has_gap: bool,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    written: Mutex<u64>,
    more: Condvar,
    /// Memory to be used again.
    spent: Mutex<Vec<Vec<u8>>>,
    /// Files that have something to be synced.
    unsynced: Mutex<Vec<Arc<File>>>,
    is_over: AtomicBool,
    metrics: Arc<Metrics>,
}

/// Nothing is half done under these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl LogHandle {
    /// Starts the threads, which go on behind the segments that there are.
    pub(crate) fn start(config: LogConfig, head: Head, segments: Segments, metrics: Arc<Metrics>) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            written: Mutex::new(0),
            more: Condvar::new(),
            spent: Mutex::default(),
            unsynced: Mutex::default(),
            is_over: AtomicBool::new(false),
            metrics,
        });
        let (entries, waiting) = sync_channel(LOG_QUEUE_MAX);
        let sync = config.sync;
        let writer = Writer { config, head, segments, open: None, shared: Arc::clone(&shared), out: Vec::new() };
        let syncing = Arc::clone(&shared);
        let threads = vec![
            Builder::new().name("auspice-log".into()).spawn(move || writer.run(&waiting))?,
            Builder::new().name("auspice-log-sync".into()).spawn(move || keep_synced(&syncing, sync))?,
        ];
        Ok(Self { entries: Some(entries), shared, handed: 0, has_gap: false, threads })
    }

    /// Memory for what is to be handed over.
    pub(crate) fn buffer(&self) -> Vec<u8> {
        lock(&self.shared.spent).pop().unwrap_or_default()
    }

    /// Hands something over. Where the writer is too far behind it is dropped, and so is the rest until a keyframe.
    pub(crate) fn hand_over(&mut self, entry: LogEntry) {
        let is_keyframe = matches!(entry, LogEntry::Keyframe(..));
        if self.has_gap && !is_keyframe {
            return;
        }
        match self.entries.as_ref().map(|entries| entries.try_send(entry)) {
            Some(Ok(())) => {
                self.handed += 1;
                self.has_gap = false;
            }
            Some(Err(TrySendError::Full(_) | TrySendError::Disconnected(_))) | None => {
                self.has_gap = true;
                self.shared.metrics.log_writing.set(0);
            }
        }
    }

    /// Waits until everything is written, for no longer than `bound`: whether it is.
    pub(crate) fn wait(&self, bound: Duration) -> bool {
        let written = lock(&self.shared.written);
        let result = self.shared.more.wait_timeout_while(written, bound, |written| *written < self.handed);
        !result.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }
}

impl Drop for LogHandle {
    fn drop(&mut self) {
        self.entries = None;
        for thread in self.threads.drain(..) {
            // What it panicked of, if it did, has been told there.
            let _ = thread.join();
        }
    }
}

/// A segment that is being written.
struct Open {
    file: Arc<File>,
    sum: Sum,
    bytes: u64,
    since: Instant,
}

struct Writer {
    config: LogConfig,
    head: Head,
    segments: Segments,
    /// None before the first keyframe, and after something could not be written.
    open: Option<Open>,
    shared: Arc<Shared>,
    /// Memory for a frame.
    out: Vec<u8>,
}

impl Writer {
    fn run(mut self, waiting: &Receiver<LogEntry>) {
        while let Ok(entry) = waiting.recv() {
            if let Err(error) = self.write(&entry) {
                // What was begun stays as it is, and is known for torn; the next keyframe begins anew.
                self.open = None;
                tracing::error!(%error, dir = %self.config.dir.display(), "the log cannot be written: the game goes on without");
            }
            self.shared.metrics.log_writing.set(i64::from(self.open.is_some()));
            if let LogEntry::Calls(_, mut bytes) = entry {
                bytes.clear();
                lock(&self.shared.spent).push(bytes);
            }
            *lock(&self.shared.written) += 1;
            self.shared.more.notify_all();
        }
        self.shared.is_over.store(true, Ordering::Release);
    }

    fn write(&mut self, entry: &LogEntry) -> io::Result<()> {
        match entry {
            LogEntry::Keyframe(tick, saved) => {
                let is_full = |open: &Open| open.bytes >= LOG_SEGMENT_BYTES_MAX || open.since.elapsed() >= SEGMENT_AGE;
                if self.open.as_ref().is_none_or(is_full) {
                    self.begin_segment(*tick)?;
                }
                self.append(FrameKind::Keyframe, *tick, saved)
            }
            LogEntry::Calls(tick, calls) => self.append(FrameKind::Calls, *tick, calls),
            LogEntry::End(tick) => self.append(FrameKind::End, *tick, &[]),
        }
    }

    /// Begins the next file; none that is there is written into.
    fn begin_segment(&mut self, tick: u32) -> io::Result<()> {
        self.open = None;
        let number = self.segments.next();
        let path = Segments::path(&self.config.dir, number);
        let file = Arc::new(OpenOptions::new().append(true).create_new(true).open(&path)?);
        self.segments.files.push((number, path));
        let mut open = Open { file, sum: Sum::default(), bytes: 0, since: Instant::now() };
        self.out.clear();
        self.out.extend(MAGIC);
        let head = serde_json::to_vec(&self.head)?;
        write_frame(FrameKind::Head, tick, &head, &mut open.sum, &mut self.out);
        (&*open.file).write_all(&self.out)?;
        open.bytes = self.out.len() as u64;
        self.open = Some(open);
        // So that the file's name is there after a power cut. Not every system syncs a folder.
        if let Ok(dir) = File::open(&self.config.dir) {
            lock(&self.shared.unsynced).push(Arc::new(dir));
        }
        self.segments.remove_old(self.config.keep_bytes, self.config.keep);
        Ok(())
    }

    /// Writes a frame by one call of the system; nothing where there is no segment.
    fn append(&mut self, kind: FrameKind, tick: u32, payload: &[u8]) -> io::Result<()> {
        let Some(open) = &mut self.open else { return Ok(()) };
        self.out.clear();
        write_frame(kind, tick, payload, &mut open.sum, &mut self.out);
        (&*open.file).write_all(&self.out)?;
        open.bytes += self.out.len() as u64;
        self.shared.metrics.log_bytes.inc_by(self.out.len() as u64);
        let mut unsynced = lock(&self.shared.unsynced);
        if !unsynced.iter().any(|file| Arc::ptr_eq(file, &open.file)) {
            unsynced.push(Arc::clone(&open.file));
        }
        Ok(())
    }
}

/// Puts on the disk every so often what was written since.
fn keep_synced(shared: &Shared, every: Duration) {
    loop {
        // Looked at first, so that what was written last is synced too.
        let is_over = shared.is_over.load(Ordering::Acquire);
        let files = std::mem::take(&mut *lock(&shared.unsynced));
        for file in files {
            if let Err(error) = file.sync_data() {
                tracing::error!(%error, "the log cannot be put on the disk");
                shared.metrics.log_sync_failures.inc();
            }
        }
        if is_over {
            return;
        }
        std::thread::sleep(every);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(dir: &std::path::Path) -> LogConfig {
        LogConfig { dir: dir.into(), sync: Duration::from_millis(10), keep_bytes: 1 << 30, keep: Duration::from_secs(3600) }
    }

    fn head() -> Head {
        Head { game: "g".into(), schema: "s".into(), build: "b".into(), boot: "t".into(), tick_hz: 30 }
    }

    fn start(dir: &std::path::Path) -> LogHandle {
        let segments = Segments::list(dir).unwrap();
        LogHandle::start(config(dir), head(), segments, Arc::new(Metrics::new("tests"))).unwrap()
    }

    fn folder(name: &str) -> std::path::PathBuf {
        let dir = std::env::temp_dir().join(format!("auspice-log-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).unwrap();
        dir
    }

    #[test]
    fn what_was_written_is_found_and_the_next_start_writes_into_a_file_of_its_own() {
        let dir = folder("found");
        let mut log = start(&dir);
        log.hand_over(LogEntry::Calls(0, b"before any keyframe".to_vec()));
        log.hand_over(LogEntry::Keyframe(1, Arc::new(b"one".to_vec())));
        log.hand_over(LogEntry::Calls(2, b"two".to_vec()));
        log.hand_over(LogEntry::Keyframe(2, Arc::new(b"room".to_vec())));
        log.hand_over(LogEntry::Calls(3, b"three".to_vec()));
        assert!(log.wait(Duration::from_secs(20)));
        let found = Segments::list(&dir).unwrap().find_last().unwrap().unwrap();
        assert_eq!((found.saved, found.saved_at, found.is_ended), (b"room".to_vec(), 2, false));
        assert_eq!(found.calls, [(3, b"three".to_vec())]);
        log.hand_over(LogEntry::End(3));
        drop(log);
        let mut log = start(&dir);
        assert!(Segments::list(&dir).unwrap().find_last().unwrap().unwrap().is_ended);
        log.hand_over(LogEntry::Keyframe(4, Arc::new(b"again".to_vec())));
        drop(log);
        let segments = Segments::list(&dir).unwrap();
        assert_eq!(segments.files.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(segments.find_last().unwrap().unwrap().saved, b"again");
        // The newest is torn to its head: the one before it is used, and it is told.
        std::fs::write(&segments.files[1].1, b"ausplog1").unwrap();
        let found = segments.find_last().unwrap().unwrap();
        assert_eq!((found.saved, found.told.len()), (b"room".to_vec(), 1));
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_folder_that_is_gone_stops_the_log_and_not_the_game_until_there_is_one_again() {
        let dir = folder("gone");
        let mut log = start(&dir);
        std::fs::remove_dir_all(&dir).unwrap();
        let metrics = Arc::clone(&log.shared.metrics);
        log.hand_over(LogEntry::Keyframe(1, Arc::new(b"one".to_vec())));
        log.hand_over(LogEntry::Calls(2, b"two".to_vec()));
        assert!(log.wait(Duration::from_secs(20)));
        assert_eq!(metrics.log_writing.get(), 0);
        std::fs::create_dir_all(&dir).unwrap();
        log.hand_over(LogEntry::Calls(3, b"three".to_vec()));
        log.hand_over(LogEntry::Keyframe(3, Arc::new(b"room".to_vec())));
        log.hand_over(LogEntry::Calls(4, b"four".to_vec()));
        assert!(log.wait(Duration::from_secs(20)));
        assert_eq!(metrics.log_writing.get(), 1);
        let found = Segments::list(&dir).unwrap().find_last().unwrap().unwrap();
        assert_eq!((found.saved, found.calls), (b"room".to_vec(), vec![(4, b"four".to_vec())]));
        drop(log);
        std::fs::remove_dir_all(dir).unwrap();
    }
}
