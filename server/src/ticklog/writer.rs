//! [`LogWriter`]: writes the files of one room's log.
//!
//! Where the disk is full or broken, everything is dropped until a keyframe can be written again.
//!
//! A keyframe may come later than the calls behind it. Those go into the file that there is, and once more into the one
//! that it begins, which is the log from then on. So nothing waits for it, and what was told is whole in one of both.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::files::{close_folder, make_folder, new_file, segment_path};
use super::folder::Segments;
use super::frame::{FrameKind, Head, Sum, write_frame, write_head};
use super::owner::{ClaimError, LogOwner};
use super::progress::{LogEntry, LogProgress, lock};
use crate::limits::LOG_SEGMENT_BYTES_MAX;

/// Age at which a segment is followed by the next, at a keyframe.
const SEGMENT_AGE: Duration = Duration::from_secs(60);

/// A segment that is being written.
#[derive(Debug)]
struct Open {
    file: Arc<File>,
    sum: Sum,
    bytes: u64,
    since: Instant,
}

/// Calls since a keyframe that is going to come.
#[derive(Debug)]
struct CallsSince {
    tick: u32,
    /// Gaps before it.
    gaps: u64,
    calls: Vec<(u32, Vec<u8>)>,
}

/// The place of a log, and what is kept there.
#[derive(Clone, Debug)]
pub(super) struct LogPlace {
    pub(super) dir: PathBuf,
    /// Bytes of segments that are kept, of all logs of the server together.
    pub(super) keep_bytes: u64,
    /// Age of segments that are kept.
    pub(super) keep: Duration,
}

#[derive(Debug)]
pub(super) struct LogWriter {
    place: LogPlace,
    head: Head,
    segments: Segments,
    progress: Arc<LogProgress>,
    /// The segment that is written into: none before the first keyframe, while the room is put aside, and after
    /// something could not be written.
    open: Option<Open>,
    /// Calls that belong behind a keyframe which is not here yet, if one was ordered.
    since: Option<CallsSince>,
    /// The next keyframe begins a segment.
    begins_anew: bool,
    /// Memory for a frame.
    out: Vec<u8>,
}

impl LogWriter {
    pub(super) fn new(place: LogPlace, head: Head, segments: Segments, progress: Arc<LogProgress>) -> Self {
        Self { place, head, segments, progress, open: None, since: None, begins_anew: false, out: Vec::new() }
    }

    /// Writes what was handed over, which is the room's own once more if that is written.
    pub(super) fn take(&mut self, entry: LogEntry, gaps: u64) {
        let is_fenced = self.is_fenced();
        let handed_on = self.open.as_ref().filter(|_| self.head.owner.is_some() && matches!(entry, LogEntry::End(_)));
        let handed_on = handed_on.map(|open| Arc::clone(&open.file));
        let result = if is_fenced { Ok(false) } else { self.write(&entry, gaps) };
        if let Err(error) = &result {
            // What was begun stays as it is, and is known for torn; the next keyframe begins anew.
            self.open = None;
            tracing::error!(
                %error, dir = %self.place.dir.display(),
                "the log cannot be written: the game goes on without"
            );
        }
        let has_keyframe = matches!(result, Ok(true));
        let is_put_aside = matches!(entry, LogEntry::End(_) | LogEntry::Over) && result.is_ok() && !is_fenced;
        self.keep(entry, gaps);
        let is_whole = self.open.is_some() || is_put_aside;
        self.progress.progressed(is_whole, has_keyframe.then_some(gaps));
        if let Some(file) = handed_on {
            // So that another node sees it soon where the folder is on a network. Whether that failed is told with the
            // others that are synced.
            let _ = file.sync_data();
        }
    }

