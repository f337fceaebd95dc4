//! Codes for a column of differences: one of some prefix codes, whichever is shortest on a sample.

use auspice::bits::{BitReader, BitWriter, Malformed, unzigzag, zigzag};

use crate::huffman::Huffman;

/// A way to write a column of differences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrefixCode {
    /// Each as an exponential Golomb word of this order.
    Exponential(u32),
    /// Each as a Rice word of this parameter.
    Rice(u32),
    /// Each as a word of a table made from the sample.
    Huffman(Huffman),
    /// Only those that are not 0: the gaps between them as Rice words, then the difference as an exponential one.
    Sparse {
        /// Parameter of the gaps.
        gap: u32,
        /// Order of the differences.
        order: u32,
    },
}

/// Largest order and parameter that are tried.
const ORDER_MAX: u32 = 10;

impl PrefixCode {
    /// All that are tried.
    fn all(sample: &[Vec<i32>]) -> impl Iterator<Item = Self> + use<> {
        let dense = (0..=ORDER_MAX).flat_map(|k| [Self::Exponential(k), Self::Rice(k)]);
        let fitted = Self::Huffman(Huffman::fitted(sample.iter().flatten().copied()));
        dense
            .chain([fitted])
            .chain((0..=6).flat_map(|gap| (0..=ORDER_MAX).map(move |order| Self::Sparse { gap, order })))
    }

    /// The one that takes the fewest bits for `sample`: a column of each of some messages.
    #[must_use]
    pub fn best(sample: &[Vec<i32>]) -> Self {
        let mut out = BitWriter::new();
        let mut bits = |code: &Self| {
            out.clear();
            sample.iter().for_each(|column| code.write(column, &mut out));
            out.bits()
        };
        Self::all(sample).min_by_key(|code| bits(code)).unwrap_or(Self::Exponential(0))
    }

    /// Writes a column.
    pub fn write(&self, column: &[i32], out: &mut BitWriter) {
        match *self {
            Self::Exponential(order) => column.iter().for_each(|&difference| out.write_signed(difference, order)),
            Self::Rice(parameter) => {
                column.iter().for_each(|&difference| out.write_rice(zigzag(difference), parameter));
            }
            Self::Huffman(ref words) => column.iter().for_each(|&difference| words.write(difference, out)),
            Self::Sparse { gap, order } => {
                let changed = || column.iter().enumerate().filter(|(_, difference)| **difference != 0);
                out.write_exp(changed().count() as u32, 0);
                let mut next = 0;
                for (index, &difference) in changed() {
                    out.write_rice((index - next) as u32, gap);
                    out.write_exp(zigzag(difference) - 1, order);
                    next = index + 1;
                }
            }
        }
    }

    /// Reads a column of `count` differences.
    ///
    /// # Errors
    /// [`Malformed`] where it is none.
    pub fn read(&self, count: usize, reader: &mut BitReader<'_>) -> Result<Vec<i32>, Malformed> {
        match *self {
            Self::Exponential(order) => (0..count).map(|_| reader.read_signed(order)).collect(),
            Self::Rice(parameter) => (0..count).map(|_| Ok(unzigzag(reader.read_rice(parameter)?))).collect(),
            Self::Huffman(ref words) => (0..count).map(|_| words.read(reader)).collect(),
            Self::Sparse { gap, order } => {
                let (mut column, mut next) = (vec![0; count], 0);
                for _ in 0..reader.read_exp(0)? {
                    let index = next + reader.read_rice(gap)? as usize;
                    let difference = unzigzag(reader.read_exp(order)?.wrapping_add(1));
                    *column.get_mut(index).ok_or(Malformed::OutOfRange("a gap"))? = difference;
                    next = index + 1;
                }
                Ok(column)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back_what_it_wrote() {
        for column in [vec![], vec![0; 9], vec![0, 3, 0, 0, -70_000, 1, 0, -1]] {
            for code in PrefixCode::all(core::slice::from_ref(&column)) {
                let mut out = BitWriter::new();
                code.write(&column, &mut out);
                let bytes = out.finish().to_vec();
                assert_eq!(code.read(column.len(), &mut BitReader::new(&bytes)), Ok(column.clone()), "{code:?}");
            }
        }
    }

    #[test]
    fn the_best_code_suits_its_sample() {
        let mut rare = vec![0; 60];
        rare[17] = 5;
        assert!(matches!(PrefixCode::best(&[rare]), PrefixCode::Sparse { .. }));
        let wide: Vec<i32> = (0..4000).map(|at| at * 37 % 4001 - 2000).collect();
        assert!(matches!(PrefixCode::best(&[wide]), PrefixCode::Exponential(8..) | PrefixCode::Rice(8..)));
    }
}
