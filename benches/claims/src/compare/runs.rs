//! Runs of servers and clients, each in a process of its own: the server on one core, its clients on another.

use std::ffi::OsStr;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use auspice_bots::process::anonymous_kib;
use auspice_bots::report::Report;
use serde::de::DeserializeOwned;

use super::veth::{CableEnds, Within};
use crate::role::World;
use crate::tick_log::TickLog;

/// The core that the server runs on; the clients have the others.
pub(super) const SERVER_CORE: &str = "0";
const CLIENTS_CORE: &str = "1";
/// Greatest time that a server may take to listen.
const LISTEN_MAX: Duration = Duration::from_secs(10);
/// Beyond this share of their core, clients are late themselves: it is they who are measured.
const CLIENTS_SHARE_MAX: f64 = 0.9;
/// The same, by the updates that they take in time.
const UPDATE_SHARE_MIN: f64 = 0.95;

/// A server, its clients, and how long.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The world that is played.
    pub world: World,
    /// Clients.
    pub clients: u32,
    /// Bodies or discs in the world.
    pub entities: u32,
    /// Side of the square, if it is not to have the workload's density.
    pub side: Option<f64>,
    /// Connections are over TLS, by a certificate that the server makes.
    pub is_secure: bool,
    /// Ticks a second.
    pub hz: u32,
    /// Milliseconds for which news may wait; 0 for an update in every tick.
    pub patience: u32,
    /// Clients that connect in a second.
    pub ramp: u32,
    /// Share of the clients that hold a whole replica and verify it.
    pub verify_share: f64,
    /// Seconds before anything is measured, once all are in.
    pub warmup: u32,
    /// Seconds that are measured.
    pub seconds: u32,
    /// Memory that the server has of what happens.
    pub kept: Keeping,
    /// Small rooms in place of one with all clients.
    pub rooms: Option<SmallRooms>,
    /// Clients that verify hold what they see against a second run of the world.
    pub is_compared: bool,
    /// The cable between server and clients, where they are not on the loopback.
    pub cable: Option<CableEnds>,
}

/// Rooms that share a process, and one worker.
#[derive(Clone, Copy, Debug)]
pub struct SmallRooms {
    /// Number of rooms.
    pub count: u32,
    /// Players in each.
    pub players: u32,
}

/// Amount that a server keeps of what happens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keeping {
    /// No record at all.
    #[default]
    Nothing,
    /// The last minute, in memory.
    LastMinute,
    /// The last minute, and everything in a log.
    Log,
}

/// Result of a run.
#[derive(Clone, Debug)]
pub struct Run {
    /// The clients' figures.
    pub report: Report,
    /// The ticks of the measured window.
    pub ticks: TickLog,
    /// All of the server's ticks.
    pub all_ticks: TickLog,
    /// Memory of the server's own before anybody came, in KiB.
    pub own_kib_before: f64,
    /// Processor time of a proxy before the server for a client-tick, in microseconds; 0 without one.
    pub proxy_us: f64,
}

impl Run {
    /// Processor time of the server, and of a proxy before it, for a client-tick, in microseconds; NaN where this
    /// system does not tell.
    #[must_use]
    pub fn cpu_us(&self) -> f64 {
        self.report.figures.server_cpu_us_per_client_tick.unwrap_or(f64::NAN) + self.proxy_us
    }

    /// The part of it in the server's own code.
    #[must_use]
    pub fn user_us(&self) -> f64 {
        self.report.figures.server_user_us_per_client_tick.unwrap_or(f64::NAN)
    }

    /// Processor seconds of the server in a second.
    #[must_use]
    pub fn cpu_share(&self) -> f64 {
        self.cpu_us() / 1e6 * f64::from(self.report.figures.tick_hz) * f64::from(self.report.figures.clients)
    }

    /// Memory that the server took for a client, in KiB: what it had more of its own when all were there,
    /// shared among them.
    #[must_use]
    pub fn kib_per_client(&self) -> f64 {
        let own = self.report.figures.server_own_kib.map_or(f64::NAN, |kib| kib as f64);
        (own - self.own_kib_before) / f64::from(self.report.figures.clients)
    }

