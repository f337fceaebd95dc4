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
//! | `111` | a new label | 7 bits of length, bytes; a bit: whether fields have news too, and if so one of the first two |

use alloc::vec::Vec;

use super::layout::{FieldLayout, KindLayout};
use super::parts::Part;
use super::row::{EMPTY, FieldSet, Row};
use super::symbols::NewsTopic;
use crate::bits::{BitReader, BitWriter, Malformed, width};
use crate::limits::LABEL_BYTES_MAX;

/// News as it was read: values as they stood on the wire, to be applied around `advance`.
#[derive(Clone, Debug)]
pub enum News {
    /// The entity is gone, and its end could not be foreseen.
    Gone,
    /// Fields, a label, or both changed.
    Change {
        /// Fields with news.
        fields: FieldSet,
        /// Values, for each column of those fields: the whole value, or the difference.
        values: Row,
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

/// A change as it is told.
pub(crate) struct Change<'a> {
    /// Distance of each column with news from what was foreseen; for controls, from what was published a tick ago.
    pub(crate) differences: &'a Row,
    /// Published now.
    pub(crate) now: &'a Row,
}

impl KindLayout {
    /// Writes that the entity is gone.
    pub(crate) fn write_gone(&self, out: &mut BitWriter) {
        if !self.symbols.write(NewsTopic::Gone, out) {
            out.write(0b011, 3);
        }
    }

    /// Writes the news, and hands to `count` how many bits each part of it took.
    pub(crate) fn write_change(
        &self,
        fields: FieldSet,
        label: Option<&[u8]>,
        change: &Change<'_>,
        out: &mut BitWriter,
        mut count: impl FnMut(Part, usize),
    ) {
        let mut from = out.bits();
        let mut counted = |part, out: &BitWriter| {
            count(part, out.bits() - from);
            from = out.bits();
        };
        let topic = if label.is_none() { NewsTopic::Fields(fields.0) } else { NewsTopic::Other };
        let is_said = self.symbols.write(topic, out) && label.is_none();
        if let Some(label) = label {
            out.write(0b111, 3);
            write_label(label, out);
            out.write_bit(!fields.is_empty());
            counted(self.parts.gone_or_label(), out);
        }
        match fields.0.count_ones() {
            _ if is_said => {}
            0 => {}
            1 => {
                out.write_bit(false);
                out.write(fields.0.trailing_zeros(), self.index_bits);
            }
            _ => {
                out.write(0b01, 2);
                out.write(fields.0, self.fields.len() as u32);
            }
        }
        counted(self.parts.which_fields(), out);
        for (index, field) in self.fields_of(fields) {
            for at in field.columns() {
                if field.whole {
                    self.columns[at].write(change.now[at], out);
                } else {
                    out.write_signed(change.differences[at], field.news_bits);
                }
            }
            counted(self.parts.field(index), out);
        }
    }

    pub(crate) fn read_news(&self, reader: &mut BitReader<'_>) -> Result<News, Malformed> {
        match self.symbols.read(reader)? {
            NewsTopic::Gone => return Ok(News::Gone),
            NewsTopic::Fields(fields) => {
                let fields = FieldSet(fields);
                return Ok(News::Change { fields, values: self.read_values(fields, reader)?, label: None });
            }
            NewsTopic::Other => {}
        }
        let mut label = None;
        let mut one = !reader.read_bit()?;
        if !one && reader.read_bit()? {
            if !reader.read_bit()? {
                return Ok(News::Gone);
            }
            label = Some(read_label(reader)?);
            if !reader.read_bit()? {
                return Ok(News::Change { fields: FieldSet::default(), values: EMPTY, label });
            }
            one = !reader.read_bit()?;
            if !one && reader.read_bit()? {
                return Err(Malformed::OutOfRange("news of an entity"));
            }
        }
        let fields = if one { self.read_field_index(reader)? } else { FieldSet(reader.read(self.fields.len() as u32)?) };
        Ok(News::Change { fields, values: self.read_values(fields, reader)?, label })
    }

    fn read_values(&self, fields: FieldSet, reader: &mut BitReader<'_>) -> Result<Row, Malformed> {
        let mut values = EMPTY;
        for (_, field) in self.fields_of(fields) {
            for at in field.columns() {
                let column = &self.columns[at];
                values[at] = if field.whole { column.read(reader)? } else { reader.read_signed(field.news_bits)? };
            }
        }
        Ok(values)
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

    /// Takes the news of controls into `row`, before `advance`.
    pub(crate) fn apply_controls(&self, fields: FieldSet, values: &Row, row: &mut Row) -> Result<(), Malformed> {
        for (_, field) in self.fields_of(fields).filter(|(_, field)| field.control) {
            self.apply_field(field, values, row)?;
        }
        Ok(())
    }

    /// Takes the news of all but controls into `row`, after `advance`, at `tick_hz` ticks a second.
    pub(crate) fn apply(&self, fields: FieldSet, values: &Row, row: &mut Row, tick_hz: u32) -> Result<(), Malformed> {
        for &index in &self.news_order {
            let field = &self.fields[index];
            if field.control || !fields.contains(index) {
                continue;
            }
            self.apply_field(field, values, row)?;
            self.pulls.take_difference(index, &values[field.columns()], row, tick_hz);
        }
        Ok(())
    }

    fn apply_field(&self, field: &FieldLayout, values: &Row, row: &mut Row) -> Result<(), Malformed> {
        for at in field.columns() {
            row[at] = if field.whole { values[at] } else { self.columns[at].moved(row[at], values[at])? };
        }
        Ok(())
    }

    fn fields_of(&self, fields: FieldSet) -> impl Iterator<Item = (usize, &FieldLayout)> {
        self.fields.iter().enumerate().filter(move |(index, _)| fields.contains(*index))
    }
}
