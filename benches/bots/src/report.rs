//! [`Report`]: what comes of a run: its figures and the verdict on them, shown and written.

use std::path::Path;
use std::process::ExitCode;

use auspice_output::{self as output, complain};
use serde::{Deserialize, Serialize};

use crate::figures::{Figures, Measured};
use crate::plan::{Plan, SwarmError};
use crate::tally::Tally;
use crate::verdict::Verdict;

/// See the module. The JSON file has the names of both, side by side; as text it is a table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Whether the run passed.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Measurements of a run.
    #[serde(flatten)]
    pub figures: Figures,
    /// Whether the table shows where the bytes went.
    #[serde(skip)]
    pub(crate) shows_breakdown: bool,
}

impl Report {
    /// Works out the figures and judges them.
    #[must_use]
    pub fn new(plan: &Plan, measured: &Measured, tally: &Tally) -> Self {
        let figures = Figures::new(plan, measured, tally);
        let verdict = Verdict::on(&figures, tally.refused.as_deref());
        Self { verdict, figures, shows_breakdown: plan.args.breakdown }
    }

    /// Writes it as JSON to `path`.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write_json(&self, path: &Path) -> Result<(), SwarmError> {
        let text = serde_json::to_string_pretty(self).map_err(|error| SwarmError(error.to_string()))?;
        std::fs::write(path, text + "\n")
            .map_err(|error| SwarmError(format!("{} cannot be written: {error}", path.display())))
    }
}

/// Prints a report, writes it where it was asked for, and says how the process should end.
#[must_use]
pub fn conclude(report: Result<Report, SwarmError>, json: Option<&Path>) -> ExitCode {
    let report = match report {
        Ok(report) => report,
        Err(error) => {
            complain!("{error}");
            return ExitCode::FAILURE;
        }
    };
    output::show(&report.to_string());
    if let Some(Err(error)) = json.map(|path| report.write_json(path)) {
        complain!("{error}");
        return ExitCode::FAILURE;
    }
    output::conclude(if report.verdict.is_pass() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::plan::SwarmArgs;
    use crate::process::CpuSeconds;

    /// The report of ten bots over ten seconds, after `harm` was done to what they counted.
    fn report(harm: impl FnOnce(&mut Tally)) -> Report {
        let args = SwarmArgs { clients: 10, seconds: 10, verify_share: 0.1, ..SwarmArgs::default() };
        let plan = Plan { args, warmup_seconds: 0, floor_hz: None };
        let measured = Measured {
            began: SystemTime::now(),
            seconds: 10.0,
            verifying: 1,
            server_cpu: Some(CpuSeconds { total: 0.03, ..CpuSeconds::default() }),
            server_resident_kib: None,
            server_own_kib: None,
            bots_cpu: None,
            server: None,
        };
        let mut tally = Tally { joined: 10, tick_hz: 30, updates: 3000, client_ticks: 3000, ..Tally::default() };
        (tally.payload_bytes_in, tally.wire_bytes_in) = (15_000, 177_000);
        tally.ticks_at_start = Some(auspice::message::TickReport { ticks: 100, ..Default::default() });
        tally.ticks_at_end = Some(auspice::message::TickReport { ticks: 400, ..Default::default() });
        harm(&mut tally);
        Report::new(&plan, &measured, &tally)
    }

    #[track_caller]
    fn fails(harm: impl FnOnce(&mut Tally), sentence: &str) {
        let report = report(harm);
        assert_eq!(
            (report.verdict.verdict.as_str(), report.verdict.failures.as_slice()),
            ("FAIL", [sentence.to_string()].as_slice())
        );
    }

    #[test]
    fn a_faultless_run_passes_and_its_figures_are_by_client() {
        let report = report(|_| {});
        assert!(report.verdict.is_pass(), "{report}");
        assert!(report.to_string().ends_with("PASS\n"));
        let figures = &report.figures;
        assert_eq!(figures.updates_per_second, 30.0);
        assert_eq!((figures.payload_bytes_per_client_tick, figures.wire_bytes_per_client_tick), (5.0, 59.0));
        assert_eq!(
            (figures.payload_bytes_per_client_second, figures.server_cpu_us_per_client_tick),
            (150.0, Some(10.0))
        );
    }

    #[test]
    fn each_fault_alone_fails_and_is_told() {
        fails(|tally| tally.joined = 9, "1 of 10 bots were not let in");
        fails(|tally| tally.divergences = 1, "1 views differed from what the server stated");
        fails(
            |tally| (tally.finding.violations, tally.finding.missing) = (1, 1),
            "2 entities were not what they should be",
        );
        fails(|tally| tally.disconnects = 1, "1 connections ended too early");
        fails(|tally| tally.comebacks.away = 2, "2 bots did not come back");
        fails(|tally| tally.comebacks.count(auspice::Micros(5), false, true), "1 bots came back as somebody else");
        fails(
            |tally| tally.comebacks.count(auspice::Micros::from_millis(10_500), true, false),
            "the slowest bot was back after 10.5 s",
        );
        fails(|tally| tally.updates = 2800, "28.0 updates a second came, of 30.0");
        fails(|tally| tally.ticks_at_end.as_mut().unwrap().overruns = 4, "4 of 300 ticks of the server overran");
        fails(|tally| tally.inputs_at_end.missing = 16, "16 of 300 inputs were missing at their tick");
    }

    #[test]
    fn differing_rows_are_shown() {
        let report = report(|tally| {
            tally.divergences = 1;
            tally.keep_differing(["bot3: tick 7: 12v0 x held 4, stated 5".to_string()]);
        });
        assert!(report.to_string().contains("\n  bot3: tick 7: 12v0 x held 4, stated 5\n"), "{report}");
    }
}