    /// Keeps calls for as long as a keyframe before them may come; else their memory is for the room again.
    fn keep(&mut self, entry: LogEntry, gaps: u64) {
        match entry {
            LogEntry::Ordered(tick) => self.recycle_since(Some(CallsSince { tick, gaps, calls: Vec::new() })),
            LogEntry::Calls(tick, calls) => match &mut self.since {
                Some(since) => since.calls.push((tick, calls)),
                None => self.recycle([calls]),
            },
            LogEntry::Raise(_) => {}
            // It has come, or is not needed any more.
            _ => self.recycle_since(None),
        }
    }

    fn recycle_since(&mut self, next: Option<CallsSince>) {
        let before = std::mem::replace(&mut self.since, next);
        self.recycle(before.into_iter().flat_map(|since| since.calls).map(|(_, calls)| calls));
    }

    /// Has the room use this memory again.
    fn recycle(&self, spent: impl IntoIterator<Item = Vec<u8>>) {
        let mut all = lock(&self.progress.desk.spent);
        for mut bytes in spent {
            bytes.clear();
            all.push(bytes);
        }
    }

    /// Writes it; whether that was a keyframe.
    fn write(&mut self, entry: &LogEntry, gaps: u64) -> io::Result<bool> {
        match entry {
            LogEntry::Keyframe(tick, saved) => return self.keyframe(*tick, saved, gaps).map(|()| true),
            LogEntry::LateKeyframe(tick, saved) => return Ok(self.late_keyframe(*tick, saved, gaps)),
            LogEntry::Ordered(_) => {}
            LogEntry::Calls(tick, calls) => self.append(FrameKind::Calls, *tick, calls)?,
            LogEntry::End(tick) => {
                self.append(FrameKind::End, *tick, &[])?;
                // No file is kept open for a room that stands still.
                self.open = None;
            }
            LogEntry::Over => {
                self.open = None;
                close_folder(&self.place.dir)?;
            }
            LogEntry::Raise(claim) => {
                match LogOwner::bind(&self.place.dir, claim) {
                    Ok(owner) => (self.head.owner, self.begins_anew) = (Some(owner), true),
                    Err(ClaimError::Owned(_)) => self.progress.fence(),
                    Err(ClaimError::Folder(error)) => {
                        // Whoever has no right before writes nothing by none.
                        if self.head.owner.is_none() {
                            self.progress.fence();
                        }
                        return Err(error);
                    }
                }
            }
        }
        Ok(false)
    }

    /// Whether another node has bound the log: then nothing more is written.
    fn is_fenced(&mut self) -> bool {
        let Some(owner) = &self.head.owner else { return self.progress.is_fenced() };
        // A folder that cannot be read cannot be written either, which is told then.
        if self.progress.is_fenced() || owner.holds(&self.place.dir).unwrap_or(true) {
            return self.progress.is_fenced();
        }
        tracing::warn!(dir = %self.place.dir.display(), "another node has this room's log: nothing more is written");
        self.open = None;
        self.progress.fence();
        true
    }

    /// Appends a keyframe, or begins the next file with it: after a gap too, since what it follows is not all there.
    fn keyframe(&mut self, tick: u32, saved: &[u8], gaps: u64) -> io::Result<()> {
        let is_behind_gap = lock(&self.progress.state).closed_gaps != gaps;
        let is_full = |open: &Open| open.bytes >= LOG_SEGMENT_BYTES_MAX || open.since.elapsed() >= SEGMENT_AGE;
        let has_sync_failed = self.progress.sync_failed.swap(false, Ordering::AcqRel);
        let goes_on = !is_behind_gap && !has_sync_failed && !std::mem::take(&mut self.begins_anew);
        if goes_on && self.open.as_ref().is_some_and(|open| !is_full(open)) {
            return self.append(FrameKind::Keyframe, tick, saved);
        }
        self.open = None;
        self.begin_with(tick, saved, &[])
    }

