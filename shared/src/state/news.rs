//! News: what of an entity could not be foreseen at a tick. Written once, read by everyone who sees it.
//!
//! What news is usually about has a symbol of its own (`state/symbols.rs`), and values follow. All else is
//! said in full:
//!
//! | bits | means | followed by |
//! | --- | --- | --- |
//! | `0` | one field | its index, its value |
//! | `10` | several fields | one bit each, the values of those set, in order |
//! | `110` | it is gone | nothing |
//! | `1110` | a new label | 7 bits of length, bytes; a bit: whether fields have news too, and if so this table again |
//! | `1111` | to the step | one of the first two: news of these fields is exact, whatever their tolerance |

use alloc::vec::Vec;

use super::codes::FieldCodes;
use super::layout::{FieldLayout, KindLayout};
use super::novelty::Novelty;
use super::pace::Pace;
use super::parts::Part;
use super::precision::Precision;
use super::row::FieldSet;
use super::symbols::{NewsTopic, Symbols};
use super::turning;
use crate::bits::{BitReader, BitWriter, Malformed, width};
use crate::limits::LABEL_BYTES_MAX;

/// News as it was read, to be applied around `advance`.
#[derive(Clone, Debug)]
pub(crate) enum News {
    /// The entity is gone, and its end could not be foreseen.
    Gone,
    /// Fields, a label, or both changed.
    Change {
        /// News of fields.
        fields: Novelty,
        /// The new label.
        label: Option<Vec<u8>>,
    },
}

pub(crate) fn write_label(label: &[u8], out: &mut BitWriter) {
    debug_assert!(label.len() <= LABEL_BYTES_MAX, "a label should be within its limit");
    out.write(label.len() as u32, width(LABEL_BYTES_MAX as u32));
    out.write_bytes(label);
}

pub(crate) fn read_label(reader: &mut BitReader<'_>) -> Result<Vec<u8>, Malformed> {
    let length = reader.read(width(LABEL_BYTES_MAX as u32))? as usize;
    if length > LABEL_BYTES_MAX {
        return Err(Malformed::OutOfRange("a label's length"));
    }
    let mut label = alloc::vec![0; length];
    reader.read_bytes(&mut label)?;
    Ok(label)
}

impl KindLayout {
    /// Writes that the entity is gone.
    pub(crate) fn write_gone(&self, pace: Pace, out: &mut BitWriter) {
        if !self.symbols_after(pace).write(NewsTopic::Gone, out) {
            out.write(0b011, 3);
        }
    }

    /// Writes the news, and hands to `count` how many bits each part of it took.
    pub(crate) fn write_change(
        &self,
        news: &Novelty,
        label: Option<&[u8]>,
        pace: Pace,
        out: &mut BitWriter,
        mut count: impl FnMut(Part, usize),
    ) {
        let mut from = out.bits();
        let mut counted = |part, out: &BitWriter| {
            count(part, out.bits() - from);
            from = out.bits();
        };
        let is_plain = label.is_none() && !news.exact;
        let topic = if is_plain { NewsTopic::Fields(news.fields.0) } else { NewsTopic::Other };
        let is_said = self.symbols_after(pace).write(topic, out) && is_plain;
        if let Some(label) = label {
            out.write(0b0111, 4);
            write_label(label, out);
            out.write_bit(!news.fields.is_empty());
            counted(self.parts.gone_or_label(), out);
        }
        if !is_said && !news.fields.is_empty() {
            self.write_fields(news, out);
        }
        counted(self.parts.which_fields(), out);
        for (index, _) in self.fields_of(news.fields) {
            self.write_values(index, news, pace, out);
            counted(self.parts.field(index), out);
        }
    }

    /// Writes in full which fields have news.
    fn write_fields(&self, news: &Novelty, out: &mut BitWriter) {
        if news.exact {
            out.write(0b1111, 4);
        }
        if news.fields.0.count_ones() == 1 {
            out.write_bit(false);
            out.write(news.fields.0.trailing_zeros(), self.index_bits);
        } else {
            out.write(0b01, 2);
            out.write(news.fields.0, self.fields.len() as u32);
        }
    }

    fn write_values(&self, index: usize, news: &Novelty, pace: Pace, out: &mut BitWriter) {
        let (field, codes) = (&self.fields[index], self.codes_of(index));
        let (order, numbers) = (field.order(news.exact), field.numbers(news.exact));
        for axis in 0..numbers {
            let value = news.values[field.first + axis];
            if field.whole {
                let usual = codes.and_then(|codes| codes.values.as_ref());
                if !usual.is_some_and(|values| values.write_or(Some(value), None, out)) {
                    self.columns[field.first].write(value, out);
                }
            } else if field.is_rest(axis) {
                out.write_exp(value as u32, REST_ORDER);
            } else {
                let code = codes.filter(|_| !news.exact).and_then(|codes| codes.number(axis, pace.of(field)));
                if !code.is_some_and(|code| code.write(value, out)) {
                    out.write_signed(value, order);
                }
            }
        }
    }

    /// The words for sets of fields at a pace.
    fn symbols_after(&self, pace: Pace) -> &Symbols {
        let trained = self.codes.as_ref().and_then(|codes| codes.sets_after(self.paced_fields(pace)));
        trained.unwrap_or(&self.symbols)
    }

