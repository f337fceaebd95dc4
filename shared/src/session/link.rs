//! [`SessionLink`]: one connection of a session, from its dial to its end; [`Spare`], one that helps it.

use alloc::boxed::Box;

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
    /// The server has said its word.
    pub(super) is_answered: bool,
    pub(super) dialled_at: Micros,
}

/// A connection, from its dial to its end.
pub(super) struct SessionLink<F> {
    pub(super) id: ConnectionId,
    pub(super) follower: F,
    /// The address that it dials in place of the caller's own.
    pub(super) address: Option<Box<str>>,
    /// Dialled while the one before plays, to the machine at which the room goes on soon.
    pub(super) is_ahead: bool,
    /// Its hello shows a token, so that it may come back as the player of the connection before.
    pub(super) comes_back: bool,
    pub(super) is_open: bool,
    /// The time at which the server took it; zero before.
    pub(super) opened_at: Micros,
    /// It has said hello, so that the server may take it for the player's.
    pub(super) has_spoken: bool,
    pub(super) is_welcome: bool,
    pub(super) has_update: bool,
    /// The time at which something came last; at first, when it was dialled.
    heard_at: Micros,
    /// Silence after which it is lost.
    patience: Micros,
    /// Given more time after a pause of this program, until something comes.
    is_pardoned: bool,
}

impl<F: Follower> SessionLink<F> {
    /// A connection that is dialled at `now`, at another address than the caller's own if there is one, and may go
    /// unanswered for `patience`.
    pub(super) const fn new(
        id: ConnectionId,
        follower: F,
        address: Option<Box<str>>,
        (comes_back, patience): (bool, Micros),
        now: Micros,
    ) -> Self {
        Self {
            id,
            follower,
            address,
            is_ahead: false,
            comes_back,
            is_open: false,
            opened_at: Micros(0),
            has_spoken: false,
            is_welcome: false,
            has_update: false,
            heard_at: now,
            patience,
            is_pardoned: false,
        }
    }

    /// The server took it, at `now`. The time that its dial took.
    pub(super) fn open(&mut self, now: Micros) -> Micros {
        let took = self.silent_for(now);
        (self.is_open, self.opened_at, self.patience) = (true, now, Micros::from_seconds(GIVE_UP_SECONDS));
        self.hear(now);
        took
    }

    /// The next message for the server.
    pub(super) fn poll_transmit(&mut self, now: Micros) -> Option<&[u8]> {
        if !self.is_open {
            return None;
        }
        let message = self.follower.poll_transmit(now)?;
        self.has_spoken = true;
        Some(message)
    }

    /// Whether the server may take it for the player's new one although nobody waits for it any more.
    pub(super) const fn may_be_taken_late(&self) -> bool {
        self.has_spoken && !self.is_welcome
    }

    fn hear(&mut self, now: Micros) {
        (self.heard_at, self.is_pardoned) = (now, false);
    }

    /// Whether it is to take over what the connection before has left: its player is back, and plays with the next
    /// message.
    pub(super) const fn begins_to_play(&self) -> bool {
        self.comes_back && self.is_welcome && !self.has_update
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
        self.heard_at + self.patience
    }

    /// Whether the silence has lasted too long. A program that looks only long after that moment stood still
    /// and has not listened: it gets a moment to read what waits for it, once.
    pub(super) fn is_lost(&mut self, now: Micros) -> bool {
        let late = now.since(self.given_up_at());
        if late > Micros::from_millis(PAUSE_MILLIS) && !self.is_pardoned {
            self.is_pardoned = true;
            self.heard_at = now + Micros::from_millis(PARDON_MILLIS) - self.patience;
        }
        now >= self.given_up_at()
    }
}
