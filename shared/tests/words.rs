//! Rules of the repository's words: how comments open, what types are called, how wide lines are.
//!
//! Each `*_MAX` here is a ratchet: it may only fall. Whoever brings it down writes down the new one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::tidy::{all_sources, constant, documents, packages, root, sources};

/// Share of a package's doc comments that may open with one of [`OPENERS`], in per mille, and packages of which
/// more may. Most have none today.
const OPENING_PER_MILLE_MAX: usize = 3;
const OPENING_PER_MILLE_MAX_OF: [(&str, usize); 1] = [("benches/trials/src", 10)];

/// First words of a comment that keep its subject back, or have none.
const OPENERS: &str = "What How Who Whose It They Of By Until Since From Where When Which Everyone Everything Nothing \
                       Nobody One Those That As With Without For";

/// A run of lines that all begin with `///`, or all with `//!`, without these.
fn doc_comments(text: &str) -> Vec<String> {
    let mut comments: Vec<String> = Vec::new();
    let mut open = None;
    for line in text.lines() {
        let line = line.trim_start();
        let kind = ["///", "//!"].into_iter().find(|kind| line.starts_with(kind));
        let Some(kind) = kind else {
            open = None;
            continue;
        };
        if open.replace(kind) != Some(kind) {
            comments.push(String::new());
        }
        let comment = comments.last_mut().expect("one was begun");
        comment.push_str(line[kind.len()..].trim());
        comment.push('\n');
    }
    comments
}

/// A source without the tests at its end.
fn without_tests(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("the source should be readable");
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned()
}

/// The sources of a package, each with its path from the root and without its tests.
fn programs(package: &str) -> Vec<(String, String)> {
    let is_program = |path: &&PathBuf| !path.to_string_lossy().ends_with("_tests.rs");
    let name = |path: &Path| path.strip_prefix(root()).expect("it lies inside").to_string_lossy().into_owned();
    sources(&root().join(package)).iter().filter(is_program).map(|path| (name(path), without_tests(path))).collect()
}

#[test]
fn doc_comments_open_with_their_subject() {
    for package in folders("src") {
        let other = OPENING_PER_MILLE_MAX_OF.iter().find(|(other, _)| *other == package);
        let most = other.map_or(OPENING_PER_MILLE_MAX, |of| of.1);
        let (mut count, mut wrong) = (0, Vec::new());
        for (path, text) in programs(&package) {
            for comment in doc_comments(&text) {
                count += 1;
                let first: String = comment.chars().take_while(|c| c.is_ascii_alphabetic()).collect();
                if OPENERS.split_whitespace().any(|opener| opener == first) {
                    wrong.push(format!("{path}: {}", comment.lines().next().unwrap_or_default()));
                }
            }
        }
        let share = wrong.len() * 1000 / count.max(1);
        println!("{package}: {} of {count}, {share} per mille", wrong.len());
        assert!(
            share <= most,
            "{package} has {share} per mille of such openings, {most} at most:\n{}",
            wrong.join("\n")
        );
    }
}

#[test]
fn openings_are_told_apart() {
    let text = "//! Of a file.\n\n/// What it is.\n/// One more line.\nstruct A;\n    /// The subject.\n    b: u8,\n\
                // Of no account\n";
    assert_eq!(doc_comments(text), ["Of a file.\n", "What it is.\nOne more line.\n", "The subject.\n"]);
}

/// Names that may be those of types in more than one file.
const TYPE_NAMES_SHARED_MAX: usize = 45;

/// The folders called `name` of all packages, from the root.
fn folders(name: &str) -> Vec<String> {
    let folders = packages(&root()).into_iter().map(|package| package.join(name)).filter(|folder| folder.is_dir());
    folders.map(|folder| folder.strip_prefix(root()).expect("it lies inside").to_string_lossy().into_owned()).collect()
}

/// The name of the type that a line outside of any block defines.
fn type_name(line: &str) -> Option<&str> {
    let line = match line.strip_prefix("pub") {
        Some(rest) if rest.starts_with('(') => rest.split_once(") ")?.1,
        Some(rest) => rest.trim_start(),
        None => line,
    };
    let (kind, rest) = line.split_once(' ')?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    let is_type =
        ["struct", "enum", "trait", "type"].contains(&kind) && rest.starts_with(|c: char| c.is_ascii_uppercase());
    is_type.then_some(&rest[..end])
}

