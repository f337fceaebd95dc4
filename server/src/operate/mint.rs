//! `ticket`: makes key pairs and tickets, as a backend would, for development.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::session::{Claims, SecretKey, TICKET_SECONDS_MAX, unix_seconds};

/// A task of `ticket`.
#[derive(clap::Subcommand, Clone, Debug)]
pub(crate) enum TicketTask {
    /// Make a key pair: FILE is for the backend alone, FILE.pub for the server (--ticket-key)
    NewKey {
        /// File for the secret key; must not exist
        file: PathBuf,
    },
    /// Print tickets, one a line. A backend signs the same claims as PASETO v4.public: sub, name, aud,
    /// protocol, iat, exp, jti
    Mint {
        /// File of the secret key
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// The player's id; with --count, a number is put behind it
        #[arg(long, default_value = "player")]
        player: String,
        /// Name of the player; with --count, a number is put behind it
        #[arg(long, default_value = "player")]
        name: String,
        /// Server that it is for [default: the game's name]
        #[arg(long, value_name = "NAME")]
        audience: Option<String>,
        /// Seconds for which it is good
        #[arg(long, default_value_t = TICKET_SECONDS_MAX,
              value_parser = clap::value_parser!(i64).range(1..=TICKET_SECONDS_MAX))]
        seconds: i64,
        /// Number of tickets
        #[arg(long)]
        count: Option<u32>,
    },
}

impl TicketTask {
    /// Runs the task; returns what it prints.
    pub(crate) fn run(&self, game: &str) -> Result<String, String> {
        match self {
            Self::NewKey { file } => new_key(file),
            Self::Mint { key, player, name, audience, seconds, count } => {
                let line =
                    std::fs::read_to_string(key).map_err(|error| format!("cannot read {}: {error}", key.display()))?;
                let secret = SecretKey::parse(&line).map_err(|what| format!("{} is {what}", key.display()))?;
                let now = unix_seconds(SystemTime::now());
                let mint = |behind: &str| {
                    let (player, name) = (format!("{player}{behind}"), format!("{name}{behind}"));
                    let claims = Claims::new(&player, &name, audience.as_deref().unwrap_or(game), now, *seconds)?;
                    secret.mint(&claims).map(|ticket| ticket + "\n")
                };
                match count {
                    None => mint(""),
                    Some(count) => (0..*count).map(|number| mint(&number.to_string())).collect(),
                }
            }
        }
    }
}

fn new_key(file: &Path) -> Result<String, String> {
    let (secret, public) = SecretKey::generate()?;
    let public_file = PathBuf::from(format!("{}.pub", file.display()));
    write_new(file, &secret, true)?;
    write_new(&public_file, &public, false)?;
    Ok(format!(
        "{} is for the backend alone; the server takes --ticket-key {}\n",
        file.display(),
        public_file.display()
    ))
}

fn write_new(file: &Path, line: &str, is_secret: bool) -> Result<(), String> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if is_secret {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = is_secret;
    let written = options.open(file).and_then(|mut file| writeln!(file, "{line}"));
    written.map_err(|error| format!("cannot write {}: {error}", file.display()))
}
