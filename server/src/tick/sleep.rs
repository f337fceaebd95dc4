//! [`TickSleep`]: the precise sleep between two ticks.

use std::time::{Duration, Instant};

use crate::operate::shutdown::Stop;

/// Longest sleep between two looks at the flag: with one tick a second, stopping must not take a second.
const SLEEP_MAX: Duration = Duration::from_millis(50);

/// Time before a deadline at which the thread stops sleeping and watches the clock, at the longest: more than a sleep
/// overshoots on an idle kernel (50 us of timer slack, and the way back onto a core). All of it in each tick would be a
/// tenth of what a few hundred quiet clients cost.
const SPIN: Duration = Duration::from_micros(150);

/// Weight of the newest sleep in what is known of all of them.
const WEIGHT: f32 = 1.0 / 8.0;
/// Mean deviations beyond the mean by which a sleep is given time to overshoot: about one in twenty takes longer.
const DEVIATIONS: f32 = 2.0;

/// Sleeps until deadlines, and learns how much later than asked for its sleeps end.
#[derive(Debug)]
pub(super) struct TickSleep {
    /// Mean overshoot of a sleep, in microseconds, and how far a sleep is from it.
    mean: f32,
    deviation: f32,
}

impl TickSleep {
    pub(super) const fn new() -> Self {
        // As long awake as may be, until it is known that less does.
        Self { mean: 0.0, deviation: SPIN.as_micros() as f32 / DEVIATIONS }
    }

    /// Sleeps until `deadline`, the last bit of it awake where `precise`. Comes back early once `stop` is raised.
    pub(super) fn sleep_until(&mut self, deadline: Instant, precise: bool, stop: &Stop) {
        let ahead = if precise { self.ahead() } else { Duration::ZERO };
        let wake = deadline.checked_sub(ahead).unwrap_or(deadline);
        let mut has_slept = false;
        loop {
            let now = Instant::now();
            let left = wake.saturating_duration_since(now);
            if stop.is_raised() {
                return;
            }
            if left.is_zero() {
                if has_slept {
                    self.note(now - wake);
                }
                break;
            }
            std::thread::sleep(left.min(SLEEP_MAX));
            has_slept = true;
        }
        while precise && Instant::now() < deadline {
            std::hint::spin_loop();
        }
    }

    /// A sleep ended so much later than it was to.
    fn note(&mut self, overshoot: Duration) {
        // Beyond that it is a busy machine's, and nothing that can be met.
        let off = overshoot.min(SPIN).as_secs_f32() * 1e6 - self.mean;
        self.mean += off * WEIGHT;
        self.deviation += (off.abs() - self.deviation) * WEIGHT;
    }

    /// Time before a deadline at which a sleep is to end, so that most are over by then.
    fn ahead(&self) -> Duration {
        Duration::from_secs_f32((self.mean + DEVIATIONS * self.deviation) / 1e6).min(SPIN)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_raised_flag_ends_a_long_sleep() {
        let stop = Arc::new(Stop::default());
        let remote = Arc::clone(&stop);
        let started = Instant::now();
        let thread = std::thread::spawn(move || {
            TickSleep::new().sleep_until(Instant::now() + Duration::from_secs(60), true, &remote);
        });
        stop.raise();
        thread.join().unwrap();
        assert!(started.elapsed() < Duration::from_secs(5));
    }

    /// Microseconds before a deadline at which sleeps are to end that overshoot by these, again and again.
    fn ahead_of(overshoots: &[u64]) -> u128 {
        let mut sleep = TickSleep::new();
        for _ in 0..100 {
            overshoots.iter().for_each(|micros| sleep.note(Duration::from_micros(*micros)));
        }
        sleep.ahead().as_micros()
    }

    #[test]
    fn a_thread_is_awake_before_a_deadline_for_about_as_long_as_its_sleeps_overshoot_and_never_for_longer_than_before()
    {
        assert_eq!(TickSleep::new().ahead(), SPIN);
        assert!((57..=60).contains(&ahead_of(&[57])), "{}", ahead_of(&[57]));
        assert!((57..=67).contains(&ahead_of(&[54, 60, 56, 58])), "{}", ahead_of(&[54, 60, 56, 58]));
        // A busy machine, where no time would be enough for each.
        assert_eq!(ahead_of(&[20, 9000, 60, 400]), 150);
    }

    #[test]
    fn one_late_sleep_is_forgotten_in_a_second() {
        let mut sleep = TickSleep::new();
        let note = |sleep: &mut TickSleep, micros: u64, times: u32| {
            (0..times).for_each(|_| sleep.note(Duration::from_micros(micros)));
        };
        note(&mut sleep, 57, 100);
        note(&mut sleep, 5000, 1);
        assert!(sleep.ahead() > Duration::from_micros(80));
        note(&mut sleep, 57, 30);
        assert!(sleep.ahead() < Duration::from_micros(65), "{:?}", sleep.ahead());
    }
}
