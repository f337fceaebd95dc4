//! A session as its caller sees it: how things stand with its connections, and whom it plays by.

use super::link::SessionLink;
use super::{Closed, Connection, ConnectionId, Follower, Session};
use crate::limits::STALLED_MILLIS;
use crate::message::ResumeToken;
use crate::tick::Micros;

impl<F: Follower> Session<F> {
    /// State of the connection at `now`.
    #[must_use]
    pub fn connection(&self, now: Micros) -> Connection {
        if let Some(Closed { code, sentence, .. }) = &self.refusal {
            return Connection::Refused { code: *code, why: sentence.clone() };
        }
        match (self.shown(), self.dial_at, &self.ending) {
            (Some(link), ..) if link.has_update => {
                let silent_for = link.silent_for(now);
                let is_stalled = silent_for > Micros::from_millis(STALLED_MILLIS) + link.follower.silence();
                if is_stalled { Connection::Stalled { silent_for } } else { Connection::Playing }
            }
            (Some(_), ..) | (None, Some(_), None) => Connection::Connecting,
            (None, Some(at), Some(ending)) => {
                Connection::Reconnecting { wait: at.since(now), why: ending.sentence.clone() }
            }
            (None, None, _) => Connection::Offline,
        }
    }

    /// The end of the last connection, or of the last try to make one, until updates come again.
    #[must_use]
    pub const fn ending(&self) -> Option<&Closed> {
        self.ending.as_ref()
    }

    /// Whether a connection is there, or being dialled.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        !self.links.is_empty()
    }

    /// The follower of the server: of two connections the older one until the newer plays. After a loss the
    /// last one stays, as it was, until the next dial; `None` before the first and after a goodbye.
    #[must_use]
    pub fn follower(&self) -> Option<&F> {
        self.shown().map(|link| &link.follower).or(self.kept.as_ref())
    }

    /// The connection whose follower that is; `None` while there is none.
    #[must_use]
    pub fn played_by(&self) -> Option<ConnectionId> {
        self.shown().map(|link| link.id)
    }

    /// The same to be changed: inputs and commands of a player go here.
    pub fn follower_mut(&mut self) -> Option<&mut F> {
        self.links.first_mut().map(|link| &mut link.follower).or(self.kept.as_mut())
    }

    /// The connection that is played by: the first of two, since the older is gone as soon as the newer plays.
    fn shown(&self) -> Option<&SessionLink<F>> {
        self.links.first()
    }

    /// The token by which another program, or a page that is loaded anew, comes back as the same player;
    /// `None` while there is nobody to come back to.
    #[must_use]
    pub const fn resume_token(&self) -> Option<ResumeToken> {
        self.token
    }
}
