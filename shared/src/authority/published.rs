//! The published world: one row for each entity, the same for everybody, and the news of the last ticks.
//!
//! A tick is published in three stages: [`begin`](Published::begin); [`put`](Sink::put) for each entity
//! (quantise, foresee, take the true value where the foreseen is too far off, encode the difference once);
//! [`end`](Published::end), which finds out who is gone.

use alloc::vec::Vec;
use core::marker::PhantomData;

use crate::bits::BitWriter;
use crate::error::Misuse;
use crate::game::{Fate, Game, Ground, Place, Sink, foresee};
use crate::id::EntityId;
use crate::limits::{LABEL_BYTES_MAX, SLOTS_MAX, WINDOW_MILLIS_MAX};
use crate::state::{Bitset, Change, EMPTY, FieldSet, Layout, Part, Replicate, Row, SchemaError, Tally, row_hash};
use crate::tick::{Tick, ticks_in};

/// Different sets of fields that are counted for each kind: the frequent ones come early and are what matters.
const NEWS_COUNTED_MAX: usize = 64;

fn count_news(counts: &mut Vec<(FieldSet, u64)>, fields: FieldSet) {
    match counts.iter().position(|(counted, _)| *counted == fields) {
        Some(index) => counts[index].1 += 1,
        None if counts.len() < NEWS_COUNTED_MAX => counts.push((fields, 1)),
        None => {}
    }
}

/// A slot of the published world.
#[derive(Clone, Debug)]
pub(crate) struct PublishedSlot {
    pub(crate) id: EntityId,
    pub(crate) kind: usize,
    pub(crate) row: Row,
    pub(crate) label: Vec<u8>,
    /// The entity's place, for interest; `None` for everywhere.
    pub(crate) place: Option<Place>,
    /// The tick in which the game last published it.
    stamp: Tick,
}

/// News of a tick, which is what could not be foreseen: bits written once, and where those of each slot lie.
#[derive(Clone, Debug, Default)]
pub(crate) struct TickNews {
    tick: Tick,
    /// Slots with news.
    pub(crate) changed: Bitset,
    /// Slots whose tenant is gone, foreseen or not.
    pub(crate) gone: Bitset,
    /// Spans, one for each slot with news, ascending by slot once the tick is published.
    spans: Vec<Span>,
    /// Number of spans before each word of `changed`.
    spans_before: Vec<u32>,
    bits: BitWriter,
    /// Bits by part, those of one slot in a row.
    counts: Vec<(Part, u16)>,
}

/// Position of a slot's news among the bits, and of its counts. A label and all columns of a row take some
/// 3000 bits at most.
#[derive(Clone, Copy, Debug, Default)]
struct Span {
    slot: u32,
    start: u32,
    counts_from: u32,
    bits: u16,
    counts: u16,
}

