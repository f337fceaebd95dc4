//! The input that a player holds between two ticks.

use crate::state::{EMPTY, Quantity, Replicate, Row};

/// The input that a player gives from now on, and the flags that went up since the last tick: a button that is pressed
/// and let go of between two ticks is pressed in the next. One that was pressed before is held no longer than it is.
pub(super) struct HeldInput<I> {
    now: I,
    /// The columns of `now`.
    row: Row,
    /// The input of the next tick: `now`, with the flags that went up.
    next: I,
    /// The flags that went up, in their columns; zero in all others.
    raised: Row,
}

impl<I: Replicate + Copy + Default> HeldInput<I> {
    pub(super) fn new() -> Self {
        Self { now: I::default(), row: EMPTY, next: I::default(), raised: EMPTY }
    }

    pub(super) fn set(&mut self, input: I) {
        let mut row = EMPTY;
        input.write_row(&mut row);
        let (mut was, mut next) = (core::mem::replace(&mut self.row, row), row);
        let columns = flags::<I>(&mut self.raised).zip(flags::<I>(&mut next)).zip(flags::<I>(&mut was));
        for ((raised, is_up), was_up) in columns {
            *raised |= *is_up & !*was_up;
            *is_up |= *raised;
        }
        self.now = input;
        // What is not to be changed is not rounded either.
        self.next = if next == row { input } else { I::read_row(0, &next) };
    }

    /// The input that is held now.
    pub(super) const fn now(&self) -> I {
        self.now
    }

    /// Forgets what flags went up: nothing is given while the connection is silent, and what was pressed then is over.
    pub(super) fn forget(&mut self) {
        (self.raised, self.next) = (EMPTY, self.now);
    }

    /// The input of the next tick, as it would be now.
    pub(super) const fn next(&self) -> I {
        self.next
    }

    /// The input of the next tick, which is given now.
    pub(super) fn give(&mut self) -> I {
        self.raised = EMPTY;
        core::mem::replace(&mut self.next, self.now)
    }
}

/// The columns of an input's flags.
fn flags<I: Replicate>(row: &mut Row) -> impl Iterator<Item = &mut i32> {
    let of_fields = I::KINDS[0].fields.iter().flat_map(|field| {
        let is_flags = matches!(field.quantity, Quantity::Flags { .. });
        core::iter::repeat_n(is_flags, field.quantity.columns())
    });
    row.iter_mut().zip(of_fields).filter_map(|(column, is_flags)| is_flags.then_some(column))
}
