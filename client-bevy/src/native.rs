//! What the binary has of its system: a command line, files, and a window.

use std::fs;
use std::path::Path;

use auspice_bevy::Session;
use auspice_bevy::demo::keys::Keys;
use auspice_demo::Demo;
use bevy::prelude::*;
use clap::Parser;

use crate::args::Args;

pub(crate) use auspice_bevy::socket::trust;

/// Of the command line; ends the process where that is wrong, or asks for help.
pub(crate) fn args() -> Result<Args, String> {
    Ok(Args::parse())
}

/// Of that file, or of the player's own.
pub(crate) fn keys(file: Option<&Path>) -> Result<Keys, String> {
    Keys::load(file)
}

/// Nothing can be played.
pub(crate) fn fail(error: &str) -> AppExit {
    eprintln!("{error}");
    AppExit::from_code(1)
}

/// What the file has by now.
pub(crate) fn ticket(file: &Path) -> Result<String, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("no ticket in {}: {error}", file.display()))?;
    Ok(text.trim().to_owned())
}

/// Whoever starts the program anew comes as a new player.
pub(crate) fn come_back(session: Session<Demo>, _: &mut App) -> Session<Demo> {
    session
}

/// A window as it is.
pub(crate) const fn dress(window: Window) -> Window {
    window
}
