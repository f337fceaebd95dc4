//! The credential that a client shows to be let in, and the token by which it comes back.

use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::error::SentWord;
use crate::limits::{CREDENTIAL_BYTES_MAX, RESUME_TOKEN_BYTES};

/// The credential that a client shows to be let in. The core carries it and does not judge it: that is for
/// the program around the room.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Credential {
    /// No credential: the server lets everyone in.
    Open,
    /// A secret that the server shares with all its players.
    Secret(String),
    /// A ticket, signed by somebody whom the server trusts, for one player and once.
    Ticket(String),
    /// The token of an earlier welcome: the same player comes back.
    Resume(ResumeToken),
    /// The token of the newest welcome, of a player who goes on playing: this is its spare connection, which
    /// carries its inputs once more.
    Spare(ResumeToken),
    /// The word by which another machine of the server, which let the client in, sent it here.
    Sent(SentWord),
}

impl Credential {
    /// Whether it is within its bounds: a secret or ticket of 1 to [`CREDENTIAL_BYTES_MAX`] bytes.
    #[must_use]
    pub fn is_fit(&self) -> bool {
        match self {
            Self::Open | Self::Resume(_) | Self::Spare(_) | Self::Sent(_) => true,
            Self::Secret(text) | Self::Ticket(text) => (1..=CREDENTIAL_BYTES_MAX).contains(&text.len()),
        }
    }
}

/// Says of which kind it is, and nothing that anyone could use.
impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "Open",
            Self::Secret(_) => "Secret(..)",
            Self::Ticket(_) => "Ticket(..)",
            Self::Resume(_) => "Resume(..)",
            Self::Spare(_) => "Spare(..)",
            Self::Sent(_) => "Sent(..)",
        })
    }
}

/// The token by which a client whose connection was lost comes back as the same player. Drawn anew at each
/// welcome by the program around the room, from the operating system's randomness.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResumeToken(pub [u8; RESUME_TOKEN_BYTES]);

/// Leaves the token out: it opens a door.
impl fmt::Debug for ResumeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResumeToken(..)")
    }
}
