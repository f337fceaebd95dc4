//! Dials of a simulated bad network: all of it off at the start.

use std::fmt;
use std::time::Duration;

/// A network to play on. The default is the real one alone: every dial at zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dials {
    /// Added to the round trip, in milliseconds: half of it on each way.
    pub delay_ms: u32,
    /// Up to so much more, at random for each piece of the stream: half of it on each way. Nothing overtakes,
    /// as in TCP.
    pub jitter_ms: u32,
    /// Every [`STALL_EVERY`] nothing passes for so long, as when a packet is lost and sent again.
    pub stall_ms: u32,
    /// Kilobytes (1000 bytes) a second each way; 0 is no cap.
    pub cap_kbps: u32,
    /// The cable is out: nothing passes, and nothing can be dialled.
    pub is_cut: bool,
}

/// Time from the beginning of one stall to the next.
pub const STALL_EVERY: Duration = Duration::from_secs(5);

/// Largest settings that a slider or a scenario may ask for; more would be taken for a cut.
pub const DELAY_MS_MAX: u32 = 1000;
/// See [`DELAY_MS_MAX`].
pub const JITTER_MS_MAX: u32 = 500;
/// See [`DELAY_MS_MAX`].
pub const STALL_MS_MAX: u32 = 3000;
/// Beyond this a cap is not felt.
pub const CAP_KBPS_MAX: u32 = 100;

impl Dials {
    /// Whether anything is simulated.
    #[must_use]
    pub fn is_off(&self) -> bool {
        *self == Self::default()
    }

    /// Within the largest settings.
    #[must_use]
    pub fn clamped(self) -> Self {
        Self {
            delay_ms: self.delay_ms.min(DELAY_MS_MAX),
            jitter_ms: self.jitter_ms.min(JITTER_MS_MAX),
            stall_ms: self.stall_ms.min(STALL_MS_MAX),
            cap_kbps: self.cap_kbps.min(CAP_KBPS_MAX),
            is_cut: self.is_cut,
        }
    }
}

/// Writes what is simulated: `+200 ms, jitter 20 ms`. Empty if nothing is.
impl fmt::Display for Dials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [
            (self.delay_ms > 0, format!("+{} ms", self.delay_ms)),
            (self.jitter_ms > 0, format!("jitter {} ms", self.jitter_ms)),
            (self.stall_ms > 0, format!("stalls {} ms", self.stall_ms)),
            (self.cap_kbps > 0, format!("cap {} kB/s", self.cap_kbps)),
            (self.is_cut, "CUT".into()),
        ];
        let said: Vec<String> = words.into_iter().filter(|(is_on, _)| *is_on).map(|(_, words)| words).collect();
        f.write_str(&said.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_simulated_by_default_and_what_is_simulated_is_said() {
        assert!(Dials::default().is_off());
        assert_eq!(Dials::default().to_string(), "");
        let dials = Dials { delay_ms: 200, stall_ms: 300, is_cut: true, ..Dials::default() };
        assert_eq!(dials.to_string(), "+200 ms, stalls 300 ms, CUT");
        assert!(!dials.is_off());
    }
}
