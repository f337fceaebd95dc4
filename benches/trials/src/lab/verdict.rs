//! [`TrialFigure`]: a row of what a trial says: measured, beside its goal; and the [`Goals`].

use std::fmt;

/// A measured figure.
#[derive(Clone, Debug)]
pub struct TrialFigure {
    /// The figure in a few words.
    pub name: &'static str,
    /// Measured, with its unit.
    pub measured: String,
    /// Goal and whether it is reached; `None` where the figure is only told.
    pub goal: Option<(String, bool)>,
}

/// Goals of a scenario. Without one, the figure is told and not judged.
#[derive(Clone, Copy, Debug, Default)]
pub struct Goals {
    /// Inputs missing, in percent.
    pub missing_percent: Option<f64>,
    /// Age of the newest state at the 99th percentile, by the bare streams'.
    pub age_ratio: Option<f64>,
    /// Updates held back, in percent.
    pub held_back_percent: Option<f64>,
    /// Messages up, for each tick.
    pub messages_per_tick: Option<f64>,
    /// Echo at the median beyond the bare streams', in milliseconds.
    pub echo_beyond_ms: Option<f64>,
    /// Seconds until the last is back.
    pub back_seconds: Option<f64>,
}

impl TrialFigure {
    /// A figure that is only told.
    #[must_use]
    pub fn told(name: &'static str, measured: impl Into<String>) -> Self {
        Self { name, measured: measured.into(), goal: None }
    }

    /// A figure that is to be `most` at most.
    #[must_use]
    pub fn at_most(name: &'static str, measured: f64, most: f64, unit: &str) -> Self {
        let digits = if most < 10.0 { 2 } else { 1 };
        let show = |value: f64| format!("{value:.digits$}{unit}");
        Self { name, measured: show(measured), goal: Some((format!("<= {}", show(most)), measured <= most)) }
    }

    /// A count that is to be exactly `wanted`.
    #[must_use]
    pub fn exactly(name: &'static str, measured: u64, wanted: u64) -> Self {
        Self { name, measured: measured.to_string(), goal: Some((wanted.to_string(), measured == wanted)) }
    }

    /// The same figure, not judged unless `is_judged`.
    #[must_use]
    pub fn judged(self, is_judged: bool) -> Self {
        Self { goal: self.goal.filter(|_| is_judged), ..self }
    }

    /// Whether it is as it should be.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.goal.as_ref().is_none_or(|(_, holds)| *holds)
    }
}

impl fmt::Display for TrialFigure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  {:<48} {:>28}", self.name, self.measured)?;
        match &self.goal {
            None => Ok(()),
            Some((goal, holds)) => write!(f, "  {goal:>12}  {}", if *holds { "pass" } else { "FAIL" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_judged_by_its_goal_and_only_told_without_one() {
        assert!(TrialFigure::at_most("a", 0.5, 0.5, " %").holds());
        assert!(!TrialFigure::at_most("a", 0.51, 0.5, " %").holds());
        assert!(TrialFigure::at_most("a", 0.51, 0.5, " %").judged(false).holds());
        assert!(!TrialFigure::exactly("a", 19, 20).holds());
        assert!(TrialFigure::told("a", "7 ms").holds());
        assert!(TrialFigure::exactly("same ship", 19, 20).to_string().ends_with("FAIL"));
    }
}
