//! [`Role`]: what one process of a measurement is: a server, its clients, the floor. The program `w1` is any
//! of them; `compare` starts itself as each.

use std::io::{self, Read};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use auspice::Game;
use auspice::authority::Saved;
use auspice::game::Ground;
use auspice::limits::{PATIENCE_MILLIS, PATIENCE_MILLIS_MAX};
use auspice_bots::demo_driver::DemoDriver;
use auspice_bots::driver::Driver;
use auspice_bots::plan::{Plan, SwarmArgs};
use auspice_bots::{process, report, swarm};
use auspice_demo::Demo;
use auspice_output::{self as output, complain, say};
use auspice_server::tls::Tls;
use auspice_server::{Config, LogConfig, RoomsConfig, Server, TickTimes};
use auspice_workloads::w1::W1;
use auspice_workloads::w2::W2;
use auspice_workloads::workload::Workload;
use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use crate::tick_log::TickLog;
use crate::workload_driver::{SharedRun, WorkloadDriver};
use crate::yard::{self, Mood, Yard, YardRules};
use crate::{empty_rooms, floor, stall};

/// World that is served and played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum World {
    /// Free flight: everything can be foreseen but the dice.
    #[default]
    W1,
    /// Contacts and hidden forces.
    W2,
    /// The demo, whose players and computers act by chance: nothing is held against a second run.
    Demo,
}

/// Time until the log is on the disk, as a server has it unless told otherwise.
const LOG_SYNC: Duration = Duration::from_millis(100);

/// See the module.
#[derive(Subcommand, Debug)]
pub enum Role {
    /// Serves the workload.
    Server(ServerArgs),
    /// Plays it with many clients, which compare what they hold with a second run of the world.
    Swarm(PlayArgs),
    /// Plays W1 with a client that stops reading now and then, and says what became of it, as JSON.
    Stall(StallArgs),
    /// Serves nothing: reads and writes bare sockets, once each a tick.
    Floor(FloorArgs),
    /// Does nothing at all at each tick's deadline.
    Sleeper(SleeperArgs),
    /// Makes rooms of W1 that nobody plays in, and says what they take.
    EmptyRooms(EmptyRoomsArgs),
    /// Serves rooms whose players may be bad neighbours.
    Yard(YardArgs),
    /// Plays there, in a mood.
    Loiter(LoiterArgs),
}

/// Options of [`Role::Yard`].
#[derive(Args, Debug)]
pub struct YardArgs {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:7700")]
    listen: SocketAddr,
    /// Rooms of each of two workers.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rooms: u32,
    /// Ends when standard input does, and prints the times of its ticks as JSON.
    #[arg(long)]
    tick_log: bool,
}

/// Options of [`Role::Loiter`].
#[derive(Args, Debug)]
pub struct LoiterArgs {
    /// Address of the server, with the path of a room.
    #[arg(long, default_value = "ws://127.0.0.1:7700/play/new/places=1")]
    url: String,
    /// Number of players.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    clients: u32,
    /// Seconds for which they stay.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=3600))]
    seconds: u32,
    /// Their mood.
    #[arg(long, value_enum, default_value_t)]
    mood: Mood,
}

/// Options of [`Role::EmptyRooms`].
#[derive(Args, Debug)]
pub struct EmptyRoomsArgs {
    /// Number of rooms.
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..=9999))]
    rooms: u32,
    /// Bodies in each.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    entities: u32,
}

/// Options of [`Role::Server`].
#[derive(Args, Debug)]
pub struct ServerArgs {
    /// Workload to serve.
    #[arg(long, value_enum, default_value_t)]
    workload: World,
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:7700")]
    listen: SocketAddr,
    /// Bodies or discs in the world.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    entities: u32,
    /// Side of the square on which they are, 10 to 8191. By default at the workload's density.
    #[arg(long, value_name = "METRES", value_parser = parse_side)]
    side: Option<f64>,
    /// Speaks TLS, by a certificate that it makes and writes here.
    #[arg(long, value_name = "FILE")]
    tls_self_signed: Option<PathBuf>,
    /// Milliseconds for which news at the edge of interest may wait; 0 for an update in every tick.
    #[arg(long, default_value_t = PATIENCE_MILLIS,
          value_parser = clap::value_parser!(u32).range(0..=i64::from(PATIENCE_MILLIS_MAX)))]
    patience: u32,
    /// Rooms at once, each with a world of its own; with 1 all clients are in one.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rooms: u32,
    /// Clients in each room, where there are several.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    room_size: u32,
    /// Threads that run rooms, where there are several.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    workers: u32,
    /// Folder for a log of all that happens.
    #[arg(long, value_name = "FOLDER")]
    log_dir: Option<PathBuf>,
    /// Seconds that are kept in memory to look back.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    look_back: u64,
    #[command(flatten)]
    common: Common,
}

