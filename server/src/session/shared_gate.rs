//! [`SharedGate`]: one gate for all rooms of a server, so that a ticket is good once in all of them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use auspice::authority::{Admitted, Gatekeeper, TokenDigest};
use auspice::error::CloseReason;
use auspice::message::{Credential, ResumeToken};

use super::gate::Gate;
use crate::digest::sha256;

/// A gate that several threads ask.
#[derive(Clone, Debug)]
pub(crate) struct SharedGate(Arc<Mutex<Gate>>);

impl SharedGate {
    pub(crate) fn new(gate: Gate) -> Self {
        Self(Arc::new(Mutex::new(gate)))
    }

    /// The player whom a credential names and would let in, and the room that it is for, if it is for one. It is not
    /// used up.
    pub(crate) fn names(&self, credential: &Credential) -> Option<(String, Option<String>)> {
        self.gate().names(credential)
    }

    /// Makes what [`admit`](Gatekeeper::admit) took as good as it was: nobody came in by it.
    pub(crate) fn give_back(&self, credential: &Credential) {
        self.gate().give_back(credential);
    }

    /// A gate is right after any panic: a ticket is remembered before anybody is let in by it.
    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gatekeeper for SharedGate {
    fn admit(&mut self, credential: &Credential, name: &str) -> Result<Admitted, CloseReason> {
        self.gate().admit(credential, name)
    }

    fn player(&self, credential: &Credential) -> Option<String> {
        self.gate().player(credential)
    }

    fn draw(&mut self, token: &mut [u8]) -> Result<(), CloseReason> {
        self.gate().draw(token)
    }

    /// Digests as the gate does, which needs nothing of it for that.
    fn digest(&self, token: &ResumeToken) -> TokenDigest {
        sha256(&token.0)
    }
}
