//! What is published, and what a registry is told of it. Whether the packages build is asked by `.ci/packages.sh`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use crate::tidy::{packages, root};

/// A manifest of the workspace: its name, its text, and its folder.
struct Manifest {
    name: String,
    text: String,
    folder: PathBuf,
}

impl Manifest {
    fn is_published(&self) -> bool {
        !self.text.contains("\npublish = false\n")
    }

    /// The packages of ours that it names in a table, such as `dependencies`.
    fn depends_on(&self, is_asked: impl Fn(&str) -> bool) -> BTreeSet<&str> {
        let tables = self.text.split("\n[").filter(|table| is_asked(table.split(']').next().unwrap_or_default()));
        let lines = tables.flat_map(|table| table.lines().skip(1)).filter(|line| line.starts_with("auspice"));
        lines.filter_map(|line| line.split(['.', ' ']).next()).collect()
    }
}

/// Those of the workspace: others have a lock file of their own, and the workspace's own names no package.
fn manifests() -> Vec<Manifest> {
    let folders = packages(&root()).into_iter().filter(|folder| !folder.join("Cargo.lock").exists());
    let read = |folder: PathBuf| {
        let text = fs::read_to_string(folder.join("Cargo.toml")).expect("a manifest is there");
        let name =
            text.lines().find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"')).expect("it has a name");
        Manifest { name: name.into(), text: text.clone(), folder }
    };
    folders.map(read).collect()
}

#[test]
fn a_registry_is_told_what_each_package_is() {
    let mut published = BTreeSet::new();
    for manifest in manifests().iter().filter(|manifest| manifest.is_published()) {
        let Manifest { name, text, folder } = manifest;
        published.insert(name.clone());
        for key in [
            "description = \"",
            "keywords = [",
            "categories = [",
            "license.workspace",
            "repository.workspace",
            "rust-version.workspace",
        ] {
            assert!(text.contains(&format!("\n{key}")), "{name} has no {key}");
        }
        let listed = |key: &str| {
            let line = text.lines().find(|line| line.starts_with(key)).expect("it was found");
            line.split('"').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()
        };
        let (keywords, categories) = (listed("keywords"), listed("categories"));
        assert!(keywords.len() <= 5 && categories.len() <= 5, "{name}: a registry takes five of each");
        assert!(keywords.iter().all(|word| word.len() <= 20), "{name}: {keywords:?}");
        assert!(folder.join("README.md").is_file(), "{name} has no README of its own");
    }
    let script = fs::read_to_string(root().join(".ci/packages.sh")).expect("the script is there");
    let packed: BTreeSet<String> =
        script.split(['(', ')', ' ', '=', '\n']).filter(|word| word.starts_with("auspice")).map(Into::into).collect();
    assert_eq!(packed, published, "the gate packs what is published");
}

#[test]
fn a_published_package_needs_none_that_is_not() {
    let manifests = manifests();
    let workspace = fs::read_to_string(root().join("Cargo.toml")).expect("it is there");
    let by_name: BTreeMap<&str, &Manifest> =
        manifests.iter().map(|manifest| (manifest.name.as_str(), manifest)).collect();
    assert!(by_name.len() > 12, "they are found");
    for manifest in manifests.iter().filter(|manifest| manifest.is_published()) {
        for other in
            manifest.depends_on(|table| table.ends_with("dependencies") && !table.ends_with("dev-dependencies"))
        {
            assert!(by_name[other].is_published(), "{} needs {other}", manifest.name);
            assert!(
                workspace.contains(&format!("\n{other} = {{ version = \"0.1.0\", path = ")),
                "{other} has no version"
            );
        }
    }
}

#[test]
fn all_parts_have_one_version() {
    let workspace = fs::read_to_string(root().join("Cargo.toml")).expect("it is there");
    let version = workspace.lines().find_map(|line| line.strip_prefix("version = ")).expect("it has one");
    for manifest in manifests() {
        assert!(manifest.text.contains("\nversion.workspace = true\n"), "{} has a version of its own", manifest.name);
    }
    let package = fs::read_to_string(root().join("client-web/package.json")).expect("it is there");
    assert!(package.contains(&format!("\"version\": {version}")), "the TypeScript package is of another version");
    let own = workspace.lines().filter(|line| line.starts_with("auspice") && line.contains("version"));
    assert!(
        own.clone().count() >= 9 && own.clone().all(|line| line.contains(version)),
        "{:?}",
        own.collect::<Vec<_>>()
    );
}
