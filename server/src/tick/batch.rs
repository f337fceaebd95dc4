//! Batches between the tick thread and a shard: one each way per tick, its buffers used again and again.

use std::borrow::Cow;
use std::ops::Range;
use std::time::Instant;

use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::ending::Ending;
use crate::net::{Came, Socket};

/// A socket's index in its shard. The tick thread gives it out, and takes it back when the shard says that
/// the socket is gone.
pub(crate) type SocketIndex = u32;

/// A batch, which crosses over both ways at once.
pub(crate) struct Batch {
    /// Work for the shard.
    pub(crate) writes: Writes,
    /// Finds of the shard.
    pub(crate) reads: Reads,
}

/// A shard's work for the tick that was just made, in this order: arrivals, frames, closes.
pub(crate) struct Writes {
    /// Sockets that the shard owns from now on.
    pub(crate) arrivals: Vec<(SocketIndex, Socket)>,
    /// Whole WebSocket frames, back to back, and which bytes are for whom.
    bytes: Vec<u8>,
    frames: Vec<(SocketIndex, Range<usize>)>,
    /// Close codes and their sentences.
    pub(crate) closes: Vec<(SocketIndex, u16, Cow<'static, str>)>,
    /// The time at which to read next: the deadline of the next tick.
    pub(crate) read_at: Instant,
    /// The server is stopping: keep the time above, whatever the stop flag says.
    pub(crate) draining: bool,
}

/// A shard's finds when it read its sockets.
pub(crate) struct Reads {
    bytes: Vec<u8>,
    pub(crate) finds: Vec<(SocketIndex, Found)>,
    /// Number of sockets that were read.
    pub(crate) sockets: usize,
    /// Raw bytes that came off the network.
    pub(crate) wire_bytes: usize,
    /// The time at which the last write before the reading ended.
    pub(crate) written: Instant,
    /// The time at which the reading began.
    pub(crate) began: Instant,
}

/// A find of a shard.
#[derive(Debug)]
pub(crate) enum Found {
    /// A message; its bytes are [`Reads::message`].
    Message(Range<usize>),
    /// A line of its player; its text is [`Reads::line`].
    Line(Range<usize>),
    /// A line more than may be said.
    TooFast,
    /// Bytes written to it before have not left yet: write nothing in this tick.
    Busy,
    /// The client is no more, for this reason. Its socket may linger to say goodbye.
    Ended(Ending),
    /// The socket is dropped, its place free.
    Gone,
}

impl Batch {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            writes: Writes {
                arrivals: Vec::new(),
                bytes: Vec::new(),
                frames: Vec::new(),
                closes: Vec::new(),
                read_at: now,
                draining: false,
            },
            reads: Reads { bytes: Vec::new(), finds: Vec::new(), sockets: 0, wire_bytes: 0, written: now, began: now },
        }
    }
}

impl Writes {
    /// Adds a binary message, as a frame. The frames of one place that follow each other are written with a
    /// single call.
    pub(crate) fn push_message(&mut self, place: SocketIndex, payload: &[u8]) {
        self.push_frame(place, &BINARY, payload);
    }

    /// Adds a text message likewise.
    pub(crate) fn push_text(&mut self, place: SocketIndex, text: &str) {
        self.push_frame(place, &TEXT, text.as_bytes());
    }

    fn push_frame(&mut self, place: SocketIndex, head: &FrameHeader, payload: &[u8]) {
        let start = self.bytes.len();
        head.format(payload.len() as u64, &mut self.bytes).expect("a vector should take any write");
        self.bytes.extend_from_slice(payload);
        let end = self.bytes.len();
        match self.frames.last_mut() {
            Some((last, range)) if *last == place => range.end = end,
            _ => self.frames.push((place, start..end)),
        }
    }

    pub(crate) fn frames(&self) -> impl Iterator<Item = (SocketIndex, &[u8])> {
        self.frames.iter().map(|(place, range)| (*place, &self.bytes[range.clone()]))
    }

    /// Bytes of all frames.
    pub(crate) const fn wire_bytes(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn clear_frames(&mut self) {
        self.bytes.clear();
        self.frames.clear();
    }
}

impl Reads {
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.finds.clear();
        (self.sockets, self.wire_bytes) = (0, 0);
    }

    /// Adds what came of a client.
    pub(crate) fn push(&mut self, place: SocketIndex, came: Came<'_>) {
        let start = self.bytes.len();
        let found = match came {
            Came::Message(bytes) => {
                self.bytes.extend_from_slice(bytes);
                Found::Message(start..self.bytes.len())
            }
            Came::Line(text) => {
                self.bytes.extend_from_slice(text.as_bytes());
                Found::Line(start..self.bytes.len())
            }
            Came::TooFast => Found::TooFast,
        };
        self.finds.push((place, found));
    }

    /// Bytes of all messages.
    pub(crate) const fn payload_bytes(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn message(&self, range: &Range<usize>) -> &[u8] {
        &self.bytes[range.clone()]
    }

    pub(crate) fn line(&self, range: &Range<usize>) -> &str {
        std::str::from_utf8(&self.bytes[range.clone()]).expect("a line should be text, as it came")
    }
}

/// The head of an update: whole, binary, unmasked as all that a server sends.
const BINARY: FrameHeader = whole(Data::Binary);

/// The head of a line.
const TEXT: FrameHeader = whole(Data::Text);

const fn whole(data: Data) -> FrameHeader {
    FrameHeader { is_final: true, rsv1: false, rsv2: false, rsv3: false, opcode: OpCode::Data(data), mask: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_become_frames_of_all_three_header_sizes() {
        let mut writes = Batch::new(Instant::now()).writes;
        for (place, length) in (0..).zip([5, 125, 126, 65_535, 65_536]) {
            writes.push_message(place, &vec![7; length]);
        }
        let heads: Vec<Vec<u8>> = writes.frames().map(|(_, frame)| frame[..frame.len().min(4)].to_vec()).collect();
        assert_eq!(
            heads,
            [[0x82, 5, 7, 7], [0x82, 125, 7, 7], [0x82, 126, 0, 126], [0x82, 126, 255, 255], [0x82, 127, 0, 0]]
        );
        let lengths: Vec<usize> = writes.frames().map(|(_, frame)| frame.len()).collect();
        assert_eq!(lengths, [7, 127, 130, 65_539, 65_546]);
    }

    #[test]
    fn messages_for_one_place_leave_together() {
        let mut writes = Batch::new(Instant::now()).writes;
        for (place, payload) in [(3, 1), (3, 2), (4, 3), (3, 4)] {
            writes.push_message(place, &[payload]);
        }
        let frames: Vec<(SocketIndex, &[u8])> = writes.frames().collect();
        assert_eq!(frames, [(3, &[0x82, 1, 1, 0x82, 1, 2][..]), (4, &[0x82, 1, 3]), (3, &[0x82, 1, 4])]);
    }
}
