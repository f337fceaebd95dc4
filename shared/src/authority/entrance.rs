//! Clients of a [`Room`]: how they come, are suspended, come back and go.
//!
//! A connection says hello and thereby applies; the program around the room judges what it shows
//! ([`Room::poll_applicant`]) and admits it, has it resume the seat of a player that was here before, or lets
//! it go. A player with a [`SessionKey`] whose connection is lost keeps its seat for the grace time: the game
//! is told nothing, and the player wants nothing.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::notice::Notice;
use super::record::Call;
use super::room::Room;
use super::seat::{Inputs, Seat, SeatStanding};
use super::session::{ResumeTokens, SessionKey, TokenDigest};
use crate::error::{CloseReason, SessionEnd};
use crate::game::{Context, Game};
use crate::id::ClientId;
use crate::limits::APPLICANTS_MAX;
use crate::link::ServerSide;
use crate::message::{Credential, is_fit_name};

/// A client that said hello and waits for a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applicant {
    /// Its connection.
    pub client: ClientId,
    /// The player's name.
    pub name: String,
    /// The credential by which it asks to be let in.
    pub credential: Credential,
}

impl<G: Game> Room<G> {
    /// Sets for how many ticks the seat of a player whose connection was lost is kept; 0 for not at all. At
    /// first what [`GRACE_SECONDS`](crate::limits::GRACE_SECONDS) come to.
    pub fn set_grace(&mut self, ticks: u32) {
        self.grace_ticks = ticks;
        self.note(&Call::GraceSet(ticks));
    }

    /// Sets the number of seats. Nobody who has one loses it.
    pub fn set_clients_max(&mut self, count: usize) {
        self.clients_max = count;
        self.note(&Call::ClientsMaxSet(count));
    }

    /// A connection is there and will say hello.
    ///
    /// # Errors
    /// [`CloseReason::Full`] where there are as many connections as seats, one more for each player, which
    /// may have lost the one that it had, and [`APPLICANTS_MAX`] more.
    pub fn connect(&mut self) -> Result<ClientId, CloseReason> {
        if self.seats.len() - self.suspended - self.spares >= self.clients_max + self.taken + APPLICANTS_MAX {
            return Err(CloseReason::Full);
        }
        let client =
            self.seats.insert(Seat::new(self.tick, self.ground.terms.tick_hz, self.ground.terms.input_silence()));
        self.note(&Call::Connected(client));
        Ok(client)
    }

    /// A connection said a hello that was fine.
    pub(super) fn greet(&mut self, client: ClientId, name: &str) {
        self.seats.get_mut(client).into_iter().for_each(|seat| seat.greet(name));
    }

    /// A connection whose hello was read elsewhere, by another room of the same program, applies as if it had said it
    /// here. Does nothing for one that has said hello, or is not known.
    pub fn introduce(&mut self, client: ClientId, name: &str, credential: Credential) {
        if self.seats.get(client).is_some_and(|seat| matches!(seat.standing, SeatStanding::Greeting)) {
            self.greet(client, name);
            self.applicants.push_back((client, credential));
            self.note(&Call::SaidHello(client, name));
        }
    }

    /// A player of another room of the same program comes over on a connection that is here by now
    /// ([`connect`](Self::connect)), called `name`: it applies, and whoever brings it has judged it already
    /// ([`Registrar::bring_in`](super::Registrar::bring_in)). What it sends is passed over until it says that it has
    /// read the welcome. Does nothing for one that has said hello here, or is not known.
    pub fn receive(&mut self, client: ClientId, name: &str) {
        if let Some(seat) = self.seats.get_mut(client).filter(|seat| matches!(seat.standing, SeatStanding::Greeting)) {
            seat.come_over(name);
            self.note(&Call::CameOver(client, name));
        }
    }

    /// A player goes to another room: the name by which it is known, and its id where somebody vouches for that. This
    /// room forgets it. `None` for one that does not play, or has not said yet that it has arrived here: its word for
    /// this room would come to the next one.
    pub fn depart(&mut self, client: ClientId) -> Option<(String, Option<String>)> {
        let seat =
            self.seats.get(client).filter(|seat| seat.standing == SeatStanding::Playing && seat.has_arrived())?;
        let known = (seat.name.clone(), seat.player.clone());
        self.end(client, SessionEnd::Finished);
        Some(known)
    }

