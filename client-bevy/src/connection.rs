//! State of the connection.

use std::fmt;
use std::time::Duration;

/// State of a session with its server.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Connection {
    /// No connection was asked for.
    #[default]
    Offline,
    /// Dialling, or waiting for the welcome.
    Connecting,
    /// Updates come.
    Playing,
    /// Updates should come, and do not.
    Stalled {
        /// Time since the last one.
        silent_for: Duration,
    },
    /// The connection failed, and will be tried again.
    Reconnecting {
        /// Time until the next try.
        wait: Duration,
        /// The word of the server or the network.
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
