//! [`CloseCode`]: the meaning of each WebSocket close code, for the client that reads it and for the server
//! that has to decide about a seat.

use core::fmt;

/// A WebSocket close code: RFC 6455 section 7.4.1 below 4000, this protocol's own from there on.
/// `shared/PROTOCOL.md` has the table.
///
/// Any number may come from a peer; one without a name here means no more than that the connection is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CloseCode(pub u16);

impl CloseCode {
    /// Either side was done.
    pub const FINISHED: Self = Self(1000);
    /// The server stops; from a browser: its page is gone, which is no goodbye.
    pub const GOING_AWAY: Self = Self(1001);
    /// The peer does not speak WebSocket as it should.
    pub const UNSOUND: Self = Self(1002);
    /// A text message, or one in fragments.
    pub const UNSUPPORTED: Self = Self(1003);
    /// Text that is no UTF-8.
    pub const NOT_TEXT: Self = Self(1007);
    /// A message that is larger than any may be.
    pub const TOO_LARGE: Self = Self(1009);
    /// The game made a mistake that ended its room.
    pub const ROOM_FAILED: Self = Self(1011);
    /// The server makes way for another.
    pub const RESTARTING: Self = Self(1012);
    /// No place, for now.
    pub const TRY_AGAIN: Self = Self(1013);
    /// The peer broke the protocol.
    pub const FAULTY: Self = Self(4000);
    /// Another version of the protocol.
    pub const VERSION_DIFFERS: Self = Self(4001);
    /// Another game, or other field tables.
    pub const SCHEMA_DIFFERS: Self = Self(4002);
    /// A name that does not fit.
    pub const NAME_UNFIT: Self = Self(4003);
    /// No hello in time.
    pub const HELLO_LATE: Self = Self(4004);
    /// More than a player can mean.
    pub const FLOODING: Self = Self(4005);
    /// The client applied nothing for too long.
    pub const STALLED: Self = Self(4006);
    /// Too many reliable events waited.
    pub const EVENTS_OVERFLOW: Self = Self(4007);
    /// An operator closed the connection.
    pub const KICKED: Self = Self(4008);
    /// No secret or ticket, or a wrong one.
    pub const CREDENTIAL_REFUSED: Self = Self(4009);
    /// A resume token of no session that still is.
    pub const SESSION_OVER: Self = Self(4010);
    /// The same player connected anew.
    pub const TAKEN_OVER: Self = Self(4011);
    /// Sent by a client in a browser, which cannot break a connection without a word: no goodbye, it may come
    /// back.
    pub const ABANDONED: Self = Self(4012);
    /// The player's room is at another machine: the frame's text is its address ([`Moved`](super::Moved)).
    pub const MOVED: Self = Self(4013);

    /// The code that an HTTP answer in place of a connection comes closest to: 429 and 503 both say that
    /// there is no place for now. `None` for every other status.
    #[must_use]
    pub const fn of_http_status(status: u16) -> Option<Self> {
        if matches!(status, 429 | 503) { Some(Self::TRY_AGAIN) } else { None }
    }

    /// Whether a client that is told this should not try again: another protocol, another game, an unfit
    /// name, a kick, a secret or ticket that does not open the door. Nor should one whose player plays
    /// elsewhere by now: the two would throw each other out for ever.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            Self::VERSION_DIFFERS
                | Self::SCHEMA_DIFFERS
                | Self::NAME_UNFIT
                | Self::KICKED
                | Self::CREDENTIAL_REFUSED
                | Self::TAKEN_OVER
        )
    }

    /// Whether a client that is told this should forget its resume token. Where the code is not
    /// [final](Self::is_final), the client joins anew, as at the first time.
    #[must_use]
    pub const fn ends_session(self) -> bool {
        matches!(self, Self::SESSION_OVER) || self.is_final()
    }

    /// Whether a server keeps the seat of a client that it closed with this: one that was too slow may come
    /// back, one that broke the protocol or was sent away may not.
    #[must_use]
    pub const fn keeps_seat(self) -> bool {
        matches!(self, Self::STALLED | Self::EVENTS_OVERFLOW)
    }

    /// Whether a client that closes with this says goodbye, so that its seat is free at once. A page that is
    /// loaded anew says 1001, and comes back. (A client that closes without any code says goodbye too.)
    #[must_use]
    pub const fn is_goodbye(self) -> bool {
        matches!(self, Self::FINISHED)
    }

    /// The meaning in a few words for a player; `None` for a code that says no more than that the connection is gone.
    #[must_use]
    pub const fn headline(self) -> Option<&'static str> {
        Some(match self {
            Self::GOING_AWAY => "The server has stopped",
            Self::ROOM_FAILED | Self::RESTARTING => "The server begins anew",
            Self::TRY_AGAIN => "The server takes nobody in",
            Self::VERSION_DIFFERS | Self::SCHEMA_DIFFERS => "Another version",
            Self::NAME_UNFIT => "Another name, please",
            Self::FLOODING | Self::STALLED | Self::EVENTS_OVERFLOW => "The server closed the connection",
            Self::KICKED => "An operator sent you away",
            Self::CREDENTIAL_REFUSED => "The server asks who you are",
            Self::SESSION_OVER => "Your session is over",
            Self::TAKEN_OVER => "You play elsewhere now",
            Self::MOVED => "Your room is at another machine",
            _ => return None,
        })
    }
}

impl From<u16> for CloseCode {
    fn from(code: u16) -> Self {
        Self(code)
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{CloseReason, CredentialFault, SessionEnd};

    #[test]
    fn every_ending_that_a_player_can_act_on_has_a_headline() {
        for reason in
            [CloseReason::Full, CloseReason::Overloaded, CloseReason::ServerRestarting, CloseReason::TakenOver]
        {
            assert!(reason.close_code().headline().is_some(), "{reason}");
        }
        for code in (1000..5000).map(CloseCode) {
            assert!(!code.ends_session() || code.headline().is_some(), "{code}");
        }
    }

    #[test]
    fn a_full_server_is_tried_again_and_one_of_another_version_is_not() {
        let is_final = |reason: CloseReason| reason.close_code().is_final();
        assert!(!is_final(CloseReason::Full));
        assert!(!is_final(CloseReason::ServerStopping));
        assert!(is_final(CloseReason::VersionDiffers { client: 1, server: 2 }));
        assert!(is_final(CloseReason::NameUnfit));
        assert!(is_final(CloseReason::Kicked));
        assert!(is_final(CloseReason::CredentialRefused(CredentialFault::SecretWrong)));
        assert!(is_final(CloseReason::TakenOver));
    }

    #[test]
    fn a_session_that_is_over_is_joined_anew() {
        let over = CloseReason::SessionOver(SessionEnd::Unknown).close_code();
        assert!(over.ends_session() && !over.is_final());
        assert!(!CloseReason::Stalled.close_code().ends_session());
    }

    #[test]
    fn nobody_is_waited_for_who_must_not_come_back() {
        for code in (1000..5000).map(CloseCode) {
            assert!(!(code.keeps_seat() && code.ends_session()), "{code}");
        }
        assert!(CloseCode::FINISHED.is_goodbye());
        assert!(!CloseCode::GOING_AWAY.is_goodbye() && !CloseCode::ABANDONED.is_goodbye());
    }
}
