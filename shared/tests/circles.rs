//! Circles: files that import each other, so that none can be read before the others. There is one, and the list of
//! them may only get shorter.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::imports::{Import, imports_of_crate};
use crate::tidy::{packages, root};

/// The circles that are left, each by its files in the order of the alphabet.
const CIRCLES: &[&[&str]] = &[
    // The demo's world and the parts of it that are files of their own, each with an `impl World`: this one stays.
    &[
        "shared/demo/src/combat.rs",
        "shared/demo/src/laser.rs",
        "shared/demo/src/missile.rs",
        "shared/demo/src/near.rs",
        "shared/demo/src/player.rs",
        "shared/demo/src/round.rs",
        "shared/demo/src/world.rs",
    ],
];

/// The `lib.rs`, the `main.rs` and the further programs of a package.
fn crates(package: &Path) -> Vec<PathBuf> {
    let source = package.join("src");
    let programs = fs::read_dir(source.join("bin")).into_iter().flatten().flatten().map(|entry| entry.path());
    [source.join("lib.rs"), source.join("main.rs")].into_iter().chain(programs).filter(|path| path.is_file()).collect()
}

/// The files that `from` leads to, by one import or more.
fn reached<'a>(from: &'a Path, next: &BTreeMap<&Path, BTreeSet<&'a Path>>) -> BTreeSet<&'a Path> {
    let (mut seen, mut waiting) = (BTreeSet::new(), vec![from]);
    while let Some(file) = waiting.pop() {
        waiting.extend(next.get(file).into_iter().flatten().filter(|&&file| seen.insert(file)));
    }
    seen
}

/// The largest sets of files each of which leads to all others of its set.
fn circles(imports: &BTreeSet<Import>) -> BTreeSet<Vec<PathBuf>> {
    let mut next: BTreeMap<&Path, BTreeSet<&Path>> = BTreeMap::new();
    for import in imports {
        next.entry(&import.from).or_default().insert(&import.to);
    }
    let reached: BTreeMap<&Path, BTreeSet<&Path>> = next.keys().map(|&file| (file, reached(file, &next))).collect();
    let leads = |from: &Path, to: &Path| reached.get(from).is_some_and(|reached| reached.contains(to));
    let circle = |file: &Path| reached[file].iter().filter(|other| leads(other, file)).map(PathBuf::from).collect();
    reached.keys().filter(|file| leads(file, file)).map(|file| circle(file)).collect()
}

/// The imports within one circle, a line each.
fn say(circle: &[PathBuf], imports: &BTreeSet<Import>, root: &Path) -> String {
    let short = |path: &Path| path.strip_prefix(root).unwrap_or(path).display().to_string();
    let inner = imports.iter().filter(|import| circle.contains(&import.from) && circle.contains(&import.to));
    inner.map(|import| format!("  {} uses {} of {}\n", short(&import.from), import.name, short(&import.to))).collect()
}

#[test]
fn no_files_import_each_other_in_a_circle_but_the_listed_ones() {
    let root = root();
    let imports: BTreeSet<Import> =
        packages(&root).iter().flat_map(|package| crates(package)).flat_map(|root| imports_of_crate(&root)).collect();
    assert!(imports.iter().any(|import| import.from.starts_with(root.join("benches/peers"))), "every package is read");
    let short = |path: &PathBuf| path.strip_prefix(&root).expect("it lies inside").to_string_lossy().into_owned();
    let mut left: BTreeSet<Vec<String>> =
        CIRCLES.iter().map(|circle| circle.iter().map(ToString::to_string).collect()).collect();
    let mut faults = String::new();
    for circle in circles(&imports) {
        let mut files: Vec<String> = circle.iter().map(short).collect();
        files.sort();
        if !left.remove(&files) {
            faults += &format!("a circle that is not listed: {files:#?}\n{}", say(&circle, &imports, &root));
        }
    }
    for circle in left {
        faults += &format!("a circle that is listed and not there, so strike it out: {circle:#?}\n");
    }
    assert!(faults.is_empty(), "{faults}");
}

#[test]
fn a_circle_is_found_through_names_that_are_passed_on_and_not_through_tests() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("circles");
    let source = [
        ("lib.rs", "pub mod house;\nmod street;\npub use house::Door;\n"),
        // The face of a folder: it imports nothing by passing on.
        (
            "house/mod.rs",
            "mod door;\nmod wall;\npub use door::Door;\npub(crate) use wall::{Brick, Wall as Side};\n\
             pub struct Roof;\n",
        ),
        // Each way to name something: by the root, by a renamed neighbour, within a tree, in the code alone.
        ("house/door.rs", "use super::{Roof, Side};\nuse std::fmt::{self, Display};\npub struct Door { side: Side }\n"),
        (
            "house/wall.rs",
            "// use crate::street::Name;\npub struct Wall; pub struct Brick;\n\
             fn of() { let text = \"crate::street\"; crate::Door::open('{') }\n",
        ),
        ("street.rs", "use crate::house::Brick;\n#[cfg(test)]\nmod tests {\n    use crate::lonely;\n}\n"),
    ];
    for (file, text) in source {
        let path = folder.join(file);
        fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    }
    let imports = imports_of_crate(&folder.join("lib.rs"));
    let short = |path: &Path| path.strip_prefix(&folder).expect("it lies inside").to_string_lossy().into_owned();
    let seen: Vec<_> =
        imports.iter().map(|import| (short(&import.from), short(&import.to), import.name.as_str())).collect();
    let expected = [
        ("house/door.rs", "house/mod.rs", "super::Roof"),
        ("house/door.rs", "house/wall.rs", "super::Side"),
        ("house/wall.rs", "house/door.rs", "crate::Door::open"),
        ("street.rs", "house/wall.rs", "crate::house::Brick"),
    ];
    assert_eq!(seen, expected.map(|(from, to, name)| (from.to_string(), to.to_string(), name)));
    assert_eq!(circles(&imports), [vec![folder.join("house/door.rs"), folder.join("house/wall.rs")]].into());
}
