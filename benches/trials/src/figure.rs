//! [`TrialFigure`]: a row of what a trial says: measured, beside its goal.

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

    /// A figure that is to be `least` at least.
    #[must_use]
    pub fn at_least(name: &'static str, measured: f64, least: f64, unit: &str) -> Self {
        let show = |value: f64| format!("{value:.0}{unit}");
        Self { name, measured: show(measured), goal: Some((format!(">= {}", show(least)), measured >= least)) }
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

    /// The same figure with more to tell of it than what is judged.
    #[must_use]
    pub fn with(self, more: &str) -> Self {
        Self { measured: format!("{}{more}", self.measured), ..self }
    }

    /// The sentence that says how it misses its goal; `None` where it does not.
    #[must_use]
    pub fn miss(&self) -> Option<String> {
        let (goal, holds) = self.goal.as_ref()?;
        (!holds).then(|| format!("{}: {}, and the goal is {goal}", self.name, self.measured))
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
        assert!(TrialFigure::at_least("speed", 50.0, 50.0, "").holds());
        assert!(
            !TrialFigure::at_least("speed", f64::NAN, 50.0, "").holds()
                && !TrialFigure::at_most("a", f64::NAN, 1.0, "").holds()
        );
    }

    #[test]
    fn a_miss_is_a_sentence_with_figure_and_goal() {
        let slow = TrialFigure::at_most("listening", 0.6, 0.5, " s").with(", 0.90 s at most");
        assert_eq!(slow.miss().as_deref(), Some("listening: 0.60 s, 0.90 s at most, and the goal is <= 0.50 s"));
        assert_eq!((slow.judged(false).miss(), TrialFigure::told("a", "7 ms").miss()), (None, None));
    }
}
