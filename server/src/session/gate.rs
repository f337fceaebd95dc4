//! [`Gate`]: judges what a newcomer shows, draws tokens and digests them.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use auspice::authority::{Admitted, Gatekeeper, TokenDigest};
use auspice::error::{CloseReason, CredentialFault};
use auspice::message::{Credential, ResumeToken};

use super::secret::Secret;
use super::ticket::{PublicKeys, TicketVerifier, unix_seconds};
use crate::digest::sha256;

/// The rule of who may join.
#[derive(Clone, Debug, Default)]
pub enum Gate {
    /// All may join.
    #[default]
    Open,
    /// Whoever knows the secret.
    Secret(Secret),
    /// Whoever brings a ticket: a signed statement of who it is, for this server, good once and for half a minute.
    Tickets(TicketVerifier),
}

impl Gate {
    /// The gate of a secret, which is all that the file holds.
    ///
    /// # Errors
    /// A sentence: the file cannot be read, or the secret is too easy to guess.
    pub fn of_secret(file: &Path) -> Result<Self, String> {
        Ok(Self::Secret(Secret::read(file)?))
    }

    /// The gate of tickets for `audience` that are signed by any of the keys, each the public half in a file
    /// of its own.
    ///
    /// # Errors
    /// A sentence: a file cannot be read, or holds no public key.
    pub fn of_tickets(files: &[PathBuf], audience: &str) -> Result<Self, String> {
        let keys = PublicKeys::read(files)?;
        Ok(Self::Tickets(TicketVerifier::new(keys, audience, unix_seconds(SystemTime::now()))))
    }
}

impl Gate {
    /// The player whom a credential names and would let in, and the room that it is for, if it is for one.
    pub(crate) fn names(&self, credential: &Credential) -> Option<(String, Option<String>)> {
        let (Self::Tickets(verifier), Credential::Ticket(ticket)) = (self, credential) else { return None };
        verifier.peek(ticket, unix_seconds(SystemTime::now())).ok().map(|claims| (claims.sub, claims.room))
    }

    /// Makes a ticket that was taken as good as it was: nobody came in by it.
    pub(crate) fn give_back(&mut self, credential: &Credential) {
        if let (Self::Tickets(verifier), Credential::Ticket(ticket)) = (self, credential) {
            verifier.give_back(ticket);
        }
    }
}

impl Gatekeeper for Gate {
    fn admit(&mut self, credential: &Credential, name: &str) -> Result<Admitted, CloseReason> {
        let unknown = || Admitted { player: None, name: name.into() };
        match (self, credential) {
            // A secret or a ticket that nobody asked for does no harm.
            (Self::Open, _) => Ok(unknown()),
            (Self::Secret(secret), Credential::Secret(shown)) if secret.is(shown) => Ok(unknown()),
            (Self::Secret(_), Credential::Secret(_)) => Err(CredentialFault::SecretWrong.into()),
            (Self::Secret(_), _) => Err(CredentialFault::SecretMissing.into()),
            (Self::Tickets(verifier), Credential::Ticket(ticket)) => {
                let (player, name) = verifier.take(ticket, unix_seconds(SystemTime::now()))?;
                Ok(Admitted { player: Some(player), name })
            }
            (Self::Tickets(_), _) => Err(CredentialFault::TicketMissing.into()),
        }
    }

    fn player(&self, credential: &Credential) -> Option<String> {
        self.names(credential).map(|(player, _)| player)
    }

    fn draw(&mut self, token: &mut [u8]) -> Result<(), CloseReason> {
        getrandom::fill(token).map_err(|error| {
            tracing::error!(%error, "the operating system gives no random numbers");
            CloseReason::Overloaded
        })
    }

    /// The token has 192 bits of randomness of its own, so a fast hash is enough.
    fn digest(&self, token: &ResumeToken) -> TokenDigest {
        sha256(&token.0)
    }
}
