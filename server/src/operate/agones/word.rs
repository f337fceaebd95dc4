//! [`FleetWord`]: what a game server says to Agones.

use std::fmt;

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FleetWord {
    /// Says that it may be allocated.
    Ready,
    /// Says that it has players, and is to be left alone.
    Allocate,
    /// Says that its ticks go on.
    Health,
    /// A counter, how much of it is taken, and how much there is.
    Count(Counter, u64, u64),
    /// Says that it is over.
    Shutdown,
}

/// A counter of a game server, which its manifest must name too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counter {
    Players,
    Rooms,
}

impl Counter {
    pub(super) const ALL: [Self; 2] = [Self::Players, Self::Rooms];

    const fn name(self) -> &'static str {
        match self {
            Self::Players => "players",
            Self::Rooms => "rooms",
        }
    }
}

impl FleetWord {
    /// Method and path of the request that says it.
    pub(super) fn request(self) -> (&'static str, String) {
        match self {
            Self::Ready => ("POST", "/ready".into()),
            Self::Allocate => ("POST", "/allocate".into()),
            Self::Health => ("POST", "/health".into()),
            Self::Count(counter, ..) => ("PATCH", format!("/v1beta1/counters/{}", counter.name())),
            Self::Shutdown => ("POST", "/shutdown".into()),
        }
    }

    /// The body of that request. A number of 64 bits is a string in the JSON of Protocol Buffers.
    pub(super) fn body(self) -> String {
        match self {
            Self::Count(_, count, capacity) => format!("{{\"count\":\"{count}\",\"capacity\":\"{capacity}\"}}"),
            Self::Ready | Self::Allocate | Self::Health | Self::Shutdown => "{}".into(),
        }
    }
}

impl fmt::Display for FleetWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready => f.write_str("ready"),
            Self::Allocate => f.write_str("allocated"),
            Self::Health => f.write_str("healthy"),
            Self::Count(counter, count, capacity) => write!(f, "{count} of {capacity} {}", counter.name()),
            Self::Shutdown => f.write_str("shutdown"),
        }
    }
}
