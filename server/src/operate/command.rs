//! The command line: from what was typed to a running server.

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;

use auspice::authority::{Room, Saved};
use auspice::{Game, Terms};
use auspice_output::complain;
use clap::{Args as ClapArgs, Command, CommandFactory, FromArgMatches, Parser};
use serde::Serialize;
use serde::de::DeserializeOwned;
use toml::Value;

use super::args::{Args, NoFlags};
use super::config::{ConfigError, Layers, Settings, shown, written};
use super::forget::ForgetTask;
use super::inspector::INSPECTOR;
use super::logs;
use super::mint;
use super::new::NewTask;
use super::outlet::mention;
use super::panics::tell_panics;
use super::replay::ReplayTask;
use super::schema;
use super::shutdown::outlive_full_files;
use crate::limits::{FILES_PER_CLIENT, FILES_PER_LOG, FILES_PER_VISITOR, HANDSHAKES_MAX, OTHER_FILES, VISITORS_MAX};
use crate::net::BuiltFile;
use crate::rooms::RoomOptions;
use crate::server::{Handle, start_with_signals};
use crate::tick::driver::{NewWorld, RoomTerms};
use crate::ticklog::Saves;
use crate::tls::Tls;

/// Exit code for settings that cannot be used, as for flags.
const EXIT_BAD_SETTINGS: u8 = 2;

/// Exit code for a server that could not start, or did not end well.
const EXIT_FAILED: u8 = 1;

/// A game's own additions to the command line and to the settings.
pub struct Own<G: Game, S> {
    /// Its settings by default; their names must not be the server's.
    pub settings: S,
    /// Makes the rules of the settings, or says what is wrong with them.
    pub rules: fn(&S) -> Result<G::Rules, ConfigError>,
    /// Makes what makes the world: reads the map or the trace that the settings name, or says what is wrong
    /// with it. [`no_data`] for a world that comes from the rules and the seed alone.
    pub world: fn(&S) -> Result<NewWorld<G>, ConfigError>,
    /// The functions by which the game is saved, if it can be: then it may have a log.
    pub saves: Option<Saves<G>>,
    /// Changes the terms of a room by its options, where there are several rooms; [`no_options`] for a game that has
    /// none.
    pub room_terms: RoomTerms<G::Rules>,
    /// Lines to print when the server listens, after the address.
    pub hints: fn(SocketAddr) -> Vec<String>,
    /// The page that browsers are shown unless the settings say otherwise: files that the program has within it.
    pub page: Option<&'static [BuiltFile]>,
}

/// Lets the game make its world by itself, for [`Own::world`].
///
/// # Errors
///
/// None.
pub fn no_data<G: Game, S>(_: &S) -> Result<NewWorld<G>, ConfigError> {
    Ok(Box::new(G::new))
}

/// Has no options of rooms, for [`Own::room_terms`].
pub fn no_options<R>(options: &RoomOptions, _: &mut Terms<R>) -> bool {
    options.is_empty()
}

/// Runs the `fn main` of a server whose game has default rules and no flags of its own.
#[must_use]
pub fn main<G: Game>() -> ExitCode {
    main_by_default::<G>(None)
}

/// The same of a game that can be saved, and so may have a log.
#[must_use]
pub fn main_saved<G: Saved>() -> ExitCode {
    main_by_default::<G>(Some(Saves::new()))
}

fn main_by_default<G: Game>(saves: Option<Saves<G>>) -> ExitCode {
    main_with::<G, NoFlags, _>(Own {
        settings: toml::Table::new(),
        rules: |_| Ok(G::Rules::default()),
        world: no_data,
        saves,
        room_terms: no_options,
        hints: |_| Vec::new(),
        page: None,
    })
}

/// The same with flags `F` and settings `S` of the game's own. `F` serialises as those settings that were typed.
#[must_use]
pub fn main_with<G, F, S>(own: Own<G, S>) -> ExitCode
where
    G: Game,
    F: ClapArgs + Serialize,
    S: Serialize + DeserializeOwned,
{
    let CommandLine { server: args, own: flags, task } = match parse::<G, F>(&own.settings) {
        Ok(line) => line,
        Err(code) => return code,
    };
    if let Some(task) = task {
        let world = || {
            let (_, own_settings, rules) = settle::<G, F, S>(&args, &flags, &own)?;
            Ok((rules, (own.world)(&own_settings)?))
        };
        return task
            .run::<G>(world, own.saves, own.page)
            .map_or_else(|error| fail(&error, EXIT_FAILED), |text| answer(&text));
    }
    match settle::<G, F, S>(&args, &flags, &own) {
        Ok((settings, own_settings, _)) if args.print_config => print_config(&settings, &own_settings),
        Ok((settings, own_settings, rules)) => match (own.world)(&own_settings) {
            Ok(world) => serve::<G, S>(&settings, rules, world, &own),
            Err(error) => fail(&error, EXIT_BAD_SETTINGS),
        },
        Err(error) => fail(&error, EXIT_BAD_SETTINGS),
    }
}