/// Options of every server.
#[derive(Args, Debug)]
struct Common {
    /// Ticks a second.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=240))]
    hz: u32,
    /// Stays on this processor core.
    #[arg(long)]
    core: Option<usize>,
    /// Ends when standard input does, and prints the times of its ticks as JSON.
    #[arg(long)]
    tick_log: bool,
}

/// Side of an empty room's world: all of it is in view.
const EMPTY_SIDE_METRES: f64 = 100.0;

fn parse_side(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|side| (10.0..=8191.0).contains(side))
        .ok_or_else(|| "a side has 10 to 8191 metres".to_string())
}

/// Options of [`Role::Swarm`].
#[derive(Args, Debug)]
pub struct PlayArgs {
    /// Workload that the server has.
    #[arg(long, value_enum, default_value_t)]
    workload: World,
    #[command(flatten)]
    swarm: SwarmArgs,
    /// Seconds to let everything settle before measuring.
    #[arg(long, default_value_t = 5)]
    warmup: u32,
    /// The server is the floor, at this rate: sends inputs and counts updates, understands nothing.
    #[arg(long, value_name = "HZ", value_parser = clap::value_parser!(u32).range(1..=240))]
    floor_hz: Option<u32>,
    /// Compares views by their hash alone, and with no second run of the world: rooms but the first have worlds of
    /// their own.
    #[arg(long)]
    hash_only: bool,
    /// Stays on this processor core.
    #[arg(long)]
    core: Option<usize>,
}

/// Options of [`Role::Stall`].
#[derive(Args, Debug)]
pub struct StallArgs {
    /// Address of the server.
    #[arg(long, default_value = "127.0.0.1:7700")]
    server: SocketAddr,
    /// Number of stalls.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rounds: u32,
    /// Seconds for which it plays, and for which it stalls. A server closes whoever stalls for ten.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=8))]
    seconds: u32,
    /// Stays on this processor core.
    #[arg(long)]
    core: Option<usize>,
}

/// Options of [`Role::Floor`].
#[derive(Args, Debug)]
pub struct FloorArgs {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:7700")]
    listen: SocketAddr,
    /// Bytes of payload in each message.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    payload: u32,
    #[command(flatten)]
    common: Common,
}

/// Options of [`Role::Sleeper`].
#[derive(Args, Debug)]
pub struct SleeperArgs {
    #[command(flatten)]
    common: Common,
}

impl Role {
    /// Is it, until it is done.
    #[must_use]
    pub fn run(self) -> ExitCode {
        let done = match self {
            Self::Server(args) => match args.workload {
                World::W1 => serve(&args, W1::rules(args.entities, args.side), W1::new),
                World::W2 => serve(&args, W2::rules(args.entities, args.side), W2::new),
                World::Demo => serve(&args, auspice_demo::Rules::default(), Demo::new),
            },
            Self::Swarm(args) => {
                return match args.workload {
                    World::W1 => play::<W1>(args),
                    World::W2 => play::<W2>(args),
                    World::Demo => play_with::<Demo, _>(args, DemoDriver::new),
                };
            }
            Self::Stall(args) => stall(&args),
            Self::Floor(args) => serve_floor(&args),
            Self::Sleeper(args) => sleep(&args),
            Self::Yard(args) => serve_yard(&args),
            Self::Loiter(args) => {
                yard::loiter(&args.url, args.clients, args.seconds, args.mood).map(|report| say!("{report}"))
            }
            Self::EmptyRooms(args) => empty_rooms::measure(args.rooms, args.entities, Some(EMPTY_SIDE_METRES))
                .map(|sentence| say!("{sentence}")),
        };
        match done {
            Ok(()) => output::conclude(ExitCode::SUCCESS),
            Err(sentence) => {
                complain!("{sentence}");
                ExitCode::FAILURE
            }
        }
    }
}

/// Keeps this thread, and all that it starts, on one core; does nothing for `None`.
fn stay_on_core(core: Option<usize>) -> Result<(), String> {
    match core {
        Some(id) if !core_affinity::set_for_current(core_affinity::CoreId { id }) => {
            Err(format!("this system does not let a program stay on core {id}"))
        }
        _ => Ok(()),
    }
}

