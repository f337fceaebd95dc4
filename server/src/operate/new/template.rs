//! The files of a new game. They lie in `server/new`, as a game that is called `newgame`.

use clap::ValueEnum;

use super::engine::EngineSource;

/// The window in which players see a game.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Face {
    /// A page for browsers, in TypeScript
    Page,
    /// A window, by Bevy
    Bevy,
}

/// A file: its path in the workspace, and what is in it.
type File = (&'static str, &'static str);

/// Names a file of the template, whose path there and in the workspace is the same.
macro_rules! same {
    ($path:literal) => {
        ($path, include_str!(concat!("../../../new/", $path)))
    };
}

/// Names a manifest. Were it called `Cargo.toml`, its folder would be a package, and left out of ours.
macro_rules! manifest {
    ($folder:literal) => {
        (concat!($folder, "Cargo.toml"), include_str!(concat!("../../../new/", $folder, "Cargo.toml.new")))
    };
}

const ALWAYS: &[File] = &[
    manifest!(""),
    same!("README.md"),
    (".gitignore", include_str!("../../../new/gitignore")),
    (".cargo/config.toml", include_str!("../../../new/cargo-config.toml")),
    same!("rustfmt.toml"),
    manifest!("rules/"),
    same!("rules/src/lib.rs"),
    same!("rules/tests/session.rs"),
    manifest!("server/"),
    same!("server/src/main.rs"),
    manifest!("terminal/"),
    same!("terminal/src/main.rs"),
    same!("terminal/src/keys.rs"),
    same!("terminal/src/map.rs"),
    manifest!("bots/"),
    same!("bots/src/main.rs"),
    same!("bots/src/pilot.rs"),
];

const PAGE: &[File] = &[
    manifest!("page/"),
    same!("page/src/lib.rs"),
    same!("page/ts/main.ts"),
    same!("page/site/index.html"),
    same!("page/site/style.css"),
    same!("page/build.sh"),
    same!("page/package.json"),
    same!("page/tsconfig.json"),
];

const WINDOW: &[File] = &[manifest!("window/"), same!("window/src/main.rs")];

/// Folders of the repository with packages that a game depends on.
const PACKAGES: [&str; 6] = ["shared", "server", "client-bevy/socket", "benches/bots", "client-web", "client-bevy"];

/// The files of a game of this name: paths, and what is in them.
pub(super) fn files(name: &str, window: Face, engine: &EngineSource) -> Vec<(&'static str, String)> {
    let seen = if window == Face::Page { PAGE } else { WINDOW };
    let all = ALWAYS.iter().chain(seen);
    all.map(|(path, text)| (*path, named(&fitted(path, text, window, engine), name))).collect()
}

/// A file of the template with the packages that this workspace has, from where it has them.
fn fitted(path: &str, text: &str, window: Face, engine: &EngineSource) -> String {
    let (folder, other, what, how, flags) = match window {
        Face::Page => {
            ("page", "auspice-bevy", "its page for browsers, in TypeScript", HOW_PAGE, " -- --page page/site")
        }
        Face::Bevy => ("window", "auspice-web", "its window, by Bevy", HOW_WINDOW, " --"),
    };
    let mut text =
        text.replace("@window@", folder).replace("@what@", what).replace("@how@", how).replace("@flags@", flags);
    for package in PACKAGES {
        text = text.replace(&format!("@{package}@"), &engine.package(package));
    }
    match path {
        "Cargo.toml" => text.split_inclusive('\n').filter(|line| !line.starts_with(other)).collect(),
        ".cargo/config.toml" if window == Face::Bevy => text + "window = \"run -p newgame-window --\"\n",
        _ => text,
    }
}

const HOW_PAGE: &str =
    "`page/build.sh` builds the page; it says what a machine needs for that. Then the server shows it:
http://127.0.0.1:7700. Without it, a terminal will do.";

const HOW_WINDOW: &str = "`cargo window` opens the window. Bevy takes a while to build the first time.";

/// A file of a game of this name.
fn named(text: &str, name: &str) -> String {
    text.replace("newgame_", &format!("{}_", name.replace('-', "_"))).replace("newgame", name)
}
