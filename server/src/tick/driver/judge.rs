//! Judges who said hello: a client becomes a player, becomes again the player that it was, or is sent away.

use auspice::Game;
use auspice::error::CloseReason;

use super::{Driver, Place};
use crate::net::Source;
use crate::session::{JUDGED_PER_TICK, Verdict};

impl<G: Game> Driver<G> {
    /// 4. Who said hello is let in, taken for who it was before, or sent away.
    pub(super) fn judge(&mut self) {
        let closed = self.closed();
        for _ in 0..JUDGED_PER_TICK {
            let Some(applicant) = self.room.poll_applicant() else { return };
            let client = applicant.client;
            let Some((lane, place)) = self.seats_by_client.remove(&client) else { continue };
            let seat = self.lanes[lane].seats[place as usize].as_mut().expect("a known client should have a seat");
            let errand = std::mem::take(&mut seat.errand);
            let closed = closed.clone().or_else(|| errand.closed());
            let source = Source::of(seat.address.ip());
            match self.registrar.judge(&mut self.room, applicant, closed) {
                Verdict::Admitted => {
                    self.seats_by_client.insert(client, (lane, place));
                    self.kept.insert(client, self.door.keep(source));
                }
                Verdict::Resumed(owner) => {
                    seat.client = Some(owner);
                    self.kept.insert(owner, self.door.keep(source));
                    seat.name = self.room.client(owner).and_then(|status| status.name).map(Into::into);
                    // One whose player joins in this very tick is counted then.
                    if let Some(name) = &seat.name {
                        self.journal.resumed(seat.address, name, self.seats_by_client.len() + 1);
                    }
                    if let Some((lane, place)) = self.seats_by_client.insert(owner, (lane, place)) {
                        self.take_over(lane, place);
                    }
                }
                Verdict::Refused(reason) => {
                    seat.client = None;
                    self.journal.ended(seat.address, None, &reason.clone().into());
                    self.lanes[lane].close(place, &reason);
                }
            }
        }
    }

    /// Why nobody is let in but those who have a seat, if that is so.
    fn closed(&self) -> Option<CloseReason> {
        if self.stop.is_draining() {
            Some(CloseReason::ServerRestarting)
        } else {
            self.rung.refuses_joins().then_some(CloseReason::Overloaded)
        }
    }

    /// The connection here is not its client's any more.
    fn take_over(&mut self, lane: usize, place: Place) {
        let Some(seat) = &mut self.lanes[lane].seats[place as usize] else { return };
        seat.client = None;
        self.journal.ended(seat.address, seat.name.as_deref(), &CloseReason::TakenOver.into());
        self.lanes[lane].close(place, &CloseReason::TakenOver);
    }
}
