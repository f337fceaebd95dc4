//! Whom the door lets in, as an operator says it: web pages by origin, addresses by number, proxies by network.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::limits::{FORWARDED_HOPS_MAX, PER_ADDRESS};

/// Conditions that a connection must fulfil to get in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessRules {
    /// Clients from one address (of IPv6: from one /64), 0 to 20,000; 0 for no limit. By default 32. This
    /// machine itself has none.
    pub max_per_address: u32,
    /// Web pages whose scripts may connect, by origin, exactly; besides those of the server's own address. By
    /// default none: a browser would let any page in the world use a player's address and network.
    pub allow_origin: Vec<WebOrigin>,
    /// Whether a request without an `Origin` is refused. By default it is not: native clients send none,
    /// browsers always do.
    pub require_origin: bool,
    /// Networks whose `X-Forwarded-For` is believed. By default none.
    pub trusted_proxy: Vec<Network>,
}

impl Default for AccessRules {
    fn default() -> Self {
        Self {
            max_per_address: PER_ADDRESS,
            allow_origin: Vec::new(),
            require_origin: false,
            trusted_proxy: Vec::new(),
        }
    }
}

impl AccessRules {
    /// Whether a request with this `Origin` may go on.
    pub(crate) fn allows(&self, origin: Option<&str>) -> bool {
        origin.map_or(!self.require_origin, |origin| self.allow_origin.iter().any(|allowed| allowed.0 == origin))
    }

    /// Whether `peer` may say on whose behalf it comes.
    pub(crate) fn trusts(&self, peer: IpAddr) -> bool {
        self.trusted_proxy.iter().any(|network| network.0.contains(&peer.to_canonical()))
    }

    /// On whose behalf `peer` comes: back along the hops of `X-Forwarded-For`, from the newest, for as long
    /// as they are trusted. What the client itself wrote there is never reached.
    pub(crate) fn client_behind<'a>(&self, peer: IpAddr, newest_first: impl Iterator<Item = &'a str>) -> IpAddr {
        let mut client = peer;
        for hop in newest_first.take(FORWARDED_HOPS_MAX) {
            if !self.trusts(client) {
                break;
            }
            let Ok(before) = hop.trim().parse() else { break };
            client = before;
        }
        client
    }
}

/// The origin of a web page: scheme, host and port as a browser writes them. That of a page in an app has a
/// scheme of its own (`capacitor://localhost`), one from a file is `file://` or `null`. The last is also what
/// any page in the world may have that it puts into a sandboxed frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WebOrigin(String);

impl FromStr for WebOrigin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_scheme = |scheme: &str| {
            scheme.starts_with(|first: char| first.is_ascii_lowercase())
                && scheme.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.'))
        };
        let is_host = |host: &str| {
            !host.is_empty() && !host.contains(['/', '*', ' ', ',', '@']) && !host.contains(char::is_uppercase)
        };
        let is_origin = text.split_once("://").is_some_and(|(scheme, host)| is_scheme(scheme) && is_host(host));
        if is_origin || ["null", "file://"].contains(&text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!(
                "{text} is no origin: expected is scheme and host, in lower case, such as https://game.example or \
                 capacitor://localhost, or file:// or null"
            ))
        }
    }
}

/// A network such as `10.0.0.0/8`, or a single address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network(IpNet);

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let single = || text.parse::<IpAddr>().map(IpNet::from);
        text.parse()
            .or_else(|_| single())
            .map(Self)
            .map_err(|_| format!("{text} is no network: expected is an address, or one such as 10.0.0.0/8"))
    }
}

/// Both are strings wherever they are written.
macro_rules! a_string {
    ($($type:ident)*) => {$(
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.to_string()
            }
        }

        impl TryFrom<String> for $type {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                text.parse()
            }
        }
    )*};
}

a_string! { WebOrigin Network }

#[cfg(test)]
mod tests {
    use super::*;

    fn allowing(origins: &[&str]) -> AccessRules {
        AccessRules {
            allow_origin: origins.iter().map(|origin| origin.parse().unwrap()).collect(),
            ..AccessRules::default()
        }
    }

    #[test]
    fn origins_are_compared_whole() {
        let access = allowing(&["https://game.example", "http://localhost:8080"]);
        assert!(
            access.allows(Some("https://game.example"))
                && access.allows(Some("http://localhost:8080"))
                && access.allows(None)
        );
        let others = [
            "http://game.example",
            "https://game.example.evil",
            "https://evil.game.example",
            "https://game.example:8443",
            "https://game.exampl",
            "null",
            "",
            "https://GAME.example",
            "http://localhost",
        ];
        for other in others {
            assert!(!access.allows(Some(other)), "{other}");
        }
    }

    #[test]
    fn without_settings_native_clients_come_in_and_web_pages_do_not() {
        assert!(AccessRules::default().allows(None));
        assert!(!AccessRules::default().allows(Some("https://game.example")));
        assert!(!AccessRules { require_origin: true, ..AccessRules::default() }.allows(None));
    }

    #[test]
    fn pages_in_apps_and_from_files_can_be_allowed_by_name() {
        let origins = [
            "capacitor://localhost",
            "ionic://localhost",
            "chrome-extension://abcdef",
            "tauri://localhost",
            "file://",
            "null",
        ];
        for origin in origins {
            let access = allowing(&[origin]);
            assert!(access.allows(Some(origin)), "{origin}");
            assert!(!origins.iter().any(|&other| other != origin && access.allows(Some(other))), "{origin} alone");
        }
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        let none = [
            "game.example",
            "https://",
            "https://game.example/",
            "*",
            "https://*.game.example",
            "https://Game.example",
            "://game.example",
            "2://game.example",
            "Capacitor://localhost",
            "file:///",
            "Null",
            "",
        ];
        for text in none {
            assert!(text.parse::<WebOrigin>().is_err(), "{text}");
        }
    }

    #[test]
    fn hops_are_followed_back_as_far_as_they_are_trusted() {
        let access = AccessRules {
            trusted_proxy: vec!["10.0.0.0/8".parse().unwrap(), "127.0.0.1".parse().unwrap()],
            ..AccessRules::default()
        };
        let behind = |peer: &str, hops: &[&str]| {
            access.client_behind(peer.parse().unwrap(), hops.iter().rev().copied()).to_string()
        };
        assert_eq!(behind("127.0.0.1", &["203.0.113.7"]), "203.0.113.7");
        assert_eq!(behind("127.0.0.1", &["203.0.113.7", " 10.1.2.3 "]), "203.0.113.7");
        assert_eq!(behind("::ffff:127.0.0.1", &["2001:db8::1"]), "2001:db8::1");
        // Whatever a client writes before its own address, it is not believed.
        assert_eq!(behind("127.0.0.1", &["198.51.100.1", "203.0.113.7"]), "203.0.113.7");
        assert_eq!(behind("192.0.2.9", &["203.0.113.7"]), "192.0.2.9");
        assert_eq!(behind("127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(behind("127.0.0.1", &["unknown"]), "127.0.0.1");
        assert_eq!(behind("127.0.0.1", &["203.0.113.7", "unknown"]), "127.0.0.1");
    }
}
