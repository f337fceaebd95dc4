//! [`Link`]: the behaviour of a path, each way.

use crate::rng::Rng;
use crate::tick::Micros;

/// Behaviour of a line. The default is a perfect one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Least time on the way.
    pub delay: Micros,
    /// Up to so much more, for each piece anew; order is kept all the same.
    pub jitter: Micros,
    /// Every [`STALL_EVERY`] of the clock nothing comes out for so long.
    pub stall: Micros,
    /// Bytes a second that pass, headers inside; 0 for all that come.
    pub bytes_per_second: u32,
    /// Whether the line is cut, and nothing passes.
    pub is_cut: bool,
    /// Number of segments in 10,000 that the path loses, each way: pieces then come as TCP brings them. 0 for a
    /// path of which only the delay shows. From a line's beginning, or never.
    pub losses_in_10_000: u32,
    /// Whether, with losses, the sender's window stays as it is, as BBR's does; otherwise losses make it
    /// smaller, as they do Cubic's.
    pub is_window_kept: bool,
}

/// Time from the beginning of one stall to the next.
pub const STALL_EVERY: Micros = Micros::from_seconds(5);

/// Bytes of a piece's headers on a slow line: those of TCP and IP, and of a WebSocket frame.
pub(super) const HEADERS_BYTES: usize = 50;

impl Link {
    /// A line of this delay and jitter that loses, cuts and stalls nothing.
    #[must_use]
    pub const fn delayed(delay: Micros, jitter: Micros) -> Self {
        Self {
            delay,
            jitter,
            stall: Micros(0),
            bytes_per_second: 0,
            is_cut: false,
            losses_in_10_000: 0,
            is_window_kept: false,
        }
    }

    /// The time for which a piece of `bytes` keeps a slow line busy.
    pub(super) fn occupation(&self, bytes: usize) -> Micros {
        match u64::from(self.bytes_per_second) {
            0 => Micros(0),
            cap => Micros((bytes + HEADERS_BYTES) as u64 * 1_000_000 / cap),
        }
    }

    /// The time that a piece is on the way, beyond that for which it keeps the line busy.
    pub(super) fn passage(&self, rng: &mut Rng) -> Micros {
        let jitter = self.jitter.0.min(u64::from(u32::MAX) - 1) as u32;
        self.delay + Micros(rng.below(jitter + 1).into())
    }
}
