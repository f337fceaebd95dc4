//! The section of a server that keeps what happens, over real sockets.

use serde_json::json;

use super::figure::{Figure, Goal};
use super::runs::{Keeping, Plan, Run};
use super::{Findings, Scale};
use crate::tick_log::TickLog;

/// Goals (`benches/README.md`, *Kills, and who looks on*): processor time with a log by that without, ticks that one in
/// a hundred exceeds by those without, ticks with a keyframe by the others.
const TIME_RATIO_MAX: f64 = 1.05;
const TICK_RATIO_MAX: f64 = 1.15;
const KEYFRAME_RATIO_MAX: f64 = 1.2;
/// Rounds for which those are the goals.
const ROUNDS: usize = 10;

/// W1 with 1000 clients among 2000 bodies: with a log, with the last minute in memory alone, and with nothing kept.
pub(super) fn log(scale: &Scale) -> Result<Findings, String> {
    let plan = scale.plan(1000);
    let plan = Plan { entities: 2 * plan.clients, verify_share: 0.02, seconds: scale.pick(22, 1), ..plan };
    let (mut findings, mut rounds) = (Findings::default(), Vec::new());
    for number in 1..=scale.pairs {
        let round = play_round(plan, &mut findings)?;
        note_round(number, scale.pairs, &round);
        let (logs, keeps_nothing, looks_back) = &round;
        // A short run is over before the first keyframe.
        let has_saved = saved_by_others(&logs.ticks, |ticks| ticks.work_ms(0.5)).is_finite();
        if !has_saved && !scale.is_quick {
            findings.faults.push(format!("in round {number} no room was saved while everybody was there"));
        }
        if scale.is_quick || [logs, keeps_nothing, looks_back].iter().all(|run| run.is_servers()) {
            rounds.push(round);
        } else {
            findings
                .remarks
                .push(format!("Round {number} is left out: the clients did not get their updates in time."));
        }
    }
    if rounds.is_empty() {
        return Err("the machine was too busy for a single round of runs".into());
    }
    if rounds.len() < ROUNDS {
        let few = rounds.len();
        findings.remarks.push(format!(
            "The goals of a log are for {ROUNDS} rounds (`--only log --pairs {ROUNDS}`); these are {few}."
        ));
    }
    findings.figures = figures_of(&rounds, plan);
    let reports = rounds
        .iter()
        .map(|(log, nothing, minute)| json!({ "log": log.report, "nothing": nothing.report, "minute": minute.report }));
    findings.data = json!({ "clients": plan.clients, "rounds": reports.collect::<Vec<_>>() });
    Ok(findings)
}

/// A run with a log, one that keeps nothing, and one with the last minute in memory.
type LogRound = (Run, Run, Run);

fn play_round(plan: Plan, findings: &mut Findings) -> Result<LogRound, String> {
    let mut play = |kept| {
        let run = Plan { kept, ..plan }.run()?;
        findings.check(&run);
        Ok::<_, String>(run)
    };
    Ok((play(Keeping::Log)?, play(Keeping::Nothing)?, play(Keeping::LastMinute)?))
}

fn note_round(number: u32, count: u32, (logs, keeps_nothing, looks_back): &LogRound) {
    super::note(&format!(
        "round {number} of {count}: {:.2} us a client-tick with a log, {:.2} with a minute in memory, \
         {:.2} with neither; ticks p99 {:.2}, {:.2} and {:.2} ms; ticks with a keyframe by the others {:.2}, \
         the longest {:.2}",
        logs.cpu_us(),
        looks_back.cpu_us(),
        keeps_nothing.cpu_us(),
        logs.ticks.work_ms(0.99),
        looks_back.ticks.work_ms(0.99),
        keeps_nothing.ticks.work_ms(0.99),
        saved_by_others(&logs.ticks, |ticks| ticks.work_ms(0.5)),
        saved_by_others(&logs.ticks, |ticks| ticks.work_ms(1.0)),
    ));
}