#[test]
fn a_type_name_means_one_thing() {
    let mut files: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in folders("src") {
        for (path, text) in programs(&package) {
            for name in text.lines().filter_map(type_name) {
                files.entry(name.into()).or_default().insert(path.clone());
            }
        }
    }
    let is_in = |files: &BTreeSet<String>, package: &str| files.iter().any(|file| file.starts_with(package));
    let both = |files: &BTreeSet<String>| is_in(files, "shared/src/") && is_in(files, "server/src/");
    let twice: Vec<&str> = files.iter().filter(|(_, files)| both(files)).map(|(name, _)| name.as_str()).collect();
    assert!(twice.is_empty(), "names of types of the core and of the server: {twice:?}");

    // Games say the same of themselves: each has entities, events, commands and players of its own. The demo's count.
    let is_of_a_second_game = |file: &&String| file.starts_with("shared/board/") || file.starts_with("shared/cars/");
    let count = |files: &BTreeSet<String>| files.iter().filter(|file| !is_of_a_second_game(file)).count();
    let shared: Vec<_> = files.iter().filter(|(_, files)| count(files) > 1).collect();
    let listed = shared.iter().map(|(name, files)| format!("{name}: {files:?}")).collect::<Vec<_>>().join("\n");
    assert!(shared.len() <= TYPE_NAMES_SHARED_MAX, "{} names are types of several files:\n{listed}", shared.len());
    assert!(files.len() > 400, "the types are read");
}

#[test]
fn names_of_bounds_end_in_their_qualifier() {
    let texts: Vec<_> = folders("src").iter().flat_map(|package| programs(package)).map(|(_, text)| text).collect();
    let names: Vec<_> = texts
        .iter()
        .flat_map(|text| text.lines())
        .filter_map(constant)
        .filter(|name| name.starts_with("MAX_"))
        .collect();
    assert!(names.is_empty(), "constants that begin with MAX_: {names:?}");
}

/// Columns of a line of Markdown and of a source.
const COLUMNS_MAX: usize = 120;

#[test]
fn documents_are_wrapped_so_that_a_change_can_be_read() {
    let mut wide = Vec::new();
    for path in documents(&root()) {
        let text = fs::read_to_string(&path).expect("the document should be readable");
        let mut is_code = false;
        for (number, line) in text.lines().enumerate() {
            is_code ^= line.trim_start().starts_with("```");
            if !is_code && !line.starts_with('|') && line.chars().count() > COLUMNS_MAX {
                wide.push(format!("{}:{}", path.strip_prefix(root()).expect("it lies inside").display(), number + 1));
            }
        }
    }
    assert!(wide.is_empty(), "lines of Markdown over {COLUMNS_MAX} columns: {wide:#?}");
}

/// Comments and code, strings among it: tables and examples in comments may be wider.
#[test]
fn sources_are_wrapped_so_that_a_change_can_be_read() {
    let mut wide = Vec::new();
    for (path, text) in all_sources() {
        let mut is_example = false;
        for (number, line) in text.lines().enumerate() {
            let comment = line.trim_start().strip_prefix("//").map(|rest| rest.trim_start_matches(['/', '!', ' ']));
            is_example = comment.is_some_and(|comment| is_example != comment.starts_with("```"));
            let may_be_wide = is_example || comment.is_some_and(|comment| comment.starts_with('|'));
            if !may_be_wide && line.chars().count() > COLUMNS_MAX {
                wide.push(format!("{path}:{}", number + 1));
            }
        }
    }
    assert!(wide.is_empty(), "lines over {COLUMNS_MAX} columns: {wide:#?}");
}

/// Words of our own that the glossary of `ARCHITECTURE.md` may have. A reader learns so many, and no more.
const GLOSSARY_WORDS_MAX: usize = 12;

#[test]
fn the_glossary_is_short_enough_to_learn() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("the document should be readable");
    let (_, rest) = text.split_once("\n## Glossary\n").expect("there is a glossary");
    let glossary = rest.split("\n## ").next().unwrap_or_default();
    let words = glossary.lines().filter(|line| line.starts_with("| **")).count();
    assert!((6..=GLOSSARY_WORDS_MAX).contains(&words), "the glossary has {words} words");
}
