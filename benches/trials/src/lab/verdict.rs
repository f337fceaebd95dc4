//! [`Figure`]: a row of what a trial says: measured, beside its goal.

use std::fmt;

/// A measured figure.
#[derive(Clone, Debug)]
pub struct Figure {
    /// The figure in a few words.
    pub name: &'static str,
    /// Measured, with its unit.
    pub measured: String,
    /// Goal and whether it is reached; `None` where the figure is only told.
    pub goal: Option<(String, bool)>,
}

impl Figure {
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

impl fmt::Display for Figure {
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
        assert!(Figure::at_most("a", 0.5, 0.5, " %").holds());
        assert!(!Figure::at_most("a", 0.51, 0.5, " %").holds());
        assert!(Figure::at_most("a", 0.51, 0.5, " %").judged(false).holds());
        assert!(!Figure::exactly("a", 19, 20).holds());
        assert!(Figure::told("a", "7 ms").holds());
        assert!(Figure::exactly("same ship", 19, 20).to_string().ends_with("FAIL"));
    }
}
