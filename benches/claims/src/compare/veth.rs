//! [`VethPair`]: two networks of their own with a cable between them, on which each packet can be counted.
//!
//! It takes Linux, root, `unshare`, `nsenter` and `ip`. Nothing is left behind: each network is held by a process that
//! ends with this one, and the cable goes with them.

use std::fs;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Addresses of the server's end and of the clients', and the port of the server.
const SERVER: &str = "10.78.0.2";
const CLIENTS: &str = "10.78.0.1";
const PORT: u16 = 7700;
/// Name of either end.
const DEVICE: &str = "wire";
/// Greatest time that making a network may take.
const MAKING_MAX: Duration = Duration::from_secs(5);
/// Bytes of a frame beside its packet.
const ETHERNET_BYTES: f64 = 14.0;

/// A network without any way out, held by a process that does nothing until its input ends.
struct OwnNetwork(Child);

impl OwnNetwork {
    fn new() -> Result<Self, String> {
        let mut command = Command::new("unshare");
        command.args(["--net", "cat"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let unmade = |why: &dyn std::fmt::Display| format!("no network namespace can be made: {why}");
        let mut network = Self(command.spawn().map_err(|error| unmade(&error))?);
        let own = fs::read_link("/proc/self/ns/net").map_err(|error| unmade(&error))?;
        let began = Instant::now();
        while fs::read_link(format!("/proc/{}/ns/net", network.0.id())).map_or(true, |entered| entered == own) {
            let has_ended = network.0.try_wait().map_err(|error| unmade(&error))?.is_some();
            if has_ended || began.elapsed() > MAKING_MAX {
                return Err(unmade(&"this takes root"));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        network.ip("link set lo up")?;
        Ok(network)
    }

    /// Has `ip` change it.
    fn ip(&self, words: &str) -> Result<(), String> {
        run(Within(self.0.id()).command("ip").args(words.split_ascii_whitespace()), words)
    }
}

impl Drop for OwnNetwork {
    fn drop(&mut self) {
        // If it ended by itself there is nothing to do.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A network in which to start programs, by the process that holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Within(u32);

impl Within {
    /// The program in this network.
    #[must_use]
    pub fn command(self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--net=/proc/{}/ns/net", self.0)).arg("--").arg(program);
        command
    }
}

/// Both ends of a cable, as a plan needs them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CableEnds {
    /// The server's.
    pub server: Within,
    /// The clients'.
    pub clients: Within,
}

impl CableEnds {
    /// The address at which the server listens.
    #[must_use]
    pub fn address(self) -> SocketAddr {
        SocketAddr::new(SERVER.parse().expect("an address should parse"), PORT)
    }

    /// Whether anybody listens there.
    #[must_use]
    pub fn is_served(self) -> bool {
        let port = format!(":{PORT:04X} ");
        let sockets = fs::read_to_string(format!("/proc/{}/net/tcp", self.server.0)).unwrap_or_default();
        // State 0A listens.
        sockets.lines().any(|line| line.contains(&port) && line.split_ascii_whitespace().nth(3) == Some("0A"))
    }

    /// Bytes and packets so far as the cable's clients count them: down, up. Bytes are those of IP.
    #[must_use]
    pub fn counted(self) -> Option<[f64; 4]> {
        parse_counts(&fs::read_to_string(format!("/proc/{}/net/dev", self.clients.0)).ok()?)
    }
}

/// See the module.
pub struct VethPair {
    server: OwnNetwork,
    clients: OwnNetwork,
}

impl VethPair {
    /// Makes one.
    ///
    /// # Errors
    /// A sentence where this system or this user cannot.
    pub fn new() -> Result<Self, String> {
        let (server, clients) = (OwnNetwork::new()?, OwnNetwork::new()?);
        let peer = format!("link add {DEVICE} type veth peer name {DEVICE} netns {}", server.0.id());
        clients.ip(&peer)?;
        for (network, address) in [(&server, SERVER), (&clients, CLIENTS)] {
            network.ip(&format!("address add {address}/24 dev {DEVICE}"))?;
            // A packet is a segment: what several would share as one is not what goes over a cable.
            network.ip(&format!("link set {DEVICE} gso_max_segs 1"))?;
            network.ip(&format!("link set {DEVICE} up"))?;
        }
        Ok(Self { server, clients })
    }

    /// Its ends.
    #[must_use]
    pub fn ends(&self) -> CableEnds {
        CableEnds { server: Within(self.server.0.id()), clients: Within(self.clients.0.id()) }
    }
}

fn run(command: &mut Command, words: &str) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("`nsenter` cannot be run: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(format!("`ip {words}` failed: {}", said.trim())) }
}

/// Bytes and packets that came and went at the device, in `/proc/net/dev`: down, up.
fn parse_counts(text: &str) -> Option<[f64; 4]> {
    let line = text.lines().find_map(|line| line.trim_start().strip_prefix(DEVICE)?.strip_prefix(':'))?;
    let numbers: Vec<f64> = line.split_ascii_whitespace().filter_map(|word| word.parse().ok()).collect();
    let [bytes_in, packets_in, bytes_out, packets_out] = [0, 1, 8, 9].map(|at| numbers.get(at).copied());
    let ip = |bytes: f64, packets: f64| ETHERNET_BYTES.mul_add(-packets, bytes);
    Some([ip(bytes_in?, packets_in?), packets_in?, ip(bytes_out?, packets_out?), packets_out?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_devices_counts_are_found_and_ethernets_bytes_taken_off() {
        let text = "Inter-|   Receive                                                |  Transmit\n \
                    face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs\n    \
                    lo:     999       9    0    0    0     0          0         0      999       9    0 0 0 0 0 0\n  \
                    wire:    1400      10    0    0    0     0          0         0      700       5    0 0 0 0 0 0\n";
        assert_eq!(parse_counts(text), Some([1260.0, 10.0, 630.0, 5.0]));
        assert_eq!(parse_counts("lo: 1 2 3"), None);
    }
}
