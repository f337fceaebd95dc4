//! [`Settings`]: everything that an operator can set of the server, a line each.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use auspice::Game;
use auspice::limits::{GRACE_SECONDS, INPUT_EVERY_MAX, PATIENCE_MILLIS_MAX};
use serde::{Deserialize, Serialize};

use super::admin_listen::AdminListen;
use super::chat_switch::ChatSwitch;
use super::error::{ConfigError, within};
use super::table::{SettingRow, name_of, settings, words_of};
use crate::error::SHARDS_OF_MANY;
use crate::limits::PER_ADDRESS;
use crate::operate::access::{Network, WebOrigin};
use crate::operate::address::{Address, Addresses};
use crate::operate::logs::{LogFormat, LogLevel};
use crate::session::Gate;
use crate::ticklog::LogConfig;
use crate::tls::Tls;

/// The port, unless told otherwise. Registered to nobody, above the privileged ones, below those that kernels hand
/// out.
pub const PORT: u16 = 7700;

/// The folder of a page that says that there is none.
pub(crate) const PAGE_OFF: &str = "off";

/// Clients at once at most: at 16 KiB each that is a third of a gigabyte, and far beyond what one tick can write.
const CLIENTS_MAX: u32 = 20_000;

/// Seconds of a drain: a round of an hour may end in peace.
const DRAIN_SECONDS_MAX: u32 = 3600;

/// More shards than this have no cores to run on.
const SHARDS_MAX: u32 = 64;

/// Rooms at once: at 64 KiB each, empty, two thirds of a gigabyte.
const ROOMS_MAX: u32 = 10_000;

/// More workers than this have no cores to run on.
const WORKERS_MAX: u32 = 256;

/// Longest time for which a room without players waits for some: a day.
const ROOM_IDLE_SECONDS_MAX: u32 = 86_400;

/// Longest time for which a seat is kept: an hour. Beyond that the world is better saved than kept.
const GRACE_SECONDS_MAX: u32 = 3600;

/// Longest time until the log is on the disk: with more, a power cut costs a round.
const LOG_SYNC_MILLIS_MAX: u32 = 10_000;

/// A tebibyte, and ten years.
const LOG_KEEP_MIB_MAX: u32 = 1 << 20;
const LOG_KEEP_HOURS_MAX: u32 = 87_600;

/// More than ten minutes are better looked for in a log.
const LOOK_BACK_SECONDS_MAX: u32 = 600;

/// The largest number that TOML knows.
const TOML_MAX: u64 = i64::MAX as u64;

