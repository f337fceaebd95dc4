//! What state the connection is in.

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
