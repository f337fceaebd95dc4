//! The schedule of ticks: a fixed step on absolute deadlines, with bounded catch-up.
//!
//! Time is an argument (elapsed since the start), so that an hour of stalls is tested in no time. The
//! schedule never asks anyone to wait after a late tick: the next is due when it is due, and if that moment
//! has passed it runs at once.

use std::time::Duration;

/// Ticks that may run back to back after a stall; those due before them are dropped. Three is a tenth of a
/// second at 30 Hz: enough for a hiccup of the machine, too little for a spiral in which catching up makes
/// the server later still.
pub(crate) const CATCH_UP_TICKS_MAX: u64 = 3;

/// The deadlines of a room's ticks.
#[derive(Debug)]
pub(crate) struct Schedule {
    tick_hz: u32,
    pace_percent: u32,
    /// The time at which the present pace began.
    since: Duration,
    /// Deadlines since then; dropped ones count.
    index: u64,
}

/// The time at which the next tick is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TickPlan {
    /// Time since the start. In the past if the server is late.
    pub(crate) due: Duration,
    /// The time by which the tick before it had to be finished; later is an overrun.
    pub(crate) limit: Duration,
    /// Ticks that will never run, because the server was too late for them.
    pub(crate) dropped: u64,
}

impl Schedule {
    /// The first tick is due at once. `tick_hz` is 1 to 240.
    pub(crate) const fn new(tick_hz: u32) -> Self {
        Self { tick_hz, pace_percent: 100, since: Duration::ZERO, index: 0 }
    }

    /// Ticks come at `percent` of their rate from the next one on, 1 to 100.
    pub(crate) const fn set_pace(&mut self, percent: u32) {
        (self.since, self.index) = (self.deadline(self.index), 0);
        self.pace_percent = percent;
    }

    /// Goes on to the next tick, at `now` since the start.
    pub(crate) fn advance(&mut self, now: Duration) -> TickPlan {
        self.index += 1;
        let limit = self.deadline(self.index);
        let late = now.saturating_sub(limit);
        // How many deadlines have passed already, the next tick's among them.
        let passed = if now < limit { 0 } else { 1 + self.ticks_in(late) };
        let dropped = passed.saturating_sub(CATCH_UP_TICKS_MAX);
        self.index += dropped;
        TickPlan { due: self.deadline(self.index), limit, dropped }
    }

    /// Whole ticks in `time`, at the present pace.
    pub(crate) const fn ticks_in(&self, time: Duration) -> u64 {
        (time.as_nanos() * self.ticks_in_100_s() / 100_000_000_000) as u64
    }

    /// Counted from the pace's start each time, so that a period of a third of a millisecond does not drift.
    const fn deadline(&self, index: u64) -> Duration {
        let nanos = index as u128 * 100_000_000_000 / self.ticks_in_100_s();
        let passed = Duration::new((nanos / 1_000_000_000) as u64, (nanos % 1_000_000_000) as u32);
        self.since.saturating_add(passed)
    }

    const fn ticks_in_100_s(&self) -> u128 {
        self.tick_hz as u128 * self.pace_percent as u128
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn deadlines_do_not_drift() {
        for tick_hz in [1, 7, 30, 60, 240] {
            let mut schedule = Schedule::new(tick_hz);
            let mut due = Duration::ZERO;
            for _ in 0..tick_hz * 3600 {
                due = schedule.advance(due).due;
            }
            assert_eq!(due, Duration::from_secs(3600));
        }
    }

    #[test]
    fn a_tick_in_time_waits_for_the_next_deadline() {
        let mut schedule = Schedule::new(20);
        assert_eq!(schedule.advance(ms(7)), TickPlan { due: ms(50), limit: ms(50), dropped: 0 });
        assert_eq!(schedule.advance(ms(99)), TickPlan { due: ms(100), limit: ms(100), dropped: 0 });
    }

    #[test]
    fn another_pace_goes_on_from_the_present_deadline() {
        let mut schedule = Schedule::new(20);
        assert_eq!(schedule.advance(ms(7)).due, ms(50));
        schedule.set_pace(50);
        assert_eq!([schedule.advance(ms(60)).due, schedule.advance(ms(160)).due], [ms(150), ms(250)]);
        schedule.set_pace(100);
        assert_eq!([schedule.advance(ms(260)).due, schedule.advance(ms(310)).due], [ms(300), ms(350)]);
    }

    #[test]
    fn a_short_stall_is_caught_up_without_a_pause() {
        let mut schedule = Schedule::new(20);
        // The tick of moment 0 took until 160: those of 50, 100 and 150 run at once, none is lost.
        for due in [50, 100, 150] {
            let plan = schedule.advance(ms(160));
            assert_eq!((plan.due, plan.dropped), (ms(due), 0));
        }
        assert_eq!(schedule.advance(ms(161)).due, ms(200));
    }

    #[test]
    fn a_long_stall_drops_all_but_the_last_three() {
        let mut schedule = Schedule::new(20);
        // Due by 1010: 50, 100, ... 1000, which are twenty.
        let plan = schedule.advance(ms(1010));
        assert_eq!(plan, TickPlan { due: ms(900), limit: ms(50), dropped: 17 });
        assert_eq!(schedule.advance(ms(1010)).due, ms(950));
        assert_eq!(schedule.advance(ms(1010)).due, ms(1000));
        assert_eq!(schedule.advance(ms(1011)).due, ms(1050));
    }

    #[test]
    fn a_server_that_is_always_too_slow_runs_without_a_pause_and_says_what_it_drops() {
        let mut schedule = Schedule::new(20);
        let (mut now, mut ran, mut dropped) = (Duration::ZERO, 0, 0);
        while now < ms(60_000) {
            now += ms(75);
            ran += 1;
            let plan = schedule.advance(now);
            assert!(plan.due <= now, "it would have slept although late");
            assert!(plan.limit < now, "a tick of 75 ms of 50 is an overrun");
            dropped += plan.dropped;
        }
        assert_eq!(ran, 800);
        // 1200 were due; all but the backlog of at most three either ran or were dropped.
        assert!((1197..=1200).contains(&(ran + dropped)), "{ran} ran, {dropped} dropped");
    }
}
