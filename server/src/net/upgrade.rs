//! The HTTP front: what a request must be to become a WebSocket, and what it is told otherwise.
//!
//! Written here, because a WebSocket library's handshake checks neither path, subprotocol nor origin, and drops the
//! connection without a word where a sentence would help.

use std::net::IpAddr;

use auspice::message::{SUBPROTOCOL, TALK_SUBPROTOCOL};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};

use super::refusal::{Denial, Refusal};
use crate::limits::{HEAD_BYTES_MAX, HEADERS_MAX};
use crate::operate::access::AccessRules;
use crate::rooms::{RoomOptions, RoomWish, parse_options};

/// The only version there is (RFC 6455).
const VERSION: &str = "13";

const GET: &str = "GET";

const HEAD: &str = "HEAD";
const POST: &str = "POST";

/// The path at which public rooms are listed, and private ones are made.
const LIST_PATH: &str = "/rooms";

/// The path at which players of public rooms are listed.
const PLAYERS_PATH: &str = "/players";

/// Judgement of the bytes that have come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// The head has not come whole.
    Incomplete,
    /// Answer with [`switching`], then speak WebSocket from byte `consumed` on.
    Upgrade {
        accept_key: String,
        consumed: usize,
        /// The room that is asked for.
        wish: RoomWish,
        /// Whom a trusted proxy says that it comes for; else the peer itself.
        client: IpAddr,
        /// Its player would talk.
        talks: bool,
    },
    /// Answer with [`Denial::response`] and hang up.
    Refuse(Denial),
}

/// A request that is in order.
#[derive(Clone, Debug)]
pub(super) struct Accepted {
    pub(super) accept_key: String,
    pub(super) wish: RoomWish,
    /// The address of the client, as in [`Judgement::Upgrade`].
    pub(super) client: IpAddr,
    /// Its player would talk.
    pub(super) talks: bool,
}

/// A request that was judged: what came behind it where it was accepted, all that came where not.
pub(super) type Judged = (Result<Accepted, Denial>, Vec<u8>);

/// The response that makes the connection a WebSocket, on which a player `talks` or not. No extension is ever
/// agreed to.
pub(crate) fn switching(accept_key: &str, talks: bool) -> String {
    let subprotocol = if talks { TALK_SUBPROTOCOL } else { SUBPROTOCOL };
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept_key}\r\nSec-WebSocket-Protocol: {subprotocol}\r\n\r\n"
    )
}

/// Judges `bytes`, which are all that has come from `peer`.
pub(crate) fn check_head(bytes: &[u8], peer: IpAddr, access: &AccessRules) -> Judgement {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(bytes) {
        Ok(httparse::Status::Complete(consumed)) if consumed <= HEAD_BYTES_MAX => {
            match judge_request(&request, peer, access) {
                Ok(Accepted { accept_key, wish, client, talks }) => {
                    Judgement::Upgrade { accept_key, consumed, wish, client, talks }
                }
                Err(refused) => Judgement::Refuse(refused),
            }
        }
        Ok(httparse::Status::Partial) if bytes.len() < HEAD_BYTES_MAX => Judgement::Incomplete,
        Ok(_) | Err(httparse::Error::TooManyHeaders) => Judgement::Refuse(Refusal::TooLarge.into()),
        Err(_) => Judgement::Refuse(Refusal::NotHttp.into()),
    }
}

/// The same about a request that has come whole from `peer`, whoever read it.
pub(super) fn judge_request(
    request: &httparse::Request<'_, '_>,
    peer: IpAddr,
    access: &AccessRules,
) -> Result<Accepted, Denial> {
    let client = access.client_behind(peer, items(request, "x-forwarded-for").rev());
    let refused = |refusal| Denial {
        refusal,
        is_head: request.method == Some(HEAD),
        client: Some(client),
        origin: (refusal == Refusal::BadOrigin).then(|| origin(request).unwrap_or("none").to_owned()),
        wish: wish_of(request, refusal),
        made: None,
    };
    // A client that talks offers both: whoever lets nobody talk chooses the other.
    let talks = lists(request, "sec-websocket-protocol", |item| item == TALK_SUBPROTOCOL);
    check(request, access).map(|(accept_key, wish)| Accepted { accept_key, wish, client, talks }).map_err(refused)
}

