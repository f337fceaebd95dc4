//! `w1`: the reference workloads. Their server, its clients, the bare-socket floor beside it, and the ratio of the two.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;

use auspice_bench::ratio::{self, Comparison};
use auspice_bench::report;
use auspice_bench::swarm::{self, Plan, SwarmArgs};
use auspice_bench::w1::W1;
use auspice_bench::w2::W2;
use auspice_bench::workload::Workload;
use auspice_bench::workload_driver::{SharedRun, WorkloadDriver};
use auspice_bench::{floor, process};
use auspice_server::Config;
use clap::{Args, Parser, Subcommand, ValueEnum};
use serde_json::json;

/// The reference workloads: W1, free flight, where everything can be foreseen but the dice; W2, contacts and hidden forces.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

/// What is served and played.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum World {
    W1,
    W2,
}

#[derive(Subcommand)]
enum Task {
    /// Serves the workload.
    Server(ServerArgs),
    /// Plays it with many clients, which compare what they hold with a second run of the world.
    Swarm(PlayArgs),
    /// Serves nothing: reads and writes bare sockets, once each a tick.
    Floor(FloorArgs),
    /// Runs server and floor in turn, and says how their processor times compare.
    Ratio(RatioArgs),
}

#[derive(Args)]
struct ServerArgs {
    /// Which workload.
    #[arg(long, value_enum, default_value_t = World::W1)]
    workload: World,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:7700")]
    listen: SocketAddr,
    /// Bodies or discs in the world.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    entities: u32,
    /// Ticks a second.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=240))]
    hz: u32,
    /// Stays on this processor core.
    #[arg(long)]
    core: Option<usize>,
}

#[derive(Args)]
struct PlayArgs {
    /// Which workload the server has.
    #[arg(long, value_enum, default_value_t = World::W1)]
    workload: World,
    #[command(flatten)]
    swarm: SwarmArgs,
    /// Seconds to let everything settle before measuring.
    #[arg(long, default_value_t = 5)]
    warmup: u32,
    /// The server is the floor, at this rate: sends inputs and counts updates, understands nothing.
    #[arg(long, value_name = "HZ", value_parser = clap::value_parser!(u32).range(1..=240))]
    floor_hz: Option<u32>,
    /// Stays on this processor core.
    #[arg(long)]
    core: Option<usize>,
}

#[derive(Args)]
struct FloorArgs {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:7700")]
    listen: SocketAddr,
    /// Bytes of payload in each message.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    payload: u32,
    /// Ticks a second.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=240))]
    hz: u32,
    /// Stays on this processor core.
    #[arg(long)]
    core: Option<usize>,
}

#[derive(Args)]
struct RatioArgs {
    /// Clients in each run.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    clients: u32,
    /// Bodies in the world; as many as clients, if that is more.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    entities: u32,
    /// Ticks a second.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=240))]
    hz: u32,
    /// Seconds measured in each run.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=3600))]
    seconds: u32,
    /// Seconds of warm-up in each run.
    #[arg(long, default_value_t = 5)]
    warmup: u32,
    /// Pairs of runs.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pairs: u32,
    /// Writes the figures as JSON to this file as well.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

fn main() -> ExitCode {
    let result = match Arguments::parse().task {
        Task::Server(args) => match args.workload {
            World::W1 => serve::<W1>(&args),
            World::W2 => serve::<W2>(&args),
        },
        Task::Swarm(args) => {
            return match args.workload {
                World::W1 => play::<W1>(args),
                World::W2 => play::<W2>(args),
            };
        }
        Task::Floor(args) => serve_floor(&args),
        Task::Ratio(args) => compare(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::FAILURE
        }
    }
}

fn serve<W: Workload>(args: &ServerArgs) -> Result<(), String> {
    process::stay_on_core(args.core)?;
    let mut config = Config::for_game::<W>(W::rules(args.entities));
    config.listen = args.listen;
    // A client without an entity would see nothing.
    config.max_clients = args.entities.min(config.max_clients.max(20_000));
    config.terms.tick_hz = args.hz;
    println!(
        "{:?} with {} entities at {} Hz; clients: w1 swarm --workload {} --url ws://{}",
        args.workload,
        args.entities,
        args.hz,
        format!("{:?}", args.workload).to_lowercase(),
        args.listen
    );
    auspice_server::run::<W>(config).map_err(|error| error.to_string())
}

fn play<W: Workload>(args: PlayArgs) -> ExitCode {
    if let Err(sentence) = process::stay_on_core(args.core) {
        eprintln!("{sentence}");
        return ExitCode::FAILURE;
    }
    let plan = Plan { args: args.swarm, warmup_seconds: args.warmup, floor_hz: args.floor_hz };
    let run: SharedRun<W> = Rc::default();
    let report = swarm::run::<W, _>(&plan, |index| WorkloadDriver::new(run.clone(), index));
    report::conclude(report, plan.args.json.as_deref())
}

fn serve_floor(args: &FloorArgs) -> Result<(), String> {
    process::stay_on_core(args.core)?;
    let fault = |error: std::io::Error| format!("the floor cannot listen at {}: {error}", args.listen);
    let listener = TcpListener::bind(args.listen).map_err(fault)?;
    process::allow_many_files();
    println!(
        "bare sockets: {} bytes at {} Hz; clients: w1 swarm --floor-hz {} --url ws://{}",
        args.payload, args.hz, args.hz, args.listen
    );
    floor::serve(&listener, args.payload as usize, args.hz).map_err(fault)
}

fn compare(args: &RatioArgs) -> Result<(), String> {
    let comparison = Comparison {
        clients: args.clients,
        entities: args.entities.max(args.clients),
        tick_hz: args.hz,
        seconds: args.seconds,
        warmup_seconds: args.warmup,
        pairs: args.pairs,
    };
    println!("W1, {} clients at {} Hz, server on core 0, clients on core 1", args.clients, args.hz);
    let pairs = ratio::compare(&comparison, |index, pair| println!("pair {}: {pair}", index + 1))?;
    let median = ratio::median(pairs.iter().map(|pair| pair.ratio));
    println!("median ratio {median:.2}");
    if let Some(path) = &args.json {
        let text =
            format!("{:#}\n", json!({ "clients": args.clients, "tick_hz": args.hz, "median_ratio": median, "pairs": pairs }));
        std::fs::write(path, text).map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    }
    Ok(())
}
