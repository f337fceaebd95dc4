//! [`Scale`], which a section of the comparison is told, and [`Findings`], which it hands back.

use super::figure::Figure;
use super::plot::Plot;
use super::runs::{Keeping, Plan, Run};
use crate::role::World;

/// Scale of a comparison: how large and how long everything is.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// The sizes of the goals, or sizes at which nothing but mistakes can be seen.
    pub is_quick: bool,
    /// Pairs of runs of the comparison with the floor; the other sections have fewer.
    pub pairs: u32,
}

impl Scale {
    /// `full` of a run that counts, `quick` of one that is only to show that everything works.
    #[must_use]
    pub const fn pick(&self, full: u32, quick: u32) -> u32 {
        if self.is_quick { quick } else { full }
    }

    /// `full` pairs at most.
    #[must_use]
    pub fn pairs(&self, full: u32) -> u32 {
        self.pairs.min(full)
    }

    /// W1 with so many clients, each on a body of its own, at the workload's density.
    #[must_use]
    pub fn plan(&self, clients: u32) -> Plan {
        let clients = self.pick(clients, clients / 20);
        Plan {
            world: World::W1,
            clients,
            entities: clients,
            side: None,
            is_secure: false,
            hz: 30,
            patience: 0,
            ramp: 500,
            verify_share: 0.05,
            warmup: self.pick(5, 0),
            seconds: self.pick(10, 1),
            kept: Keeping::Nothing,
            rooms: None,
            is_compared: true,
            cable: None,
        }
    }
}

/// Findings of a section.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// Figures for the table.
    pub figures: Vec<Figure>,
    /// Remarks that should be known beside them, in sentences.
    pub remarks: Vec<String>,
    /// Faults that are no matter of time or bytes, in sentences: these fail the comparison.
    pub faults: Vec<String>,
    /// Shares of time for which servers waited for a core that another program had.
    pub waited: Vec<f64>,
    /// Pictures.
    pub plots: Vec<Plot>,
    /// Other measurements, for the JSON file.
    pub data: serde_json::Value,
}

impl Findings {
    /// Findings of a section for which this machine lacks something: no figures, and no fault of anybody.
    #[must_use]
    pub fn none_here(why: &str) -> Self {
        note(&format!("not measured here: {why}"));
        Self { remarks: vec![format!("Not measured on this machine: {why}.")], ..Self::default() }
    }

    /// Keeps what `run` found to be wrong, and whether it had the machine for itself.
    pub fn check(&mut self, run: &Run) {
        self.faults.extend(run.report.verdict.faults.iter().cloned());
        self.waited.extend(run.report.figures.server_waited_share);
    }
}

/// A line about how it goes.
pub fn note(line: &str) {
    auspice_output::complain!("  {line}");
}
