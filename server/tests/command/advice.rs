//! Advice in the log to an operator whose players are refused for want of a setting.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::player::Running;

/// What the server answers to a request for the upgrade with these lines in it, and without those.
fn ask(running: &Running, with: &str, without: &str) -> String {
    let request = "GET /play HTTP/1.1\r\nHost: game.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                   Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                   Sec-WebSocket-Protocol: auspice.v1\r\n\r\n";
    let mut stream = TcpStream::connect(running.address).unwrap();
    stream.set_read_timeout(Some(crate::player::PATIENCE)).unwrap();
    stream.write_all(request.replace(without, "").replace("Host:", &format!("{with}Host:")).as_bytes()).unwrap();
    let mut head = [0; 12];
    stream.read_exact(&mut head).unwrap();
    String::from_utf8(head.to_vec()).unwrap()
}

/// The lines of the log with a word in them.
fn lines<'a>(log: &'a str, word: &str) -> Vec<&'a str> {
    log.lines().filter(|line| line.contains(word)).collect()
}

#[test]
fn what_a_web_developer_forgets_is_in_the_log_once_with_the_setting_for_it() {
    let running = Running::start(&["--admin-listen", "off"]);
    for _ in 0..20 {
        assert_eq!(ask(&running, "Origin: https://play.example\r\n", "nothing"), "HTTP/1.1 403");
        assert_eq!(ask(&running, "", "Sec-WebSocket-Protocol: auspice.v1\r\n"), "HTTP/1.1 400");
    }
    running.signal("-INT");
    let (_, log) = running.end();
    let [origin] = lines(&log, "--allow-origin")[..] else { panic!("once, in\n{log}") };
    assert!(origin.contains("WARN") && origin.contains("origin=\"https://play.example\""), "{origin}");
    let [subprotocol] = lines(&log, "new WebSocket")[..] else { panic!("once, in\n{log}") };
    assert!(subprotocol.contains("auspice.v1"), "{subprotocol}");
}

#[test]
fn an_origin_cannot_make_lines_of_its_own_or_fill_the_log() {
    let running = Running::start(&["--admin-listen", "off"]);
    let origin = format!("Origin: https://\u{1b}[31mred\u{9b}{}\r\n", "x".repeat(5000));
    assert_eq!(ask(&running, &origin, "nothing"), "HTTP/1.1 400", "a control character is no HTTP");
    assert_eq!(ask(&running, &origin.replace('\u{1b}', ""), "nothing"), "HTTP/1.1 403");
    running.signal("-INT");
    let (_, log) = running.end();
    let [line] = lines(&log, "--allow-origin")[..] else { panic!("once, in\n{log}") };
    assert!(line.len() < 500 && line.contains("\\u{9b}"), "{line}");
}

#[test]
fn where_everybody_seems_to_come_from_one_address_the_log_names_cause_and_setting() {
    let running = Running::start(&["--admin-listen", "off", "--max-per-address", "2", "--trusted-proxy", "127.0.0.1"]);
    let join = |address: &str| ask(&running, &format!("X-Forwarded-For: {address}\r\n"), "nothing");
    for address in ["172.17.0.1", "203.0.113.7"] {
        let answers: Vec<_> = (0..20).map(|_| join(address)).collect();
        assert!(answers.iter().any(|answer| answer == "HTTP/1.1 101"), "{answers:?}");
        assert!(answers.iter().filter(|answer| *answer == "HTTP/1.1 429").count() >= 15, "{answers:?}");
    }
    running.signal("-INT");
    let (_, log) = running.end();
    let [behind] = lines(&log, "--max-per-address")[..] else { panic!("once, in\n{log}") };
    for word in ["172.17.0.1", "Docker", "--trusted-proxy"] {
        assert!(behind.contains(word), "{word} is not in {behind}");
    }
}
