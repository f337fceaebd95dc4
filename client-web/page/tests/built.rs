//! Whether the page in the repository is of the repository's own sources, and as small as it is to be.

use std::collections::BTreeSet;
use std::fs;

use auspice_page::FILES;
use auspice_page::stamp::{STAMP, root, stamp};

/// Most bytes of the module, packed, and of the page's script with the package and its small pictures, packed.
const MODULE_BYTES_MAX: usize = 200_000;
const SCRIPT_BYTES_MAX: usize = 50_000;

#[test]
fn the_page_was_built_from_this_tree() {
    let built = fs::read_to_string(root().join(STAMP)).expect("the page says of what it was made");
    let now = stamp(&root()).expect("the sources should be readable");
    let [built, now]: [BTreeSet<&str>; 2] = [&built, &now].map(|stamp| stamp.lines().collect());
    let other: BTreeSet<_> = built.symmetric_difference(&now).filter_map(|line| line.split(' ').nth(1)).collect();
    assert!(other.is_empty(), "client-web/build.sh must be run anew: these are not as the page was made of: {other:#?}");
}

#[test]
fn what_the_page_asks_for_is_there_and_nothing_else() {
    let page = FILES.iter().find(|(name, _)| *name == "index.html").expect("there is a page").1;
    let page = std::str::from_utf8(page).expect("it is text");
    for (name, _) in FILES {
        let path = root().join("client-web/page/files").join(name);
        assert!(path.exists(), "{name} is in the repository");
        let asked = name.trim_end_matches(".gz");
        assert!(name.ends_with(".png") || asked == "index.html" || page.contains(asked), "nobody asks for {name}");
    }
    let there = fs::read_dir(root().join("client-web/page/files")).expect("it is a folder").count();
    assert_eq!(there, FILES.len(), "files that are of no page any more");
}

#[test]
fn the_page_is_small() {
    let size = |end: &str| FILES.iter().find(|(name, _)| name.ends_with(end)).map_or(usize::MAX, |(_, bytes)| bytes.len());
    let (module, script) = (size(".wasm.gz"), size(".js.gz"));
    println!("the module has {module} bytes, packed, and the script {script}");
    assert!(module <= MODULE_BYTES_MAX && script <= SCRIPT_BYTES_MAX, "{module} and {script}");
}
