//! [`LogFrame`]: the unit of a segment, and [`LogSegment`]: what is whole of a file of them.
//!
//! Each frame's checksum covers the one before it, so that a frame of another file, or of another place in this one, is
//! as wrong as a flipped bit.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::Range;
use std::sync::OnceLock;
use std::{env, fs};

use auspice::Game;
use auspice::message::game_hash;
use serde::{Deserialize, Serialize};

use super::owner::LogOwner;
use crate::digest::{hex, sha256, sha256_of};

/// First bytes of a segment.
pub(crate) const MAGIC: [u8; 8] = *b"ausplog2";
/// Bytes of a frame before its payload: length, kind and tick.
const HEAD_BYTES: usize = 9;
const SUM_BYTES: usize = 8;

/// First bytes of a SHA-256.
pub(super) type Sum = [u8; SUM_BYTES];

/// Kind of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FrameKind {
    /// The segment's head, as JSON.
    Head = 1,
    /// A saved room.
    Keyframe = 2,
    /// Calls since the frame before.
    Calls = 3,
    /// The room was put aside in peace.
    End = 4,
}

impl FrameKind {
    fn of(byte: u8) -> Option<Self> {
        [Self::Head, Self::Keyframe, Self::Calls, Self::End].into_iter().find(|kind| *kind as u8 == byte)
    }
}

/// Origin of a segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    /// The game's name.
    pub(crate) game: String,
    /// The hash of its tables.
    pub(crate) schema: String,
    /// Digest of the program's file: another build may play the same calls otherwise.
    pub(crate) build: String,
    /// Ticks a second.
    pub(crate) tick_hz: u32,
    /// The room, where it is one of many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) room: Option<RoomAbout>,
    /// The owner that wrote it, where several nodes may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) owner: Option<LogOwner>,
    /// Frames of calls behind its first keyframe that the file before has too, since that keyframe came late.
    #[serde(default, skip_serializing_if = "is_none")]
    pub(crate) repeats: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_none(repeats: &u32) -> bool {
    *repeats == 0
}

/// Particulars of a room that is one of many, but for its code, which is its folder's name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RoomAbout {
    /// The number of the room since the first start of the server.
    pub(crate) number: u64,
    /// Is found by its code alone.
    #[serde(default)]
    pub(crate) is_private: bool,
    #[serde(default)]
    pub(crate) options: BTreeMap<String, String>,
}

impl Head {
    /// The head of what this program writes.
    pub(crate) fn here<G: Game>(tick_hz: u32) -> Self {
        let (game, schema) = (G::NAME.into(), Self::schema_here::<G>());
        Self { game, schema, build: build_here().into(), tick_hz, room: None, owner: None, repeats: 0 }
    }

    /// The maker of this program's head, for whoever does not know the game.
    pub(crate) fn maker<G: Game>(tick_hz: u32) -> HeadMaker {
        HeadMaker::of(tick_hz, Self::here::<G>)
    }

    /// Checks that the segment is of the game `G`, with the tables that it has here.
    ///
    /// # Errors
    /// A sentence, where it is not.
    pub(crate) fn check<G: Game>(&self) -> Result<(), String> {
        if self.game != G::NAME {
            return Err(format!("a log of the game \"{}\"", self.game));
        }
        let schema = Self::schema_here::<G>();
        if self.schema != schema {
            return Err(format!("the game had other field tables then: {}, and now {schema}", self.schema));
        }
        Ok(())
    }

    /// The hash of the game's tables, as a head has it.
    pub(crate) fn schema_here<G: Game>() -> String {
        format!("{:016x}", game_hash::<G>())
    }
}

/// Digest of this program's file, which is read once.
fn build_here() -> &'static str {
    static BUILD: OnceLock<String> = OnceLock::new();
    BUILD.get_or_init(|| {
        let program = env::current_exe().and_then(fs::read);
        program.map_or_else(|_| String::new(), |bytes| hex(&sha256(&bytes)[..8]))
    })
}

/// A segment's beginning, as far as the end of its head, which is of the room after `tick`.
pub(super) fn write_head(head: &Head, tick: u32, sum: &mut Sum, out: &mut Vec<u8>) {
    let payload = serde_json::to_vec(head).expect("plain text should be written");
    *sum = Sum::default();
    out.extend(MAGIC);
    write_frame(FrameKind::Head, tick, &payload, sum, out);
}

/// See [`Head::maker`]. Reading the program takes a moment, which nobody waits for at a start without a log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeadMaker(u32, fn(u32) -> Head);

impl HeadMaker {
    pub(crate) const fn of(tick_hz: u32, make: fn(u32) -> Head) -> Self {
        Self(tick_hz, make)
    }

    pub(crate) fn make(self) -> Head {
        self.1(self.0)
    }
}

/// A frame of a segment that was read.
#[derive(Clone, Debug)]
pub(crate) struct LogFrame {
    pub(crate) kind: FrameKind,
    /// The tick that the room had made by the end of it.
    pub(crate) tick: u32,
    /// Its payload's bytes in the file.
    pub(crate) payload: Range<usize>,
}

