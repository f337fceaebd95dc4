//! A client's clock of input ticks: just far enough ahead that each input is there when the server wants it.
//!
//! The server reads inputs once a tick, so all it can tell is the *lead*: by how many ticks the newest input
//! was ahead. A tick whose lead is below 0 was starved. So the clock holds the low edge of the leads between
//! 0 and 1: one lead in four is 0, the others more. The latest of inputs is then a tick early, give or take;
//! jitter, and the bursts of a client with few pictures, move the edge, and the clock with it. It never jumps
//! while playing, but for being hopelessly off.

use crate::tick::{Micros, Tick};

/// Target share of updates that report a lead of exactly 0. For a client that sends several inputs at once it
/// is the share of batches, not of inputs. Fewer would take longer to find out, more would leave too little
/// room below.
const LOW_SHARE: f64 = 0.25;
/// Ticks by which the clock moves at most for a lead at the edge: too little to be seen, and twenty leads are a tick.
const DITHER: f64 = 0.05;
/// Fastest drift, as a share of the period. 5 % is felt by nobody and settles a tick of error in 20.
const DRIFT_MAX: f64 = 0.05;
/// Ticks by which the clock goes further ahead, little by little, for each tick that was starved: so that it
/// does not happen again.
const STARVED_AHEAD: f64 = 0.25;
/// Drift while the least lead of late was 1, so that there is a tick to spare.
const DRIFT_SPARE: f64 = 0.02;
/// The least lead is of so many seconds, once or twice over.
const LEAST_SECONDS: f64 = 1.0;
/// Ticks for which one word has the clock drift, if there is none sooner.
const DRIFT_TICKS: u32 = 8;
/// Weight of a new lead in the mean: half a second of memory at 30 Hz.
const MEAN_WEIGHT: f64 = 1.0 / 12.0;
/// Seconds without any new input at the server after which leads say nothing of the clock: its inputs are
/// stuck on the way.
const STUCK_SECONDS: f64 = 0.2;
/// Ticks by which a word may come later than was agreed, since its input waited for a picture and for a tick.
const SILENCE_SLACK: u32 = 2;
/// Updates after the first answer, and seconds after the welcome, in which the clock may still jump: nothing
/// has been shown yet worth keeping smooth.
const SETTLING_UPDATES: u32 = 8;
const SETTLING_SECONDS: f64 = 0.5;
/// The newest input's lead to jump to, for a client that sends one at a time.
const LEAD_WANTED: f64 = 0.5;
/// An error of so many seconds is beyond drifting (a machine that slept, a clock that was set)...
const HOPELESS_SECONDS: f64 = 0.267;
/// ... when updates say so for as many seconds, and more than one of them.
const HOPELESS_FOR_SECONDS: f64 = 0.1;
/// Ticks of lead to start with, on top of what the greeting took.
const START_LEAD: f64 = 1.0;
/// At most so much of the greeting is believed to be round trip. Too little lead is mended by one jump ahead;
/// too much would have stamped inputs that then cannot be given again.
const START_GREETING_MAX: f64 = 100_000.0;

/// A client's clock of input ticks.
#[derive(Clone, Debug)]
pub struct Clock {
    /// Microseconds of one tick.
    period: f64,
    /// The moment of tick 0, by the caller's clock. Far in the past; may be before its zero.
    epoch: f64,
    mean_lead: f64,
    /// The least lead of this while, and of the one before.
    least: [i32; 2],
    /// The tick from which this while counts.
    least_since: Tick,
    /// Ticks from the oldest to the newest input of the newest message.
    burst: f64,
    updates: u32,
    /// Ticks by which to go ahead yet, because inputs were late.
    push: f64,
    /// The first of updates in a row whose lead was hopeless.
    hopeless: Option<Tick>,
    /// The newest stamp that the server has, and the update that first said so.
    newest: (i64, Tick),
    /// The first stamp that was given after a jump, or at all. Until the server has that, leads tell of before.
    hold: Option<Tick>,
    started: Tick,
    jumps: u64,
    /// Ticks by which the edge of the leads is held above 0.
    ahead: i32,
    slide: Slide,
}

