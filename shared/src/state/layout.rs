//! [`Layout`]: the field tables of a game, worked out for coding: where each column lies and how wide it is.

use alloc::vec::Vec;

use super::anchor::{Anchor, ViewReach};
use super::check::{SchemaError, check_tables, news_order};
use super::codes::{Codes, is_paced};
use super::parts::{KindParts, kind_parts};
use super::precision::Precision;
use super::pull::{PULLED_STEPS, Pulls, UsualPulls};
use super::replicate::Replicate;
use super::row::{EMPTY, Row};
use super::row_shape::RowShape;
use super::schema::{Field, Kind, Quantity};
use super::symbols::Symbols;
use super::turning;
use crate::bits::{BitReader, BitWriter, Malformed, exp_bits, width, zigzag};

/// Fields of a kind whose pace is kept: as many as 32 bits hold.
const PACED_FIELDS: usize = 16;

/// All kinds of a game.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    kinds: Vec<KindLayout>,
    kind_bits: u32,
}

impl Layout {
    /// The layout of every kind of `T`.
    ///
    /// # Errors
    /// [`SchemaError`] where a field table contradicts itself or a limit.
    pub(crate) fn new<T: Replicate>() -> Result<Self, SchemaError> {
        check_tables(T::KINDS)?;
        let parts = kind_parts(T::KINDS);
        let kinds: Vec<_> =
            T::KINDS.iter().zip(parts).map(|(kind, parts)| KindLayout::new(kind, parts)).collect::<Result<_, _>>()?;
        let kind_bits = width(kinds.len() as u32 - 1);
        Ok(Self { kinds, kind_bits })
    }

    /// The kind with index `kind`, which is one of the game's.
    #[must_use]
    pub(crate) fn kind(&self, kind: usize) -> &KindLayout {
        &self.kinds[kind]
    }

    /// Keeps paces also where nothing is coded by them, so that codes can be trained.
    pub(crate) fn keep_paces(&mut self) {
        self.kinds.iter_mut().for_each(|kind| kind.keeps_pace = true);
    }

    pub(crate) fn write_kind(&self, kind: usize, out: &mut BitWriter) {
        out.write(kind as u32, self.kind_bits);
    }

    pub(crate) fn read_kind(&self, reader: &mut BitReader<'_>) -> Result<usize, Malformed> {
        let kind = reader.read(self.kind_bits)? as usize;
        if kind < self.kinds.len() { Ok(kind) } else { Err(Malformed::OutOfRange("an entity's kind")) }
    }
}

/// Checks the field tables of `T`, as a room or a client does of its game when it is made.
///
/// # Errors
/// [`SchemaError`] where a table contradicts itself or a limit.
pub fn check_kinds<T: Replicate>() -> Result<(), SchemaError> {
    Layout::new::<T>().map(drop)
}

/// A column of a row: its range, and how its values are told apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    /// Smallest value.
    pub(crate) min: i32,
    /// Largest value.
    pub(crate) max: i32,
    /// Bits of any value, as its distance from `min`.
    pub(crate) bits: u32,
    /// Whether `max + 1` is `min` again.
    pub(crate) wraps: bool,
    whole: WholeCode,
}

/// The code of a column's whole value.
#[derive(Clone, Copy, Debug)]
enum WholeCode {
    /// Its distance from `min`, in `bits`.
    Plain,
    /// Its distance from `min`, where small ones are usual: an exponential code of this order.
    Count(u32),
    /// A number around zero, where small ones are usual: a signed exponential code of this order.
    Small(u32),
}

impl Column {
    fn new(field: &Field, axis: usize) -> Self {
        let (min, max) = (field.quantity.min(axis), field.quantity.max(axis));
        Self {
            min,
            max,
            bits: width(max.wrapping_sub(min) as u32),
            wraps: matches!(field.quantity, Quantity::Angle { .. }),
            whole: match field.quantity {
                Quantity::Counter { .. } => WholeCode::Count(field.news_bits),
                _ => WholeCode::Plain,
            },
        }
    }

    /// A column of the pull of `field`: mostly near zero.
    fn of_pull(field: &Field) -> Self {
        let (min, max) = (-PULLED_STEPS, PULLED_STEPS);
        Self { min, max, bits: width((max - min) as u32), wraps: false, whole: WholeCode::Small(field.news_bits) }
    }