    /// Begins the next file with a keyframe that was ordered and all that came since, which is in the file before, too.
    /// Whether it is written: else that one goes on.
    fn late_keyframe(&mut self, tick: u32, saved: &[u8], gaps: u64) -> bool {
        let Some(since) = self.since.take() else { return false };
        let before = self.open.take();
        let is_its = since.tick == tick && since.gaps == gaps;
        let result = if is_its { self.begin_with(tick, saved, &since.calls) } else { Ok(()) };
        let is_written = is_its && result.is_ok();
        if is_written {
            self.begins_anew = false;
            self.progress.sync_failed.store(false, Ordering::Release);
        } else {
            self.open = before;
        }
        if let Err(error) = result {
            tracing::error!(
                %error, dir = %self.place.dir.display(),
                "the log's next file cannot be begun: this one goes on"
            );
        }
        self.since = Some(since);
        is_written
    }

    /// Begins the next file with a keyframe, and what came since that.
    fn begin_with(&mut self, tick: u32, saved: &[u8], since: &[(u32, Vec<u8>)]) -> io::Result<()> {
        let (number, path, file) = self.begin()?;
        self.open = Some(Open { file: Arc::new(file), sum: Sum::default(), bytes: 0, since: Instant::now() });
        let head = Head { repeats: since.len() as u32, ..self.head.clone() };
        let written = self.put(|sum, out| {
            write_head(&head, tick, sum, out);
            write_frame(FrameKind::Keyframe, tick, saved, sum, out);
            since.iter().for_each(|(tick, calls)| write_frame(FrameKind::Calls, *tick, calls, sum, out));
        });
        if let Err(error) = written {
            self.open = None;
            // Nothing can be read of it, and with the next keyframe there would be another such.
            let _ = fs::remove_file(path);
            return Err(error);
        }
        self.segments.files.push((number, path));
        self.sync_soon(Some(&self.place.dir));
        let rooms = self.progress.desk.logs().max(1) as u64;
        self.segments.remove_old(self.place.keep_bytes / rooms, self.place.keep);
        Ok(())
    }

    /// Makes the next file, and the folder of a room that is one of many. A node that was fenced off may have made one
    /// of that number.
    fn begin(&self) -> io::Result<(u64, PathBuf, File)> {
        let mut number = self.segments.next();
        loop {
            let path = segment_path(&self.place.dir, number);
            match new_file(&path) {
                Ok(file) => return Ok((number, path, file)),
                Err(error) if error.kind() == ErrorKind::AlreadyExists && self.head.owner.is_some() => number += 1,
                Err(error) if error.kind() == ErrorKind::NotFound && self.head.room.is_some() => {
                    make_folder(&self.place.dir)?;
                    self.sync_soon(self.place.dir.parent());
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Has a folder put on the disk, so that the name of what was made in it is there after a power cut. Not every
    /// system syncs a folder.
    fn sync_soon(&self, dir: Option<&Path>) {
        if let Some(Ok(dir)) = dir.map(File::open) {
            lock(&self.progress.desk.unsynced).push((Arc::new(dir), Arc::clone(&self.progress)));
        }
    }

    fn append(&mut self, kind: FrameKind, tick: u32, payload: &[u8]) -> io::Result<()> {
        self.put(|sum, out| write_frame(kind, tick, payload, sum, out))
    }

    /// Writes what `write` makes by one call of the system; nothing where there is no segment.
    fn put(&mut self, write: impl FnOnce(&mut Sum, &mut Vec<u8>)) -> io::Result<()> {
        let Some(open) = &mut self.open else { return Ok(()) };
        self.out.clear();
        write(&mut open.sum, &mut self.out);
        (&*open.file).write_all(&self.out)?;
        open.bytes += self.out.len() as u64;
        let desk = &self.progress.desk;
        desk.metrics.log.bytes.inc_by(self.out.len() as u64);
        let mut unsynced = lock(&desk.unsynced);
        if !unsynced.iter().any(|(file, _)| Arc::ptr_eq(file, &open.file)) {
            unsynced.push((Arc::clone(&open.file), Arc::clone(&self.progress)));
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "late_tests.rs"]
mod tests;
