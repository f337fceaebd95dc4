//! Server to client: what could not be foreseen since the last update, and who comes and goes.
//!
//! Order: head; news of each tick that the update spans; who leaves and who enters; hash; events; reports. In a steady
//! state without news the whole message is one byte, or two where updates wait and inputs come more rarely.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::bits::{BitReader, BitWriter, rice_parameter};
use crate::error::PeerFault;
use crate::game::Cadence;
use crate::id::EntityId;
use crate::limits::{SLOTS_MAX, UPDATE_TICKS_MAX};
use crate::state::{Anchor, Layout, Pace, Row, read_label, write_label};
use crate::tick::Tick;

/// Order of the code for a span other than the usual one.
const SPAN_ORDER: u32 = 2;
/// Order of the code for a span where updates wait for news: one tick, or some.
const PATIENT_SPAN_ORDER: u32 = 1;
/// Order of the code for how long ago the newest input came.
const AGE_ORDER: u32 = 0;
/// Order of the code for how the lead changed.
const LEAD_ORDER: u32 = 0;
/// Order of the code for the own entity's slot.
const OWN_ORDER: u32 = 9;
/// Bits that say how many bits a slot has.
const SLOT_BITS_BITS: u32 = 5;
/// Share of quiet entities: among so many that are held, one is expected to have news.
const QUIET_SHARE: u32 = 31;

/// Head of an update: everything before the news.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct UpdateHead {
    /// The tick whose state the client holds when it has applied the update.
    pub(crate) tick: Tick,
    /// Ticks of news that follow; `None` when the client's state is too old for that, and stated afresh.
    pub(crate) span: Option<u32>,
    /// Says that the longest silence is over, and that none of its ticks has news: those do not follow.
    pub(crate) is_silent: bool,
    /// Forgets everything held after the news; all of it enters again.
    pub(crate) fresh: bool,
    /// The newest input that the server has, and whether it came in time.
    pub(crate) input: NewestInput,
    /// The client's own entity, where that is another than before; the inner `None` when it has none.
    pub(crate) own: Option<Option<OwnHead>>,
    /// Bits of the slots of entering entities, where they are others than before.
    pub(crate) slot_bits: Option<u32>,
    /// A hash of the view ends the state.
    pub(crate) hash: bool,
    /// Events follow.
    pub(crate) events: bool,
    /// Reports follow.
    pub(crate) reports: bool,
}

/// The newest input that the server has of a client, as of an update's tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NewestInput {
    /// Ticks by which it is ahead of that tick.
    pub(crate) lead: i32,
    /// Ticks since it came; 0 where an update goes out each time that one may, and before the first.
    pub(crate) age: u32,
}

impl NewestInput {
    /// Before the first update nothing is known of any.
    pub(crate) const NONE: Self = Self { lead: 0, age: 0 };

    /// Ticks by which it was ahead when it came.
    pub(crate) const fn margin(self) -> i32 {
        self.lead.wrapping_add(self.age as i32)
    }

    /// The same input so many ticks later.
    const fn after(self, ticks: u32) -> Self {
        Self { lead: self.lead.wrapping_sub(ticks as i32), age: self.age.saturating_add(ticks) }
    }

    /// Writes what follows from the one `before`, of `ticks` ago, or says how it differs: where updates wait, most tell
    /// either of no other input, or of one that came in as good a time.
    fn write(self, before: Self, ticks: u32, out: &mut BitWriter) {
        let same = before.after(ticks);
        out.write_bit(self != same);
        if self != same {
            out.write_signed(self.margin().wrapping_sub(before.margin()), LEAD_ORDER);
            out.write_exp(self.age, AGE_ORDER);
        }
    }

    /// Writes how it differs from the one `before`: after a silence both came alike, as the answer to an update.
    fn write_answer(self, before: Self, out: &mut BitWriter) {
        out.write_signed(self.margin().wrapping_sub(before.margin()), LEAD_ORDER);
        out.write_signed(self.age.wrapping_sub(before.age) as i32, AGE_ORDER);
    }

    fn read_answer(before: Self, reader: &mut BitReader<'_>) -> Result<Self, PeerFault> {
        let margin = before.margin().wrapping_add(reader.read_signed(LEAD_ORDER)?);
        let age = before.age.wrapping_add(reader.read_signed(AGE_ORDER)? as u32);
        Ok(Self { lead: margin.wrapping_sub(age as i32), age })
    }

