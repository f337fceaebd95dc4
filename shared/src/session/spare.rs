//! The spare connection of a session: dialled while inputs get stuck on their way, hung up when that is over.
//!
//! It is a help and nothing more: whatever becomes of it, the session goes on without.

use super::link::Spare;
use super::{ConnectionId, Follower, HangUp, Session};
use crate::error::PeerFault;
use crate::limits::{GIVE_UP_SECONDS, SPARE_AGAIN_SECONDS, SPARE_TRUSTED_SECONDS};
use crate::tick::Micros;

impl<F: Follower> Session<F> {
    /// Dials a spare connection while inputs get stuck on their way, as behind a lost packet: each other tick it
    /// carries those of two ticks once more. It costs half as many packets again, each way, and only then.
    #[must_use]
    pub const fn with_spare(mut self) -> Self {
        self.dials_spare = true;
        self
    }

    /// Whether this is the spare connection.
    #[must_use]
    pub fn is_spare(&self, id: ConnectionId) -> bool {
        self.spare.is_some_and(|spare| spare.id == id)
    }

    /// The connection to dial as a spare one at `now`, if that helps.
    pub(super) fn dial_spare(&mut self, now: Micros) -> Option<ConnectionId> {
        let [link] = &self.links[..] else { return None };
        let is_settled = link.has_update && self.dial_at.is_none() && self.spare.is_none();
        if !(self.dials_spare && is_settled && now >= self.spare_not_before && link.follower.wants_spare(now)) {
            return None;
        }
        let of = link.id;
        let spare = Spare { id: self.next_id(), of, is_open: false, is_answered: false, dialled_at: now };
        self.spare = Some(spare);
        Some(spare.id)
    }

    /// Hangs the spare connection up where it helps no more: where none does, and where another may, since inputs get
    /// stuck beside this one.
    pub(super) fn tend_spare(&mut self, now: Micros) {
        let Some(spare) = self.spare else { return };
        let trusted_until = spare.dialled_at + Micros::from_seconds(SPARE_TRUSTED_SECONDS);
        let helps = |follower: &F| follower.wants_spare(now) && follower.stuck_at().is_none_or(|at| at < trusted_until);
        let helps = matches!(&self.links[..], [link] if link.id == spare.of && helps(&link.follower));
        let is_unanswered = !spare.is_answered && now.since(spare.dialled_at) >= Micros::from_seconds(GIVE_UP_SECONDS);
        if !helps || is_unanswered {
            self.hang_ups.push_back((spare.id, HangUp::Goodbye));
            self.lose_spare(is_unanswered.then_some(now));
        }
    }

    /// The spare connection is open.
    pub(super) fn open_spare(&mut self) {
        let Some(spare) = &mut self.spare else { return };
        spare.is_open = true;
        let of = spare.of;
        self.links.iter_mut().filter(|link| link.id == of).for_each(|link| link.follower.set_spare(true));
    }

    /// The spare connection is no more; `failed_at` where that was no wish of ours.
    pub(super) fn lose_spare(&mut self, failed_at: Option<Micros>) {
        let Some(spare) = self.spare.take() else { return };
        self.links.iter_mut().filter(|link| link.id == spare.of).for_each(|link| link.follower.set_spare(false));
        if let Some(at) = failed_at {
            self.spare_not_before = at + Micros::from_seconds(SPARE_AGAIN_SECONDS);
        }
    }

    /// The follower whose inputs the spare connection carries, while that is open.
    fn spare_follower(&mut self) -> Option<&mut F> {
        let of = self.spare.filter(|spare| spare.is_open)?.of;
        self.links.iter_mut().find(|link| link.id == of).map(|link| &mut link.follower)
    }

    /// Takes a message on the spare connection, which is hung up where that is not as it should be.
    pub(super) fn handle_spare(&mut self, bytes: &[u8], now: Micros) {
        let taken = self.spare_follower().map_or(Err(PeerFault::OutOfTurn), |follower| follower.handle_spare(bytes));
        let Some(spare) = &mut self.spare else { return };
        spare.is_answered = true;
        if taken.is_err() {
            self.hang_ups.push_back((spare.id, HangUp::Goodbye));
            self.lose_spare(Some(now));
        }
    }

    /// The next message on the spare connection.
    pub(super) fn poll_spare(&mut self) -> Option<&[u8]> {
        self.spare_follower()?.poll_spare()
    }

    /// The time at which the spare connection has something to say.
    pub(super) fn spare_due(&self) -> Option<Micros> {
        let spare = self.spare.filter(|spare| spare.is_open)?;
        self.links.iter().find(|link| link.id == spare.of && link.follower.is_spare_due()).map(|_| Micros(0))
    }
}
