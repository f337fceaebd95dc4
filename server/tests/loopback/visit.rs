//! Browsers' connections that were shown files before they ask to play: whoever keeps connections, as proxies
//! do, puts both on one.

use std::io::{Read, Write};
use std::time::Duration;

use auspice_server::Handle;

use crate::faults::{farewell, faults};
use crate::handshake::{answer, refused_requests};
use crate::page::{folder, start_with_page};
use crate::player::{Player, connect, good_request, read_head, start, upgrade};
use crate::secure::{dial, start_secure_with};

/// Connections that are shown the page at once, at most.
const VISITORS_MAX: usize = 256;

/// Asks for `path` and reads all of the answer: its status line.
fn look<S: Read + Write>(stream: &mut S, path: &str) -> String {
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    read_answer(stream)
}

/// Reads an answer with its body: its status line.
fn read_answer(stream: &mut impl Read) -> String {
    let head = read_head(stream).unwrap();
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |length| length.parse().unwrap());
    stream.read_exact(&mut vec![0; length]).unwrap();
    head.lines().next().unwrap_or_default().to_owned()
}

/// The connection, once it was shown the page.
fn shown<S: Read + Write>(mut stream: S) -> S {
    assert_eq!(look(&mut stream, "/"), "HTTP/1.1 200 OK");
    stream
}

fn kept(server: &Handle) -> std::net::TcpStream {
    shown(connect(server.local_addr()))
}

/// Of the requests that are refused, those for an upgrade, whose end a library finds too.
fn refused_upgrades() -> impl Iterator<Item = (&'static str, String)> {
    let all = refused_requests().into_iter().map(|(what, request, ..)| (what, request));
    all.filter(|(_, request)| {
        request.contains("Upgrade: websocket") && request.contains(" /play ") && request.len() < 4096
    })
}

#[test]
fn who_was_shown_the_page_plays_on_the_same_connection() {
    let server = start_with_page("same-connection");
    let mut stream = kept(&server);
    assert_eq!(look(&mut stream, "/nothing"), "HTTP/1.1 404 Not Found");
    let mut player = Player::join_over(shown(stream), server.local_addr(), "shown before");
    let seen = player.replica.tick();
    player.play_until("ticks go on", |player| player.replica.tick().since(seen) > 10);
}

#[test]
fn an_upgrade_to_another_path_is_a_file_that_is_not_there() {
    let server = start_with_page("other-path");
    let mut stream = kept(&server);
    stream.write_all(good_request().replace("/play", "/elsewhere").as_bytes()).unwrap();
    assert_eq!(read_answer(&mut stream), "HTTP/1.1 404 Not Found");
    Player::join_over(stream, server.local_addr(), "found it");
}

#[test]
fn a_refusal_is_the_same_on_a_connection_that_was_shown_the_page() {
    let server = start(|config| {
        config.page = Some(folder("refused"));
        config.access.allow_origin = vec!["https://game.example".parse().unwrap()];
    });
    let foreign = good_request().replace("Host:", "Origin: https://elsewhere.example\r\nHost:");
    let requests: Vec<_> = refused_upgrades().chain([("a foreign page", foreign)]).collect();
    assert_eq!(requests.len(), 7);
    for (what, request) in requests {
        let fresh = answer(connect(server.local_addr()), &request);
        assert!(fresh.starts_with("HTTP/1.1 4"), "{what}: {fresh}");
        assert_eq!(answer(kept(&server), &request), fresh, "{what}");
    }
}

#[test]
fn who_finds_no_place_is_told_so_on_a_connection_that_was_shown_the_page() {
    let server = start(|config| {
        config.page = Some(folder("no-place"));
        config.access.trusted_proxy = vec!["127.0.0.1".parse().unwrap()];
        config.access.max_per_address = 1;
        config.drain_timeout = Duration::from_secs(60);
    });
    let of = |client: &str| good_request().replace("Host:", &format!("X-Forwarded-For: {client}\r\nHost:"));
    let mut inside = kept(&server);
    inside.write_all(of("203.0.113.7").as_bytes()).unwrap();
    assert!(read_head(&mut inside).unwrap().starts_with("HTTP/1.1 101 "));
    // It is the request's own address that counts, whoever was shown files on that connection before.
    let full = answer(kept(&server), &of("203.0.113.7"));
    assert!(
        full.starts_with("HTTP/1.1 429 ") && full.contains("All places") && full.contains("\r\nRetry-After: "),
        "{full}"
    );
    let mut other = kept(&server);
    other.write_all(of("203.0.113.8").as_bytes()).unwrap();
    assert!(read_head(&mut other).unwrap().starts_with("HTTP/1.1 101 "));
    let before = kept(&server);
    server.drain();
    let stopping = answer(connect(server.local_addr()), &of("203.0.113.9"));
    assert!(stopping.starts_with("HTTP/1.1 503 ") && stopping.contains("\r\nRetry-After: "), "{stopping}");
    // How long to stay away is spread over those who ask.
    let but_for_the_wait =
        |answer: &str| answer.lines().filter(|line| !line.starts_with("Retry-After: ")).collect::<String>();
    assert_eq!(but_for_the_wait(&answer(before, &of("203.0.113.9"))), but_for_the_wait(&stopping));
}