settings! {
    /// Settings of the server: all that an operator can set. The documentation of each is its flag's help,
    /// too.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub struct Settings for G {
        // This machine alone: opening a server to a network is a decision.
        /// Address or host name, and port, to listen on; 0.0.0.0:7700 opens the server to the network, and
        /// wants --secret-file, --ticket-key or --allow-anyone
        listen: Address = SocketAddr::from((Ipv4Addr::LOCALHOST, PORT)).into(), "ADDRESS";
        // The same world at every start.
        /// Seed of the world: the same seed and the same inputs make the same world
        seed: u64 = 1, "NUMBER", in 0 to TOML_MAX;
        // One core serves so many at 30 ticks a second with room to spare.
        /// Clients at once; more are told to try again later
        max_clients: u32 = 1000, "COUNT", in 1 to CLIENTS_MAX;
        // One room is what most games have on a machine of their own.
        /// Rooms at once, made as they are wanted; 1 is one that never ends
        rooms: u32 = 1, "COUNT", in 1 to ROOMS_MAX;
        /// Players in each room, where there may be several
        room_size: u32 = 64, "COUNT", in 1 to CLIENTS_MAX;
        /// Threads that run rooms, where there may be several; 0 for one on each core
        workers: u32 = 0, "COUNT", in 0 to WORKERS_MAX;
        /// Seconds without players after which a room ends, but for the first, where there may be several
        room_idle: u32 = 60, "SECONDS", in 1 to ROOM_IDLE_SECONDS_MAX;
        // A lobby where nobody can be asked anything is an empty one.
        /// Whether players may say lines to each other across rooms, and anybody may list those of public rooms
        chat: ChatSwitch = ChatSwitch::On, "SWITCH", of ChatSwitch;
        /// Clients from one address (of IPv6: from one /64), 0 for no limit; this machine itself has none
        max_per_address: u32 = PER_ADDRESS, "COUNT", in 0 to CLIENTS_MAX;
        /// A web page whose players may connect, such as `https://game.example`, `capacitor://localhost` or
        /// `null`; several times. This server's own may, unless it goes by a name
        allow_origin: Vec<WebOrigin> = Vec::new(), "ORIGIN";
        /// Refuse clients that are no web page: those without an Origin
        require_origin: bool = false, "";
        /// A proxy's address or network, such as 10.0.0.0/8, whose X-Forwarded-For is believed; several times
        trusted_proxy: Vec<Network> = Vec::new(), "NETWORK";
        // The kernel's is what an operator's machine has been tuned with.
        /// Congestion control of players' connections where the kernel has it and lets us choose, such as bbr,
        /// which waits less on lossy lines; the kernel's own unless given
        congestion: String = String::new(), "NAME";
        /// The certificate for wss://, as a PEM file with the chain behind it; taken anew when it changes.
        /// Without, connections are plain
        tls_cert: PathBuf = PathBuf::new(), "FILE";
        /// The certificate's private key, as a PEM file
        tls_key: PathBuf = PathBuf::new(), "FILE";
        /// Make up a certificate, for development, and write it to this file for clients to trust (--tls-ca)
        tls_self_signed: PathBuf = PathBuf::new(), "FILE";
        /// A folder with the page that browsers are shown at this address, and play from (client-bevy/web.sh makes
        /// one), or off; by default the game's own, if it has one within the program
        page: PathBuf = PathBuf::new(), "FOLDER";
        /// Ticks a second
        tick_hz: u32 = G::TICK_HZ, "HZ", in 1 to 240_u32;
        // Foreseen state makes a higher rate cheap.
        /// Ticks from one update to the next at least
        send_every: u32 = 1, "TICKS", in 1 to 16_u32;
        // A message that is not sent costs a viewer nothing until somebody changes their mind.
        /// Milliseconds for which news at the edge of what a player sees may wait for the next update, and nearer
        /// news in proportion; within a quarter of that distance nothing waits. 0 for an update and an input in
        /// every tick
        patience: u32 = G::PATIENCE_MILLIS, "MILLISECONDS", in 0 to PATIENCE_MILLIS_MAX;
        // The server knows soonest what a client holds; 4 saves three of four messages of clients that want
        // nothing new.
        /// Ticks after which a client repeats what it wants, if that has not changed; with patience those of that,
        /// if they are more
        input_every: u32 = 1, "TICKS", in 1 to INPUT_EVERY_MAX;
        /// Distance that a player sees, in the game's units
        interest_radius: f32 = G::INTEREST_RADIUS, "DISTANCE";
        // Waking another thread costs more than it saves below some hundreds of clients.
        /// Threads that read and write the sockets of one room; with 1 the tick does it itself. With more rooms there
        /// are --workers
        shards: u32 = 1, "COUNT", in 1 to SHARDS_MAX;
        /// Address or host name, and port, for health, metrics and orders, or off; not for players
        admin_listen: AdminListen = AdminListen::default(), "ADDRESS";
        /// File with the token that orders and the list of players need; without, nobody may
        admin_token_file: PathBuf = PathBuf::new(), "FILE";
        /// Seconds that players have to finish after SIGTERM, SIGHUP or POST /drain; Ctrl-C never waits
        drain_timeout: u32 = 5, "SECONDS", in 0 to DRAIN_SECONDS_MAX;
        /// Seconds for which a player whose connection was lost may come back to the same entity; 0 for not at all
        grace_seconds: u32 = GRACE_SECONDS, "SECONDS", in 0 to GRACE_SECONDS_MAX;
        /// File with a secret: only clients that show it may join (--secret); `openssl rand -base64 24` makes one
        secret_file: PathBuf = PathBuf::new(), "FILE";
        /// File with the public half of a key: only clients with a ticket that its other half signed may
        /// join; up to four times (see: ticket --help)
        ticket_key: Vec<PathBuf> = Vec::new(), "FILE";
        /// Server that tickets must be for
        ticket_audience: String = G::NAME.into(), "NAME";
        // One who is not in a cluster has no sidecar to tell.
        /// Tell Agones, by the sidecar of its SDK on this machine (AGONES_SDK_HTTP_PORT, 9358 unless set): ready,
        /// allocated, alive, players, rooms, shutdown
        agones: bool = false, "";
        /// Serve everyone in full however long ticks take, as a measurement wants it, instead of less by steps
        full_service: bool = false, "";
        /// A folder for a log of all that happens: after a crash or a restart its rooms go on as they were. Names and
        /// chat are in it, and no secrets (server/LOG.md)
        log_dir: PathBuf = PathBuf::new(), "FOLDER";
        /// Milliseconds after which the log outlasts a power cut too; a crash it outlasts at once
        log_sync: u32 = 100, "MILLISECONDS", in 10 to LOG_SYNC_MILLIS_MAX;
        /// Mebibytes of the log that are kept; of rooms that have ended as many again
        log_keep_mib: u32 = 1024, "MIB", in 64 to LOG_KEEP_MIB_MAX;
        /// Hours of the log that are kept
        log_keep_hours: u32 = 24, "HOURS", in 1 to LOG_KEEP_HOURS_MAX;
        // A minute of a hundred players is a megabyte.
        /// Seconds that are kept in memory, for POST /report and for a game that panics; 0 for none
        look_back: u32 = 60, "SECONDS", in 0 to LOOK_BACK_SECONDS_MAX;
        /// Servers of NATS, `nats://HOST:PORT` or `tls://`, several with commas: this server is a node of a fleet,
        /// whose rooms may be at any of its machines (server/FLEET.md)
        nats: String = String::new(), "URL";
        /// The fleet's name
        fleet: String = "auspice".into(), "NAME";
        /// The address at which players reach this node: ws://HOST:PORT or wss://HOST:PORT
        node_address: String = String::new(), "URL";
        /// Address and port, for UDP, at which other nodes reach this one beside NATS; wants --fleet-key. Without,
        /// rooms stop when NATS is silent
        direct: String = String::new(), "ADDRESS";
        /// File with the key of what nodes say to each other there, the same for all; `openssl rand -base64 48` makes
        /// one
        fleet_key: PathBuf = PathBuf::new(), "FILE";
        /// File of credentials for NATS, as nsc makes them
        nats_credentials: PathBuf = PathBuf::new(), "FILE";
        /// File with the certificates that NATS's own is to be signed by
        nats_ca: PathBuf = PathBuf::new(), "FILE";
        /// Servers of NATS that keep a copy of the fleet's records
        nats_copies: u32 = 1, "COUNT", in 1 to 5_u32;
        /// Have NATS keep the fleet's records in memory: they are lost with it, which costs some seconds of waiting
        nats_in_memory: bool = false, "";
        /// Let anyone in who can reach the address, where that is not this machine alone
        allow_anyone: bool = false, "";
        /// Amount of what is logged
        log_level: LogLevel = LogLevel::Info, "LEVEL", of LogLevel;
        /// Look of what is logged: for people, or for programs
        log_format: LogFormat = LogFormat::Text, "FORMAT", of LogFormat;
    }
}

