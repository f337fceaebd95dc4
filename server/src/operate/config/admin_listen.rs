//! [`AdminListen`]: where the admin listener listens.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::operate::address::{Address, from_text};

/// The admin listener's port, unless told otherwise: the one behind the players'.
pub const ADMIN_PORT: u16 = 7701;

/// The form of an [`AdminListen`], for whoever wrote another thing.
const ADMIN_WANTED: &str =
    "off, an address and port like 127.0.0.1:7701, or a host's name and port like localhost:7701";

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
