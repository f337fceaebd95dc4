//! Rules of the repository, read off its files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::imports::{Import, imports_of_crate};

fn core() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The repository.
pub fn root() -> PathBuf {
    core().parent().expect("the core lies in the repository").into()
}

/// Every Rust source below a folder.
pub fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder should be readable") {
        let path = entry.expect("the entry should be readable").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The folders of all packages of the repository, those outside of the workspace too.
pub fn packages(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder should be readable") {
        let path = entry.expect("the entry should be readable").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name == "Cargo.toml" {
            found.push(folder.to_path_buf());
        } else if path.is_dir() && name != "target" && !name.starts_with('.') {
            found.extend(packages(&path));
        }
    }
    found
}

/// The layers of the core, lowest first. A module uses only what lies below its layer: those of one layer do
/// not know each other.
const LAYERS: &[&[&str]] = &[
    &["tick", "id", "rng", "slots", "limits"],
    &["bits"],
    &["state"],
    // Words the faults of all layers in one place, and names their small plain types; it uses nothing that acts.
    &["error"],
    &["game"],
    &["message"],
    &["link"],
    &["authority", "replica"],
    &["session"],
    &["sim"],
];

/// The layer of a module of the core, and its name; none for the root, which only passes names on.
fn layer(file: &Path) -> Option<(usize, String)> {
    let relative = file.strip_prefix(core().join("src")).expect("it lies inside").to_string_lossy().into_owned();
    let module = relative.split(['/', '.']).next().unwrap_or_default().to_string();
    let layer = LAYERS.iter().position(|layer| layer.contains(&module.as_str()));
    assert!(layer.is_some() || module == "lib", "{module} has no layer");
    Some((layer?, module))
}

#[test]
fn the_page_of_the_architecture_has_the_layers_that_are_held() {
    let between = |layer: &[&str]| layer.join(if layer == ["authority", "replica"] { " / " } else { " " });
    let line = LAYERS.iter().map(|layer| between(layer)).collect::<Vec<_>>().join(" | ");
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("the document should be readable");
    assert!(page.contains(&format!("\n{line}\n")), "the page should have this line: {line}");
}

#[test]
fn modules_of_the_core_use_only_what_lies_below() {
    let imports = imports_of_crate(&core().join("src/lib.rs"));
    assert!(imports.len() > 300, "the imports are read");
    for Import { from, to, name } in imports {
        let (Some((own, module)), Some((other, used))) = (layer(&from), layer(&to)) else { continue };
        assert!(other < own || used == module, "{} uses {name} of {used}, which does not lie below", from.display());
    }
}

/// The documents of the repository that people write: not the page of a comparison, which a program does.
pub fn documents(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder should be readable") {
        let path = entry.expect("the entry should be readable").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !name.starts_with('.') && !["target", "node_modules"].contains(&name.as_str()) {
            found.extend(documents(&path));
        } else if name.ends_with(".md") && !path.ends_with("benches/results/README.md") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Quoted words of the documents that look like paths, and are those of a player, of an operator or of another project.
const PATHS_ELSEWHERE: [&str; 3] = ["auspice/keys.toml", "FOLDER/CODE", "dist/"];

/// The change log tells of what was, too.
#[test]
fn every_path_in_the_documents_exists() {
    let root = root();
    for document in documents(&root).iter().filter(|document| !document.ends_with("CHANGELOG.md")) {
        let text = fs::read_to_string(document).expect("the document should be readable");
        for quoted in text.split('`').skip(1).step_by(2) {
            let looks_like_a_path = quoted.contains('/')
                && quoted.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c))
                && !quoted.starts_with('/')
                && !quoted.starts_with("target")
                && !PATHS_ELSEWHERE.contains(&quoted);
            let beside = document.with_file_name(quoted);
            // The first hour is spent in a new game, whose files lie there.
            let of_new_game = document.ends_with("FIRST_HOUR.md") && root.join("server/new").join(quoted).exists();
            if looks_like_a_path {
                let is_there = root.join(quoted).exists() || beside.exists() || of_new_game;
                assert!(is_there, "{} names {quoted}, which is not there", document.display());
            }
        }
    }
}

/// Lines of a source.
const LINES_MAX: usize = 500;

