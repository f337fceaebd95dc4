//! [`LogBytes`]: bytes of a log, counted frame by frame from its files (`server/LOG.md`).

use std::fs;
use std::path::{Path, PathBuf};

/// Bytes of a frame beside its payload: length, kind, tick and checksum.
const FRAME_BYTES: usize = 17;
/// Bytes of a file before its first frame.
const MAGIC_BYTES: usize = 8;
/// Kinds of frames.
const KEYFRAME: u8 = 2;
const CALLS: u8 = 3;

/// A frame of a log's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LoggedFrame {
    kind: u8,
    /// The tick that the room had made by then.
    pub(super) tick: u32,
    /// Bytes in all.
    bytes: u64,
}

impl LoggedFrame {
    pub(super) const fn is_keyframe(&self) -> bool {
        self.kind == KEYFRAME
    }
}

/// The files of a log, in order.
pub(super) fn segments(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut paths: Vec<_> = paths.filter(|path| path.extension().is_some_and(|ending| ending == "ticks")).collect();
    paths.sort();
    paths
}

/// The frames of a file, as far as they are all there. Checksums are for whoever plays it.
pub(super) fn frames_of(path: &Path) -> Vec<LoggedFrame> {
    frames(&fs::read(path).unwrap_or_default())
}

fn frames(bytes: &[u8]) -> Vec<LoggedFrame> {
    let (mut at, mut frames) = (MAGIC_BYTES, Vec::new());
    while let Some(&[l0, l1, l2, l3, kind, t0, t1, t2, t3]) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let end = at + FRAME_BYTES + u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        if end > bytes.len() {
            break;
        }
        frames.push(LoggedFrame { kind, tick: u32::from_le_bytes([t0, t1, t2, t3]), bytes: (end - at) as u64 });
        at = end;
    }
    frames
}

/// Bytes of a log from one keyframe to another, so that there are as many keyframes as belong to that time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LogBytes {
    /// Ticks between the two.
    pub(super) ticks: u32,
    /// Bytes of frames of calls.
    pub(super) calls: u64,
    /// Keyframes, the first not counted, and their bytes; those of heads of files are among them.
    pub(super) keyframes: u64,
    pub(super) keyframe_bytes: u64,
}

impl LogBytes {
    /// Bytes of the frames behind a tick: from the first keyframe among them to the last.
    pub(super) fn between_keyframes(frames: &[LoggedFrame], behind: u32) -> Self {
        let frames = &frames[frames.iter().position(|frame| frame.tick > behind).unwrap_or(frames.len())..];
        let first = frames.iter().position(LoggedFrame::is_keyframe);
        let (Some(first), Some(last)) = (first, frames.iter().rposition(LoggedFrame::is_keyframe)) else {
            return Self::default();
        };
        let ticks = frames[last].tick.saturating_sub(frames[first].tick);
        frames[first + 1..=last].iter().fold(Self { ticks, ..Self::default() }, |sum, frame| match frame.kind {
            CALLS => Self { calls: sum.calls + frame.bytes, ..sum },
            kind => Self {
                keyframes: sum.keyframes + u64::from(kind == KEYFRAME),
                keyframe_bytes: sum.keyframe_bytes + frame.bytes,
                ..sum
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(frames: &[(u8, u32, usize)]) -> Vec<u8> {
        let mut bytes = b"ausplog2".to_vec();
        for &(kind, tick, length) in frames {
            bytes.extend((length as u32).to_le_bytes());
            bytes.push(kind);
            bytes.extend(tick.to_le_bytes());
            bytes.resize(bytes.len() + length + 8, 0);
        }
        bytes
    }

    #[test]
    fn frames_are_read_as_far_as_they_are_whole() {
        let bytes = file(&[(1, 0, 30), (2, 0, 100), (3, 1, 5)]);
        let whole = frames(&bytes);
        assert_eq!(
            whole.iter().map(|frame| (frame.kind, frame.bytes)).collect::<Vec<_>>(),
            [(1, 47), (2, 117), (3, 22)]
        );
        assert_eq!(frames(&bytes[..bytes.len() - 1]), whole[..2]);
        assert_eq!(frames(&bytes[..5]), []);
    }

    #[test]
    fn bytes_are_counted_from_one_keyframe_to_another() {
        let one = [(1, 0, 30), (2, 0, 900), (3, 1, 3), (3, 2, 3), (2, 2, 83), (3, 3, 13), (3, 32, 3)];
        // A file that begins meanwhile: its keyframe is that of the time before.
        let other = [(1, 32, 33), (2, 32, 103), (3, 33, 1000)];
        let frames = [frames(&file(&one)), frames(&file(&other))].concat();
        let counted = LogBytes::between_keyframes(&frames, 0);
        assert_eq!(counted, LogBytes { ticks: 30, calls: 30 + 20, keyframes: 1, keyframe_bytes: 50 + 120 });
        assert_eq!(LogBytes::between_keyframes(&frames, 2).ticks, 0, "a single keyframe says nothing of time");
        assert_eq!(LogBytes::between_keyframes(&frames, 33), LogBytes::default());
    }
}
