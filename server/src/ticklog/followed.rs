//! [`FollowedLog`]: a log that another node writes, read on as it grows.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::folder::{LoggedRoom, Segments};
use super::frame::{FrameKind, LogSegment, Sum, next_frame};
use crate::limits::LOG_READ_ON_BYTES_MAX;

/// A log that somebody else writes, from its last room on.
#[derive(Debug)]
pub(crate) struct FollowedLog {
    dir: PathBuf,
    number: u64,
    path: PathBuf,
    /// Bytes of the file that were read, and the checksum of the last whole frame.
    read: u64,
    sum: Sum,
    /// Bytes of a frame that is not whole yet.
    rest: Vec<u8>,
    /// The tick that the room had made by the end of the last frame.
    tick: u32,
    /// Frames of calls that come, and were read in the file before.
    repeated: u32,
}

/// News of a followed log.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FollowedPart {
    /// Calls up to this tick.
    Calls(u32, Vec<u8>),
    /// The room was saved after this tick, and what follows is recorded from there.
    Keyframe(u32),
    /// The room was put aside in peace after this tick.
    End(u32),
}

impl FollowedLog {
    /// Follows the log in a folder from its newest room on, which is handed back. None where its newest file has no
    /// whole one.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(crate) fn begin(dir: &Path) -> io::Result<Option<(Self, LoggedRoom)>> {
        let Some((number, path, segment)) = Segments::list(dir)?.newest()? else { return Ok(None) };
        let Some(room) = LoggedRoom::last_of(&segment) else { return Ok(None) };
        let whole = segment.bytes.len() - segment.torn;
        let tick = segment.last_tick().unwrap_or(room.saved_at);
        let rest = segment.bytes[whole..].to_vec();
        let read = segment.bytes.len() as u64;
        Ok(Some((Self { dir: dir.into(), number, path, read, sum: segment.sum, rest, tick, repeated: 0 }, room)))
    }

    /// News of what has been written since.
    ///
    /// # Errors
    /// Where it cannot be read, or goes on from something that was not written where it was looked for.
    pub(crate) fn read_on(&mut self) -> io::Result<Vec<FollowedPart>> {
        let mut parts = Vec::new();
        if self.read_file(&mut parts)? > 0 {
            return Ok(parts);
        }
        for (number, path) in self.next_files()? {
            // Its last words may have come since it was looked at.
            self.read_file(&mut parts)?;
            if self.open_next(number, path, &mut parts)? {
                break;
            }
        }
        Ok(parts)
    }

    /// Reads what the file has by now: the bytes of it.
    fn read_file(&mut self, parts: &mut Vec<FollowedPart>) -> io::Result<usize> {
        // Opened each time: over a network that is when a file is looked at anew.
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.read))?;
        let more = file.take(LOG_READ_ON_BYTES_MAX).read_to_end(&mut self.rest)?;
        self.read += more as u64;
        if more > 0 {
            self.take_frames(parts)?;
        }
        Ok(more)
    }

    /// Takes the whole frames of `rest`.
    fn take_frames(&mut self, parts: &mut Vec<FollowedPart>) -> io::Result<()> {
        let mut at = 0;
        while let Some(frame) = next_frame(&self.rest, &mut at, &mut self.sum) {
            match frame.kind {
                // The room as it was a moment ago, and what came then.
                FrameKind::Keyframe if self.repeated > 0 && frame.tick <= self.tick => continue,
                FrameKind::Calls if self.repeated > 0 => {
                    self.repeated -= 1;
                    if self.repeated == 0 && frame.tick != self.tick {
                        return Err(io::Error::other("the log has a gap"));
                    }
                    continue;
                }
                FrameKind::Calls => parts.push(FollowedPart::Calls(frame.tick, self.rest[frame.payload].to_vec())),
                FrameKind::End => parts.push(FollowedPart::End(frame.tick)),
                // The room as it is: unless something before it was left out.
                FrameKind::Keyframe if frame.tick != self.tick => return Err(io::Error::other("the log has a gap")),
                FrameKind::Keyframe => parts.push(FollowedPart::Keyframe(frame.tick)),
                // It tells the tick of the keyframe that follows.
                FrameKind::Head => continue,
            }
            self.tick = frame.tick;
        }
        self.rest.drain(..at);
        Ok(())
    }

    /// Files that come after this one, if there are any by now: more than one where a file was begun in vain.
    fn next_files(&self) -> io::Result<Vec<(u64, PathBuf)>> {
        let mut files = Segments::list(&self.dir)?.files;
        files.retain(|(number, _)| *number > self.number);
        Ok(files)
    }

    /// Goes on with a later file, which begins with the room as this one left it, or with all that this one has since
    /// the keyframe of that. False where it is being begun.
    fn open_next(&mut self, number: u64, path: PathBuf, parts: &mut Vec<FollowedPart>) -> io::Result<bool> {
        let segment = LogSegment::read(std::fs::read(&path)?);
        let Some(segment) = segment.filter(|segment| !segment.frames.is_empty() && segment.has_repeated()) else {
            return Ok(false);
        };
        if !self.rest.is_empty() {
            return Err(io::Error::other("the log's file has no whole end"));
        }
        (self.number, self.path, self.sum) = (number, path, Sum::default());
        (self.read, self.repeated) = (super::frame::MAGIC.len() as u64, segment.head.repeats);
        self.read_file(parts)?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, OpenOptions};
    use std::io::Write;
    use std::thread;
    use std::time::{Duration, Instant};

    use super::super::follower::LogFollower;
    use super::super::frame::{Head, write_frame, write_head};
    use super::*;

    struct Written {
        dir: PathBuf,
        sum: Sum,
        number: u64,
    }

    impl Written {
        fn new(name: &str) -> Self {
            let dir = std::env::temp_dir().join(format!("auspice-followed-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&dir);
            fs::create_dir_all(&dir).unwrap();
            Self { dir, sum: Sum::default(), number: 0 }
        }

        fn put(&self, bytes: &[u8]) {
            let path = self.dir.join(format!("{:010}.ticks", self.number));
            OpenOptions::new().create(true).append(true).open(path).unwrap().write_all(bytes).unwrap();
        }

        fn begin(&mut self, tick: u32) {
            self.number += 1;
            let mut bytes = Vec::new();
            write_head(&Head::of_test(), tick, &mut self.sum, &mut bytes);
            write_frame(FrameKind::Keyframe, tick, b"room", &mut self.sum, &mut bytes);
            self.put(&bytes);
        }

        fn frame(&mut self, kind: FrameKind, tick: u32, payload: &[u8]) -> Vec<u8> {
            let mut bytes = Vec::new();
            write_frame(kind, tick, payload, &mut self.sum, &mut bytes);
            bytes
        }

        fn write(&mut self, kind: FrameKind, tick: u32, payload: &[u8]) {
            let frame = self.frame(kind, tick, payload);
            self.put(&frame);
        }
    }

    impl Drop for Written {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.dir);
        }
    }

    fn calls(tick: u32, calls: &[u8]) -> FollowedPart {
        FollowedPart::Calls(tick, calls.to_vec())
    }

    #[test]
    fn what_is_written_is_read_once_it_is_whole_over_keyframes_and_files() {
        let mut log = Written::new("whole");
        assert!(FollowedLog::begin(&log.dir).unwrap().is_none());
        log.begin(7);
        log.write(FrameKind::Calls, 8, b"one");
        let (mut followed, room) = FollowedLog::begin(&log.dir).unwrap().unwrap();
        assert_eq!((room.saved_at, room.calls), (7, vec![(8, b"one".to_vec())]));
        assert_eq!(followed.read_on().unwrap(), []);
        let frame = log.frame(FrameKind::Calls, 9, b"two");
        log.put(&frame[..5]);
        assert_eq!(followed.read_on().unwrap(), []);
        log.put(&frame[5..]);
        log.write(FrameKind::Keyframe, 9, b"room");
        log.write(FrameKind::Calls, 10, b"three");
        assert_eq!(followed.read_on().unwrap(), [calls(9, b"two"), FollowedPart::Keyframe(9), calls(10, b"three")]);
        log.write(FrameKind::Calls, 11, b"four");
        log.begin(11);
        log.write(FrameKind::Calls, 12, b"five");
        assert_eq!(followed.read_on().unwrap(), [calls(11, b"four")]);
        assert_eq!(followed.read_on().unwrap(), [FollowedPart::Keyframe(11), calls(12, b"five")]);
        log.write(FrameKind::End, 12, b"");
        assert_eq!(followed.read_on().unwrap(), [FollowedPart::End(12)]);
    }

    #[test]
    fn what_a_folder_shows_late_is_read_late_and_in_order() {
        let mut log = Written::new("stale");
        log.begin(7);
        let (mut followed, _) = FollowedLog::begin(&log.dir).unwrap().unwrap();
        log.write(FrameKind::Calls, 8, b"one");
        // The next file is there, and written, before this folder's listing has it.
        log.begin(8);
        let (late, unseen) = (log.dir.join("0000000002.ticks"), log.dir.join("unseen"));
        fs::rename(&late, &unseen).unwrap();
        assert_eq!(followed.read_on().unwrap(), [calls(8, b"one")]);
        assert_eq!(followed.read_on().unwrap(), []);
        // Of its bytes those that have come by then, and the others later.
        let whole = fs::read(&unseen).unwrap();
        fs::write(&late, &whole[..20]).unwrap();
        assert_eq!(followed.read_on().unwrap(), []);
        fs::write(&late, &whole).unwrap();
        log.write(FrameKind::Calls, 9, b"two");
        assert_eq!(followed.read_on().unwrap(), [FollowedPart::Keyframe(8), calls(9, b"two")]);
    }

    #[test]
    fn a_thread_reads_on_until_the_log_cannot_be_read() {
        let mut log = Written::new("thread");
        log.begin(7);
        let (followed, _) = FollowedLog::begin(&log.dir).unwrap().unwrap();
        let follower = LogFollower::start(followed).unwrap();
        // As it would be asked: again and again, within a bound.
        let until = Instant::now() + Duration::from_secs(20);
        let next = || loop {
            match follower.next() {
                Ok(None) => thread::sleep(Duration::from_millis(1)),
                Ok(Some(parts)) if parts.is_empty() => {}
                news => return news.map(Option::unwrap_or_default),
            }
            assert!(Instant::now() < until, "it should have been read");
        };
        log.write(FrameKind::Calls, 8, b"one");
        assert_eq!(next().unwrap(), [calls(8, b"one")]);
        log.write(FrameKind::Keyframe, 10, b"room");
        assert!(next().is_err() && next().is_err(), "the log has a gap");
    }

    #[test]
    fn a_log_with_a_gap_is_not_followed() {
        let mut log = Written::new("gap");
        log.begin(7);
        let (mut followed, _) = FollowedLog::begin(&log.dir).unwrap().unwrap();
        log.write(FrameKind::Keyframe, 9, b"room");
        assert!(followed.read_on().is_err());
        let mut log = Written::new("other-gap");
        log.begin(7);
        let (mut followed, _) = FollowedLog::begin(&log.dir).unwrap().unwrap();
        log.begin(9);
        assert!(followed.read_on().is_err());
    }
}