/// Appends a frame, whose checksum takes the place of `sum`, the one before.
pub(super) fn write_frame(kind: FrameKind, tick: u32, payload: &[u8], sum: &mut Sum, out: &mut Vec<u8>) {
    let from = out.len();
    out.extend((payload.len() as u32).to_le_bytes());
    out.push(kind as u8);
    out.extend(tick.to_le_bytes());
    out.extend(payload);
    *sum = sum_of(sum, &out[from..]);
    out.extend(*sum);
}

fn sum_of(before: &Sum, frame: &[u8]) -> Sum {
    *sha256_of(&[before, frame]).first_chunk().expect("a digest should be longer than a checksum")
}

/// A file of frames, as far as it is whole.
#[derive(Clone, Debug)]
pub(crate) struct LogSegment {
    pub(crate) bytes: Vec<u8>,
    pub(crate) head: Head,
    /// All frames behind the head.
    pub(crate) frames: Vec<LogFrame>,
    /// Bytes at the end that are no whole frame.
    pub(crate) torn: usize,
    /// The checksum of the last whole frame.
    pub(super) sum: Sum,
}

impl LogSegment {
    /// Reads a file. None if not even its head is whole.
    pub(crate) fn read(bytes: Vec<u8>) -> Option<Self> {
        let (mut at, mut sum) = (MAGIC.len(), Sum::default());
        if bytes.get(..at)? != MAGIC {
            return None;
        }
        let first = next_frame(&bytes, &mut at, &mut sum).filter(|frame| frame.kind == FrameKind::Head)?;
        let head = serde_json::from_slice(&bytes[first.payload]).ok()?;
        let mut frames = Vec::new();
        while let Some(frame) = next_frame(&bytes, &mut at, &mut sum) {
            frames.push(frame);
        }
        Some(Self { torn: bytes.len() - at, bytes, head, frames, sum })
    }

    pub(crate) fn payload(&self, frame: &LogFrame) -> &[u8] {
        &self.bytes[frame.payload.clone()]
    }

    /// Sentences about the file of this name: what of it is not whole, and that another build wrote it.
    pub(crate) fn told_of<G: Game>(&self, name: &impl Display) -> impl Iterator<Item = String> {
        let torn = (self.torn > 0).then(|| format!("the last {} bytes of {name} are no whole frame", self.torn));
        let is_others = self.head.build != Head::here::<G>(self.head.tick_hz).build;
        let other = is_others.then(|| format!("{name} is of another build: it is no fault where it plays otherwise"));
        torn.into_iter().chain(other)
    }

    /// Whether everything is there that it has again of the file before.
    pub(crate) fn has_repeated(&self) -> bool {
        let calls = self.frames.iter().filter(|frame| frame.kind == FrameKind::Calls);
        calls.take(self.head.repeats as usize).count() == self.head.repeats as usize
    }

    /// The tick that its room had made by the end of it, if it has one.
    pub(crate) fn last_tick(&self) -> Option<u32> {
        self.frames.last().map(|frame| frame.tick)
    }

    /// Leaves out what the next file has again, which begins with a keyframe of a tick that this one went beyond.
    pub(crate) fn leave_out_repeated(&mut self, next: &Self) {
        let (repeats, keyframe) = (next.head.repeats as usize, next.frames.first());
        let Some(at) = self.frames.len().checked_sub(repeats).filter(|_| repeats > 0 && next.has_repeated()) else {
            return;
        };
        let (before, repeated) = self.frames.split_at(at);
        let is_there = before.last().map(|frame| frame.tick) == keyframe.map(|frame| frame.tick);
        if is_there && repeated.iter().all(|frame| frame.kind == FrameKind::Calls) {
            self.frames.truncate(at);
        }
    }
}

/// The frame that begins `at`, which is moved behind it, if it is whole.
pub(super) fn next_frame(bytes: &[u8], at: &mut usize, sum: &mut Sum) -> Option<LogFrame> {
    let head: &[u8; HEAD_BYTES] = bytes.get(*at..)?.first_chunk()?;
    let [l0, l1, l2, l3, kind, t0, t1, t2, t3] = *head;
    let payload = *at + HEAD_BYTES..(*at + HEAD_BYTES).checked_add(u32::from_le_bytes([l0, l1, l2, l3]) as usize)?;
    let stated: Sum = *bytes.get(payload.end..)?.first_chunk()?;
    if sum_of(sum, &bytes[*at..payload.end]) != stated {
        return None;
    }
    // One of a kind that is not known ends the reading, as one that is torn does.
    let kind = FrameKind::of(kind)?;
    (*at, *sum) = (payload.end + SUM_BYTES, stated);
    Some(LogFrame { kind, tick: u32::from_le_bytes([t0, t1, t2, t3]), payload })
}

