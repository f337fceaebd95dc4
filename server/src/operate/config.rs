//! Settings from defaults, file, environment and flags, in this order, and checked.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::mpsc::Sender;
use std::time::Duration;

use auspice::limits::{GRACE_SECONDS, INPUT_EVERY_MAX};
use auspice::{Game, Terms};
use figment::error::{Actual, Kind};
use figment::providers::{Env, Serialized};
use figment::value::{Dict, Map};
use figment::{Figment, Metadata, Profile, Provider};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::address::{Address, Addresses, from_text};
use super::entry::AccessRules;
use super::entry::one_or_many;
use super::logs::{LogFormat, LogLevel};
use crate::session::Gate;
use crate::tick::report::TickTimes;
use crate::tls::Tls;

/// Environment variables with this prefix are settings: `AUSPICE_TICK_HZ` is `tick-hz`.
pub const ENVIRONMENT_PREFIX: &str = "AUSPICE_";

/// The port, unless told otherwise. Registered to nobody, above the privileged ones, below those that kernels hand out.
pub const PORT: u16 = 7700;

/// Clients at once at most: at 16 KiB each that is a third of a gigabyte, and far beyond what one tick can write.
const CLIENTS_MAX: u32 = 20_000;

/// Seconds of a drain: a round of an hour may end in peace.
const DRAIN_SECONDS_MAX: u32 = 3600;

/// More shards than this have no cores to run on.
const SHARDS_MAX: u32 = 64;

/// The admin listener's port, unless told otherwise.
pub const ADMIN_PORT: u16 = PORT + 1;

/// The form of an [`AdminListen`], for whoever wrote another thing.
const ADMIN_WANTED: &str = "off, an address and port like 127.0.0.1:7701, or a host's name and port like localhost:7701";

/// Address of the admin listener: `off`, or an address and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdminListen<A = Address> {
    /// There is none.
    Off,
    /// Here.
    At(A),
}

/// This machine alone.
impl<A: From<SocketAddr>> Default for AdminListen<A> {
    fn default() -> Self {
        Self::At(SocketAddr::from((Ipv4Addr::LOCALHOST, ADMIN_PORT)).into())
    }
}

impl fmt::Display for AdminListen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::At(address) => write!(f, "{address}"),
        }
    }
}

impl FromStr for AdminListen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "off" => Ok(Self::Off),
            _ => text.parse().map(Self::At).map_err(|_| format!("expected is {ADMIN_WANTED}")),
        }
    }
}

impl Serialize for AdminListen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AdminListen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer, ADMIN_WANTED)
    }
}

/// Longest time for which a seat is kept: an hour. Beyond that the world is better saved than kept.
const GRACE_SECONDS_MAX: u32 = 3600;

/// Settings of the server: all that an operator can set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Settings {
    /// Address to listen on. By default this machine alone: opening a server to a network is a decision.
    pub listen: Address,
    /// Seed of the world, 0 to 2^63 - 1 (TOML knows no larger number). By default 1: the same world at every start.
    pub seed: u64,
    /// Clients at once, 1 to 20,000. By default 1000, which one core serves at 30 ticks a second with room to spare.
    pub max_clients: u32,
    /// Whom the door lets in.
    #[serde(flatten)]
    pub entry: AccessRules,
    /// The certificate, as a PEM file; none by default, and then connections are plain.
    pub tls_cert: PathBuf,
    /// Its private key, as a PEM file.
    pub tls_key: PathBuf,
    /// File for a certificate that is made up at the start, for development.
    pub tls_self_signed: PathBuf,
    /// A folder with the page that browsers are shown, and play from; none by default.
    pub page: PathBuf,
    /// Ticks a second, 1 to 240. By default as the game says.
    pub tick_hz: u32,
    /// Ticks from one update to the next, 1 to 16. By default 1: foreseen state makes a higher rate cheap.
    pub send_every: u32,
    /// Ticks after which a client repeats what it wants, if that has not changed, 1 to 4. By default 1, so
    /// that the server knows soonest what a client holds; 4 saves three of four messages of clients that want
    /// nothing new.
    pub input_every: u32,
    /// Interest radius: how far a player sees, in the game's units. By default as the game says.
    pub interest_radius: f32,
    /// Threads that read and write sockets, 1 to 64. By default 1, the tick thread itself: waking another
    /// costs more than it saves below some hundreds of clients.
    pub shards: u32,
    /// Address for health, metrics and orders. By default port 7701 of this machine alone.
    pub admin_listen: AdminListen,
    /// A file whose only line is what an operator must show for orders and for the list of players. By
    /// default none: nobody may.
    pub admin_token_file: PathBuf,
    /// Seconds that players have when the server drains, 0 to 3600. By default 5.
    pub drain_timeout: u32,
    /// Whether everyone is served in full however long ticks take, as a measurement wants it. By default an
    /// overloaded server serves less, by steps.
    pub full_service: bool,
    /// Seconds for which the seat and the entity of a player are kept whose connection was lost, 0 to 3600.
    /// By default 30.
    pub grace_seconds: u32,
    /// A file whose only content is a secret: only clients that show it may join. By default none.
    pub secret_file: PathBuf,
    /// Files of public keys, at most four: only clients with a ticket that one of them signed may join. By
    /// default none.
    #[serde(deserialize_with = "one_or_many")]
    pub ticket_key: Vec<PathBuf>,
    /// Server that tickets must be for. By default the game's name.
    pub ticket_audience: String,
    /// Whether anyone may join from anywhere: needed to listen beyond this machine with neither secret nor tickets.
    pub allow_anyone: bool,
    /// Detail of the log. By default who came and went.
    pub log_level: LogLevel,
    /// Format of the log. By default for people.
    pub log_format: LogFormat,
}

