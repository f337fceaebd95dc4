//! The overload ladder: what a server does when ticks take most of their time, before it is too late for all.
//!
//! A pure state machine: durations of ticks in, a rung out. Each rung keeps what the ones below it do.
//!
//! | rung | climbed to at a load of | what it does |
//! | --- | --- | --- |
//! | 1 | 60 % of the tick's time | what is far comes into view later |
//! | 2 | 75 % | the fewest ticks from one update to the next are twice as many |
//! | 3 | 85 % | nobody is let in but who comes back to a seat |
//! | 4 | 100 % for a second | time goes slower, by as much as it must |

use std::time::Duration;

use auspice::authority::ServiceLevel;

/// Loads at which each rung is climbed to. It is left at a load 10 points lower.
const CLIMB_AT: [f64; 4] = [0.60, 0.75, 0.85, 1.0];
const HYSTERESIS: f64 = 0.10;

/// Memory of the mean load: a hiccup of a fifth of a second reaches the first rung at most.
const MEMORY: Duration = Duration::from_millis(500);

/// A single tick counts as this much load at most, or a machine that slept would be remembered for seconds.
const LOAD_MAX: f64 = 5.0;

/// Time that a rung is kept at least before the next is climbed to, and before it is left.
const CLIMB_AFTER: Duration = Duration::from_millis(500);
const LEAVE_AFTER: Duration = Duration::from_millis(400);

/// Time for which the load must be too much for real time before time goes slower.
const DILATE_AFTER: Duration = Duration::from_secs(1);

/// A rung that is climbed to again so soon was left because it helped: it is kept longer.
const SOON: Duration = Duration::from_secs(5);
const LEAVE_AGAIN_AFTER: Duration = Duration::from_millis(1600);

/// Slowest time, in percent: what [`LOAD_MAX`] comes to. From there the way back to real time takes less than
/// five seconds.
const PACE_MIN: u32 = 18;

/// Share of a slowed tick's time that is to be work.
const PACE_LOAD: f64 = 0.9;

/// The pace goes by small steps, so that the lead of clients' inputs, which is a matter of real time, follows
/// without a jump.
const PACE_STEP: u32 = 15;
const PACE_STEP_TIME: Duration = Duration::from_millis(250);

/// The server's place on the ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rung {
    /// 0 to 4.
    pub(crate) level: u8,
    /// Speed of the game's time in percent; less than 100 on the last rung alone.
    pub(crate) pace_percent: u32,
}

impl Rung {
    /// Savings that the room makes.
    pub(crate) const fn service_level(self) -> ServiceLevel {
        ServiceLevel {
            reach_percent: if self.level >= 1 { 50 } else { 100 },
            send_every_times: if self.level >= 2 { 2 } else { 1 },
        }
    }

    /// Whether nobody is let in.
    pub(crate) const fn refuses_joins(self) -> bool {
        self.level >= 3
    }
}

/// The ladder.
#[derive(Debug)]
pub(crate) struct Ladder {
    /// Period of a tick at full speed.
    period: Duration,
    rung: Rung,
    /// Mean share of the period that ticks take.
    load: f64,
    last: Duration,
    /// The time at which the level last changed, and the pace.
    changed: Duration,
    paced: Duration,
    /// The time since which the load is too much for real time.
    over_since: Option<Duration>,
    /// The time at which each level was left last.
    left: [Option<Duration>; 5],
    /// Time that the present level is kept at least.
    keep: Duration,
}

impl Ladder {
    /// The ladder for `tick_hz` ticks a second, at the foot.
    pub(crate) fn new(tick_hz: u32) -> Self {
        Self {
            period: Duration::from_secs(1) / tick_hz.max(1),
            rung: Rung { level: 0, pace_percent: 100 },
            load: 0.0,
            last: Duration::ZERO,
            changed: Duration::ZERO,
            paced: Duration::ZERO,
            over_since: None,
            left: [None; 5],
            keep: LEAVE_AFTER,
        }
    }

    /// A tick took `work`, at `now` since the start. The rung, where it is another than before.
    pub(crate) fn record(&mut self, now: Duration, work: Duration) -> Option<Rung> {
        let before = self.rung;
        let passed = now.saturating_sub(std::mem::replace(&mut self.last, now)).as_secs_f64();
        let load = (work.as_secs_f64() / self.period.as_secs_f64()).min(LOAD_MAX);
        self.load += (load - self.load) * passed / (passed + MEMORY.as_secs_f64());
        if self.load <= 1.0 {
            self.over_since = None;
        } else if self.over_since.is_none() {
            self.over_since = Some(now);
        }
        self.move_on(now);
        self.set_pace(now);
        (self.rung != before).then_some(self.rung)
    }

