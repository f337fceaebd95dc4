//! [`FleetConfig`]: what an operator says of the fleet.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Settings of a node of a fleet.
#[derive(Clone, PartialEq, Eq)]
pub struct FleetConfig {
    /// Servers of NATS: `nats://HOST:PORT` or `tls://HOST:PORT`, several with commas.
    pub nats: String,
    /// The fleet's name.
    pub name: String,
    /// The address at which players reach this node, `ws://` or `wss://`, without a path.
    pub address: String,
    /// The address on which other nodes reach it beside NATS, by UDP.
    pub direct: Option<SocketAddr>,
    /// The key of what nodes say to each other there.
    pub key: Vec<u8>,
    /// A file of credentials for NATS.
    pub credentials: Option<PathBuf>,
    /// A file of root certificates for NATS.
    pub root_certificates: Option<PathBuf>,
    /// Copies of what the fleet keeps there.
    pub copies: u32,
    /// Whether that is kept in memory.
    pub in_memory: bool,
}

/// Logs do not have the key.
impl fmt::Debug for FleetConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, address, direct, .. } = self;
        let mut shown = f.debug_struct("FleetConfig");
        shown.field("name", name).field("address", address).field("direct", direct).finish_non_exhaustive()
    }
}
