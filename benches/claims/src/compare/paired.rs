//! Pairs of runs, one right after the other, so that a drift of the machine is in both.

use super::runs::Run;
use super::{Findings, Scale, note};

/// Runs so many pairs, and notes what `say` makes of each. One in which the clients did not get their updates in time
/// says nothing of either, and is left out.
///
/// # Errors
/// A sentence where a run fails, or no pair is left.
pub(super) fn paired(
    count: u32,
    scale: &Scale,
    findings: &mut Findings,
    mut run: impl FnMut(u32) -> Result<(Run, Run), String>,
    say: impl Fn(&Run, &Run) -> String,
) -> Result<Vec<(Run, Run)>, String> {
    let mut pairs = Vec::new();
    for number in 1..=count {
        let (one, other) = run(number)?;
        findings.check(&one);
        findings.check(&other);
        let ratio = one.cpu_us() / other.cpu_us();
        note(&format!("pair {number} of {count}: {}: {ratio:.3}", say(&one, &other)));
        if scale.is_quick || (one.is_servers() && other.is_servers()) {
            pairs.push((one, other));
        } else {
            let [one, other] = [one, other].map(|run| run.report.figures.updates_per_second);
            let why = format!(
                "Pair {number} is left out: {one:.1} updates a second came in its first run, {other:.1} in the other."
            );
            findings.remarks.push(why);
        }
    }
    if pairs.is_empty() { Err("the machine was too busy for a single pair of runs".to_string()) } else { Ok(pairs) }
}
