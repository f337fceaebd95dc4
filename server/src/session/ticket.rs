//! Tickets: who somebody is, by the word of a backend that the server trusts.
//!
//! A ticket is a PASETO `v4.public` token (Ed25519). The server holds public keys alone, so whoever steals a
//! server cannot mint. Its claims: `sub` (the player's id), `name`, `aud` (which server), `protocol`, `iat`,
//! `exp` (RFC 3339), `jti` (random, good once).

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use auspice::error::{CloseReason, CredentialFault};
use auspice::message::{PROTOCOL_VERSION, is_fit_name};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::paseto::{Signer, Token, Verifier};
use crate::digest::{hex, sha256};
use crate::limits::{TICKET_ID_BYTES_MAX, TICKETS_REMEMBERED_MAX};

/// Seconds that a ticket lives at most: a player asks for one and joins at once.
pub const TICKET_SECONDS_MAX: i64 = 30;

/// Seconds for which a ticket may be good.
const LIVES: RangeInclusive<i64> = 1..=TICKET_SECONDS_MAX;

/// Seconds by which the clocks of backend and server may differ.
const SKEW_SECONDS: i64 = 5;

/// Keys at once: the one in use, the next, and two to spare. Each that a ticket is not signed by costs a verification.
const KEYS_MAX: usize = 4;

/// The claims of a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The player's id, 1 to 64 bytes: whoever has it twice is the same player.
    pub sub: String,
    /// The player's name.
    pub name: String,
    /// The server that it is for.
    pub aud: String,
    /// The version of the protocol that the player's client speaks.
    pub protocol: u16,
    /// The time at which it was issued, as RFC 3339.
    pub iat: String,
    /// The time until which it is good, as RFC 3339.
    pub exp: String,
    /// A random name of 16 to 64 bytes, never used before.
    pub jti: String,
    /// The room that it is for, as an address says it behind `/play/`: a code, `new`, `any/mode=duel`. Without, the
    /// address says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
}

impl Claims {
    /// The claims of a backend: `sub` is called `name` and may join `aud` from `now` on, in seconds since
    /// 1970, for `seconds`.
    ///
    /// # Errors
    /// A sentence, where there is no randomness or no such time, or where no server would take a ticket that lives so
    /// long: `seconds` is at least 1 and at most [`TICKET_SECONDS_MAX`].
    pub fn new(sub: &str, name: &str, aud: &str, now: i64, seconds: i64) -> Result<Self, String> {
        if !LIVES.contains(&seconds) {
            return Err(format!("a ticket lives 1 to {TICKET_SECONDS_MAX} s, not {seconds} s"));
        }
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|error| format!("the system gives no random numbers: {error}"))?;
        let time = |seconds| {
            let moment = OffsetDateTime::from_unix_timestamp(seconds).map_err(|error| error.to_string())?;
            moment.format(&Rfc3339).map_err(|error| error.to_string())
        };
        Ok(Self {
            sub: sub.into(),
            name: name.into(),
            aud: aud.into(),
            protocol: PROTOCOL_VERSION,
            iat: time(now)?,
            exp: time(now.saturating_add(seconds))?,
            jti: hex(&random),
            room: None,
        })
    }
}

/// The half of a key pair that mints, in a backend. The server has no use for it.
pub struct SecretKey(Signer);

impl SecretKey {
    /// A new pair, each half as one line of text (PASERK).
    ///
    /// # Errors
    /// A sentence, where there is no randomness.
    pub fn generate() -> Result<(String, String), String> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| format!("the system gives no random numbers: {error}"))?;
        let made = Signer::of_seed(&seed).and_then(|(signer, secret)| Some((secret, signer.verifier()?.line())));
        made.ok_or_else(|| "the key pair cannot be made".into())
    }

    /// Parses the key's line.
    ///
    /// # Errors
    /// A sentence, where it is none.
    pub fn parse(line: &str) -> Result<Self, String> {
        Signer::parse(line.trim()).map(Self).ok_or_else(|| "no secret key: it should begin with k4.secret.".into())
    }

    /// A ticket.
    ///
    /// # Errors
    /// A sentence, where the claims cannot be written.
    pub fn mint(&self, claims: &Claims) -> Result<String, String> {
        serde_json::to_vec(claims).map(|payload| self.sign(&payload)).map_err(|error| error.to_string())
    }

    /// Signs whatever it is.
    pub(crate) fn sign(&self, payload: &[u8]) -> String {
        self.0.sign(payload)
    }
}

/// The halves by which tickets are known.
#[derive(Clone)]
pub(super) struct PublicKeys(Vec<Verifier>);

impl PublicKeys {
    pub(super) fn read(files: &[PathBuf]) -> Result<Self, String> {
        if files.len() > KEYS_MAX {
            return Err(format!("there may be {KEYS_MAX} ticket keys at once, not {}", files.len()));
        }
        files.iter().map(|file| Self::read_one(file)).collect::<Result<_, _>>().map(Self)
    }

    fn read_one(file: &Path) -> Result<Verifier, String> {
        let shown = file.display();
        let line = std::fs::read_to_string(file)
            .map_err(|error| format!("the ticket key cannot be read from {shown}: {error}"))?;
        if line.contains("k4.secret.") {
            return Err(format!("{shown} is the secret key, which no server should have; give it the public one"));
        }
        Verifier::parse(line.trim())
            .ok_or_else(|| format!("{shown} is no public key of PASETO v4: it should begin with k4.public."))
    }
}

