//! The digest of the sources that a page is made of, by which a test sees that it was built from the tree.
//!
//! It is of what a compiler would see another program in: without comments, blank lines, indents and the tests at the
//! end of a file, and without the server's half of the core.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::BuiltPage;

/// Folders of the sources that all pages have, and single files, from the root of the repository.
const SOURCES: [&str; 7] = [
    "client-bevy/socket/src",
    "client-web/build.sh",
    "client-web/page.mjs",
    "client-web/src",
    "client-web/ts",
    "shared/derive/src",
    "shared/src",
];

/// Sources among them that no page has.
const OTHERS: [&str; 5] = [
    "client-bevy/socket/src/dial.rs",
    "client-bevy/socket/src/eyeballs.rs",
    "client-bevy/socket/src/native.rs",
    "shared/src/authority",
    "shared/src/sim/arena.rs",
];

/// Crates of others that each module has, of those whose version is told: what its packages depend on themselves.
const CRATES: [&str; 14] = [
    "bincode",
    "glam",
    "gloo-timers",
    "js-sys",
    "libm",
    "serde",
    "serde_core",
    "serde_json",
    "slotmap",
    "tokio",
    "wasm-bindgen",
    "wasm-bindgen-futures",
    "web-sys",
    "web-time",
];

/// The root of the repository that this was built in.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The stamp of a page's sources below `root`: a line for each file and each version, with its digest.
///
/// # Errors
/// Where a source cannot be read.
pub fn stamp(root: &Path, page: &BuiltPage) -> io::Result<String> {
    let mut paths = Vec::new();
    for source in SOURCES.iter().chain(page.sources) {
        collect(root, &root.join(source), &mut paths)?;
    }
    let mut lines = Vec::new();
    for path in paths {
        let content = fs::read(root.join(&path))?;
        lines.push(format!("{:016x} {path}", digest(&normalised(&path, &content))));
    }
    let lock = fs::read_to_string(root.join("Cargo.lock"))?;
    lines.extend(versions(&lock, page));
    lines.sort_by(|one, other| one.split(' ').nth(1).cmp(&other.split(' ').nth(1)));
    Ok(lines.join("\n") + "\n")
}

fn collect(root: &Path, path: &Path, paths: &mut Vec<String>) -> io::Result<()> {
    let name = path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/");
    if OTHERS.contains(&name.as_str()) {
        return Ok(());
    }
    if !path.is_dir() {
        paths.push(name);
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        collect(root, &entry?.path(), paths)?;
    }
    Ok(())
}

/// A source as its compiler takes it.
fn normalised(path: &str, content: &[u8]) -> Vec<u8> {
    let comments: &[&str] = match path.rsplit('.').next() {
        Some("rs" | "ts" | "mjs") => &["//", "/*", "* "],
        Some("sh") => &["#"],
        _ => return content.to_vec(),
    };
    let Ok(text) = std::str::from_utf8(content) else { return content.to_vec() };
    let program = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let is_said = |line: &&str| !line.is_empty() && !comments.iter().any(|comment| line.starts_with(comment));
    let lines: Vec<&str> = program.lines().map(str::trim).filter(is_said).collect();
    lines.join("\n").into_bytes()
}

/// The versions of the crates of a page's module, as a lock file has them.
fn versions(lock: &str, page: &BuiltPage) -> Vec<String> {
    let value =
        |line: &str, key: &str| Some(line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"')?.to_owned());
    let pairs = lock.lines().zip(lock.lines().skip(1));
    let packages = pairs.filter_map(|(name, version)| Some((value(name, "name")?, value(version, "version")?)));
    let is_told = |name: &str| CRATES.contains(&name) || page.crates.contains(&name);
    packages.filter(|(name, _)| is_told(name)).map(|(name, version)| format!("{version} {name}")).collect()
}

/// FNV-1a of 64 bits: it finds mistakes, not enemies.
fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_compiler_sees_does_not_count() {
        let of = |text: &str| normalised("a.rs", text.as_bytes());
        assert_eq!(
            of("//! Of it.\nfn a() {\n    b();\n\n}\n#[cfg(test)]\nmod tests {\n}\n"),
            of("fn a() {\nb();\n}\n")
        );
        assert_ne!(of("fn a() {}"), of("fn b() {}"));
        assert_eq!(normalised("a.sh", b"# Of it.\nset -eu\n"), normalised("a.sh", b"set -eu\n"));
        assert_ne!(of("#[inline]\nfn a() {}"), of("fn a() {}"), "what begins a comment of scripts is none here");
        assert_ne!(normalised("a.css", b"a"), normalised("a.css", b"a\n"), "what is no source counts as it is");
    }
}
