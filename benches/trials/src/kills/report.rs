//! [`KillReport`]: what a server's log was found to have and to cost, each figure beside its goal
//! (`benches/README.md`, *Kills, and who looks on*).

use std::fmt;
use std::time::Duration;

use auspice::Game;
use auspice_demo::Demo;

use super::log_bytes::LogBytes;
use super::replayed::Likeness;
use crate::figure::TrialFigure;

/// Goal: seconds from the start of a process until it listens, in the middle of all starts.
const LISTENING_SECONDS_MAX: f64 = 0.5;
/// Goal: seconds from there until 99 in 100 bots play again, likewise.
const BACK_SECONDS_MAX: f64 = 2.0;
/// Goal: bytes of log for a client and second, of what happened. Keyframes beside them are told: how often they come
/// follows how much work a start may have.
const BYTES_MAX: f64 = 120.0;
/// Bots for which that is the goal: fewer share the hash of each tick among them.
const BYTES_BOTS: usize = 500;
/// Seconds between the keyframes of which the first and the last are those of this count: some keyframes' worth.
const BYTES_SECONDS_MIN: f64 = 20.0;
/// Goal: time that is played again by the time that it takes, in the middle of [`REPLAYS`].
const REPLAY_TIMES_MIN: f64 = 50.0;
/// Bots for which that is the goal: fewer are played faster, and more slower.
const REPLAY_BOTS: usize = 200;
/// Seconds of the log that is played for it.
const REPLAY_SECONDS_MIN: f64 = 20.0;
/// Times that it is played.
pub(super) const REPLAYS: usize = 5;

/// Times until bots play again.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Comeback {
    /// All but one in a hundred.
    pub(super) nearly_all: Duration,
    pub(super) all: Duration,
}

/// Findings of a run.
#[derive(Clone, Debug, Default)]
pub struct KillReport {
    pub(super) bots: usize,
    pub(super) kills: u32,
    /// Times, bytes and speed are told alone.
    pub(super) is_told: bool,
    /// Ticks that a bot was told of and the log did not have, over all kills.
    pub(super) lost: u64,
    /// Times that a bot came back as somebody else.
    pub(super) others: u64,
    /// Ships as bots held them before each kill, beside the log.
    pub(super) held: Likeness,
    /// Players by the first keyframe after each start, beside the last tick of the log before.
    pub(super) restored: Likeness,
    /// Ships as bots held them first after each start, beside the log from then on.
    pub(super) returned: Likeness,
    /// Entities and players of the world at the last kill.
    pub(super) world: (u64, usize),
    /// Sentences about logs that did not come out the same.
    pub(super) faults: Vec<String>,
    /// Times from a start until the server listens; from there until bots play again.
    pub(super) listening: Vec<Duration>,
    pub(super) back: Vec<Comeback>,
    /// Bytes of the log while all played, before the first kill.
    pub(super) bytes: LogBytes,
    /// Ticks of the log before the first kill, and how fast they were played again, each time.
    pub(super) replayed_ticks: u64,
    pub(super) speeds: Vec<f64>,
}

/// The one in the middle and the greatest; NaN of none.
fn middle(mut numbers: Vec<f64>) -> (f64, f64) {
    numbers.sort_unstable_by(f64::total_cmp);
    let of = |number: Option<&f64>| number.copied().unwrap_or(f64::NAN);
    (of(numbers.get(numbers.len() / 2)), of(numbers.last()))
}

fn seconds_of(ticks: u64) -> f64 {
    ticks as f64 / f64::from(Demo::TICK_HZ)
}

impl KillReport {
    /// Whether every goal that is judged is reached, and everything was looked at.
    #[must_use]
    pub fn is_pass(&self) -> bool {
        self.misses().is_empty()
    }

    /// Sentences that say what is not as it should be.
    fn misses(&self) -> Vec<String> {
        let missed = self.figures().iter().filter_map(TrialFigure::miss).collect::<Vec<_>>();
        let is_compared = [self.held, self.restored, self.returned].iter().all(|likeness| likeness.compared > 0);
        let nothing = (!is_compared).then(|| "of ships, players or first views none was compared".to_owned());
        missed.into_iter().chain(nothing).chain(self.faults.iter().cloned()).collect()
    }

    fn figures(&self) -> Vec<TrialFigure> {
        [self.losses(), self.times(), self.bytes(), self.replays()].concat()
    }

    fn losses(&self) -> Vec<TrialFigure> {
        let none_other = |name, Likeness { compared, other }| {
            TrialFigure::exactly(name, other as u64, 0).with(&format!(" of {compared}"))
        };
        vec![
            TrialFigure::exactly("ticks lost that a bot was told of", self.lost, 0),
            TrialFigure::exactly("bots that came back as another", self.others, 0),
            none_other("ships other in the log than bots held them", self.held),
            none_other("players other after the start than before", self.restored),
            none_other("first ships other than the log has them", self.returned),
        ]
    }

