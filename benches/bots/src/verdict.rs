//! [`Verdict`]: whether a run passed, and if not, why.

use serde::{Deserialize, Serialize};

use crate::figures::Figures;

/// Conditions that a run must meet to pass.
pub mod pass {
    /// Updates a second, as a share of what the terms promise.
    pub const UPDATE_SHARE_MIN: f64 = 0.95;
    /// Ticks of the server in the window that began too late, as a share of all.
    pub const OVERRUN_SHARE_MAX: f64 = 0.01;
    /// Ticks for which a verifying bot's input was missing, as a share of all.
    pub const MISSING_SHARE_MAX: f64 = 0.05;
    /// Greatest time from the loss of a connection to playing again: a storm of a thousand is absorbed in ten
    /// seconds.
    pub const RETURN_MS_MAX: f64 = 10_000.0;
}

/// See the module. The keys of the JSON file are the names, beside those of the figures.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Verdict {
    /// `"PASS"` or `"FAIL"`.
    pub verdict: String,
    /// Why not, in sentences.
    pub failures: Vec<String>,
    /// Failures that are not a matter of time: on whatever machine, they are mistakes.
    pub faults: Vec<String>,
}

impl Verdict {
    /// The one place that says what passes. `refused` is why somebody was not let in, where one said.
    #[must_use]
    pub fn on(figures: &Figures, refused: Option<&str>) -> Self {
        let missing = figures.clients as usize - figures.joined.min(figures.clients as usize);
        let why = refused.map_or_else(String::new, |reason| format!(" ({reason})"));
        let faults = unmet([
            (missing == 0, format!("{missing} of {} bots were not let in{why}", figures.clients)),
            (figures.divergences == 0, format!("{} views differed from what the server stated", figures.divergences)),
            (
                figures.tolerance_violations == 0,
                format!("{} entities were not what they should be", figures.tolerance_violations),
            ),
            (figures.disconnects == 0, format!("{} connections ended too early", figures.disconnects)),
            (figures.still_away == 0, format!("{} bots did not come back", figures.still_away)),
            (figures.strangers == 0, format!("{} bots came back as somebody else", figures.strangers)),
        ]);
        let nominal = figures.updates_promised();
        let input_ticks = figures.server_ticks as f64 * figures.verifying as f64;
        let delays = unmet([
            (
                figures.updates_per_second >= nominal * pass::UPDATE_SHARE_MIN,
                format!("{:.1} updates a second came, of {nominal:.1}", figures.updates_per_second),
            ),
            (
                figures.server_overruns as f64 <= figures.server_ticks as f64 * pass::OVERRUN_SHARE_MAX,
                format!("{} of {} ticks of the server overran", figures.server_overruns, figures.server_ticks),
            ),
            (
                figures.inputs_missing as f64 <= input_ticks * pass::MISSING_SHARE_MAX,
                format!("{} of {input_ticks:.0} inputs were missing at their tick", figures.inputs_missing),
            ),
            (
                figures.return_max_ms <= pass::RETURN_MS_MAX,
                format!("the slowest bot was back after {:.1} s", figures.return_max_ms / 1e3),
            ),
        ]);
        let failures = [faults.clone(), delays].concat();
        Self { verdict: if failures.is_empty() { "PASS" } else { "FAIL" }.to_string(), failures, faults }
    }

    /// Whether the run passed.
    #[must_use]
    pub fn is_pass(&self) -> bool {
        self.failures.is_empty()
    }
}

/// The sentences of those demands that do not hold.
fn unmet<const N: usize>(demands: [(bool, String); N]) -> Vec<String> {
    demands.into_iter().filter(|(holds, _)| !holds).map(|(_, sentence)| sentence).collect()
}
