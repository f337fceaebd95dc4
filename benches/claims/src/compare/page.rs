//! Output of a comparison: a table for the terminal, a page in Markdown, a JSON file, and the pictures.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::figure::{Figure, Verdict};
use super::fit::median;
use super::machine::Machine;
use super::{Outcome, Scale};

/// Notes written by hand about figures that miss their goals; the file stays where it is from run to run, and
/// the page ends with it.
const LEFT: &str = "left.md";

/// Waiting for a core longer than this, by the time that a server ran, is disturbance: on a machine that does
/// nothing else it is below a twentieth.
const WAITED_SHARE_MAX: f64 = 0.1;

/// The figures as lines of a terminal.
#[must_use]
pub fn table(outcomes: &[Outcome]) -> String {
    let mut table = String::new();
    for outcome in outcomes {
        let _ = writeln!(table, "{}", outcome.section.title());
        if let Err(sentence) = &outcome.result {
            let _ = writeln!(table, "  not measured: {sentence}");
        }
        for figure in outcome.figures() {
            let (goal, stretch) = figure.goal.map(super::figure::Goal::words).unwrap_or_default();
            let _ = writeln!(
                table,
                "  {:<62} {:>12} {:>18} {goal:>8} {stretch:>8}  {}",
                figure.name,
                figure.shown(),
                figure.shown_spread(),
                figure.verdict
            );
        }
    }
    table
}

/// Number of goals that were reached, and of those that were not.
#[must_use]
pub fn summary(outcomes: &[Outcome]) -> String {
    let figures = || outcomes.iter().flat_map(Outcome::figures).filter(|figure| figure.verdict != Verdict::None);
    let of = |verdict| figures().filter(|figure| figure.verdict == verdict).count();
    let missed: Vec<_> = figures().filter(|figure| figure.verdict == Verdict::Miss).map(|figure| figure.name).collect();
    let mut summary = format!(
        "{} of {} goals are met, {} of them with room to spare (the stretch).",
        figures().count() - missed.len(),
        figures().count(),
        of(Verdict::Stretch)
    );
    if !missed.is_empty() {
        let _ = write!(summary, " Missed: {}.", missed.join("; "));
    }
    let unmeasured: Vec<_> =
        outcomes.iter().filter(|outcome| outcome.result.is_err()).map(|outcome| outcome.section.title()).collect();
    if !unmeasured.is_empty() {
        let _ = write!(summary, " Not measured: {}.", unmeasured.join("; "));
    }
    summary
}

/// Share of its time for which the server waited for its core, in the run in the middle, if that is too long.
fn disturbance(outcomes: &[Outcome]) -> Option<String> {
    let findings = outcomes.iter().filter_map(|outcome| outcome.result.as_ref().ok());
    let waited = median(findings.flat_map(|findings| findings.waited.iter().copied()));
    (waited > WAITED_SHARE_MAX).then(|| {
        format!(
            "The machine was busy with other work: the server waited for its core for {:.0} % of the time that it \
             ran. Bytes and pairs hold all the same; durations of ticks, how late they begin and how many clients are \
             held say more of the other work than of the server.",
            waited * 100.0
        )
    })
}

/// The page. `left` is what was written by hand.
#[must_use]
pub fn markdown(machine: &Machine, scale: &Scale, outcomes: &[Outcome], left: Option<&str>) -> String {
    let mut page = format!(
        "# Figures\n\nWritten by `{}` on {}, at commit {}, on {} with {} cores under {}.\n\n",
        machine.command, machine.date, machine.commit, machine.processor, machine.cores, machine.kernel
    );
    if scale.is_quick {
        page += "**A quick run, to show that everything works: no figure of it means anything.**\n\n";
    }
    page += "The server has one core, its clients another; every run is in processes of its own. Where several runs \
             were made, the median stands there and, beside it, the least and the most. A processor time means \
             something only beside that of the floor in the same pair of runs: a program that reads each socket once \
             right before it writes it, and does nothing else. `benches/README.md` says how to measure one section \
             alone, and how not to be fooled.\n\n";
    if let Some(sentence) = disturbance(outcomes) {
        let _ = writeln!(page, "**{sentence}**\n");
    }
    let _ = writeln!(page, "{}\n", summary(outcomes));
    page += "| figure | measured | from, to | goal | stretch | |\n| --- | --- | --- | --- | --- | --- |\n";
    for figure in outcomes.iter().flat_map(Outcome::figures).filter(|figure| figure.goal.is_some()) {
        page += &row(figure);
    }
    page += "| allocations in a steady tick | 0 | | ≤ 0 | | held by `cargo test -p auspice --test allocations` |\n";
    for outcome in outcomes {
        page += &section(outcome);
    }
    if let Some(left) = left {
        let _ = write!(page, "\n{}\n", left.trim());
    }
    page
}

fn row(figure: &Figure) -> String {
    let (goal, stretch) = figure.goal.map(super::figure::Goal::words).unwrap_or_default();
    let verdict = match figure.verdict {
        Verdict::Miss => "**missed**".to_string(),
        verdict => verdict.to_string(),
    };
    format!("| {} | {} | {} | {goal} | {stretch} | {verdict} |\n", figure.name, figure.shown(), figure.shown_spread())
}

