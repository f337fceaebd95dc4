//! [`LogHandle`]: a room's end of its log, which hands over what happened and waits a little until it is written: from
//! then on it outlasts the process.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::found::FoundLog;
use super::frame::Head;
use super::progress::{LogEntry, LogProgress, lock};
use super::threads::{HandedEntry, LogThreads};
use super::writer::LogWriter;
use crate::limits::LOG_QUEUE_MAX;

/// A room's end of its log. Dropped, it has everything written that was handed over, where no other room has the same
/// threads.
#[derive(Debug)]
pub(crate) struct LogHandle {
    writer: Arc<Mutex<LogWriter>>,
    progress: Arc<LogProgress>,
    /// Entries handed over.
    handed: u64,
    /// Something was dropped since the last keyframe, so that what follows is of no use before the next.
    has_gap: bool,
    threads: Arc<LogThreads>,
    counted: CountedLog,
}

/// A log as one of those that are written, or should be.
#[derive(Debug)]
struct CountedLog {
    progress: Arc<LogProgress>,
    /// Its room goes on without.
    is_lost: bool,
}

impl Drop for CountedLog {
    fn drop(&mut self) {
        if !self.is_lost {
            self.progress.leave();
        }
    }
}

impl LogHandle {
    /// Goes on behind the segments that were found, with `head` for those that come.
    pub(crate) fn start(found: FoundLog, head: Head) -> Self {
        let FoundLog { place, segments, room, owner, lock, threads } = found;
        let head = Head { room, owner, ..head };
        let progress = Arc::new(LogProgress::new(Arc::clone(&threads.desk), lock));
        let writer = LogWriter::new(place, head, segments, Arc::clone(&progress));
        let counted = CountedLog { progress: Arc::clone(&progress), is_lost: false };
        Self { writer: Arc::new(Mutex::new(writer)), progress, handed: 0, has_gap: false, threads, counted }
    }

    /// Memory for what is to be handed over.
    pub(crate) fn buffer(&self) -> Vec<u8> {
        lock(&self.threads.desk.spent).pop().unwrap_or_default()
    }

    /// Hands something over. Where the writer is too far behind, or is no more, it is dropped, and so is the rest until
    /// a keyframe.
    pub(crate) fn hand_over(&mut self, entry: LogEntry) {
        let has_no_use =
            matches!(entry, LogEntry::Calls(..) | LogEntry::End(_) | LogEntry::Ordered(_) | LogEntry::LateKeyframe(..));
        if self.has_gap && has_no_use {
            return;
        }
        let is_keyframe = matches!(entry, LogEntry::Keyframe(..));
        let (gaps, done) = {
            let progress = lock(&self.progress.state);
            (progress.gaps, progress.done)
        };
        let has_place = self.handed - done < LOG_QUEUE_MAX;
        let handed = HandedEntry { to: Arc::clone(&self.writer), entry, gaps };
        if has_place && self.threads.hand_over(handed) {
            self.handed += 1;
            self.has_gap &= !is_keyframe;
        } else if !self.has_gap {
            self.break_off();
        }
    }

    /// Leaves a gap: nothing is written before the next keyframe, which begins a file of its own.
    pub(crate) fn break_off(&mut self) {
        self.has_gap = true;
        self.progress.add_gap();
    }

    /// Whether something was dropped since the last keyframe: a late one is of no use then.
    pub(crate) const fn has_gap(&self) -> bool {
        self.has_gap
    }

    /// Waits until everything is written, for no longer than `bound`: whether it is, with nothing left out.
    pub(crate) fn wait(&self, bound: Duration) -> bool {
        if self.has_gap {
            return false;
        }
        self.progress.wait(self.handed, bound)
    }

    /// Whether another node has bound the log, so that nothing of this room may be told any more.
    pub(crate) fn is_fenced(&self) -> bool {
        self.progress.is_fenced()
    }

    /// Ends the log of a room that goes on without, which health shows, and does not wait for what was handed over.
    pub(crate) fn abandon(mut self) {
        self.break_off();
        self.counted.is_lost = true;
        LogThreads::abandon(self.threads);
    }
}

