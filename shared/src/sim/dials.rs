//! [`Dials`]: a bad network as a person turns it, by its round trip and in whole milliseconds.

use alloc::format;
use alloc::string::String;
use core::fmt;

use super::link::Link;
use crate::tick::Micros;

/// A network to play on. The default is the real one alone: every dial at zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dials {
    /// Added to the round trip, in milliseconds: half of it on each way.
    pub delay_ms: u32,
    /// Up to so much more, at random for each piece of the stream: half of it on each way. Nothing overtakes,
    /// as in TCP.
    pub jitter_ms: u32,
    /// Every [`STALL_EVERY`](super::STALL_EVERY) nothing passes for so long, as when a packet is lost and sent
    /// again.
    pub stall_ms: u32,
    /// Kilobytes (1000 bytes) a second each way; 0 is no cap.
    pub cap_kbps: u32,
    /// The cable is out: nothing passes, and nothing can be dialled.
    pub is_cut: bool,
}

impl Dials {
    /// Largest settings that a slider or a scenario may ask for. More delay would be taken for a cut, and a
    /// higher cap is not felt.
    pub const MOST: Self = Self { delay_ms: 1000, jitter_ms: 500, stall_ms: 3000, cap_kbps: 100, is_cut: true };

    /// Whether anything is simulated.
    #[must_use]
    pub fn is_off(&self) -> bool {
        *self == Self::default()
    }

    /// Within the largest settings.
    #[must_use]
    pub fn clamped(self) -> Self {
        Self {
            delay_ms: self.delay_ms.min(Self::MOST.delay_ms),
            jitter_ms: self.jitter_ms.min(Self::MOST.jitter_ms),
            stall_ms: self.stall_ms.min(Self::MOST.stall_ms),
            cap_kbps: self.cap_kbps.min(Self::MOST.cap_kbps),
            is_cut: self.is_cut,
        }
    }

    /// The behaviour of either way.
    #[must_use]
    pub fn one_way(&self) -> Link {
        Link {
            delay: Micros(u64::from(self.delay_ms) * 500),
            jitter: Micros(u64::from(self.jitter_ms) * 500),
            stall: Micros::from_millis(self.stall_ms.into()),
            bytes_per_second: self.cap_kbps.saturating_mul(1000),
            is_cut: self.is_cut,
            ..Link::default()
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
        let mut separator = "";
        for (_, said) in words.into_iter().filter(|(is_on, _): &(bool, String)| *is_on) {
            write!(f, "{separator}{said}")?;
            separator = ", ";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn nothing_is_simulated_by_default_and_what_is_simulated_is_said() {
        assert!(Dials::default().is_off());
        assert_eq!(Dials::default().one_way(), Link::default());
        assert_eq!(Dials::default().to_string(), "");
        let dials = Dials { delay_ms: 200, stall_ms: 300, is_cut: true, ..Dials::default() };
        assert_eq!(dials.to_string(), "+200 ms, stalls 300 ms, CUT");
        assert!(!dials.is_off());
    }

    #[test]
    fn each_way_has_half_of_the_round_trip() {
        let link = Dials { delay_ms: 25, jitter_ms: 10, stall_ms: 300, cap_kbps: 2, is_cut: false }.one_way();
        assert_eq!((link.delay, link.jitter, link.stall), (Micros(12_500), Micros(5000), Micros(300_000)));
        assert_eq!(link.bytes_per_second, 2000);
    }
}
