//! [`Novelty`]: the news of an entity's fields as numbers.

use super::row::{EMPTY, FieldSet, Row};

/// News of an entity's fields, as numbers that travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Novelty {
    /// Fields with news.
    pub(super) fields: FieldSet,
    /// Numbers in the columns of those fields: a whole value, a difference in steps, or a correction in quanta.
    pub(super) values: Row,
    /// Whether it leads to the truth to the step, whatever the tolerances are.
    pub(super) exact: bool,
}

impl Default for Novelty {
    fn default() -> Self {
        Self { fields: FieldSet::default(), values: EMPTY, exact: false }
    }
}

impl Novelty {
    /// Fields with news.
    #[must_use]
    pub(crate) const fn fields(&self) -> FieldSet {
        self.fields
    }
}