    /// Whether the clients kept up, so that it is the server that was measured.
    #[must_use]
    pub fn is_servers(&self) -> bool {
        self.report.figures.bots_cpu_share.is_none_or(|share| share < CLIENTS_SHARE_MAX)
            && self.report.figures.updates_per_second >= self.report.figures.updates_promised() * UPDATE_SHARE_MIN
    }
}

impl Plan {
    /// The server, and clients that play on it.
    ///
    /// # Errors
    /// Where a process cannot be started or leaves no figures: a plain sentence.
    pub fn run(&self) -> Result<Run, String> {
        let server = self.serve()?;
        let report = self.swarm(&server, false)?.finish()?;
        Run::of(server, report)
    }

    /// The floor with messages of `payload` bytes, and the same clients as to the server, which neither know nor care.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_floor(&self, payload: f64) -> Result<Run, String> {
        let payload = payload.round().to_string();
        let hz = self.hz.to_string();
        let within = self.cable.map(|cable| cable.server);
        let floor = Served::start(self.cable, |address| {
            role_within(within, "floor", ["--listen", address, "--payload", &payload, "--hz", &hz])
        })?;
        let report = self.swarm(&floor, true)?.finish()?;
        Run::of(floor, report)
    }

    /// The server alone.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn serve(&self) -> Result<Served, String> {
        let (hz, entities) = (self.hz.to_string(), self.entities.to_string());
        let certificate = self.is_secure.then(|| TemporaryFile::new("pem"));
        let log = (self.kept == Keeping::Log).then(|| TemporaryFile::new("log"));
        let within = self.cable.map(|cable| cable.server);
        let mut served = Served::start(self.cable, |address| {
            let mut command =
                role_within(within, "server", ["--listen", address, "--hz", &hz, "--entities", &entities])?;
            command.args(["--workload", world_name(self.world), "--patience", &self.patience.to_string()]);
            if let Some(side) = self.side {
                command.args(["--side", &side.to_string()]);
            }
            if let Some(SmallRooms { count, players }) = self.rooms {
                command.args(["--rooms", &count.to_string(), "--room-size", &players.to_string(), "--workers", "1"]);
            }
            if self.kept != Keeping::Nothing {
                command.args(["--look-back", "60"]);
            }
            if let Some(TemporaryFile(log)) = &log {
                command.arg("--log-dir").arg(log);
            }
            if let Some(TemporaryFile(certificate)) = &certificate {
                command.arg("--tls-self-signed").arg(certificate);
            }
            Ok(command)
        })?;
        (served.certificate, served.log) = (certificate, log);
        Ok(served)
    }

    /// Clients that play on `server`, or talk to a floor.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn swarm(&self, server: &Served, is_floor: bool) -> Result<Swarm, String> {
        let trusted = server.certificate.as_ref().map(|TemporaryFile(certificate)| certificate.as_path());
        self.swarm_at(server.address, trusted, server, is_floor)
    }

    /// The same where they come to `server` by another address; over TLS, if they trust a certificate.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub(super) fn swarm_at(
        &self,
        address: SocketAddr,
        trusted: Option<&Path>,
        server: &Served,
        is_floor: bool,
    ) -> Result<Swarm, String> {
        let json = TemporaryFile::new("json");
        let url = format!("{}://{address}/play", if trusted.is_some() { "wss" } else { "ws" });
        let within = self.cable.map(|cable| cable.clients);
        let mut command = role_within(within, "swarm", ["--url", &url, "--workload", world_name(self.world)])?;
        if let Some(certificate) = trusted {
            command.arg("--tls-ca").arg(certificate);
        }
        command.args(["--clients", &self.clients.to_string(), "--seconds", &self.seconds.to_string()]);
        command.args(["--warmup", &self.warmup.to_string(), "--ramp-per-second", &self.ramp.to_string()]);
        command.args([
            "--verify-share",
            &self.verify_share.to_string(),
            "--server-pid",
            &server.process.id().to_string(),
        ]);
        command.arg("--json").arg(&json.0).args(on_core(CLIENTS_CORE)).stdout(Stdio::null()).stderr(Stdio::piped());
        if !self.is_compared {
            command.arg("--hash-only");
        }
        if is_floor {
            command.args(["--floor-hz", &self.hz.to_string()]);
        }
        let process = command.spawn().map_err(|error| format!("the clients cannot start: {error}"))?;
        Ok(Swarm { process: Running(Some(process)), json })
    }
}