/// Whether a plain request wants to know what one for a WebSocket would be answered: browsers keep that from
/// the pages that they show. So does one for a player's path, but for the root, which is the page's.
pub(super) fn is_inquiry(request: &httparse::Request<'_, '_>) -> bool {
    let is_about_player = |path: &str| path != "/" && RoomWish::of_path(path).is_some();
    let is_list = |path: &str| path == PLAYERS_PATH || options_listed(path).is_some();
    target(request).is_some_and(|(path, _)| is_about_player(path) || is_list(path))
}

/// Options of the rooms whose list is asked for, or of the one that is to be made, if that is at this path: `/rooms`,
/// `/rooms/mode=duel`.
fn options_listed(path: &str) -> Option<RoomOptions> {
    let rest = path.strip_prefix(LIST_PATH)?;
    if rest.is_empty() || rest.starts_with('/') { parse_options(rest) } else { None }
}

/// The room, or the options of rooms, that an answer is about.
fn wish_of(request: &httparse::Request<'_, '_>, answer: Refusal) -> Option<RoomWish> {
    let (path, _) = target(request)?;
    match answer {
        Refusal::RoomList | Refusal::NewRoom => options_listed(path).map(RoomWish::Any),
        Refusal::Inquiry => RoomWish::of_path(path),
        _ => None,
    }
}

/// Path of a request, and its host where that is in the target too, as it is for proxies (RFC 9112, 3.2.2).
fn target<'a>(request: &'a httparse::Request<'_, '_>) -> Option<(&'a str, Option<&'a str>)> {
    let target = request.path?;
    let Some((scheme, rest)) = target.split_once("://").filter(|_| !target.starts_with('/')) else {
        return Some((target, None));
    };
    if !["http", "https", "ws", "wss"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return None;
    }
    let (host, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    Some((path, Some(host)))
}

/// The host that a request is for. That in its target goes before its header, which must be there all the same.
fn host<'a>(request: &'a httparse::Request<'_, '_>) -> Option<&'a str> {
    let by_header = only(request, "host")?;
    let host = target(request).and_then(|(_, host)| host).unwrap_or(by_header);
    (!host.is_empty()).then_some(host)
}

/// The origin of the page whose script asks: one that is there twice, or is no text, is none that was allowed.
/// Browsers leave it out of a plain request to where the page came from, which is to be told the same.
fn origin<'a>(request: &'a httparse::Request<'_, '_>) -> Option<&'a str> {
    let is_there = |name: &str| request.headers.iter().any(|header| header.name.eq_ignore_ascii_case(name));
    if is_there("origin") {
        return Some(only(request, "origin").unwrap_or_default());
    }
    let page = only(request, "referer").filter(|_| !asks_for_upgrade(request))?;
    let end = page.match_indices('/').nth(2).map_or(page.len(), |(at, _)| at);
    Some(&page[..end])
}

/// Whether a request asks for a WebSocket at all, right or wrong.
pub(super) fn asks_for_upgrade(request: &httparse::Request<'_, '_>) -> bool {
    lists(request, "upgrade", |item| item.eq_ignore_ascii_case("websocket"))
}

/// The accept key for a request that is in order, and the room that it is for.
fn check(request: &httparse::Request<'_, '_>, access: &AccessRules) -> Result<(String, RoomWish), Refusal> {
    if request.version != Some(1) {
        return Err(Refusal::NotHttp);
    }
    let wants_upgrade =
        asks_for_upgrade(request) && lists(request, "connection", |item| item.eq_ignore_ascii_case("upgrade"));
    let path = target(request).map(|(path, _)| path);
    let is_list = !wants_upgrade && path.and_then(options_listed).is_some();
    let is_order = is_list && request.method == Some(POST);
    if request.method != Some(GET) && !is_order && (request.method != Some(HEAD) || wants_upgrade) {
        return Err(Refusal::NotGet);
    }
    let wish = path.and_then(RoomWish::of_path);
    let is_of_players = !wants_upgrade && path == Some(PLAYERS_PATH);
    if wish.is_none() && !is_list && !is_of_players {
        return Err(Refusal::WrongPath);
    }
    let host = host(request).ok_or(Refusal::NoHost)?;
    if is_of_players {
        return Err(Refusal::PlayerList);
    }
    if is_list && !is_order {
        return Err(Refusal::RoomList);
    }
    if !wants_upgrade && !is_inquiry(request) {
        return Err(Refusal::NotUpgrade);
    }
    if wants_upgrade && only(request, "sec-websocket-version") != Some(VERSION) {
        return Err(Refusal::WrongVersion);
    }
    let origin = origin(request);
    if !access.allows(origin) && !origin.is_some_and(|origin| is_own_page(origin, host)) {
        return Err(Refusal::BadOrigin);
    }
    if !wants_upgrade {
        return Err(if is_order { Refusal::NewRoom } else { Refusal::Inquiry });
    }
    let key = only(request, "sec-websocket-key").filter(|key| is_key(key)).ok_or(Refusal::BadKey)?;
    if !lists(request, "sec-websocket-protocol", |item| item == SUBPROTOCOL) {
        return Err(Refusal::NoSubprotocol);
    }
    Ok((accept_key(key), wish.ok_or(Refusal::WrongPath)?))
}

