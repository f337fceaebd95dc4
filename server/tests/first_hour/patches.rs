//! The changes of a document: blocks of `diff`, in which each `@@ FILE @@` begins one.

use std::fs;
use std::path::Path;

/// Lines of a file that stand there once, and what stands there afterwards.
pub(crate) struct Hunk {
    file: String,
    before: String,
    after: String,
}

/// The changes below each heading that has any.
pub(crate) fn steps(document: &str) -> Vec<(String, Vec<Hunk>)> {
    let mut steps: Vec<(String, Vec<Hunk>)> = Vec::new();
    let mut is_within = false;
    for line in document.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            steps.push((title.to_owned(), Vec::new()));
        } else if line.starts_with("```") {
            is_within = line == "```diff";
        } else if is_within {
            take(&mut steps.last_mut().expect("a change stands below a heading").1, line);
        }
    }
    steps.retain(|(_, hunks)| !hunks.is_empty());
    steps
}

fn take(hunks: &mut Vec<Hunk>, line: &str) {
    if let Some(file) = line.strip_prefix("@@ ").and_then(|line| line.strip_suffix(" @@")) {
        hunks.push(Hunk { file: file.to_owned(), before: String::new(), after: String::new() });
        return;
    }
    let hunk = hunks.last_mut().expect("a change says of which file it is");
    let (sign, text) = line.split_at_checked(1).unwrap_or((" ", ""));
    let text = format!("{text}\n");
    match sign {
        "-" => hunk.before += &text,
        "+" => hunk.after += &text,
        " " => {
            hunk.before += &text;
            hunk.after += &text;
        }
        _ => panic!("{line:?} neither stays, nor goes, nor comes"),
    }
}

/// Makes a change in a workspace.
pub(crate) fn apply(workspace: &Path, hunk: &Hunk) {
    let path = workspace.join(&hunk.file);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", hunk.file));
    let times = format!("\n{text}").matches(&format!("\n{}", hunk.before)).count();
    assert_eq!(times, 1, "{} has these lines {times} times:\n{}", hunk.file, hunk.before);
    fs::write(&path, text.replacen(&hunk.before, &hunk.after, 1)).expect("it can be written");
}
