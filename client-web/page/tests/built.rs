//! Whether the pages in the repository are of the repository's own sources, and as small as they are to be.

use std::collections::BTreeSet;
use std::fs;

use auspice_page::stamp::{root, stamp};
use auspice_page::{BuiltPage, PAGES};

/// Most bytes of a page's module, packed, and of its largest script with the package and its small pictures, packed.
const MODULE_BYTES_MAX: usize = 210_000;
const SCRIPT_BYTES_MAX: usize = 50_000;
/// The same of the module of the cars, which has a physics engine in it.
const ENGINE_MODULE_BYTES_MAX: usize = 800_000;

fn is_document(name: &str) -> bool {
    name.ends_with(".html")
}

#[test]
fn the_pages_were_built_from_this_tree() {
    for page in PAGES {
        let built = fs::read_to_string(root().join(page.stamp_file())).expect("the page says of what it was made");
        let now = stamp(&root(), &page).expect("the sources should be readable");
        let [built, now]: [BTreeSet<&str>; 2] = [&built, &now].map(|stamp| stamp.lines().collect());
        let other: BTreeSet<_> = built.symmetric_difference(&now).filter_map(|line| line.split(' ').nth(1)).collect();
        let name = page.name;
        assert!(
            other.is_empty(),
            "client-web/build.sh must be run anew: these are not as the {name}'s page was made of: {other:#?}"
        );
    }
}

#[test]
fn what_a_page_asks_for_is_there_and_nothing_else() {
    for BuiltPage { files, folder, .. } in PAGES {
        let documents = files.iter().filter(|(name, _)| is_document(name));
        let asked: String = documents.map(|(_, text)| std::str::from_utf8(text).expect("it is text")).collect();
        assert!(files.iter().any(|(name, _)| *name == "index.html"), "{folder} has a page");
        for (name, _) in files {
            assert!(root().join(folder).join(name).exists(), "{name} is in the repository");
            let is_asked_for = asked.contains(name.trim_end_matches(".gz"));
            assert!(name.ends_with(".png") || is_document(name) || is_asked_for, "nobody asks for {name}");
        }
        let there = fs::read_dir(root().join(folder)).expect("it is a folder").count();
        assert_eq!(there, files.len(), "files that are of no page any more in {folder}");
    }
}

#[test]
fn the_pages_are_small() {
    for BuiltPage { name, files, .. } in PAGES {
        let largest = |end: &str| {
            let sizes = files.iter().filter(|(name, _)| name.ends_with(end)).map(|(_, bytes)| bytes.len());
            sizes.max().expect("there is one")
        };
        let (module, script) = (largest(".wasm.gz"), largest(".js.gz"));
        println!("the {name}'s module has {module} bytes, packed, and its script {script}");
        let module_most = if name == "cars" { ENGINE_MODULE_BYTES_MAX } else { MODULE_BYTES_MAX };
        assert!(module <= module_most && script <= SCRIPT_BYTES_MAX, "{name}: {module} and {script}");
    }
}
