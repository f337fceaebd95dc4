//! The server's flags, as typed. Their meaning is [`config`](super::config)'s matter.

use std::path::PathBuf;
use std::str::FromStr;

use serde::Serialize;

use super::address::Address;
use super::config::AdminListen;
use super::entry::{Network, WebOrigin};
use super::logs::{LogFormat, LogLevel};

/// The server's flags. Those that are settings have the same names in the file, and with `AUSPICE_` in the environment.
#[derive(clap::Args, Clone, Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Args {
    /// Read settings from this TOML file; environment (AUSPICE_TICK_HZ and so on) and flags go before it
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,

    /// Print what all settings come to, as TOML, and exit
    #[arg(long)]
    #[serde(skip)]
    pub print_config: bool,

    /// Address or host name, and port, to listen on; 0.0.0.0:7700 opens the server to the network, and wants
    /// --secret-file, --ticket-key or --allow-anyone [default: 127.0.0.1:7700]
    #[arg(long, value_name = "ADDRESS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<Address>,

    /// Seed of the world: the same seed and the same inputs make the same world [default: 1]
    #[arg(long, value_name = "NUMBER", value_parser = whole_number::<u64>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,

    /// Clients at once; more are told to try again later [default: 1000]
    #[arg(long, value_name = "COUNT", value_parser = whole_number::<u32>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_clients: Option<u32>,

    /// Clients from one address (of IPv6: from one /64), 0 for no limit; this machine itself has none [default: 16]
    #[arg(long, value_name = "COUNT", value_parser = whole_number::<u32>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_per_address: Option<u32>,

    /// A web page whose players may connect, such as `https://game.example`; several times [default: this
    /// server's own, unless it goes by a name]
    #[arg(long, value_name = "ORIGIN")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow_origin: Vec<WebOrigin>,

    /// Refuse clients that are no web page: those without an Origin
    #[arg(long)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub require_origin: bool,

    /// A proxy's address or network, such as 10.0.0.0/8, whose X-Forwarded-For is believed; several times
    /// [default: none]
    #[arg(long, value_name = "NETWORK")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trusted_proxy: Vec<Network>,

    /// The certificate for wss://, as a PEM file with the chain behind it; taken anew when it changes
    /// [default: none, plain ws://]
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_cert: Option<PathBuf>,

    /// Its private key, as a PEM file
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_key: Option<PathBuf>,

    /// Make up a certificate, for development, and write it to this file for clients to trust (--tls-ca)
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_self_signed: Option<PathBuf>,

    /// A folder with the page that browsers are shown at this address, and play from (client-bevy/web.sh
    /// makes one) [default: none]
    #[arg(long, value_name = "FOLDER")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<PathBuf>,

    /// Ticks a second, 1 to 240 [default: the game's]
    #[arg(long, value_name = "HZ", value_parser = whole_number::<u32>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tick_hz: Option<u32>,

    /// Ticks from one update to the next, 1 to 16 [default: 1]
    #[arg(long, value_name = "TICKS", value_parser = whole_number::<u32>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_every: Option<u32>,

    /// Ticks after which a client repeats what it wants, if that has not changed, 1 to 4 [default: 1]
    #[arg(long, value_name = "TICKS", value_parser = whole_number::<u32>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_every: Option<u32>,

    /// Interest radius: how far a player sees, in the game's units [default: the game's]
    #[arg(long, value_name = "DISTANCE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interest_radius: Option<f32>,

    /// Threads that read and write sockets; with 1 the tick does it itself [default: 1]
    #[arg(long, value_name = "COUNT", value_parser = whole_number::<u32>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shards: Option<u32>,

    /// Address or host name, and port, for health, metrics and orders, or off; not for players [default:
    /// 127.0.0.1:7701]
    #[arg(long, value_name = "ADDRESS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admin_listen: Option<AdminListen>,

    /// File with the token that orders and the list of players need [default: none, and nobody may]
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admin_token_file: Option<PathBuf>,

    /// Seconds that players have to finish after SIGTERM, SIGHUP or POST /drain; Ctrl-C never waits [default: 5]
    #[arg(long, value_name = "SECONDS", value_parser = whole_number::<u32>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drain_timeout: Option<u32>,

    /// Seconds for which a player whose connection was lost may come back to the same entity; 0 for not at
    /// all [default: 30]
    #[arg(long, value_name = "SECONDS", value_parser = whole_number::<u32>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace_seconds: Option<u32>,

    /// Only clients that show the secret in this file may join (`--secret`); `openssl rand -base64 24` makes one
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_file: Option<PathBuf>,

    /// Only clients with a ticket signed by the key whose public half is in this file may join; several times
    /// [see: ticket --help]
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ticket_key: Vec<PathBuf>,

    /// Server that tickets must be for [default: the game's name]
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket_audience: Option<String>,

    /// Serve everyone in full however long ticks take, as a measurement wants it, instead of less by steps
    #[arg(long)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub full_service: bool,

    /// Let anyone in who can reach the address, where that is not this machine alone
    #[arg(long)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub allow_anyone: bool,

    /// Detail of the log [default: info]
    #[arg(long, value_enum, value_name = "LEVEL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_level: Option<LogLevel>,

    /// Format of the log [default: text]
    #[arg(long, value_enum, value_name = "FORMAT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_format: Option<LogFormat>,
}

/// Reads a flag's number. Its range is told with the settings', wherever a value came from.
///
/// # Errors
/// A sentence for what is no whole number, 0 or more.
pub fn whole_number<T: FromStr>(text: &str) -> Result<T, &'static str> {
    text.parse().map_err(|_| "expected is a whole number, 0 or more, and not beyond all range")
}

/// No flags, for a game that has none of its own.
#[derive(clap::Args, Clone, Copy, Debug, Default, Serialize)]
pub struct NoFlags {}
