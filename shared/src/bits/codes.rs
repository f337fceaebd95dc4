//! Prefix codes: each code word is whole bits and says itself where it ends, so words written once can be joined.

use super::{BitReader, BitWriter, Malformed};

/// Longest run of ones in front of an exponential code word: values have 32 bits.
const EXP_PREFIX_MAX: u32 = 32;

/// Quotient at which a Rice word falls back to an exponential one, so that no value costs more than about 80 bits.
const RICE_QUOTIENT_MAX: u32 = 16;

/// Bits that hold every number in `0..=max`.
#[must_use]
pub const fn width(max: u32) -> u32 {
    32 - max.leading_zeros()
}

/// Folds signed numbers into unsigned ones, small ones first: 0, -1, 1, -2, ...
#[must_use]
pub const fn zigzag(value: i32) -> u32 {
    ((value << 1) ^ (value >> 31)) as u32
}

/// Undoes [`zigzag`].
#[must_use]
pub const fn unzigzag(value: u32) -> i32 {
    (value >> 1) as i32 ^ -((value & 1) as i32)
}

/// The Rice parameter for gaps between `count` marks among `total` places: the mean gap, rounded down to a power of
/// two. Both ends compute it from what both hold.
#[must_use]
pub(crate) const fn rice_parameter(total: u32, count: u32) -> u32 {
    let mean = total / (count + 1);
    if mean == 0 { 0 } else { mean.ilog2() }
}

/// Bits of the exponential Golomb word of order `k` (below 32) for `value`.
#[must_use]
pub(crate) const fn exp_bits(value: u32, k: u32) -> u32 {
    2 * (value as u64 + (1 << k)).ilog2() - k + 1
}

impl BitWriter {
    /// `value` as an exponential Golomb word of order `k` (below 32): `k + 1` bits up to `2^k - 1`, two more
    /// for each doubling.
    pub fn write_exp(&mut self, value: u32, k: u32) {
        let raised = u64::from(value) + (1 << k);
        let low_bits = raised.ilog2();
        let ones = low_bits - k;
        self.write_ones(ones);
        let low = raised - (1 << low_bits);
        self.write((low & 0xffff) as u32, low_bits.min(16));
        if low_bits > 16 {
            self.write((low >> 16) as u32, low_bits - 16);
        }
    }

    /// A signed `value` as the exponential word of its [`zigzag`].
    pub fn write_signed(&mut self, value: i32, k: u32) {
        self.write_exp(zigzag(value), k);
    }

    /// `value` as a Rice word with parameter `k` (below 32): good for gaps whose mean is about `2^k`.
    pub fn write_rice(&mut self, value: u32, k: u32) {
        let quotient = value >> k;
        if quotient < RICE_QUOTIENT_MAX {
            self.write_ones(quotient);
            self.write(value & ((1 << k) - 1), k);
        } else {
            self.write((1 << RICE_QUOTIENT_MAX) - 1, RICE_QUOTIENT_MAX);
            self.write_exp(value - (RICE_QUOTIENT_MAX << k), k);
        }
    }

    /// `count` ones and a zero.
    fn write_ones(&mut self, count: u32) {
        debug_assert!(count <= EXP_PREFIX_MAX, "a prefix should be bounded");
        if count >= 31 {
            self.write(0xffff, 16);
            self.write((1 << (count - 16)) - 1, count - 15);
        } else {
            self.write((1 << count) - 1, count + 1);
        }
    }
}

