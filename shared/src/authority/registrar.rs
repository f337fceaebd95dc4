//! [`Registrar`]: who joins a room, and who comes back as whom.
//!
//! Whoever shows the token of a player that is still known is that player; whoever shows a credential that
//! names such a player is, too; everyone else is judged as a newcomer. Cryptography, randomness and clocks are
//! the [`Gatekeeper`]'s, of the program around the room. Each token begins with a number that all tokens of one
//! room have, and those of another room have not: so a token from before a restart is known for one.

use alloc::string::String;

use super::entrance::Applicant;
use super::room::Room;
use super::session::{SessionKey, TokenDigest};
use crate::error::{CloseReason, SessionEnd};
use crate::game::Game;
use crate::id::ClientId;
use crate::limits::RESUME_TOKEN_BYTES;
use crate::message::{Credential, ResumeToken};

/// Judgement, randomness and digests, of the program around a room.
pub trait Gatekeeper {
    /// Whether a client that calls itself `name` may join by what it shows, and who it is. A credential that is
    /// good once is used up by this.
    ///
    /// # Errors
    /// Why it may not.
    fn admit(&mut self, credential: &Credential, name: &str) -> Result<Admitted, CloseReason>;

    /// The player whom a credential names and would let in, without using it up; `None` where it names nobody.
    fn player(&self, credential: &Credential) -> Option<String> {
        let _ = credential;
        None
    }

    /// Fills `token` with bytes that nobody can foresee.
    ///
    /// # Errors
    /// Where there is no randomness to be had: then nobody is let in.
    fn draw(&mut self, token: &mut [u8]) -> Result<(), CloseReason>;

    /// The digest that a room keeps of a token.
    fn digest(&self, token: &ResumeToken) -> TokenDigest;
}

/// Whom a gatekeeper let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// The player's id, where somebody vouches for that.
    pub player: Option<String>,
    /// The player's name.
    pub name: String,
}

/// Outcome for an applicant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Joins at the next tick.
    Joins,
    /// Becomes this player, who was here before: its connection is that one's from now on, and whatever
    /// connection that one had is to be closed with [`CloseReason::TakenOver`].
    Resumes(ClientId),
    /// Carries a player's inputs once more from now on.
    HelpsOut,
    /// Is to be closed; the room has forgotten it.
    Refused(CloseReason),
}

/// The gatekeeper at work. Whom it let in, and what their tokens begin with, the room knows.
#[derive(Debug)]
pub struct Registrar<K> {
    gatekeeper: K,
}

impl<K: Gatekeeper> Registrar<K> {
    /// A registrar that judges by `gatekeeper`.
    pub const fn new(gatekeeper: K) -> Self {
        Self { gatekeeper }
    }

    /// Judges one applicant, and tells the room. Where the room is `closed`, it lets in nobody but who has a
    /// seat in it.
    pub fn decide<G: Game>(
        &mut self,
        room: &mut Room<G>,
        applicant: Applicant,
        closed: Option<CloseReason>,
    ) -> Decision {
        let Applicant { client, name, credential } = applicant;
        let decision = match (credential, closed) {
            (Credential::Resume(token), _) => self.come_back(room, client, &token),
            (Credential::Spare(token), _) => self.help_out(room, client, &token),
            (credential, Some(reason)) if !self.has_seat(room, &credential) => Err(reason),
            (credential, _) => self.let_in(room, client, &name, &credential),
        };
        decision.unwrap_or_else(|reason| {
            room.remove(client);
            Decision::Refused(reason)
        })
    }

    /// Whether it is a player's who is inside, or away. A ticket stays as good as it was.
    fn has_seat<G: Game>(&self, room: &Room<G>, credential: &Credential) -> bool {
        let is_inside = |player: String| room.find_player(&player).is_some();
        room.players() > 0 && self.gatekeeper.player(credential).is_some_and(is_inside)
    }

    /// Whoever has the token is the player to whom it was given.
    fn come_back<G: Game>(
        &mut self,
        room: &mut Room<G>,
        client: ClientId,
        token: &ResumeToken,
    ) -> Result<Decision, CloseReason> {
        let (owner, shown) = self.owner(room, token)?;
        let key = self.draw_key(room)?;
        if room.resume(client, owner, key, Some(shown)) {
            Ok(Decision::Resumes(owner))
        } else {
            Err(SessionEnd::Unknown.into())
        }
    }

    /// The applicant is a spare connection of the player to whom the token was given.
    fn help_out<G: Game>(
        &self,
        room: &mut Room<G>,
        client: ClientId,
        token: &ResumeToken,
    ) -> Result<Decision, CloseReason> {
        let (owner, _) = self.owner(room, token)?;
        if room.add_spare(client, owner) { Ok(Decision::HelpsOut) } else { Err(SessionEnd::Unknown.into()) }
    }

    /// The player to whom the token was given, and its digest.
    fn owner<G: Game>(&self, room: &Room<G>, token: &ResumeToken) -> Result<(ClientId, TokenDigest), CloseReason> {
        if room.token_start().is_none_or(|start| !token.0.starts_with(&start)) {
            return Err(SessionEnd::RoomBefore.into());
        }
        let shown = self.gatekeeper.digest(token);
        let owner = room.find_session(&shown).ok_or_else(|| room.why_over(&shown))?;
        Ok((owner, shown))
    }

    fn let_in<G: Game>(
        &mut self,
        room: &mut Room<G>,
        client: ClientId,
        name: &str,
        credential: &Credential,
    ) -> Result<Decision, CloseReason> {
        let admitted = self.gatekeeper.admit(credential, name)?;
        self.seat(room, client, admitted)
    }

    /// Gives a seat to a player that comes from another room of the program ([`Room::receive`]), where it was judged.
    pub fn bring_in<G: Game>(&mut self, room: &mut Room<G>, client: ClientId, admitted: Admitted) -> Decision {
        self.seat(room, client, admitted).unwrap_or_else(|reason| {
            room.remove(client);
            Decision::Refused(reason)
        })
    }

    fn seat<G: Game>(
        &mut self,
        room: &mut Room<G>,
        client: ClientId,
        admitted: Admitted,
    ) -> Result<Decision, CloseReason> {
        let key = self.draw_key(room)?;
        if let Some(owner) = admitted.player.as_ref().and_then(|player| room.find_player(player))
            && room.resume(client, owner, key, None)
        {
            return Ok(Decision::Resumes(owner));
        }
        room.admit(client, &admitted.name, Some(key))?;
        if let Some(player) = admitted.player {
            room.vouch(client, &player);
        }
        Ok(Decision::Joins)
    }

    fn draw_key<G: Game>(&mut self, room: &mut Room<G>) -> Result<SessionKey, CloseReason> {
        let mut token = ResumeToken([0; RESUME_TOKEN_BYTES]);
        self.gatekeeper.draw(&mut token.0)?;
        // The other 24 bytes are as many as nobody guesses.
        let (start, _) = token.0.split_first_chunk_mut().expect("a token should be longer than its start");
        match room.token_start() {
            Some(all) => *start = all,
            None => room.mark_tokens(*start),
        }
        let digest = self.gatekeeper.digest(&token);
        Ok(SessionKey { token, digest })
    }
}
