//! [`WorldHash`]: the hash of the whole published world, of which only what changed is worked out anew.

use alloc::vec::Vec;

use crate::state::{Bitset, bits};

/// The sum of all entities' hashes, as of when it was asked for last.
#[derive(Clone, Debug, Default)]
pub(super) struct WorldHash {
    sum: u32,
    /// Each slot's share of the sum.
    shares: Vec<u32>,
    /// Slots whose share is not what it was, beside those that move.
    stale: Bitset,
}

impl WorldHash {
    /// The entity in `slot` does not move any more, or is gone.
    pub(super) fn mark(&mut self, slot: u32) {
        self.stale.insert(slot);
    }

    /// The hash, where these slots' entities move, and `share` is each slot's share of it now.
    pub(super) fn refresh(&mut self, moving: &Bitset, share: impl Fn(u32) -> u32) -> u32 {
        let words = self.stale.words().len().max(moving.words().len());
        self.shares.resize(self.shares.len().max(64 * words), 0);
        for index in 0..words {
            for bit in bits(self.stale.take_word(index) | moving.word(index)) {
                let slot = index * 64 + bit as usize;
                let share = share(slot as u32);
                self.sum = self.sum.wrapping_sub(core::mem::replace(&mut self.shares[slot], share)).wrapping_add(share);
            }
        }
        self.sum
    }
}