/// Judges tickets, and remembers those that it took.
#[derive(Clone)]
pub struct TicketVerifier {
    keys: PublicKeys,
    audience: String,
    /// The time before which nothing issued is taken: what was taken before the server's start is not
    /// remembered.
    since: i64,
    /// Tickets taken: a digest of the `jti`, and when they may be forgotten.
    taken: HashMap<[u8; 32], i64>,
    last: RefCell<Option<Box<Verified>>>,
    #[cfg(test)]
    verifications: std::cell::Cell<u32>,
}

/// The ticket that was verified last: one hello has several questions about its ticket, and a signature takes up to
/// 0.1 ms of a tick.
#[derive(Clone)]
struct Verified {
    ticket: String,
    /// None where no key signed it, or its claims cannot be read.
    claims: Option<Claims>,
}

impl fmt::Debug for TicketVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TicketVerifier").field("audience", &self.audience).finish_non_exhaustive()
    }
}

impl TicketVerifier {
    pub(super) fn new(keys: PublicKeys, audience: &str, since: i64) -> Self {
        Self {
            keys,
            audience: audience.into(),
            since,
            taken: HashMap::new(),
            last: RefCell::default(),
            #[cfg(test)]
            verifications: std::cell::Cell::default(),
        }
    }

    /// A verifier that takes what `key` signed.
    pub(crate) fn of_test_key(key: &SecretKey, audience: &str, since: i64) -> Self {
        let public = key.0.verifier().expect("a secret key should have a public half");
        Self::new(PublicKeys(vec![public]), audience, since)
    }

    /// Takes a ticket at `now`, in seconds since 1970: the player's id and name. It is good once.
    ///
    /// # Errors
    /// What is wrong with it; [`CloseReason::Overloaded`] where no more can be remembered.
    pub(crate) fn take(&mut self, ticket: &str, now: i64) -> Result<(String, String), CloseReason> {
        let claims = self.check(ticket, now)?;
        let expires = seconds(&claims.exp).ok_or(CredentialFault::TicketInvalid)?;
        self.remember(&claims.jti, expires + SKEW_SECONDS, now)?;
        Ok((claims.sub, claims.name))
    }

    /// Forgets that a ticket was taken.
    pub(super) fn give_back(&mut self, ticket: &str) {
        if let Some(claims) = self.verify(ticket) {
            self.taken.remove(&sha256(claims.jti.as_bytes()));
        }
    }

    /// The claims of a ticket that would be taken at `now`.
    ///
    /// # Errors
    /// What is wrong with it; that it was taken before.
    pub(super) fn peek(&self, ticket: &str, now: i64) -> Result<Claims, CredentialFault> {
        let claims = self.check(ticket, now)?;
        if self.taken.contains_key(&sha256(claims.jti.as_bytes())) {
            Err(CredentialFault::TicketUsed)
        } else {
            Ok(claims)
        }
    }

    /// The claims of a ticket that would be taken at `now`, if it was not before.
    pub(super) fn check(&self, ticket: &str, now: i64) -> Result<Claims, CredentialFault> {
        let claims = self.verify(ticket).ok_or(CredentialFault::TicketInvalid)?;
        if claims.aud != self.audience || claims.protocol != PROTOCOL_VERSION {
            return Err(CredentialFault::TicketForeign);
        }
        let (issued, expires) = seconds(&claims.iat).zip(seconds(&claims.exp)).ok_or(CredentialFault::TicketInvalid)?;
        let lives = expires.saturating_sub(issued);
        let is_due = issued <= now + SKEW_SECONDS && now <= expires + SKEW_SECONDS && issued >= self.since;
        if !is_due || !LIVES.contains(&lives) {
            return Err(CredentialFault::TicketExpired);
        }
        let ids = (1..=TICKET_ID_BYTES_MAX).contains(&claims.sub.len())
            && (16..=TICKET_ID_BYTES_MAX).contains(&claims.jti.len());
        if !ids || !is_fit_name(&claims.name) {
            return Err(CredentialFault::TicketInvalid);
        }
        Ok(claims)
    }

    /// The claims, if one of the keys signed them. Of the ticket that was asked for last they are known.
    fn verify(&self, ticket: &str) -> Option<Claims> {
        let mut last = self.last.borrow_mut();
        if last.as_ref().is_none_or(|last| last.ticket != ticket) {
            *last = Some(Box::new(Verified { ticket: ticket.into(), claims: self.read_signed(ticket) }));
        }
        last.as_ref().and_then(|last| last.claims.clone())
    }

    /// The claims, verified anew.
    fn read_signed(&self, ticket: &str) -> Option<Claims> {
        #[cfg(test)]
        self.verifications.update(|before| before + 1);
        let token = Token::parse(ticket)?;
        if !self.keys.0.iter().any(|key| key.knows(&token)) {
            return None;
        }
        serde_json::from_slice(token.payload()).ok()
    }

    fn remember(&mut self, jti: &str, until: i64, now: i64) -> Result<(), CloseReason> {
        let digest = sha256(jti.as_bytes());
        if self.taken.contains_key(&digest) {
            return Err(CredentialFault::TicketUsed.into());
        }
        if self.taken.len() >= TICKETS_REMEMBERED_MAX {
            self.taken.retain(|_, until| *until >= now);
            if self.taken.len() >= TICKETS_REMEMBERED_MAX {
                return Err(CloseReason::Overloaded);
            }
        }
        self.taken.insert(digest, until);
        Ok(())
    }
}

fn seconds(time: &str) -> Option<i64> {
    OffsetDateTime::parse(time, &Rfc3339).ok().map(OffsetDateTime::unix_timestamp)
}

/// Seconds since 1970; before that, none.
pub fn unix_seconds(now: SystemTime) -> i64 {
    now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}

#[cfg(test)]
#[path = "ticket_tests.rs"]
mod tests;
