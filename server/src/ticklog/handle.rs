//! [`LogHandle`]: the tick thread's end of the log, which hands over what happened and waits a little until it is
//! written: from then on it outlasts the process.

use std::convert::Infallible;
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Sender, SyncSender, channel, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use super::LogConfig;
use super::folder::Segments;
use super::frame::Head;
use super::progress::{HandedEntry, LogEntry, Shared, lock};
use super::writer::{Writer, keep_synced};
use crate::limits::LOG_QUEUE_MAX;
use crate::operate::metrics::Metrics;

/// The tick thread's end of the log. Dropped, it has everything written that was handed over.
#[derive(Debug)]
pub(crate) struct LogHandle {
    entries: Option<SyncSender<HandedEntry>>,
    shared: Arc<Shared>,
    /// Entries handed over.
    handed: u64,
    /// Something was dropped since the last keyframe, so that what follows is of no use before the next.
    has_gap: bool,
    threads: Vec<JoinHandle<()>>,
}

impl LogHandle {
    /// Starts the threads, which go on behind the segments that there are, in a folder that is locked.
    pub(crate) fn start(
        config: LogConfig,
        head: Head,
        segments: Segments,
        lock: File,
        metrics: Arc<Metrics>,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared::new(metrics, lock));
        let ((entries, waiting), (is_alive, watched)) = (sync_channel(LOG_QUEUE_MAX), channel());
        let sync = config.sync;
        let writer = Writer::new(config, head, segments, Arc::clone(&shared));
        let syncing = Arc::clone(&shared);
        let write = move || {
            writer.run(&waiting);
            // By a panic too: the thread that syncs is not to outlive this one.
            drop::<Sender<Infallible>>(is_alive);
        };
        let threads = vec![
            Builder::new().name("auspice-log".into()).spawn(write)?,
            Builder::new().name("auspice-log-sync".into()).spawn(move || keep_synced(&syncing, sync, &watched))?,
        ];
        Ok(Self { entries: Some(entries), shared, handed: 0, has_gap: false, threads })
    }

    /// Memory for what is to be handed over.
    pub(crate) fn buffer(&self) -> Vec<u8> {
        lock(&self.shared.spent).pop().unwrap_or_default()
    }

    /// Hands something over. Where the writer is too far behind, or is no more, it is dropped, and so is the rest until
    /// a keyframe.
    pub(crate) fn hand_over(&mut self, entry: LogEntry) {
        if self.has_gap && !matches!(entry, LogEntry::Keyframe(..)) {
            return;
        }
        let gaps = lock(&self.shared.progress).gaps;
        let is_handed = self.entries.as_ref().is_some_and(|entries| entries.try_send(HandedEntry { entry, gaps }).is_ok());
        if is_handed {
            self.handed += 1;
            self.has_gap = false;
        } else if !self.has_gap {
            self.break_off();
        }
    }

    /// Leaves a gap: nothing is written before the next keyframe, which begins a file of its own.
    pub(crate) fn break_off(&mut self) {
        self.has_gap = true;
        self.shared.add_gap();
    }

    /// The metrics of the log, which others keep too.
    pub(crate) fn metrics(&self) -> &Metrics {
        &self.shared.metrics
    }

    /// Waits until everything is written, for no longer than `bound`: whether it is, with nothing left out.
    pub(crate) fn wait(&self, bound: Duration) -> bool {
        if self.has_gap {
            return false;
        }
        self.shared.wait(self.handed, bound)
    }

    /// Ends the log without waiting for what was handed over.
    pub(crate) fn abandon(mut self) {
        self.break_off();
        self.threads.clear();
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

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::ticklog::lock_folder;

    fn config(dir: &std::path::Path) -> LogConfig {
        LogConfig { dir: dir.into(), sync: Duration::from_millis(10), keep_bytes: 1 << 30, keep: Duration::from_secs(3600) }
    }

    fn head() -> Head {
        Head { game: "g".into(), schema: "s".into(), build: "b".into(), tick_hz: 30 }
    }

    fn start(dir: &std::path::Path) -> LogHandle {
        let segments = Segments::list(dir).unwrap();
        start_with(config(dir), segments)
    }

    fn start_with(config: LogConfig, segments: Segments) -> LogHandle {
        let lock = lock_folder(&config.dir).unwrap().expect("nobody else should have the folder");
        LogHandle::start(config, head(), segments, lock, Arc::new(Metrics::new("tests"))).unwrap()
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
        assert!(!found.is_ended, "something went on after its end");
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
        assert!(!log.wait(Duration::from_secs(20)), "it is not written");
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

    #[test]
    fn the_end_does_not_wait_for_the_next_sync() {
        let dir = folder("end");
        let config = LogConfig { sync: Duration::from_secs(10), ..config(&dir) };
        let segments = Segments::list(&dir).unwrap();
        let mut log = start_with(config, segments);
        log.hand_over(LogEntry::Keyframe(1, Arc::new(b"one".to_vec())));
        let started = Instant::now();
        drop(log);
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_gap_ends_with_a_file_of_its_own_and_nothing_passes_for_written_meanwhile() {
        let dir = folder("gap");
        let mut log = start(&dir);
        let shared = Arc::clone(&log.shared);
        log.hand_over(LogEntry::Keyframe(1, Arc::new(b"one".to_vec())));
        assert!(log.wait(Duration::from_secs(20)));
        // The writer comes as far as this, and stands still.
        let standing = lock(&shared.unsynced);
        for tick in 2..LOG_QUEUE_MAX as u32 + 4 {
            log.hand_over(LogEntry::Calls(tick, b"tick".to_vec()));
        }
        assert_eq!(shared.metrics.log_writing.get(), 0);
        drop(standing);
        while lock(&shared.progress).done < log.handed {
            std::thread::yield_now();
        }
        let while_it_lasts = (shared.metrics.log_writing.get(), log.wait(Duration::ZERO));
        log.hand_over(LogEntry::Keyframe(500, Arc::new(b"room".to_vec())));
        let after = (log.wait(Duration::from_secs(20)), shared.metrics.log_writing.get());
        let files = Segments::list(&dir).unwrap().files.len();
        assert_eq!((while_it_lasts, after, files), ((0, false), (true, 1), 2));
        drop(log);
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_writer_that_is_gone_holds_nobody_up() {
        let dir = folder("dead");
        let mut log = start(&dir);
        log.hand_over(LogEntry::Keyframe(1, Arc::new(b"one".to_vec())));
        assert!(log.wait(Duration::from_secs(20)));
        // As if it had panicked: nobody takes what is handed over.
        log.entries = Some(sync_channel(1).0);
        log.hand_over(LogEntry::Calls(2, b"two".to_vec()));
        let started = Instant::now();
        assert!(!log.wait(Duration::from_secs(20)) && started.elapsed() < Duration::from_secs(5));
        assert_eq!(log.shared.metrics.log_writing.get(), 0);
        let (is_alive, watched) = channel();
        let dies = std::thread::spawn(move || {
            let _is_alive: Sender<Infallible> = is_alive;
            std::panic::resume_unwind(Box::new("a panic that nobody is told of"));
        });
        keep_synced(&log.shared, Duration::from_secs(3600), &watched);
        assert!(dies.join().is_err());
        drop(log);
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_keyframe_after_a_failed_sync_begins_a_file() {
        let dir = folder("sync");
        let mut log = start(&dir);
        log.hand_over(LogEntry::Keyframe(1, Arc::new(b"one".to_vec())));
        log.hand_over(LogEntry::Keyframe(2, Arc::new(b"two".to_vec())));
        assert!(log.wait(Duration::from_secs(20)));
        log.shared.sync_failed.store(true, std::sync::atomic::Ordering::Release);
        log.hand_over(LogEntry::Calls(3, b"three".to_vec()));
        log.hand_over(LogEntry::Keyframe(3, Arc::new(b"room".to_vec())));
        log.hand_over(LogEntry::Keyframe(4, Arc::new(b"four".to_vec())));
        assert!(log.wait(Duration::from_secs(20)));
        assert_eq!(Segments::list(&dir).unwrap().files.len(), 2);
        drop(log);
        std::fs::remove_dir_all(dir).unwrap();
    }
}