    fn times(&self) -> Vec<TrialFigure> {
        let time = |name, times: Vec<f64>, goal: Option<f64>| {
            let (middle, most) = middle(times);
            let figure = TrialFigure::at_most(name, middle, goal.unwrap_or(BACK_SECONDS_MAX), " s");
            figure.judged(goal.is_some() && !self.is_told).with(&format!(", {most:.2} s at most"))
        };
        let back = |of: fn(&Comeback) -> Duration| self.back.iter().map(|back| of(back).as_secs_f64()).collect();
        let listening = self.listening.iter().map(Duration::as_secs_f64).collect();
        vec![
            time("from a start to listening, median", listening, Some(LISTENING_SECONDS_MAX)),
            time("from there until 99 in 100 play, median", back(|back| back.nearly_all), Some(BACK_SECONDS_MAX)),
            time("from there until everyone plays, median", back(|back| back.all), None),
        ]
    }

    fn bytes(&self) -> Vec<TrialFigure> {
        const NAME: &str = "bytes of log for a client and second";
        let LogBytes { ticks, calls, keyframes, keyframe_bytes } = self.bytes;
        if ticks == 0 {
            return vec![TrialFigure::told(NAME, "no two keyframes")];
        }
        let seconds = seconds_of(ticks.into());
        let each = |bytes: u64| bytes as f64 / self.bots as f64 / seconds;
        let keyframe = keyframe_bytes as f64 / keyframes as f64;
        let (size, of_player, every) = (keyframe / 1e3, keyframe / self.bots as f64, seconds / keyframes as f64);
        vec![
            TrialFigure::at_most(NAME, each(calls), BYTES_MAX, " B").judged(!self.is_told && self.judges_bytes()),
            TrialFigure::told("beside them keyframes", format!("{:.1} B", each(keyframe_bytes))),
            TrialFigure::told(
                "a keyframe / for a player / each so many seconds",
                format!("{size:.1} kB / {of_player:.0} B / {every:.1} s"),
            ),
        ]
    }

    fn replays(&self) -> Vec<TrialFigure> {
        let (speed, _) = middle(self.speeds.clone());
        vec![
            TrialFigure::at_least("played again by real time, median", speed, REPLAY_TIMES_MIN, "")
                .judged(!self.is_told && self.judges_speed()),
            TrialFigure::told("world at the last kill", format!("{} entities, {} players", self.world.0, self.world.1)),
        ]
    }

    fn judges_bytes(&self) -> bool {
        self.bots == BYTES_BOTS && seconds_of(self.bytes.ticks.into()) >= BYTES_SECONDS_MIN
    }

    fn judges_speed(&self) -> bool {
        self.bots == REPLAY_BOTS && seconds_of(self.replayed_ticks) >= REPLAY_SECONDS_MIN
    }

    /// Sentences that say why a figure with a goal is not judged.
    fn remarks(&self) -> Vec<String> {
        if self.is_told {
            return vec!["Times, bytes and speed are told and not judged, as was asked for.".into()];
        }
        let bytes = (!self.judges_bytes()).then(|| {
            let seconds = seconds_of(self.bytes.ticks.into());
            format!(
                "Bytes are not judged: that is for {BYTES_BOTS} bots and {BYTES_SECONDS_MIN} s from the first \
                 keyframe to the last; here are {} bots and {seconds:.0} s.",
                self.bots
            )
        });
        let speed = (!self.judges_speed()).then(|| {
            let seconds = seconds_of(self.replayed_ticks);
            format!(
                "The speed of playing again is not judged: that is for {REPLAY_BOTS} bots and {REPLAY_SECONDS_MIN} s \
                 of log; here are {} bots and {seconds:.0} s.",
                self.bots
            )
        });
        bytes.into_iter().chain(speed).collect()
    }
}