impl Settings {
    /// Checks every number. Where to listen by a name is looked up by [`Settings::with_rules`], and checked there.
    ///
    /// # Errors
    ///
    /// The first setting that is out of its range.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.check_ranges()?;
        let given = |path: &Path| !path.as_os_str().is_empty();
        if given(&self.tls_cert) != given(&self.tls_key) {
            return Err(ConfigError::new(
                "tls-cert and tls-key go together: a certificate is of no use without its key",
            ));
        }
        if given(&self.tls_cert) && given(&self.tls_self_signed) {
            return Err(ConfigError::new(
                "there can be one certificate: give tls-cert and tls-key, or tls-self-signed",
            ));
        }
        if self.rooms > 1 && self.shards > 1 {
            return Err(ConfigError::new(SHARDS_OF_MANY));
        }
        self.check_fleet()?;
        if let Address::Number(number) = self.listen {
            self.check_who_may_join(&number.into())?;
        }
        if self.interest_radius.is_nan() || self.interest_radius <= 0.0 || self.interest_radius >= 1e9 {
            return Err(ConfigError::new(format!(
                "interest-radius is {}, but must be more than 0 and less than 1e9",
                self.interest_radius
            )));
        }
        Ok(())
    }

    /// Files of certificate and key, if connections are to be secured.
    #[must_use]
    pub fn tls(&self) -> Option<Tls> {
        let given = |path: &PathBuf| (!path.as_os_str().is_empty()).then(|| path.clone());
        let files = given(&self.tls_cert).zip(given(&self.tls_key));
        let files = files.map(|(certificate, key)| Tls::Files { certificate, key });
        files.or_else(|| given(&self.tls_self_signed).map(|certificate| Tls::SelfSigned { certificate }))
    }

    /// Warnings: what an operator should know, though it may be meant.
    #[must_use]
    pub fn warnings(&self) -> Vec<&'static str> {
        let is_open = self.secret_file.as_os_str().is_empty() && self.ticket_key.is_empty() && !self.allow_anyone;
        let proxied = is_open && !self.trusted_proxy.is_empty();
        let sentence = "the trusted proxy brings players from anywhere, and nobody is asked who they are; say who may \
                        join with secret-file or ticket-key, or that this is meant with allow-anyone";
        proxied.then_some(sentence).into_iter().collect()
    }

    /// Checks that nobody opens a server to the world without knowing.
    pub(super) fn check_who_may_join(&self, listen: &Addresses) -> Result<(), ConfigError> {
        let (secret, tickets) = (!self.secret_file.as_os_str().is_empty(), !self.ticket_key.is_empty());
        if secret && tickets {
            return Err(ConfigError::new(
                "secret-file and ticket-key exclude each other: players show one or the other",
            ));
        }
        if secret || tickets || self.allow_anyone { Ok(()) } else { reached_from_here_alone(listen) }
    }

    pub(super) fn log(&self) -> Option<LogConfig> {
        (!self.log_dir.as_os_str().is_empty()).then(|| LogConfig {
            dir: self.log_dir.clone(),
            sync: Duration::from_millis(self.log_sync.into()),
            keep_bytes: u64::from(self.log_keep_mib) << 20,
            keep: Duration::from_secs(3600 * u64::from(self.log_keep_hours)),
        })
    }

    pub(super) fn gate(&self) -> Result<Gate, ConfigError> {
        if !self.secret_file.as_os_str().is_empty() {
            Gate::of_secret(&self.secret_file).map_err(ConfigError::new)
        } else if !self.ticket_key.is_empty() {
            Gate::of_tickets(&self.ticket_key, &self.ticket_audience).map_err(ConfigError::new)
        } else {
            Ok(Gate::Open)
        }
    }
}

/// Checks that no address is one that another machine could reach.
fn reached_from_here_alone(listen: &Addresses) -> Result<(), ConfigError> {
    let Some(address) = listen.iter().find(|address| !address.ip().is_loopback()) else { return Ok(()) };
    let named = listen.name().map(|name| format!(" ({name})")).unwrap_or_default();
    Err(ConfigError::new(format!(
        "listening on {address}{named} lets anyone who can reach this machine join, under any name; say who may with \
         secret-file or ticket-key, or that this is meant with allow-anyone"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_join_is_asked_of_the_addresses_that_a_name_stands_for() {
        let (here, there) = (SocketAddr::from(([127, 0, 0, 1], 7700)), SocketAddr::from(([192, 0, 2, 7], 7700)));
        let listen = |others: &[SocketAddr]| Addresses::of_name("game.example", here, others.to_vec());
        assert_eq!(reached_from_here_alone(&listen(&[here])), Ok(()));
        let error = reached_from_here_alone(&listen(&[here, there])).unwrap_err().to_string();
        assert!(error.starts_with("listening on 192.0.2.7:7700 (game.example) lets anyone"), "{error}");
    }
}
