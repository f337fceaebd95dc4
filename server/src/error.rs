//! [`ServeError`]: why a server could not start, or did not end well.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use auspice::error::SetupError;

use crate::operate::admin::TokenError;
use crate::tls::TlsError;

/// Sentence for whoever wants shards and many rooms.
pub(crate) const SHARDS_OF_MANY: &str = "shards are for one room, whose sockets they share: with several (rooms), \
     threads run them (workers), each room with its sockets; leave shards at 1";

/// Why a server could not start, or did not end well.
#[derive(Debug)]
pub enum ServeError {
    /// An address cannot be listened on.
    Listen {
        /// The setting that asked for it: `listen` or `admin-listen`.
        setting: &'static str,
        /// The address as it was asked for.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// There is no TLS by the settings.
    Tls(TlsError),
    /// There is no page in the folder.
    Page {
        /// Its first file, as it was looked for.
        file: PathBuf,
        /// Why it cannot be read.
        error: io::Error,
    },
    /// The game's field tables or the terms are wrong.
    Setup(SetupError),
    /// The admin token cannot be used.
    Token(TokenError),
    /// The log's folder cannot be used.
    Log {
        /// The folder.
        dir: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Another server writes its log there.
    LogInUse {
        /// The folder.
        dir: PathBuf,
    },
    /// The log's folder has the log of another game.
    LogOfAnotherGame {
        /// The folder.
        dir: PathBuf,
        /// The game's name.
        game: String,
    },
    /// Shards are wanted of a server with many rooms.
    ShardsOfMany,
    /// A log is wanted of a game that cannot be saved.
    NotSaved,
    /// The fleet cannot be joined: why, in words.
    Fleet(String),
    /// There is no room in a log that is to be gone on with.
    LogHasNoRoom {
        /// The folder.
        dir: PathBuf,
    },
    /// A room's log is not to be had by this claim.
    LogOfAnotherNode {
        /// The folder.
        dir: PathBuf,
        /// The node that has it, if any has.
        node: Option<u64>,
    },
    /// The operating system gave no thread, event queue or signal handler.
    System(io::Error),
    /// A thread panicked: a mistake of the game's or ours. What it said is on standard error.
    Panicked(String),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen { setting, address, error } if error.kind() == io::ErrorKind::AddrInUse => {
                write!(
                    f,
                    "{address} is in use, perhaps by another server; stop that one or choose another address with \
                     --{setting}"
                )
            }
            Self::Listen { setting, address, error } => write!(f, "cannot listen on {address} (--{setting}): {error}"),
            Self::Tls(error) => write!(f, "{error}"),
            Self::Page { file, error } => write!(f, "there is no page for browsers: {}: {error}", file.display()),
            Self::Token(error) => write!(f, "{error}"),
            Self::Log { dir, error } => write!(f, "the log in {} cannot be used (--log-dir): {error}", dir.display()),
            Self::LogInUse { dir } => {
                write!(f, "another server has its log in {}: choose another folder with --log-dir", dir.display())
            }
            Self::LogOfAnotherGame { dir, game } => {
                write!(f, "{} has the log of the game \"{game}\": choose another folder with --log-dir", dir.display())
            }
            Self::Fleet(words) => write!(f, "the fleet cannot be joined (--nats): {words}"),
            Self::ShardsOfMany => write!(f, "{SHARDS_OF_MANY}"),
            Self::NotSaved => write!(f, "this game cannot be saved, so it has no log (--log-dir)"),
            Self::LogHasNoRoom { dir } => write!(f, "{} has no room that this server could go on with", dir.display()),
            Self::LogOfAnotherNode { dir, node: Some(node) } => {
                write!(f, "the log in {} is that of node {node:016x}", dir.display())
            }
            Self::LogOfAnotherNode { dir, node: None } => write!(f, "the log in {} is no node's", dir.display()),
            Self::Setup(error) => write!(f, "the game cannot be served: {error}"),
            Self::System(error) => write!(f, "the operating system refused what a server needs: {error}"),
            Self::Panicked(what) => write!(f, "the server stopped because of a mistake in it: {what}"),
        }
    }
}

impl std::error::Error for ServeError {}
