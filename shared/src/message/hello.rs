//! The first message of each side.
//!
//! A hello starts with a fixed layout, which no version may change, so that any two versions can tell each
//! other apart: `AUSP`, protocol version (2 bytes, lowest first), schema hash (8 bytes, lowest first), build
//! name (32 bytes, zeros behind). What follows is bincode, and read only when those agree.

use alloc::string::String;
use alloc::vec::Vec;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Credential, PROTOCOL_VERSION, ResumeToken, control, is_fit_name};
use crate::error::{CloseReason, PeerFault, SetupError};
use crate::game::{Game, Terms};
use crate::id::ClientId;
use crate::limits::{BUILD_BYTES_MAX, CREDENTIAL_BYTES_MAX, NAME_BYTES_MAX};
use crate::state::schema_hash;
use crate::tick::Tick;

const MAGIC: [u8; 4] = *b"AUSP";
const VERSION_AT: usize = MAGIC.len();
const HASH_AT: usize = VERSION_AT + 2;
const BUILD_AT: usize = HASH_AT + 8;
const FIXED_BYTES: usize = BUILD_AT + BUILD_BYTES_MAX;

/// The client's name, version and credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The player's name: see [`is_fit_name`].
    pub name: String,
    /// The credential by which the client is to be let in.
    pub credential: Credential,
}

/// The server's answer: all that a client needs to follow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(deserialize = "R: DeserializeOwned"))]
pub struct Welcome<R: Serialize> {
    /// The client's identity in the room.
    pub client: ClientId,
    /// The tick from which it follows.
    pub tick: Tick,
    /// The token by which the client may come back after its connection is lost; it replaces the one before.
    /// `None` where that is not offered.
    pub resume: Option<ResumeToken>,
    /// Commands of this player that the server took, since it joined: what its client sent beyond those is lost with
    /// the connection by which it was sent.
    pub commands: u32,
    /// The number of the first event that follows, among all that this player was to be told since it joined. Those
    /// before it have arrived, or are lost; it and those behind it may have arrived.
    pub event: u32,
    /// The terms that the session is played by.
    pub terms: Terms<R>,
}

/// A number for all that both ends must agree on about `G`: its name, the tables of its entities and of its input.
#[must_use]
pub fn game_hash<G: Game>() -> u64 {
    let name = G::NAME.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    schema_hash::<G::Input>(schema_hash::<G::Entity>(name))
}

impl Hello {
    pub(crate) fn write(&self, schema: u64, build: &str) -> Result<Vec<u8>, SetupError> {
        if !is_fit_name(&self.name) {
            return Err(SetupError::NameUnfit);
        }
        if !self.credential.is_fit() {
            return Err(SetupError::CredentialUnfit);
        }
        if build.len() > BUILD_BYTES_MAX {
            return Err(SetupError::BuildUnfit);
        }
        let mut bytes = Vec::with_capacity(FIXED_BYTES + NAME_BYTES_MAX + CREDENTIAL_BYTES_MAX);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&PROTOCOL_VERSION.to_le_bytes());
        bytes.extend_from_slice(&schema.to_le_bytes());
        bytes.extend_from_slice(build.as_bytes());
        bytes.resize(FIXED_BYTES, 0);
        bytes.extend(control::encode(self).map_err(|_| SetupError::CredentialUnfit)?);
        Ok(bytes)
    }

    /// Reads what [`write`](Self::write) wrote, for a server of the game with this name and hash.
    pub(crate) fn read(bytes: &[u8], game: &'static str, server: u64) -> Result<Self, CloseReason> {
        let Some((fixed, rest)) = bytes.split_at_checked(FIXED_BYTES) else {
            return Err(PeerFault::BadControl("the hello").into());
        };
        if fixed[..VERSION_AT] != MAGIC {
            return Err(PeerFault::BadControl("the hello").into());
        }
        let client = u16::from_le_bytes([fixed[VERSION_AT], fixed[VERSION_AT + 1]]);
        if client != PROTOCOL_VERSION {
            return Err(CloseReason::VersionDiffers { client, server: PROTOCOL_VERSION });
        }
        let client = fixed[HASH_AT..BUILD_AT].iter().rev().fold(0, |hash, &byte| hash << 8 | u64::from(byte));
        if client != server {
            let build = fixed[BUILD_AT..].split(|&byte| byte == 0).next().unwrap_or_default();
            let client_build =
                String::from_utf8_lossy(build).chars().filter(|&c| c == ' ' || c.is_ascii_graphic()).collect();
            return Err(CloseReason::SchemaDiffers { client_build, client, server, game });
        }
        let hello: Self = control::decode(rest, "the hello")?;
        if !hello.credential.is_fit() {
            return Err(PeerFault::BadControl("the hello").into());
        }
        if is_fit_name(&hello.name) { Ok(hello) } else { Err(CloseReason::NameUnfit) }
    }
}
