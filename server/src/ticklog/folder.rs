//! [`Segments`]: the files of a log, by number; and [`LoggedRoom`]: the room that the last of them tell of.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::files::{segment_path, segments_in};
use super::frame::{FrameKind, Head, LogSegment};
use crate::limits::LOG_HEAD_BYTES_MAX;

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
    /// Calls since then, part by part, with the tick at the end of each.
    pub(crate) calls: Vec<(u32, Vec<u8>)>,
    /// Put aside in peace, and nothing came after that.
    pub(crate) is_ended: bool,
    /// Sentences about what could not be used.
    pub(crate) told: Vec<String>,
}

impl Segments {
    /// The segments in a folder.
    pub(crate) fn list(dir: &Path) -> io::Result<Self> {
        Ok(Self { files: segments_in(dir)? })
    }

    /// The number of the next segment.
    pub(crate) fn next(&self) -> u64 {
        self.files.last().map_or(1, |(number, _)| number + 1)
    }

    /// Segments that are not there between others: somebody removed them, or `forget` did.
    pub(crate) fn missing(&self) -> impl Iterator<Item = PathBuf> {
        self.files.windows(2).flat_map(|pair| {
            let dir = pair[1].1.parent().unwrap_or_else(|| Path::new(""));
            (pair[0].0 + 1..pair[1].0).map(move |number| segment_path(dir, number))
        })
    }

    /// Looks for the last room, from the newest segment back; or where several nodes may write, from the newest of the
    /// greatest epoch. None where there is no whole one.
    pub(crate) fn find_last(&self, is_shared: bool) -> io::Result<Option<LoggedRoom>> {
        let mut told = Vec::new();
        let files = if is_shared { self.by_epoch(&mut told)? } else { self.files.clone() };
        let mut newer = None;
        // One that has not got as far as the file before it, whose end it was to have again.
        let mut begun: Option<LoggedRoom> = None;
        for (number, path) in files.iter().rev() {
            let name = path.display();
            if newer.replace(*number).is_some_and(|newer| newer > number + 1) {
                told.push(format!("files between {name} and the next are not there"));
            }
            let Some(segment) = LogSegment::read(fs::read(path)?) else {
                told.push(format!("{name} has no whole head, and is left alone"));
                continue;
            };
            if segment.torn > 0 {
                told.push(format!("the last {} bytes of {name} are no whole frame, and are left alone", segment.torn));
            }
            if let Some(found) = LoggedRoom::last_of(&segment) {
                if begun.is_none() && !segment.has_repeated() {
                    told.push(format!("{name} was begun, and the one before it tells more"));
                    begun = Some(found);
                    continue;
                }
                let found = begun.take_if(|begun| begun.last_tick() > found.last_tick()).unwrap_or(found);
                // Whatever could not be used came after its end.
                let is_ended = found.is_ended && told.is_empty();
                return Ok(Some(LoggedRoom { told, is_ended, ..found }));
            }
            told.push(format!("{name} has no whole keyframe, and is left alone"));
        }
        Ok(begun.map(|begun| LoggedRoom { told, is_ended: false, ..begun }))
    }

    /// The newest file of the greatest epoch that has whatever the one before it has.
    pub(super) fn newest(&self) -> io::Result<Option<(u64, PathBuf, LogSegment)>> {
        for (number, path) in self.by_epoch(&mut Vec::new())?.into_iter().rev() {
            match LogSegment::read(fs::read(&path)?) {
                Some(segment) if segment.has_repeated() => return Ok(Some((number, path, segment))),
                _ => {}
            }
        }
        Ok(None)
    }

    /// The same files by the epoch of who wrote them: what an owner wrote that was fenced off by then comes before the
    /// first word of the next.
    fn by_epoch(&self, told: &mut Vec<String>) -> io::Result<Vec<(u64, PathBuf)>> {
        let mut greatest = None;
        let mut files = Vec::new();
        for (number, path) in &self.files {
            let mut bytes = Vec::new();
            File::open(path)?.take(LOG_HEAD_BYTES_MAX).read_to_end(&mut bytes)?;
            let epoch = LogSegment::read(bytes).and_then(|segment| segment.head.owner).map(|owner| owner.epoch);
            if epoch.is_some() && epoch < greatest {
                told.push(format!("{} was begun by a node that was not its owner any more", path.display()));
            }
            greatest = greatest.max(epoch);
            files.push((epoch, (*number, path.clone())));
        }
        files.sort();
        Ok(files.into_iter().map(|(_, file)| file).collect())
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
            if total <= keep_bytes && age <= keep && path.exists() {
                return;
            }
            // Somebody else may have removed it, to erase a player.
            if fs::remove_file(path).is_err_and(|error| error.kind() != io::ErrorKind::NotFound) {
                return;
            }
            total -= bytes;
            self.files.remove(0);
        }
    }
}

impl LoggedRoom {
    /// The last room in a segment. None where that has no whole keyframe.
    pub(crate) fn last_of(segment: &LogSegment) -> Option<Self> {
        let at = segment.frames.iter().rposition(|frame| frame.kind == FrameKind::Keyframe)?;
        let (keyframe, after) = segment.frames[at..].split_first()?;
        let calls = after.iter().filter(|frame| frame.kind == FrameKind::Calls);
        Some(Self {
            head: segment.head.clone(),
            saved: segment.payload(keyframe).to_vec(),
            saved_at: keyframe.tick,
            calls: calls.map(|frame| (frame.tick, segment.payload(frame).to_vec())).collect(),
            is_ended: after.last().is_some_and(|frame| frame.kind == FrameKind::End),
            told: Vec::new(),
        })
    }

    /// The tick that it had made by the end of what happened to it.
    fn last_tick(&self) -> u32 {
        self.calls.last().map_or(self.saved_at, |(tick, _)| *tick)
    }
}
