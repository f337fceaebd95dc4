//! [`BitWriter`]: appends bits to a buffer that is kept from message to message.

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Appends bits to a byte buffer. Cleared and filled again without allocating.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct BitWriter {
    bytes: Vec<u8>,
    /// Bits not yet in `bytes`, lowest first. Fewer than 32 between calls.
    pending: u64,
    pending_bits: u32,
}

impl BitWriter {
    /// An empty writer.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: Vec::new(), pending: 0, pending_bits: 0 }
    }

    /// Forgets what was written and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.pending = 0;
        self.pending_bits = 0;
    }

    /// Bits written so far.
    #[must_use]
    pub fn bits(&self) -> usize {
        self.bytes.len() * 8 + self.pending_bits as usize
    }

    /// Appends the lowest `bits` bits of `value`; `bits` is at most 32 and `value` fits into them.
    pub fn write(&mut self, value: u32, bits: u32) {
        debug_assert!(bits <= 32 && (bits == 32 || value >> bits == 0), "{value} should fit into {bits} bits");
        self.pending |= u64::from(value) << self.pending_bits;
        self.pending_bits += bits;
        if self.pending_bits >= 32 {
            self.bytes.extend_from_slice(&(self.pending as u32).to_le_bytes());
            self.pending >>= 32;
            self.pending_bits -= 32;
        }
    }

    /// Appends one bit.
    pub fn write_bit(&mut self, bit: bool) {
        self.write(u32::from(bit), 1);
    }

    /// Appends whole bytes, wherever in a byte the writer stands.
    pub fn write_bytes(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write(u32::from(byte), 8);
        }
    }

    /// Appends `bits` bits of `source`, from bit `start` on. This is how news that was encoded once joins each message.
    pub fn append(&mut self, source: &[u8], start: usize, bits: usize) {
        debug_assert!(start + bits <= source.len() * 8, "the bits to append should lie inside the source");
        let (mut position, end) = (start, start + bits);
        while position < end {
            let take = (end - position).min(32);
            self.write(peek(source, position, take as u32), take as u32);
            position += take;
        }
    }

    /// Pads the last byte with zeros.
    pub fn align(&mut self) {
        let bytes = self.bytes.len() + self.pending_bits.div_ceil(8) as usize;
        self.bytes.extend_from_slice(&(self.pending as u32).to_le_bytes());
        self.bytes.truncate(bytes);
        self.pending = 0;
        self.pending_bits = 0;
    }

    /// Pads the last byte and hands out the message.
    pub fn finish(&mut self) -> &[u8] {
        self.align();
        &self.bytes
    }

    /// The bytes written so far; only after [`align`](Self::align) are they all of them.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// `bits` (at most 32) bits of `source` from bit `position` on; zeros past its end.
#[inline]
pub(super) fn peek(source: &[u8], position: usize, bits: u32) -> u32 {
    let ahead = source.get(position / 8..).unwrap_or_default();
    let window = match ahead.first_chunk() {
        Some(whole) => u64::from_le_bytes(*whole),
        // Most messages of clients are a byte or two.
        None => match *ahead {
            [] => 0,
            [one] => u64::from(one),
            [one, two] => u64::from(u16::from_le_bytes([one, two])),
            _ => ahead.iter().rev().fold(0, |window, &byte| window << 8 | u64::from(byte)),
        },
    };
    (window >> (position % 8) & ((1 << bits) - 1)) as u32
}