impl Settings {
    /// The defaults for a game.
    #[must_use]
    pub fn for_game<G: Game>() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, PORT)).into(),
            seed: 1,
            max_clients: 1000,
            entry: AccessRules::default(),
            tls_cert: PathBuf::new(),
            tls_key: PathBuf::new(),
            tls_self_signed: PathBuf::new(),
            page: PathBuf::new(),
            tick_hz: G::TICK_HZ,
            send_every: 1,
            input_every: 1,
            interest_radius: G::INTEREST_RADIUS,
            shards: 1,
            admin_listen: AdminListen::default(),
            admin_token_file: PathBuf::new(),
            drain_timeout: 5,
            full_service: false,
            grace_seconds: GRACE_SECONDS,
            secret_file: PathBuf::new(),
            ticket_key: Vec::new(),
            ticket_audience: G::NAME.into(),
            allow_anyone: false,
            log_level: LogLevel::Info,
            log_format: LogFormat::Text,
        }
    }

    /// Checks every number. Where to listen by a name is looked up by [`Settings::with_rules`], and checked there.
    ///
    /// # Errors
    ///
    /// The first setting that is out of its range.
    pub fn check(&self) -> Result<(), ConfigError> {
        within("seed", self.seed, 0, i64::MAX as u64)?;
        within("max-clients", self.max_clients.into(), 1, CLIENTS_MAX.into())?;
        within("max-per-address", self.entry.max_per_address.into(), 0, CLIENTS_MAX.into())?;
        let given = |path: &Path| !path.as_os_str().is_empty();
        if given(&self.tls_cert) != given(&self.tls_key) {
            return Err(ConfigError("tls-cert and tls-key go together: a certificate is of no use without its key".into()));
        }
        if given(&self.tls_cert) && given(&self.tls_self_signed) {
            return Err(ConfigError("there can be one certificate: give tls-cert and tls-key, or tls-self-signed".into()));
        }
        within("tick-hz", self.tick_hz.into(), 1, 240)?;
        within("send-every", self.send_every.into(), 1, 16)?;
        within("input-every", self.input_every.into(), 1, INPUT_EVERY_MAX.into())?;
        within("drain-timeout", self.drain_timeout.into(), 0, DRAIN_SECONDS_MAX.into())?;
        within("shards", self.shards.into(), 1, SHARDS_MAX.into())?;
        within("grace-seconds", self.grace_seconds.into(), 0, GRACE_SECONDS_MAX.into())?;
        if let Address::Number(number) = self.listen {
            self.check_who_may_join(&number.into())?;
        }
        if self.interest_radius.is_nan() || self.interest_radius <= 0.0 || self.interest_radius >= 1e9 {
            return Err(ConfigError(format!(
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
        let proxied = is_open && !self.entry.trusted_proxy.is_empty();
        let sentence = "the trusted proxy brings players from anywhere, and nobody is asked who they are; say who may join with \
                        secret-file or ticket-key, or that this is meant with allow-anyone";
        proxied.then_some(sentence).into_iter().collect()
    }

    /// Checks that nobody opens a server to the world without knowing.
    fn check_who_may_join(&self, listen: &Addresses) -> Result<(), ConfigError> {
        let (secret, tickets) = (!self.secret_file.as_os_str().is_empty(), !self.ticket_key.is_empty());
        if secret && tickets {
            return Err(ConfigError("secret-file and ticket-key exclude each other: players show one or the other".into()));
        }
        if secret || tickets || self.allow_anyone { Ok(()) } else { reached_from_here_alone(listen) }
    }

    fn gate(&self) -> Result<Gate, ConfigError> {
        if !self.secret_file.as_os_str().is_empty() {
            Gate::of_secret(&self.secret_file).map_err(ConfigError)
        } else if !self.ticket_key.is_empty() {
            Gate::of_tickets(&self.ticket_key, &self.ticket_audience).map_err(ConfigError)
        } else {
            Ok(Gate::Open)
        }
    }

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
            entry: self.entry.clone(),
            tls: self.tls(),
            page: Some(self.page.clone()).filter(|path| !path.as_os_str().is_empty()),
            shards: self.shards,
            admin: AdminConfig {
                listen: match &self.admin_listen {
                    AdminListen::Off => AdminListen::Off,
                    AdminListen::At(address) => AdminListen::At(resolve("admin-listen", address)?),
                },
                token_file: Some(self.admin_token_file.clone()).filter(|path| !path.as_os_str().is_empty()),
            },
            drain_timeout: Duration::from_secs(self.drain_timeout.into()),
            full_service: self.full_service,
            grace_seconds: self.grace_seconds,
            gate: self.gate()?,
            tick_times: None,
            terms: Terms {
                tick_hz: self.tick_hz,
                send_every: self.send_every,
                input_every: self.input_every,
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
    /// Whom the door lets in.
    pub entry: AccessRules,
    /// Files of certificate and key. Without, connections are plain.
    pub tls: Option<Tls>,
    /// A folder with the page that browsers are shown: `index.html` and whatever it wants. Without, they are
    /// told to use a game client.
    pub page: Option<PathBuf>,
    /// Threads that read and write sockets; with 1 the tick thread does it itself.
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
    /// The listener for operators.
    pub admin: AdminConfig,
    /// Time that players have when the server drains.
    pub drain_timeout: Duration,
    /// The terms that the session is played by.
    pub terms: Terms<R>,
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

/// Why settings cannot be used: one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(String);

impl ConfigError {
    /// An error in a game's own settings.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

/// Checks that a setting is from `low` to `high`.
///
/// # Errors
///
/// A sentence that names the setting, its value and its range.
pub fn within(name: &str, value: u64, low: u64, high: u64) -> Result<(), ConfigError> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(ConfigError(format!("{name} is {value}, but must be {low} to {high}")))
}

/// Checks that no address is one that another machine could reach.
fn reached_from_here_alone(listen: &Addresses) -> Result<(), ConfigError> {
    let Some(address) = listen.iter().find(|address| !address.ip().is_loopback()) else { return Ok(()) };
    let named = listen.name().map(|name| format!(" ({name})")).unwrap_or_default();
    Err(ConfigError(format!(
        "listening on {address}{named} lets anyone who can reach this machine join, under any name; say who may with secret-file or \
         ticket-key, or that this is meant with allow-anyone"
    )))
}

/// Looks up where a setting says to listen.
fn resolve(setting: &str, address: &Address) -> Result<Addresses, ConfigError> {
    let unknown = |error| ConfigError(format!("{setting} is {address}, but that name has no address: {error}"));
    address.resolve().map_err(unknown)
}

/// Settings in layers, each over the one before.
pub(crate) struct Layers {
    figment: Figment,
    /// Every setting there is.
    names: Vec<String>,
}

impl Layers {
    /// No layer yet: first come the defaults, which name every setting.
    pub(crate) fn new() -> Self {
        Self { figment: Figment::new(), names: Vec::new() }
    }

    /// More defaults.
    pub(crate) fn defaults<T: Serialize>(mut self, defaults: &T) -> Result<Self, ConfigError> {
        let table =
            toml::Table::try_from(defaults).map_err(|error| ConfigError(format!("the defaults cannot be written: {error}")))?;
        self.names.extend(table.keys().cloned());
        self.figment = self.figment.merge(Serialized::defaults(defaults));
        Ok(self)
    }

    /// A TOML file, whose every key must be a setting.
    pub(crate) fn file(mut self, path: &Path) -> Result<Self, ConfigError> {
        let shown = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError(format!("cannot read {shown}: {error}")))?;
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let line = error.span().map_or(1, |span| text[..span.start].lines().count().max(1));
            ConfigError(format!("{shown}, line {line}: {}", error.message()))
        })?;
        if let Some(unknown) = table.keys().find(|key| !self.names.contains(key)) {
            return Err(ConfigError(format!("{shown}: there is no setting {unknown}; {}", self.meant_by(unknown))));
        }
        self.figment = self.figment.merge(File { name: shown.to_string(), table });
        Ok(self)
    }

    /// The environment, whose every variable with the prefix must be a setting: one that is misspelt would be
    /// a setting that nobody knows not to hold.
    pub(crate) fn environment(mut self) -> Result<Self, ConfigError> {
        let variables = Env::prefixed(ENVIRONMENT_PREFIX).map(|key| key.as_str().replace('_', "-").into());
        let is_known = |name: &str| self.names.iter().any(|known| known == name);
        if let Some((unknown, _)) = variables.iter().find(|(name, _)| !is_known(name.as_str())) {
            let meant = self.meant_by(unknown.as_str());
            return Err(ConfigError(format!(
                "there is no setting for the environment variable {}; {meant}",
                variable(unknown.as_str())
            )));
        }
        self.figment = self.figment.merge(variables);
        Ok(self)
    }

    /// The setting that whoever wrote `unknown` may have meant.
    fn meant_by(&self, unknown: &str) -> String {
        let likeness = |name: &&String| (strsim::jaro_winkler(name, unknown) * 1000.0) as u32;
        match self.names.iter().max_by_key(likeness).filter(|name| likeness(name) > LIKENESS_MIN) {
            Some(meant) => format!("perhaps {meant} ({} in the environment) is meant", variable(meant)),
            None => format!("there are {}", self.names.join(", ")),
        }
    }

    /// Flags, which have only what was typed.
    pub(crate) fn flags<T: Serialize>(mut self, flags: &T) -> Self {
        self.figment = self.figment.merge(Serialized::defaults(flags));
        self
    }

    /// The settings that all sources come to.
    pub(crate) fn extract<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        self.figment.extract().map_err(|error| {
            let name = error.path.first().map_or("a setting", String::as_str);
            let layer = error.metadata.as_ref().map(|metadata| metadata.name.as_ref());
            let place = match layer {
                Some(layer) if layer.contains("environment") => format!(", by {} in the environment,", variable(name)),
                Some(layer) if layer.ends_with(".toml") || Path::new(layer).exists() => format!(", in {layer},"),
                _ => String::new(),
            };
            ConfigError(format!("{name}{place} {}", in_words(&error.kind)))
        })
    }
}

/// Likeness of names, of 1000, from which on one may have been meant by the other.
const LIKENESS_MIN: u32 = 800;

/// The environment variable of a setting.
fn variable(name: &str) -> String {
    ENVIRONMENT_PREFIX.to_owned() + &name.replace('-', "_").to_ascii_uppercase()
}

/// The fault of a value, for people who do not know the types of Rust.
fn in_words(kind: &Kind) -> String {
    let expected = |expected: &str| match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number, 0 or more".to_owned(),
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a string" | "path string" | "string" => "a text".to_owned(),
        other => other.to_owned(),
    };
    match kind {
        Kind::InvalidType(actual, wanted) | Kind::InvalidValue(actual, wanted)
            if is_count(actual) && wanted.starts_with('u') =>
        {
            format!("is {}, which is too large", found(actual))
        }
        Kind::InvalidType(actual, wanted) | Kind::InvalidValue(actual, wanted) => {
            format!("is {}, but must be {}", found(actual), expected(wanted))
        }
        Kind::UnknownVariant(actual, wanted) => format!("is {actual}, but must be one of {}", wanted.join(", ")),
        Kind::ISizeOutOfRange(number) => format!("is {number}, which is out of all range"),
        Kind::USizeOutOfRange(number) => format!("is {number}, which is out of all range"),
        Kind::Message(sentence) => format!("is no good: {sentence}"),
        other => format!("is no good: {other}"),
    }
}

