//! [`TickNews`]: what could not be foreseen at a tick, as bits that are written once.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::deadlines::Whereabouts;
use crate::bits::BitWriter;
use crate::state::{BitTally, Bitset, KindLayout, Novelty, Pace, Part, SlotSet, bits};
use crate::tick::Tick;

/// News of a tick: its bits, and where those of each slot lie.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct TickNews {
    pub(super) tick: Tick,
    /// Slots with news.
    #[serde(skip)]
    changed: Bitset,
    /// Slots whose tenant is gone, foreseen or not.
    pub(super) gone: SlotSet,
    /// Tenants that are gone unforeseen, where they were. Of the tick that was made last.
    #[serde(skip)]
    ends: Vec<Whereabouts>,
    /// Spans, one for each slot with news, ascending by slot once the tick is published.
    spans: Vec<Span>,
    /// Number of spans before each word of `changed` in which there is any.
    #[serde(skip)]
    spans_before: Vec<u32>,
    bits: BitWriter,
    /// Bits by part, those of one slot in a row.
    counts: Vec<(Part, u16)>,
}

/// Position of a slot's news among the bits, and of its counts. A label and all columns of a row take some
/// 3000 bits at most.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Span {
    slot: u32,
    start: u32,
    counts_from: u32,
    bits: u16,
    counts: u16,
}

impl TickNews {
    pub(super) fn begin(&mut self, tick: Tick, slots: usize) {
        self.tick = tick;
        for span in &self.spans {
            self.changed.remove(span.slot);
        }
        if 4 * slots < 64 * self.changed.words().len() {
            self.changed.forget_slots(0);
            self.spans_before = Vec::new();
        }
        self.gone.clear();
        self.ends.clear();
        self.spans.clear();
        self.bits.clear();
        self.counts.clear();
    }

    /// Writes the news of `slot`.
    pub(super) fn write_change(
        &mut self,
        layout: &KindLayout,
        slot: u32,
        news: &Novelty,
        label: Option<&[u8]>,
        pace: Pace,
    ) {
        let (start, counts_from) = (self.bits.bits(), self.counts.len());
        let counts = &mut self.counts;
        layout.write_change(news, label, pace, &mut self.bits, |part, bits| counts.push((part, bits as u16)));
        self.record(slot, start, counts_from);
    }

    /// Writes that the tenant of a slot is gone, which was there.
    pub(super) fn write_gone(&mut self, layout: &KindLayout, was: Whereabouts, pace: Pace) {
        let slot = was.slot;
        self.gone.insert(slot);
        self.ends.push(was);
        let (start, counts_from) = (self.bits.bits(), self.counts.len());
        layout.write_gone(pace, &mut self.bits);
        self.counts.push((layout.parts.gone_or_label(), (self.bits.bits() - start) as u16));
        self.record(slot, start, counts_from);
    }

    /// Records what was written since `start` bits and `counts_from` counts as the news of `slot`.
    fn record(&mut self, slot: u32, start: usize, counts_from: usize) {
        self.changed.insert(slot);
        self.spans.push(Span {
            slot,
            start: start as u32,
            counts_from: counts_from as u32,
            bits: (self.bits.bits() - start) as u16,
            counts: (self.counts.len() - counts_from) as u16,
        });
    }

    /// Makes spans findable by their slots; nothing is recorded after it.
    pub(super) fn end(&mut self) {
        self.bits.align();
        // Games mostly publish in the order of slots, and then there is nothing to sort.
        self.spans.sort_unstable_by_key(|span| span.slot);
        self.ends.sort_unstable_by_key(|end| end.slot);
        self.find_spans();
    }

    /// Whether what was loaded is such as a tick leaves: for slots below `slots`, ascending, within the bits and counts
    /// that there are, and of `parts` parts.
    pub(super) fn is_sound(&self, slots: u32, parts: usize) -> bool {
        let within = |span: &Span| {
            span.slot < slots
                && span.start as usize + usize::from(span.bits) <= self.bits.bits()
                && span.counts_from as usize + usize::from(span.counts) <= self.counts.len()
        };
        self.spans.iter().all(within)
            && self.spans.is_sorted_by(|one, next| one.slot < next.slot)
            && self.gone.slots().all(|slot| slot < slots)
            && self.counts.iter().all(|(part, _)| usize::from(part.0) < parts)
    }

    /// Makes spans that were loaded findable.
    pub(super) fn loaded(mut self) -> Self {
        self.spans.iter().for_each(|span| self.changed.insert(span.slot));
        self.find_spans();
        self
    }

    fn find_spans(&mut self) {
        self.spans_before.resize(self.changed.words().len(), 0);
        for (before, span) in self.spans.iter().enumerate().rev() {
            self.spans_before[span.slot as usize / 64] = before as u32;
        }
    }

    /// Number of slots with news.
    pub(crate) fn count(&self) -> usize {
        self.spans.len()
    }

    /// Slots with news, from `index` times 64.
    #[inline]
    pub(crate) fn changed(&self, index: u32) -> u64 {
        self.changed.word(index as usize)
    }

    /// The tenant of `slot` that is gone unforeseen, if one is.
    pub(super) fn end_of(&self, slot: u32) -> Option<Whereabouts> {
        self.ends.binary_search_by_key(&slot, |end| end.slot).ok().map(|at| self.ends[at])
    }

    /// Whether the tenant of `slot` is gone by this tick, foreseen or not; it may have another.
    #[inline]
    pub(crate) fn has_gone(&self, slot: u32) -> bool {
        !self.gone.is_empty() && self.gone.contains(slot)
    }

    fn span(&self, slot: u32) -> Span {
        let word = slot / 64;
        let within = (self.changed(word) & ((1 << (slot % 64)) - 1)).count_ones();
        self.spans[(self.spans_before[word as usize] + within) as usize]
    }

    /// Appends the news of `slot`, which is one of those with news, and counts its bits by part. How many
    /// there were.
    pub(crate) fn copy(&self, slot: u32, out: &mut BitWriter, tally: &mut BitTally) -> usize {
        let span = self.span(slot);
        out.append(self.bits.bytes(), span.start as usize, span.bits as usize);
        for &(part, bits) in &self.counts[span.counts_from as usize..][..usize::from(span.counts)] {
            tally.add(part, usize::from(bits));
        }
        span.bits as usize
    }

    /// Bits of the news of all `slots` that have any.
    pub(crate) fn bits_of(&self, slots: &SlotSet) -> usize {
        let with_news = slots.words().iter().map(|word| (word.index * 64, word.bits & self.changed(word.index)));
        with_news
            .flat_map(|(first, word)| bits(word).map(move |bit| first + bit))
            .map(|slot| self.span(slot).bits as usize)
            .sum()
    }
}
