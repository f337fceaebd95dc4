//! The server beside the bare-socket floor: pairs of runs, one right after the other, each in its own processes, the server on one
//! core and the bots on another. Only the ratio of a pair means something, since whatever disturbs the machine disturbs both.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::Value;

/// What to compare.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Bots in each run.
    pub clients: u32,
    /// Bodies of the workload.
    pub entities: u32,
    /// Ticks a second.
    pub tick_hz: u32,
    /// Seconds measured in each run.
    pub seconds: u32,
    /// Seconds of warm-up in each run.
    pub warmup_seconds: u32,
    /// How many pairs.
    pub pairs: u32,
}

/// One run of either.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Side {
    /// Processor time of the server, user and system, in microseconds by client and tick.
    pub cpu_us_per_client_tick: f64,
    /// The part of it in the server's own code.
    pub user_us_per_client_tick: f64,
    /// Payload received, in bytes by client and tick.
    pub payload_bytes_per_client_tick: f64,
    /// Updates received by a client in a second.
    pub updates_per_second: f64,
    /// Most memory that the server had resident, in KiB.
    pub resident_kib: f64,
}

/// Both runs of a pair.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Pair {
    /// The server on W1.
    pub server: Side,
    /// The floor, with a payload of the server's mean size.
    pub floor: Side,
    /// The server's processor time by the floor's.
    pub ratio: f64,
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (server, floor) = (&self.server, &self.floor);
        write!(
            f,
            "server {:.2} us a client-tick ({:.2} user, {:.2} B, {:.1}/s), floor {:.2} us ({:.2} user, {:.1}/s): {:.2}",
            server.cpu_us_per_client_tick,
            server.user_us_per_client_tick,
            server.payload_bytes_per_client_tick,
            server.updates_per_second,
            floor.cpu_us_per_client_tick,
            floor.user_us_per_client_tick,
            floor.updates_per_second,
            self.ratio
        )
    }
}

/// Where the server runs, and where the bots do.
const SERVER_CORE: &str = "0";
const BOTS_CORE: &str = "1";
/// How long a server may take to listen.
const LISTEN_MAX: Duration = Duration::from_secs(10);

/// Runs all pairs; `each` is told of every one when it is done.
///
/// # Errors
/// Where a process cannot be started, or a run has no figures: a plain sentence.
pub fn compare(comparison: &Comparison, mut each: impl FnMut(usize, &Pair)) -> Result<Vec<Pair>, String> {
    let mut pairs = Vec::new();
    for index in 0..comparison.pairs as usize {
        let server = run_side(comparison, None)?;
        // The floor says as much as the server just did.
        let floor = run_side(comparison, Some(server.payload_bytes_per_client_tick.round() as usize))?;
        let pair = Pair { server, floor, ratio: server.cpu_us_per_client_tick / floor.cpu_us_per_client_tick };
        each(index, &pair);
        pairs.push(pair);
    }
    Ok(pairs)
}

/// The middle one of `values`; of an even number the mean of both middle ones; 0 of none.
#[must_use]
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        count if count % 2 == 1 => values[count / 2],
        count => f64::midpoint(values[count / 2 - 1], values[count / 2]),
    }
}

/// One run: the W1 server, or the floor with a payload.
fn run_side(comparison: &Comparison, floor_payload: Option<usize>) -> Result<Side, String> {
    let address = free_address().map_err(|error| format!("no port is free: {error}"))?;
    let (listen, hz) = (address.to_string(), comparison.tick_hz.to_string());
    let mut server = own_program()?;
    match floor_payload {
        Some(payload) => server.args(["floor", "--listen", &listen, "--hz", &hz, "--payload", &payload.to_string()]),
        None => server.args(["server", "--listen", &listen, "--hz", &hz, "--entities", &comparison.entities.to_string()]),
    };
    let server = Running::start(server.args(["--core", SERVER_CORE]))?;
    await_listening(address)?;
    let json = std::env::temp_dir().join(format!("auspice-ratio-{}.json", std::process::id()));
    let mut swarm = swarm_command(comparison, address, server.0.id(), &json)?;
    if floor_payload.is_some() {
        swarm.args(["--floor-hz", &hz]);
    }
    // A verdict of FAIL is not this comparison's affair; what there is to say the figures say.
    let output = swarm.output().map_err(|error| format!("the bots cannot start: {error}"))?;
    let said = || String::from_utf8_lossy(&output.stderr).trim().to_string();
    let text = std::fs::read_to_string(&json).map_err(|_| format!("the bots left no figures: {}", said()))?;
    // A file in the system's own place for such is no loss if it stays.
    let _ = std::fs::remove_file(&json);
    side_of(&text)
}

fn swarm_command(comparison: &Comparison, address: SocketAddr, server: u32, json: &PathBuf) -> Result<Command, String> {
    let mut swarm = own_program()?;
    swarm.arg("swarm").args(["--url", &format!("ws://{address}")]);
    swarm.args(["--clients", &comparison.clients.to_string(), "--seconds", &comparison.seconds.to_string()]);
    swarm.args(["--warmup", &comparison.warmup_seconds.to_string(), "--server-pid", &server.to_string(), "--core", BOTS_CORE]);
    swarm.arg("--json").arg(json);
    Ok(swarm)
}

fn side_of(json: &str) -> Result<Side, String> {
    let figures: Value = serde_json::from_str(json).map_err(|error| format!("the bots' figures cannot be read: {error}"))?;
    let figure = |key: &str| figures[key].as_f64().ok_or_else(|| format!("the bots could not measure {key} on this system"));
    Ok(Side {
        cpu_us_per_client_tick: figure("server_cpu_us_per_client_tick")?,
        user_us_per_client_tick: figure("server_user_us_per_client_tick")?,
        payload_bytes_per_client_tick: figure("payload_bytes_per_client_tick")?,
        updates_per_second: figure("updates_per_second")?,
        resident_kib: figure("server_resident_kib")?,
    })
}

fn own_program() -> Result<Command, String> {
    let path = std::env::current_exe().map_err(|error| format!("this program cannot find itself: {error}"))?;
    Ok(Command::new(path))
}

fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

fn await_listening(address: SocketAddr) -> Result<(), String> {
    let until = Instant::now() + LISTEN_MAX;
    while TcpStream::connect(address).is_err() {
        if Instant::now() > until {
            return Err(format!("the server does not listen at {address}"));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// A child that ends with its owner.
struct Running(Child);

impl Running {
    fn start(command: &mut Command) -> Result<Self, String> {
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        child.map(Self).map_err(|error| format!("the server cannot start: {error}"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // If it ended by itself there is nothing to do.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median([]), 0.0);
    }
}
