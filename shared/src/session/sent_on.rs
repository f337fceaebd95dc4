//! Players who are sent on: a server of many machines says at which of them their room is, or will be soon.
//!
//! Before a room goes elsewhere its players dial there, with their tokens, and play where they are. The other machine
//! lets them wait, and welcomes them with the tick after the last one here: whoever has an update there plays there.

use alloc::boxed::Box;

use super::link::SessionLink;
use super::{Closed, ConnectionId, Follower, Session};
use crate::error::{CloseCode, Moved, is_way};
use crate::message::Credential;
use crate::tick::Micros;

impl<F: Follower> Session<F> {
    /// The address to dial for this connection in place of the caller's own: a server has said that the player's room
    /// is there.
    #[must_use]
    pub fn address(&self, id: ConnectionId) -> Option<&str> {
        let id = self.spare.filter(|spare| spare.id == id).map_or(id, |spare| spare.of);
        self.links[self.index(id)?].address.as_deref()
    }

    /// Whether a server says that the player's room is elsewhere, and is believed; and the end of the connection in
    /// words for the player.
    pub(super) fn be_sent_on(&mut self, closed: Closed) -> (bool, Closed) {
        let moved = Moved::parse(&closed.sentence).filter(|_| closed.code == Some(CloseCode::MOVED));
        let Some(moved) = moved else { return (false, closed) };
        let sentence = CloseCode::MOVED.headline().unwrap_or_default().into();
        (self.ways.go(moved), Closed { sentence, ..closed })
    }

    /// The room goes on at this address soon: it is dialled beside the connection that plays, if that is the only one.
    pub(super) fn look_ahead(&mut self, address: &str) {
        if self.dials_beside && self.links.len() == 1 && self.token.is_some() && is_way(address) {
            self.ahead = Some(address.into());
        }
    }

    /// A connection to there, with the player's token. Where there can be none the player is told once it has moved.
    pub(super) fn dial_ahead(&mut self, address: Box<str>, now: Micros) -> Option<ConnectionId> {
        let follower = (self.make)(Some(Credential::Resume(self.token?))).ok()?;
        let id = self.next_id();
        let mut link = SessionLink::new(id, follower, Some(address), (true, self.patience.time()), now);
        link.is_ahead = true;
        self.links.push(link);
        Some(id)
    }
}
