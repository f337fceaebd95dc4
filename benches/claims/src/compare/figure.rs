//! [`Figure`]: one thing that was measured, what it should be, and whether it is.

use std::fmt;

use serde::Serialize;

use super::fit::{median, spread};

/// A goal for a figure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// No more than this; better still, no more than the second.
    AtMost(f64, Option<f64>),
    /// No less than this; better still, no less than the second.
    AtLeast(f64, Option<f64>),
}

impl Goal {
    /// Judges `value` by the goal.
    #[must_use]
    pub fn judge(self, value: f64) -> Verdict {
        let (passes, stretches) = match self {
            Self::AtMost(goal, stretch) => (value <= goal, stretch.is_some_and(|stretch| value <= stretch)),
            Self::AtLeast(goal, stretch) => (value >= goal, stretch.is_some_and(|stretch| value >= stretch)),
        };
        match (passes, stretches) {
            (true, true) => Verdict::Stretch,
            (true, false) => Verdict::Pass,
            (false, _) => Verdict::Miss,
        }
    }

    /// The goal and the stretch, as they are printed.
    #[must_use]
    pub fn words(self) -> (String, String) {
        let (sign, goal, stretch) = match self {
            Self::AtMost(goal, stretch) => ("≤", goal, stretch),
            Self::AtLeast(goal, stretch) => ("≥", goal, stretch),
        };
        (format!("{sign} {goal}"), stretch.map_or_else(String::new, |stretch| format!("{sign} {stretch}")))
    }
}

/// Verdict on a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// There is no goal, or the run was too short to judge.
    None,
    /// Better than hoped for.
    Stretch,
    /// Reaches its goal.
    Pass,
    /// Not as it should be.
    Miss,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "",
            Self::Stretch => "stretch",
            Self::Pass => "pass",
            Self::Miss => "MISS",
        })
    }
}

/// See the module.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// The figure's name.
    pub name: &'static str,
    /// The median, where there were several runs.
    pub value: f64,
    /// The least and the most.
    pub spread: Option<[f64; 2]>,
    /// Unit of all three.
    pub unit: &'static str,
    /// The goal, if there is one.
    pub goal: Option<Goal>,
    /// Whether it is.
    pub verdict: Verdict,
    /// The figure's meaning, in a sentence.
    pub about: String,
}

impl Figure {
    /// The figure of one or more runs. Of none it is not a number, which reaches no goal.
    #[must_use]
    pub fn new(name: &'static str, unit: &'static str, runs: &[f64], about: impl Into<String>) -> Self {
        let value = if runs.is_empty() { f64::NAN } else { median(runs.iter().copied()) };
        Self { name, value, spread: spread(runs), unit, goal: None, verdict: Verdict::None, about: about.into() }
    }

    /// Sets the goal by which the figure is judged.
    #[must_use]
    pub fn to_be(self, goal: Goal) -> Self {
        Self { goal: Some(goal), verdict: goal.judge(self.value), ..self }
    }

    /// The value with its unit.
    #[must_use]
    pub fn shown(&self) -> String {
        with_unit(&digits(self.value), self.unit)
    }

    /// The least and the most, without the unit.
    #[must_use]
    pub fn shown_spread(&self) -> String {
        self.spread.map_or_else(String::new, |[least, most]| format!("{} to {}", digits(least), digits(most)))
    }
}

fn with_unit(value: &str, unit: &str) -> String {
    match unit {
        _ if unit.is_empty() || value.starts_with("not") => value.to_string(),
        "×" => format!("{value}×"),
        _ => format!("{value} {unit}"),
    }
}

/// Three digits that mean something; whole numbers whole.
#[must_use]
pub fn digits(value: f64) -> String {
    if !value.is_finite() {
        return "not measured".to_string();
    }
    let decimals = match value.abs() {
        size if size >= 100.0 || value.fract() == 0.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_know_both_directions() {
        let low = Goal::AtMost(5.0, Some(4.0));
        assert_eq!([5.1, 5.0, 4.0].map(|value| low.judge(value)), [Verdict::Miss, Verdict::Pass, Verdict::Stretch]);
        let high = Goal::AtLeast(0.8, Some(0.9));
        assert_eq!([0.79, 0.8, 0.95].map(|value| high.judge(value)), [Verdict::Miss, Verdict::Pass, Verdict::Stretch]);
        assert_eq!(Goal::AtMost(1.0, None).judge(0.0), Verdict::Pass);
        assert_eq!(high.words(), ("≥ 0.8".to_string(), "≥ 0.9".to_string()));
    }

    #[test]
    fn the_median_is_judged_and_the_spread_is_shown() {
        let figure = Figure::new("", "×", &[1.4, 1.1, 1.2], "").to_be(Goal::AtMost(1.25, None));
        assert_eq!(
            (figure.verdict, figure.shown(), figure.shown_spread()),
            (Verdict::Pass, "1.20×".into(), "1.10 to 1.40".into())
        );
    }

    #[test]
    fn numbers_have_the_digits_that_mean_something() {
        assert_eq!([0.01234, 1.234, 12.34, 1234.4, 30.0].map(digits), ["0.012", "1.23", "12.3", "1234", "30"]);
        for runs in [&[f64::NAN][..], &[]] {
            let figure = Figure::new("", "B", runs, "").to_be(Goal::AtMost(1.0, None));
            assert_eq!((figure.shown(), figure.verdict), ("not measured".to_string(), Verdict::Miss));
        }
    }
}
