//! [`Address`]: where to listen, as an operator says it; [`Addresses`]: the numbers that this comes to.

use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::str::FromStr;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// The form of an [`Address`], for whoever wrote another thing.
const WANTED: &str = "an address and port like 127.0.0.1:7700, or a host's name and port like localhost:7700";

/// Bytes of a name, at most: DNS knows none that is longer.
const NAME_BYTES_MAX: usize = 253;

/// A host and a port: by number, such as `127.0.0.1:7700` or `[::1]:7700`, or by name, such as `localhost:7700`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub enum Address {
    /// An address by number.
    Number(SocketAddr),
    /// An address by a name that [`Address::resolve`] looks up.
    Name {
        /// The host's.
        host: String,
        /// 0 takes any that is free.
        port: u16,
    },
}

impl Address {
    /// The numbers that it stands for: of a name all that the system knows, in the system's order.
    ///
    /// # Errors
    ///
    /// When the system knows none.
    pub fn resolve(&self) -> io::Result<Addresses> {
        let (host, port) = match self {
            Self::Number(number) => return Ok((*number).into()),
            Self::Name { host, port } => (host, *port),
        };
        let mut numbers = (host.as_str(), port).to_socket_addrs()?;
        let first = numbers.next().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the name has no address"))?;
        Ok(Addresses::of_name(host, first, numbers.collect()))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Name { host, port } => write!(f, "{host}:{port}"),
        }
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.to_string()
    }
}

impl From<SocketAddr> for Address {
    fn from(number: SocketAddr) -> Self {
        Self::Number(number)
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(number) = text.parse() {
            return Ok(Self::Number(number));
        }
        let name = text.rsplit_once(':').and_then(|(host, port)| {
            // The system would take 127.1 for a number, and +80 is none of a port.
            let is_port = port.bytes().all(|byte| byte.is_ascii_digit());
            (is_name(host) && is_port).then_some(Self::Name { host: host.to_owned(), port: port.parse().ok()? })
        });
        name.ok_or_else(|| format!("expected is {WANTED}"))
    }
}

/// Whether `host` can be a host's name, and cannot be meant as a number.
fn is_name(host: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    let whole = host.strip_suffix('.').unwrap_or(host);
    let last = whole.rsplit('.').next().unwrap_or_default();
    host.len() <= NAME_BYTES_MAX && whole.split('.').all(is_label) && !last.bytes().all(|byte| byte.is_ascii_digit())
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer, WANTED)
    }
}

/// A value that is written as a text, with an error that says what is `wanted` instead of what was found.
pub(crate) fn from_text<'de, D: Deserializer<'de>, T: FromStr>(
    deserializer: D,
    wanted: &'static str,
) -> Result<T, D::Error> {
    struct Text<T>(&'static str, std::marker::PhantomData<T>);

    impl<T: FromStr> Visitor<'_> for Text<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
        }
    }

    deserializer.deserialize_str(Text(wanted, std::marker::PhantomData))
}

/// Addresses by number, one or more. A server listens on the first of them that it can: a name may stand for
/// some that this machine does not have. One that another program has taken ends the search, lest a second
/// server start unnoticed beside the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// The name that they were found by.
    name: Option<String>,
    first: SocketAddr,
    others: Vec<SocketAddr>,
}

impl Addresses {
    pub(crate) fn of_name(name: &str, first: SocketAddr, others: Vec<SocketAddr>) -> Self {
        Self { name: Some(name.to_owned()), first, others }
    }

    /// Each, in the order in which they are tried.
    pub fn iter(&self) -> impl Iterator<Item = SocketAddr> {
        std::iter::once(self.first).chain(self.others.iter().copied())
    }

    /// The host's name that they were found by, if it was one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Gives all of them this port; 0 takes any that is free.
    pub fn set_port(&mut self, port: u16) {
        self.first.set_port(port);
        self.others.iter_mut().for_each(|address| address.set_port(port));
    }