    fn read(before: Self, ticks: u32, reader: &mut BitReader<'_>) -> Result<Self, PeerFault> {
        if !reader.read_bit()? {
            return Ok(before.after(ticks));
        }
        let margin = before.margin().wrapping_add(reader.read_signed(LEAD_ORDER)?);
        let age = reader.read_exp(AGE_ORDER)?;
        Ok(Self { lead: margin.wrapping_sub(age as i32), age })
    }
}

/// The entity that a client steers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OwnHead {
    pub(crate) slot: u32,
    /// The client looks from where it is. What then is too far away leaves the view without a word.
    pub(crate) is_centre: bool,
}

/// State of the head before, against which the next one is coded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeadBase {
    pub(crate) tick: Tick,
    pub(crate) input: NewestInput,
    /// Number of ticks that an update usually spans; `None` where it waits for news, and spans as many as it does.
    pub(crate) usual_span: Option<u32>,
    /// Ticks that it spans at most, as long as nothing is in its way.
    pub(crate) silence: u32,
}

impl HeadBase {
    /// The base after the update of `tick`, by the cadence of its terms.
    pub(crate) const fn new(tick: Tick, input: NewestInput, cadence: Cadence) -> Self {
        let Cadence { patience, longest_silence: silence, .. } = cadence;
        Self { tick, input, usual_span: if patience == 0 { Some(silence) } else { None }, silence }
    }
}

impl UpdateHead {
    pub(crate) fn write(&self, base: &HeadBase, out: &mut BitWriter) {
        match base.usual_span {
            Some(usual) => self.write_usual(base, usual, out),
            None => self.write_patient(base, out),
        }
    }

    fn flags(&self) -> [bool; 7] {
        let jump = self.span.is_none();
        [jump, self.fresh, self.own.is_some(), self.slot_bits.is_some(), self.hash, self.events, self.reports]
    }

    /// Whether nothing is special.
    pub(crate) fn is_plain(&self) -> bool {
        !self.flags().contains(&true)
    }

    /// Writes it where updates wait for news, and no span and no lead is usual: a bit says whether anything is special,
    /// then come both. An update that nothing special is in spans a tick at least, so that none stands for a silence.
    fn write_patient(&self, base: &HeadBase, out: &mut BitWriter) {
        let special = !self.is_plain();
        out.write_bit(special);
        if special {
            self.flags().into_iter().for_each(|flag| out.write_bit(flag));
        } else if self.is_silent {
            out.write_exp(0, PATIENT_SPAN_ORDER);
            return self.input.write_answer(base.input, out);
        }
        match self.span {
            None => out.write(self.tick.0, 32),
            Some(span) => out.write_exp(span, PATIENT_SPAN_ORDER),
        }
        self.input.write(base.input, self.tick.since(base.tick), out);
        self.write_rest(out);
    }

    /// In a steady state one bit says all: the usual span, the lead as before, nothing special. The lead
    /// wavers where inputs come close to a tick's beginning: two bits more say that and nothing else.
    fn write_usual(&self, base: &HeadBase, usual_span: u32, out: &mut BitWriter) {
        let flags = self.flags();
        let special = flags.contains(&true);
        let usual = !special && self.span == Some(usual_span);
        let rise = self.input.lead.wrapping_sub(base.input.lead);
        let steady = usual && rise == 0;
        out.write_bit(!steady);
        if steady {
            return;
        }
        let nudged = usual && matches!(rise, 1 | -1);
        out.write_bit(!nudged);
        if nudged {
            out.write_bit(rise < 0);
            return;
        }
        out.write_bit(special);
        if special {
            flags.into_iter().for_each(|flag| out.write_bit(flag));
        }
        match self.span {
            None => out.write(self.tick.0, 32),
            Some(span) => {
                out.write_bit(span != usual_span);
                if span != usual_span {
                    out.write_exp(span, SPAN_ORDER);
                }
            }
        }
        out.write_signed(rise, LEAD_ORDER);
        self.write_rest(out);
    }

    /// Writes what is there if it is another than before.
    fn write_rest(&self, out: &mut BitWriter) {
        if let Some(own) = self.own {
            out.write_bit(own.is_some());
            if let Some(own) = own {
                out.write_exp(own.slot, OWN_ORDER);
                out.write_bit(own.is_centre);
            }
        }
        if let Some(bits) = self.slot_bits {
            out.write(bits, SLOT_BITS_BITS);
        }
    }

    pub(crate) fn read(base: &HeadBase, reader: &mut BitReader<'_>) -> Result<Self, PeerFault> {
        match base.usual_span {
            Some(usual) => Self::read_usual(base, usual, reader),
            None => Self::read_patient(base, reader),
        }
    }

