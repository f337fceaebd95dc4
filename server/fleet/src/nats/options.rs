//! [`NatsOptions`]: what an operator says of NATS; and [`NatsFault`], what can be wrong with it.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Settings of a fleet's NATS.
#[derive(Clone)]
pub struct NatsOptions {
    /// Servers: `nats://HOST:PORT` or `tls://HOST:PORT`, several with commas.
    pub url: String,
    /// The fleet's name, of letters, digits, `-` and `_`: its nodes share a bucket and subjects.
    pub fleet: String,
    /// A file of credentials, as `nsc` makes them.
    pub credentials: Option<PathBuf>,
    /// A file of root certificates, for TLS.
    pub root_certificates: Option<PathBuf>,
    /// Copies of the bucket: 3 on three servers, and one dies without being noticed for more than some seconds.
    pub replicas: usize,
    /// Whether the bucket is kept in memory. Then it is lost with its server, which costs a lease of waiting.
    pub in_memory: bool,
    /// The address on which other nodes reach this one beside NATS. None: this node is never heard so, and stops when
    /// NATS is silent.
    pub direct: Option<SocketAddr>,
    /// The key of what nodes say to each other there: at least 32 bytes, the same for all nodes, and known to nobody
    /// else.
    pub direct_key: Vec<u8>,
}

/// Logs do not have the key.
impl fmt::Debug for NatsOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fleet, replicas, in_memory, direct, .. } = self;
        let mut shown = f.debug_struct("NatsOptions");
        shown.field("fleet", fleet).field("replicas", replicas).field("in_memory", in_memory).field("direct", direct);
        shown.finish_non_exhaustive()
    }
}

impl Default for NatsOptions {
    fn default() -> Self {
        Self {
            url: "nats://127.0.0.1:4222".into(),
            fleet: "auspice".into(),
            credentials: None,
            root_certificates: None,
            replicas: 1,
            in_memory: false,
            direct: None,
            direct_key: Vec::new(),
        }
    }
}

/// Reasons for which there is no NATS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NatsFault {
    /// No server answers, or it does not let us in: its own words.
    Unreachable(String),
    /// The server's version.
    TooOld(String),
    /// The bucket could not be made: the server's words.
    NoBucket(String),
    /// The fleet's name.
    BadName(String),
    /// The file of credentials cannot be read.
    Credentials(String),
    /// The direct address cannot be listened on.
    Direct(String),
    /// The key is shorter than 32 bytes.
    ShortKey(usize),
    /// There is no thread to be had.
    NoThread,
}

impl fmt::Display for NatsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(words) => write!(f, "NATS cannot be reached: {words}"),
            Self::TooOld(version) => {
                write!(
                    f,
                    "the NATS server is {version}, and 2.11 or later is needed: earlier ones leave out in silence \
                     what they do not know"
                )
            }
            Self::NoBucket(words) => {
                write!(f, "NATS has no bucket for the fleet: {words}; JetStream must be on (nats-server -js)")
            }
            Self::BadName(name) => {
                write!(f, "a fleet's name has 1 to 32 letters, digits, - and _, and {name:?} has others")
            }
            Self::Credentials(words) => write!(f, "the credentials for NATS cannot be read: {words}"),
            Self::Direct(words) => write!(f, "other nodes cannot be listened to: {words}"),
            Self::ShortKey(bytes) => write!(f, "the key between nodes has 32 bytes or more, and this one {bytes}"),
            Self::NoThread => write!(f, "there is no thread for NATS"),
        }
    }
}

impl std::error::Error for NatsFault {}

/// Whether a version is 2.11 or later. One that cannot be read is not.
pub(super) fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.split(['.', '-']).map(|part| part.parse::<u32>().ok());
    let (Some(Some(major)), Some(Some(minor))) = (numbers.next(), numbers.next()) else { return false };
    (major, minor) >= (2, 11)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_servers_are_refused_by_their_version_with_a_sentence() {
        for (version, is_new) in [
            ("2.9.10", false),
            ("2.10.29", false),
            ("2.11.0", true),
            ("2.15.1", true),
            ("3.0.0-beta", true),
            ("", false),
            ("x", false),
        ] {
            assert_eq!(is_new_enough(version), is_new, "{version}");
        }
        let sentence = NatsFault::TooOld("2.9.10".into()).to_string();
        assert!(sentence.starts_with("the NATS server is 2.9.10, and 2.11 or later is needed"), "{sentence}");
    }

    #[test]
    fn logs_do_not_have_the_key() {
        let options =
            NatsOptions { direct_key: b"secret".to_vec(), url: "nats://me:pass@host".into(), ..NatsOptions::default() };
        let shown = format!("{options:?}");
        assert!(!shown.contains("115") && !shown.contains("pass"), "{shown}");
    }
}