impl fmt::Display for KillReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} kills under {} bots", self.kills, self.bots)?;
        self.figures().iter().try_for_each(|figure| writeln!(f, "{figure}"))?;
        self.remarks().iter().try_for_each(|remark| writeln!(f, "{remark}"))?;
        self.misses().iter().try_for_each(|miss| writeln!(f, "{miss}"))?;
        writeln!(f, "{}", if self.is_pass() { "PASS" } else { "FAIL" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A report that reaches every goal, of so many bots.
    fn good(bots: usize) -> KillReport {
        let all_same = Likeness { compared: 3 * bots, other: 0 };
        let back = Comeback { nearly_all: Duration::from_millis(300), all: Duration::from_secs(3) };
        KillReport {
            bots,
            kills: 3,
            held: all_same,
            restored: all_same,
            returned: all_same,
            listening: vec![Duration::from_millis(130); 3],
            back: vec![back; 3],
            bytes: LogBytes { ticks: 600, calls: 500 * 20 * 80, keyframes: 2, keyframe_bytes: 500 * 20 * 30 },
            replayed_ticks: 900,
            speeds: vec![70.0, 40.0, 60.0],
            ..KillReport::default()
        }
    }

    /// The last words of a report: what it misses, if that is one thing, and its verdict.
    fn ending(report: &KillReport) -> (Option<String>, String) {
        let (misses, text) = (report.misses(), report.to_string());
        assert!(misses.len() <= 1 && report.is_pass() == misses.is_empty(), "{text}");
        assert!(misses.iter().all(|miss| text.contains(&format!("\n{miss}\n"))), "{text}");
        (misses.first().cloned(), text.lines().last().unwrap_or_default().to_owned())
    }

    #[test]
    fn a_run_that_reaches_every_goal_passes() {
        for bots in [20, 200, 500] {
            assert_eq!(ending(&good(bots)), (None, "PASS".into()));
        }
    }

    #[test]
    fn a_goal_that_is_missed_fails_the_run_by_a_sentence() {
        let late = |millis| vec![Duration::from_millis(millis), Duration::from_millis(501), Duration::from_millis(501)];
        let slow = Comeback { nearly_all: Duration::from_millis(2010), all: Duration::from_millis(2010) };
        let other = |likeness: Likeness| Likeness { other: 1, ..likeness };
        let (small, large) = (good(200), good(500));
        let (ships, bytes) = (small.held, LogBytes { calls: 500 * 20 * 121, ..large.bytes });
        let missed = [
            (KillReport { lost: 1, ..small.clone() }, "ticks lost that a bot was told of: 1, and the goal is 0"),
            (KillReport { others: 2, ..small.clone() }, "bots that came back as another: 2, and the goal is 0"),
            (
                KillReport { held: other(ships), ..small.clone() },
                "ships other in the log than bots held them: 1 of 600, and the goal is 0",
            ),
            (
                KillReport { restored: other(ships), ..small.clone() },
                "players other after the start than before: 1 of 600, and the goal is 0",
            ),
            (
                KillReport { returned: other(ships), ..small.clone() },
                "first ships other than the log has them: 1 of 600, and the goal is 0",
            ),
            (
                KillReport { listening: late(100), ..small.clone() },
                "from a start to listening, median: 0.50 s, 0.50 s at most, and the goal is <= 0.50 s",
            ),
            (
                KillReport { back: vec![slow; 3], ..small.clone() },
                "from there until 99 in 100 play, median: 2.01 s, 2.01 s at most, and the goal is <= 2.00 s",
            ),
            (
                KillReport { bytes, ..large },
                "bytes of log for a client and second: 121.0 B, and the goal is <= 120.0 B",
            ),
            (
                KillReport { speeds: vec![70.0, 40.0, 49.0], ..small.clone() },
                "played again by real time, median: 49, and the goal is >= 50",
            ),
            (
                KillReport { returned: Likeness::default(), ..small.clone() },
                "of ships, players or first views none was compared",
            ),
            (KillReport { faults: vec!["tick 7 differs".into()], ..small }, "tick 7 differs"),
        ];
        for (report, sentence) in missed {
            assert_eq!(ending(&report), (Some(sentence.into()), "FAIL".into()));
        }
    }

    #[test]
    fn times_that_were_not_taken_reach_no_goal() {
        let report = KillReport { listening: Vec::new(), speeds: Vec::new(), ..good(200) };
        assert_eq!(report.misses().len(), 2, "{report}");
    }

    #[test]
    fn bytes_and_speed_are_judged_where_they_mean_something_and_told_otherwise() {
        let many = LogBytes { calls: 500 * 20 * 500, ..good(500).bytes };
        let uncounted = KillReport { bytes: LogBytes::default(), ..good(500) };
        assert!(uncounted.to_string().contains("no two keyframes\n"), "{uncounted}");
        let few_bots = KillReport { bytes: many, ..good(499) };
        let short = KillReport { bytes: LogBytes { ticks: 599, ..many }, ..good(500) };
        for report in [few_bots, short] {
            assert!(report.to_string().contains("Bytes are not judged: that is for 500 bots and 20 s"), "{report}");
            assert_eq!(ending(&report).1, "PASS");
        }
        let slow = |bots, replayed_ticks| KillReport { speeds: vec![1.0; 5], replayed_ticks, ..good(bots) };
        for report in [slow(201, 900), slow(20, 900), slow(200, 599)] {
            assert!(report.to_string().contains("The speed of playing again is not judged"), "{report}");
            assert_eq!(ending(&report).1, "PASS");
        }
    }

    #[test]
    fn where_times_are_told_alone_what_is_lost_is_judged_all_the_same() {
        let slow =
            KillReport { is_told: true, listening: vec![Duration::from_secs(9); 3], speeds: vec![1.0; 5], ..good(200) };
        assert_eq!(ending(&slow).1, "PASS");
        assert_eq!(ending(&KillReport { lost: 1, ..slow }).1, "FAIL");
    }
}
