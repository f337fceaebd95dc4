//! [`TrialStage`]: all that a trial takes: two namespaces, a link, a server, players and bare streams.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use auspice_bots::exposition::Exposition;
use rustix::process::{Pid, Signal, kill_process};
use tun_rs::SyncDevice;

use super::bare;
use super::crowd::Crowd;
use super::link::LabLink;
use super::namespace::Namespace;
use super::way::{KeptOrder, WayShape};
use crate::server_process::ServerProcess;

/// Port of the game's server.
pub const GAME_PORT: u16 = 7700;
/// Port of the bare streams.
pub const BARE_PORT: u16 = 7800;
/// Network of both ends.
const NETWORK: &str = "10.77.0.0/24";
/// Address of the clients, all of which are behind it.
const CLIENT: &str = "10.77.0.1";
/// Address of the server.
const SERVER: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 2);
/// Congestion control of both ends: what most systems have.
const CONGESTION_CONTROL: &str = "cubic";
/// Greatest time that all may take to join.
const JOIN_MAX: Duration = Duration::from_secs(20);
/// Time from one look to the next.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Precedence of the server's threads: behind link and players, before whatever else this machine does.
const PRECEDENCE: &str = "20";

/// Properties of a trial's link and game.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Ticks a second.
    pub tick_hz: u32,
    /// Delay of both directions together.
    pub round_trip: Duration,
    /// Most that each direction adds, at random.
    pub jitter: Duration,
    /// Packets that keep their order.
    pub order: KeptOrder,
    /// Share of packets that are lost in each direction, 0 to 1.
    pub loss: f64,
    /// Bits a second of each direction and bytes that may wait.
    pub rate: Option<(u64, u64)>,
    /// Number of players, and of bare streams.
    pub players: usize,
    /// Seed of chance.
    pub seed: u64,
}

/// The link, in words.
impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (round_trip, jitter) = (self.round_trip.as_millis(), self.jitter.as_millis());
        write!(f, "round trip {round_trip} ms, each way jitter {jitter} ms")?;
        f.write_str(match self.order {
            KeptOrder::Free => " with overtaking",
            KeptOrder::Connection => "",
            KeptOrder::All => " of all alike",
        })?;
        if let Some((bits, bytes)) = self.rate {
            write!(f, ", {} kbit/s with {} KiB that wait", bits / 1000, bytes / 1024)?;
        }
        write!(f, ", loss {} %", self.loss * 100.0)
    }
}

/// A trial's set-up. Fields are dropped in this order.
pub struct TrialStage {
    /// The players and the bare streams.
    pub crowd: Crowd,
    server: ServerProcess,
    /// The link between both ends.
    pub link: LabLink,
    server_side: Namespace,
    client_side: Namespace,
    setting: Setting,
}

impl TrialStage {
    /// Sets everything up and has everyone join over a link that only delays; then the link is as `setting` has
    /// it. The server is `program`, or `auspice-server` beside this program.
    ///
    /// # Errors
    /// A sentence where there is no server, or not everyone can join.
    pub fn set_up(setting: Setting, program: Option<&Path>) -> Result<Self, String> {
        let (client_side, server_side) = (Namespace::new()?, Namespace::new()?);
        let devices = (open_device(&client_side, CLIENT)?, open_device(&server_side, &SERVER.to_string())?);
        let link = LabLink::start(devices.0, devices.1, WayShape::clean(setting.round_trip / 2), setting.seed)?;
        let server = server_side.run(|| start_server(program, setting.tick_hz))??;
        let listener = server_side.run(|| TcpListener::bind((SERVER, BARE_PORT)))?;
        let listener = listener.map_err(|error| format!("no bare stream can be made: {error}"))?;
        let bare_server = SocketAddr::from((SERVER, BARE_PORT));
        let streams = client_side.run(|| bare::connect(&listener, bare_server, setting.players))?;
        let streams = streams.map_err(|error| format!("no bare stream can be made: {error}"))?;
        let game_server = SocketAddrV4::new(SERVER, GAME_PORT);
        let crowd = Crowd::start(&client_side, setting.players, game_server, setting.tick_hz, streams)?;
        let stage = Self { crowd, server, link, server_side, client_side, setting };
        stage.wait_for_all(JOIN_MAX, |state| state.is_playing && state.own.is_some())?;
        stage.link.reshape(move |shape| {
            (shape.jitter, shape.order, shape.loss) = (setting.jitter, setting.order, setting.loss);
            shape.rate = setting.rate;
        });
        Ok(stage)
    }

