//! What becomes a WebSocket, and what is told why not.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use auspice::limits::APPLICANTS_MAX;

use crate::player::{Player, connect, good_request, read_head, start, upgrade};

/// The whole response to `request`, up to the end that the server makes.
pub(crate) fn answer(mut stream: impl Read + Write, request: &str) -> String {
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

/// What each of these is refused with: case, request, status, a word of the response.
pub(crate) fn refused_requests() -> Vec<(&'static str, String, &'static str, &'static str)> {
    let good = good_request();
    vec![
        ("another path", good.replace("/play", "/admin"), "404 ", "/play"),
        ("another method", good.replace("GET ", "POST "), "405 ", "GET"),
        ("no host", good.replace("Host: localhost\r\n", ""), "400 ", "Host"),
        ("a plain browser", good.replace("Upgrade: websocket\r\n", ""), "426 ", "WebSocket"),
        ("an old version", good.replace("Version: 13", "Version: 8"), "426 ", "Sec-WebSocket-Version: 13\r\n"),
        ("no key", good.replace("Key: dGhlIHNhbXBsZSBub25jZQ==", "Key: "), "400 ", "Sec-WebSocket-Key"),
        ("no subprotocol", good.replace("Sec-WebSocket-Protocol: auspice.v1\r\n", ""), "400 ", "auspice.v1"),
        ("another subprotocol", good.replace("auspice.v1", "chat"), "400 ", "auspice.v1"),
        ("a huge head", good.replace("\r\n\r\n", &format!("\r\nX: {}\r\n\r\n", "x".repeat(9000))), "431 ", "8 KiB"),
        ("no HTTP", "\x10\x03\x01 hello\r\n\r\n".into(), "400 ", "HTTP/1.1"),
    ]
}

#[test]
fn a_request_is_answered_by_what_it_lacks() {
    let server = start(|_| {});
    for (what, request, status, word) in refused_requests() {
        let response = answer(connect(server.local_addr()), &request);
        assert!(response.starts_with(&format!("HTTP/1.1 {status}")), "{what}: {response}");
        assert!(response.contains(word), "{what}: {response}");
        assert!(response.contains("\r\nConnection: close\r\n"), "{what}: {response}");
    }
}

#[test]
fn a_web_page_must_be_allowed() {
    let server = start(|config| config.access.allow_origin = vec!["https://game.example".parse().unwrap()]);
    let from = |line: &str| answer_head(&server, &good_request().replace("Host:", &format!("{line}Host:")));
    assert!(from("Origin: https://game.example\r\n").starts_with("HTTP/1.1 101 "));
    assert!(from("").starts_with("HTTP/1.1 101 "), "a native client sends none");
    for origin in ["https://game.example.evil", "http://game.example", "null"] {
        assert!(from(&format!("Origin: {origin}\r\n")).starts_with("HTTP/1.1 403 "), "{origin}");
    }
    let strict = start(|config| config.access.require_origin = true);
    assert!(answer_head(&strict, &good_request()).starts_with("HTTP/1.1 403 "));
}

/// The head of the response.
fn answer_head(server: &auspice_server::Handle, request: &str) -> String {
    let mut stream = connect(server.local_addr());
    stream.write_all(request.as_bytes()).unwrap();
    read_head(&mut stream).unwrap()
}

#[test]
fn an_address_has_so_many_places_and_so_many_tries() {
    let server = start(|config| {
        config.access.max_per_address = 4;
        config.access.trusted_proxy = vec!["127.0.0.1".parse().unwrap()];
    });
    let request = |client: &str| good_request().replace("Host:", &format!("X-Forwarded-For: {client}\r\nHost:"));
    let join = |client: &str| {
        let mut stream = connect(server.local_addr());
        stream.write_all(request(client).as_bytes()).unwrap();
        (read_head(&mut stream).unwrap(), stream)
    };
    let inside: Vec<_> = (0..4).map(|_| join("203.0.113.7")).collect();
    assert!(inside.iter().all(|(head, _)| head.starts_with("HTTP/1.1 101 ")));
    // The fifth place there is none of, and a sixth connection within seconds is too much.
    let full = answer(connect(server.local_addr()), &request("203.0.113.7"));
    assert!(full.starts_with("HTTP/1.1 429 ") && full.contains("All places"), "{full}");
    let hasty = answer(connect(server.local_addr()), &request("203.0.113.7"));
    assert!(hasty.starts_with("HTTP/1.1 429 ") && hasty.contains("Too many connections"), "{hasty}");
    assert!(join("203.0.113.8").0.starts_with("HTTP/1.1 101 "), "another address has its own");
    assert!(join("2001:db8::1").0.starts_with("HTTP/1.1 101 "));
}

#[test]
fn an_upgrade_echoes_one_subprotocol_and_no_extension() {
    let server = start(|_| {});
    let mut stream = connect(server.local_addr());
    let request = good_request()
        .replace("auspice.v1", "chat, auspice.v1")
        .replace("\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let head = read_head(&mut stream).unwrap();
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    assert!(head.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), "{head}");
    assert!(head.contains("Sec-WebSocket-Protocol: auspice.v1\r\n"), "{head}");
    assert!(!head.contains("Extensions"), "{head}");
}

#[test]
fn a_request_in_crumbs_is_put_together() {
    let server = start(|_| {});
    let mut stream = connect(server.local_addr());
    stream.set_nodelay(true).unwrap();
    for crumb in good_request().as_bytes().chunks(10) {
        stream.write_all(crumb).unwrap();
    }
    assert!(read_head(&mut stream).unwrap().starts_with("HTTP/1.1 101 "));
}

#[test]
fn half_a_request_is_given_three_seconds() {
    let server = start(|_| {});
    let started = Instant::now();
    let response = answer(connect(server.local_addr()), &good_request()[..40]);
    assert!(response.starts_with("HTTP/1.1 408 "), "{response}");
    let waited = started.elapsed();
    assert!(waited >= Duration::from_millis(2900) && waited < Duration::from_secs(10), "{waited:?}");
}

#[test]
fn those_who_hold_connections_open_for_nothing_keep_nobody_out() {
    let server = start(|_| {});
    let idlers: Vec<TcpStream> = (0..1500).map(|_| connect(server.local_addr())).collect();
    let started = Instant::now();
    Player::join(server.local_addr(), "honest");
    assert!(started.elapsed() < Duration::from_secs(2));
    drop(idlers);
}

#[test]
fn a_crowd_that_says_nothing_is_told_so_before_the_upgrade_and_its_places_are_given_back() {
    let server = start(|config| config.max_clients = 1);
    let crowd: Vec<_> = (0..=APPLICANTS_MAX).map(|_| upgrade(server.local_addr())).collect();
    let response = answer(connect(server.local_addr()), &good_request());
    assert!(response.starts_with("HTTP/1.1 503 ") && response.contains("\r\nRetry-After: "), "{response}");
    drop(crowd);
    let started = Instant::now();
    loop {
        let mut stream = connect(server.local_addr());
        stream.write_all(good_request().as_bytes()).unwrap();
        if read_head(&mut stream).unwrap().starts_with("HTTP/1.1 101 ") {
            return;
        }
        assert!(started.elapsed() < crate::player::PATIENCE, "the place was not given back");
        std::thread::sleep(Duration::from_millis(5));
    }
}
