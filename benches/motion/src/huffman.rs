//! [`Huffman`]: a static prefix code for differences, made from how often each occurs in a sample.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use auspice::bits::{BitReader, BitWriter, Malformed, unzigzag, zigzag};

/// Differences with a word of their own, folded by `zigzag`; the last word announces all others.
const WORDS: usize = 96;
const OTHERS: usize = WORDS - 1;
/// Order of the code for those.
const OTHERS_ORDER: u32 = 6;

/// See the module. Both ends have the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Huffman {
    /// Word and bits of each difference; the first bit of a word is its lowest.
    words: Vec<(u32, u32)>,
}

impl Huffman {
    /// The code that is shortest for `sample`.
    #[must_use]
    pub fn fitted(sample: impl Iterator<Item = i32>) -> Self {
        // Every word can be written, whether the sample has it or not.
        let mut counts = [1_u64; WORDS];
        sample.for_each(|difference| counts[index(difference)] += 1);
        let lengths = lengths(&counts);
        let mut order: Vec<usize> = (0..WORDS).collect();
        order.sort_by_key(|&at| lengths[at]);
        let (mut words, mut next, mut bits) = (vec![(0, 0); WORDS], 0_u32, 0);
        for at in order {
            next <<= lengths[at] - bits;
            bits = lengths[at];
            words[at] = (next.reverse_bits() >> (32 - bits), bits);
            next += 1;
        }
        Self { words }
    }

    /// Writes one difference.
    pub fn write(&self, difference: i32, out: &mut BitWriter) {
        let at = index(difference);
        let (word, bits) = self.words[at];
        out.write(word, bits);
        if at == OTHERS {
            out.write_exp(zigzag(difference) - OTHERS as u32, OTHERS_ORDER);
        }
    }

    /// Reads one difference.
    ///
    /// # Errors
    /// [`Malformed`] where there is none.
    pub fn read(&self, reader: &mut BitReader<'_>) -> Result<i32, Malformed> {
        let (mut word, mut bits) = (0, 0);
        let at = loop {
            word |= reader.read(1)? << bits;
            bits += 1;
            if let Some(at) = self.words.iter().position(|known| *known == (word, bits)) {
                break at;
            }
        };
        let beyond = if at == OTHERS { reader.read_exp(OTHERS_ORDER)? } else { 0 };
        Ok(unzigzag(at as u32 + beyond))
    }
}

fn index(difference: i32) -> usize {
    (zigzag(difference) as usize).min(OTHERS)
}

/// Bits of each word: join the two rarest until one is left, and count how often each was joined.
fn lengths(counts: &[u64; WORDS]) -> [u32; WORDS] {
    let mut heap: BinaryHeap<_> = counts.iter().enumerate().map(|(at, count)| Reverse((*count, vec![at]))).collect();
    let mut lengths = [0; WORDS];
    while let (Some(Reverse((one, mut joined))), Some(Reverse((other, more)))) = (heap.pop(), heap.pop()) {
        joined.extend(more);
        joined.iter().for_each(|&at| lengths[at] += 1);
        heap.push(Reverse((one + other, joined)));
    }
    lengths
}