    /// A player that wanted to go to another room stays, and is told `why`: a sentence of 255 bytes at most.
    pub fn stay(&mut self, client: ClientId, why: &str) {
        if let Some(seat) = self.seats.get_mut(client) {
            seat.stays = Some(why[..why.floor_char_boundary(255)].into());
            self.note(&Call::Stays(client, why));
        }
    }

    /// The next client that said hello, oldest first. Answer each with [`admit`](Self::admit) or
    /// [`resume`](Self::resume), or [`disconnect`](Self::disconnect) it and close its socket.
    pub fn poll_applicant(&mut self) -> Option<Applicant> {
        while let Some((client, credential)) = self.applicants.pop_front() {
            if let Some(seat) = self.seats.get(client) {
                return Some(Applicant { client, name: seat.name.clone(), credential });
            }
        }
        None
    }

    /// Lets in an applicant: it joins at the next tick, as `name`. Without a key its connection's end is the player's.
    ///
    /// # Errors
    /// [`CloseReason::Full`] where every seat is taken and nobody is suspended, [`CloseReason::NameUnfit`],
    /// [`CloseReason::Finished`] for one that is no applicant. Its socket is to be closed; the room has forgotten it.
    pub fn admit(&mut self, applicant: ClientId, name: &str, key: Option<SessionKey>) -> Result<(), CloseReason> {
        if !self.applies(applicant) {
            return Err(CloseReason::Finished);
        }
        self.note(&Call::Admitted(applicant, name, key.map(|key| key.digest)));
        let refusal = if !is_fit_name(name) {
            Some(CloseReason::NameUnfit)
        } else if self.taken >= self.clients_max && !self.give_up_longest_suspended() {
            Some(CloseReason::Full)
        } else {
            None
        };
        if let Some(refusal) = refusal {
            self.forget(applicant, SessionEnd::Finished);
            return Err(refusal);
        }
        if let Some(seat) = self.seats.get_mut(applicant) {
            seat.standing = SeatStanding::Admitted;
            seat.name = name.into();
            seat.session = key.map(|key| Box::new(ResumeTokens::new(key, None)));
            self.taken += 1;
        }
        Ok(())
    }

    /// Says of a client that was admitted just now that it is the player with this id, and its name not its own word
    /// ([`Context::is_vouched`]). Does nothing for one that is not known.
    pub fn vouch(&mut self, client: ClientId, player: &str) {
        if let Some(seat) = self.seats.get_mut(client) {
            seat.player = Some(player.into());
            self.note(&Call::Vouched(client, player));
        }
    }

    /// The id of the player who has this seat, or keeps it, where somebody [vouches](Self::vouch) for one.
    pub fn player_of(&self, client: ClientId) -> Option<&str> {
        self.seats.get(client)?.player.as_deref()
    }

    /// Whoever has a seat, or keeps one, as the player with this id, by somebody's [word](Self::vouch).
    pub fn find_player(&self, player: &str) -> Option<ClientId> {
        self.seats.iter().find(|(_, seat)| seat.player.as_deref() == Some(player)).map(|(client, _)| client)
    }

    /// Sets what every token of this room begins with.
    pub fn mark_tokens(&mut self, start: [u8; 8]) {
        self.token_start = Some(start);
        self.note(&Call::TokensMarked(start));
    }

    /// The bytes that every token of this room begins with, once there is one.
    pub fn token_start(&self) -> Option<[u8; 8]> {
        self.token_start
    }

    pub(super) fn applies(&self, client: ClientId) -> bool {
        self.seats.get(client).is_some_and(|seat| matches!(seat.standing, SeatStanding::Applying))
    }

    /// Lets in everyone who applies, without a key: for tests, and for games within one process.
    pub fn admit_all(&mut self) {
        while let Some(Applicant { client, name, .. }) = self.poll_applicant() {
            // One that finds no seat is forgotten, and hears nothing any more.
            let _ = self.admit(client, &name, None);
        }
    }

