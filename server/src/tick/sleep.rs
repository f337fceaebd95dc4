//! The precise sleep between two ticks.

use std::time::{Duration, Instant};

use crate::operate::shutdown::Stop;

/// Longest sleep between two looks at the flag: with one tick a second, stopping must not take a second.
const SLEEP_MAX: Duration = Duration::from_millis(50);

/// Time before a deadline at which the thread stops sleeping and watches the clock: about what a sleep
/// overshoots on an idle kernel (50 us of timer slack, and the way back onto a core).
const SPIN: Duration = Duration::from_micros(150);

/// Sleeps until `deadline`, the last bit of it awake where `precise`. Comes back early once `stop` is raised.
pub(super) fn sleep_until(deadline: Instant, precise: bool, stop: &Stop) {
    let wake = if precise { deadline.checked_sub(SPIN).unwrap_or(deadline) } else { deadline };
    loop {
        let left = wake.saturating_duration_since(Instant::now());
        if stop.is_raised() {
            return;
        }
        if left.is_zero() {
            break;
        }
        std::thread::sleep(left.min(SLEEP_MAX));
    }
    while precise && Instant::now() < deadline {
        std::hint::spin_loop();
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
        let thread = std::thread::spawn(move || sleep_until(Instant::now() + Duration::from_secs(60), true, &remote));
        stop.raise();
        thread.join().unwrap();
        assert!(started.elapsed() < Duration::from_secs(5));
    }
}
