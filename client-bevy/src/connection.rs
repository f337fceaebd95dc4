//! What state the connection is in, and how long to wait before the next try.

use std::fmt;
use std::time::Duration;

use auspice::Rng;

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
            Self::Reconnecting { wait, why } => write!(f, "reconnecting in {} s: {why}", wait.as_secs_f32().ceil()),
            Self::Refused { why } => write!(f, "refused: {why}"),
        }
    }
}

/// Whether a close code says that trying again is of no use: another protocol, another game, an unfit name.
pub(crate) const fn is_final(code: Option<u16>) -> bool {
    matches!(code, Some(4001..=4003 | 4008))
}

/// Waits that double from half a second to eight, each up to a quarter longer or shorter, so that the players of a server that comes
/// back do not come all at once.
#[derive(Debug)]
pub(crate) struct BackOff {
    failures: u32,
    rng: Rng,
}

impl BackOff {
    const FIRST_MS: u64 = 500;
    const DOUBLINGS_MAX: u32 = 4;

    pub(crate) const fn new(rng: Rng) -> Self {
        Self { failures: 0, rng }
    }

    /// It worked: the next wait is the shortest again.
    pub(crate) const fn forget(&mut self) {
        self.failures = 0;
    }

    pub(crate) fn next_wait(&mut self) -> Duration {
        let mean = Self::FIRST_MS << self.failures.min(Self::DOUBLINGS_MAX);
        self.failures += 1;
        Duration::from_millis(mean * 3 / 4 + u64::from(self.rng.below(mean as u32 / 2)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_bound_and_differ_between_clients() {
        let waits = |seed| {
            let mut back_off = BackOff::new(Rng::new(seed));
            (0..8).map(|_| back_off.next_wait().as_millis()).collect::<Vec<_>>()
        };
        let (one, other) = (waits(1), waits(2));
        assert_ne!(one, other);
        for waits in [one, other] {
            assert!((375..=625).contains(&waits[0]), "{waits:?}");
            assert!(waits[4..].iter().all(|wait| (6_000..=10_000).contains(wait)), "{waits:?}");
        }
    }

    #[test]
    fn a_full_server_is_tried_again_and_one_of_another_version_is_not() {
        use auspice::error::CloseReason;
        assert!(!is_final(Some(CloseReason::Full.code())));
        assert!(!is_final(Some(CloseReason::ServerStopping.code())));
        assert!(!is_final(None));
        assert!(is_final(Some(CloseReason::VersionDiffers { client: 1, server: 2 }.code())));
        assert!(is_final(Some(CloseReason::NameUnfit.code())));
        assert!(is_final(Some(CloseReason::Kicked.code())));
    }
}
