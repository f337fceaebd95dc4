//! [`RowShape`]: the columns of a kind, as far as rows are compared and copied by them.

use super::precision::Precision;
use super::row::Row;
use super::schema::Kind;
use crate::limits::COLUMNS_MAX;

/// Columns of a kind. Where a type has one kind they are the compiler's to know, and a comparison of rows is a few
/// instructions instead of a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowShape {
    /// Columns of the fields, and behind them those of the pulls.
    columns: u8,
    field_columns: u8,
    control_columns: u8,
    /// Whether what is published may differ from the truth by more than its rounding.
    pub(super) is_tolerant: bool,
    /// Whether entities carry a label.
    pub(crate) labelled: bool,
    /// Columns of the control fields, and behind them nothing.
    controls: [u8; COLUMNS_MAX],
}

impl RowShape {
    pub(super) const fn of(kind: &Kind) -> Self {
        let (columns, field_columns) = (kind.row_columns() as u8, kind.columns() as u8);
        let labelled = kind.labelled;
        let mut shape = Self {
            columns,
            field_columns,
            control_columns: 0,
            is_tolerant: false,
            labelled,
            controls: [0; COLUMNS_MAX],
        };
        let (mut index, mut at) = (0, 0);
        while index < kind.fields.len() {
            let field = &kind.fields[index];
            shape.is_tolerant |= !Precision::is_exact(field);
            let end = at + field.quantity.columns();
            // A table with too many columns is refused elsewhere.
            while at < end && at < COLUMNS_MAX {
                if field.control {
                    shape.controls[shape.control_columns as usize] = at as u8;
                    shape.control_columns += 1;
                }
                at += 1;
            }
            index += 1;
        }
        shape
    }

    /// The columns of a row.
    #[inline(always)]
    pub(crate) fn columns_of<'a>(&self, row: &'a Row) -> &'a [i32] {
        &row[..usize::from(self.columns)]
    }

    /// Whether two rows are the same.
    #[inline(always)]
    pub(crate) fn is_same(&self, one: &Row, other: &Row) -> bool {
        self.columns_of(one) == self.columns_of(other)
    }

    /// Whether two rows are the same but for what lasts of changes.
    #[inline(always)]
    pub(crate) fn has_same_fields(&self, one: &Row, other: &Row) -> bool {
        let columns = usize::from(self.field_columns);
        one[..columns] == other[..columns]
    }

    /// Whether the control columns of two rows are the same.
    #[inline(always)]
    pub(crate) fn has_same_controls(&self, one: &Row, other: &Row) -> bool {
        self.controls().all(|at| one[at] == other[at])
    }

    /// Copies the control columns of `from` into `row`.
    #[inline(always)]
    pub(crate) fn copy_controls(&self, from: &Row, row: &mut Row) {
        self.controls().for_each(|at| row[at] = from[at]);
    }

    #[inline(always)]
    fn controls(&self) -> impl Iterator<Item = usize> {
        self.controls[..usize::from(self.control_columns)].iter().map(|at| usize::from(*at))
    }
}