/// A part of a drift that is spread over the time until the next word, so that nobody sees it: what is told of several
/// ticks at once moves the clock by as much as if each had been told.
#[derive(Clone, Copy, Debug, Default)]
struct Slide {
    /// The moments of its beginning and end, in microseconds.
    from: f64,
    until: f64,
    /// Ticks by which it moves the clock in all.
    ticks: f64,
}

impl Slide {
    /// Ticks a microsecond.
    fn rate(&self) -> f64 {
        if self.ticks == 0.0 { 0.0 } else { self.ticks / (self.until - self.from) }
    }

    /// Ticks by which the clock has been moved at `now`.
    fn done(&self, now: f64) -> f64 {
        self.rate() * (now.min(self.until) - self.from).max(0.0)
    }
}

/// A word of the server on the newest input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LeadTold {
    /// The tick that it is of.
    pub(crate) tick: Tick,
    /// Ticks by which the input was ahead then.
    pub(crate) lead: i32,
    /// Lead of the tick in which the input came, which is told once of each message; otherwise of the newest tick, and
    /// told of each.
    pub(crate) is_of_arrival: bool,
    /// Ticks for which nothing need be said, by agreement: as many may lie between two such words.
    pub(crate) silence: u32,
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
            least: [0; 2],
            least_since: tick,
            burst: 0.0,
            updates: 0,
            push: 0.0,
            hopeless: None,
            newest: (0, tick),
            hold: Some(tick.next()),
            started: tick,
            jumps: 0,
            ahead: 0,
            slide: Slide::default(),
        }
    }

    /// The tick, with its fraction, for which a player acts at `now`.
    #[must_use]
    pub fn present(&self, now: Micros) -> f64 {
        let now = now.0 as f64;
        ((now - self.epoch) / self.period + self.slide.done(now)).max(0.0)
    }

    /// The moment at which the input for `tick` is to be sent: a whole microsecond that the present has
    /// reached that tick by.
    #[must_use]
    pub fn due(&self, tick: Tick) -> Micros {
        let Slide { from, until, ticks } = self.slide;
        let unmoved = self.epoch + f64::from(tick.0) * self.period;
        let due = if unmoved <= from {
            unmoved
        } else if unmoved - ticks * self.period >= until {
            unmoved - ticks * self.period
        } else {
            let moved = self.slide.rate() * self.period;
            (unmoved + moved * from) / (1.0 + moved)
        };
        Micros(due.max(0.0) as u64 + 1)
    }

    /// The update of `held`, which came `now`, says that the server's time goes at `percent` of real time.
    /// When it goes slower, the present stays where it is; when it goes faster, the same flight of inputs
    /// takes more ticks, by which the present is put ahead.
    pub(crate) fn set_pace(&mut self, now: Micros, held: Tick, tick_hz: u32, percent: u8) {
        let present = self.present(now);
        let before = self.period;
        self.period = 1e8 / (f64::from(tick_hz.max(1)) * f64::from(percent.clamp(1, 100)));
        let flight = (present - f64::from(held.0) - LEAD_WANTED).max(0.0);
        let longer = flight * (before / self.period - 1.0).max(0.0);
        self.epoch = now.0 as f64 - (present + longer) * self.period;
        self.slide = Slide::default();
    }

    /// The mean lead of late, in ticks.
    #[must_use]
    pub fn lead(&self) -> f64 {
        self.mean_lead
    }

    /// Holds the low edge of the leads between `ticks` and one more from now on.
    pub(crate) const fn set_ahead(&mut self, ticks: u32) {
        self.ahead = ticks as i32;
    }

    /// Number of times that the clock was hopelessly off, and jumped.
    #[must_use]
    pub fn jumps(&self) -> u64 {
        self.jumps
    }

    /// The length of a tick.
    #[must_use]
    pub fn period(&self) -> Micros {
        Micros(self.period as u64)
    }

    /// A message with `count` inputs was sent. A client whose pictures are further apart than ticks sends
    /// several at once, and the oldest of them must be in time too.
    pub(crate) fn sent(&mut self, count: u32) {
        // The first is what the greeting took.
        if count > 0 && self.updates > 0 {
            self.burst = f64::from(count - 1);
        }
    }

    /// An update that came `now` tells of the newest input, for `span` ticks. The newest stamp given so far is `sent`.
    pub(crate) fn heard(&mut self, now: Micros, told: LeadTold, span: u32, sent: Tick) {
        let LeadTold { tick, lead, is_of_arrival, silence } = told;
        let newest = i64::from(tick.0) + i64::from(lead);
        if self.hold.is_some_and(|stamp| newest < i64::from(stamp.0)) {
            return;
        }
        let is_fresh = core::mem::take(&mut self.hold).is_some() || newest > self.newest.0;
        if is_fresh {
            self.newest = (newest, tick);
        }
        let is_stuck = newest < i64::from(sent.0);
        if is_stuck && f64::from(tick.since(self.newest.1)) * self.period > STUCK_SECONDS * 1e6 {
            return;
        }
        // One that was late after a longer silence than was agreed was stuck as well.
        let usual = f64::from(silence + SILENCE_SLACK) * self.period;
        if is_of_arrival && lead < 0 && f64::from(span) * self.period > usual.max(STUCK_SECONDS * 1e6) {
            return;
        }
        self.updates += 1;
        let lead = lead.clamp(-200, 200);
        let error = LEAD_WANTED + self.burst + f64::from(self.ahead) - f64::from(lead);
        let is_hopeless = error.abs() * self.period > HOPELESS_SECONDS * 1e6;
        self.hopeless = is_hopeless.then(|| self.hopeless.unwrap_or(tick));
        let hopeless_for = self.hopeless.map_or(0.0, |first| f64::from(tick.since(first)) * self.period);
        let is_settling = self.updates <= SETTLING_UPDATES
            || f64::from(tick.since(self.started)) * self.period < SETTLING_SECONDS * 1e6;
        // From here on it goes by this word, and no more by the one before.
        self.epoch -= self.slide.done(now.0 as f64) * self.period;
        self.slide = Slide::default();
        // What was wanted holds for the moment when a message comes.
        if hopeless_for >= HOPELESS_FOR_SECONDS * 1e6 || (is_settling && is_fresh && error.abs() > 1.0) {
            self.jump(tick, error, sent);
            self.jumps += u64::from(!is_settling);
            return;
        }
        self.mean_lead += (f64::from(lead) - self.mean_lead) * MEAN_WEIGHT;
        // Of several inputs that come at once the oldest is to be in time; else the last tick before the next of them
        // tells of that.
        let (lead, batch) = if is_of_arrival { (lead - self.burst as i32, 1.0) } else { (lead, 1.0 + self.burst) };
        let (drift, goes_on) = self.drift(tick, lead, is_fresh, batch);
        self.epoch -= drift * self.period;
        let more = if goes_on { f64::from(span.clamp(1, DRIFT_TICKS) - 1) } else { 0.0 };
        let from = now.0 as f64;
        self.slide = Slide { from, until: from + more * self.period, ticks: more * drift };
    }

    /// At `now` the state of `tick` came, to a program that stood still until now, and for which the present
    /// was always `gap` ticks ahead of that before: so it is again. What was given until `sent` was by
    /// another time.
    pub(crate) fn restart(&mut self, now: Micros, tick: Tick, gap: f64, sent: Tick) {
        self.epoch = now.0 as f64 - (f64::from(tick.0) + gap) * self.period;
        (self.least, self.least_since, self.hopeless, self.push) = ([0; 2], tick, None, 0.0);
        self.hold = Some(sent.next());
        self.slide = Slide::default();
    }

    fn jump(&mut self, tick: Tick, error: f64, sent: Tick) {
        self.epoch -= error * self.period;
        self.mean_lead += error;
        (self.least, self.least_since, self.hopeless, self.push) = ([0; 2], tick, None, 0.0);
        self.hold = Some(sent.next());
    }

    /// Share of the period by which the clock is to go faster, and whether it is to do so until the next word, not for
    /// a tick alone: at the edge of the leads that would only make it swing more widely. It is told of each message so
    /// many times.
    fn drift(&mut self, tick: Tick, lead: i32, is_fresh: bool, times: f64) -> (f64, bool) {
        if f64::from(tick.since(self.least_since)) * self.period >= LEAST_SECONDS * 1e6 {
            (self.least, self.least_since) = ([i32::MAX, self.least[0]], tick);
        }
        let spare = lead - self.ahead;
        self.least[0] = self.least[0].min(spare);
        // Nothing new and more than a tick late may be a stall, which says nothing of the clock.
        if lead == -1 || (lead < 0 && is_fresh) {
            self.push = self.push.max(STARVED_AHEAD * f64::from(-lead));
        }
        if self.push > 0.0 {
            let drift = self.push.min(DRIFT_MAX);
            self.push -= drift;
            return (drift, true);
        }
        if spare < 0 && (lead < 0 || !is_fresh) {
            return (0.0, false);
        }
        let low_share = LOW_SHARE / times;
        if spare <= 0 {
            return (DITHER * (1.0 - low_share), false);
        }
        match self.least[0].min(self.least[1]) {
            ..=0 => (-DITHER * low_share, false),
            1 => (-DRIFT_SPARE / times, true),
            _ => (-DRIFT_MAX, true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that reads once a tick behind a delay, and a client that follows it; returns the leads seen
    /// in ticks `from..`.
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
            let told = LeadTold { tick: Tick(tick), lead, is_of_arrival: false, silence: 1 };
            clock.heard(Micros((deadline + delay) as u64), told, 1, Tick(next.map_or(0, |next| next - 1)));
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
    fn over_a_steady_line_inputs_are_no_earlier_than_they_must_be() {
        for delay_ms in [0.0, 5.0, 50.0, 125.0] {
            let leads = leads(30, delay_ms * 1e3, 0.0, 0.0, 600);
            let just_in_time = leads.iter().filter(|&&lead| lead == 0).count();
            // Every fourth, give or take.
            assert!(
                (10..=60).contains(&(just_in_time * 100 / leads.len())),
                "{delay_ms} ms: {just_in_time} of {}",
                leads.len()
            );
        }
    }

    #[test]
    fn what_is_told_of_several_ticks_at_once_moves_the_clock_little_by_little() {
        for lead in [-1, 0, 4] {
            let mut clock = Clock::new(30, Tick(0), Micros(1_000_000), Micros(0));
            let (mut now, mut before) = (1_000_000, clock.present(Micros(1_000_000)));
            for word in 1..200_u32 {
                let tick = Tick(5 * word);
                let told = LeadTold { tick, lead, is_of_arrival: true, silence: 5 };
                clock.heard(Micros(now), told, 5, tick.plus(1));
                for _ in 0..20 {
                    now += 8_333;
                    let present = clock.present(Micros(now));
                    let quarters = (present - before) * 4.0;
                    // A word itself moves it as much as one of a single tick; the first ones may set it.
                    assert!(word < 20 || (0.74..1.26).contains(&quarters), "lead {lead}, word {word}: {quarters}");
                    before = present;
                    let next = Tick(present as u32 + 1);
                    let due = clock.due(next);
                    assert!(
                        clock.present(due) >= f64::from(next.0) && clock.present(Micros(due.0 - 2)) < f64::from(next.0)
                    );
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
