//! Time as a simulated line counts it, and its bound, for both pumps.

use std::time::Duration;

use auspice::Micros;

/// Bytes that may be on their way over a simulated line. More waits with the sender, as in a network whose
/// buffers are full.
pub(super) const LINE_BYTES_MAX: usize = 64 * 1024;

/// Time as lines count it.
pub(super) const fn micros(time: Duration) -> Micros {
    Micros(time.as_micros() as u64)
}
