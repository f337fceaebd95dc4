//! The demo's page for browsers, built by `client-web/build.sh`: its files are in the repository, so that whoever
//! runs the server needs nothing that builds them.

pub mod stamp;

/// The page's files, by name. What is called `FILE.gz` is `FILE`, packed.
pub const FILES: &[(&str, &[u8])] = include!("../files.rs");
