//! [`schema_hash`]: by which two programs see that they have the same field tables.

use core::fmt;

use super::replicate::Replicate;

/// A number for all that both ends must agree on about `T`: names, quantities, tolerances, codes. FNV-1a, 64 bits.
#[must_use]
pub fn schema_hash<T: Replicate>(seed: u64) -> u64 {
    let mut hash = Fnv(seed ^ 0xcbf2_9ce4_8422_2325);
    for kind in T::KINDS {
        // The table's debug form names every part of it and changes with each.
        let _ = fmt::Write::write_fmt(&mut hash, format_args!("{kind:?}"));
    }
    hash.0
}

/// FNV-1a over whatever is formatted into it.
struct Fnv(u64);

impl fmt::Write for Fnv {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Ok(())
    }
}
