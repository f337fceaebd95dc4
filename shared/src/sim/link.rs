//! [`Link`]: the behaviour of a path, each way.

use crate::tick::Micros;

/// Behaviour of a pipe. The default is a perfect one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Least time on the way.
    pub delay: Micros,
    /// Up to so much more, for each message anew; order is kept all the same.
    pub jitter: Micros,
    /// Bytes a second that the reader takes; 0 for all that come.
    pub bytes_per_second: u32,
    /// Number of segments in 10,000 that the path loses, each way: it is then as TCP makes it. 0 for a path of
    /// which only the delay shows.
    pub losses_in_10_000: u32,
    /// With losses: whether the sender's window stays as it is, as BBR's does; otherwise losses make it
    /// smaller, as they do Cubic's.
    pub is_window_kept: bool,
}
