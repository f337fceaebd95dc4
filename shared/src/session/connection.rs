//! [`Connection`]: how a session stands with its server, for the eye; [`Closed`] and [`HangUp`], how a connection ends.

use alloc::string::String;
use core::fmt;

use crate::error::CloseCode;
use crate::tick::Micros;

/// State of a session with its server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Connection {
    /// No connection was asked for.
    #[default]
    Offline,
    /// Dialling, or waiting for the welcome and the first update.
    Connecting,
    /// Updates come.
    Playing,
    /// Updates should come, and do not.
    Stalled {
        /// Time since the last one.
        silent_for: Micros,
    },
    /// The connection failed, and will be tried again.
    Reconnecting {
        /// Time until the next try.
        wait: Micros,
        /// A sentence of the server, or of what went wrong.
        why: String,
    },
    /// The server does not want this client, and would not in a minute either.
    Refused {
        /// The code of its close frame; `None` where this client itself found that it cannot.
        code: Option<CloseCode>,
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
            Self::Stalled { silent_for } => write!(f, "stalled: nothing heard for {:.1} s", silent_for.as_seconds()),
            Self::Reconnecting { wait, why } => write!(f, "reconnecting in {} s: {why}", wait.0.div_ceil(1_000_000)),
            Self::Refused { why, .. } => write!(f, "refused: {why}"),
        }
    }
}

/// The way in which the caller is to end a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HangUp {
    /// Sends a close frame: the player leaves, and the server frees the seat.
    Goodbye,
    /// Breaks the connection without a close frame, as a network does that fails: the server keeps the seat.
    /// A page, which cannot do that, says [`CloseCode::ABANDONED`].
    Abandon,
}

/// The end of a connection, as the caller's socket tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closed {
    /// The code of the close frame, or what comes closest to the HTTP answer in place of a connection
    /// ([`CloseCode::of_http_status`]); `None` if there was neither.
    pub code: Option<CloseCode>,
    /// The close frame's sentence, or what went wrong; may be empty.
    pub sentence: String,
    /// Time for which the server asks to be left alone, by `Retry-After`.
    pub retry_after: Option<Micros>,
}

impl Closed {
    /// An end without a close frame.
    #[must_use]
    pub fn without_word(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), ..Self::default() }
    }

    /// An end by a close frame.
    #[must_use]
    pub fn with(code: impl Into<CloseCode>, sentence: impl Into<String>) -> Self {
        Self { code: Some(code.into()), sentence: sentence.into(), retry_after: None }
    }

    /// Whether it is of no use to come again. See [`CloseCode::is_final`].
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.code.is_some_and(CloseCode::is_final)
    }

    /// Whether the resume token is of no use any more. See [`CloseCode::ends_session`].
    #[must_use]
    pub fn ends_session(&self) -> bool {
        self.code.is_some_and(CloseCode::ends_session)
    }
}
