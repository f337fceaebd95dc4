//! What state the connection is in, and what its end means for the next try.

use std::fmt;
use std::time::Duration;

/// Where a session stands with its server.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Connection {
    /// Nobody asked for one.
    #[default]
    Offline,
    /// Dialling, or waiting for the welcome.
    Connecting,
    /// Updates come.
    Playing,
    /// Updates should come, and do not.
    Stalled {
        /// Since the last one.
        silent_for: Duration,
    },
    /// It failed, and will be tried again.
    Reconnecting {
        /// Until the next try.
        wait: Duration,
        /// What the server or the network said.
        why: String,
    },
    /// The server does not want this client, and would not in a minute either.
    Refused {
        /// The code of its close frame; `None` where this client itself found that it cannot.
        code: Option<u16>,
        /// The sentence of its close frame.
        why: String,
    },
}

impl Connection {
    /// Whether there is a world to play in.
    #[must_use]
    pub const fn is_playing(&self) -> bool {
        matches!(self, Self::Playing | Self::Stalled { .. })
    }
}

impl fmt::Display for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offline => write!(f, "offline"),
            Self::Connecting => write!(f, "connecting"),
            Self::Playing => write!(f, "playing"),
            Self::Stalled { silent_for } => write!(f, "stalled: nothing heard for {:.1} s", silent_for.as_secs_f32()),
            Self::Reconnecting { wait, why, .. } => write!(f, "reconnecting in {} s: {why}", wait.as_secs_f32().ceil()),
            Self::Refused { why, .. } => write!(f, "refused: {why}"),
        }
    }
}

/// What a close code comes to, in a few words; `None` for one that says no more than that the connection is gone.
pub(crate) const fn headline(code: Option<u16>) -> Option<&'static str> {
    Some(match code {
        Some(1001) => "The server has stopped",
        Some(1011 | 1012) => "The server begins anew",
        Some(1013) => "The server takes nobody in",
        Some(4001 | 4002) => "Another version",
        Some(4003) => "Another name, please",
        Some(4005..=4007) => "The server closed the connection",
        Some(4008) => "An operator sent you away",
        Some(4009) => "The server asks who you are",
        Some(4010) => "Your session is over",
        Some(4011) => "You play elsewhere now",
        _ => return None,
    })
}

/// Whether a close code says that trying again is of no use: another protocol, another game, an unfit name, a
/// kick, a secret or ticket that does not open the door. Nor is it where the same player plays elsewhere by
/// now: the two would throw each other out forever.
pub(crate) const fn is_final(code: Option<u16>) -> bool {
    matches!(code, Some(4001..=4003 | 4008 | 4009 | 4011))
}

/// Whether a close code says that the player's session is over: whoever comes again, comes as at the first time.
pub(crate) const fn is_session_over(code: Option<u16>) -> bool {
    matches!(code, Some(4010)) || is_final(code)
}

#[cfg(test)]
mod tests {
    use auspice::error::{CloseReason, EntryFault, SessionEnd};

    use super::*;

    #[test]
    fn every_ending_that_a_player_can_act_on_has_a_headline() {
        for reason in [CloseReason::Full, CloseReason::Overloaded, CloseReason::ServerRestarting, CloseReason::TakenOver] {
            assert!(headline(Some(reason.code())).is_some(), "{reason}");
        }
        for code in 1000..5000 {
            assert!(!is_final(Some(code)) || headline(Some(code)).is_some(), "{code}");
        }
        assert_eq!(headline(None), None);
    }

    #[test]
    fn a_full_server_is_tried_again_and_one_of_another_version_is_not() {
        assert!(!is_final(Some(CloseReason::Full.code())));
        assert!(!is_final(Some(CloseReason::ServerStopping.code())));
        assert!(!is_final(None));
        assert!(is_final(Some(CloseReason::VersionDiffers { client: 1, server: 2 }.code())));
        assert!(is_final(Some(CloseReason::NameUnfit.code())));
        assert!(is_final(Some(CloseReason::Kicked.code())));
        assert!(is_final(Some(CloseReason::EntryRefused(EntryFault::SecretWrong).code())));
        assert!(is_final(Some(CloseReason::TakenOver.code())));
        let over = Some(CloseReason::SessionOver(SessionEnd::Unknown).code());
        assert!(!is_final(over) && is_session_over(over) && !is_session_over(None));
    }
}
