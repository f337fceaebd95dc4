//! [`EnteringBudget`]: bytes of an update beyond which what comes into view waits for the next one.
//!
//! While entities wait, the budget doubles each time that the client holds an update of the budget before, and not
//! before: a line is never given more than twice of what it has just carried. Where the client falls behind, or nothing
//! waits, it is the least again at once.

use serde::{Deserialize, Serialize};

use crate::limits::{UPDATE_BUDGET_BYTES, UPDATE_BUDGET_BYTES_MAX};
use crate::link::{Window, WindowBounds};
use crate::tick::Tick;

/// The budget of one client.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct EnteringBudget {
    doublings: u8,
    /// The first tick whose update has this budget, while entities wait.
    since: Option<Tick>,
}

impl EnteringBudget {
    pub(super) const LEAST: Self = Self { doublings: 0, since: None };

    /// The budget in bits.
    pub(super) fn bits(self) -> usize {
        8 * self.bytes()
    }

    fn bytes(self) -> usize {
        (UPDATE_BUDGET_BYTES << self.doublings).min(UPDATE_BUDGET_BYTES_MAX)
    }

    /// Nothing waits.
    pub(super) fn reset(&mut self) {
        *self = Self::LEAST;
    }

    /// Entities wait after the update of `tick`, which `window` does not know of yet.
    pub(super) fn wait(&mut self, tick: Tick, window: &Window, bounds: &WindowBounds) {
        if window.is_behind(bounds) {
            self.doublings = 0;
        } else if self.since.is_none_or(|since| window.applied < since) {
            self.since.get_or_insert(tick.next());
            return;
        } else if self.bytes() < UPDATE_BUDGET_BYTES_MAX {
            self.doublings += 1;
        }
        self.since = Some(tick.next());
    }
}