    /// Waits until `holds` of every player.
    ///
    /// # Errors
    /// A sentence with the number of those of whom it does not after `longest`.
    pub fn wait_for_all(
        &self,
        longest: Duration,
        holds: impl Fn(&super::player::PlayerState) -> bool,
    ) -> Result<(), String> {
        let began = Instant::now();
        loop {
            let missing = self.crowd.states().iter().filter(|state| !holds(state)).count();
            if missing == 0 {
                return Ok(());
            }
            if began.elapsed() > longest {
                let ends = self.crowd.record().ends;
                return Err(format!("{missing} of {} players do not play; {ends:?}", self.setting.players));
            }
            thread::sleep(LOOK_EVERY);
        }
    }

    /// The server's counts.
    ///
    /// # Errors
    /// A sentence where it does not say.
    pub fn scrape(&self) -> Result<Exposition, String> {
        self.server_side.run(|| self.server.scrape())?.map(|(exposition, _)| exposition)
    }

    /// Stops the server's process, and has it go on after `length`.
    ///
    /// # Errors
    /// A sentence where it is gone.
    pub fn pause_server(&self, length: Duration) -> Result<(), String> {
        let pid = Pid::from_raw(self.server.pid() as i32).ok_or("the server has no process")?;
        let tell = |signal| kill_process(pid, signal).map_err(|error| format!("the server is gone: {error}"));
        tell(Signal::STOP)?;
        thread::sleep(length);
        tell(Signal::CONT)
    }

    /// Congestion control that the sockets of either side really have: client, server.
    #[must_use]
    pub fn congestion_controls(&self) -> [String; 2] {
        [&self.client_side, &self.server_side].map(|side| side.run(congestion_controls).unwrap_or_default())
    }

    /// The setting that this was set up as.
    #[must_use]
    pub const fn setting(&self) -> &Setting {
        &self.setting
    }
}

/// Whether there are namespaces and devices to be had here.
///
/// # Errors
/// A sentence that says what there is not.
pub fn try_out() -> Result<(), String> {
    open_device(&Namespace::new()?, CLIENT).map(drop)
}

fn open_device(side: &Namespace, address: &str) -> Result<SyncDevice, String> {
    side.open_device(address, NETWORK, CONGESTION_CONTROL)
}

fn start_server(program: Option<&Path>, tick_hz: u32) -> Result<ServerProcess, String> {
    let (listen, tick_hz) = (format!("{SERVER}:{GAME_PORT}"), tick_hz.to_string());
    // An update and an input in every tick, as the bare streams have it.
    let strict = ["--patience", "0"];
    let settings = ["--allow-anyone", "--max-per-address", "0", "--log-level", "off", "--tick-hz", &tick_hz];
    let settings = [&settings[..], &strict].concat();
    let server = ServerProcess::start_at(program, &listen, &settings)?;
    // A server's machine has nothing else to do; where this cannot be had, its ticks are later.
    let told = ["--fifo", "--all-tasks", "--pid", PRECEDENCE, &server.pid().to_string()];
    let _ = Command::new("chrt").args(told).output();
    Ok(server)
}

/// Numbers of this namespace's connections by congestion control, as `ss` says.
fn congestion_controls() -> String {
    let Ok(output) = Command::new("ss").args(["--tcp", "--info", "--no-header"]).output() else {
        return "unknown: there is no ss".into();
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let known = ["cubic", "bbr", "reno", "dctcp", "htcp", "vegas"];
    let count = |name: &&str| text.split_whitespace().filter(|word| word == name).count();
    let counts = known.iter().map(|name| (name, count(name))).filter(|(_, count)| *count > 0);
    counts.map(|(name, count)| format!("{name} ({count} connections)")).collect::<Vec<_>>().join(", ")
}