    fn read_patient(base: &HeadBase, reader: &mut BitReader<'_>) -> Result<Self, PeerFault> {
        let mut head = Self::default();
        let special = reader.read_bit()?;
        let changes = if special { head.read_flags(reader)? } else { Changes::default() };
        head.read_time(base, changes, reader, |reader| reader.read_exp(PATIENT_SPAN_ORDER).map_err(PeerFault::from))?;
        if !special && head.span == Some(0) {
            (head.is_silent, head.span, head.tick) = (true, Some(base.silence), base.tick.plus(base.silence));
            head.input = NewestInput::read_answer(base.input, reader)?;
            return Ok(head);
        }
        head.input = NewestInput::read(base.input, head.tick.since(base.tick), reader)?;
        head.read_rest(changes, reader)?;
        Ok(head)
    }

    fn read_usual(base: &HeadBase, usual_span: u32, reader: &mut BitReader<'_>) -> Result<Self, PeerFault> {
        let mut head = Self { span: Some(usual_span), input: base.input, ..Self::default() };
        head.tick = base.tick.plus(usual_span);
        if !reader.read_bit()? {
            return Ok(head);
        }
        if !reader.read_bit()? {
            let rise = if reader.read_bit()? { -1 } else { 1 };
            head.input.lead = base.input.lead.wrapping_add(rise);
            return Ok(head);
        }
        let changes = if reader.read_bit()? { head.read_flags(reader)? } else { Changes::default() };
        head.read_time(base, changes, reader, |reader| {
            Ok(if reader.read_bit()? { reader.read_exp(SPAN_ORDER)? } else { usual_span })
        })?;
        head.input.lead = base.input.lead.wrapping_add(reader.read_signed(LEAD_ORDER)?);
        head.read_rest(changes, reader)?;
        Ok(head)
    }

    fn read_flags(&mut self, reader: &mut BitReader<'_>) -> Result<Changes, PeerFault> {
        let mut changes = Changes::default();
        let Self { fresh, hash, events, reports, .. } = self;
        let Changes { jump, own, slots } = &mut changes;
        for flag in [jump, fresh, own, slots, hash, events, reports] {
            *flag = reader.read_bit()?;
        }
        Ok(changes)
    }

    fn read_time(
        &mut self,
        base: &HeadBase,
        changes: Changes,
        reader: &mut BitReader<'_>,
        span: impl FnOnce(&mut BitReader<'_>) -> Result<u32, PeerFault>,
    ) -> Result<(), PeerFault> {
        if changes.jump {
            (self.span, self.tick) = (None, Tick(reader.read(32)?));
            return if self.tick < base.tick || !self.fresh { Err(PeerFault::TickOutOfOrder) } else { Ok(()) };
        }
        let span = span(reader)?;
        (self.span, self.tick) = (Some(span), base.tick.plus(span));
        if span > UPDATE_TICKS_MAX { Err(PeerFault::TickOutOfOrder) } else { Ok(()) }
    }

    fn read_rest(&mut self, changes: Changes, reader: &mut BitReader<'_>) -> Result<(), PeerFault> {
        if changes.own {
            self.own = Some(if reader.read_bit()? { Some(OwnHead::read(reader)?) } else { None });
        }
        if changes.slots {
            self.slot_bits = Some(reader.read(SLOT_BITS_BITS)?);
        }
        Ok(())
    }
}

/// Flags of a head that are kept nowhere else.
#[derive(Clone, Copy, Debug, Default)]
struct Changes {
    jump: bool,
    own: bool,
    slots: bool,
}

impl OwnHead {
    fn read(reader: &mut BitReader<'_>) -> Result<Self, PeerFault> {
        Ok(Self { slot: reader.read_exp(OWN_ORDER)?, is_centre: reader.read_bit()? })
    }
}

/// Writes how many of `total` are meant: nothing where there is nothing to count among, a bit where none is, however
/// many there are.
fn write_count(count: u32, total: u32, out: &mut BitWriter) {
    if total > 0 {
        out.write_bit(count > 0);
    }
    if count > 0 {
        out.write_rice(count - 1, rice_parameter(total, QUIET_SHARE));
    }
}

/// Reads what [`write_count`] wrote; at most `total`.
pub(crate) fn read_count(total: u32, reader: &mut BitReader<'_>) -> Result<u32, PeerFault> {
    if total == 0 || !reader.read_bit()? {
        return Ok(0);
    }
    let less_one = reader.read_rice(rice_parameter(total, QUIET_SHARE))?;
    if less_one < total { Ok(less_one + 1) } else { Err(PeerFault::Membership) }
}

/// Writes how many `ranks` there are among `total`, and each, ascending, as its gap to the one before; `each`
/// of its slot follows.
pub(crate) fn write_ranks(
    ranks: &[(u32, u32)],
    total: u32,
    out: &mut BitWriter,
    mut each: impl FnMut(u32, &mut BitWriter),
) {
    let count = ranks.len() as u32;
    write_count(count, total, out);
    let parameter = rice_parameter(total, count);
    let mut next = 0;
    for &(rank, slot) in ranks {
        out.write_rice(rank - next, parameter);
        each(slot, out);
        next = rank + 1;
    }
}

/// Writes how many of `total` are not among `ranks`, and each of those, ascending: what is shorter where most are.
pub(crate) fn write_other_ranks(ranks: &[(u32, u32)], total: u32, out: &mut BitWriter) {
    let count = total - ranks.len() as u32;
    write_count(count, total, out);
    let parameter = rice_parameter(total, count);
    let (mut next, mut ranks) = (0, ranks.iter().map(|(rank, _)| *rank).peekable());
    for other in 0..total {
        if ranks.next_if_eq(&other).is_none() {
            out.write_rice(other - next, parameter);
            next = other + 1;
        }
    }
}

/// Whether the next tick tells who has no news: so it is after one in which most of `total` had some.
pub(crate) const fn are_most(count: u32, total: u32) -> bool {
    2 * count > total
}

/// Reads the next of `count` ranks among `total`, given the smallest that it can be.
pub(crate) fn read_gap(next: u32, count: u32, total: u32, reader: &mut BitReader<'_>) -> Result<u32, PeerFault> {
    let gap = reader.read_rice(rice_parameter(total, count))?;
    match next.checked_add(gap) {
        Some(rank) if rank < total => Ok(rank),
        _ => Err(PeerFault::Membership),
    }
}

/// An entity that comes into view: all that is known of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entering {
    pub(crate) id: EntityId,
    pub(crate) kind: usize,
    pub(crate) row: Row,
    pub(crate) pace: Pace,
    pub(crate) label: Vec<u8>,
}

