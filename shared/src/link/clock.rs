//! A client's clock of input ticks: just far enough ahead that each input is there when the server wants it.
//!
//! The server reads inputs once a tick, so all it can tell is the *lead*: by how many ticks the newest input was ahead. The
//! clock drifts until that is between 0 and 1 about evenly, which is an input that arrives one tick before it is needed, give
//! or take: enough for jitter, and a tick of delay at most. It never jumps while playing, but for being hopelessly off.

use crate::tick::{Micros, Tick};

/// The mean lead to aim for, in ticks.
const LEAD_WANTED: f64 = 0.5;
/// A mean within this distance of it is left alone.
const LEAD_TOLERANCE: f64 = 0.3;
/// Weight of a new lead in the mean: half a second of memory at 30 Hz.
const MEAN_WEIGHT: f64 = 1.0 / 12.0;
/// Part of the error that is taken away each tick.
const GAIN: f64 = 0.05;
/// Fastest drift, as a share of the period. 5 % is felt by nobody and settles a tick of error in 20.
const DRIFT_MAX: f64 = 0.05;
/// Updates after the first answer in which the clock may still jump: nothing has been shown yet worth keeping smooth.
const SETTLING_UPDATES: u32 = 8;
/// An error of so many ticks is beyond drifting (a machine that slept): jump.
const HOPELESS_TICKS: f64 = 8.0;
/// Inputs of one message up to which a client is taken to be one with few pictures: 10 a second at 60 Hz.
const BURST_MAX: u32 = 6;
/// What is left of a burst of inputs in mind with each message: half of it after 7, so that one slow picture is soon forgotten.
const BURST_MEMORY: f64 = 0.9;
/// Ticks of lead to start with, on top of what the greeting took.
const START_LEAD: f64 = 1.0;
/// At most so much of the greeting is believed to be round trip. Too little lead is mended by one jump ahead; too much would have
/// stamped inputs that then cannot be given again.
const START_GREETING_MAX: f64 = 100_000.0;

/// A client's clock of input ticks.
#[derive(Clone, Debug)]
pub struct Clock {
    /// Microseconds of one tick.
    period: f64,
    /// The moment of tick 0, by the caller's clock. Far in the past; may be before its zero.
    epoch: f64,
    mean_lead: f64,
    /// By how many ticks the oldest input of a message is behind the newest: 0 for a client that sends more often than it ticks.
    burst: f64,
    updates: u32,
    /// The first stamp that was given after a jump, or at all. Until the server has that, leads tell of before.
    hold: Option<Tick>,
}

impl Clock {
    /// At `now` a welcome came that names `tick`, `greeting` after the hello was sent.
    pub(crate) fn new(tick_hz: u32, tick: Tick, now: Micros, greeting: Micros) -> Self {
        let period = 1e6 / f64::from(tick_hz.max(1));
        // The greeting includes the wait for the server's tick, so this errs on the early side.
        let lead = (greeting.0 as f64).min(START_GREETING_MAX) + START_LEAD * period;
        Self {
            period,
            epoch: now.0 as f64 + period - lead - (f64::from(tick.0) + 1.0) * period,
            mean_lead: LEAD_WANTED,
            burst: 0.0,
            updates: 0,
            hold: Some(tick.next()),
        }
    }

    /// The tick, with its fraction, for which a player acts at `now`.
    #[must_use]
    pub fn present(&self, now: Micros) -> f64 {
        ((now.0 as f64 - self.epoch) / self.period).max(0.0)
    }

    /// When the input for `tick` is to be sent.
    #[must_use]
    pub fn due(&self, tick: Tick) -> Micros {
        Micros((self.epoch + f64::from(tick.0) * self.period).max(0.0) as u64)
    }

    /// The mean lead of late, in ticks.
    #[must_use]
    pub fn lead(&self) -> f64 {
        self.mean_lead
    }

    /// The length of a tick.
    #[must_use]
    pub fn period(&self) -> Micros {
        Micros(self.period as u64)
    }

    /// A message with `count` inputs was sent. A client whose pictures are further apart than ticks sends several at once, and the
    /// oldest of them must be in time too.
    pub(crate) fn sent(&mut self, count: u32) {
        // A single large burst is what follows a pause or a jump, and says nothing of the next one.
        if self.updates > SETTLING_UPDATES && count <= BURST_MAX {
            let behind = f64::from(count.saturating_sub(1));
            self.burst = behind.max(self.burst * BURST_MEMORY);
        }
    }

