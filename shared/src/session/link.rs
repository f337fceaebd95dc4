//! [`Link`]: one connection of a session, from its dial to its end; [`Spare`], one that helps it.

use super::follower::Follower;
use crate::error::PeerFault;
use crate::limits::{GIVE_UP_SECONDS, PARDON_MILLIS, PAUSE_MILLIS};
use crate::tick::Micros;

/// A connection of a session, which the caller has a socket for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub(super) u32);

/// A session's spare connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spare {
    pub(super) id: ConnectionId,
    /// The connection whose inputs it carries once more.
    pub(super) of: ConnectionId,
    pub(super) is_open: bool,
    pub(super) dialled_at: Micros,
}

/// A connection, from its dial to its end.
pub(super) struct Link<F> {
    pub(super) id: ConnectionId,
    pub(super) follower: F,
    pub(super) is_open: bool,
    pub(super) is_welcome: bool,
    pub(super) has_update: bool,
    /// A newer connection of the same player was opened beside it, so that the server may take this one for
    /// the old one.
    pub(super) has_rival: bool,
    /// The time at which something came last; at first, when it was dialled.
    heard_at: Micros,
    /// Given more time after a pause of this program, until something comes.
    is_pardoned: bool,
}

impl<F: Follower> Link<F> {
    pub(super) const fn new(id: ConnectionId, follower: F, now: Micros) -> Self {
        Self {
            id,
            follower,
            is_open: false,
            is_welcome: false,
            has_update: false,
            has_rival: false,
            heard_at: now,
            is_pardoned: false,
        }
    }

    pub(super) fn open(&mut self, now: Micros) {
        self.is_open = true;
        self.hear(now);
    }

    fn hear(&mut self, now: Micros) {
        (self.heard_at, self.is_pardoned) = (now, false);
    }

    /// Takes a message. Whether it was an update.
    pub(super) fn handle_message(&mut self, bytes: &[u8], now: Micros) -> Result<bool, PeerFault> {
        self.hear(now);
        let before = self.follower.updates();
        self.follower.handle_message(bytes, now)?;
        let is_update = self.follower.updates() > before;
        self.has_update |= is_update;
        Ok(is_update)
    }

    pub(super) fn silent_for(&self, now: Micros) -> Micros {
        now.since(self.heard_at)
    }

    /// The time at which something came last; at first, when it was dialled.
    pub(super) const fn silent_since(&self) -> Micros {
        self.heard_at
    }

    /// The moment at which the silence has lasted too long.
    pub(super) fn given_up_at(&self) -> Micros {
        self.heard_at + Micros::from_seconds(GIVE_UP_SECONDS)
    }

    /// Whether the silence has lasted too long. A program that looks only long after that moment stood still
    /// and has not listened: it gets a moment to read what waits for it, once.
    pub(super) fn is_lost(&mut self, now: Micros) -> bool {
        let late = now.since(self.given_up_at());
        if late > Micros::from_millis(PAUSE_MILLIS) && !self.is_pardoned {
            self.is_pardoned = true;
            self.heard_at = now + Micros::from_millis(PARDON_MILLIS) - Micros::from_seconds(GIVE_UP_SECONDS);
        }
        now >= self.given_up_at()
    }
}
