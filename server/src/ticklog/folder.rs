//! [`Segments`]: the files of a log, by number; and [`LoggedRoom`]: the room that the last of them tell of.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::frame::{FrameKind, Head, LogSegment};

/// Ending of a segment's name, before which is its number in ten digits.
const ENDING: &str = ".ticks";

/// Name of the file that is locked by whoever writes the log.
const LOCK: &str = "lock";

/// Keeps other servers from a folder, for as long as the file is open. None where one has it.
pub(crate) fn lock_folder(dir: &Path) -> io::Result<Option<File>> {
    let file = private().write(true).create(true).truncate(false).open(dir.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// A file that was not there before.
pub(super) fn new_file(path: &Path) -> io::Result<File> {
    private().append(true).create_new(true).open(path)
}

/// Options for a file that others than its owner may not read, where the system knows such.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// The files of a log, oldest first.
#[derive(Clone, Debug)]
pub(crate) struct Segments {
    pub(crate) files: Vec<(u64, PathBuf)>,
}

/// The last room of a log.
#[derive(Clone, Debug)]
pub(crate) struct LoggedRoom {
    pub(crate) head: Head,
    /// The room, as it was saved at `saved_at`.
    pub(crate) saved: Vec<u8>,
    pub(crate) saved_at: u32,
    /// What happened to it since, part by part, with the tick at the end of each.
    pub(crate) calls: Vec<(u32, Vec<u8>)>,
    /// It was put aside in peace, and nothing came after that.
    pub(crate) is_ended: bool,
    /// Sentences about what could not be used.
    pub(crate) told: Vec<String>,
}

impl Segments {
    /// The segments in a folder.
    pub(crate) fn list(dir: &Path) -> io::Result<Self> {
        let mut files = Vec::new();
        for entry in fs::read_dir(dir)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(ENDING));
            files.extend(name.and_then(|name| name.parse().ok()).map(|number| (number, path.clone())));
        }
        files.sort();
        Ok(Self { files })
    }

    /// The number of the next segment.
    pub(crate) fn next(&self) -> u64 {
        self.files.last().map_or(1, |(number, _)| number + 1)
    }

    /// The path of a segment.
    pub(crate) fn path(dir: &Path, number: u64) -> PathBuf {
        dir.join(format!("{number:010}{ENDING}"))
    }

    /// Looks for the last room, from the newest segment back. None where there is no whole one.
    pub(crate) fn find_last(&self) -> io::Result<Option<LoggedRoom>> {
        let mut told = Vec::new();
        for (_, path) in self.files.iter().rev() {
            let name = path.display();
            let Some(segment) = LogSegment::read(fs::read(path)?) else {
                told.push(format!("{name} has no whole head, and is left alone"));
                continue;
            };
            if segment.torn > 0 {
                told.push(format!("the last {} bytes of {name} are no whole frame, and are left alone", segment.torn));
            }
            if let Some(found) = last_room(&segment) {
                // Whatever could not be used came after its end.
                let is_ended = found.is_ended && told.is_empty();
                return Ok(Some(LoggedRoom { told, is_ended, ..found }));
            }
            told.push(format!("{name} has no whole keyframe, and is left alone"));
        }
        Ok(None)
    }

    /// Removes the oldest that are not to be kept: never the newest, nor the one before it.
    pub(crate) fn remove_old(&mut self, keep_bytes: u64, keep: Duration) {
        let now = SystemTime::now();
        let about = |path: &Path| {
            let file = fs::metadata(path).ok()?;
            Some((file.len(), now.duration_since(file.modified().ok()?).unwrap_or_default()))
        };
        let mut total: u64 = self.files.iter().filter_map(|(_, path)| about(path)).map(|(bytes, _)| bytes).sum();
        while self.files.len() > 2 {
            let path = &self.files[0].1;
            let (bytes, age) = about(path).unwrap_or_default();
            if (total <= keep_bytes && age <= keep) || fs::remove_file(path).is_err() {
                return;
            }
            total -= bytes;
            self.files.remove(0);
        }
    }
}

fn last_room(segment: &LogSegment) -> Option<LoggedRoom> {
    let at = segment.frames.iter().rposition(|frame| frame.kind == FrameKind::Keyframe)?;
    let (keyframe, after) = segment.frames[at..].split_first()?;
    let calls = after.iter().filter(|frame| frame.kind == FrameKind::Calls);
    Some(LoggedRoom {
        head: segment.head.clone(),
        saved: segment.payload(keyframe).to_vec(),
        saved_at: keyframe.tick,
        calls: calls.map(|frame| (frame.tick, segment.payload(frame).to_vec())).collect(),
        is_ended: after.last().is_some_and(|frame| frame.kind == FrameKind::End),
        told: Vec::new(),
    })
}