fn figures_of(rounds: &[LogRound], plan: Plan) -> Vec<Figure> {
    let ratios = |ratio: fn(&LogRound) -> f64| rounds.iter().map(ratio).collect::<Vec<_>>();
    vec![
        Figure::new(
            "processor time with a log, by that without",
            "×",
            &ratios(|(log, nothing, _)| log.cpu_us() / nothing.cpu_us()),
            "Processor time of the server's process for a client-tick, its threads that write among it. Median of \
             rounds.",
        )
        .to_be(Goal::AtMost(TIME_RATIO_MAX, None)),
        Figure::new(
            "processor time with a minute in memory, by that without",
            "×",
            &ratios(|(_, nothing, minute)| minute.cpu_us() / nothing.cpu_us()),
            "The same of a server that keeps its last minute, as one does unless told otherwise.",
        )
        .to_be(Goal::AtMost(TIME_RATIO_MAX, None)),
        Figure::new(
            "ticks that one in a hundred exceeds with a log, by those without",
            "×",
            &ratios(|(log, nothing, _)| log.ticks.work_ms(0.99) / nothing.ticks.work_ms(0.99)),
            "From waking to the last write, which waits for the log.",
        )
        .to_be(Goal::AtMost(TICK_RATIO_MAX, None)),
        Figure::new(
            "ticks with a keyframe, by the others",
            "×",
            &ratios(|(log, ..)| saved_by_others(&log.ticks, |ticks| ticks.work_ms(0.5))),
            format!(
                "Ticks of the measured window in which a world of {} bodies and {} players is saved, in the middle.",
                plan.entities, plan.clients
            ),
        )
        .to_be(Goal::AtMost(KEYFRAME_RATIO_MAX, None)),
        Figure::new(
            "the longest tick with a keyframe, by the longest other",
            "×",
            &ratios(|(log, ..)| saved_by_others(&log.ticks, |ticks| ticks.work_ms(1.0))),
            "Of the measured window, without the joins before it. There are sixty times as many others.",
        )
        .to_be(Goal::AtMost(KEYFRAME_RATIO_MAX, None)),
    ]
}

/// A measure of the ticks in which the room was saved, by that of the others, while everybody was there. NaN where it
/// never was: no ticks take no time, which would reach every goal.
fn saved_by_others(ticks: &TickLog, measure: impl Fn(&TickLog) -> f64) -> f64 {
    let full = ticks.0.iter().map(|tick| tick.clients).max().unwrap_or_default();
    let of = |is_saved| ticks.only(|tick| tick.clients == full && tick.is_saved == is_saved);
    let (saved, others) = (of(true), of(false));
    if saved.0.is_empty() || others.0.is_empty() { f64::NAN } else { measure(&saved) / measure(&others) }
}

#[cfg(test)]
mod tests {
    use super::super::figure::Verdict;
    use super::*;
    use crate::tick_log::LoggedTick;

    #[test]
    fn ticks_in_which_a_room_is_saved_stand_beside_the_others_of_a_full_room() {
        let tick = |(work_us, clients, is_saved)| LoggedTick { due: 0.0, late_us: 0.0, work_us, clients, is_saved };
        let log = TickLog([(90.0, 1, true), (10.0, 2, false), (30.0, 2, true), (10.0, 2, false)].map(tick).to_vec());
        let ratio = saved_by_others(&log, |ticks| ticks.work_ms(0.5));
        assert!((2.9..3.1).contains(&ratio), "{ratio}");
    }

    #[test]
    fn a_run_without_a_keyframe_reaches_no_goal() {
        let tick = |(clients, is_saved)| LoggedTick { due: 0.0, late_us: 0.0, work_us: 10.0, clients, is_saved };
        // The room was saved before everybody was there.
        let log = TickLog([(1, true), (2, false), (2, false)].map(tick).to_vec());
        let ratio = saved_by_others(&log, |ticks| ticks.work_ms(0.5));
        let figure = Figure::new("", "", &[ratio; 3], "").to_be(Goal::AtMost(KEYFRAME_RATIO_MAX, None));
        assert_eq!((figure.shown().as_str(), figure.verdict), ("not measured", Verdict::Miss));
    }
}
