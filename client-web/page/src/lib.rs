//! The pages for browsers, built by `client-web/build.sh`: their files are in the repository, so that whoever runs a
//! server needs nothing that builds them.

pub mod stamp;

/// A page, built.
#[derive(Clone, Copy, Debug)]
pub struct BuiltPage {
    /// The name of what it shows.
    pub name: &'static str,
    /// Its files, by name. What is called `FILE.gz` is `FILE`, packed.
    pub files: &'static [(&'static str, &'static [u8])],
    /// The folder that they lie in, from the root of the repository; beside it is `sources.txt`, the stamp.
    pub folder: &'static str,
    /// Folders of the sources that are its own, and single files, from the root of the repository.
    pub sources: &'static [&'static str],
    /// Crates of others that its module alone has, of those whose version is told.
    pub crates: &'static [&'static str],
}

/// All pages.
pub const PAGES: [BuiltPage; 3] = [
    BuiltPage {
        name: "demo",
        files: include!("../../../server/page/files.rs"),
        folder: "server/page/files",
        sources: &["assets/sprites", "client-web/demo", "shared/demo/src"],
        crates: &[],
    },
    BuiltPage {
        name: "board",
        files: include!("../../../server/page/board/files.rs"),
        folder: "server/page/board/files",
        sources: &["client-web/board", "shared/board/src"],
        crates: &[],
    },
    BuiltPage {
        name: "cars",
        files: include!("../../../server/page/cars/files.rs"),
        folder: "server/page/cars/files",
        sources: &["client-web/cars", "shared/cars/src"],
        crates: &["rapier3d"],
    },
];

impl BuiltPage {
    /// The file with the stamp, from the root of the repository.
    #[must_use]
    pub fn stamp_file(&self) -> String {
        self.folder.replace("files", "sources.txt")
    }
}
