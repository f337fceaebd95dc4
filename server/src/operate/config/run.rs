//! [`Config`]: what a server runs by.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::mpsc::Sender;
use std::time::Duration;

use auspice::{Game, Terms};

use super::admin_listen::AdminListen;
use super::chat_switch::ChatSwitch;
use super::error::ConfigError;
use super::settings::{PAGE_OFF, Settings};
use crate::fleet::FleetConfig;
use crate::net::BuiltFile;
use crate::operate::access::AccessRules;
use crate::operate::address::{Address, Addresses};
use crate::session::Gate;
use crate::tick::driver::RoomTerms;
use crate::tick::report::TickTimes;
use crate::ticklog::LogConfig;
use crate::tls::Tls;

impl Settings {
    /// Makes the configuration that [`run`](crate::run) needs of these settings and the game's own rules.
    ///
    /// # Errors
    ///
    /// When the secret or a ticket key cannot be read, or is none to rely on; when a host's name has no
    /// address, or one from which anyone could join although nobody said so.
    pub fn with_rules<R>(&self, rules: R) -> Result<Config<R>, ConfigError> {
        let listen = resolve("listen", &self.listen)?;
        self.check_who_may_join(&listen)?;
        Ok(Config {
            listen,
            seed: self.seed,
            max_clients: self.max_clients,
            rooms: RoomsConfig {
                most: self.rooms,
                size: self.room_size,
                workers: self.workers,
                idle: Duration::from_secs(self.room_idle.into()),
            },
            room_terms: |options, _| options.is_empty(),
            access: AccessRules {
                max_per_address: self.max_per_address,
                allow_origin: self.allow_origin.clone(),
                require_origin: self.require_origin,
                trusted_proxy: self.trusted_proxy.clone(),
            },
            congestion: Some(self.congestion.clone()).filter(|name| !name.is_empty()),
            tls: self.tls(),
            page: Some(self.page.clone()).filter(|path| !path.as_os_str().is_empty() && path.as_os_str() != PAGE_OFF),
            built_page: None,
            shards: self.shards,
            admin: AdminConfig {
                listen: match &self.admin_listen {
                    AdminListen::Off => AdminListen::Off,
                    AdminListen::At(address) => AdminListen::At(resolve("admin-listen", address)?),
                },
                token_file: Some(self.admin_token_file.clone()).filter(|path| !path.as_os_str().is_empty()),
            },
            agones: self.agones.then(sidecar_address).transpose()?,
            drain_timeout: Duration::from_secs(self.drain_timeout.into()),
            full_service: self.full_service,
            grace_seconds: self.grace_seconds,
            gate: self.gate()?,
            log: self.log(),
            fleet: self.fleet()?,
            is_talked: self.chat == ChatSwitch::On,
            look_back: Duration::from_secs(self.look_back.into()),
            tick_times: None,
            terms: Terms {
                tick_hz: self.tick_hz,
                send_every: self.send_every,
                input_every: self.input_every,
                patience_millis: self.patience,
                interest_radius: self.interest_radius,
                rules,
            },
        })
    }
}

/// Configuration that a server runs by.
#[derive(Clone, Debug)]
pub struct Config<R> {
    /// Addresses to listen on: the first of these that can be listened on. Port 0 takes any that is free.
    pub listen: Addresses,
    /// Seed of the world.
    pub seed: u64,
    /// Clients at once.
    pub max_clients: u32,
    /// Rooms, where there may be several.
    pub rooms: RoomsConfig,
    /// Changes the terms of a room by its options, which its first player chose: a map, a mode. False for options that
    /// the game has not; by default it has none. `places`, the size of the room, is not among them.
    pub room_terms: RoomTerms<R>,
    /// Whom the door lets in.
    pub access: AccessRules,
    /// Congestion control of players' connections, where it can be had; none for the kernel's own.
    pub congestion: Option<String>,
    /// Files of certificate and key. Without, connections are plain.
    pub tls: Option<Tls>,
    /// A folder with the page that browsers are shown: `index.html` and whatever it wants. Without, they are
    /// told to use a game client.
    pub page: Option<PathBuf>,
    /// The page that browsers are shown where there is no folder: files that the program has within it.
    pub built_page: Option<&'static [BuiltFile]>,
    /// Threads that read and write the sockets of one room; with 1 the tick thread does it itself. With more rooms it
    /// must be 1.
    pub shards: u32,
    /// Whether everyone is served in full however long ticks take.
    pub full_service: bool,
    /// Seconds for which a player whose connection was lost may come back; 0 for not at all.
    pub grace_seconds: u32,
    /// The gate that says who may join.
    pub gate: Gate,
    /// Receiver of the times of every tick, for whoever measures the server. None by default. What nobody
    /// takes out stays in memory.
    pub tick_times: Option<Sender<TickTimes>>,
    /// The log of all that happens, if there is to be one.
    pub log: Option<LogConfig>,
    /// The fleet of which this server is a node, if it is; there must be several rooms.
    pub fleet: Option<FleetConfig>,
    /// Whether players may say lines to each other beside the game, and lists of them are told.
    pub is_talked: bool,
    /// Time that is kept in memory of a game that can be saved, to look back and for a game that panics; zero for none.
    pub look_back: Duration,
    /// The listener for operators.
    pub admin: AdminConfig,
    /// Address of the sidecar by which Agones is told of the server, if it is.
    pub agones: Option<SocketAddr>,
    /// Time that players have when the server drains.
    pub drain_timeout: Duration,
    /// The terms that the session is played by.
    pub terms: Terms<R>,
}

/// Rooms of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoomsConfig {
    /// Rooms at once. 1 is one that never ends, on a thread of its own, with all clients in it; then nothing else here
    /// matters.
    pub most: u32,
    /// Players in each, those who are away among them.
    pub size: u32,
    /// Threads that run them; 0 for one on each core.
    pub workers: u32,
    /// Time without players after which a room ends, but for the first.
    pub idle: Duration,
}

/// The listener for operators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminConfig {
    /// Addresses, or not at all; port 0 takes any that is free.
    pub listen: AdminListen<Addresses>,
    /// File of the token. Without one there are no orders and no list of players.
    pub token_file: Option<PathBuf>,
}

impl<R> Config<R> {
    /// The defaults for a game, with rules of its own, and without an admin listener: a process may hold
    /// several servers.
    pub fn for_game<G: Game<Rules = R>>(rules: R) -> Self {
        let settings = Settings { admin_listen: AdminListen::Off, ..Settings::for_game::<G>() };
        settings.with_rules(rules).expect("the defaults should need no file")
    }
}

/// The port of Agones' sidecar for requests with JSON, and the variable that names another.
const SIDECAR_PORT: u16 = 9358;
const SIDECAR_PORT_VARIABLE: &str = "AGONES_SDK_HTTP_PORT";

/// The address of Agones' sidecar, which shares this machine's loopback.
fn sidecar_address() -> Result<SocketAddr, ConfigError> {
    let port = match std::env::var(SIDECAR_PORT_VARIABLE) {
        Ok(port) => port
            .parse()
            .map_err(|_| ConfigError::new(format!("{SIDECAR_PORT_VARIABLE} is {port}, but must be a port")))?,
        Err(_) => SIDECAR_PORT,
    };
    Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
}

/// Looks up where a setting says to listen.
fn resolve(setting: &str, address: &Address) -> Result<Addresses, ConfigError> {
    let unknown = |error| ConfigError::new(format!("{setting} is {address}, but that name has no address: {error}"));
    address.resolve().map_err(unknown)
}
