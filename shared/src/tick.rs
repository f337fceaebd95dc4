//! Time: ticks of the simulation, and microseconds that the caller's clock counts.

use core::fmt;
use core::ops::{Add, Sub};
use core::time::Duration;

use serde::{Deserialize, Serialize};

/// A step of the simulation, counted from the room's start.
///
/// Plain and ordered: at 60 Hz a `u32` lasts 2.2 years, so nothing wraps and nothing needs wrapping comparisons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Tick(pub u32);

impl Tick {
    /// The tick `count` ticks later. Saturates at the end of time.
    #[must_use]
    pub const fn plus(self, count: u32) -> Self {
        Self(self.0.saturating_add(count))
    }

    /// The tick after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        self.plus(1)
    }

    /// Ticks from `earlier` to this one; 0 if `earlier` is in fact later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u32 {
        self.0.saturating_sub(earlier.0)
    }

    /// Signed distance in ticks: positive where `self` is later than `other`.
    #[must_use]
    pub const fn minus(self, other: Self) -> i64 {
        self.0 as i64 - other.0 as i64
    }
}

impl fmt::Display for Tick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The number of ticks that take `millis` milliseconds at `tick_hz` ticks a second, rounded up.
#[must_use]
pub const fn ticks_in(millis: u64, tick_hz: u32) -> u32 {
    (millis * tick_hz as u64).div_ceil(1000) as u32
}

/// A moment, or a span, in microseconds of the caller's own monotonic clock. Its zero is arbitrary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Micros(pub u64);

impl Micros {
    /// `seconds` as microseconds.
    #[must_use]
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds * 1_000_000)
    }

    /// `milliseconds` as microseconds.
    #[must_use]
    pub const fn from_millis(milliseconds: u64) -> Self {
        Self(milliseconds * 1_000)
    }

    /// The span from `earlier` to this moment; zero if `earlier` is in fact later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Self {
        Self(self.0.saturating_sub(earlier.0))
    }

    /// In seconds.
    #[must_use]
    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

/// In whole microseconds; at most half a million years.
impl From<Duration> for Micros {
    fn from(time: Duration) -> Self {
        Self(u64::try_from(time.as_micros()).unwrap_or(u64::MAX))
    }
}

impl Add for Micros {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Micros {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.since(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_taken_in_whole_microseconds_and_never_wraps() {
        assert_eq!(Micros::from(Duration::from_nanos(1_999)), Micros(1));
        assert_eq!(Micros::from(Duration::from_secs(3)), Micros::from_seconds(3));
        assert_eq!(Micros::from(Duration::MAX), Micros(u64::MAX));
    }
}
