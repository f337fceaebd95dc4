//! `new`: makes a workspace of one's own game, which builds and plays at once.
//!
//! # Reading order
//!
//! `template` (the files, which lie in `server/new`), `engine` (where the game's crates come from), `name` (what a game
//! may be called), and here the task.

mod engine;
mod name;
mod template;

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use engine::EngineSource;
use name::name_of;
use template::{Face, files};

/// Arguments of the task.
#[derive(Args)]
pub(crate) struct NewTask {
    /// Folder to make; its last part is what the game is called: small letters, digits and dashes
    #[arg(value_name = "NAME")]
    folder: PathBuf,
    /// Window that players see it in, beside the terminal
    #[arg(long, value_enum, default_value_t = Face::Page)]
    window: Face,
    /// A checkout of Auspice that it depends on [default: the one that this is run in, or by git]
    #[arg(long, value_name = "CHECKOUT")]
    path: Option<PathBuf>,
}

impl NewTask {
    /// Does it; returns what it prints.
    pub(crate) fn run(&self) -> Result<String, String> {
        let name = name_of(&self.folder)?;
        let engine = match &self.path {
            Some(path) => EngineSource::checkout(path)?,
            None => EngineSource::around(&std::env::current_dir().map_err(|error| error.to_string())?),
        };
        make_folder(&self.folder)?;
        for (path, text) in files(name, self.window, &engine) {
            write(&self.folder.join(path), &text)?;
        }
        if let Some(lock) = engine.lock() {
            write(&self.folder.join("Cargo.lock"), &lock)?;
        }
        Ok(told(name, &self.folder, self.window, &engine))
    }
}

/// Makes the folder, or takes one that is empty.
fn make_folder(folder: &Path) -> Result<(), String> {
    let told = |error: io::Error| format!("{} cannot be made: {error}", folder.display());
    match fs::read_dir(folder).map(Iterator::count) {
        Ok(0) => Ok(()),
        Ok(_) => Err(format!("{} is there already, and has something in it: nothing was written", folder.display())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => fs::create_dir(folder).map_err(told),
        Err(error) => Err(told(error)),
    }
}

/// Writes a file that is not there yet. A script can be run.
fn write(path: &Path, text: &str) -> Result<(), String> {
    let told = |error: io::Error| format!("{} cannot be written: {error}", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(told)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(told)?;
    file.write_all(text.as_bytes()).map_err(told)?;
    #[cfg(unix)]
    if path.extension().is_some_and(|end| end == "sh") {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).map_err(told)?;
    }
    Ok(())
}

fn told(name: &str, folder: &Path, window: Face, engine: &EngineSource) -> String {
    let seen = match window {
        Face::Page => "page/build.sh            its page for browsers: it says what a machine needs for that",
        Face::Bevy => "cargo window             in a window; Bevy takes a while to build the first time",
    };
    format!(
        "The game \"{name}\" is in {folder}, with Auspice of {engine}.

    cd {folder}
    cargo test               whole sessions on virtual time
    cargo serve              the server; then, in other terminals:
    cargo play ANN           fly in the terminal
    cargo bots --clients 20  bots that play, and a verdict
    {seen}

rules/src/lib.rs is the game. FIRST_HOUR.md of Auspice walks through changing it.
",
        folder = folder.display(),
    )
}
