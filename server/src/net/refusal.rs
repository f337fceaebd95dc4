//! [`Refusal`]: why a connection is not upgraded, and what is said about it.

use std::net::{IpAddr, SocketAddr};

use crate::limits::{RETRIES_IN_GRACE, RETRY_SECONDS_MAX};
use crate::rooms::RoomWish;

const BAD: &str = "400 Bad Request";
const UPGRADE: &str = "426 Upgrade Required";
const UPGRADE_HEADERS: &str = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
const TOO_MANY: &str = "429 Too Many Requests";
const BUSY: &str = "503 Service Unavailable";

/// The parts of a response.
struct Parts {
    status: &'static str,
    /// Headers of its own.
    headers: &'static str,
    /// Seconds after which to come again, for those of which something comes by waiting.
    retry: Option<u32>,
    /// Sentence for whoever reads it, and for the log.
    sentence: &'static str,
}

/// Makes the refusals of a line each: name, one word for counters, status line, sentence, headers of its own,
/// seconds to wait at most.
macro_rules! refusals {
    ($($(#[$meta:meta])* $name:ident = $label:literal, $status:expr, $sentence:literal
        $(, with $headers:expr)? $(, retry $retry:expr)?;)*) => {
        /// Why a connection is not upgraded.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Refusal {
            $($(#[$meta])* $name,)*
        }

        impl Refusal {
            /// Every one.
            pub(crate) const ALL: &[Self] = &[$(Self::$name,)*];

            /// Label for counters, one word.
            pub(crate) const fn label(self) -> &'static str {
                match self {
                    $(Self::$name => $label,)*
                }
            }

            const fn parts(self) -> Parts {
                match self {
                    $(Self::$name => Parts {
                        status: $status,
                        headers: [$($headers,)? ""][0],
                        retry: [$(Some($retry),)? None][0],
                        sentence: $sentence,
                    },)*
                }
            }
        }
    };
}

refusals! {
    NotHttp = "not_http", BAD, "This is not an HTTP/1.1 request.";
    NotGet = "not_get", "405 Method Not Allowed", "Only GET is answered here.", with "Allow: GET\r\n";
    WrongPath = "wrong_path", "404 Not Found", "The game is at / and at /play, nothing else is here.";
    NoSuchRoom = "no_such_room", "404 Not Found", "There is no such room here: it has ended, or its code is another.";
    /// The list of rooms was asked for, which is the answer.
    RoomList = "room_list", "200 OK", "The list of rooms.";
    /// The list of players was asked for, which is the answer.
    PlayerList = "player_list", "200 OK", "The list of players.";
    /// A room was asked for, and made, which is the answer.
    NewRoom = "new_room", "201 Created", "A room was made.";
    NoHost = "no_host", BAD, "A request needs exactly one Host header.";
    NotUpgrade = "not_upgrade", UPGRADE,
        "This is a game server: connect with a game client, over WebSocket.", with UPGRADE_HEADERS;
    /// Asked by a page that was refused, which its browser tells nothing of the answer.
    Inquiry = "inquiry", UPGRADE,
        "Nothing speaks against coming in here: over WebSocket, with the subprotocol auspice.v1.", with UPGRADE_HEADERS;
    WrongVersion = "wrong_version", UPGRADE, "Only version 13 of WebSocket is spoken here.", with UPGRADE_HEADERS;
    BadKey = "bad_key", BAD, "Sec-WebSocket-Key must be 16 bytes in base64.";
    BadOrigin = "bad_origin", "403 Forbidden",
        "This server lets no client in from that web page; its operator may, with --allow-origin.";
    NoSubprotocol = "no_subprotocol", BAD, "Sec-WebSocket-Protocol must offer auspice.v1, which this server speaks.";
    TooLarge = "head_too_large", "431 Request Header Fields Too Large",
        "The request's head is too large: 8 KiB and 64 headers at most.";
    InCrumbs = "head_in_crumbs", BAD, "The request came in too many pieces.";
    TooSlow = "handshake_late", "408 Request Timeout", "The request did not come within 3 seconds.";
    Evicted = "handshake_evicted", BUSY,
        "Others waited behind this request, which was not finished; try again in a few seconds.",
        retry RETRY_SECONDS_MAX / 2;
    TooOften = "address_too_often", TOO_MANY,
        "Too many connections came from this address; try again later.", retry RETRY_SECONDS_MAX;
    AddressFull = "address_full", TOO_MANY,
        "All places for this address are taken; an operator may allow more.", retry RETRY_SECONDS_MAX;
    Full = "full", BUSY, "The server is full; try again in a few seconds.", retry RETRY_SECONDS_MAX / 2;
    Overloaded = "overloaded", BUSY,
        "The server is too busy to let anyone in; try again in a few seconds.", retry RETRY_SECONDS_MAX / 2;
    Elsewhere = "elsewhere", BUSY,
        "The room is at another machine, or on its way to one, and cannot be reached just now; try again in a few \
         seconds.";
    Stopping = "stopping", BUSY, "The server is stopping; try again later.", retry RETRY_SECONDS_MAX / 2;
    NoFiles = "no_files", BUSY,
        "The server can open no more connections; try again in a few seconds.", retry RETRY_SECONDS_MAX / 2;
    NotTls = "not_tls", BAD, "This server speaks TLS: its address begins with wss://.";
    TlsFailed = "tls_failed", BAD, "No TLS session could be agreed on.";
    /// A browser's connection, and no player's: it was shown the page.
    Visitor = "visitor", BAD, "No player's connection: it was shown the page.";
    /// The peer is gone: nobody is left to be told.
    HungUp = "hung_up", BAD, "The connection ended before its request did.";
}

impl Refusal {
    /// Whether it is for requests that are no player's, and may be a browser's that looks for the page.
    pub(crate) const fn is_of_visitors(self) -> bool {
        matches!(self, Self::NotUpgrade | Self::WrongPath)
    }

    /// The whole response, to be sent to `peer` by a server that keeps seats for `grace_seconds`. Who is
    /// refused together comes again one after the other. The script of any page may read it: it is the same
    /// for everybody.
    pub(crate) fn response(self, peer: SocketAddr, grace_seconds: u32) -> String {
        let Parts { status, headers, retry, sentence } = self.parts();
        let retry = retry.map_or_else(String::new, |most| {
            let most = if grace_seconds == 0 { most } else { most.min(grace_seconds / RETRIES_IN_GRACE).max(1) };
            // As good as random.
            let seconds = most - u32::from(peer.port()) % most.div_ceil(2);
            format!("Retry-After: {seconds}\r\n")
        });
        format!(
            "HTTP/1.1 {status}\r\n{headers}{retry}Access-Control-Allow-Origin: *\r\nConnection: close\r\n\
             Content-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\r\n{sentence}\n",
            sentence.len() + 1
        )
    }

    /// Sentence for the log.
    pub(crate) const fn sentence(self) -> &'static str {
        self.parts().sentence
    }
}