impl BitReader<'_> {
    /// Reads what [`BitWriter::write_exp`] wrote.
    ///
    /// # Errors
    /// [`Malformed`] where the message ends inside the word, or the word means more than 32 bits.
    #[inline]
    pub fn read_exp(&mut self, k: u32) -> Result<u32, Malformed> {
        // Most words are short, and seen whole.
        let ahead = self.ahead();
        let ones = ahead.trailing_ones();
        let (low_bits, whole) = (k + ones, 2 * ones + k + 1);
        if whole <= 32 && self.skip(whole).is_ok() {
            let low = u64::from(ahead) >> (ones + 1) & ((1 << low_bits) - 1);
            return Ok(((1 << low_bits) + low - (1 << k)) as u32);
        }
        self.read_long_exp(k)
    }

    fn read_long_exp(&mut self, k: u32) -> Result<u32, Malformed> {
        let ones = self.read_ones(EXP_PREFIX_MAX - k + 1)?;
        if ones > EXP_PREFIX_MAX - k {
            return Err(Malformed::OutOfRange("a prefix"));
        }
        let low_bits = k + ones;
        let low = u64::from(self.read(low_bits.min(16))?);
        let high = if low_bits > 16 { u64::from(self.read(low_bits - 16)?) } else { 0 };
        let raised = (1_u64 << low_bits) + low + (high << 16);
        u32::try_from(raised - (1 << k)).map_err(|_| Malformed::OutOfRange("a number"))
    }

    /// Reads what [`BitWriter::write_signed`] wrote.
    ///
    /// # Errors
    /// As [`read_exp`](Self::read_exp).
    pub fn read_signed(&mut self, k: u32) -> Result<i32, Malformed> {
        Ok(unzigzag(self.read_exp(k)?))
    }

    /// Reads what [`BitWriter::write_rice`] wrote.
    ///
    /// # Errors
    /// As [`read_exp`](Self::read_exp).
    pub fn read_rice(&mut self, k: u32) -> Result<u32, Malformed> {
        let quotient = self.read_ones(RICE_QUOTIENT_MAX)?;
        if quotient < RICE_QUOTIENT_MAX {
            return Ok((quotient << k) | self.read(k)?);
        }
        self.read_exp(k)?.checked_add(RICE_QUOTIENT_MAX << k).ok_or(Malformed::OutOfRange("a gap"))
    }

    /// Counts ones up to a zero, which is read too; or `max` (at most 33) ones.
    fn read_ones(&mut self, max: u32) -> Result<u32, Malformed> {
        let ones = self.ones_ahead(max);
        let zero = u32::from(ones < max);
        self.skip(ones + zero)?;
        Ok(ones)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    /// Numbers around every power of two.
    fn edges() -> impl Iterator<Item = u32> {
        (0..32)
            .flat_map(|bit| [(1_u32 << bit).wrapping_sub(1), 1 << bit, (1 << bit) + 1])
            .chain([u32::MAX - 1, u32::MAX])
    }

    #[test]
    fn every_code_reads_back_what_it_wrote() {
        let mut writer = BitWriter::new();
        for k in 0..=24 {
            for value in edges() {
                writer.write_exp(value, k);
                writer.write_signed(value as i32, k);
                if value >> k < 1 << 16 {
                    writer.write_rice(value, k);
                }
            }
        }
        let bytes = writer.finish().to_vec();
        let mut reader = BitReader::new(&bytes);
        for k in 0..=24 {
            for value in edges() {
                assert_eq!(reader.read_exp(k), Ok(value), "exp, k = {k}");
                assert_eq!(reader.read_signed(k), Ok(value as i32), "signed, k = {k}");
                if value >> k < 1 << 16 {
                    assert_eq!(reader.read_rice(k), Ok(value), "rice, k = {k}");
                }
            }
        }
        reader.finish().expect("all bits should be used");
    }

    #[test]
    fn lengths_are_as_documented() {
        let length = |write: &dyn Fn(&mut BitWriter)| {
            let mut writer = BitWriter::new();
            write(&mut writer);
            writer.bits()
        };
        assert_eq!(length(&|w| w.write_exp(0, 0)), 1);
        assert_eq!(length(&|w| w.write_exp(7, 3)), 4);
        assert_eq!(length(&|w| w.write_exp(8, 3)), 6);
        assert_eq!(length(&|w| w.write_rice(5, 2)), 4);
    }

    #[test]
    fn zigzag_is_undone() {
        for value in [0, 1, -1, i32::MAX, i32::MIN, 77, -78] {
            assert_eq!(unzigzag(zigzag(value)), value);
        }
    }

    #[test]
    fn appended_bits_join_at_every_offset() {
        let source: Vec<u8> = (0..40).map(|i: u8| i.wrapping_mul(37) ^ 0x5a).collect();
        for start in 0..40 {
            for bits in [0, 1, 7, 8, 31, 32, 33, 100] {
                for lead in 0..33 {
                    let mut writer = BitWriter::new();
                    writer.write(0, lead);
                    writer.append(&source, start, bits);
                    let bytes = writer.finish().to_vec();
                    let mut reader = BitReader::new(&bytes);
                    reader.read(lead).expect("the lead was written");
                    for bit in start..start + bits {
                        let expected = source[bit / 8] >> (bit % 8) & 1 == 1;
                        assert_eq!(reader.read_bit(), Ok(expected), "bit {bit} of {start}+{bits} behind {lead}");
                    }
                }
            }
        }
    }

    #[test]
    fn padding_must_be_zero_and_short() {
        assert_eq!(BitReader::new(&[1]).finish(), Err(Malformed::TooLong));
        assert_eq!(BitReader::new(&[0]).finish(), Err(Malformed::TooLong));
        let mut reader = BitReader::new(&[1]);
        reader.read_bit().expect("a bit is there");
        assert_eq!(reader.finish(), Ok(()));
    }
}