    /// Bits of a whole value.
    pub(super) const fn whole_bits(&self, value: i32) -> u32 {
        match self.whole {
            WholeCode::Plain => self.bits,
            WholeCode::Count(order) => exp_bits(value.wrapping_sub(self.min) as u32, order),
            WholeCode::Small(order) => exp_bits(zigzag(value), order),
        }
    }

    /// The difference that leads from `base` to `value`: the short way round where the column wraps.
    pub(crate) const fn difference(&self, value: i32, base: i32) -> i32 {
        let plain = value.wrapping_sub(base);
        if self.wraps {
            let unused = 32 - self.bits;
            return (plain << unused) >> unused;
        }
        plain
    }

    /// Undoes [`difference`](Self::difference).
    pub(super) fn moved(&self, base: i32, difference: i32) -> Result<i32, Malformed> {
        let sum = base.wrapping_add(difference);
        if self.wraps {
            return Ok(sum & self.max);
        }
        self.checked(sum)
    }

    /// `base` moved by `difference`, to where the range ends at most.
    pub(crate) fn nearest(&self, base: i32, difference: i32) -> i32 {
        let sum = base.saturating_add(difference);
        if self.wraps { sum & self.max } else { sum.clamp(self.min, self.max) }
    }

    fn checked(&self, value: i32) -> Result<i32, Malformed> {
        if (self.min..=self.max).contains(&value) { Ok(value) } else { Err(Malformed::OutOfRange("a field")) }
    }

    pub(super) fn write(&self, value: i32, out: &mut BitWriter) {
        debug_assert!((self.min..=self.max).contains(&value), "a published value should lie in its field's range");
        let offset = value.wrapping_sub(self.min) as u32;
        match self.whole {
            WholeCode::Plain => out.write(offset, self.bits),
            WholeCode::Count(order) => out.write_exp(offset, order),
            WholeCode::Small(order) => out.write_signed(value, order),
        }
    }

    pub(super) fn read(&self, reader: &mut BitReader<'_>) -> Result<i32, Malformed> {
        let offset = match self.whole {
            WholeCode::Plain => reader.read(self.bits)?,
            WholeCode::Count(order) => reader.read_exp(order)?,
            WholeCode::Small(order) => return self.checked(reader.read_signed(order)?),
        };
        if offset > self.max.wrapping_sub(self.min) as u32 {
            return Err(Malformed::OutOfRange("a field"));
        }
        Ok(self.min.wrapping_add(offset as i32))
    }
}

/// A field's columns within the row, and how its news is coded.
#[derive(Clone, Copy, Debug)]
pub(super) struct FieldLayout {
    pub(super) first: usize,
    pub(super) count: usize,
    pub(super) control: bool,
    /// News of it is the whole new value: differences of flags mean nothing.
    pub(super) whole: bool,
    /// The largest column of a rotation; 0 of all else.
    pub(super) turn_max: i32,
    pub(super) precision: Precision,
    /// Order of the exponential code for a difference of whole steps.
    pub(super) news_bits: u32,
    /// The field that moves this one.
    pub(super) leader: Option<usize>,
    /// Index among the fields whose pace is kept.
    pub(super) paced: Option<u32>,
}

impl FieldLayout {
    fn new(field: &Field, first: usize) -> Self {
        Self {
            first,
            count: field.quantity.columns(),
            control: field.control,
            whole: matches!(field.quantity, Quantity::Flags { .. } | Quantity::Choice { .. }),
            turn_max: if let Quantity::Rotation { .. } = field.quantity { field.quantity.max(0) } else { 0 },
            precision: Precision::of(field),
            news_bits: field.news_bits,
            leader: field.moved_by,
            paced: None,
        }
    }

    pub(super) fn columns(&self) -> core::ops::Range<usize> {
        self.first..self.first + self.count
    }

    pub(super) fn is_exact(&self) -> bool {
        self.precision == Precision::Exact
    }

    /// The columns of a rotation.
    pub(super) fn rotation(&self, row: &Row) -> [i32; 4] {
        core::array::from_fn(|axis| row[self.first + axis])
    }

    pub(super) fn is_rotation(&self) -> bool {
        self.turn_max > 0
    }
}

