//! [`Sampled`]: counters that only grow, looked at again and again, and what they grew by in a window.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Time from one look to the next: a window of seconds is off by less than a hundredth, and what a look costs is not
/// felt.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Counters, and when they were looked at, in seconds since 1970.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sampled<const N: usize>(Vec<(f64, [f64; N])>);

impl<const N: usize> Sampled<N> {
    /// Growth of each counter from one moment to another, both in seconds since 1970. Between two looks they are taken
    /// to grow evenly; NaN where nobody looked before the first or after the second.
    pub(super) fn between(&self, from: f64, to: f64) -> [f64; N] {
        let (Some(before), Some(after)) = (self.at(from), self.at(to)) else { return [f64::NAN; N] };
        std::array::from_fn(|index| after[index] - before[index])
    }

    fn at(&self, moment: f64) -> Option<[f64; N]> {
        let behind = self.0.iter().position(|(seconds, _)| *seconds >= moment)?;
        let ((from, before), (to, after)) = (self.0.get(behind.checked_sub(1)?)?, &self.0[behind]);
        let share = (moment - from) / (to - from);
        Some(std::array::from_fn(|index| before[index] + (after[index] - before[index]) * share))
    }
}

/// A thread that looks at counters.
pub(super) struct Sampler<const N: usize> {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Sampled<N>>,
}

impl<const N: usize> Sampler<N> {
    /// Begins to look. Where `read` has nothing to tell, that look is left out.
    pub(super) fn start(mut read: impl FnMut() -> Option<[f64; N]> + Send + 'static) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut sampled = Sampled::default();
            while !told.load(Ordering::Acquire) {
                let seconds =
                    SystemTime::now().duration_since(UNIX_EPOCH).map_or(f64::NAN, |since| since.as_secs_f64());
                sampled.0.extend(read().map(|counters| (seconds, counters)));
                std::thread::sleep(LOOK_EVERY);
            }
            sampled
        });
        Self { stop, thread }
    }

    /// Ends it; what was seen.
    pub(super) fn finish(self) -> Sampled<N> {
        self.stop.store(true, Ordering::Release);
        // One that panicked saw nothing.
        self.thread.join().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grew_in_a_window_is_told_between_two_looks_too() {
        let sampled = Sampled(vec![(10.0, [0.0, 5.0]), (11.0, [100.0, 5.0]), (12.0, [300.0, 6.0])]);
        assert_eq!(sampled.between(10.5, 11.5), [150.0, 0.5]);
        assert_eq!(sampled.between(11.0, 12.0), [200.0, 1.0]);
        assert!(sampled.between(9.0, 11.0)[0].is_nan());
        assert!(sampled.between(11.0, 12.5)[0].is_nan());
    }

    #[test]
    fn a_sampler_looks_until_it_is_told_to_stop() {
        let mut count = 0.0;
        let sampler = Sampler::start(move || {
            count += 1.0;
            Some([count])
        });
        while sampler.stop.load(Ordering::Acquire) {}
        let sampled = sampler.finish();
        assert!(sampled.0.iter().zip(1..).all(|((_, [seen]), count)| *seen == f64::from(count)));
    }
}
