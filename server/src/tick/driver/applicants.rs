//! Judges who said hello: a client becomes a player, becomes again the player that it was, or is sent away.

use std::net::SocketAddr;

use auspice::authority::Decision;
use auspice::error::CloseReason;
use auspice::{ClientId, Game};

use super::Driver;
use super::lanes::SeatIndex;
use crate::net::Source;
use crate::session::JUDGED_PER_TICK;

impl<G: Game> Driver<G> {
    /// 4. Who said hello is let in, taken for who it was before, or sent away.
    pub(super) fn answer_applicants(&mut self) {
        let closed = self.closed();
        for _ in 0..JUDGED_PER_TICK {
            let Some(applicant) = self.room.poll_applicant() else { return };
            let client = applicant.client;
            let Some(at) = self.lanes.find(client) else { continue };
            let seat = self.lanes.seat(at).expect("a known client should have a seat");
            let (address, errand) = (seat.address, std::mem::take(&mut seat.errand));
            let closed = closed.clone().or_else(|| errand.closed());
            let source = Source::of(address.ip());
            match self.registrar.decide(&mut self.room, applicant, closed) {
                Decision::Joins => {
                    self.kept.insert(client, self.door.keep(source));
                }
                Decision::Resumes(owner) => {
                    self.kept.insert(owner, self.door.keep(source));
                    self.rebind(at, owner, address);
                }
                Decision::HelpsOut => {
                    errand.give_place_back();
                    self.lanes.mark_spare(at);
                    self.journal.spare_opened();
                }
                Decision::Refused(reason) => {
                    self.lanes.leave(at);
                    self.journal.ended(address, None, &reason.clone().into());
                    self.lanes.close(at, &reason);
                }
            }
        }
    }

    /// The connection at `at`, from `address`, is from now on that of `owner`, whose old one, if it is still
    /// there, is closed.
    fn rebind(&mut self, at: SeatIndex, owner: ClientId, address: SocketAddr) {
        let name: Option<String> = self.room.client(owner).and_then(|status| status.name).map(Into::into);
        let before = self.lanes.rebind(at, owner, name.clone());
        // One whose player joins in this very tick is counted then.
        if let Some(name) = &name {
            self.journal.resumed(address, name, self.lanes.clients());
        }
        let Some(before) = before else { return };
        if let Some(seat) = self.lanes.seat(before) {
            self.journal.ended(seat.address, seat.name.as_deref(), &CloseReason::TakenOver.into());
        }
        self.lanes.close(before, &CloseReason::TakenOver);
    }

    /// Why nobody is let in but those who have a seat, if that is so.
    fn closed(&self) -> Option<CloseReason> {
        if self.stop.is_draining() {
            Some(CloseReason::ServerRestarting)
        } else {
            self.rung.refuses_joins().then_some(CloseReason::Overloaded)
        }
    }
}