/// Every source of every package, with its path from the root.
pub fn all_sources() -> Vec<(String, String)> {
    let root = root();
    // The workspace's own folder is a package without sources, and has all others within it.
    let folders = packages(&root)
        .into_iter()
        .filter(|package| package.join("src").is_dir())
        .flat_map(|package| ["src", "tests", "examples", "benches"].map(|name| package.join(name)));
    let files = folders.filter(|folder| folder.is_dir()).flat_map(|folder| sources(&folder));
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("the source should be readable");
        (path.strip_prefix(&root).expect("it lies inside").to_string_lossy().into_owned(), text)
    };
    files.map(read).collect()
}

#[test]
fn a_source_is_no_longer_than_somebody_reads() {
    for (path, text) in all_sources() {
        let lines = text.lines().count();
        assert!(lines <= LINES_MAX, "{path} has {lines} lines, {LINES_MAX} at most");
    }
}

/// Lines of a function, and those that may have more: a ratchet, which whoever divides one of them turns.
const FUNCTION_LINES_MAX: usize = 70;
const FUNCTION_LINES_MAX_OF: [(&str, &str, usize); 1] = [
    // A list of all figures.
    ("benches/bots/src/figures.rs", "new", 79),
];

/// The name of the function that begins with a line.
fn function_name(line: &str) -> Option<&str> {
    let (before, rest) = line.split_once("fn ")?;
    let words = ["pub", "pub(crate)", "pub(super)", "const", "async", "unsafe"];
    let is_head = before.split_whitespace().all(|word| words.contains(&word));
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_')?;
    is_head.then_some(&rest[..end])
}

/// The functions of a source, each with its lines: the formatter closes each in the column in which it begins.
fn functions(text: &str) -> Vec<(&str, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (from, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line).filter(|_| !line.ends_with([';', '}'])) else { continue };
        let indent = &line[..line.len() - line.trim_start().len()];
        let (end, end_of_head) = (format!("{indent}}}"), format!("{indent})"));
        let is_end = |line: &&str| **line == end || line.starts_with(&end_of_head) && line.ends_with(';');
        found.extend(lines[from..].iter().position(is_end).map(|to| (name, to + 1)));
    }
    found
}

#[test]
fn a_function_fits_on_a_screen() {
    let mut count = 0;
    for (path, text) in all_sources() {
        for (name, lines) in functions(&text) {
            count += 1;
            let other = FUNCTION_LINES_MAX_OF.iter().find(|(file, longer, _)| *file == path && *longer == name);
            let most = other.map_or(FUNCTION_LINES_MAX, |of| of.2);
            assert!(lines <= most, "{name} of {path} has {lines} lines, {most} at most");
        }
    }
    assert!(count > 3000, "{count} functions are read");
}

#[test]
fn lines_of_functions_are_counted() {
    let text = [
        "impl A {",
        "    pub(crate) const fn one(",
        "        a: u8,",
        "    ) {",
        "        if a {",
        "        }",
        "    }",
        "",
        "    fn none(&self) -> u8;",
        "    fn without(",
        "        &self,",
        "    ) -> u8;",
        "",
        "    fn short() { 1 }",
        "}",
        "",
        "async fn two() {",
        "}",
    ];
    assert_eq!(functions(&text.join("\n")), [("one", 6), ("without", 3), ("two", 2)]);
}

/// Small numbers as a document says them.
const NUMBERS: [&str; 17] = [
    "none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen",
];

#[test]
fn the_readme_counts_what_a_game_has_to_write() {
    let source = fs::read_to_string(core().join("src/game/mod.rs")).expect("the source should be readable");
    let (_, rest) = source.split_once("\npub trait Game").expect("the trait is there");
    let body = rest.split("\n}\n").next().unwrap_or_default();
    let functions: Vec<&str> = body.lines().filter(|line| line.starts_with("    fn ")).collect();
    let optional = functions.iter().filter(|line| !line.ends_with(';')).count();
    let said =
        format!("one trait of {} functions, {} of which may be left out", NUMBERS[functions.len()], NUMBERS[optional]);
    let readme = fs::read_to_string(root().join("README.md")).expect("the document should be readable");
    let readme = readme.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(readme.contains(&said), "README should say: {said}");
}

/// Files that somebody opens who follows a walk of `WALKS.md`, in its order. A ratchet: whoever makes a walk shorter
/// writes down the new number.
const FILES_OF_WALKS_MAX: [usize; 4] = [22, 32, 35, 35];