    /// The client whose resume token has this digest. The token before is good too until the client has
    /// spoken after its welcome, since the welcome may have been lost with the connection.
    pub fn find_session(&self, digest: &TokenDigest) -> Option<ClientId> {
        let answers = |seat: &Seat<G>| seat.session.as_ref().is_some_and(|session| session.answers_to(digest));
        self.seats.iter().find(|(_, seat)| answers(seat)).map(|(client, _)| client)
    }

    /// Why there is no session whose resume token has this digest, as far as that is remembered.
    pub fn why_over(&self, digest: &TokenDigest) -> SessionEnd {
        self.lapsed.recall(digest).unwrap_or(SessionEnd::Unknown)
    }

    /// The applicant is the player `client`, and takes over its seat: from now on its connection is
    /// `client`'s, whose view starts from nothing, and the applicant is no more. Whatever connection `client`
    /// had is to be closed with [`CloseReason::TakenOver`]. `shown` is the digest of the token by which it
    /// came, if it came by one. False, and nothing happens, where either is not what it should be.
    pub fn resume(
        &mut self,
        applicant: ClientId,
        client: ClientId,
        key: SessionKey,
        shown: Option<TokenDigest>,
    ) -> bool {
        let applies = self.applies(applicant);
        // One that comes from another room has still to be told so.
        let link = match self.seats.get(applicant).map(|seat| &seat.link) {
            Some(ServerSide::Moving(side)) => ServerSide::Moving(side.clone()),
            _ => ServerSide::Welcoming,
        };
        let input_silence = self.ground.terms.input_silence();
        let Some(seat) = self.seats.get_mut(client).filter(|seat| applies && seat.standing.is_player()) else {
            return false;
        };
        let digest = key.digest;
        let mut inputs = Inputs::Forgotten;
        if let SeatStanding::Suspended { .. } = seat.standing {
            self.suspended -= 1;
            // There are none but of a room that changed hands.
            inputs = Inputs::Kept;
        }
        if !matches!(seat.standing, SeatStanding::Admitted) {
            seat.standing = SeatStanding::Playing;
        }
        seat.restart(link, self.tick, input_silence, inputs);
        seat.session = Some(Box::new(ResumeTokens::new(key, shown)));
        self.stats.resumes += 1;
        self.notices.push_back(Notice::Resumed { client });
        self.seats.remove(applicant);
        self.note(&Call::Resumed(applicant, client, digest, shown));
        true
    }

    /// A client's connection is gone. A player that may come back is suspended, any other client is
    /// forgotten. Does nothing for one that is not known.
    pub fn disconnect(&mut self, client: ClientId) {
        if self.seats.contains_key(client) {
            self.lose(client);
            self.note(&Call::Disconnected(client));
        }
    }

    /// Every connection is gone, as after the end of the program: whoever may come back has the whole grace time for
    /// it, counted from now, whoever was away before among them.
    pub fn lose_everyone(&mut self) {
        self.lose_all(Inputs::Forgotten);
        self.note(&Call::LostEveryone);
    }

    /// Every connection is gone, since the room goes on at another machine, where everyone comes back: as
    /// [`lose_everyone`](Self::lose_everyone), but inputs that came and have not been played yet are played in their
    /// ticks, and the last one is repeated for as long as of one that is missing.
    pub fn change_hands(&mut self) {
        self.lose_all(Inputs::Kept);
        self.note(&Call::ChangedHands);
    }

    fn lose_all(&mut self, inputs: Inputs) {
        let everyone: Vec<ClientId> = self.seats.keys().collect();
        for client in everyone {
            self.lose_by(client, inputs);
            let now = self.tick;
            if let Some(SeatStanding::Suspended { since }) = self.seats.get_mut(client).map(|seat| &mut seat.standing) {
                *since = now;
            }
        }
        self.applicants.clear();
    }

    /// Clients may have been told events by ticks that this room knows nothing of, since it was made again as of before
    /// them. They are not to take those that come for the same.
    pub fn skip_events(&mut self) {
        self.seats.values_mut().for_each(|seat| seat.told.skip());
    }

