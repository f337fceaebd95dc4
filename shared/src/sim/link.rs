//! [`Link`]: the behaviour of a path, each way.

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
    /// Nothing comes out.
    pub is_cut: bool,
    /// Number of segments in 10,000 that the path loses, each way: pieces then come as TCP brings them. 0 for a
    /// path of which only the delay shows. From a line's beginning, or never.
    pub losses_in_10_000: u32,
    /// With losses: whether the sender's window stays as it is, as BBR's does; otherwise losses make it
    /// smaller, as they do Cubic's.
    pub is_window_kept: bool,
}

/// Time from the beginning of one stall to the next.
pub const STALL_EVERY: Micros = Micros::from_seconds(5);
