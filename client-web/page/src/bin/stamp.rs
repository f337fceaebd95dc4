//! Writes down of which sources the pages are made whose names are given, or all. For `client-web/build.sh`.

use auspice_page::PAGES;
use auspice_page::stamp::{root, stamp};

fn main() -> std::io::Result<()> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    for page in PAGES.iter().filter(|page| wanted.is_empty() || wanted.iter().any(|name| name == page.name)) {
        std::fs::write(root().join(page.stamp_file()), stamp(&root(), page)?)?;
    }
    Ok(())
}