fn serve<G: Game + Saved>(args: &ServerArgs, rules: G::Rules, new: fn(&Ground<G>, u64) -> G) -> Result<(), String> {
    stay_on_core(args.common.core)?;
    let mut config = Config::for_game::<G>(rules);
    config.listen = args.listen.into();
    config.tls = args.tls_self_signed.clone().map(|certificate| Tls::SelfSigned { certificate });
    // A client without an entity would see nothing.
    config.max_clients = (args.rooms * args.room_size).max(args.entities).min(20_000);
    config.rooms = RoomsConfig { most: args.rooms, size: args.room_size, workers: args.workers, ..config.rooms };
    (config.terms.tick_hz, config.terms.patience_millis) = (args.common.hz, args.patience);
    // A world that an overloaded server shows in part could not be compared.
    config.full_service = true;
    // All of them come from one machine.
    config.access.max_per_address = 0;
    config.look_back = Duration::from_secs(args.look_back);
    config.log = args.log_dir.clone().map(|dir| LogConfig {
        dir,
        sync: LOG_SYNC,
        keep_bytes: 1 << 30,
        keep: Duration::from_secs(3600),
    });
    if args.common.tick_log {
        let (to, times) = channel();
        config.tick_times = Some(to);
        let server = Server::<G>::start_saved(config, Box::new(new)).map_err(|error| error.to_string())?;
        await_end_of_input();
        server.shutdown();
        server.join().map_err(|error| error.to_string())?;
        return print(&times.try_iter().collect::<TickLog>());
    }
    let name = format!("{:?}", args.workload);
    say!(
        "{name} with {} entities at {} Hz; clients: w1 swarm --workload {} --url ws://{}",
        args.entities,
        args.common.hz,
        name.to_lowercase(),
        args.listen
    );
    auspice_server::run::<G>(config).map_err(|error| error.to_string())
}

fn play<W: Workload>(args: PlayArgs) -> ExitCode {
    let (run, hash_only) = (SharedRun::<W>::default(), args.hash_only);
    play_with::<W, _>(args, move |index| {
        let driver = WorkloadDriver::new(run.clone(), index);
        if hash_only { driver.by_hash_alone() } else { driver }
    })
}

fn play_with<G: Game, D: Driver<G>>(args: PlayArgs, driver: impl Fn(usize) -> D) -> ExitCode {
    if let Err(sentence) = stay_on_core(args.core) {
        complain!("{sentence}");
        return ExitCode::FAILURE;
    }
    let plan = Plan { args: args.swarm, warmup_seconds: args.warmup, floor_hz: args.floor_hz };
    let report = swarm::run::<G, D>(&plan, driver);
    report::conclude(report, plan.args.json.as_deref())
}

fn stall(args: &StallArgs) -> Result<(), String> {
    stay_on_core(args.core)?;
    print(&stall::play(args.server, args.rounds, Duration::from_secs(args.seconds.into()))?)
}

fn serve_floor(args: &FloorArgs) -> Result<(), String> {
    stay_on_core(args.common.core)?;
    let fault = |error: io::Error| format!("the floor cannot listen at {}: {error}", args.listen);
    let listener = TcpListener::bind(args.listen).map_err(fault)?;
    process::allow_many_files();
    if !args.common.tick_log {
        let hz = args.common.hz;
        say!(
            "bare sockets: {} bytes at {hz} Hz; clients: w1 swarm --floor-hz {hz} --url ws://{}",
            args.payload,
            args.listen
        );
    }
    log_ticks(&args.common, |each| floor::serve(&listener, args.payload as usize, args.common.hz, each).map_err(fault))
}

fn serve_yard(args: &YardArgs) -> Result<(), String> {
    let mut config = Config::for_game::<Yard>(YardRules);
    (config.listen, config.terms.patience_millis) = (args.listen.into(), 0);
    let (to, times) = channel();
    config.tick_times = args.tick_log.then_some(to);
    process::allow_many_files();
    let server = yard::serve(config, args.rooms)?;
    await_end_of_input();
    server.shutdown();
    server.join().map_err(|error| error.to_string())?;
    print(&times.try_iter().collect::<TickLog>())
}

fn sleep(args: &SleeperArgs) -> Result<(), String> {
    stay_on_core(args.common.core)?;
    log_ticks(&args.common, |each| {
        floor::sleep(args.common.hz, each);
        Ok(())
    })
}

/// Runs `ticks`, until standard input ends if its times are wanted; prints them then.
fn log_ticks(
    args: &Common,
    ticks: impl FnOnce(&mut dyn FnMut(TickTimes) -> bool) -> Result<(), String>,
) -> Result<(), String> {
    if !args.tick_log {
        return ticks(&mut |_| true);
    }
    let ended = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&ended);
    std::thread::spawn(move || {
        await_end_of_input();
        flag.store(true, Ordering::Release);
    });
    let mut times = Vec::new();
    ticks(&mut |tick| {
        times.push(tick);
        !ended.load(Ordering::Acquire)
    })?;
    print(&times.into_iter().collect::<TickLog>())
}

/// Whoever started this process holds the other end, so that it never outlives them.
fn await_end_of_input() {
    // An input that cannot be read has ended.
    let _ = io::stdin().read_to_end(&mut Vec::new());
}

fn print(figures: &impl Serialize) -> Result<(), String> {
    say!("{}", serde_json::to_string(figures).map_err(|error| error.to_string())?);
    Ok(())
}
