//! [`OpenGate`]: the gatekeeper of an arena, who lets everybody in.

use alloc::string::String;

use crate::authority::{Admitted, Gatekeeper, TokenDigest};
use crate::error::CloseReason;
use crate::message::{Credential, ResumeToken};
use crate::rng::Rng;

/// Lets everybody in under the name that they give. Tokens are drawn from a seed, and are their own digests.
#[derive(Debug)]
pub(super) struct OpenGate(pub(super) Rng);

impl Gatekeeper for OpenGate {
    fn admit(&mut self, _: &Credential, name: &str) -> Result<Admitted, CloseReason> {
        Ok(Admitted { player: None, name: String::from(name) })
    }

    fn draw(&mut self, token: &mut [u8]) -> Result<(), CloseReason> {
        token.chunks_mut(8).for_each(|chunk| chunk.copy_from_slice(&self.0.bits().to_le_bytes()[..chunk.len()]));
        Ok(())
    }

    fn digest(&self, token: &ResumeToken) -> TokenDigest {
        token.0
    }
}