#[cfg(test)]
impl Head {
    /// A head without a game.
    pub(crate) fn of_test() -> Self {
        Self {
            game: "g".into(),
            schema: "s".into(),
            build: "b".into(),
            tick_hz: 30,
            room: None,
            owner: None,
            repeats: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::owner::LogEpoch;
    use super::*;

    fn segment() -> Vec<u8> {
        let head = Head::of_test();
        let (mut bytes, mut sum) = Default::default();
        write_head(&head, 0, &mut sum, &mut bytes);
        write_frame(FrameKind::Keyframe, 7, b"room", &mut sum, &mut bytes);
        write_frame(FrameKind::Calls, 8, b"calls", &mut sum, &mut bytes);
        bytes
    }

    /// Frames of each kind, with their checksums, each of which covers the one before.
    const PINNED: [&[u8]; 4] = [
        b"\x32\0\0\0\x01\0\0\0\0{\"game\":\"g\",\"schema\":\"s\",\"build\":\"b\",\"tick_hz\":30}\
          \xd8\x1e\x3b\xd4\x6b\xe1\x5c\x7c",
        b"\x04\0\0\0\x02\x07\0\0\0room\xb7\x78\x56\x02\xb9\x72\x82\xef",
        b"\x05\0\0\0\x03\x08\0\0\0calls\xcc\x37\x82\x1d\x61\xb4\x12\x5e",
        b"\0\0\0\0\x04\x08\0\0\0\xf8\xfb\x52\x10\xa5\x31\xa7\xfb",
    ];

    #[test]
    fn a_segment_is_these_bytes() {
        let (mut bytes, mut sum) = (segment(), Sum::default());
        let read = LogSegment::read(bytes.clone()).unwrap();
        sum.copy_from_slice(&read.sum);
        write_frame(FrameKind::End, 8, b"", &mut sum, &mut bytes);
        let (magic, mut rest) = bytes.split_at(8);
        assert_eq!(magic, b"ausplog2", "whatever is pinned here is another with another form: raise the number");
        for pinned in PINNED {
            let (frame, after) = rest.split_at(pinned.len());
            assert_eq!(frame.escape_ascii().to_string(), pinned.escape_ascii().to_string());
            rest = after;
        }
        assert_eq!(rest, b"");
        let read = LogSegment::read(bytes).unwrap();
        assert_eq!((read.frames.len(), read.frames[2].kind, read.torn), (3, FrameKind::End, 0));
    }

    #[test]
    fn a_head_of_one_of_many_rooms_and_of_many_nodes_is_this_text() {
        let room = RoomAbout { number: 3, is_private: true, options: [("mode".into(), "duel".into())].into() };
        let owner = LogOwner { epoch: LogEpoch { life: 1, revision: 2 }, node: 7 };
        let (mut bytes, mut sum) = Default::default();
        write_head(&Head { room: Some(room), owner: Some(owner), ..Head::of_test() }, 0, &mut sum, &mut bytes);
        let text = concat!(
            r#"{"game":"g","schema":"s","build":"b","tick_hz":30,"#,
            r#""room":{"number":3,"is_private":true,"options":{"mode":"duel"}},"#,
            r#""owner":{"epoch":{"life":1,"revision":2},"node":7}}"#
        );
        assert_eq!(String::from_utf8_lossy(&bytes[17..bytes.len() - 8]), text);
    }

    #[test]
    fn a_frame_of_a_kind_that_is_not_known_is_left_out_and_told() {
        let mut bytes = segment();
        let (end, last) = (bytes.len(), 9 + 5 + 8);
        let before: Sum = *bytes[end - last - 8..].first_chunk().unwrap();
        bytes[end - last + 4] = 99;
        let stated = sum_of(&before, &bytes[end - last..end - 8]);
        bytes[end - 8..].copy_from_slice(&stated);
        let read = LogSegment::read(bytes).unwrap();
        assert_eq!((read.frames.len(), read.torn), (1, last));
    }

    #[test]
    fn what_is_whole_before_a_cut_or_a_wrong_bit_is_read_and_no_more() {
        let whole = segment();
        let all = LogSegment::read(whole.clone()).unwrap();
        assert_eq!((all.frames.len(), all.torn, all.frames[1].tick), (2, 0, 8));
        assert_eq!(all.payload(&all.frames[0]), b"room");
        let ends: Vec<usize> = [75, 96, 118].to_vec();
        let whole_before = |at: usize| ends.iter().filter(|&&end| end <= at).count();
        for length in 0..whole.len() {
            let read = LogSegment::read(whole[..length].to_vec()).map_or(0, |segment| 1 + segment.frames.len());
            assert_eq!(read, whole_before(length), "{length} bytes");
        }
        for bit in 0..8 * whole.len() {
            let mut wrong = whole.clone();
            wrong[bit / 8] ^= 1 << (bit % 8);
            let read = LogSegment::read(wrong).map_or(0, |segment| 1 + segment.frames.len());
            assert_eq!(read, if bit < 64 { 0 } else { whole_before(bit / 8) }, "bit {bit}");
        }
    }
}
