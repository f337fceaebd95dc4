//! [`Scratch`]: the memory that all clients' updates are made in.

use alloc::vec::Vec;

use super::grid::Nearby;
use crate::bits::BitWriter;
use crate::state::{BitTally, Bitset};

/// An entity that might enter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Newcomer {
    pub(super) slot: u32,
    pub(super) bits: usize,
    pub(super) urgency: f32,
}

/// Memory that updates are made in, one after the other.
#[derive(Debug)]
pub(crate) struct Scratch {
    pub(crate) out: BitWriter,
    pub(super) entering: BitWriter,
    pub(super) nearby: Nearby,
    pub(super) seen: Bitset,
    pub(super) exceptions: Bitset,
    /// Ranks among what is held, and slots.
    pub(super) ranks: Vec<(u32, u32)>,
    pub(super) entered: Bitset,
    pub(super) candidates: Vec<Newcomer>,
    /// Every bit written, by what it was for.
    pub(crate) tally: BitTally,
}

impl Scratch {
    pub(crate) fn new(tally: BitTally) -> Self {
        Self {
            out: BitWriter::new(),
            entering: BitWriter::new(),
            nearby: Nearby::default(),
            seen: Bitset::default(),
            exceptions: Bitset::default(),
            ranks: Vec::new(),
            entered: Bitset::default(),
            candidates: Vec::new(),
            tally,
        }
    }
}