/// A kind of entity, with the places and codes of its fields.
#[derive(Clone, Debug)]
pub(crate) struct KindLayout {
    /// The kind's name, as in the game's source.
    pub(crate) name: &'static str,
    /// Whether entities of this kind carry a label.
    pub(crate) labelled: bool,
    /// The urgency with which entities of the kind come into view, against 1.
    pub(crate) priority: u8,
    /// Columns of the fields, and behind them those of the pulls.
    pub(super) columns: Vec<Column>,
    pub(super) field_columns: usize,
    pub(super) fields: Vec<FieldLayout>,
    /// The same as the game has it.
    pub(super) table: &'static [Field],
    pub(super) pulls: Pulls,
    /// Indexes of the fields, each after the one whose news moves it.
    pub(super) news_order: Vec<usize>,
    pub(super) shape: RowShape,
    /// Bits of a field's index.
    pub(super) index_bits: u32,
    /// First column, count and step of the field that is the entity's place.
    position: Option<(usize, usize, f64)>,
    pub(super) symbols: Symbols,
    /// Trained codes.
    pub(super) codes: Option<Codes>,
    /// Number of fields whose pace may be kept.
    pub(super) paces: u32,
    /// Whether it is: for trained codes, or to train them.
    pub(super) keeps_pace: bool,
    /// The message parts by which bits of this kind are counted.
    pub(crate) parts: KindParts,
}

/// The shape of the kind of `T` that has this layout.
#[inline(always)]
pub(crate) fn shape_of<T: Replicate>(layout: &KindLayout) -> RowShape {
    if const { T::KINDS.len() == 1 } { const { RowShape::of(&T::KINDS[0]) } } else { layout.shape }
}

impl KindLayout {
    fn new(kind: &Kind, parts: KindParts) -> Result<Self, SchemaError> {
        let mut columns = Vec::new();
        let mut fields = Vec::new();
        let mut position = None;
        for field in kind.fields {
            let (first, count) = (columns.len(), field.quantity.columns());
            columns.extend((0..count).map(|axis| Column::new(field, axis)));
            fields.push(FieldLayout::new(field, first));
            if field.position && position.is_none() {
                position = Some((first, count, field.quantity.step()));
            }
        }
        let field_columns = columns.len();
        let lasting = kind.fields.iter().filter(|field| field.lasts > 0);
        columns.extend(lasting.flat_map(|field| (0..field.quantity.columns()).map(|_| Column::of_pull(field))));
        let codes = Codes::of(kind).and_then(|codes| suit(codes, &mut fields, &columns));
        let codes = codes.map_err(|what| SchemaError { place: kind.name.into(), what })?;
        let paces = number_paces(kind, &mut fields);
        let index_bits = width((fields.len() as u32).saturating_sub(1));
        Ok(Self {
            name: kind.name,
            labelled: kind.labelled,
            priority: kind.priority,
            columns,
            field_columns,
            table: kind.fields,
            fields,
            pulls: Pulls::new(kind),
            news_order: news_order(kind.fields).expect("a field table should have been checked"),
            shape: RowShape::of(kind),
            index_bits,
            position,
            symbols: Symbols::new(kind.news),
            keeps_pace: codes.is_some(),
            codes,
            paces,
            parts,
        })
    }

    /// The columns of a row of this kind.
    #[must_use]
    pub(crate) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Columns of the fields, behind which those of the pulls lie.
    pub(crate) const fn field_columns(&self) -> usize {
        self.field_columns
    }

    /// Takes what lasts of `before` over to `row`, which is foreseen of it but for that, and lets it act for a tick.
    #[inline]
    pub(crate) fn pull(&self, before: &Row, row: &mut Row, tick_hz: u32) {
        self.pulls.act(before, row, tick_hz);
    }

    /// Limits what lasts to some times what is `usual` of the entity, for its picture.
    pub(crate) fn limit_pulls(&self, row: &mut Row, usual: &mut UsualPulls) {
        self.pulls.limit(row, usual);
    }

    /// Clears what lasts, of the row of somebody new.
    pub(crate) fn clear_pulls(&self, row: &mut Row) {
        row[self.field_columns..self.columns.len()].fill(0);
    }

    /// The anchor at `row`'s place: the point from which a client tells what else is in reach.
    pub(crate) fn anchor(&self, row: &Row, reach: ViewReach) -> Option<Anchor> {
        let (first, axes, step) = self.position?;
        Anchor::new(&row[first..first + axes], step, reach)
    }

