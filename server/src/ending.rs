//! Why a connection ends: one closed set of reasons, the same in close frames, logs and metrics.

use std::io;

use auspice::error::{CloseCode, CloseReason, SessionEnd};
use auspice::limits::CLIENT_MESSAGE_BYTES_MAX;

/// Why a client is no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The peer closed, with this code if it gave one.
    Closed(Option<u16>),
    /// The connection is gone.
    Lost(io::ErrorKind),
    /// The peer does not speak WebSocket as it should.
    Unsound(String),
    /// Text that is no UTF-8.
    NotText,
    /// A message or frame larger than any may be.
    TooLarge,
    /// A message in fragments.
    Fragmented,
    /// A close reason that the protocol has a code for.
    Refused(CloseReason),
}

impl Ending {
    /// Every label that [`label`](Self::label) may give.
    pub(crate) fn labels() -> impl Iterator<Item = &'static str> {
        let (lost, unsound) = (Self::Lost(io::ErrorKind::Other), Self::Unsound(String::new()));
        let own = [Self::Closed(None), lost, unsound, Self::NotText, Self::TooLarge, Self::Fragmented];
        own.map(|ending| ending.label()).into_iter().chain(CloseReason::LABELS)
    }

    /// Label for logs and counters, one word.
    pub(crate) const fn label(&self) -> &'static str {
        match self {
            Self::Closed(_) => "closed_by_client",
            Self::Lost(_) => "connection_lost",
            Self::Unsound(_) => "unsound",
            Self::NotText => "not_text",
            Self::TooLarge => "too_large",
            Self::Fragmented => "fragmented",
            Self::Refused(reason) => reason.label(),
        }
    }

    /// Whether a player whose connection ended like this may come back to its seat. Not one that said
    /// goodbye, that broke the protocol or that was sent away.
    pub(crate) const fn keeps_seat(&self) -> bool {
        match self {
            Self::Lost(_) => true,
            // What gives no code at all was a program's own goodbye.
            Self::Closed(None) => false,
            Self::Closed(Some(code)) => !CloseCode(*code).is_goodbye(),
            Self::Refused(reason) => reason.close_code().keeps_seat(),
            _ => false,
        }
    }

    /// The end of a session, as its token tells it to a player who may not come back after it.
    pub(crate) const fn session_end(&self) -> SessionEnd {
        match self {
            Self::Closed(_) => SessionEnd::Finished,
            Self::Refused(CloseReason::Kicked) => SessionEnd::Kicked,
            _ => SessionEnd::Broken,
        }
    }

    /// The close code and sentence it is answered with, where anybody is left to answer.
    pub(crate) fn farewell(&self) -> Option<(u16, String)> {
        match self {
            Self::Closed(_) | Self::Lost(_) => None,
            Self::Unsound(what) => Some((CloseCode::UNSOUND.0, what.clone())),
            Self::NotText => Some((CloseCode::NOT_TEXT.0, "text that is not UTF-8".into())),
            Self::TooLarge => {
                Some((CloseCode::TOO_LARGE.0, format!("a message may have {CLIENT_MESSAGE_BYTES_MAX} bytes")))
            }
            Self::Fragmented => Some((CloseCode::UNSUPPORTED.0, "a message must come whole, not in fragments".into())),
            Self::Refused(reason) => Some((reason.code(), reason.text())),
        }
    }

    /// A sentence for the log. None of the peer's bytes are in it.
    pub(crate) fn cause(&self) -> String {
        match self {
            Self::Closed(Some(code)) => format!("closed by the client with code {code}"),
            Self::Closed(None) => "closed by the client".into(),
            Self::Lost(kind) => format!("connection lost: {kind}"),
            // Not where to go: no log has the word.
            Self::Refused(reason) => reason.to_string(),
            Self::Unsound(_) | Self::NotText | Self::TooLarge | Self::Fragmented => {
                self.farewell().map(|(_, sentence)| sentence).unwrap_or_default()
            }
        }
    }
}

impl From<CloseReason> for Ending {
    fn from(reason: CloseReason) -> Self {
        Self::Refused(reason)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn labels_are_few_and_tell_endings_apart() {
        let labels: Vec<_> = Ending::labels().collect();
        assert_eq!(labels.iter().collect::<BTreeSet<_>>().len(), labels.len());
        // A label is a series of each counter that has it.
        assert!(labels.len() <= 32, "{}", labels.len());
        let is_word = |label: &str| label.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        assert!(labels.iter().all(|label| is_word(label)), "{labels:?}");
    }
}
