//! [`Writer`]: the threads that write the log's files, and put on the disk what was written.
//!
//! Where the disk is full or broken, everything is dropped until a keyframe can be written again.

use std::convert::Infallible;
use std::fs::{self, File};
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::LogConfig;
use super::folder::{Segments, new_file};
use super::frame::{FrameKind, Head, MAGIC, Sum, write_frame};
use super::progress::{HandedEntry, LogEntry, Shared, lock};
use crate::limits::LOG_SEGMENT_BYTES_MAX;

/// Age at which a segment is followed by the next, at a keyframe.
const SEGMENT_AGE: Duration = Duration::from_secs(60);

/// A segment that is being written.
struct Open {
    file: Arc<File>,
    sum: Sum,
    bytes: u64,
    since: Instant,
}

pub(super) struct Writer {
    config: LogConfig,
    head: Head,
    segments: Segments,
    shared: Arc<Shared>,
    /// The segment that is written into: none before the first keyframe, and after something could not be written.
    open: Option<Open>,
    /// Memory for a frame.
    out: Vec<u8>,
}

impl Writer {
    pub(super) fn new(config: LogConfig, head: Head, segments: Segments, shared: Arc<Shared>) -> Self {
        Self { config, head, segments, shared, open: None, out: Vec::new() }
    }

    /// Writes what is handed over, until nobody can hand over any more.
    pub(super) fn run(mut self, waiting: &Receiver<HandedEntry>) {
        while let Ok(HandedEntry { entry, gaps }) = waiting.recv() {
            let result = self.write(&entry, gaps);
            if let Err(error) = &result {
                // What was begun stays as it is, and is known for torn; the next keyframe begins anew.
                self.open = None;
                tracing::error!(%error, dir = %self.config.dir.display(), "the log cannot be written: the game goes on without");
            }
            let is_keyframe = matches!(entry, LogEntry::Keyframe(..));
            if let LogEntry::Calls(_, mut bytes) = entry {
                bytes.clear();
                lock(&self.shared.spent).push(bytes);
            }
            self.shared.progressed(self.open.is_some(), (is_keyframe && result.is_ok()).then_some(gaps));
        }
    }

    fn write(&mut self, entry: &LogEntry, gaps: u64) -> io::Result<()> {
        match entry {
            LogEntry::Keyframe(tick, saved) => self.keyframe(*tick, saved, gaps),
            LogEntry::Calls(tick, calls) => self.append(FrameKind::Calls, *tick, calls),
            LogEntry::End(tick) => self.append(FrameKind::End, *tick, &[]),
        }
    }

    /// Appends a keyframe, or begins the next file with it: after a gap too, since what it follows is not all there.
    fn keyframe(&mut self, tick: u32, saved: &[u8], gaps: u64) -> io::Result<()> {
        let is_behind_gap = lock(&self.shared.progress).closed_gaps != gaps;
        let is_full = |open: &Open| open.bytes >= LOG_SEGMENT_BYTES_MAX || open.since.elapsed() >= SEGMENT_AGE;
        let has_sync_failed = self.shared.sync_failed.swap(false, Ordering::AcqRel);
        if !is_behind_gap && !has_sync_failed && self.open.as_ref().is_some_and(|open| !is_full(open)) {
            return self.append(FrameKind::Keyframe, tick, saved);
        }
        self.open = None;
        let number = self.segments.next();
        let path = Segments::path(&self.config.dir, number);
        let file = Arc::new(new_file(&path)?);
        self.open = Some(Open { file, sum: Sum::default(), bytes: 0, since: Instant::now() });
        if let Err(error) = self.head(tick).and_then(|()| self.append(FrameKind::Keyframe, tick, saved)) {
            // Nothing can be read of it, and with the next keyframe there would be another such.
            let _ = fs::remove_file(path);
            return Err(error);
        }
        self.segments.files.push((number, path));
        // So that the file's name is there after a power cut. Not every system syncs a folder.
        if let Ok(dir) = File::open(&self.config.dir) {
            lock(&self.shared.unsynced).push(Arc::new(dir));
        }
        self.segments.remove_old(self.config.keep_bytes, self.config.keep);
        Ok(())
    }

    fn head(&mut self, tick: u32) -> io::Result<()> {
        let head = serde_json::to_vec(&self.head)?;
        if let Some(open) = &self.open {
            (&*open.file).write_all(&MAGIC)?;
        }
        self.append(FrameKind::Head, tick, &head)
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

/// Puts on the disk every so often what was written since, and once more when the writer has ended.
pub(super) fn keep_synced(shared: &Shared, every: Duration, writer: &Receiver<Infallible>) {
    loop {
        let is_over = writer.recv_timeout(every) == Err(RecvTimeoutError::Disconnected);
        let files = std::mem::take(&mut *lock(&shared.unsynced));
        for file in files {
            if let Err(error) = file.sync_data() {
                tracing::error!(%error, "the log cannot be put on the disk");
                shared.metrics.log_sync_failures.inc();
                // What of a file is there after a power cut, nobody knows any more. Not every system syncs a folder.
                let is_segment = file.metadata().is_ok_and(|about| about.is_file());
                shared.sync_failed.fetch_or(is_segment, Ordering::AcqRel);
            }
        }
        if is_over {
            return;
        }
    }
}
