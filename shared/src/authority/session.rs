//! [`ResumeTokens`]: the tokens by which a player whose connection is lost comes back.

use serde::{Deserialize, Serialize};

use crate::message::ResumeToken;

/// A digest of a resume token by a cryptographic hash, or in tests the token itself: the room keeps it, and
/// not the token.
pub type TokenDigest = [u8; 32];

/// A session, by which a player may come back: the token goes out with the next welcome and is forgotten, its
/// digest stays.
#[derive(Clone, Copy, Debug)]
pub struct SessionKey {
    /// Random, and never given out before.
    pub token: ResumeToken,
    /// The digest that [`Room::find_session`](super::Room::find_session) will be asked for.
    pub digest: TokenDigest,
}

/// The digests of the tokens by which a player may come back.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct ResumeTokens {
    current: TokenDigest,
    /// Digest of the token that the client surely holds, until it is known to hold the current one.
    shown: Option<TokenDigest>,
    /// The token, until it is in the welcome. Never saved: it opens a door.
    #[serde(skip)]
    pub(crate) token: Option<ResumeToken>,
}

impl ResumeTokens {
    pub(crate) const fn new(key: SessionKey, shown: Option<TokenDigest>) -> Self {
        Self { current: key.digest, shown, token: Some(key.token) }
    }

    pub(crate) fn answers_to(&self, digest: &TokenDigest) -> bool {
        self.digests().any(|known| known == *digest)
    }

    /// Digests of every token by which the player may come back.
    pub(crate) fn digests(&self) -> impl Iterator<Item = TokenDigest> + use<> {
        [Some(self.current), self.shown].into_iter().flatten()
    }

    /// Takes note that the client spoke after its welcome, so that it holds the token that was in it.
    pub(crate) const fn confirm(&mut self) {
        self.shown = None;
    }
}