impl TickNews {
    fn begin(&mut self, tick: Tick, slots: usize) {
        self.tick = tick;
        self.changed.reset(slots);
        self.gone.reset(slots);
        self.spans.clear();
        self.bits.clear();
        self.counts.clear();
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
    fn end(&mut self) {
        self.bits.align();
        // Games mostly publish in the order of slots, and then there is nothing to sort.
        self.spans.sort_unstable_by_key(|span| span.slot);
        self.spans_before.clear();
        let mut before = 0;
        for word in self.changed.words() {
            self.spans_before.push(before);
            before += word.count_ones();
        }
    }

    fn span(&self, slot: u32) -> Span {
        let word = slot as usize / 64;
        let within = (self.changed.word(word) & ((1 << (slot % 64)) - 1)).count_ones();
        self.spans[(self.spans_before[word] + within) as usize]
    }

    /// Appends the news of `slot`, which is one of [`changed`](Self::changed), and counts its bits by part.
    /// How many there were.
    pub(crate) fn copy(&self, slot: u32, out: &mut BitWriter, tally: &mut Tally) -> usize {
        let span = self.span(slot);
        out.append(self.bits.bytes(), span.start as usize, span.bits as usize);
        for &(part, bits) in &self.counts[span.counts_from as usize..][..usize::from(span.counts)] {
            tally.add(part, usize::from(bits));
        }
        span.bits as usize
    }

    /// Bits of the news of all `slots` that have any.
    pub(crate) fn bits_of(&self, slots: &Bitset) -> usize {
        slots.slots_common(&self.changed).map(|slot| self.span(slot).bits as usize).sum()
    }
}

/// The published world.
pub(crate) struct Published<G: Game> {
    layout: Layout,
    tick: Tick,
    entries: Vec<Option<PublishedSlot>>,
    alive: Bitset,
    /// Slots that everyone sees.
    everywhere: Bitset,
    ring: Vec<TickNews>,
    misuse: Option<Misuse>,
    /// Number of times, by kind, that exactly these fields had news.
    news_counts: Vec<Vec<(FieldSet, u64)>>,
    game: PhantomData<fn() -> G>,
}

impl<G: Game> Sink<G> for Published<G> {
    fn put(&mut self, ground: &Ground<G>, id: EntityId, entity: &G::Entity, label: &[u8]) {
        let kind = entity.kind();
        if let Err(misuse) = self.check(id, kind, label) {
            self.misuse.get_or_insert(misuse);
            return;
        }
        let mut truth = EMPTY;
        entity.write_row(&mut truth);
        match self.entries[id.slot as usize].take_if(|entry| entry.id != id || entry.kind != kind) {
            // Another tenant goes, and leaves its memory.
            Some(former) => {
                self.retire(ground, &former);
                self.move_in(id, kind, &truth, former.label, label);
            }
            None if self.entries[id.slot as usize].is_none() => self.move_in(id, kind, &truth, Vec::new(), label),
            None => self.carry_on(ground, id.slot, &truth, label),
        }
        self.find_place(id.slot);
    }
}

/// The place of a tick in the ring, whose length is a power of two.
const fn place(ring: &[TickNews], tick: Tick) -> usize {
    tick.0 as usize & (ring.len() - 1)
}

impl<G: Game> Published<G> {
    pub(crate) fn new(tick_hz: u32) -> Result<Self, SchemaError> {
        Ok(Self {
            layout: Layout::new::<G::Entity>()?,
            tick: Tick(0),
            entries: Vec::new(),
            alive: Bitset::new(),
            everywhere: Bitset::new(),
            ring: (0..ticks_in(WINDOW_MILLIS_MAX, tick_hz).next_power_of_two()).map(|_| TickNews::default()).collect(),
            misuse: None,
            news_counts: alloc::vec![Vec::new(); G::Entity::KINDS.len()],
            game: PhantomData,
        })
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Number of times that exactly these fields of a kind had news together.
    pub(crate) fn news_counts(&self, kind: usize) -> &[(FieldSet, u64)] {
        &self.news_counts[kind]
    }

    pub(crate) fn slots(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn alive(&self) -> &Bitset {
        &self.alive
    }

    pub(crate) fn everywhere(&self) -> &Bitset {
        &self.everywhere
    }

    /// The entity in `slot`, if there is one.
    pub(crate) fn entry(&self, slot: u32) -> Option<&PublishedSlot> {
        self.entries.get(slot as usize)?.as_ref()
    }

    /// The entity with `id`, if it is published.
    pub(crate) fn find(&self, id: EntityId) -> Option<&PublishedSlot> {
        self.entry(id.slot).filter(|entry| entry.id == id)
    }

    /// The news of `tick`, if it is still kept.
    pub(crate) fn news(&self, tick: Tick) -> Option<&TickNews> {
        let news = &self.ring[place(&self.ring, tick)];
        (news.tick == tick && tick <= self.tick && tick > Tick(0)).then_some(news)
    }

    /// Hash of a view of `slots`.
    pub(crate) fn hash(&self, slots: &Bitset) -> u32 {
        slots.slots().filter_map(|slot| self.entry(slot)).fold(0, |sum: u32, entry| {
            let columns = self.layout.kind(entry.kind).columns().len();
            sum.wrapping_add(row_hash(entry.id, entry.kind, &entry.row[..columns], &entry.label))
        })
    }

    pub(crate) fn begin(&mut self, tick: Tick) {
        self.tick = tick;
        let slots = self.entries.len();
        self.current().begin(tick, slots);
    }

    /// An entity that was not there a tick ago.
    fn move_in(&mut self, id: EntityId, kind: usize, truth: &Row, mut memory: Vec<u8>, label: &[u8]) {
        memory.clear();
        memory.extend_from_slice(label);
        self.entries[id.slot as usize] =
            Some(PublishedSlot { id, kind, row: *truth, label: memory, place: None, stamp: self.tick });
        self.alive.insert(id.slot);
    }

    /// An entity that was there a tick ago: foresee, compare, and take the true value where it matters.
    fn carry_on(&mut self, ground: &Ground<G>, slot: u32, truth: &Row, label: &[u8]) {
        let Some(entry) = &mut self.entries[slot as usize] else { return };
        let kind = self.layout.kind(entry.kind);
        let before = entry.row;
        let mut foreseen = before;
        kind.copy_controls(truth, &mut foreseen);
        let fate = foresee::<G>(&self.layout, ground, entry.kind, &mut foreseen);
        entry.stamp = self.tick;
        let relabelled = entry.label != label;
        if relabelled {
            entry.label.clear();
            entry.label.extend_from_slice(label);
        }
        if fate == Fate::Ends {
            // Everyone saw it end; the game says otherwise. So it is a new tenant, and says so to whom it matters.
            entry.row = *truth;
            let kind = entry.kind;
            return self.end_unforeseen(slot, kind);
        }
        entry.row = foreseen;
        let fields = kind.take_news(&before, &mut entry.row, truth);
        if fields.is_empty() && !relabelled {
            return;
        }
        // A label is always said in full.
        count_news(&mut self.news_counts[entry.kind], if relabelled { FieldSet::OTHER } else { fields });
        let rows = Change { before: &before, foreseen: &foreseen, now: &entry.row };
        let place = place(&self.ring, self.tick);
        let news = &mut self.ring[place];
        let (start, counts_from) = (news.bits.bits(), news.counts.len());
        let counts = &mut news.counts;
        kind.write_change(fields, relabelled.then_some(label), &rows, &mut news.bits, |part, bits| {
            counts.push((part, bits as u16));
        });
        news.record(slot, start, counts_from);
    }

    /// Works out an entity's place from its published row, which its viewers have too.
    fn find_place(&mut self, slot: u32) {
        let Some(entry) = &mut self.entries[slot as usize] else { return };
        entry.place = G::place(&G::Entity::read_row(entry.kind, &entry.row));
        if entry.place.is_none() {
            self.everywhere.insert(slot);
        } else {
            self.everywhere.remove(slot);
        }
    }

    /// Finds those that the game no longer published. Hands back the first misuse of this tick.
    pub(crate) fn end(&mut self, ground: &Ground<G>) -> Result<(), Misuse> {
        for slot in 0..self.entries.len() as u32 {
            let tick = self.tick;
            let Some(entry) = self.entries[slot as usize].take_if(|entry| entry.stamp != tick) else { continue };
            self.retire(ground, &entry);
            self.alive.remove(slot);
            self.everywhere.remove(slot);
        }
        self.current().end();
        self.misuse.take().map_or(Ok(()), Err)
    }

    fn check(&mut self, id: EntityId, kind: usize, label: &[u8]) -> Result<(), Misuse> {
        if id.slot >= SLOTS_MAX {
            return Err(Misuse::SlotTooLarge(id));
        }
        if label.len() > LABEL_BYTES_MAX || (!label.is_empty() && !self.layout.kind(kind).labelled) {
            return Err(Misuse::LabelUnfit(id));
        }
        let slots = id.slot as usize + 1;
        if slots > self.entries.len() {
            self.entries.resize_with(slots, || None);
            self.alive.make_room(slots);
            self.everywhere.make_room(slots);
        }
        match self.entry(id.slot) {
            Some(entry) if entry.stamp == self.tick => Err(Misuse::PublishedTwice(id)),
            _ => Ok(()),
        }
    }

    /// The tenant of a slot is gone: silently if everyone foresees it.
    fn retire(&mut self, ground: &Ground<G>, entry: &PublishedSlot) {
        let mut row = entry.row;
        if foresee::<G>(&self.layout, ground, entry.kind, &mut row) == Fate::Ends {
            self.current().gone.insert(entry.id.slot);
        } else {
            self.end_unforeseen(entry.id.slot, entry.kind);
        }
    }

    fn end_unforeseen(&mut self, slot: u32, kind: usize) {
        count_news(&mut self.news_counts[kind], FieldSet::default());
        let layout = self.layout.kind(kind);
        let place = place(&self.ring, self.tick);
        let news = &mut self.ring[place];
        news.gone.insert(slot);
        let (start, counts_from) = (news.bits.bits(), news.counts.len());
        layout.write_gone(&mut news.bits);
        news.counts.push((layout.parts.gone_or_label(), (news.bits.bits() - start) as u16));
        news.record(slot, start, counts_from);
    }

    fn current(&mut self) -> &mut TickNews {
        let place = place(&self.ring, self.tick);
        &mut self.ring[place]
    }
}