#[cfg(test)]
impl LogHandle {
    /// Lets the writer stand still, as a disk does that answers nobody, until what is returned is dropped.
    pub(crate) fn stand_still(&self) -> std::sync::mpsc::Sender<std::convert::Infallible> {
        let (writer, (go_on, is_over)) = (Arc::clone(&self.writer), std::sync::mpsc::channel());
        let (stands, standing) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let _standing = lock(&writer);
            let _ = stands.send(());
            let _ = is_over.recv();
        });
        standing.recv().expect("the thread should come as far as that");
        go_on
    }

    /// Bytes of the segments that each round from now on puts on the disk.
    pub(crate) fn watch_syncs(&self) -> std::sync::mpsc::Receiver<Vec<u64>> {
        let (rounds, watched) = std::sync::mpsc::channel();
        *lock(&self.threads.desk.sync_rounds) = Some(rounds);
        watched
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::io;
    use std::sync::mpsc::{Sender, channel};
    use std::time::Instant;

    use super::super::threads::keep_synced;
    use super::*;
    use crate::operate::metrics::Metrics;
    use crate::ticklog::{LogConfig, Segments};

    fn config(dir: &std::path::Path) -> LogConfig {
        LogConfig {
            dir: dir.into(),
            sync: Duration::from_millis(10),
            keep_bytes: 1 << 30,
            keep: Duration::from_secs(3600),
        }
    }

    fn head() -> Head {
        Head::of_test()
    }

    fn start(dir: &std::path::Path) -> LogHandle {
        start_with(&config(dir))
    }

    fn start_with(config: &LogConfig) -> LogHandle {
        let found = FoundLog::of_one(config, Arc::new(Metrics::new("tests"))).unwrap();
        LogHandle::start(found.expect("nobody else should have the folder"), head())
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
        let found = Segments::list(&dir).unwrap().find_last(false).unwrap().unwrap();
        assert_eq!((found.saved, found.saved_at, found.is_ended), (b"room".to_vec(), 2, false));
        assert_eq!(found.calls, [(3, b"three".to_vec())]);
        log.hand_over(LogEntry::End(3));
        drop(log);
        let mut log = start(&dir);
        assert!(Segments::list(&dir).unwrap().find_last(false).unwrap().unwrap().is_ended);
        log.hand_over(LogEntry::Keyframe(4, Arc::new(b"again".to_vec())));
        drop(log);
        let segments = Segments::list(&dir).unwrap();
        assert_eq!(segments.files.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(segments.find_last(false).unwrap().unwrap().saved, b"again");
        // The newest is torn to its head: the one before it is used, and it is told.
        std::fs::write(&segments.files[1].1, b"ausplog2").unwrap();
        let found = segments.find_last(false).unwrap().unwrap();
        assert_eq!((found.saved, found.told.len()), (b"room".to_vec(), 1));
        assert!(!found.is_ended, "something went on after its end");
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_folder_that_is_gone_stops_the_log_and_not_the_game_until_there_is_one_again() {
        let dir = folder("gone");
        let mut log = start(&dir);
        std::fs::remove_dir_all(&dir).unwrap();
        let metrics = Arc::clone(&log.threads.desk.metrics);
        log.hand_over(LogEntry::Keyframe(1, Arc::new(b"one".to_vec())));
        log.hand_over(LogEntry::Calls(2, b"two".to_vec()));
        assert!(!log.wait(Duration::from_secs(20)), "it is not written");
        assert_eq!(metrics.log.writing.get(), 0);
        std::fs::create_dir_all(&dir).unwrap();
        log.hand_over(LogEntry::Calls(3, b"three".to_vec()));
        log.hand_over(LogEntry::Keyframe(3, Arc::new(b"room".to_vec())));
        log.hand_over(LogEntry::Calls(4, b"four".to_vec()));
        assert!(log.wait(Duration::from_secs(20)));
        assert_eq!(metrics.log.writing.get(), 1);
        let found = Segments::list(&dir).unwrap().find_last(false).unwrap().unwrap();
        assert_eq!((found.saved, found.calls), (b"room".to_vec(), vec![(4, b"four".to_vec())]));
        drop(log);
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn files_that_somebody_removed_are_not_missed_and_do_not_keep_others() {
        let dir = folder("removed");
        for tick in 1..=5 {
            let mut log = start(&dir);
            log.hand_over(LogEntry::Keyframe(tick, Arc::new(vec![tick as u8; 100])));
        }
        let mut segments = Segments::list(&dir).unwrap();
        std::fs::remove_file(&segments.files[4].1).unwrap();
        assert_eq!(
            segments.find_last(false).err().map(|error| error.kind()),
            Some(io::ErrorKind::NotFound),
            "as it was listed"
        );
        assert_eq!(Segments::list(&dir).unwrap().find_last(false).unwrap().unwrap().saved_at, 4);
        std::fs::remove_file(&segments.files[0].1).unwrap();
        segments.remove_old(0, Duration::from_secs(3600));
        assert_eq!(Segments::list(&dir).unwrap().files.len(), 1, "the fourth, and not the second");
        std::fs::remove_dir_all(dir).unwrap();
    }

    /// A folder on a small disk of its own, where this system lets us have one.
    #[cfg(target_os = "linux")]
    fn small_disk(name: &str) -> Option<std::path::PathBuf> {
        let dir = folder(name);
        let mounted =
            std::process::Command::new("mount").args(["-t", "tmpfs", "-o", "size=256k", "none"]).arg(&dir).output();
        mounted.is_ok_and(|output| output.status.success()).then_some(dir)
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_stops_the_log_and_not_the_game_until_there_is_room() {
        let Some(dir) = small_disk("full") else {
            println!("nothing is filled: disks cannot be made here");
            return;
        };
        std::fs::write(dir.join("other"), vec![0; 150 << 10]).unwrap();
        let mut log = start(&dir);
        let metrics = Arc::clone(&log.threads.desk.metrics);
        log.hand_over(LogEntry::Keyframe(1, Arc::new(vec![1; 40 << 10])));
        assert!(log.wait(Duration::from_secs(20)));
        log.hand_over(LogEntry::Keyframe(2, Arc::new(vec![2; 100 << 10])));
        assert!(!log.wait(Duration::from_secs(20)) && metrics.log.writing.get() == 0, "the disk is full");
        log.hand_over(LogEntry::Calls(3, vec![3; 10]));
        std::fs::remove_file(dir.join("other")).unwrap();
        log.hand_over(LogEntry::Keyframe(4, Arc::new(vec![4; 100 << 10])));
        assert!(log.wait(Duration::from_secs(20)) && metrics.log.writing.get() == 1, "there is room again");
        drop(log);
        let found = Segments::list(&dir).unwrap().find_last(false).unwrap().unwrap();
        assert_eq!((found.saved_at, found.saved.len(), found.head), (4, 100 << 10, head()));
        let unmounted = std::process::Command::new("umount").arg(&dir).status().unwrap();
        assert!(unmounted.success());
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn the_end_does_not_wait_for_the_next_sync() {
        let dir = folder("end");
        let config = LogConfig { sync: Duration::from_secs(10), ..config(&dir) };
        let mut log = start_with(&config);
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
        let desk = Arc::clone(&log.threads.desk);
        log.hand_over(LogEntry::Keyframe(1, Arc::new(b"one".to_vec())));
        assert!(log.wait(Duration::from_secs(20)));
        // The writer comes as far as this, and stands still.
        let standing = lock(&desk.unsynced);
        for tick in 2..LOG_QUEUE_MAX as u32 + 4 {
            log.hand_over(LogEntry::Calls(tick, b"tick".to_vec()));
        }
        assert_eq!(desk.metrics.log.writing.get(), 0);
        drop(standing);
        while lock(&log.progress.state).done < log.handed {
            std::thread::yield_now();
        }
        let while_it_lasts = (desk.metrics.log.writing.get(), log.wait(Duration::ZERO));
        log.hand_over(LogEntry::Keyframe(500, Arc::new(b"room".to_vec())));
        let after = (log.wait(Duration::from_secs(20)), desk.metrics.log.writing.get());
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
        log.threads = Arc::new(LogThreads::without_writer(&log.threads.desk));
        log.hand_over(LogEntry::Calls(2, b"two".to_vec()));
        let started = Instant::now();
        assert!(!log.wait(Duration::from_secs(20)) && started.elapsed() < Duration::from_secs(5));
        assert_eq!(log.threads.desk.metrics.log.writing.get(), 0);
        let (is_alive, watched) = channel();
        let dies = std::thread::spawn(move || {
            let _is_alive: Sender<Infallible> = is_alive;
            std::panic::resume_unwind(Box::new("a panic that nobody is told of"));
        });
        let config = LogConfig { sync: Duration::from_secs(3600), ..config(&dir) };
        keep_synced(&log.threads.desk, &config, false, &watched);
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
        log.progress.sync_failed.store(true, std::sync::atomic::Ordering::Release);
        log.hand_over(LogEntry::Calls(3, b"three".to_vec()));
        log.hand_over(LogEntry::Keyframe(3, Arc::new(b"room".to_vec())));
        log.hand_over(LogEntry::Keyframe(4, Arc::new(b"four".to_vec())));
        assert!(log.wait(Duration::from_secs(20)));
        assert_eq!(Segments::list(&dir).unwrap().files.len(), 2);
        drop(log);
        std::fs::remove_dir_all(dir).unwrap();
    }
}
