//! Fields that several kinds share: a struct of them is taken into a kind's table at its place.

use super::replicate::Replicate;
use super::row::EMPTY;
use super::schema::{Display, Field};
use crate::limits::COLUMNS_MAX;

/// A part of a field table, for the derive.
#[derive(Clone, Copy, Debug)]
pub enum Piece {
    /// A field of the struct's own. What it is moved by is counted in pieces.
    Own(Field),
    /// The fields of a struct that is marked `flatten`.
    Flat(&'static [Field]),
}

impl Piece {
    const fn len(&self) -> usize {
        match self {
            Self::Own(_) => 1,
            Self::Flat(fields) => fields.len(),
        }
    }
}

/// The fields of `T`, which is to be a struct without options of its own: they would be lost.
#[must_use]
pub const fn flat_fields<T: Replicate>() -> &'static [Field] {
    assert!(T::KINDS.len() == 1, "what is flattened is a struct that derives Replicate, not an enum of several");
    let kind = &T::KINDS[0];
    let is_told_otherwise = kind.priority != 1 || kind.patience_millis.is_some();
    let has_options = kind.labelled
        || kind.rewinds
        || kind.obstacle
        || is_told_otherwise
        || !kind.news.is_empty()
        || !kind.codes.is_empty();
    assert!(
        !has_options && matches!(kind.display, Display::Advance),
        "what is flattened has a #[replicate(...)] of its own: it belongs on the struct that takes it in"
    );
    kind.fields
}

/// Number of fields of all pieces.
#[must_use]
pub const fn count_fields(pieces: &[Piece]) -> usize {
    let (mut sum, mut at) = (0, 0);
    while at < pieces.len() {
        sum += pieces[at].len();
        at += 1;
    }
    sum
}

/// The table of all pieces, in which what moves a field is counted in fields.
#[must_use]
pub const fn join_fields<const N: usize>(pieces: &[Piece]) -> [Field; N] {
    let mut joined = [Field::flags("", 1); N];
    let (mut piece, mut at) = (0, 0);
    while piece < pieces.len() {
        match pieces[piece] {
            Piece::Own(mut field) => {
                if let Some(leader) = field.moved_by {
                    assert!(
                        matches!(pieces[leader], Piece::Own(_)),
                        "a field is moved by a field, not by a struct of them"
                    );
                    field.moved_by = Some(count_fields(pieces.split_at(leader).0));
                }
                joined[at] = field;
                at += 1;
            }
            Piece::Flat(fields) => {
                let mut index = 0;
                while index < fields.len() {
                    let mut field = fields[index];
                    if let Some(leader) = field.moved_by {
                        field.moved_by = Some(leader + at - index);
                    }
                    joined[at] = field;
                    (index, at) = (index + 1, at + 1);
                }
            }
        }
        piece += 1;
    }
    joined
}

/// A bit for each of the fields that are called so.
#[must_use]
pub const fn fields_named(fields: &[Field], names: &[&str]) -> u32 {
    let (mut mask, mut name) = (0, 0);
    while name < names.len() {
        let (mut index, mut found) = (0, 0);
        while index < fields.len() {
            if is_same(fields[index].name, names[name]) {
                mask |= 1 << index;
                found += 1;
            }
            index += 1;
        }
        assert!(found == 1, "the news names a field that is not there, or that is there twice");
        name += 1;
    }
    mask
}

const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// Writes the columns of a struct that is flattened to the front of `columns`; how many they are.
#[inline]
pub fn write_flat<T: Replicate>(value: &T, columns: &mut [i32]) -> usize {
    let (mut row, count) = (EMPTY, T::KINDS[0].columns());
    value.write_row(&mut row);
    columns[..count].copy_from_slice(&row[..count]);
    count
}

/// The same of what the columns would be without rounding.
#[inline]
pub fn write_flat_steps<T: Replicate>(value: &T, steps: &mut [f64]) -> usize {
    let (mut exact, count) = ([0.0; COLUMNS_MAX], T::KINDS[0].columns());
    value.write_steps(&mut exact);
    steps[..count].copy_from_slice(&exact[..count]);
    count
}

/// Reads what [`write_flat`] wrote.
#[inline]
#[must_use]
pub fn read_flat<T: Replicate>(columns: &[i32]) -> T {
    let (mut row, count) = (EMPTY, T::KINDS[0].columns());
    row[..count].copy_from_slice(&columns[..count]);
    T::read_row(0, &row)
}
