//! Client to server, every tick or so: what the player wants, and what the client holds.
//!
//! Coded against the client's previous message, which on an ordered stream the server has. In a steady state,
//! with an unchanged input, the whole message is one byte.

use serde::{Deserialize, Serialize};

use super::view_delay::ViewDelay;
use crate::bits::{BitReader, BitWriter, Malformed};
use crate::limits::{INPUTS_PER_MESSAGE_MAX, VIEW_BEHIND_TICKS_MAX};
use crate::state::{Kind, KindLayout, Row, saved_row};
use crate::tick::Tick;

/// Order of the code for how many ticks of state were applied since the last message: as many as an update
/// spans, mostly.
const APPLIED_ORDER: u32 = 0;
/// Order of the code for more inputs than one: a slow client has a few.
const COUNT_ORDER: u32 = 1;
/// Order of the code for how far in the past a client shows others.
const BEHIND_ORDER: u32 = 2;

/// Order of the code for how many ticks of state were applied since an earlier input was given.
pub(crate) const HELD_ORDER: u32 = 1;

/// State of the previous message, against which the next one is coded.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct InputBase {
    pub(crate) applied: Tick,
    pub(crate) newest: Tick,
    #[serde(with = "saved_row")]
    pub(crate) row: Row,
    pub(crate) view_delay: ViewDelay,
    /// Whether nothing may wait for this client.
    pub(crate) hurries: bool,
    /// Number of kinds of entity in the game.
    kinds: u32,
}

/// Head of an input message: everything but the inputs and the commands themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct InputHead {
    /// The newest tick of state that the client holds.
    pub(crate) applied: Tick,
    /// The tick for which the newest input is meant. Inputs are for consecutive ticks that end here.
    pub(crate) newest: Tick,
    /// Number of inputs that follow, 0 to [`INPUTS_PER_MESSAGE_MAX`].
    pub(crate) count: u32,
    /// The client's view differs from its stated hash: state it afresh.
    pub(crate) resync: bool,
    /// The client wants the server's reports.
    pub(crate) ask_report: bool,
    /// Commands follow the inputs.
    pub(crate) commands: bool,
    /// The way in which the client shows the others, where it has changed.
    pub(crate) view_delay: Option<ViewDelay>,
    /// Whether nothing may wait for this client, since its path loses segments, where that has changed.
    pub(crate) hurries: Option<bool>,
}

impl InputHead {
    /// Whether it says or brings more than inputs.
    pub(crate) const fn is_special(&self) -> bool {
        self.resync || self.ask_report || self.commands || self.view_delay.is_some() || self.hurries.is_some()
    }

    /// `usual` is how many ticks an update spans.
    pub(crate) fn write(&self, base: &InputBase, usual: u32, out: &mut BitWriter) {
        let special = self.is_special();
        out.write_bit(special);
        if special {
            out.write_bit(self.resync);
            out.write_bit(self.ask_report);
            out.write_bit(self.commands);
            out.write_bit(self.view_delay.is_some());
            out.write_bit(self.hurries.is_some());
        }
        if let Some(view_delay) = &self.view_delay {
            out.write_bit(view_delay.is_compensated);
            (0..base.kinds).for_each(|kind| out.write_bit(view_delay.interpolated >> kind & 1 == 1));
            out.write_exp(view_delay.behind, BEHIND_ORDER);
        }
        if let Some(hurries) = self.hurries {
            out.write_bit(hurries);
        }
        out.write_signed((self.applied.minus(base.applied) - i64::from(usual)) as i32, APPLIED_ORDER);
        let follows = self.count == 1 && self.newest == base.newest.next();
        out.write_bit(!follows);
        if !follows {
            out.write_exp(self.count, COUNT_ORDER);
            let joins = self.newest == base.newest.plus(self.count);
            out.write_bit(!joins);
            if !joins {
                out.write(self.newest.0, 32);
            }
        }
    }

    pub(crate) fn read(base: &InputBase, usual: u32, reader: &mut BitReader<'_>) -> Result<Self, Malformed> {
        let mut head = Self::default();
        if reader.read_bit()? {
            head.resync = reader.read_bit()?;
            head.ask_report = reader.read_bit()?;
            head.commands = reader.read_bit()?;
            let (shows_otherwise, hurries_otherwise) = (reader.read_bit()?, reader.read_bit()?);
            if shows_otherwise {
                head.view_delay = Some(read_view_delay(base.kinds, reader)?);
            }
            if hurries_otherwise {
                head.hurries = Some(reader.read_bit()?);
            }
        }
        let applied = i64::from(base.applied.0) + i64::from(usual) + i64::from(reader.read_signed(APPLIED_ORDER)?);
        head.applied = Tick(u32::try_from(applied).map_err(|_| Malformed::OutOfRange("the applied tick"))?);
        (head.count, head.newest) = (1, base.newest.next());
        if reader.read_bit()? {
            head.count = reader.read_exp(COUNT_ORDER)?;
            head.newest = base.newest.plus(head.count.min(INPUTS_PER_MESSAGE_MAX));
            if reader.read_bit()? {
                head.newest = Tick(reader.read(32)?);
            }
        }
        if head.count > INPUTS_PER_MESSAGE_MAX || head.newest.0 < head.count {
            return Err(Malformed::OutOfRange("the number of inputs"));
        }
        Ok(head)
    }
}

fn read_view_delay(kinds: u32, reader: &mut BitReader<'_>) -> Result<ViewDelay, Malformed> {
    let is_compensated = reader.read_bit()?;
    let mut interpolated = 0;
    for kind in 0..kinds {
        interpolated |= u64::from(reader.read_bit()?) << kind;
    }
    let behind = reader.read_exp(BEHIND_ORDER)?;
    if behind > VIEW_BEHIND_TICKS_MAX {
        return Err(Malformed::OutOfRange("the ticks by which others are shown late"));
    }
    Ok(ViewDelay { is_compensated, interpolated, behind })
}

impl InputBase {
    /// Before the first input of a session that starts at `start`.
    pub(crate) fn new(start: Tick, kinds: &[Kind]) -> Self {
        let row = [0; crate::limits::COLUMNS_MAX];
        let view_delay = ViewDelay::of(kinds);
        Self { applied: start, newest: start, row, view_delay, hurries: false, kinds: kinds.len() as u32 }
    }

    /// Writes an input: a bit says whether it is the same as the one before, and if not, all of it follows.
    pub(crate) fn write_input(&mut self, kind: &KindLayout, row: &Row, out: &mut BitWriter) {
        let differs = *row != self.row;
        out.write_bit(differs);
        if differs {
            kind.write_row(row, None, out);
            self.row = *row;
        }
    }

    pub(crate) fn read_input(&mut self, kind: &KindLayout, reader: &mut BitReader<'_>) -> Result<&Row, Malformed> {
        if reader.read_bit()? {
            self.row = kind.read_row(None, reader)?;
        }
        Ok(&self.row)
    }
}