#[test]
fn no_walk_through_the_files_becomes_longer() {
    let page = fs::read_to_string(root().join("WALKS.md")).expect("the page should be readable");
    let files = |walk: &str| walk.lines().filter(|line| line.starts_with("| `")).count();
    let walks: Vec<usize> = page.split("\n## ").skip(1).map(files).collect();
    assert_eq!(walks.len(), FILES_OF_WALKS_MAX.len(), "walks of so many files: {walks:?}");
    for (walk, most) in walks.iter().zip(&FILES_OF_WALKS_MAX) {
        assert!(walk <= most, "walks of so many files: {walks:?}, at most {FILES_OF_WALKS_MAX:?}");
    }
}

#[test]
fn only_their_own_packages_know_bevy_and_the_demo() {
    for package in packages(&root()) {
        let manifest = fs::read_to_string(package.join("Cargo.toml")).expect("a manifest is there");
        let package = package.strip_prefix(root()).expect("it lies inside");
        let may_know_bevy = package.starts_with("client-bevy") || package.starts_with("benches/peers");
        assert!(may_know_bevy || !manifest.contains("\nbevy"), "{} depends on Bevy", package.display());
        let benches = ["bots", "workloads", "claims", "motion", "w3", "trials"].map(|name| format!("\nauspice-{name}"));
        let names_benches = benches.iter().any(|line| manifest.contains(line));
        // The workspace's own manifest names every package.
        let may_know_benches = package.starts_with("benches") || package == Path::new("");
        assert!(may_know_benches || !names_benches, "{} depends on the benches", package.display());
    }
    for path in sources(&root().join("server/src")) {
        let text = fs::read_to_string(&path).expect("the source should be readable");
        let name = path.file_name().expect("a file has a name").to_string_lossy();
        // Tests play it, where this package has it.
        let may_know =
            name == "main.rs" || name.ends_with("_tests.rs") && text.contains(r#"#![cfg(feature = "demo")]"#);
        assert!(may_know || !text.contains("auspice_demo"), "{} names the demo", path.display());
    }
    for path in sources(&core().join("src")) {
        let text = fs::read_to_string(&path).expect("the source should be readable");
        assert!(!text.contains("auspice_demo"), "{} names the demo", path.display());
    }
}

/// Each `mod x;` of a file that has such a list, but for those that are only there for tests.
#[test]
fn a_reading_order_names_every_module() {
    let mut lists = 0;
    let folders = packages(&root()).into_iter().map(|package| package.join("src")).filter(|folder| folder.is_dir());
    for path in folders.flat_map(|folder| sources(&folder)) {
        let text = fs::read_to_string(&path).expect("the source should be readable");
        let page: String = text.lines().filter_map(|line| line.strip_prefix("//!")).collect();
        let Some((_, order)) = page.split_once("# Reading order") else { continue };
        lists += 1;
        let named: Vec<&str> = order.split('`').skip(1).step_by(2).collect();
        let lines = text.lines().zip(text.lines().skip(1)).filter(|(before, _)| *before != "#[cfg(test)]");
        for module in lines.filter_map(|(_, line)| line.split_once("mod ")?.1.strip_suffix(';')) {
            assert!(named.contains(&module), "the reading order of {} leaves out {module}", path.display());
        }
    }
    assert!(lists > 3, "they are found");
}

/// The standard library's macros for it panic where a disk is full or a reader has gone;
/// `auspice_output` does not. Tests and examples may.
#[test]
fn nothing_prints_by_a_macro_that_panics() {
    let words = ["println!", "print!", "dbg!"];
    for folder in packages(&root()).into_iter().map(|package| package.join("src")).filter(|folder| folder.is_dir()) {
        for path in sources(&folder).iter().filter(|path| !path.to_string_lossy().ends_with("_tests.rs")) {
            let text = fs::read_to_string(path).expect("the source should be readable");
            let program = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            for (number, line) in program.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
                let word = words.into_iter().find(|word| line.contains(word));
                assert_eq!(word, None, "{}, line {}: {line}", path.display(), number + 1);
            }
        }
    }
}