    pub(super) fn lose(&mut self, client: ClientId) {
        self.lose_by(client, Inputs::Forgotten);
    }

    fn lose_by(&mut self, client: ClientId, inputs: Inputs) {
        let input_silence = self.ground.terms.input_silence();
        let Some(seat) = self.seats.get_mut(client) else { return };
        match seat.standing {
            SeatStanding::Suspended { .. } => {}
            // Before its welcome it has no token, and could not come back.
            SeatStanding::Playing if self.grace_ticks > 0 && seat.session.is_some() && seat.is_welcome => {
                seat.restart(ServerSide::Greeting, self.tick, input_silence, inputs);
                seat.standing = SeatStanding::Suspended { since: self.tick };
                self.suspended += 1;
                self.stats.suspensions += 1;
                self.notices.push_back(Notice::Suspended { client });
            }
            _ => self.forget(client, SessionEnd::AwayTooLong),
        }
    }

    /// A client is gone for good, by its own goodbye. Does nothing for one that is not known.
    pub fn remove(&mut self, client: ClientId) {
        self.end(client, SessionEnd::Finished);
    }

    /// A client is gone for good: `why` is what its token comes to from now on. Does nothing for one that is not known.
    pub fn end(&mut self, client: ClientId, why: SessionEnd) {
        if self.seats.contains_key(client) {
            self.forget(client, why);
            self.note(&Call::Ended(client, why));
        }
    }

    pub(super) fn forget(&mut self, client: ClientId, why: SessionEnd) {
        let Some(seat) = self.seats.remove(client) else { return };
        if let Some(session) = &seat.session {
            session.digests().for_each(|digest| self.lapsed.remember(digest, why));
        }
        if let SeatStanding::Spare(player) = seat.standing {
            self.forget_spare(client, player);
        }
        self.viewpoints.remove(client);
        self.client_views.remove(client);
        self.taken -= usize::from(seat.standing.is_player());
        self.suspended -= usize::from(matches!(seat.standing, SeatStanding::Suspended { .. }));
        if seat.standing.has_joined() {
            self.departed.push((client, seat.name));
        }
    }

    /// A newcomer's need goes before that of whoever has been away for longest. False if nobody is away.
    fn give_up_longest_suspended(&mut self) -> bool {
        let since =
            |seat: &Seat<G>| if let SeatStanding::Suspended { since } = seat.standing { Some(since) } else { None };
        let away = self.seats.iter().filter_map(|(client, seat)| Some((since(seat)?, client)));
        let longest = away.min().map(|(_, client)| client);
        longest.inspect(|&client| self.forget(client, SessionEnd::SeatGivenUp)).is_some()
    }

    /// The game is told who is gone and who came.
    pub(super) fn come_and_go(&mut self) {
        self.end_graces();
        let (tick, ground) = (self.tick, &self.ground);
        let mut context = Context { tick, ground, rng: &mut self.rng, events: &mut self.events, is_vouched: false };
        for (client, name) in self.departed.drain(..) {
            self.game.leave(client, &mut context);
            self.stats.leaves += 1;
            self.notices.push_back(Notice::Left { client, name });
        }
        for (client, seat) in self.seats.iter_mut() {
            if matches!(seat.standing, SeatStanding::Admitted) {
                context.is_vouched = seat.player.is_some();
                self.game.join(client, &seat.name, &mut context);
                seat.standing = SeatStanding::Playing;
                self.stats.joins += 1;
                self.notices.push_back(Notice::Joined { client, name: seat.name.clone() });
            }
        }
    }

    fn end_graces(&mut self) {
        if self.suspended == 0 {
            return;
        }
        let (tick, grace) = (self.tick, self.grace_ticks);
        let is_over =
            |seat: &Seat<G>| matches!(seat.standing, SeatStanding::Suspended { since } if tick.since(since) > grace);
        let over: Vec<ClientId> =
            self.seats.iter().filter(|(_, seat)| is_over(seat)).map(|(client, _)| client).collect();
        over.into_iter().for_each(|client| self.forget(client, SessionEnd::AwayTooLong));
    }
}
