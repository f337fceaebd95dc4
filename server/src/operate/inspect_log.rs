//! `replay --inspect`: shows a log as the inspector shows a room that runs, at any tick of it.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use auspice::Game;

use super::admin::{Token, show_log};
use super::inspector::{INSPECTOR, Inspector, LoggedRoomAt};
use super::outlet::mention;
use super::shutdown::{Stop, watch_signals};
use crate::ticklog::Saves;

/// Shows the log in these files, oldest first, to whoever asks `listen` and has the token: until a signal comes. The
/// token is another one each time, and is printed.
///
/// # Errors
/// A sentence, where there is nothing to show, or nowhere to show it.
pub(super) fn inspect_log<G: Game>(saves: Saves<G>, files: Vec<PathBuf>, listen: SocketAddr) -> Result<(), String> {
    let (room, tables) = LoggedRoomAt::open(saves, files)?;
    let told = |error: std::io::Error| format!("{listen}: {error}");
    let listener = TcpListener::bind(listen).map_err(told)?;
    listener.set_nonblocking(true).map_err(told)?;
    let token = Token::draw().map_err(|error| format!("the operating system gives no random numbers: {error}"))?;
    let stop = Arc::new(Stop::default());
    watch_signals(Arc::clone(&stop)).map_err(told)?;
    let address = listener.local_addr().map_err(told)?;
    mention(&format!(
        "Look at the log:          http://{address}{INSPECTOR}\nIt asks for this token:   {}\n\
         Stop it:                  Ctrl-C\n",
        token.for_its_owner()
    ));
    show_log(listener, token, Inspector::logged(tables, room), &stop).map_err(told)
}
