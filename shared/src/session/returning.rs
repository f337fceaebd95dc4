//! Players who come back: when a session takes note of that, and hands it out.

use super::returns::{NewestUpdate, Return};
use super::{Follower, Session};
use crate::tick::Micros;

impl<F: Follower> Session<F> {
    /// What a player is to be told who was without a connection, or heard nothing for
    /// [`REDIAL_MILLIS`](crate::limits::REDIAL_MILLIS), and plays again: once for each time; the newest, where nobody
    /// asked before. None for an absence that was as short as a stall that is not told either
    /// ([`STALLED_MILLIS`](crate::limits::STALLED_MILLIS)) and cost nothing.
    pub fn poll_return(&mut self) -> Option<Return> {
        self.returns.untold.take()
    }

    /// An update came on this connection.
    pub(super) fn note_update(&mut self, index: usize, now: Micros) {
        let link = &self.links[index];
        let update = NewestUpdate { by: link.id, at: now, tick: link.follower.tick_and_period() };
        self.returns.note(update, link.opened_at, link.comes_back);
    }
}