/// Answers a request's key, by which its sender sees that a WebSocket server read it (RFC 6455, 4.2.2).
fn accept_key(key: &str) -> String {
    let mut digest = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    digest.update(key.as_bytes());
    digest.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    BASE64_STANDARD.encode(digest.finish())
}

/// Whether a page is this server's own, or that of a proxy in front of it: it came from where the request goes.
///
/// Of hosts that are called by a number or `localhost` alone. A name can be made to lead here by whoever owns
/// it (DNS rebinding), so a page that is reached by a name must be allowed by name.
fn is_own_page(origin: &str, host: &str) -> bool {
    let from = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    let bare = host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(host, |(bare, _)| bare);
    let number = bare.strip_prefix('[').and_then(|bare| bare.strip_suffix(']')).unwrap_or(bare);
    from == Some(host) && (bare == "localhost" || number.parse::<IpAddr>().is_ok())
}

/// The header's value, if it is there exactly once.
fn only<'a>(request: &'a httparse::Request<'_, '_>, name: &str) -> Option<&'a str> {
    let mut values = request.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    std::str::from_utf8(value.value).ok().map(str::trim)
}

/// Whether the header has an item that is `wanted`.
fn lists(request: &httparse::Request<'_, '_>, name: &str, wanted: impl Fn(&str) -> bool) -> bool {
    items(request, name).any(wanted)
}

