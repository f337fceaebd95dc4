//! Writes down of which sources the page is made. For `client-web/build.sh`.

use auspice_page::stamp::{STAMP, root, stamp};

fn main() -> std::io::Result<()> {
    std::fs::write(root().join(STAMP), stamp(&root())?)
}
