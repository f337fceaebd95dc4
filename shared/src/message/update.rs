//! Server to client: what could not be foreseen since the last update, and who comes and goes.
//!
//! Order: head; news of each tick that the update spans; who leaves and who enters; hash; events; reports. In a steady
//! state without news the whole message is one byte.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::bits::{BitReader, BitWriter, rice_parameter};
use crate::error::PeerFault;
use crate::id::EntityId;
use crate::limits::{SLOTS_MAX, UPDATE_TICKS_MAX};
use crate::state::{Anchor, Layout, Pace, Row, read_label, write_label};
use crate::tick::Tick;

/// Order of the code for a span other than the usual one.
const SPAN_ORDER: u32 = 2;
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
    /// Forgets everything held after the news; all of it enters again.
    pub(crate) fresh: bool,
    /// Ticks by which the newest input that the server has is ahead of `tick`.
    pub(crate) lead: i32,
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
    pub(crate) lead: i32,
    /// Number of ticks that an update usually spans.
    pub(crate) usual_span: u32,
}

impl UpdateHead {
    /// In a steady state one bit says all: the usual span, the lead as before, nothing special. The lead
    /// wavers where inputs come close to a tick's beginning: two bits more say that and nothing else.
    pub(crate) fn write(&self, base: &HeadBase, out: &mut BitWriter) {
        let jump = self.span.is_none();
        let flags = [jump, self.fresh, self.own.is_some(), self.slot_bits.is_some(), self.hash, self.events, self.reports];
        let special = flags.contains(&true);
        let usual = !special && self.span == Some(base.usual_span);
        let rise = self.lead.wrapping_sub(base.lead);
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
                out.write_bit(span != base.usual_span);
                if span != base.usual_span {
                    out.write_exp(span, SPAN_ORDER);
                }
            }
        }
        out.write_signed(rise, LEAD_ORDER);
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
        let mut head = Self { span: Some(base.usual_span), lead: base.lead, ..Self::default() };
        head.tick = base.tick.plus(base.usual_span);
        if !reader.read_bit()? {
            return Ok(head);
        }
        if !reader.read_bit()? {
            let rise = if reader.read_bit()? { -1 } else { 1 };
            head.lead = base.lead.wrapping_add(rise);
            return Ok(head);
        }
        let (mut jump, mut own, mut slots) = (false, false, false);
        if reader.read_bit()? {
            let Self { fresh, hash, events, reports, .. } = &mut head;
            for flag in [&mut jump, fresh, &mut own, &mut slots, hash, events, reports] {
                *flag = reader.read_bit()?;
            }
        }
        if jump {
            (head.span, head.tick) = (None, Tick(reader.read(32)?));
            if head.tick < base.tick || !head.fresh {
                return Err(PeerFault::TickOutOfOrder);
            }
        } else if reader.read_bit()? {
            let span = reader.read_exp(SPAN_ORDER)?;
            if span > UPDATE_TICKS_MAX {
                return Err(PeerFault::TickOutOfOrder);
            }
            (head.span, head.tick) = (Some(span), base.tick.plus(span));
        }
        head.lead = base.lead.wrapping_add(reader.read_signed(LEAD_ORDER)?);
        if own {
            head.own = Some(if reader.read_bit()? { Some(OwnHead::read(reader)?) } else { None });
        }
        if slots {
            head.slot_bits = Some(reader.read(SLOT_BITS_BITS)?);
        }
        Ok(head)
    }
}

impl OwnHead {
    fn read(reader: &mut BitReader<'_>) -> Result<Self, PeerFault> {
        Ok(Self { slot: reader.read_exp(OWN_ORDER)?, is_centre: reader.read_bit()? })
    }
}

/// Writes how many of `total` are meant. Nothing where there is nothing to count among.
fn write_count(count: u32, total: u32, out: &mut BitWriter) {
    if total > 0 {
        out.write_rice(count, rice_parameter(total, QUIET_SHARE));
    }
}

/// Reads what [`write_count`] wrote; at most `total`.
pub(crate) fn read_count(total: u32, reader: &mut BitReader<'_>) -> Result<u32, PeerFault> {
    if total == 0 {
        return Ok(0);
    }
    let count = reader.read_rice(rice_parameter(total, QUIET_SHARE))?;
    if count > total { Err(PeerFault::Membership) } else { Ok(count) }
}

/// Writes how many `ranks` there are among `total`, and each, ascending, as its gap to the one before; `each`
/// of its slot follows.
pub(crate) fn write_ranks(ranks: &[(u32, u32)], total: u32, out: &mut BitWriter, mut each: impl FnMut(u32, &mut BitWriter)) {
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
