//! Weight: what a stranger's first command, `cargo run --release`, has to build.

use std::collections::BTreeSet;
use std::process::Command;

use crate::tidy::root;

/// Crates that it builds, our own and those of macros among them, as `cargo tree -e normal` counts them. A ratchet: it
/// may only fall, and whoever brings it down writes down the new one. What few need is a feature, off by default.
const CRATES_MAX: usize = 117;

/// The machine for which they are counted, so that the number is the same on any.
const TARGET: &str = "x86_64-unknown-linux-gnu";

#[test]
fn the_first_command_builds_no_more_crates_than_it_did() {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["tree", "--locked", "--offline", "-e", "normal", "--prefix", "none", "--target", TARGET]);
    let told = cargo.current_dir(root()).output().expect("cargo should run");
    if !told.status.success() {
        // Crates of another machine need not be here, and nothing is fetched by a test.
        println!("crates are not counted: {}", String::from_utf8_lossy(&told.stderr));
        return;
    }
    let tree = String::from_utf8_lossy(&told.stdout);
    // A name and a version; what follows says where it is, or that it was listed before.
    let named = |line: &str| line.split(' ').take(2).map(str::to_owned).collect::<Vec<_>>();
    let crates: BTreeSet<_> = tree.lines().filter(|line| !line.is_empty()).map(named).collect();
    println!("{} crates, {CRATES_MAX} at most", crates.len());
    assert!(crates.len() > 20, "the tree is read:\n{tree}");
    assert!(crates.len() <= CRATES_MAX, "{} crates, {CRATES_MAX} at most:\n{tree}", crates.len());
}