    /// Binds the first address that `bind` does not refuse; else returns the first refusal, or that of an
    /// address which is in use.
    pub(crate) fn first_of<T>(&self, bind: impl Fn(SocketAddr) -> io::Result<T>) -> Result<T, (SocketAddr, io::Error)> {
        let mut refusal = None;
        for address in self.iter() {
            match bind(address) {
                Ok(bound) => return Ok(bound),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err((address, error)),
                Err(error) => refusal = refusal.or(Some((address, error))),
            }
        }
        Err(refusal.unwrap_or_else(|| (self.first, io::ErrorKind::AddrNotAvailable.into())))
    }
}

impl From<SocketAddr> for Addresses {
    fn from(first: SocketAddr) -> Self {
        Self { name: None, first, others: Vec::new() }
    }
}

impl From<([u8; 4], u16)> for Addresses {
    fn from(number: ([u8; 4], u16)) -> Self {
        SocketAddr::from(number).into()
    }
}

/// Parses an address by number alone: a name is an [`Address`].
impl FromStr for Addresses {
    type Err = std::net::AddrParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<SocketAddr>().map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_told_apart_and_shown_as_they_were_written() {
        for text in ["127.0.0.1:7700", "0.0.0.0:0", "[::1]:7700", "[::]:80"] {
            let address: Address = text.parse().unwrap();
            assert!(matches!(address, Address::Number(_)) && address.to_string() == text, "{text}");
        }
        for text in ["localhost:7700", "play.example.org:80", "play.example.org.:80", "a-b_c:0", "7up.example:1"] {
            let address: Address = text.parse().unwrap();
            assert!(matches!(address, Address::Name { .. }) && address.to_string() == text, "{text}");
        }
    }

    #[test]
    fn what_is_neither_is_refused() {
        let long = format!("{}:1", "a".repeat(254));
        let wrong = [
            "",
            "here",
            "7700",
            ":7700",
            "localhost:",
            "localhost:x",
            "localhost:+80",
            "localhost:65536",
            "::1:7700",
            "[::1]",
            "127.1:80",
            "300.0.0.1:80",
            "a..b:80",
            ".:80",
            "two words:80",
            "http://localhost:80",
            "[localhost]:80",
            &long,
        ];
        for text in wrong {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn this_machine_is_found_by_its_name() {
        let found = "localhost:7700".parse::<Address>().unwrap().resolve().unwrap();
        assert!(found.iter().all(|address| address.ip().is_loopback() && address.port() == 7700), "{found:?}");
        assert_eq!(found.name(), Some("localhost"));
    }

    fn number(last: u8) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, last], 7700))
    }

    /// Three addresses, of which each is refused for such a reason.
    fn tried(refusals: [Option<io::ErrorKind>; 3]) -> Result<SocketAddr, (SocketAddr, io::ErrorKind)> {
        let addresses = Addresses::of_name("game.example", number(0), vec![number(1), number(2)]);
        let bind = |address: SocketAddr| {
            let which = (0..3).position(|last| number(last) == address).unwrap();
            refusals[which].map_or_else(|| Ok(address), |kind| Err(kind.into()))
        };
        addresses.first_of(bind).map_err(|(address, error)| (address, error.kind()))
    }

    #[test]
    fn addresses_that_this_machine_does_not_have_are_passed_over_and_one_that_is_taken_is_not() {
        use io::ErrorKind::{AddrInUse, AddrNotAvailable, Unsupported};
        assert_eq!(tried([None, None, None]), Ok(number(0)));
        assert_eq!(tried([Some(AddrNotAvailable), Some(Unsupported), None]), Ok(number(2)));
        assert_eq!(tried([Some(AddrNotAvailable), Some(AddrInUse), None]), Err((number(1), AddrInUse)));
        assert_eq!(
            tried([Some(AddrNotAvailable), Some(Unsupported), Some(Unsupported)]),
            Err((number(0), AddrNotAvailable))
        );
    }
}
