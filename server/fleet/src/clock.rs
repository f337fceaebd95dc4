//! [`Clocks`]: two readings of time made of two clocks, so that neither a pause nor a step makes two owners.

/// The time as a machine's clocks tell it, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// A clock that nobody sets, since any moment. It may stand still while the machine is suspended.
    pub steady: u64,
    /// The time of day, since 1970. People and programs set it, forwards and backwards.
    pub wall: u64,
}

/// A difference of both clocks between two readings that counts as a step of one, in microseconds. Readings lie a
/// thread's pause apart from each other, and a time of day that is slewed is never so far off within one reading.
const STEP: i64 = 100_000;

/// Time as it may have passed at most and at least. What I hold ends by the one; what others hold ends by the other.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clocks {
    last: Now,
    /// Microseconds that may have passed: a step forward of either clock counts.
    pub(crate) most: u64,
    /// Microseconds that have passed: a step forward of one clock alone does not count.
    pub(crate) least: u64,
}

impl Clocks {
    /// Clocks that begin now, both at the steady one.
    pub(crate) fn new(now: Now) -> Self {
        Self { last: now, most: now.steady, least: now.steady }
    }

    /// The time of day, as it was read last.
    pub(crate) fn wall(&self) -> u64 {
        self.last.wall
    }

    /// Takes a reading. A steady clock that went back is one that stood still.
    pub(crate) fn read(&mut self, now: Now, most_counts: bool) {
        let steady = i64::try_from(now.steady.saturating_sub(self.last.steady)).unwrap_or(i64::MAX);
        let wall = now.wall.cast_signed().wrapping_sub(self.last.wall.cast_signed());
        let is_step = wall.saturating_sub(steady).unsigned_abs() > STEP.unsigned_abs();
        let (least, most) = if is_step { (steady.min(wall).max(0), steady.max(wall)) } else { (steady, steady) };
        self.least = self.least.saturating_add(least.unsigned_abs());
        self.most = self.most.saturating_add(if most_counts { most } else { steady }.unsigned_abs());
        self.last = Now { steady: now.steady.max(self.last.steady), wall: now.wall };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What both have passed by since the first of some readings, in milliseconds: steady, wall.
    fn passed(readings: &[(u64, u64)]) -> (u64, u64) {
        let now = |(steady, wall): (u64, u64)| Now { steady: steady * 1000, wall: wall * 1000 };
        let mut clocks = Clocks::new(now(readings[0]));
        let start = clocks;
        readings[1..].iter().for_each(|reading| clocks.read(now(*reading), true));
        ((clocks.most - start.most) / 1000, (clocks.least - start.least) / 1000)
    }

    #[test]
    fn a_step_forward_counts_against_me_and_not_against_others() {
        assert_eq!(passed(&[(0, 0), (1000, 1000)]), (1000, 1000));
        // The time of day is set forwards by an hour, or the steady clock stood still meanwhile.
        assert_eq!(passed(&[(0, 0), (1000, 3_601_000), (2000, 3_602_000)]), (3_602_000, 2000));
        // It is set back by one.
        assert_eq!(passed(&[(0, 5_000_000), (1000, 1_400_000), (2000, 1_401_000)]), (2000, 1000));
        // The steady clock leaps, which it should not.
        assert_eq!(passed(&[(0, 0), (60_000, 10)]), (60_000, 10));
    }

    #[test]
    fn readings_a_little_apart_do_not_add_up() {
        let jitter: Vec<_> = (0..1000).map(|at| (at * 10, at * 10 + 7 * (at % 5))).collect();
        let (most, least) = passed(&jitter);
        assert_eq!((most, least), (9990, 9990));
    }
}
