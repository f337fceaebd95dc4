//! [`Skim`]: a client that joins, sends inputs and reads the heads of updates, but holds no world. For load
//! tests: a server cannot tell it from a [`Replica`](super::Replica), and a thousand of them fit on one core.

use crate::error::{Misuse, PeerFault, SetupError};
use crate::game::{Game, Terms};
use crate::id::ClientId;
use crate::link::{ClientSide, Report};
use crate::message::{Credential, ResumeToken, ViewDelay};
use crate::state::Replicate;
use crate::tick::{Micros, Tick};

/// A client without a world.
pub struct Skim<G: Game> {
    link: ClientSide<G>,
    input: G::Input,
}

impl<G: Game> Skim<G> {
    /// Greets a server, as [`Replica::enter`](super::Replica::enter) does.
    ///
    /// # Errors
    /// [`SetupError`] where the game's field tables are wrong or a name does not fit.
    pub fn enter(name: &str, build: &str, credential: Credential) -> Result<Self, SetupError> {
        Ok(Self { link: ClientSide::new(name, build, credential)?, input: G::Input::default() })
    }

    /// A message of the server came at `now`. Of an update only the head is read.
    ///
    /// # Errors
    /// What the server did wrong.
    pub fn handle_message(&mut self, bytes: &[u8], now: Micros) -> Result<(), PeerFault> {
        self.link.handle_message(bytes, now).map(|_| ())
    }

    /// Asks for another room, as [`Replica::go`](super::Replica::go) does.
    ///
    /// # Errors
    /// As there.
    pub fn go(&mut self, room: &str) -> Result<(), Misuse> {
        self.link.go(room)
    }

    /// Sets the input that the player gives from now on.
    pub fn set_input(&mut self, input: G::Input) {
        self.input = input;
    }

    /// The next message for the server, if one is due at `now`. Call until there is none.
    pub fn poll_transmit(&mut self, now: Micros) -> Option<&[u8]> {
        let input = self.input;
        self.link.poll_transmit(now, ViewDelay::of(G::Entity::KINDS), |_| input)
    }

    /// The time at which [`poll_transmit`](Self::poll_transmit) will have something; `None` while a message
    /// is awaited.
    pub fn next_due(&self) -> Option<Micros> {
        self.link.next_due()
    }

    /// Whether the welcome came.
    pub fn is_playing(&self) -> bool {
        self.link.active().is_some()
    }

    /// Its identity in the room, once welcomed.
    pub fn client(&self) -> Option<ClientId> {
        self.link.active().map(|active| active.client)
    }

    /// The token to come back by: see [`Replica::resume_token`](super::Replica::resume_token).
    pub fn resume_token(&self) -> Option<ResumeToken> {
        self.link.active().and_then(|active| active.resume)
    }

    /// The terms that the session is played by, once welcomed.
    pub fn terms(&self) -> Option<&Terms<G::Rules>> {
        self.link.active().map(|active| &active.ground.terms)
    }

    /// The tick of the newest update.
    pub fn tick(&self) -> Tick {
        self.link.active().map_or(Tick(0), |active| active.tick)
    }

    pub(crate) const fn link(&self) -> &ClientSide<G> {
        &self.link
    }

    pub(crate) const fn link_mut(&mut self) -> &mut ClientSide<G> {
        &mut self.link
    }

    /// Measurements of the connection.
    pub fn report(&self) -> &Report {
        &self.link.report
    }
}
