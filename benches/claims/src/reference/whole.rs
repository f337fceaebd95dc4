//! Schemes that state everything in view each time.

use auspice::bits::{BitReader, BitWriter, Malformed};

use super::Snapshot;
use super::grid::{FloatBody, read_row, write_row};

/// Parameter of the code for the gaps between slots: some 31 of 1000 are in view.
const GAP_PARAMETER: u32 = 4;

/// Slots and floats through bincode, as is.
///
/// # Panics
/// Never: everything in memory can be encoded.
#[must_use]
pub fn encode_floats(seen: &[(u32, FloatBody)]) -> Vec<u8> {
    bincode::serde::encode_to_vec(seen, bincode::config::standard()).expect("numbers should be encodable")
}

/// Reads what [`encode_floats`] wrote, onto the grid; `None` if it is not that.
#[must_use]
pub fn decode_floats(bytes: &[u8]) -> Option<Snapshot> {
    let (seen, _): (Vec<(u32, FloatBody)>, _) =
        bincode::serde::decode_from_slice(bytes, bincode::config::standard()).ok()?;
    Some(seen.iter().map(|(slot, body)| (*slot, body.row())).collect())
}

/// Rows on the grid, in no more bits than they need, and gaps between slots.
#[must_use]
pub fn encode_packed(seen: &Snapshot) -> Vec<u8> {
    let (mut out, mut next) = (BitWriter::new(), 0);
    out.write_exp(seen.len() as u32, GAP_PARAMETER);
    for (slot, row) in seen {
        out.write_rice(slot - next, GAP_PARAMETER);
        next = slot + 1;
        write_row(row, &mut out);
    }
    out.finish().to_vec()
}

/// Reads what [`encode_packed`] wrote.
///
/// # Errors
/// [`Malformed`] where it is not that.
pub fn decode_packed(bytes: &[u8]) -> Result<Snapshot, Malformed> {
    let (mut reader, mut next) = (BitReader::new(bytes), 0);
    let count = reader.read_exp(GAP_PARAMETER)?;
    let mut seen = Snapshot::new();
    for _ in 0..count {
        let slot = next + reader.read_rice(GAP_PARAMETER)?;
        next = slot + 1;
        seen.push((slot, read_row(&mut reader)?));
    }
    reader.finish()?;
    Ok(seen)
}