/// Whether it is a whole number, 0 or more.
const fn is_count(actual: &Actual) -> bool {
    matches!(actual, Actual::Unsigned(_) | Actual::Signed(0..))
}

/// A value, as it was written.
fn found(actual: &Actual) -> String {
    match actual {
        Actual::Bool(value) => value.to_string(),
        Actual::Unsigned(value) => value.to_string(),
        Actual::Signed(value) => value.to_string(),
        Actual::Float(value) => value.to_string(),
        Actual::Str(value) => format!("{value:?}"),
        Actual::Seq => "a list".into(),
        Actual::Map => "a table".into(),
        other => other.to_string(),
    }
}

/// A settings file as a layer that is called by its name.
struct File {
    name: String,
    table: toml::Table,
}

impl Provider for File {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Serialized::defaults(&self.table).data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    struct Few {
        tick_hz: u32,
        name: String,
    }

    fn few() -> Few {
        Few { tick_hz: 30, name: "default".into() }
    }

    fn from_file(text: &str) -> Result<Few, ConfigError> {
        let number = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
        let path = std::env::temp_dir().join(format!("auspice-config-{}-{number}.toml", std::process::id()));
        std::fs::write(&path, text).unwrap();
        let layers = Layers::new().defaults(&few()).unwrap().file(&path);
        std::fs::remove_file(&path).unwrap();
        layers?.extract()
    }