    /// Writes all columns. With an `anchor` of the same grid the place is told from there, if it is within
    /// reach and that takes fewer bits.
    pub(crate) fn write_row(&self, row: &Row, anchor: Option<Anchor>, out: &mut BitWriter) {
        let told = match self.told_from(anchor) {
            Some((anchor, place)) if anchor.write(&row[place.clone()], out) => place,
            _ => 0..0,
        };
        for field in &self.fields {
            if field.is_rotation() {
                let bits = self.columns[field.first].bits;
                turning::write_whole(field.rotation(row), bits, field.turn_max, out);
                continue;
            }
            for at in field.columns().filter(|at| !told.contains(at)) {
                self.columns[at].write(row[at], out);
            }
        }
        for (column, &steps) in self.columns.iter().zip(row).skip(self.field_columns) {
            column.write(steps, out);
        }
    }

    /// Reads what [`write_row`](Self::write_row) wrote.
    pub(crate) fn read_row(&self, anchor: Option<Anchor>, reader: &mut BitReader<'_>) -> Result<Row, Malformed> {
        let mut row = EMPTY;
        let mut told = 0..0;
        if let Some((anchor, place)) = self.told_from(anchor)
            && anchor.read(&mut row[place.clone()], reader)?
        {
            told = place;
        }
        for field in &self.fields {
            if field.is_rotation() {
                let bits = self.columns[field.first].bits;
                row[field.columns()].copy_from_slice(&turning::read_whole(bits, field.turn_max, reader)?);
                continue;
            }
            for at in field.columns() {
                let column = &self.columns[at];
                row[at] = if told.contains(&at) { column.checked(row[at])? } else { column.read(reader)? };
            }
        }
        for (column, steps) in self.columns.iter().zip(&mut row).skip(self.field_columns) {
            *steps = column.read(reader)?;
        }
        Ok(row)
    }

    /// The anchor and the columns of the place, where telling the one from the other is shorter than telling it whole.
    fn told_from(&self, anchor: Option<Anchor>) -> Option<(Anchor, core::ops::Range<usize>)> {
        let (anchor, (first, axes, step)) = (anchor?, self.position?);
        // The same table gives the same bits of `step`, so equality is meant.
        let is_like = anchor.axes == axes && anchor.step.to_bits() == step.to_bits();
        (is_like && anchor.offset_bits() < self.narrowest(first..first + axes)).then_some((anchor, first..first + axes))
    }

    /// Bits of the narrowest of some columns.
    fn narrowest(&self, columns: core::ops::Range<usize>) -> u32 {
        self.columns[columns].iter().map(|column| column.bits).min().unwrap_or(0)
    }
}

/// Numbers the fields whose pace may be kept. How many they are.
fn number_paces(kind: &Kind, fields: &mut [FieldLayout]) -> u32 {
    let mut paces = 0;
    for (field, _) in fields.iter_mut().zip(kind.fields).filter(|(_, field)| is_paced(field)).take(PACED_FIELDS) {
        field.paced = Some(paces);
        paces += 1;
    }
    paces
}

/// Checks trained codes against the fields. A field with usual values is told whole.
fn suit(codes: Option<Codes>, fields: &mut [FieldLayout], columns: &[Column]) -> Result<Option<Codes>, &'static str> {
    let coded = codes.as_ref().map_or(&[][..], |codes| &codes.fields);
    for (field, of) in fields.iter_mut().zip(coded) {
        let Some(values) = &of.values else { continue };
        let column = &columns[field.first];
        if field.count > 1 || field.precision != Precision::Exact {
            return Err("its codes have values for a field of several numbers, or with a tolerance");
        }
        if !values.meanings().flatten().all(|value| column.checked(value).is_ok()) {
            return Err("its codes have a value outside of its field's range");
        }
        field.whole = true;
    }
    Ok(codes)
}

#[cfg(test)]
mod tests {
    use auspice_derive::Replicate;
    use glam::Vec3;

    use super::*;

    /// A body whose changes of speed last.
    #[derive(Replicate)]
    struct Sled {
        #[field(vec3(min = -500, max = 500, step = 0.01), moved_by = velocity, position)]
        at: Vec3,
        #[field(vec3(min = -60, max = 60, step = 0.01), lasts = 0.9)]
        velocity: Vec3,
        #[field(counter(max = 9))]
        laps: u8,
    }

    #[test]
    fn a_row_has_a_pull_for_each_number_that_lasts() {
        let layout = Layout::new::<Sled>().expect("the table is right");
        assert_eq!((layout.kind(0).field_columns(), layout.kind(0).columns().len()), (7, 7 + 3));
    }
}
