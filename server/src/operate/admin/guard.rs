//! [`Guard`]: who may do what needs the operator's token.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;

use super::refused::Refused;
use super::token::{Doorman, Token, TokenVerdict};
use crate::operate::logs::Quota;
use crate::operate::metrics::Metrics;

/// Lines a second about wrong tokens.
const LINES_PER_SECOND: u32 = 10;

/// The token, and whoever tried a wrong one.
pub(super) struct Guard {
    /// The token; without one, nothing that needs one is done.
    token: Option<Token>,
    doorman: Doorman,
    wrong_tokens: Mutex<Quota>,
    metrics: Arc<Metrics>,
}

impl Guard {
    pub(super) fn new(token: Option<Token>, metrics: Arc<Metrics>) -> Self {
        Self { token, doorman: Doorman::new(), wrong_tokens: Mutex::new(Quota::per_second(LINES_PER_SECOND)), metrics }
    }

    /// Whether `peer` may do what needs the token.
    pub(super) fn check(&self, peer: IpAddr, headers: &HeaderMap) -> Result<(), Refused> {
        let token = self.token.as_ref().ok_or(Refused::NoTokenSet)?;
        let shown = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        match self.doorman.check(token, peer, shown, Instant::now()) {
            TokenVerdict::Welcome => Ok(()),
            TokenVerdict::Wrong => {
                self.tell_wrong_token(peer);
                Err(Refused::WrongToken)
            }
            TokenVerdict::TooOften => Err(Refused::TooOften),
        }
    }

    /// The limit of tries is for each address, of which one machine has millions.
    fn tell_wrong_token(&self, peer: IpAddr) {
        // A quota is right after any panic: nothing is half done under the lock.
        match self.wrong_tokens.lock().unwrap_or_else(PoisonError::into_inner).take(Instant::now()) {
            Some(more) => tracing::warn!(%peer, more, "an order without the right token was refused"),
            None => self.metrics.log_lines_held_back.inc(),
        }
    }
}