    #[test]
    fn a_file_goes_over_defaults_and_flags_over_both() {
        assert_eq!(from_file("tick-hz = 60").unwrap(), Few { tick_hz: 60, name: "default".into() });
        let mut flags = toml::Table::new();
        flags.insert("tick-hz".into(), toml::Value::Integer(20));
        let both: Few = Layers::new().defaults(&few()).unwrap().flags(&flags).extract().unwrap();
        assert_eq!(both.tick_hz, 20);
    }

    #[test]
    fn faults_of_a_file_are_told_in_a_sentence() {
        let message = |text| from_file(text).unwrap_err().to_string();
        assert!(
            message("tick-hertz = 60")
                .ends_with("there is no setting tick-hertz; perhaps tick-hz (AUSPICE_TICK_HZ in the environment) is meant")
        );
        assert!(message("colour = 60").ends_with("there is no setting colour; there are name, tick-hz"));
        assert!(message("name = \"a\"\ntick-hz = ").contains(", line 2: "));
        let wrong = |text| {
            let wrong = message(text);
            assert!(wrong.starts_with("tick-hz, in ") && wrong.contains(".toml, is "), "{wrong}");
            wrong
        };
        assert!(wrong("tick-hz = \"many\"").ends_with("is \"many\", but must be a whole number, 0 or more"));
        assert!(wrong("tick-hz = -5").ends_with("is -5, but must be a whole number, 0 or more"));
        assert!(wrong("tick-hz = 5000000000").ends_with("is 5000000000, which is too large"));
        assert!(wrong("tick-hz = [1]").ends_with("is a list, but must be a whole number, 0 or more"));
    }

    #[test]
    fn who_may_join_is_asked_of_the_addresses_that_a_name_stands_for() {
        let (here, there) = (SocketAddr::from(([127, 0, 0, 1], 7700)), SocketAddr::from(([192, 0, 2, 7], 7700)));
        let listen = |others: &[SocketAddr]| Addresses::of_name("game.example", here, others.to_vec());
        assert_eq!(reached_from_here_alone(&listen(&[here])), Ok(()));
        let error = reached_from_here_alone(&listen(&[here, there])).unwrap_err().to_string();
        assert!(error.starts_with("listening on 192.0.2.7:7700 (game.example) lets anyone"), "{error}");
    }

    #[test]
    fn a_missing_file_is_told_by_name() {
        let error = Layers::new().file(Path::new("no/such.toml")).err().unwrap().to_string();
        assert!(error.starts_with("cannot read no/such.toml: "), "{error}");
    }

    #[test]
    fn ranges_are_told_with_the_value() {
        assert_eq!(within("tick-hz", 0, 1, 240).unwrap_err().to_string(), "tick-hz is 0, but must be 1 to 240");
        assert!(within("tick-hz", 240, 1, 240).is_ok());
    }
}
