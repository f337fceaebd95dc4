//! Blocks: commands, events and reports, each whole bytes behind its length, within a message of bits.

use alloc::vec::Vec;

use crate::bits::{BitReader, BitWriter};
use crate::error::PeerFault;
use crate::limits::CONTROL_BYTES_MAX;

/// Order of the code for a block's length.
const LENGTH_ORDER: u32 = 5;

/// Writes a count, then each block as its length and its bytes.
pub(crate) fn write_blocks<B: AsRef<[u8]>>(blocks: impl ExactSizeIterator<Item = B>, out: &mut BitWriter) {
    out.write_exp(blocks.len() as u32, 0);
    for block in blocks {
        let block = block.as_ref();
        out.write_exp(block.len() as u32, LENGTH_ORDER);
        out.write_bytes(block);
    }
}

/// Reads one block: a length and as many bytes. How many there are was read before.
pub(crate) fn read_block(reader: &mut BitReader<'_>) -> Result<Vec<u8>, PeerFault> {
    let length = reader.read_exp(LENGTH_ORDER)? as usize;
    if length > CONTROL_BYTES_MAX {
        return Err(PeerFault::TooLarge { bytes: length, limit: CONTROL_BYTES_MAX });
    }
    let mut bytes = alloc::vec![0; length];
    reader.read_bytes(&mut bytes)?;
    Ok(bytes)
}