impl Run {
    /// The run of a server that is done, by what its clients report.
    pub(super) fn of(server: Served, report: Report) -> Result<Self, String> {
        let own_kib_before = server.own_kib_before;
        let all_ticks = server.stop()?;
        let ticks = all_ticks
            .between(report.figures.began_unix_seconds, report.figures.began_unix_seconds + report.figures.seconds);
        Ok(Self { report, ticks, all_ticks, own_kib_before, proxy_us: 0.0 })
    }
}

/// A server that listens.
pub struct Served {
    process: Running,
    /// The address that it listens on.
    pub address: SocketAddr,
    own_kib_before: f64,
    /// The certificate to trust, where it speaks TLS.
    certificate: Option<TemporaryFile>,
    /// The folder of its log, if it has one.
    log: Option<TemporaryFile>,
}

impl Served {
    fn start(cable: Option<CableEnds>, command: impl FnOnce(&str) -> Result<Command, String>) -> Result<Self, String> {
        let on_a_core = |address: &str| {
            let mut command = command(address)?;
            command.args(on_core(SERVER_CORE));
            Ok(command)
        };
        match cable {
            None => Self::listening(on_a_core),
            Some(cable) => Self::listening_at(cable.address(), || cable.is_served(), on_a_core),
        }
    }

    /// A server that `command` starts, on whatever cores there are.
    ///
    /// # Errors
    /// As [`Plan::run`].
    pub(super) fn listening(command: impl FnOnce(&str) -> Result<Command, String>) -> Result<Self, String> {
        let address = free_address()?;
        Self::listening_at(address, || TcpStream::connect(address).is_ok(), command)
    }

    fn listening_at(
        address: SocketAddr,
        is_served: impl Fn() -> bool,
        command: impl FnOnce(&str) -> Result<Command, String>,
    ) -> Result<Self, String> {
        let mut command = command(&address.to_string())?;
        let process = Running::start(&mut command)?;
        await_listening(address, is_served)?;
        let own_kib_before = anonymous_kib(process.id()).map_or(f64::NAN, |kib| kib as f64);
        Ok(Self { process, address, own_kib_before, certificate: None, log: None })
    }

    /// Ends it; the times of all its ticks.
    ///
    /// # Errors
    /// Where it had ended already, or says nothing.
    pub fn stop(self) -> Result<TickLog, String> {
        self.process.end("the server")
    }
}

/// Something that waits for deadlines on the server's core and does nothing at them, until it is told to stop.
pub struct Sleeper(Running);

impl Sleeper {
    /// Starts a sleeper that wakes `hz` times a second.
    ///
    /// # Errors
    /// Where it cannot be started.
    pub fn start(hz: u32) -> Result<Self, String> {
        Running::start(role("sleeper", &["--hz", &hz.to_string()])?.args(on_core(SERVER_CORE))).map(Self)
    }

    /// Ends it; when it woke.
    ///
    /// # Errors
    /// As [`Served::stop`].
    pub fn stop(self) -> Result<TickLog, String> {
        self.0.end("the sleeper")
    }
}

/// Clients that play.
pub struct Swarm {
    process: Running,
    json: TemporaryFile,
}

impl Swarm {
    /// Waits until they are done. A verdict of FAIL is not an error here: what there is to say the figures say.
    ///
    /// # Errors
    /// Where they left no figures.
    pub fn finish(self) -> Result<Report, String> {
        let output = self.process.output("the clients")?;
        let text = std::fs::read_to_string(&self.json.0).unwrap_or_default();
        serde_json::from_str(&text).map_err(|_| format!("the clients left no figures: {}", said(&output)))
    }
}

