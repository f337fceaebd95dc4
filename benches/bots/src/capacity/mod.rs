//! Search for the number of players and rooms that a machine holds: runs of ever more bots until a demand breaks, then
//! of numbers between.
//!
//! # Reading order
//!
//! `demands` (what being served well is, and who gave out), `search` (how many to try next), `answer` (what comes of
//! it), and here the runs.

pub mod answer;
pub mod demands;
pub mod search;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread::sleep;
use std::time::{Duration, Instant};

use auspice::Game;
use auspice_output::{self as output, complain};
use clap::Args;

use crate::driver::Driver;
use crate::plan::{Plan, SwarmArgs, SwarmError};
use crate::server_window::{ServerMoment, listening_on};
use crate::{report, swarm};
use answer::{CapacityReport, sentence};
use demands::{Demands, TrySample};
use search::{CapacitySearch, SearchBounds, SearchStep};

/// Port on which a server listens, and its admin listener, unless told otherwise.
const PORT: u16 = 7700;
const ADMIN_PORT: u16 = 7701;

/// Greatest time that a server gets to be without players and load again before the next try.
const CALM_MAX: Duration = Duration::from_secs(15);

/// Time from one look whether it is to the next; and the wait where nobody can look.
const LOOK_EVERY: Duration = Duration::from_millis(250);
const PAUSE: Duration = Duration::from_secs(2);

/// Options of a search, beside those of a run.
#[derive(Args, Clone, Debug)]
pub struct CapacityArgs {
    /// Finds out how many players, and rooms, the server holds: tries more and more bots, from --clients on, until a
    /// demand below breaks, and then narrows the number down
    #[arg(long, conflicts_with_all = ["cut_at", "breakdown", "tickets"])]
    pub find_capacity: bool,
    /// Bots that are tried at most
    #[arg(long, value_name = "COUNT", default_value_t = 20_000, requires = "find_capacity",
          value_parser = clap::value_parser!(u32).range(1..=60_000))]
    pub max: u32,
    /// Times that the number is sought: how far they lie apart is how sure it is
    #[arg(long, value_name = "COUNT", default_value_t = 3, requires = "find_capacity",
          value_parser = clap::value_parser!(u32).range(1..=20))]
    pub passes: u32,
    /// Distance from a number that is served to one that is not, as a share, that is near enough
    #[arg(long, value_name = "SHARE", default_value_t = 0.05, requires = "find_capacity",
          value_parser = parse_precision)]
    pub precision: f64,
    /// Seconds that are measured of each try
    #[arg(long, value_name = "SECONDS", default_value_t = 8, requires = "find_capacity",
          value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub try_seconds: u32,
    /// Demands that are to hold.
    #[command(flatten)]
    pub demands: Demands,
}

fn parse_precision(text: &str) -> Result<f64, String> {
    let within = |share: &f64| (0.005..=1.0).contains(share);
    text.parse().ok().filter(within).ok_or_else(|| "a precision lies between 0.005 and 1".to_string())
}

