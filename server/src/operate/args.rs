//! The server's flags, as typed. Their meaning is [`config`](crate::config)'s matter.

use std::marker::PhantomData;
use std::path::PathBuf;
use std::str::FromStr;

use auspice::Game;
use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches};
use serde::Serialize;
use toml::Table;

use super::config::{SettingRow, Settings, written};

/// The server's flags. Those that are settings have the same names in the file, and with `AUSPICE_` in the environment.
pub(crate) struct Args<G> {
    /// The settings file.
    pub(crate) config: Option<PathBuf>,
    /// Whether the settings are to be printed, and that is all.
    pub(crate) print_config: bool,
    /// The settings that were typed.
    pub(crate) settings: Table,
    game: PhantomData<G>,
}

/// The defaults, by which each setting's flag is made and read.
fn defaults<G: Game>() -> Table {
    written(&Settings::for_game::<G>()).expect("a text, a number, a switch or a list should be TOML")
}

impl<G: Game> clap::Args for Args<G> {
    fn augment_args(command: Command) -> Command {
        let config = Arg::new("config").long("config").value_name("FILE").value_parser(clap::value_parser!(PathBuf));
        let print_config = Arg::new("print-config").long("print-config").action(ArgAction::SetTrue);
        let defaults = defaults::<G>();
        let command = command
            .arg(config.help(
                "Read settings from this TOML file; environment (AUSPICE_TICK_HZ and so on) and flags go before it",
            ))
            .arg(print_config.help("Print what all settings come to, as TOML, and exit"));
        command.args(Settings::rows().iter().map(|row| row.flag(&defaults[&row.name])))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<G: Game> FromArgMatches for Args<G> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let defaults = defaults::<G>();
        let typed = |row: SettingRow| Some((row.name.clone(), row.typed(matches, &defaults[&row.name])?));
        Ok(Self {
            config: matches.get_one("config").cloned(),
            print_config: matches.get_flag("print-config"),
            settings: Settings::rows().into_iter().filter_map(typed).collect(),
            game: PhantomData,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Reads a flag's number. Its range is told with the settings', wherever a value came from.
///
/// # Errors
/// A sentence for what is no whole number, 0 or more.
pub fn whole_number<T: FromStr>(text: &str) -> Result<T, &'static str> {
    text.parse().map_err(|_| "expected is a whole number, 0 or more, and not beyond all range")
}

/// No flags, for a game that has none of its own.
#[derive(clap::Args, Clone, Copy, Debug, Default, Serialize)]
pub struct NoFlags {}
