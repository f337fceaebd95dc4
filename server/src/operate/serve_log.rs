//! `replay --serve`: shows a log to clients of its game, as a world that they look at.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auspice::Game;

use super::address::Address;
use super::config::{AdminListen, Settings};
use super::logs;
use super::outlet::mention;
use super::panics::tell_panics;
use super::screen::{LogPlayer, ScreenStart, ScreenedLog};
use super::shutdown::outlive_full_files;
use crate::limits::ONLOOKERS_MAX;
use crate::net::BuiltFile;
use crate::server::start_obeying;
use crate::talk::OrderLines;
use crate::ticklog::Saves;

/// Flags by which a log is shown.
pub(super) struct LogShow {
    pub(super) listen: Address,
    /// The secret that clients have to show, if they have to.
    pub(super) secret_file: Option<PathBuf>,
    pub(super) at: Option<u32>,
    pub(super) speed: Option<f64>,
    /// The player to follow for whoever names none.
    pub(super) follow: Option<String>,
}

/// Shows the log in these files, oldest first, until a signal comes. Browsers are shown `page`.
///
/// # Errors
/// A sentence, where there is nothing to show, or nowhere to show it.
pub(super) fn serve_log<G: Game>(
    saves: Saves<G>,
    files: Vec<PathBuf>,
    show: LogShow,
    page: Option<&'static [BuiltFile]>,
) -> Result<(), String> {
    let (player, about) = LogPlayer::open(saves, files)?;
    if let Some(at) = show.at.filter(|at| !(about.first..=about.last).contains(at)) {
        return Err(format!("the log does not have tick {at}: it has {} to {}", about.first, about.last));
    }
    let settings = Settings {
        listen: show.listen,
        secret_file: show.secret_file.unwrap_or_default(),
        max_clients: ONLOOKERS_MAX,
        admin_listen: AdminListen::Off,
        // Time goes as fast as it is told to.
        full_service: true,
        look_back: 0,
        ..Settings::for_game::<G>()
    };
    settings.check().map_err(|error| error.to_string())?;
    let mut config = settings.with_rules(about.terms.rules.clone()).map_err(|error| error.to_string())?;
    let start = ScreenStart {
        ticks: (about.first, about.last),
        tick_hz: about.terms.tick_hz,
        at: show.at,
        speed: show.speed,
        follow: show.follow,
        patience: Duration::ZERO,
    };
    (config.terms, config.built_page) = (about.terms, page);
    outlive_full_files();
    logs::init(settings.log_level, settings.log_format);
    tell_panics();
    let (player, orders) = (Arc::new(Mutex::new(player)), Arc::new(OrderLines::new()));
    let said = Arc::clone(&orders);
    let world = move |_: &_, _| ScreenedLog::of(Arc::clone(&player), Arc::clone(&said), &start);
    let server = start_obeying::<ScreenedLog<G>>(config, Box::new(world), orders).map_err(|error| error.to_string())?;
    let told: String = about.told.iter().map(|sentence| format!("{sentence}\n")).collect();
    let address = server.local_addr();
    let hint = if page.is_some() { format!("Look in a browser:        http://{address}\n") } else { String::new() };
    mention(&format!(
        "{told}Auspice shows a log of \"{}\" on ws://{address}/play, ticks {} to {}.\n\
         {hint}Stop it:                  Ctrl-C\n",
        G::NAME,
        about.first,
        about.last
    ));
    server.join().map_err(|error| error.to_string())
}