/// Runs bots as a command line says: once, with a verdict, or to find out how many the server holds. Prints what comes
/// of it, writes it where it was asked for, and says how the process should end.
#[must_use]
pub fn conclude<G: Game, D: Driver<G>>(plan: &Plan, args: &CapacityArgs, driver: impl Fn(usize) -> D) -> ExitCode {
    if !args.find_capacity {
        return report::conclude(swarm::run::<G, D>(plan, driver), plan.args.json.as_deref());
    }
    let found = find::<G, D>(plan, args, driver);
    let written = found.and_then(|found| {
        output::show(&found.to_string());
        plan.args.json.as_deref().map_or(Ok(()), |path| found.write_json(path))
    });
    match written {
        Ok(()) => output::conclude(ExitCode::SUCCESS),
        Err(error) => {
            complain!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Finds out how many bots the server of `plan` serves well. Says on standard error how it goes.
///
/// # Errors
/// Where not a single bot could play, or the server showed another state than it has.
pub fn find<G: Game, D: Driver<G>>(
    plan: &Plan,
    args: &CapacityArgs,
    driver: impl Fn(usize) -> D,
) -> Result<CapacityReport, SwarmError> {
    let plan = try_plan(plan, args)?;
    let bounds = SearchBounds {
        first: plan.args.clients,
        most: swarm::bots_allowed(args.max),
        precision: args.precision,
        passes: args.passes,
    };
    let (mut search, mut tries) = (CapacitySearch::new(bounds), Vec::new());
    let capacity = loop {
        let bots = match search.ask() {
            SearchStep::Done(capacity) => break capacity,
            SearchStep::Try(bots) => bots,
        };
        let sample = run_try::<G, D>(&plan, bots, &driver)?;
        let gave_out = args.demands.judge(&sample);
        complain!("{}", sentence(search.under_way().0, args.passes, &sample, gave_out));
        search.tell(gave_out);
        tries.push((sample, gave_out));
        await_calm(&plan.args);
    };
    Ok(CapacityReport::new(plan.args.url, args.demands, &capacity, tries))
}

/// The plan of each try: the server's own word is asked for wherever it is to be had.
fn try_plan(plan: &Plan, args: &CapacityArgs) -> Result<Plan, SwarmError> {
    let mut plan = plan.clone();
    if let Some(path) = &plan.args.json {
        // Better known now than after minutes of playing.
        may_write(path)?;
    }
    // What is written is what comes of all tries.
    (plan.args.json, plan.args.seconds) = (None, args.try_seconds);
    if let Some(port) = port_here(&plan.args.url) {
        plan.args.server_pid = plan.args.server_pid.or_else(|| listening_on(port));
        plan.args.admin = plan.args.admin.or_else(|| admin_of(plan.args.server_pid));
    }
    if plan.args.admin.is_none() {
        complain!(
            "no admin listener is known (--admin): whether ticks are done in time is judged by what bots see alone"
        );
    }
    Ok(plan)
}

fn may_write(path: &Path) -> Result<(), SwarmError> {
    let file = std::fs::OpenOptions::new().create(true).append(true).open(PathBuf::from(path));
    file.map(drop).map_err(|error| SwarmError(format!("{} cannot be written: {error}", path.display())))
}

/// The port of a server's address, if it is on this machine by its name.
fn port_here(url: &str) -> Option<u16> {
    let host = url.split("://").nth(1)?.split('/').next()?;
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port.parse().ok()?),
        _ => (host, PORT),
    };
    let is_here = |address: IpAddr| address.is_loopback();
    let bare = name.trim_matches(['[', ']']);
    (name == "localhost" || bare.parse().is_ok_and(is_here)).then_some(port)
}

/// The usual address of an admin listener, if it is this process's.
fn admin_of(pid: Option<u32>) -> Option<SocketAddr> {
    let usual = SocketAddr::from((Ipv4Addr::LOCALHOST, ADMIN_PORT));
    pid.filter(|&pid| listening_on(ADMIN_PORT) == Some(pid)).map(|_| usual)
}

/// Has so many bots play.
fn run_try<G: Game, D: Driver<G>>(
    plan: &Plan,
    bots: u32,
    driver: impl Fn(usize) -> D,
) -> Result<TrySample, SwarmError> {
    let mut plan = plan.clone();
    plan.args.clients = bots;
    let report = swarm::run::<G, D>(&plan, driver)?;
    let figures = &report.figures;
    let wrong = figures.divergences + figures.tolerance_violations + figures.strangers;
    if wrong > 0 {
        // However many it serves, it does not serve them right.
        return Err(SwarmError(format!("with {bots} bots, what they saw was wrong:\n{report}")));
    }
    Ok(TrySample::of(&report))
}

/// Waits until the last try is no more to be felt.
fn await_calm(args: &SwarmArgs) {
    let until = Instant::now() + CALM_MAX;
    let is_calm = |load: (u64, u64)| load == (0, 0);
    loop {
        match args.admin.and_then(|_| ServerMoment::now(args.admin, None).load()) {
            None => return sleep(PAUSE),
            Some(load) if is_calm(load) || Instant::now() > until => return,
            Some(_) => sleep(LOOK_EVERY),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_of_this_machine_is_known_by_its_address() {
        assert_eq!(port_here("ws://127.0.0.1:7711/play"), Some(7711));
        assert_eq!(port_here("wss://localhost:8443"), Some(8443));
        assert_eq!(port_here("ws://[::1]:7700/play"), Some(7700));
        assert_eq!(port_here("ws://localhost/play"), Some(PORT));
        assert_eq!(port_here("wss://play.example:7700"), None);
        assert_eq!(port_here("ws://10.0.0.4:7700"), None);
    }
}