    /// The update of `tick`, which spans `span` ticks, said that the newest input was `lead` ticks ahead. The newest stamp given so
    /// far is `sent`.
    pub(crate) fn heard(&mut self, tick: Tick, lead: i32, span: u32, sent: Tick) {
        let newest_held = i64::from(tick.0) + i64::from(lead);
        if self.hold.is_some_and(|stamp| newest_held < i64::from(stamp.0)) {
            return;
        }
        self.hold = None;
        self.updates += 1;
        let lead = f64::from(lead.clamp(-200, 200));
        let wanted = LEAD_WANTED + self.burst;
        let error = wanted - lead;
        let settling = self.updates <= SETTLING_UPDATES;
        if error.abs() > HOPELESS_TICKS || (settling && error.abs() > 1.0) {
            self.epoch -= error * self.period;
            self.mean_lead = wanted;
            self.hold = Some(sent.next());
            return;
        }
        self.mean_lead += (lead - self.mean_lead) * MEAN_WEIGHT;
        let error = wanted - self.mean_lead;
        if error.abs() > LEAD_TOLERANCE {
            let drift = (error * GAIN).clamp(-DRIFT_MAX, DRIFT_MAX);
            self.epoch -= drift * self.period * f64::from(span.clamp(1, 8));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that reads once a tick behind a delay, and a client that follows it; returns the leads seen in ticks `from..`.
    fn leads(tick_hz: u32, delay: f64, jitter: f64, drift: f64, from: u32) -> alloc::vec::Vec<i32> {
        let period = 1e6 / f64::from(tick_hz);
        let mut rng = crate::rng::Rng::new(7);
        let mut clock = Clock::new(tick_hz, Tick(0), Micros((delay * 2.0) as u64), Micros((delay * 2.0) as u64));
        let mut arrivals: alloc::vec::Vec<(f64, u32)> = alloc::vec::Vec::new();
        let (mut next, mut newest, mut seen) = (None, 0, alloc::vec::Vec::new());
        for tick in 1..2000_u32 {
            let deadline = f64::from(tick) * period * (1.0 + drift);
            // The client sends what falls due before the news of this tick reaches it.
            loop {
                let stamp = *next.get_or_insert_with(|| (clock.present(Micros((delay * 2.0) as u64)) as u32).max(1));
                let due = clock.due(Tick(stamp)).0 as f64;
                if due > deadline + delay {
                    break;
                }
                arrivals.push((due + delay + jitter * f64::from(rng.below(1000)) / 1000.0, stamp));
                next = Some(stamp + 1);
            }
            for &(arrival, stamp) in &arrivals {
                if arrival <= deadline {
                    newest = newest.max(stamp);
                }
            }
            let lead = newest as i32 - tick as i32;
            clock.heard(Tick(tick), lead, 1, Tick(next.map_or(0, |next| next - 1)));
            if tick >= from {
                seen.push(lead);
            }
        }
        seen
    }

    #[test]
    fn inputs_are_there_in_time_whatever_the_delay() {
        for tick_hz in [10, 30, 60, 128] {
            for delay_ms in [0.0, 5.0, 50.0, 125.0] {
                for jitter_ms in [0.0, 5.0] {
                    let leads = leads(tick_hz, delay_ms * 1e3, jitter_ms * 1e3, 0.0, 60);
                    let late = leads.iter().filter(|&&lead| lead < 0).count();
                    let far = leads.iter().filter(|&&lead| lead > 3).count();
                    let case = alloc::format!("{tick_hz} Hz, {delay_ms} ms, jitter {jitter_ms} ms");
                    assert!(late * 50 < leads.len(), "{case}: {late} late of {}", leads.len());
                    assert!(far * 20 < leads.len(), "{case}: {far} more than 3 ticks early of {}", leads.len());
                }
            }
        }
    }

    #[test]
    fn a_clock_that_runs_wrong_by_two_in_a_thousand_is_followed() {
        for drift in [-0.002, 0.002] {
            let leads = leads(30, 20e3, 0.0, drift, 200);
            let late = leads.iter().filter(|&&lead| lead < 0).count();
            assert!(late * 50 < leads.len(), "drift {drift}: {late} late of {}", leads.len());
        }
    }
}