#[test]
fn nothing_is_left_to_do_in_the_sources() {
    let words = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX"), concat!("#[ig", "nore")];
    for folder in ["shared", "server", "benches", "client-bevy"] {
        for path in sources(&root().join(folder)) {
            let text = fs::read_to_string(&path).expect("the source should be readable");
            for word in words {
                assert!(!text.contains(word), "{} contains {word}", path.display());
            }
        }
    }
}

/// Bounds that a stranger cannot reach, so that they may stand beside what they bound.
const BOUNDS_ELSEWHERE: &[&str] = &[
    // The shape of codes, fields and frames, which is the protocol's.
    "EXP_PREFIX_MAX",
    "RICE_QUOTIENT_MAX",
    "STEPS_MAX",
    "HEAD_BYTES_MAX",
    "SENTENCE_BYTES_MAX",
    // Tuning: what is best, not what is allowed.
    "CATCH_UP_BYTES_MAX",
    "REPEAT_MILLIS_MAX",
    "DRIFT_MAX",
    "START_GREETING_MAX",
    "METRES_A_SECOND_MAX",
    "MOMENTS_MAX",
    "CATCH_UP_TICKS_MAX",
    "LOAD_MAX",
    "SLEEP_MAX",
    "TICK_US_MAX",
    "BUSY_MAX",
    "EARLY_MAX",
    "LATE_MAX",
    // What an operator or the game says, and how long we wait for ourselves.
    "CLIENTS_MAX",
    "DRAIN_SECONDS_MAX",
    "GRACE_SECONDS_MAX",
    "SHARDS_MAX",
    "LOG_SYNC_MILLIS_MAX",
    "LOOK_BACK_SECONDS_MAX",
    "ROOMS_MAX",
    "ROOM_IDLE_SECONDS_MAX",
    "WORKERS_MAX",
    "NAME_CHARS_MAX",
    "LOG_KEEP_MIB_MAX",
    "LOG_KEEP_HOURS_MAX",
    "NAME_BYTES_MAX",
    "KEYS_MAX",
    "TICKET_SECONDS_MAX",
    "TOML_MAX",
    "ORDERS_MAX",
    "ANSWER_MAX",
    "FAREWELL_MAX",
    "CLOSING_MAX",
    "FAILURES_MAX",
    "PLAYED_OUT_TICKS_MAX",
    "SEEN_OFF_MAX",
    "SENT_AHEAD_MAX",
    "SILENCE_MAX",
    // Of a game's own tables.
    "CLASS_MAX",
];

/// The name of the constant that a line defines.
pub fn constant(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = line.strip_prefix("pub").map_or(line, |rest| rest.strip_prefix("(crate)").unwrap_or(rest).trim_start());
    let name = line.strip_prefix("const ")?.split(':').next()?;
    name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_').then_some(name)
}

#[test]
fn every_bound_of_what_a_stranger_can_cause_lies_in_a_file_of_limits() {
    let mut unused: Vec<&str> = BOUNDS_ELSEWHERE.to_vec();
    for folder in ["shared/src", "server/src"] {
        let is_of_tests = |path: &Path| path.to_string_lossy().ends_with("_tests.rs");
        for path in
            sources(&root().join(folder)).iter().filter(|path| !path.ends_with("limits.rs") && !is_of_tests(path))
        {
            let text = fs::read_to_string(path).expect("the source should be readable");
            let program = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            for name in program.lines().filter_map(constant) {
                if name.ends_with("_MAX") || name.starts_with("MAX_") {
                    assert!(BOUNDS_ELSEWHERE.contains(&name), "{} has the bound {name}", path.display());
                    unused.retain(|listed| *listed != name);
                }
            }
        }
    }
    assert!(unused.is_empty(), "these are no more, and leave the list: {unused:?}");
}

/// Cargo puts the examples of all packages into one folder.
#[test]
fn no_two_examples_have_one_name() {
    let mut places: BTreeMap<String, PathBuf> = BTreeMap::new();
    for package in packages(&root()) {
        for example in fs::read_dir(package.join("examples")).into_iter().flatten().flatten().map(|entry| entry.path())
        {
            let name = example.file_stem().expect("an example has a name").to_string_lossy().into_owned();
            if let Some(other) = places.insert(name, example.clone()) {
                panic!("one of these would replace the other: {}, {}", other.display(), example.display());
            }
        }
    }
    assert!(places.contains_key("board"), "they were found");
}
