//! [`Room::record`]: a room that writes down what happens to it; [`Room::keep_events`]: what it tells.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem;

use super::room::Room;
use crate::game::{Events, Game};
use crate::id::ClientId;

impl<G: Game> Room<G> {
    /// Records from now on whatever happens, from an empty record. What the room is now is for the caller to keep.
    pub fn record(&mut self) {
        self.recorder = Some(Box::default());
    }

    /// Moves what was recorded since the last time to the end of `to`.
    pub fn take_record(&mut self, to: &mut Vec<u8>) {
        self.recorder.iter_mut().for_each(|recorder| recorder.take(to));
    }

    /// Keeps the events that the game tells from now on, for [`take_events`](Self::take_events).
    pub fn keep_events(&mut self) {
        self.kept_events = Some(Events::new());
    }

    /// The events that were told since the last time, in order; none unless they are [kept](Self::keep_events).
    pub fn take_events(&mut self) -> Events<G::Event> {
        self.kept_events.as_mut().map_or_else(Events::new, mem::take)
    }

    /// Takes over from a room that failed, and whose record this one was made of, what no record has: those who wait
    /// to be judged, and the tokens that were not handed out yet. Notices of what is recorded have been given before.
    pub fn take_over_unrecorded(&mut self, failed: &mut Self) {
        self.applicants = mem::take(&mut failed.applicants);
        self.notices.clear();
        for (client, seat) in failed.seats.iter() {
            let token = seat.session.as_ref().and_then(|session| session.token);
            let session = self.seats.get_mut(client).and_then(|seat| seat.session.as_mut());
            session.into_iter().for_each(|session| session.token = token);
        }
    }

    /// Whoever has this slot of the seats now.
    pub(super) fn client_at(&self, slot: u32) -> Option<ClientId> {
        self.seats.key_at(slot)
    }
}
