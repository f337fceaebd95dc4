//! What a player says to others and hears of them, beside the game.

use alloc::string::String;

use super::{ConnectionId, Follower, Session};
use crate::error::Misuse;
use crate::limits::{LINES_HEARD_MAX, LINES_PENDING_MAX};
use crate::message::{Channel, SaidLine, Talk};

impl<F: Follower> Session<F> {
    /// Says a line to others. It is lost where the connection is by then.
    ///
    /// # Errors
    /// [`Misuse::LineNotTaken`] where it is not [fit](crate::message::is_fit_line), nobody talks here
    /// ([`talk_room`](Self::talk_room)), or [`LINES_PENDING_MAX`] wait.
    pub fn say(&mut self, channel: Channel, text: &str) -> Result<(), Misuse> {
        let line = SaidLine { channel, text }.write()?;
        if self.talk_room().is_none() || self.talk.waiting.len() >= LINES_PENDING_MAX {
            return Err(Misuse::LineNotTaken);
        }
        self.talk.waiting.push_back(line);
        Ok(())
    }

    /// The next thing that was said, oldest first: of [`LINES_HEARD_MAX`] at most.
    pub fn poll_talk(&mut self) -> Option<Talk> {
        self.talk.heard.pop_front()
    }

    /// The code of the room that the player is in, by which others find it; `None` where a server lets nobody talk,
    /// and while there is no connection.
    #[must_use]
    pub fn talk_room(&self) -> Option<&str> {
        self.talk.by.as_ref().filter(|(id, _)| self.index(*id).is_some()).map(|(_, code)| code.as_str())
    }

    /// A text message of the server came. One that means nothing is passed over.
    pub fn handle_line(&mut self, id: ConnectionId, text: &str) {
        let Some(talk) = Talk::read(text).filter(|_| self.index(id).is_some()) else { return };
        if let Talk::Room { code } = &talk {
            self.talk.by = Some((id, code.clone()));
            // What was said to another room is not for this one.
            self.talk.waiting.clear();
        }
        if self.talk.heard.len() >= LINES_HEARD_MAX {
            self.talk.heard.pop_front();
        }
        self.talk.heard.push_back(talk);
    }

    /// The next text message for the server on this connection. Call until there is none.
    pub fn poll_line(&mut self, id: ConnectionId) -> Option<String> {
        let by = self.talk.by.as_ref().map(|(by, _)| *by);
        if by == Some(id) { self.talk.waiting.pop_front() } else { None }
    }
}
