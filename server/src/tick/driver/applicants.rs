//! Judges who said hello: a client becomes a player, becomes again the player that it was, or is sent away.

use std::net::SocketAddr;

use auspice::authority::{Applicant, Decision};
use auspice::error::{CloseReason, SessionEnd};
use auspice::message::Credential;
use auspice::{ClientId, Game};

use super::Driver;
use super::lanes::SeatIndex;
use crate::net::Source;
use crate::session::{JUDGED_PER_TICK, TICKET_BY_TOKEN};

impl<G: Game> Driver<G> {
    /// 4. Who said hello is let in, taken for who it was before, or sent away.
    pub(super) fn answer_applicants(&mut self) {
        let closed = self.closed();
        let mut judged = 0;
        while judged < JUDGED_PER_TICK {
            let Some(applicant) = self.room.poll_applicant() else { return };
            judged += if let Credential::Resume(_) | Credential::Spare(_) = applicant.credential {
                1
            } else {
                TICKET_BY_TOKEN
            };
            let client = applicant.client;
            let Some(at) = self.lanes.find(client) else {
                self.fleeting.judged.retain(|(judged, _)| *judged != client);
                continue;
            };
            let seat = self.lanes.seat(at).expect("a known client should have a seat");
            let (address, mut errand) = (seat.address, std::mem::take(&mut seat.errand));
            if let Some(wanted) = self.wanted_elsewhere(&applicant, &errand) {
                self.send_elsewhere(at, &applicant, wanted, errand.lacking());
                continue;
            }
            if let Some(choice) = self.find_room_of(&applicant) {
                match self.send_on(at, &applicant, errand, choice) {
                    Ok(()) => continue,
                    // It is judged here, like one that belongs nowhere.
                    Err(kept) => errand = kept,
                }
            }
            // A ticket for this room counts, whatever room its address asked for.
            let refused = if self.is_for_here(&applicant) { errand.lacking() } else { errand.closed() };
            let closed = closed.clone().or(refused);
            let source = Source::of(address.ip());
            match self.judge(applicant, closed) {
                Decision::Joins => {
                    self.note_joined();
                    self.keep(client, source);
                }
                Decision::Resumes(owner) => {
                    self.keep(owner, source);
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

    /// Judges one applicant: by the word of another room or node, or by what it shows.
    fn judge(&mut self, applicant: Applicant, closed: Option<CloseReason>) -> Decision {
        if let Some(index) = self.fleeting.judged.iter().position(|(client, _)| *client == applicant.client) {
            let (client, admitted) = self.fleeting.judged.swap_remove(index);
            return self.registrar.bring_in(&mut self.room, client, admitted);
        }
        let Credential::Sent(word) = &applicant.credential else {
            return self.registrar.decide(&mut self.room, applicant, closed);
        };
        match self.roster.fleet().and_then(|fleet| fleet.admit(word, self.entry.code)) {
            Some(admitted) => self.registrar.bring_in(&mut self.room, applicant.client, admitted),
            // It comes again, by what it showed at first.
            None => {
                self.room.remove(applicant.client);
                Decision::Refused(SessionEnd::Unknown.into())
            }
        }
    }

    /// Keeps a player's seat in mind, who came from there.
    pub(super) fn keep(&mut self, client: ClientId, source: Option<Source>) {
        let player = self.room.player_of(client).filter(|_| self.roster.is_of_many());
        let known = player.map(|player| self.roster.note_player(player, self.entry.code));
        self.kept.insert(client, (self.door.keep(source), known));
    }

    /// Tells other threads of who is let in, before it is counted no more as one on its way.
    pub(super) fn note_joined(&self) {
        self.entry.mark_tokens(self.room.token_start());
        self.entry.note_players(self.room.players(), self.room.suspended());
    }

    /// The connection at `at`, from `address`, is from now on that of `owner`, whose old one, if it is still
    /// there, is closed.
    fn rebind(&mut self, at: SeatIndex, owner: ClientId, address: SocketAddr) {
        let name = self.take_seat(at, owner);
        // One whose player joins in this very tick is counted then.
        if let Some(name) = &name {
            self.journal.resumed(address, name, self.lanes.clients());
        }
    }

    /// The connection at `at` is from now on that of `owner`, as above. Its name, once it has joined.
    pub(super) fn take_seat(&mut self, at: SeatIndex, owner: ClientId) -> Option<String> {
        let name: Option<String> = self.room.client(owner).and_then(|status| status.name).map(Into::into);
        if let Some(before) = self.lanes.rebind(at, owner, name.clone()) {
            self.close_old(before);
        }
        name
    }

    /// Closes the connection at `before`, whose player has another.
    fn close_old(&mut self, before: SeatIndex) {
        if let Some(seat) = self.lanes.seat(before) {
            self.journal.ended(seat.address, seat.name.as_deref(), &CloseReason::TakenOver.into());
        }
        self.lanes.close(before, &CloseReason::TakenOver);
    }

    /// Why nobody is let in but those who have a seat, if that is so.
    fn closed(&self) -> Option<CloseReason> {
        if self.stop.is_draining() || self.entry.is_draining() {
            Some(CloseReason::ServerRestarting)
        } else {
            self.rung.refuses_joins().then_some(CloseReason::Overloaded)
        }
    }
}