/// The code for the entities that enter with one update.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EnterCode {
    parameter: u32,
    next: u32,
}

impl EnterCode {
    /// The code for `count` entities in slots of `slot_bits` bits.
    pub(crate) const fn new(count: u32, slot_bits: u32) -> Self {
        Self { parameter: rice_parameter(((1_u64 << slot_bits) - 1) as u32, count), next: 0 }
    }

    /// Writes who it is; slots ascend from call to call.
    pub(crate) fn write_id(&mut self, id: EntityId, out: &mut BitWriter) {
        out.write_rice(id.slot - self.next, self.parameter);
        self.next = id.slot + 1;
        out.write_bit(id.generation != 0);
        if id.generation != 0 {
            out.write(u32::from(id.generation), 8);
        }
    }

    fn read_id(&mut self, reader: &mut BitReader<'_>) -> Result<EntityId, PeerFault> {
        let slot = self.next.checked_add(reader.read_rice(self.parameter)?).ok_or(PeerFault::Membership)?;
        if slot >= SLOTS_MAX {
            return Err(PeerFault::Membership);
        }
        self.next = slot + 1;
        let generation = if reader.read_bit()? { reader.read(8)? as u8 } else { 0 };
        Ok(EntityId { slot, generation })
    }
}

impl Entering {
    /// Writes what it is; the id is written before.
    pub(crate) fn write_state(
        layout: &Layout,
        (kind, row, label, pace): (usize, &Row, &[u8], Pace),
        anchor: Option<Anchor>,
        out: &mut BitWriter,
    ) {
        layout.write_kind(kind, out);
        layout.kind(kind).write_row(row, anchor, out);
        layout.kind(kind).write_pace(pace, out);
        if layout.kind(kind).labelled {
            write_label(label, out);
        }
    }

    pub(crate) fn read(
        code: &mut EnterCode,
        layout: &Layout,
        anchor: Option<Anchor>,
        reader: &mut BitReader<'_>,
    ) -> Result<Self, PeerFault> {
        let id = code.read_id(reader)?;
        let kind = layout.read_kind(reader)?;
        let row = layout.kind(kind).read_row(anchor, reader)?;
        let pace = layout.kind(kind).read_pace(reader)?;
        let label = if layout.kind(kind).labelled { read_label(reader)? } else { Vec::new() };
        Ok(Self { id, kind, row, pace, label })
    }
}