#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct CommandLine<G: Game, F: ClapArgs> {
    #[command(flatten)]
    server: Args<G>,
    #[command(flatten)]
    own: F,
    #[command(subcommand)]
    task: Option<Task>,
}

/// A task of the program in place of serving.
#[derive(clap::Subcommand)]
enum Task {
    /// Make a workspace of one's own game: rules, server, a page or window, bots and a test
    New(NewTask),
    /// Make keys and tickets, as a backend does
    #[command(subcommand)]
    Ticket(mint::TicketTask),
    /// Print the game's tables as JSON, for a client in another language
    Schema {
        /// Print them as types of TypeScript, for a page
        #[arg(long)]
        typescript: bool,
    },
    /// Play the game without clients, and print the codes that fit its news, for `#[replicate(codes = ...)]`
    Codes {
        /// Number of ticks to play
        #[arg(long, default_value_t = CODES_TICKS)]
        ticks: u32,
    },
    /// Play a log again (--log-dir): does it come out the same, what did a player see? Or show it to clients
    Replay(ReplayTask),
    /// Remove the files of a log that mention a player
    Forget(ForgetTask),
}

/// Ticks from which codes are learnt: 5 minutes at 30 Hz, so that rare things happen some times.
const CODES_TICKS: u32 = 9000;

impl Task {
    /// Does it; returns what it prints.
    fn run<G: Game>(
        &self,
        world: impl FnOnce() -> Result<(G::Rules, NewWorld<G>), ConfigError>,
        saves: Option<Saves<G>>,
        page: Option<&'static [BuiltFile]>,
    ) -> Result<String, String> {
        match self {
            Self::New(task) => task.run(),
            Self::Ticket(task) => task.run(G::NAME),
            Self::Schema { typescript: false } => schema::json::<G>(),
            Self::Schema { typescript: true } => schema::typescript::<G>(),
            Self::Codes { ticks } => {
                let (rules, world) = world().map_err(|error| error.to_string())?;
                learn_codes(rules, world, *ticks)
            }
            Self::Replay(task) => task.run(saves, page),
            Self::Forget(task) => task.run(),
        }
    }
}

/// Plays the game for so many ticks; the codes that fit its news.
fn learn_codes<G: Game>(rules: G::Rules, world: NewWorld<G>, ticks: u32) -> Result<String, String> {
    let room = Room::<G>::with_world(Terms::of::<G>(rules), 1, 1, world);
    let codes = room.map_err(|error| error.to_string())?.learn_codes_for(ticks).map_err(|misuse| misuse.to_string())?;
    Ok(format!("# {} in {ticks} ticks\n{codes}", G::NAME))
}

/// Parses what was typed. Where that was `--help`, `--version` or a flag that does not exist, it is answered,
/// and there is the exit code.
fn parse<G: Game, F: ClapArgs>(own: &impl Serialize) -> Result<CommandLine<G, F>, ExitCode> {
    let own = written(own).map_err(|error| fail(&error, EXIT_FAILED))?;
    let command = own
        .iter()
        .fold(CommandLine::<G, F>::command(), |command, (name, default)| tell_default(command, name, default));
    let command = command
        .name(program_name())
        .version(env!("CARGO_PKG_VERSION"))
        // A number below 0 is a wrong value, not a flag that does not exist.
        .allow_negative_numbers(true)
        .about(format!("Serves the game \"{}\" over WebSocket.", G::NAME));
    let typed = command.try_get_matches().and_then(|matches| CommandLine::from_arg_matches(&matches));
    typed.map_err(|error| {
        let printed = error.print();
        // What is wrong with a flag may find nobody to be told to; it is wrong all the same.
        if error.use_stderr() { ExitCode::from(EXIT_BAD_SETTINGS) } else { answered(printed) }
    })
}

/// Puts the default of a game's own setting into its flag's help.
fn tell_default(command: Command, name: &str, default: &Value) -> Command {
    let is_flag = |flag: &clap::Arg| flag.get_long() == Some(name);
    let Some(id) = command.get_arguments().find(|flag| is_flag(flag)).map(|flag| flag.get_id().clone()) else {
        return command;
    };
    command.mut_arg(id, |flag| match (flag.get_help().cloned(), shown(default)) {
        (Some(help), Some(default)) => flag.help(format!("{help} [default: {default}]")),
        _ => flag,
    })
}

/// The program's name: a game's own server is not called like this library.
fn program_name() -> String {
    let path = std::env::args_os().next().map(std::path::PathBuf::from);
    let stem = path.as_deref().and_then(std::path::Path::file_stem).map(|stem| stem.to_string_lossy().into_owned());
    stem.unwrap_or_else(|| env!("CARGO_PKG_NAME").to_string())
}