/// The header's comma-separated items, over all its lines.
fn items<'a>(request: &'a httparse::Request<'_, '_>, name: &'a str) -> impl DoubleEndedIterator<Item = &'a str> {
    request
        .headers
        .iter()
        .filter(move |header| header.name.eq_ignore_ascii_case(name))
        .filter_map(|header| std::str::from_utf8(header.value).ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

/// 16 bytes are 22 characters of base64 and two of padding.
fn is_key(key: &str) -> bool {
    key.len() == 24
        && key.ends_with("==")
        && key[..22].bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/')
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;
    use crate::GAME_PATHS;

    const GOOD: &str = "GET /play HTTP/1.1\r\nHost: localhost:7700\r\nUpgrade: websocket\r\n\
                        Connection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n\
                        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                        Sec-WebSocket-Protocol: other, auspice.v1\r\n\r\n";

    const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    const PEER_PORT: SocketAddr = SocketAddr::new(PEER, 40_000);

    fn judge_plainly(bytes: &[u8]) -> Judgement {
        check_head(bytes, PEER, &AccessRules::default())
    }

    fn refusal(request: &str) -> Option<Refusal> {
        match judge_plainly(request.as_bytes()) {
            Judgement::Refuse(refused) => Some(refused.refusal),
            Judgement::Incomplete | Judgement::Upgrade { .. } => None,
        }
    }

    #[test]
    fn a_good_request_gets_the_key_of_the_rfc() {
        let expected = Judgement::Upgrade {
            accept_key: "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=".into(),
            consumed: GOOD.len(),
            wish: RoomWish::Any(RoomOptions::new()),
            client: PEER,
            talks: false,
        };
        assert_eq!(judge_plainly(GOOD.as_bytes()), expected);
        assert_eq!(judge_plainly(format!("{GOOD}early bytes").as_bytes()), expected);
        assert!(matches!(judge_plainly(GOOD.replace("/play", "/").as_bytes()), Judgement::Upgrade { .. }));
        assert!(matches!(
            judge_plainly(GOOD.replace("websocket\r\n", "WebSocket\r\n").as_bytes()),
            Judgement::Upgrade { .. }
        ));
    }

    #[test]
    fn every_part_of_a_good_request_is_incomplete() {
        for length in 0..GOOD.len() {
            assert_eq!(judge_plainly(&GOOD.as_bytes()[..length]), Judgement::Incomplete, "at {length}");
        }
    }

    #[test]
    fn each_fault_has_its_refusal() {
        use Refusal as R;
        let cases = [
            ("GET ", "POST ", R::NotGet),
            ("HTTP/1.1", "HTTP/1.0", R::NotHttp),
            ("HTTP/1.1", "HTTP/2.0", R::NotHttp),
            ("/play", "/admin", R::WrongPath),
            ("/play", "/play/", R::WrongPath),
            ("/play", "/play?token=1", R::WrongPath),
            ("/play", "/PLAY", R::WrongPath),
            ("Host: localhost:7700\r\n", "", R::NoHost),
            ("Host: localhost:7700\r\n", "Host:\r\n", R::NoHost),
            ("Host: localhost:7700\r\n", "Host: a\r\nHost: b\r\n", R::NoHost),
            ("GET ", "HEAD ", R::NotGet),
            ("/play", "ftp://localhost/play", R::WrongPath),
            ("/play", "http://localhost/elsewhere", R::WrongPath),
            ("/play", "http:///play", R::NoHost),
            ("Upgrade: websocket\r\n", "", R::Inquiry),
            ("Upgrade: websocket", "Upgrade: h2c", R::Inquiry),
            ("Connection: keep-alive, Upgrade\r\n", "Connection: keep-alive\r\n", R::Inquiry),
            ("Sec-WebSocket-Version: 13\r\n", "", R::WrongVersion),
            ("Version: 13", "Version: 12", R::WrongVersion),
            ("Version: 13", "Version: 13, 8", R::WrongVersion),
            ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "", R::BadKey),
            ("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZQ==", R::BadKey),
            ("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25j!!==", R::BadKey),
            ("Sec-WebSocket-Protocol: other, auspice.v1\r\n", "", R::NoSubprotocol),
            ("auspice.v1", "auspice.v2", R::NoSubprotocol),
            ("auspice.v1", "auspice.v10", R::NoSubprotocol),
            ("Host: localhost:7700\r\n", "Host: a\r\nOrigin: https://evil.example\r\n", R::BadOrigin),
            ("GET /play", "\u{16}\u{3}\u{1}", R::NotHttp),
        ];
        for (part, replacement, expected) in cases {
            let request = GOOD.replacen(part, replacement, 1);
            assert_ne!(request, GOOD, "the case {part:?} should change something");
            assert_eq!(refusal(&request), Some(expected), "{part:?} -> {replacement:?}");
        }
    }

    #[test]
    fn an_origin_must_be_allowed_and_be_there_once() {
        let access =
            AccessRules { allow_origin: vec!["https://game.example".parse().unwrap()], ..AccessRules::default() };
        let from = |line: &str| check_head(GOOD.replace("Host:", &format!("{line}Host:")).as_bytes(), PEER, &access);
        assert!(matches!(from("Origin: https://game.example\r\n"), Judgement::Upgrade { .. }));
        assert!(matches!(from(""), Judgement::Upgrade { .. }));
        let others = [
            "Origin: https://game.example.evil\r\n",
            "Origin: null\r\n",
            "Origin:\r\n",
            "Origin: https://game.example\r\norigin: https://game.example\r\n",
        ];
        for other in others {
            let Judgement::Refuse(refused) = from(other) else { panic!("{other}") };
            assert_eq!(refused.refusal, Refusal::BadOrigin, "{other}");
        }
        let Judgement::Refuse(refused) = from("Origin: https://other.example\r\n") else { panic!("it is not allowed") };
        assert_eq!(refused.origin.as_deref(), Some("https://other.example"), "for the log");
    }

    #[test]
    fn a_page_may_ask_what_its_browser_did_not_tell_it() {
        let ask = |lines: &str, path: &str| {
            let head = format!("GET {path} HTTP/1.1\r\nHost: game.example:7700\r\n{lines}\r\n");
            let Judgement::Refuse(refused) = judge_plainly(head.as_bytes()) else { panic!("{head}") };
            (refused.refusal, refused.origin)
        };
        let refused = |origin: &str| (Refusal::BadOrigin, Some(origin.to_owned()));
        assert_eq!(ask("Origin: https://game.example\r\n", "/play"), refused("https://game.example"));
        // To where the page came from there is no origin in a plain request.
        assert_eq!(ask("Referer: http://game.example:7700/a/page\r\n", "/play"), refused("http://game.example:7700"));
        assert_eq!(ask("Referer: http://game.example:7700\r\n", "/play"), refused("http://game.example:7700"));
        assert_eq!(ask("", "/play"), (Refusal::Inquiry, None));
        assert_eq!(
            ask("Origin: https://game.example\r\n", "/"),
            (Refusal::NotUpgrade, None),
            "that is the page's own path"
        );
    }

    #[test]
    fn a_target_may_be_written_out_as_for_a_proxy() {
        for target in [
            "http://localhost:7700/play",
            "HTTP://localhost:7700/play",
            "ws://localhost:7700/play",
            "http://localhost:7700",
        ] {
            let request = GOOD.replace("GET /play ", &format!("GET {target} "));
            assert!(matches!(judge_plainly(request.as_bytes()), Judgement::Upgrade { .. }), "{target}");
        }
        // It is its host that counts, whatever the header says.
        let own = GOOD
            .replace("GET /play ", "GET http://192.0.2.7/play ")
            .replace("Host:", "Origin: http://192.0.2.7\r\nHost:");
        assert!(matches!(judge_plainly(own.as_bytes()), Judgement::Upgrade { .. }));
        assert_eq!(refusal(&own.replace("http://192.0.2.7/", "http://game.example/")), Some(Refusal::BadOrigin));
    }

    #[test]
    fn a_page_of_the_servers_own_is_let_in_where_no_name_can_lead_astray() {
        let from = |host: &str, origin: &str| {
            let lines = format!("Host: {host}\r\nOrigin: {origin}\r\n");
            judge_plainly(GOOD.replace("Host: localhost:7700\r\n", &lines).as_bytes())
        };
        for host in ["localhost:7700", "127.0.0.1:7700", "192.0.2.7", "[::1]:7700", "[2001:db8::1]"] {
            assert!(matches!(from(host, &format!("http://{host}")), Judgement::Upgrade { .. }), "{host}");
            assert!(matches!(from(host, &format!("https://{host}")), Judgement::Upgrade { .. }), "{host}");
        }
        let others = [
            ("evil.example:7700", "http://evil.example:7700"),
            ("localhost.evil.example", "http://localhost.evil.example"),
            ("127.0.0.1.evil.example", "http://127.0.0.1.evil.example"),
            ("evil.example:1]", "http://evil.example:1]"),
            ("localhost:7700", "http://localhost:8080"),
            ("localhost:7700", "http://127.0.0.1:7700"),
            ("localhost:7700", "file://localhost:7700"),
            ("localhost:7700", "null"),
        ];
        for (host, origin) in others {
            let Judgement::Refuse(refused) = from(host, origin) else { panic!("{origin} at {host}") };
            assert_eq!(refused.refusal, Refusal::BadOrigin, "{origin} at {host}");
        }
    }

    #[test]
    fn only_a_trusted_proxy_is_believed_for_whom_it_comes() {
        let trusting = AccessRules { trusted_proxy: vec!["192.0.2.1".parse().unwrap()], ..AccessRules::default() };
        let lines = "X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-For: 203.0.113.7\r\nHost:";
        let request = GOOD.replace("Host:", lines);
        let client = |access| match check_head(request.as_bytes(), PEER, access) {
            Judgement::Upgrade { client, .. } => client.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(client(&trusting), "203.0.113.7");
        assert_eq!(client(&AccessRules::default()), PEER.to_string());
    }

    #[test]
    fn a_head_has_its_limits() {
        let many = GOOD.replace("\r\n\r\n", &format!("\r\n{}\r\n", "X: y\r\n".repeat(HEADERS_MAX)));
        assert_eq!(refusal(&many), Some(Refusal::TooLarge));
        let long = GOOD.replace("\r\n\r\n", &format!("\r\nX: {}\r\n\r\n", "y".repeat(HEAD_BYTES_MAX)));
        assert_eq!(refusal(&long), Some(Refusal::TooLarge));
        assert_eq!(refusal(&long[..HEAD_BYTES_MAX]), Some(Refusal::TooLarge), "without its end");
    }

    #[test]
    fn a_missing_subprotocol_is_named_and_a_wrong_version_told_the_right_one() {
        assert!(Refusal::NoSubprotocol.response(PEER_PORT, 30).contains(SUBPROTOCOL));
        let response = Refusal::WrongVersion.response(PEER_PORT, 30);
        assert!(response.starts_with("HTTP/1.1 426 ") && response.contains("\r\nSec-WebSocket-Version: 13\r\n"));
        for path in GAME_PATHS {
            assert!(Refusal::WrongPath.sentence().contains(path));
        }
    }
}