fn section(outcome: &Outcome) -> String {
    let mut text = format!("\n## {}\n\n", outcome.section.title());
    let findings = match &outcome.result {
        Ok(findings) => findings,
        Err(sentence) => {
            let _ = writeln!(text, "Not measured: {sentence}.");
            return text;
        }
    };
    for figure in &findings.figures {
        let spread = figure.spread.map_or_else(String::new, |_| format!(" ({})", figure.shown_spread()));
        let missed = if figure.verdict == Verdict::Miss { " Missed its goal." } else { "" };
        let _ = writeln!(text, "- {}: **{}**{spread}. {}{missed}", figure.name, figure.shown(), figure.about);
    }
    for fault in &findings.faults {
        let _ = writeln!(text, "- **Wrong: {fault}.**");
    }
    if !findings.remarks.is_empty() {
        let _ = writeln!(text, "\n{}", findings.remarks.join(" "));
    }
    for plot in &findings.plots {
        let _ = writeln!(text, "\n![{}]({})", plot.title(), plot.file());
    }
    text
}

/// All outcomes, for programs.
#[must_use]
pub fn document(machine: &Machine, scale: &Scale, outcomes: &[Outcome]) -> Value {
    let section = |outcome: &Outcome| match &outcome.result {
        Ok(findings) => json!({
            "section": outcome.section,
            "figures": findings.figures,
            "remarks": findings.remarks,
            "faults": findings.faults,
            "data": findings.data,
        }),
        Err(sentence) => json!({ "section": outcome.section, "error": sentence }),
    };
    let sections: Vec<_> = outcomes.iter().map(section).collect();
    json!({ "machine": machine, "is_quick": scale.is_quick, "sections": sections })
}

/// Whether `folder` can be written to, known before a quarter of an hour is spent.
///
/// # Errors
/// Why not: a plain sentence.
pub fn prepare(folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|error| format!("{} cannot be made: {error}", folder.display()))
}

/// Writes page, pictures and JSON into `folder`.
///
/// # Errors
/// What cannot be written: a plain sentence.
pub fn write(folder: &Path, machine: &Machine, scale: &Scale, outcomes: &[Outcome]) -> Result<(), String> {
    let put = |name: &str, text: String| {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|error| format!("{} cannot be written: {error}", path.display()))
    };
    for plot in outcomes.iter().filter_map(|outcome| outcome.result.as_ref().ok()).flat_map(|findings| &findings.plots)
    {
        put(plot.file(), plot.svg()?)?;
    }
    put("results.json", format!("{:#}\n", document(machine, scale, outcomes)))?;
    let left = fs::read_to_string(folder.join(LEFT)).ok();
    put("README.md", markdown(machine, scale, outcomes, left.as_deref()))
}

#[cfg(test)]
mod tests {
    use super::super::figure::Goal;
    use super::super::{Findings, Section};
    use super::*;

    fn machine() -> Machine {
        let word = |word: &str| word.to_string();
        Machine {
            date: word("2026-01-02T03:04:05Z"),
            commit: word("abc"),
            processor: word("a processor"),
            cores: 2,
            kernel: word("linux 6"),
            command: word("cargo compare"),
        }
    }

    fn outcomes() -> Vec<Outcome> {
        let figures = vec![
            Figure::new("payload", "B", &[4.5, 4.25, 4.75], "What a client receives.")
                .to_be(Goal::AtMost(5.0, Some(4.0))),
            Figure::new("time", "×", &[1.5], "Beside the floor.").to_be(Goal::AtMost(1.25, None)),
            Figure::new("tick", "ms", &[3.0], "How long it takes."),
        ];
        let findings = Findings { figures, remarks: vec!["All were compared.".to_string()], ..Findings::default() };
        vec![
            Outcome { section: Section::Floor, result: Ok(findings) },
            Outcome { section: Section::Storm, result: Err("the server does not listen".to_string()) },
        ]
    }

    #[test]
    fn the_page_says_what_was_measured_where_and_what_was_missed() {
        let page = markdown(
            &machine(),
            &Scale { is_quick: false, pairs: 5 },
            &outcomes(),
            Some("## What is left\n\nThe kernel.\n"),
        );
        for line in [
            "Written by `cargo compare` on 2026-01-02T03:04:05Z, at commit abc, on a processor with 2 cores under \
             linux 6.",
            "1 of 2 goals are met, 0 of them with room to spare (the stretch). Missed: time. Not measured: A storm of \
             joins.",
            "| payload | 4.50 B | 4.25 to 4.75 | ≤ 5 | ≤ 4 | pass |",
            "| time | 1.50× |  | ≤ 1.25 |  | **missed** |",
            "- payload: **4.50 B** (4.25 to 4.75). What a client receives.",
            "- time: **1.50×**. Beside the floor. Missed its goal.",
            "- tick: **3 ms**. How long it takes.",
            "All were compared.",
            "Not measured: the server does not listen.",
            "## What is left",
        ] {
            assert!(page.lines().any(|found| found == line), "{line}\nis missing from\n{page}");
        }
        assert!(!page.contains("| tick |"), "what has no goal is not in the table");
    }

    #[test]
    fn a_machine_that_had_other_work_is_told() {
        let mut outcomes = outcomes();
        let page = |outcomes: &[Outcome]| markdown(&machine(), &Scale { is_quick: false, pairs: 5 }, outcomes, None);
        assert!(!page(&outcomes).contains("busy"));
        if let Ok(findings) = &mut outcomes[0].result {
            findings.waited = vec![0.02, 0.5, 0.7];
        }
        assert!(page(&outcomes).contains("for 50 % of the time that it ran"));
    }

    #[test]
    fn one_failed_section_loses_nothing_of_the_others() {
        let document = document(&machine(), &Scale { is_quick: true, pairs: 1 }, &outcomes());
        assert_eq!(document["sections"][0]["figures"][0]["value"], 4.5);
        assert_eq!(document["sections"][0]["figures"][1]["verdict"], "miss");
        assert_eq!(document["sections"][1]["error"], "the server does not listen");
        assert_eq!(outcomes()[1].faults(), ["the server does not listen"]);
        let table = table(&outcomes());
        assert!(table.contains("MISS") && table.contains("not measured: the server does not listen"), "{table}");
    }
}
