//! Rules of the repository, read off its files.

use std::fs;
use std::path::{Path, PathBuf};

fn core() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn root() -> PathBuf {
    core().join("..")
}

fn sources(folder: &Path) -> Vec<PathBuf> {
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

/// The layers of the core, lowest first; modules in one line may use each other.
const LAYERS: &[&[&str]] = &[
    &["tick", "id", "rng", "limits"],
    &["bits"],
    // `error` words the faults of all layers in one place, and names their small plain types; it uses nothing that acts.
    &["state", "game", "error"],
    &["message"],
    &["link"],
    &["authority", "replica"],
    &["sim"],
];

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

#[test]
fn modules_of_the_core_use_only_what_lies_below() {
    for path in sources(&core().join("src")) {
        let relative = path.strip_prefix(core().join("src")).expect("it lies inside").to_string_lossy().into_owned();
        let module = relative.split(['/', '.']).next().unwrap_or_default().to_string();
        let Some(own) = layer(&module) else { continue };
        let text = fs::read_to_string(&path).expect("the source should be readable");
        // Documentation may point anywhere.
        let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        for used in code.split("crate::").skip(1) {
            let name: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if let Some(other) = layer(&name) {
                assert!(other <= own, "{relative} uses {name}, which lies above it");
                assert!(other != own || other != layer("authority").unwrap_or(0) || name == module, "{relative} uses {name}");
            }
        }
    }
}

#[test]
fn every_path_in_the_documents_exists() {
    for document in [
        "ARCHITECTURE.md",
        "README.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "shared/PROTOCOL.md",
        "assets/README.md",
        "benches/README.md",
    ] {
        let text = fs::read_to_string(root().join(document)).unwrap_or_else(|_| panic!("{document} should be there"));
        for quoted in text.split('`').skip(1).step_by(2) {
            let looks_like_a_path = quoted.contains('/')
                && quoted.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c))
                && !quoted.starts_with('/')
                && !quoted.starts_with("target");
            let beside = root().join(document).with_file_name(quoted);
            if looks_like_a_path {
                assert!(root().join(quoted).exists() || beside.exists(), "{document} names {quoted}, which is not there");
            }
        }
    }
}

#[test]
fn only_their_own_packages_know_bevy_and_the_demo() {
    let manifest = |package: &str| fs::read_to_string(root().join(package).join("Cargo.toml")).expect("a manifest is there");
    for package in ["shared", "shared/derive", "shared/demo", "server", "benches"] {
        assert!(!manifest(package).contains("\nbevy"), "{package} depends on Bevy");
        assert!(package == "benches" || !manifest(package).contains("auspice-bench"), "{package} depends on the benches");
    }
    for path in sources(&root().join("server/src")) {
        let text = fs::read_to_string(&path).expect("the source should be readable");
        assert!(path.ends_with("main.rs") || !text.contains("auspice_demo"), "{} names the demo", path.display());
    }
    for path in sources(&core().join("src")) {
        let text = fs::read_to_string(&path).expect("the source should be readable");
        assert!(!text.contains("auspice_demo"), "{} names the demo", path.display());
    }
}

/// The standard library's macros for it panic where a disk is full or a reader has gone; `auspice_server::output` does not. Tests and
/// examples may.
#[test]
fn nothing_prints_by_a_macro_that_panics() {
    let words = ["println!", "print!", "dbg!"];
    for folder in ["shared/src", "shared/derive/src", "shared/demo/src", "server/src", "benches/src", "client-bevy/src"] {
        for path in sources(&root().join(folder)).iter().filter(|path| !path.ends_with("session/ticket_tests.rs")) {
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
