//! [`ServerHealth`]: whether the server is well, and if not, why, in sentences.

use std::time::Duration;

use serde::Serialize;

use super::seconds::InspectedSecond;
use crate::operate::metrics::Metrics;

/// Share of the time between two ticks beyond which the slowest ticks are worth a word.
const BUSY_SHARE: f64 = 0.8;

/// Shares of ticks that may be late, and that may never be made, before the server is failing.
const LATE_SHARE: f64 = 0.1;
const SKIPPED_SHARE: f64 = 0.02;

/// Verdict on a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum HealthStanding {
    /// Good: there is nothing to do.
    #[default]
    Well,
    /// Somebody should look at it before long.
    Strained,
    /// Players feel it.
    Failing,
}

/// Verdict, and the reasons for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct ServerHealth {
    pub(super) standing: HealthStanding,
    pub(super) why: Vec<String>,
}

impl ServerHealth {
    /// Judges the last seconds, `newest`, of a server of so many ticks a second.
    pub(super) fn of<'a>(
        newest: impl Iterator<Item = &'a InspectedSecond>,
        tick_hz: u32,
        metrics: &Metrics,
        is_alive: bool,
        has_log: bool,
    ) -> Self {
        let mut health = Self::default();
        health.judge_server(metrics, is_alive, has_log);
        health.judge_ticks(newest, tick_hz);
        health
    }

    fn judge_server(&mut self, metrics: &Metrics, is_alive: bool, has_log: bool) {
        if !is_alive {
            self.add(HealthStanding::Failing, "no tick was made for too long".into());
        }
        match metrics.pace.level() {
            0 => {}
            1 => self.add(HealthStanding::Strained, "overload: far things come into view later".into()),
            2 => self.add(HealthStanding::Strained, "overload: updates are half as frequent".into()),
            3 => self.add(HealthStanding::Failing, "overload: nobody is let in".into()),
            _ => self.add(HealthStanding::Failing, "overload: time goes slower".into()),
        }
        if has_log && metrics.log.writing.get() == 0 {
            self.add(HealthStanding::Failing, "the tick log cannot be written".into());
        }
        let lost = metrics.log_lines_lost.get();
        if lost > 0 {
            self.add(HealthStanding::Strained, format!("{lost} log lines could not be written since the start"));
        }
        let panics = metrics.room_panics.get();
        if panics > 0 {
            self.add(HealthStanding::Strained, format!("the game panicked {panics} times since the start"));
        }
        let differed = metrics.traffic.resyncs.get();
        if differed > 0 {
            self.add(
                HealthStanding::Strained,
                format!("{differed} times a client held something else than the server stated"),
            );
        }
        if metrics.draining.get() > 0 {
            self.add(HealthStanding::Strained, "draining: nobody is let in, and the server is about to stop".into());
        }
    }

    fn judge_ticks<'a>(&mut self, newest: impl Iterator<Item = &'a InspectedSecond>, tick_hz: u32) {
        let (mut ticks, mut late, mut skipped, mut p99_us, mut seconds) = (0, 0, 0, 0, 0);
        for second in newest {
            ticks += second.all_ticks;
            late += second.overruns;
            skipped += second.skipped;
            p99_us = p99_us.max(second.p99_us);
            seconds += 1;
        }
        let budget = Duration::from_secs(1) / tick_hz.max(1);
        let standing = |number: u64, share: f64| {
            if number as f64 > ticks as f64 * share { HealthStanding::Failing } else { HealthStanding::Strained }
        };
        let of_late = format!("{late} of {ticks} ticks were late");
        let of_skipped = format!("{skipped} were never made");
        if late > 0 || skipped > 0 {
            let what = match (late, skipped) {
                (_, 0) => of_late,
                (0, _) => of_skipped.replace("were", "ticks were"),
                _ => format!("{of_late}, and {of_skipped},"),
            };
            let worst = standing(late, LATE_SHARE).max(standing(skipped, SKIPPED_SHARE));
            self.add(worst, format!("{what} in the last {seconds} s"));
        } else if f64::from(p99_us) > budget.as_micros() as f64 * BUSY_SHARE {
            let [took, has] = [p99_us / 1000, budget.as_millis() as u32];
            self.add(HealthStanding::Strained, format!("the slowest ticks take {took} of {has} ms"));
        }
    }

    fn add(&mut self, standing: HealthStanding, why: String) {
        self.standing = self.standing.max(standing);
        self.why.push(why);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(line: InspectedSecond, metrics: &Metrics) -> ServerHealth {
        ServerHealth::of([line; 10].iter(), 30, metrics, true, true)
    }

    #[test]
    fn a_server_is_well_until_there_is_a_reason_why_not() {
        let mut metrics = Metrics::new("tests");
        // That of the process counts for all of its tests.
        metrics.log_lines_lost = prometheus::IntCounter::new("lost", "Lost").unwrap();
        metrics.log.writing.set(1);
        let quiet = InspectedSecond { ticks: 30, all_ticks: 30, p99_us: 9000, ..InspectedSecond::default() };
        assert_eq!(judged(quiet, &metrics), ServerHealth::default());
        let busy = judged(InspectedSecond { p99_us: 30_000, ..quiet }, &metrics);
        assert_eq!((busy.standing, &*busy.why[0]), (HealthStanding::Strained, "the slowest ticks take 30 of 33 ms"));
        assert_eq!(judged(InspectedSecond { overruns: 1, ..quiet }, &metrics).standing, HealthStanding::Strained);
        let late = judged(InspectedSecond { overruns: 9, ..quiet }, &metrics);
        assert_eq!(
            (late.standing, &*late.why[0]),
            (HealthStanding::Failing, "90 of 300 ticks were late in the last 10 s")
        );
        assert_eq!(judged(InspectedSecond { skipped: 1, ..quiet }, &metrics).standing, HealthStanding::Failing);
        // Of many rooms what is late is counted of all, and so is what is not.
        let of_many = judged(InspectedSecond { overruns: 9, skipped: 1, all_ticks: 7500, ..quiet }, &metrics);
        assert_eq!(of_many.standing, HealthStanding::Strained);
        assert_eq!(of_many.why, ["90 of 75000 ticks were late, and 10 were never made, in the last 10 s"]);
        metrics.log_lines_lost.inc_by(3);
        let lost = judged(quiet, &metrics);
        assert_eq!(
            (lost.standing, &*lost.why[0]),
            (HealthStanding::Strained, "3 log lines could not be written since the start")
        );
        metrics.log_lines_lost.reset();
        metrics.pace.change(None, Some((3, 100)));
        metrics.log.writing.set(0);
        assert_eq!(judged(quiet, &metrics).why, ["overload: nobody is let in", "the tick log cannot be written"]);
        assert_eq!(
            ServerHealth::of([].into_iter(), 30, &Metrics::new("tests"), false, false).standing,
            HealthStanding::Failing
        );
    }
}
