//! The binary's ties to its system: a command line, files, and a window.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use auspice_bevy::Session;
use auspice_bevy::demo::keys::Keys;
use auspice_demo::Demo;
use bevy::log::{BoxedFmtLayer, tracing_subscriber};
use bevy::prelude::*;
use clap::Parser;

use crate::args::Args;

pub(crate) use auspice_bevy::socket::trust;

/// Flags of the command line; ends the process where that is wrong, or asks for help.
pub(crate) fn args() -> Result<Args, String> {
    Ok(Args::parse())
}

/// Keys of that file, or of the player's own.
pub(crate) fn keys(file: Option<&Path>) -> Result<Keys, String> {
    Keys::load(file)
}

/// Ends the program: no game can be played.
pub(crate) fn fail(error: &str) -> AppExit {
    // Where nobody can be told, nobody is: `eprintln!` would panic.
    let _ = writeln!(io::stderr(), "{error}");
    AppExit::from_code(1)
}

/// Prints what was asked for. A reader that went away has seen enough.
pub(crate) fn print(text: &str) -> Result<(), String> {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(format!("standard output cannot be written: {error}"))
        }
        _ => Ok(()),
    }
}

/// Bevy's own log, but that a line which cannot be written is lost, where Bevy's would panic: a player's full
/// disk is no reason to end the game.
pub(crate) fn log_layer(_: &mut App) -> Option<BoxedFmtLayer> {
    Some(Box::new(tracing_subscriber::fmt::Layer::default().with_writer(io::stderr).log_internal_errors(false)))
}

/// The ticket that the file has by now.
pub(crate) fn ticket(file: &Path) -> Result<String, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("no ticket in {}: {error}", file.display()))?;
    Ok(text.trim().to_owned())
}

/// A program has its tickets from a file, read anew at each connection.
pub(crate) fn renew(args: &Args, _: &mut App) -> Result<(), String> {
    if args.ticket_url.is_some() || args.ticket_from.is_some() {
        return Err(
            "ticket-url and ticket-from are for pages; --ticket names a file, which is read at each connection".into(),
        );
    }
    Ok(())
}

/// No other ticket than the file's.
pub(crate) const fn renewed() -> Option<String> {
    None
}

/// Whoever starts the program anew comes as a new player.
pub(crate) fn come_back(session: Session<Demo>, _: &mut App) -> Session<Demo> {
    session
}

/// A window as it is.
pub(crate) const fn dress(window: Window) -> Window {
    window
}
