//! [`BitReader`]: takes bits from a peer's bytes, and believes nothing.

use core::fmt;

use super::writer::peek;

/// Why bytes are not a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// The message ends before its content does.
    TooShort,
    /// The message goes on after its content, or its padding is not zero.
    TooLong,
    /// A value that its field cannot have; says which.
    OutOfRange(&'static str),
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort => write!(f, "the message ends too soon"),
            Self::TooLong => write!(f, "the message is longer than its content"),
            Self::OutOfRange(what) => write!(f, "{what} is out of range"),
        }
    }
}

impl core::error::Error for Malformed {}

/// Takes bits from bytes in the order in which a [`BitWriter`](super::BitWriter) wrote them.
#[derive(Clone, Debug)]
pub struct BitReader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> BitReader<'a> {
    /// Reads from the start of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// Bits read so far.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }

    /// Bits not yet read, the padding included.
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.bytes.len() * 8 - self.position
    }

    /// The next `bits` (at most 32) bits as a number.
    ///
    /// # Errors
    /// [`Malformed::TooShort`] where fewer are left.
    pub fn read(&mut self, bits: u32) -> Result<u32, Malformed> {
        debug_assert!(bits <= 32, "numbers should have at most 32 bits");
        if self.remaining() < bits as usize {
            return Err(Malformed::TooShort);
        }
        let value = peek(self.bytes, self.position, bits);
        self.position += bits as usize;
        Ok(value)
    }

    /// The next 32 bits, of which those past the end read as zeros.
    #[inline]
    pub(super) fn ahead(&self) -> u32 {
        peek(self.bytes, self.position, 32)
    }

    /// The number of ones among the next `max` bits (at most 33) before the first zero. Bits past the end
    /// read as zeros.
    pub(super) fn ones_ahead(&self, max: u32) -> u32 {
        let ones = self.ahead().trailing_ones();
        let next = if ones == 32 { peek(self.bytes, self.position + 32, 1) } else { 0 };
        (ones + next).min(max)
    }

    /// Passes over `bits` bits.
    pub(super) fn skip(&mut self, bits: u32) -> Result<(), Malformed> {
        if self.remaining() < bits as usize {
            return Err(Malformed::TooShort);
        }
        self.position += bits as usize;
        Ok(())
    }

    /// The next bit.
    ///
    /// # Errors
    /// [`Malformed::TooShort`] where none is left.
    #[inline]
    pub fn read_bit(&mut self) -> Result<bool, Malformed> {
        let byte = self.bytes.get(self.position / 8).ok_or(Malformed::TooShort)?;
        let bit = byte >> (self.position % 8) & 1 == 1;
        self.position += 1;
        Ok(bit)
    }

    /// Fills `out` with the next whole bytes.
    ///
    /// # Errors
    /// [`Malformed::TooShort`] where fewer are left; `out` is then half filled.
    pub fn read_bytes(&mut self, out: &mut [u8]) -> Result<(), Malformed> {
        for byte in out {
            *byte = self.read(8)? as u8;
        }
        Ok(())
    }

    /// Checks that nothing is left but the zeros of the last byte.
    ///
    /// # Errors
    /// [`Malformed::TooLong`] otherwise.
    pub fn finish(mut self) -> Result<(), Malformed> {
        let rest = self.remaining();
        if rest >= 8 || self.read(rest as u32)? != 0 {
            return Err(Malformed::TooLong);
        }
        Ok(())
    }
}
