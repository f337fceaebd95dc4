//! Where the pictures, sounds and letters are that are compiled in: beside this package in the repository, within it
//! where it was published. `assets` here is a link, which not every system has; what is packed are the files. The way
//! there is told from the package on: two checkouts may share what was built.

use std::env;
use std::path::PathBuf;

fn main() {
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo should say where the package is"));
    let beside = "../assets";
    let assets = if package.join(beside).join("fonts").is_dir() { beside } else { "assets" };
    println!("cargo::rustc-env=AUSPICE_ASSETS={assets}");
    println!("cargo::rerun-if-changed=build.rs");
}