/// A role with arguments, on the clients' core; what it prints.
///
/// # Errors
/// Where it cannot be started, fails, or prints something else.
pub fn client<T: DeserializeOwned>(name: &str, args: &[&str]) -> Result<T, String> {
    let output = role(name, args)?.args(on_core(CLIENTS_CORE)).output();
    let output = output.map_err(|error| format!("{name} cannot start: {error}"))?;
    serde_json::from_slice(&output.stdout).map_err(|_| format!("{name} left no figures: {}", said(&output)))
}

/// Whether server and clients have a core each.
#[must_use]
pub fn has_two_cores() -> bool {
    core_affinity::get_core_ids().is_some_and(|cores| cores.len() >= 2)
}

fn on_core(core: &str) -> Vec<&str> {
    if has_two_cores() { vec!["--core", core] } else { Vec::new() }
}

const fn world_name(world: World) -> &'static str {
    match world {
        World::W1 => "w1",
        World::W2 => "w2",
        World::Demo => "demo",
    }
}

/// This program once more, as something else.
pub(super) fn role(name: &str, args: &[&str]) -> Result<Command, String> {
    role_within(None, name, args)
}

/// The same in a network of its own.
fn role_within(
    within: Option<Within>,
    name: &str,
    args: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> Result<Command, String> {
    let path = std::env::current_exe().map_err(|error| format!("this program cannot find itself: {error}"))?;
    let mut command = within.map_or_else(|| Command::new(&path), |within| within.command(&path));
    command.arg(name).args(args);
    Ok(command)
}

fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    // What comes last says why.
    text.trim().lines().last().unwrap_or("it said nothing").to_string()
}

/// A file, or a folder, that goes with its owner.
pub(super) struct TemporaryFile(pub(super) PathBuf);

impl TemporaryFile {
    pub(super) fn new(extension: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("auspice-compare-{}-{count}.{extension}", std::process::id())))
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        // A file in the system's own place for such is no loss if it stays.
        let _ = std::fs::remove_file(&self.0).or_else(|_| std::fs::remove_dir_all(&self.0));
    }
}

/// An address of this machine at which nobody listens.
pub(super) fn free_address() -> Result<SocketAddr, String> {
    let listener = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    listener.map_err(|error| format!("no port is free: {error}"))
}

/// Waits until somebody serves `address`.
pub(super) fn await_listening(address: SocketAddr, is_served: impl Fn() -> bool) -> Result<(), String> {
    let until = Instant::now() + LISTEN_MAX;
    while !is_served() {
        if Instant::now() > until {
            return Err(format!("nobody listens at {address}"));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// A child that ends with its owner: where it waits for that, when its standard input does; otherwise by force.
pub(super) struct Running(Option<Child>);

impl Running {
    /// Starts a process that ends by itself; nobody hears what it says.
    pub(super) fn silent(command: &mut Command) -> Result<Self, String> {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().map(|child| Self(Some(child))).map_err(|error| format!("a process cannot start: {error}"))
    }

    /// Starts a server, which logs its ticks.
    fn start(command: &mut Command) -> Result<Self, String> {
        command.arg("--tick-log").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().map(|child| Self(Some(child))).map_err(|error| format!("the server cannot start: {error}"))
    }

    pub(super) fn id(&self) -> u32 {
        self.0.as_ref().map_or(0, Child::id)
    }

    fn end(self, what: &str) -> Result<TickLog, String> {
        let output = self.output(what)?;
        serde_json::from_slice(&output.stdout)
            .map_err(|_| format!("{what} left no times of its ticks: {}", said(&output)))
    }

    /// Ends its standard input, and waits for it.
    pub(super) fn output(mut self, what: &str) -> Result<Output, String> {
        let child = self.0.take().ok_or_else(|| format!("{what} has ended"))?;
        child.wait_with_output().map_err(|error| format!("{what} cannot be waited for: {error}"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            // If it ended by itself there is nothing to do.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
