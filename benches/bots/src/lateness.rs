//! [`Lateness`]: how old the newest state is that a bot has.

use auspice::{Micros, Tick};

/// Moments at which the age of the newest state is noted lie so far apart.
const AGE_EVERY: Micros = Micros::from_millis(10);
/// The earliest arrival is sought among those of the last one to two spans of this length.
const EPOCH_WINDOW: Micros = Micros::from_seconds(4);

/// Age of the newest state.
///
/// The server makes tick `T` at a moment that the bot cannot see, but every update says when that was at the
/// latest: the least `arrival - T * period` over the updates of the last 4 to 8 seconds is the bot's estimate
/// of the moment of tick 0, and a state is as old as the time since its tick was due by that estimate. (Not
/// of all updates: a server that drops ticks has another schedule from then on.) The way of the quickest
/// update is therefore not in the age; jitter, late ticks, held-back updates and the wait for the next one
/// are. On a perfect link ages spread evenly between zero and one period. The age is noted at every whole
/// hundredth of a second, so that a stall weighs what it lasts.
#[derive(Clone, Copy, Debug)]
pub struct Lateness {
    period_us: f64,
    /// The estimate of the last whole window, and of the one that has begun.
    epoch_us: [f64; 2],
    /// Start of that window.
    window: Micros,
    pub(crate) last: Option<(Micros, Tick)>,
}

impl Lateness {
    /// Before the first update of a server at `tick_hz`.
    #[must_use]
    pub fn new(tick_hz: u32) -> Self {
        Self { period_us: 1e6 / f64::from(tick_hz.max(1)), epoch_us: [f64::INFINITY; 2], window: Micros(0), last: None }
    }

    /// The state of `tick` came at `now`; `note` is given the ages that the state before it reached until now.
    pub fn arrived(&mut self, tick: Tick, now: Micros, mut note: impl FnMut(Micros)) {
        if now.since(self.window) > EPOCH_WINDOW {
            self.epoch_us = [self.epoch_us[1], f64::INFINITY];
            self.window = now;
        }
        self.epoch_us[1] = self.epoch_us[1].min(now.0 as f64 - self.period_us * f64::from(tick.0));
        if let Some((since, held)) = self.last {
            let due_us = self.epoch_us[0].min(self.epoch_us[1]) + self.period_us * f64::from(held.0);
            let first = since.0.div_ceil(AGE_EVERY.0);
            for moment in first..now.0.div_ceil(AGE_EVERY.0) {
                note(Micros(((moment * AGE_EVERY.0) as f64 - due_us).max(0.0) as u64));
            }
        }
        self.last = Some((now, tick));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ages(arrivals: &[(u32, u64)]) -> Vec<u64> {
        let mut lateness = Lateness::new(50);
        let mut ages = Vec::new();
        for &(tick, now_ms) in arrivals {
            lateness.arrived(Tick(tick), Micros::from_millis(now_ms), |age| ages.push(age.0 / 1000));
        }
        ages
    }

    #[test]
    fn on_a_perfect_link_a_state_grows_old_for_one_period() {
        assert_eq!(ages(&[(1, 120), (2, 140), (3, 160)]), [0, 10, 0, 10]);
    }

    #[test]
    fn a_late_update_makes_its_state_older_and_a_stall_weighs_what_it_lasts() {
        assert_eq!(ages(&[(1, 120), (2, 140), (3, 180), (4, 180), (5, 200)]), [0, 10, 0, 10, 20, 30, 0, 10]);
    }

    #[test]
    fn a_schedule_that_slips_once_is_forgiven_in_time() {
        // From tick 10 on everything is 60 ms later than before.
        let arrivals: Vec<_> =
            (1..700).map(|tick| (tick, u64::from(tick) * 20 + if tick < 10 { 100 } else { 160 })).collect();
        let ages = ages(&arrivals);
        assert_eq!(ages[100..104], [60, 70, 60, 70]);
        assert_eq!(ages[ages.len() - 4..], [0, 10, 0, 10]);
    }
}