/// A refusal of a request, with what is known of that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Denial {
    pub(crate) refusal: Refusal,
    /// Whether the head of the answer was asked for, and that alone.
    pub(crate) is_head: bool,
    /// The address for which it came, where that is known already.
    pub(crate) client: Option<IpAddr>,
    /// The web page that it came from, where it is refused for that.
    pub(crate) origin: Option<String>,
    /// The room that an inquiry is about; the options of rooms that are to be listed, or of the one to be made.
    pub(crate) wish: Option<RoomWish>,
    /// The room that was made, as JSON.
    pub(crate) made: Option<String>,
}

impl From<Refusal> for Denial {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, is_head: false, client: None, origin: None, wish: None, made: None }
    }
}

impl Denial {
    /// The response, as [`Refusal::response`] makes it.
    pub(crate) fn response(&self, peer: SocketAddr, grace_seconds: u32) -> String {
        self.without_body(self.refusal.response(peer, grace_seconds))
    }

    /// The response with a list, or with a room, as JSON.
    pub(crate) fn json_response(&self, list: &str) -> String {
        let status = self.refusal.parts().status;
        self.without_body(format!(
            "HTTP/1.1 {status}\r\nAccess-Control-Allow-Origin: *\r\nConnection: close\r\nCache-Control: no-store\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{list}",
            list.len()
        ))
    }

    fn without_body(&self, mut response: String) -> String {
        if self.is_head {
            let body = response.find("\r\n\r\n").map_or(response.len(), |end| end + 4);
            response.truncate(body);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const PEER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

    const PEER_PORT: SocketAddr = SocketAddr::new(PEER, 40_000);

    #[test]
    fn each_refusal_is_a_response_and_a_label_of_its_own() {
        let labels: std::collections::BTreeSet<_> = Refusal::ALL.iter().copied().map(Refusal::label).collect();
        assert_eq!(labels.len(), Refusal::ALL.len());
        for (index, refusal) in Refusal::ALL.iter().copied().enumerate() {
            assert_eq!(refusal as usize, index, "{refusal:?} should stand in its place");
            let response = refusal.response(PEER_PORT, 30);
            let (head, body) = response.split_once("\r\n\r\n").unwrap();
            let is_answer = matches!(refusal, Refusal::RoomList | Refusal::PlayerList | Refusal::NewRoom)
                && head.starts_with("HTTP/1.1 20");
            assert!(is_answer || head.starts_with("HTTP/1.1 4") || head.starts_with("HTTP/1.1 503 "), "{head}");
            assert!(head.ends_with(&format!("Content-Length: {}", body.len())) && body.ends_with(".\n"), "{response}");
        }
    }

    #[test]
    fn whoever_asks_for_a_head_gets_the_same_without_a_body() {
        for &refusal in Refusal::ALL {
            let whole = refusal.response(PEER_PORT, 30);
            let head = Denial { is_head: true, ..refusal.into() }.response(PEER_PORT, 30);
            assert!(head.ends_with("\r\n\r\n") && whole.starts_with(&head) && whole.len() > head.len(), "{head}");
        }
    }

    #[test]
    fn who_is_asked_to_come_again_has_several_tries_while_its_seat_is_kept_and_not_with_everybody_else() {
        for grace in [1, 4, 10, 30, 3600] {
            for &refusal in Refusal::ALL {
                let retry = |port| {
                    let response = refusal.response(SocketAddr::new(PEER, port), grace);
                    let line = response.lines().find_map(|line| line.strip_prefix("Retry-After: "))?;
                    Some(line.parse::<u32>().unwrap())
                };
                let Some(longest) = (0..100).filter_map(retry).max() else { continue };
                let shortest = (0..100).filter_map(retry).min().unwrap();
                let bound = (grace / RETRIES_IN_GRACE).clamp(1, RETRY_SECONDS_MAX);
                assert!(
                    (1..=bound).contains(&shortest) && longest <= bound,
                    "{refusal:?}: {shortest} to {longest}, {grace}"
                );
                assert!(bound < 4 || shortest < longest, "{refusal:?}: all after {longest}");
            }
        }
        assert!(Refusal::Full.response(PEER_PORT, 0).contains("\r\nRetry-After: "), "also where no seat is kept");
    }
}
