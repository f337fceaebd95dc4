//! The section of a server that keeps what happens, over real sockets.

use serde_json::json;

use super::figure::{Figure, Goal};
use super::fit::median;
use super::runs::{Keeping, Plan, Run};
use super::{Findings, Scale};
use crate::tick_log::TickLog;

/// Ticks from one keyframe of a server to the next: ten seconds at 30 Hz.
const KEYFRAME_TICKS: usize = 300;

/// W1 with 1000 clients among 2000 bodies: with a log, with the last minute in memory alone, and with nothing kept.
pub(super) fn log(scale: &Scale) -> Result<Findings, String> {
    let plan = scale.plan(1000);
    let plan = Plan { entities: 2 * plan.clients, verify_share: 0.02, seconds: scale.pick(22, 1), ..plan };
    let (mut findings, mut rounds) = (Findings::default(), Vec::new());
    for number in 1..=scale.pairs {
        let mut runs = Vec::new();
        for kept in [Keeping::Log, Keeping::Nothing, Keeping::LastMinute] {
            let run = Plan { kept, ..plan }.run()?;
            findings.check(&run);
            runs.push(run);
        }
        let [logs, keeps_nothing, looks_back] = <[Run; 3]>::try_from(runs).map_err(|_| "a run is missing")?;
        super::note(&format!(
            "round {number} of {}: {:.2} us a client-tick with a log, {:.2} with a minute in memory, {:.2} with neither; ticks p99 {:.2}, {:.2} and {:.2} ms",
            scale.pairs,
            logs.cpu_us(),
            looks_back.cpu_us(),
            keeps_nothing.cpu_us(),
            logs.ticks.work_ms(0.99),
            looks_back.ticks.work_ms(0.99),
            keeps_nothing.ticks.work_ms(0.99)
        ));
        if scale.is_quick || [&logs, &keeps_nothing, &looks_back].iter().all(|run| run.is_servers()) {
            rounds.push((logs, keeps_nothing, looks_back));
        } else {
            findings.remarks.push(format!("Round {number} is left out: the clients did not get their updates in time."));
        }
    }
    if rounds.is_empty() {
        return Err("the machine was too busy for a single round of runs".into());
    }
    let ratios = |ratio: fn(&(Run, Run, Run)) -> f64| rounds.iter().map(ratio).collect::<Vec<_>>();
    findings.figures = vec![
        Figure::new(
            "processor time with a log, by that without",
            "×",
            &ratios(|(log, nothing, _)| log.cpu_us() / nothing.cpu_us()),
            "Processor time of the server's process for a client-tick, its threads that write among it. Median of rounds.",
        )
        .to_be(Goal::AtMost(1.05, None)),
        Figure::new(
            "processor time with a minute in memory, by that without",
            "×",
            &ratios(|(_, nothing, minute)| minute.cpu_us() / nothing.cpu_us()),
            "The same of a server that keeps its last minute, as one does unless told otherwise.",
        )
        .to_be(Goal::AtMost(1.05, None)),
        Figure::new(
            "ticks that one in a hundred exceeds with a log, by those without",
            "×",
            &ratios(|(log, nothing, _)| log.ticks.work_ms(0.99) / nothing.ticks.work_ms(0.99)),
            "From waking to the last write, which waits for the log.",
        )
        .to_be(Goal::AtMost(1.15, None)),
        Figure::new(
            "ticks with a keyframe, by the others",
            "×",
            &ratios(|(log, ..)| keyframes_by_others(&log.all_ticks)),
            format!("Ticks in which a world of {} bodies and {} players is saved, in the middle.", plan.entities, plan.clients),
        )
        .to_be(Goal::AtMost(1.2, None)),
    ];
    let reports = rounds
        .iter()
        .map(|(log, nothing, minute)| json!({ "log": log.report, "nothing": nothing.report, "minute": minute.report }));
    findings.data = json!({ "clients": plan.clients, "rounds": reports.collect::<Vec<_>>() });
    Ok(findings)
}

/// Ticks with a keyframe, in the middle, by the other ticks of the seconds around them. The first tick is number 1.
fn keyframes_by_others(ticks: &TickLog) -> f64 {
    let full = ticks.0.iter().map(|tick| tick.clients).max().unwrap_or_default();
    let (mut keyframes, mut others) = (Vec::new(), Vec::new());
    for (tick, number) in ticks.0.iter().zip(1_usize..).filter(|(tick, _)| tick.clients == full) {
        if number.is_multiple_of(KEYFRAME_TICKS) {
            keyframes.push(tick.work_us);
        } else {
            others.push(tick.work_us);
        }
    }
    median(keyframes) / median(others)
}