#[test]
fn what_comes_behind_the_request_is_not_lost() {
    let server = start_with_page("early");
    for (what, bytes, code) in faults() {
        let mut stream = kept(&server);
        stream.write_all(&[good_request().as_bytes(), &bytes].concat()).unwrap();
        assert!(read_head(&mut stream).unwrap().starts_with("HTTP/1.1 101 "), "{what}");
        assert_eq!(farewell(stream).0, code, "{what}");
    }
}

#[test]
fn a_file_that_was_asked_for_just_before_comes_whole() {
    let server = start_with_page("pipelined");
    let mut stream = connect(server.local_addr());
    let page = "GET /game.wasm HTTP/1.1\r\nHost: localhost\r\n\r\n";
    stream.write_all(format!("{page}{}", good_request()).as_bytes()).unwrap();
    assert_eq!(read_answer(&mut stream), "HTTP/1.1 200 OK");
    assert!(read_head(&mut stream).unwrap().starts_with("HTTP/1.1 101 "));
}

#[test]
fn who_plays_is_no_visitor_any_more() {
    let server = start_with_page("no-visitor");
    let mut player = Player::join_over(kept(&server), server.local_addr(), "plays");
    let mut visitors: Vec<_> = (0..VISITORS_MAX).map(|_| connect(server.local_addr())).collect();
    for round in 0..2 {
        for visitor in &mut visitors {
            visitor.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
            player.pump().unwrap();
        }
        for visitor in &mut visitors {
            assert_eq!(read_answer(visitor), "HTTP/1.1 200 OK", "nobody had to make room in round {round}");
            player.pump().unwrap();
        }
    }
    let seen = player.replica.tick();
    player.play_until("ticks go on", |player| player.replica.tick().since(seen) > 10);
}

#[test]
fn each_try_to_play_is_counted_beside_the_visit() {
    let server = start_with_page("counted");
    let mut stream = kept(&server);
    upgrade(server.local_addr());
    stream.write_all(good_request().replace("Version: 13", "Version: 8").as_bytes()).unwrap();
    assert!(read_head(&mut stream).unwrap().starts_with("HTTP/1.1 426 "));
    Player::join_over(kept(&server), server.local_addr(), "counted");
    let metrics = server.metrics();
    let has = |line: &str| assert!(metrics.lines().any(|there| there == line), "{line} in {metrics}");
    has("auspice_connections_total 5");
    has("auspice_rejected_total{check=\"visitor\"} 2");
    has("auspice_rejected_total{check=\"wrong_version\"} 1");
    has("auspice_clients{state=\"connecting\"} 0");
}

#[test]
fn all_of_that_holds_over_tls() {
    let (server, certificate) = start_secure_with("visit.pem", |config| config.page = Some(folder("secure")));
    let kept = || shown(dial(server.local_addr(), &certificate));
    Player::join_over(kept(), server.local_addr(), "shown before");
    for (what, request) in refused_upgrades() {
        assert_eq!(answer(kept(), &request), answer(dial(server.local_addr(), &certificate), &request), "{what}");
    }
    let (what, bytes, code) = faults().swap_remove(0);
    let mut stream = kept();
    stream.write_all(&[good_request().as_bytes(), &bytes].concat()).unwrap();
    assert!(read_head(&mut stream).unwrap().starts_with("HTTP/1.1 101 "), "{what}");
    assert_eq!(farewell(stream).0, code, "{what}");
    let mut stream = dial(server.local_addr(), &certificate);
    let page = "GET /game.wasm HTTP/1.1\r\nHost: localhost\r\n\r\n";
    stream.write_all(format!("{page}{}", good_request()).as_bytes()).unwrap();
    assert_eq!(read_answer(&mut stream), "HTTP/1.1 200 OK");
    assert!(read_head(&mut stream).unwrap().starts_with("HTTP/1.1 101 "));
}