    fn move_on(&mut self, now: Duration) {
        let kept = now.saturating_sub(self.changed);
        let level = usize::from(self.rung.level);
        let climbs = CLIMB_AT.get(level).is_some_and(|&at| self.load > at) && kept >= CLIMB_AFTER;
        let is_long_over = self.over_since.is_some_and(|since| now.saturating_sub(since) >= DILATE_AFTER);
        if climbs && (level < 3 || is_long_over) {
            self.change(now, self.rung.level + 1);
            let again = self.left[level + 1].is_some_and(|left| now.saturating_sub(left) < SOON);
            self.keep = if again { LEAVE_AGAIN_AFTER } else { LEAVE_AFTER };
        } else if level > 0
            && self.load < CLIMB_AT[level - 1] - HYSTERESIS
            && kept >= self.keep
            && self.rung.pace_percent == 100
        {
            self.left[level] = Some(now);
            self.change(now, self.rung.level - 1);
            self.keep = LEAVE_AFTER;
        }
    }

    const fn change(&mut self, now: Duration, level: u8) {
        self.rung.level = level;
        self.changed = now;
    }

    /// Moves the pace towards what the load asks for.
    fn set_pace(&mut self, now: Duration) {
        if self.rung.level < 4 || now.saturating_sub(self.paced) < PACE_STEP_TIME {
            return;
        }
        let wanted = if self.load < CLIMB_AT[3] - HYSTERESIS { 100 } else { (100.0 * PACE_LOAD / self.load) as u32 };
        let pace = self.rung.pace_percent;
        // A little too slow is no reason to change what every client must hear of.
        let wanted = if wanted < 100 && wanted.abs_diff(pace) < 3 { pace } else { wanted };
        self.rung.pace_percent = wanted.clamp(PACE_MIN, 100).clamp(pace.saturating_sub(PACE_STEP), pace + PACE_STEP);
        self.paced = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HZ: u32 = 30;

    /// A server whose ticks take what the test says, on a clock that the test moves.
    struct Server {
        ladder: Ladder,
        rung: Rung,
        now: Duration,
        changes: u32,
    }

    impl Server {
        fn new() -> Self {
            Self {
                ladder: Ladder::new(HZ),
                rung: Rung { level: 0, pace_percent: 100 },
                now: Duration::ZERO,
                changes: 0,
            }
        }

        /// Ticks of `load` for `seconds`; the highest level meanwhile.
        fn run(&mut self, seconds: f64, load: impl Fn(Rung) -> f64) -> u8 {
            let (until, mut highest) = (self.now + Duration::from_secs_f64(seconds), self.rung.level);
            let period = Duration::from_secs(1) / HZ;
            while self.now < until {
                let work = period.mul_f64(load(self.rung));
                self.now += (period * 100 / self.rung.pace_percent).max(work);
                if let Some(rung) = self.ladder.record(self.now, work) {
                    self.changes += 1;
                    self.rung = rung;
                }
                highest = highest.max(self.rung.level);
            }
            highest
        }
    }

    #[test]
    fn each_load_leads_to_its_rung_and_stays_there() {
        for (load, level) in [(0.3, 0), (0.55, 0), (0.65, 1), (0.8, 2), (0.95, 3), (1.5, 4), (2.0, 4)] {
            let mut server = Server::new();
            server.run(15.0, |_| load);
            assert_eq!(server.rung.level, level, "at {load}");
            let before = server.changes;
            server.run(30.0, |_| load);
            assert_eq!(server.changes, before, "it wavers at {load}");
        }
    }

    #[test]
    fn time_slows_until_ticks_fit_and_no_further_than_its_floor() {
        for (load, least, most) in [(2.0, 40, 47), (2.9, 28, 34), (50.0, 18, 22)] {
            let mut server = Server::new();
            server.run(20.0, |_| load);
            assert!((least..=most).contains(&server.rung.pace_percent), "at {load}: {:?}", server.rung);
        }
    }

    #[test]
    fn everything_is_back_within_five_seconds_of_the_load() {
        for load in [0.65, 0.8, 0.95, 1.8, 3.0, 50.0] {
            let mut server = Server::new();
            server.run(20.0, |_| load);
            assert!(server.rung.level > 0);
            server.run(5.0, |_| 0.2);
            assert_eq!(server.rung, Rung { level: 0, pace_percent: 100 }, "after {load}");
        }
    }

    #[test]
    fn a_hiccup_turns_nobody_away() {
        let mut server = Server::new();
        server.run(5.0, |_| 0.2);
        for _ in 0..20 {
            let spike = server.now;
            let highest = server.run(0.2, |_| 6.0).max(server.run(3.0, |_| 0.2));
            assert!(highest <= 2, "level {highest} after the hiccup at {spike:?}");
        }
    }

    #[test]
    fn a_rung_that_helps_is_not_left_and_climbed_all_the_time() {
        let mut server = Server::new();
        // Without service_level 80 %, with every rung a fifth less.
        server.run(60.0, |rung| 0.8 * 0.8_f64.powi(rung.level.into()));
        assert!(server.changes < 80, "{} changes in a minute", server.changes);
    }

    #[test]
    fn rungs_add_up() {
        let rung = |level| Rung { level, pace_percent: 100 };
        assert_eq!(rung(0).service_level(), ServiceLevel::default());
        assert!(rung(1).service_level().reach_percent < 100 && rung(1).service_level().send_every_times == 1);
        assert!(rung(2).service_level().send_every_times == 2 && !rung(2).refuses_joins());
        assert!(rung(3).refuses_joins() && rung(3).service_level() == rung(4).service_level());
    }
}
