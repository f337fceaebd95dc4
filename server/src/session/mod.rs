//! Sessions: who may join, and who comes back. The tick thread asks here about each client that said hello.
//!
//! A [`Gate`] judges what a newcomer shows; [`Registrar`] knows the players that are inside, or away for a
//! moment. Tokens are drawn from the operating system's randomness; the room keeps digests of them, and
//! nobody the tokens. Each begins with a number that all tokens of one room have, and those of another room
//! have not: so a token from before a restart is known for one.
//!
//! # Reading order
//!
//! This file (who comes back), then `gate` (who may join), `secret` and `ticket` (what is shown for it), `paseto` (how
//! tickets are signed).

mod gate;
mod paseto;
mod secret;
mod ticket;

use std::collections::HashMap;

use auspice::authority::{Applicant, Room, SessionKey, TokenDigest};
use auspice::error::{CloseReason, SessionEnd};
use auspice::limits::RESUME_TOKEN_BYTES;
use auspice::message::{Credential, ResumeToken};
use auspice::{ClientId, Game};

use crate::digest::sha256;
pub use gate::Gate;
pub use secret::Secret;
pub use ticket::{Claims, SecretKey, TICKET_SECONDS_MAX, TicketVerifier, unix_seconds};

/// Hellos judged in one tick: a ticket takes up to 0.1 ms, so those of a rush must not fill it. The rest wait
/// for the next.
pub(crate) const JUDGED_PER_TICK: usize = 32;

/// Bytes of a token by which its room is known. The other 24 are as many as nobody guesses.
const ROOM_BYTES: usize = 8;

/// Outcome for an applicant.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Joins at the next tick.
    Admitted,
    /// Becomes this player, who was here before: its connection is that one's from now on.
    Resumed(ClientId),
    /// Carries a player's inputs once more from now on.
    Spare,
    /// To be closed; the room has forgotten it.
    Refused(CloseReason),
}

/// Whom a gate let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Admitted {
    /// The player's id, where somebody vouches for that.
    pub(crate) player: Option<String>,
    /// The player's name.
    pub(crate) name: String,
}

/// The gate, and the players inside that it knows by more than their tokens.
pub(crate) struct Registrar {
    gate: Gate,
    by_player: HashMap<String, ClientId>,
    players: HashMap<ClientId, String>,
    /// Bytes that tokens begin with; drawn with the first.
    room: Option<[u8; ROOM_BYTES]>,
}

impl Registrar {
    pub(crate) fn new(gate: Gate) -> Self {
        Self { gate, by_player: HashMap::new(), players: HashMap::new(), room: None }
    }

    /// Judges one applicant, and tells the room. Where the room is `closed`, it lets in nobody but who has a
    /// seat in it.
    pub(crate) fn decide<G: Game>(&mut self, room: &mut Room<G>, applicant: Applicant, closed: Option<CloseReason>) -> Verdict {
        let Applicant { client, name, credential } = applicant;
        let verdict = match (credential, closed) {
            (Credential::Resume(token), _) => self.come_back(room, client, &token),
            (Credential::Spare(token), _) => self.help_out(room, client, &token),
            (credential, Some(reason)) if !self.has_seat(&credential) => Err(reason),
            (credential, _) => self.let_in(room, client, &name, &credential),
        };
        verdict.unwrap_or_else(|reason| {
            room.remove(client);
            Verdict::Refused(reason)
        })
    }

    /// Whether it is a player's who is inside, or away. A ticket stays as good as it was.
    fn has_seat(&self, credential: &Credential) -> bool {
        !self.by_player.is_empty() && self.gate.player(credential).is_some_and(|player| self.by_player.contains_key(&player))
    }

    /// Whoever has the token is the player to whom it was given.
    fn come_back<G: Game>(
        &mut self,
        room: &mut Room<G>,
        client: ClientId,
        token: &ResumeToken,
    ) -> Result<Verdict, CloseReason> {
        if self.room.is_none_or(|room| !token.0.starts_with(&room)) {
            return Err(SessionEnd::RoomBefore.into());
        }
        let shown = digest(token);
        let owner = room.find_session(&shown).ok_or_else(|| room.why_over(&shown))?;
        if room.resume(client, owner, self.draw_key()?, Some(shown)) {
            Ok(Verdict::Resumed(owner))
        } else {
            Err(SessionEnd::Unknown.into())
        }
    }

    /// The applicant is a spare connection of the player to whom the token was given.
    fn help_out<G: Game>(&self, room: &mut Room<G>, client: ClientId, token: &ResumeToken) -> Result<Verdict, CloseReason> {
        if self.room.is_none_or(|room| !token.0.starts_with(&room)) {
            return Err(SessionEnd::RoomBefore.into());
        }
        let shown = digest(token);
        let owner = room.find_session(&shown).ok_or_else(|| room.why_over(&shown))?;
        if room.add_spare(client, owner) { Ok(Verdict::Spare) } else { Err(SessionEnd::Unknown.into()) }
    }

    fn let_in<G: Game>(
        &mut self,
        room: &mut Room<G>,
        client: ClientId,
        name: &str,
        credential: &Credential,
    ) -> Result<Verdict, CloseReason> {
        let admitted = self.gate.check(credential, name)?;
        let key = self.draw_key()?;
        if let Some(&owner) = admitted.player.as_ref().and_then(|player| self.by_player.get(player))
            && room.resume(client, owner, key, None)
        {
            return Ok(Verdict::Resumed(owner));
        }
        room.admit(client, &admitted.name, Some(key))?;
        if let Some(player) = admitted.player {
            self.by_player.insert(player.clone(), client);
            self.players.insert(client, player);
        }
        Ok(Verdict::Admitted)
    }

    /// There is another room, which knows nobody yet.
    pub(crate) fn clear(&mut self) {
        self.by_player.clear();
        self.players.clear();
        self.room = None;
    }

    /// The room knows this client no more.
    pub(crate) fn forget(&mut self, client: ClientId) {
        if let Some(player) = self.players.remove(&client)
            && self.by_player.get(&player) == Some(&client)
        {
            self.by_player.remove(&player);
        }
    }

    /// # Errors
    /// Where the operating system has no randomness to give, nobody can be let in.
    fn draw_key(&mut self) -> Result<SessionKey, CloseReason> {
        let mut token = ResumeToken([0; RESUME_TOKEN_BYTES]);
        getrandom::fill(&mut token.0).map_err(|error| {
            tracing::error!(%error, "the operating system gives no random numbers");
            CloseReason::Overloaded
        })?;
        let (start, _) = token.0.split_first_chunk_mut::<ROOM_BYTES>().expect("a token should be longer than its start");
        *start = *self.room.get_or_insert(*start);
        let digest = digest(&token);
        Ok(SessionKey { token, digest })
    }
}

/// The token has 192 bits of randomness of its own, so a fast hash is enough.
fn digest(token: &ResumeToken) -> TokenDigest {
    sha256(&token.0)
}
