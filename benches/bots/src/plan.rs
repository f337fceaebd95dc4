//! [`Plan`]: what a run of bots is told, on the command line and beyond it, and why one came to nothing.

use std::fmt;

use clap::{Args, Parser};

/// Options that bots and `w1 swarm` share on the command line.
#[derive(Args, Clone, Debug)]
pub struct SwarmArgs {
    /// Address of the server.
    #[arg(long, default_value = "ws://127.0.0.1:7700")]
    pub url: String,
    /// Certificates to trust for wss://: those of this PEM file, and no others [default: those that browsers
    /// trust].
    #[arg(long, value_name = "FILE")]
    pub tls_ca: Option<std::path::PathBuf>,
    /// Secret that the server asks for, where it has one.
    #[arg(long, value_name = "TEXT", conflicts_with = "tickets")]
    pub secret: Option<String>,
    /// File with a ticket for each bot, one a line, where the server asks for tickets [see: auspice-server
    /// ticket mint --help]. They are good for half a minute: mint them right before.
    #[arg(long, value_name = "FILE")]
    pub tickets: Option<std::path::PathBuf>,
    /// Number of bots that play.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=60_000))]
    pub clients: u32,
    /// Seconds to measure, after all have joined and the warm-up has passed.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub seconds: u32,
    /// Share of the bots that hold a whole replica and verify it; the others read only the heads of updates.
    /// At least one verifies, unless this is 0.
    #[arg(long, default_value_t = 0.05, value_parser = parse_share)]
    pub verify_share: f64,
    /// Writes the figures as JSON to this file as well.
    #[arg(long, value_name = "FILE")]
    pub json: Option<std::path::PathBuf>,
    /// Prints where the server's bytes went, by message part, kind and field.
    #[arg(long)]
    pub breakdown: bool,
    /// Bots are called by this and a number.
    #[arg(long, default_value = "bot", value_parser = parse_prefix)]
    pub name_prefix: String,
    /// Bots that connect in a second.
    #[arg(long, default_value_t = 250, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub ramp_per_second: u32,
    /// So many seconds into the measured window bots lose their connections all at once, without a goodbye,
    /// and come back.
    #[arg(long, value_name = "SECONDS")]
    pub cut_at: Option<u32>,
    /// Share of the bots to which that happens; the others stay.
    #[arg(long, default_value_t = 1.0, value_parser = parse_share, requires = "cut_at")]
    pub cut_share: f64,
    /// A process of this machine whose processor time over the measured window is wanted: the server's.
    #[arg(long, value_name = "PID")]
    pub server_pid: Option<u32>,
    /// Address of the server's admin listener, whose counts over the measured window are wanted.
    #[arg(long, value_name = "ADDRESS")]
    pub admin: Option<std::net::SocketAddr>,
}

/// A command line with these options and no others.
#[derive(Parser)]
struct Alone {
    #[command(flatten)]
    swarm: SwarmArgs,
}

impl Default for SwarmArgs {
    /// Options of a command line that states none.
    fn default() -> Self {
        Alone::parse_from(["bots"]).swarm
    }
}

fn parse_share(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| "a share lies between 0 and 1".to_string())
}

fn parse_prefix(text: &str) -> Result<String, String> {
    // Room for a number within the limit of a name.
    let fits = auspice::message::is_fit_name(text) && text.chars().count() + 6 <= auspice::limits::NAME_CHARS_MAX;
    if fits { Ok(text.to_string()) } else { Err("1 to 26 characters that can be seen, not only blanks".to_string()) }
}

/// A run's plan beyond its command line.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The command line.
    pub args: SwarmArgs,
    /// Seconds between the last join and the beginning of the window.
    pub warmup_seconds: u32,
    /// The rate at which to send to a bare-socket floor; `None` for a real server.
    pub floor_hz: Option<u32>,
}

/// Why a run gave no figures. Displays as one plain sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SwarmError(pub String);

impl fmt::Display for SwarmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SwarmError {}