    fn codes_of(&self, index: usize) -> Option<&FieldCodes> {
        self.codes.as_ref().map(|codes| &codes.fields[index])
    }

    pub(crate) fn read_news(&self, pace: Pace, reader: &mut BitReader<'_>) -> Result<News, Malformed> {
        let mut news = Novelty::default();
        let mut label = None;
        match self.symbols_after(pace).read(reader)? {
            NewsTopic::Gone => return Ok(News::Gone),
            NewsTopic::Fields(fields) => news.fields = FieldSet(fields),
            NewsTopic::Other => match self.read_opening(reader)? {
                Opening::Gone => return Ok(News::Gone),
                Opening::Fields(opening) => news = opening,
                Opening::Label => {
                    label = Some(read_label(reader)?);
                    if reader.read_bit()? {
                        let Opening::Fields(opening) = self.read_opening(reader)? else {
                            return Err(Malformed::OutOfRange("news of an entity"));
                        };
                        news = opening;
                    }
                }
            },
        }
        for (index, _) in self.fields_of(news.fields) {
            self.read_values(index, &mut news, pace, reader)?;
        }
        Ok(News::Change { fields: news, label })
    }

    /// Reads a line of the table above.
    fn read_opening(&self, reader: &mut BitReader<'_>) -> Result<Opening, Malformed> {
        if !reader.read_bit()? {
            return self.read_field_index(reader).map(|fields| Opening::of(fields, false));
        }
        if !reader.read_bit()? {
            return self.read_field_set(reader).map(|fields| Opening::of(fields, false));
        }
        if !reader.read_bit()? {
            return Ok(Opening::Gone);
        }
        if !reader.read_bit()? {
            return Ok(Opening::Label);
        }
        let fields = if reader.read_bit()? { self.read_second_set(reader)? } else { self.read_field_index(reader)? };
        Ok(Opening::of(fields, true))
    }

    /// Reads a set of fields behind its first bit.
    fn read_second_set(&self, reader: &mut BitReader<'_>) -> Result<FieldSet, Malformed> {
        if reader.read_bit()? { Err(Malformed::OutOfRange("news of an entity")) } else { self.read_field_set(reader) }
    }

    fn read_field_set(&self, reader: &mut BitReader<'_>) -> Result<FieldSet, Malformed> {
        Ok(FieldSet(reader.read(self.fields.len() as u32)?))
    }

    fn read_field_index(&self, reader: &mut BitReader<'_>) -> Result<FieldSet, Malformed> {
        let index = reader.read(self.index_bits)? as usize;
        if index >= self.fields.len() {
            return Err(Malformed::OutOfRange("a field's index"));
        }
        let mut fields = FieldSet::default();
        fields.insert(index);
        Ok(fields)
    }

    fn read_values(
        &self,
        index: usize,
        news: &mut Novelty,
        pace: Pace,
        reader: &mut BitReader<'_>,
    ) -> Result<(), Malformed> {
        let (field, codes) = (&self.fields[index], self.codes_of(index));
        let (order, numbers) = (field.order(news.exact), field.numbers(news.exact));
        for axis in 0..numbers {
            news.values[field.first + axis] = if field.whole {
                let usual = codes.and_then(|codes| codes.values.as_ref());
                match usual.map_or(Ok(None), |values| values.read(reader))? {
                    Some(value) => value,
                    None => self.columns[field.first].read(reader)?,
                }
            } else if field.is_rest(axis) {
                reader.read_exp(REST_ORDER)? as i32
            } else {
                let code = codes.filter(|_| !news.exact).and_then(|codes| codes.number(axis, pace.of(field)));
                match code.map_or(Ok(None), |code| code.read(reader))? {
                    Some(value) => value,
                    None => reader.read_signed(order)?,
                }
            };
        }
        Ok(())
    }
}

/// The beginning of news that is said in full.
enum Opening {
    Gone,
    Label,
    Fields(Novelty),
}

impl Opening {
    fn of(fields: FieldSet, exact: bool) -> Self {
        Self::Fields(Novelty { fields, exact, ..Novelty::default() })
    }
}

/// Order of the code for what exact news leaves of a rotation: 0 or 1 mostly.
const REST_ORDER: u32 = 1;

impl FieldLayout {
    /// Whether the number of that axis is what exact news leaves of a rotation.
    fn is_rest(&self, axis: usize) -> bool {
        self.is_rotation() && axis == turning::NUMBERS - 1
    }

    /// Number of numbers that news of the field has.
    pub(super) fn numbers(&self, is_exact: bool) -> usize {
        if matches!(self.precision, Precision::Turned { .. }) && !is_exact { turning::NUMBERS - 1 } else { self.count }
    }

    /// Order of the exponential code for its numbers: `news_bits` is of whole steps, and quanta are larger.
    fn order(&self, is_exact: bool) -> u32 {
        match self.precision {
            Precision::Near { quantum, .. } if !is_exact => self.news_bits.saturating_sub(quantum.ilog2()),
            _ => self.news_bits,
        }
    }
}
