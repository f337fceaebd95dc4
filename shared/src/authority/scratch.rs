//! [`Scratch`]: the memory that all clients' updates are made in.

use alloc::vec::Vec;

use super::nearby::Nearby;
use super::update_cause::CauseTally;
use crate::bits::BitWriter;
use crate::state::{BitTally, SlotSet};

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
    /// Seen by distance, and hidden by the game.
    pub(super) hidden: SlotSet,
    /// Not seen by distance, and shown by the game.
    pub(super) shown: SlotSet,
    /// Held, and not seen any more.
    pub(super) leaving: SlotSet,
    /// Slots of those that leave or stay against the rule.
    pub(super) exceptions: SlotSet,
    /// Slots of entities that are seen and not held, ascending.
    pub(super) unseen: Vec<u32>,
    /// Ranks among what is held, and slots.
    pub(super) ranks: Vec<(u32, u32)>,
    pub(super) entered: SlotSet,
    pub(super) candidates: Vec<Newcomer>,
    /// Every bit written, by what it was for.
    pub(crate) tally: BitTally,
    /// Every update, by what it was for.
    pub(super) causes: CauseTally,
}

impl Scratch {
    pub(crate) fn new(tally: BitTally) -> Self {
        Self {
            out: BitWriter::new(),
            entering: BitWriter::new(),
            nearby: Nearby::default(),
            hidden: SlotSet::new(),
            shown: SlotSet::new(),
            leaving: SlotSet::new(),
            exceptions: SlotSet::new(),
            unseen: Vec::new(),
            ranks: Vec::new(),
            entered: SlotSet::new(),
            candidates: Vec::new(),
            tally,
            causes: CauseTally::default(),
        }
    }
}
