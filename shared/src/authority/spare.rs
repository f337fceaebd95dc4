//! Spare connections of players: they carry inputs once more, so that what is stuck behind a lost segment on one
//! connection comes by the other.
//!
//! A spare connection says hello with the token of a player that plays, is told by one word where its coding
//! starts, and then brings inputs and what is held. It has no view, and ends with its player's connection.

use super::outgoing::{Next, Outgoing};
use super::record::Call;
use super::room::Room;
use super::seat::{Seat, SeatStanding};
use crate::error::CloseReason;
use crate::game::Game;
use crate::id::ClientId;
use crate::link::ServerSide;
use crate::message::control;

impl<G: Game> Room<G> {
    /// The applicant is a spare connection of the player `client`, which has one at most: a former one is told
    /// to close by [`poll_update`](Self::poll_update). False, and nothing happens, where either is not what it
    /// should be.
    pub fn add_spare(&mut self, applicant: ClientId, client: ClientId) -> bool {
        let plays = |seat: &Seat<G>| matches!(seat.standing, SeatStanding::Playing) && seat.is_welcome;
        if !self.applies(applicant) || !self.seats.get(client).is_some_and(plays) {
            return false;
        }
        if let Some(seat) = self.seats.get_mut(client) {
            seat.spare = Some(applicant);
        }
        if let Some(seat) = self.seats.get_mut(applicant) {
            seat.standing = SeatStanding::Spare(client);
        }
        self.spares += 1;
        self.note(&Call::SpareAdded(applicant, client));
        true
    }

    /// A spare connection is no more.
    pub(super) fn forget_spare(&mut self, spare: ClientId, player: ClientId) {
        self.spares -= 1;
        if let Some(seat) = self.seats.get_mut(player).filter(|seat| seat.spare == Some(spare)) {
            seat.spare = None;
        }
    }

    pub(super) fn next_for_spare(&self, spare: &Seat<G>, id: ClientId, player: ClientId) -> Next {
        let is_needed = self.seats.get(player).is_some_and(|seat| seat.spare == Some(id));
        match spare.link {
            _ if !is_needed => Next::Close(CloseReason::TakenOver),
            ServerSide::Welcoming => Next::Welcome,
            _ => Next::Nothing,
        }
    }

    /// The only word on a spare connection: the newest tick that its client is known to hold, against which
    /// its inputs are coded at first.
    pub(super) fn welcome_spare(&mut self, spare: ClientId, player: ClientId) -> Outgoing<'_> {
        let Some([spare, player]) = self.seats.get_disjoint_mut([spare, player]) else { return Outgoing::Nothing };
        let start = player.view.window.applied;
        let Ok(bytes) = control::encode(&start) else { return Outgoing::Nothing };
        spare.link.welcomed(start);
        let out = &mut self.scratch.out;
        out.clear();
        out.write_bytes(&bytes);
        Outgoing::Message(out.finish())
    }
}