/// Settings from defaults, file, environment and flags; checked, with the rules that they make.
fn settle<G, F, S>(args: &Args<G>, flags: &F, own: &Own<G, S>) -> Result<(Settings, S, G::Rules), ConfigError>
where
    G: Game,
    F: Serialize,
    S: Serialize + DeserializeOwned,
{
    let defaults = Settings::for_game::<G>();
    let mut layers = Layers::over(written(&own.settings)?.into_iter().chain(written(&defaults)?).collect());
    if let Some(path) = &args.config {
        layers = layers.file(path)?;
    }
    let layers = layers.environment(std::env::vars_os())?.flags(written(flags)?).flags(args.settings.clone());
    let (settings, own_settings) = (layers.extract(&defaults)?, layers.extract(&own.settings)?);
    settings.check()?;
    let rules = (own.rules)(&own_settings)?;
    Ok((settings, own_settings, rules))
}

fn print_config<S: Serialize>(settings: &Settings, own: &S) -> ExitCode {
    let written = toml::to_string(settings).and_then(|server| Ok(server + &toml::to_string(own)?));
    written.map_or_else(|error| fail(&error, EXIT_FAILED), |text| answer(&text))
}

fn serve<G: Game, S>(settings: &Settings, rules: G::Rules, world: NewWorld<G>, own: &Own<G, S>) -> ExitCode {
    outlive_full_files();
    logs::init(settings.log_level, settings.log_format);
    tell_panics();
    for warning in settings.warnings() {
        tracing::warn!("{warning}");
    }
    let mut config = match settings.with_rules(rules) {
        Ok(config) => config,
        Err(error) => return fail(&error, EXIT_BAD_SETTINGS),
    };
    config.room_terms = own.room_terms;
    config.built_page = own.page.filter(|_| settings.page.as_os_str().is_empty());
    let shows_page = config.page.is_some() || config.built_page.is_some();
    let logs = if config.log.is_some() { settings.rooms } else { 0 };
    raise_file_limit(settings.max_clients, shows_page, logs);
    let server = match start_with_signals::<G>(config, world, own.saves) {
        Ok(server) => server,
        Err(error) => return fail(&error, EXIT_FAILED),
    };
    // The game goes on where nobody reads this.
    mention(&greeting::<G>(settings, &server, shows_page, &(own.hints)(server.local_addr())));
    match server.join() {
        Ok(()) => {
            mention("Stopped.\n");
            ExitCode::SUCCESS
        }
        Err(error) => fail(&error, EXIT_FAILED),
    }
}

fn greeting<G: Game>(settings: &Settings, server: &Handle, shows_page: bool, hints: &[String]) -> String {
    let address = server.local_addr();
    let scheme = if settings.tls().is_some() { "wss" } else { "ws" };
    let mut lines = vec![format!(
        "Auspice serves \"{}\" on {scheme}://{address}/play, {} ticks a second, for up to {} clients.",
        G::NAME,
        settings.tick_hz,
        settings.max_clients
    )];
    if shows_page {
        let scheme = if settings.tls().is_some() { "https" } else { "http" };
        lines.push(format!("Play it in a browser:     {scheme}://{address}"));
    }
    match settings.tls() {
        // What a game says of plain addresses would be wrong.
        Some(Tls::Files { .. }) => {}
        Some(Tls::SelfSigned { certificate }) => {
            lines.push(format!("Clients must trust it:    --tls-ca {}", certificate.display()));
        }
        None => lines.extend_from_slice(hints),
    }
    if address.ip().is_loopback() {
        lines.push(format!("Open it to your network:  --listen 0.0.0.0:{} --secret-file FILE", address.port()));
    }
    if let Some(admin) = server.admin_addr() {
        lines.push(format!("Watch it:                 http://{admin}/metrics"));
        if !settings.admin_token_file.as_os_str().is_empty() {
            lines.push(format!("Look inside:              http://{admin}{INSPECTOR}"));
        }
    }
    lines.push("Stop it:                  Ctrl-C".into());
    lines.join("\n") + "\n"
}

/// The files that a server may have open at once; the usual soft limit is 1024.
#[cfg(unix)]
fn raise_file_limit(clients_max: u32, shows_page: bool, logs: u32) {
    let visitors = if shows_page { VISITORS_MAX as u64 } else { 0 };
    let of_clients = FILES_PER_CLIENT * u64::from(clients_max) + FILES_PER_VISITOR * visitors + HANDSHAKES_MAX as u64;
    let wanted = of_clients + FILES_PER_LOG * u64::from(logs) + OTHER_FILES;
    match rlimit::increase_nofile_limit(wanted) {
        Ok(limit) if limit < wanted => {
            tracing::warn!(
                limit,
                wanted,
                "this process may not open as many files as there may be clients; raise `ulimit -n`"
            );
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the limit of open files cannot be raised"),
    }
}

#[cfg(not(unix))]
const fn raise_file_limit(_: u32, _: bool, _: u32) {}

/// Prints what was asked for, and says how the process should end.
fn answer(text: &str) -> ExitCode {
    answered(auspice_output::print(text))
}

fn answered(printed: io::Result<()>) -> ExitCode {
    match printed {
        // A reader that went away has seen enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            fail(&format!("the answer cannot be printed: {error}"), EXIT_FAILED)
        }
        _ => ExitCode::SUCCESS,
    }
}

fn fail(error: &impl std::fmt::Display, code: u8) -> ExitCode {
    complain!("error: {error}");
    ExitCode::from(code)
}
