//! A watch on fragments, which tungstenite does not tell of. It watches the bytes go by and knows where
//! frames begin.

/// Bytes of a frame's head that must be seen to know its length: two, and up to eight of length. The mask
/// goes with the payload.
const HEAD_BYTES_MAX: usize = 10;

/// Follows a peer's frames, as far as their heads are sound. Where they are not, tungstenite ends the connection.
#[derive(Debug, Default)]
pub(crate) struct FrameWatch {
    head: [u8; HEAD_BYTES_MAX],
    have: usize,
    /// Bytes left of the frame's mask and payload.
    left: u64,
    is_fragmented: bool,
}

impl FrameWatch {
    /// The next bytes of the stream.
    pub(crate) fn see(&mut self, mut bytes: &[u8]) {
        while let Some((&first, rest)) = bytes.split_first() {
            if self.left > 0 {
                let skipped = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
                self.left -= skipped as u64;
                bytes = &bytes[skipped..];
                continue;
            }
            self.head[self.have] = first;
            self.have += 1;
            bytes = rest;
            if self.have == self.wanted() {
                self.end_head();
            }
        }
    }

    /// Whether the beginning of a fragmented message has gone by.
    pub(crate) const fn is_fragmented(&self) -> bool {
        self.is_fragmented
    }

    const fn wanted(&self) -> usize {
        match (self.have, self.head[1] & 0x7f) {
            (0 | 1, _) => 2,
            (_, 126) => 4,
            (_, 127) => 10,
            _ => 2,
        }
    }

    fn end_head(&mut self) {
        let length = self.head[2..self.have].iter().fold(0, |length: u64, &byte| length << 8 | u64::from(byte));
        let length = if self.have == 2 { u64::from(self.head[1] & 0x7f) } else { length };
        let mask = if self.head[1] & 0x80 == 0 { 0 } else { 4 };
        self.left = length.saturating_add(mask);
        // Text or binary, and not the message's end.
        self.is_fragmented |= matches!(self.head[0] & 0x8f, 0x01 | 0x02);
        self.have = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A masked frame of `length` bytes, full of bytes that look like heads of fragments.
    fn frame(first: u8, length: usize) -> Vec<u8> {
        let mut frame = vec![first];
        match length {
            0..126 => frame.push(0x80 | length as u8),
            126..65_536 => {
                frame.push(0xfe);
                frame.extend((length as u16).to_be_bytes());
            }
            _ => {
                frame.push(0xff);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        frame.extend(std::iter::repeat_n(0x02, 4 + length));
        frame
    }

    #[test]
    fn whole_messages_of_all_sizes_are_not_fragments_however_they_are_cut() {
        let stream: Vec<u8> = [0, 1, 125, 126, 127, 4096, 65_535, 65_536, 70_000, 3]
            .iter()
            .flat_map(|&length| frame(0x82, length))
            .collect();
        for size in [1, 2, 3, 7, 100, 4096, 1 << 20] {
            let mut watch = FrameWatch::default();
            stream.chunks(size).for_each(|chunk| watch.see(chunk));
            assert!(!watch.is_fragmented(), "in pieces of {size}");
            watch.see(&frame(0x02, 5));
            assert!(watch.is_fragmented(), "in pieces of {size}");
        }
    }

    #[test]
    fn control_frames_and_stray_continuations_are_no_fragments() {
        let mut watch = FrameWatch::default();
        for first in [0x88, 0x89, 0x8a, 0x80, 0x00, 0x09] {
            watch.see(&frame(first, 2));
        }
        assert!(!watch.is_fragmented());
        watch.see(&frame(0x01, 0));
        assert!(watch.is_fragmented());
    }

    #[test]
    fn a_length_beyond_all_bounds_is_only_a_number() {
        let mut watch = FrameWatch::default();
        watch.see(&[0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
        watch.see(&[0x02; 100]);
        assert!(!watch.is_fragmented());
    }
}
