//! Peers that do not keep to the protocol: each is told, with the code that fits, and dropped.

use std::io::{Read, Write};

use auspice::limits::CLIENT_MESSAGE_BYTES_MAX;

use crate::player::{Player, start, upgrade};

/// A frame as a client sends it, masked with zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    if payload.len() < 126 {
        frame.push(0x80 | payload.len() as u8);
    } else {
        frame.push(0x80 | 126);
        frame.extend_from_slice(&(payload.len() as u16).to_be_bytes());
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(payload);
    frame
}

/// Code and sentence of the close frame that comes, after which the server must hang up.
pub(crate) fn farewell(mut stream: impl Read) -> (u16, String) {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let close = bytes.iter().position(|&byte| byte == 0x88).unwrap_or_else(|| panic!("no close frame in {bytes:?}"));
    let payload = &bytes[close + 2..];
    assert_eq!(payload.len(), usize::from(bytes[close + 1]), "nothing comes after a close");
    (u16::from_be_bytes([payload[0], payload[1]]), String::from_utf8(payload[2..].to_vec()).unwrap())
}

/// What each of these is closed with: case, bytes, code.
pub(crate) fn faults() -> Vec<(&'static str, Vec<u8>, u16)> {
    vec![
        ("text", frame(0x81, b"hello"), 1003),
        ("text that is none", frame(0x81, &[0xff]), 1007),
        ("too large a message", frame(0x82, &vec![0; CLIENT_MESSAGE_BYTES_MAX + 1]), 1009),
        ("too large a message, announced", vec![0x82, 0xff, 0, 0, 0, 0, 0xff, 0, 0, 0, 0, 0, 0, 0], 1009),
        ("a message in parts", [frame(0x02, &[0; 40]), frame(0x80, &[0; 40])].concat(), 1003),
        ("the first part of a message", frame(0x02, b"x"), 1003),
        ("no mask", vec![0x82, 1, 0], 1002),
        ("a reserved bit", frame(0xf2, b"x"), 1002),
        ("a control frame in parts", frame(0x09, b"x"), 1002),
        ("bytes that are no hello", frame(0x82, b"let me in"), 4000),
    ]
}

#[test]
fn each_fault_is_told_by_its_code() {
    let server = start(|_| {});
    for (what, bytes, code) in faults() {
        let mut stream = upgrade(server.local_addr());
        stream.write_all(&bytes).unwrap();
        let (said, sentence) = farewell(stream);
        assert_eq!(said, code, "{what}: {sentence}");
        assert!(!sentence.is_empty(), "{what}");
    }
}

#[test]
fn floods_are_cut_off_and_disturb_nobody() {
    let server = start(|_| {});
    let mut player = Player::join(server.local_addr(), "honest");
    let (pings, parts) = (frame(0x89, b"").repeat(500), frame(0x00, b"").repeat(500));
    for (what, first, rest) in [("pings", &pings, &pings), ("empty parts", &frame(0x02, b"x"), &parts)] {
        let mut flood = upgrade(server.local_addr());
        flood.set_nonblocking(true).unwrap();
        flood.write_all(first).unwrap();
        let seen = player.replica.tick();
        player.play_until(what, |_| match flood.write(rest) {
            Ok(_) => false,
            Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
        });
        player.play_until("ticks go on", |player| player.replica.tick().since(seen) > 10);
    }
}

#[test]
fn one_who_breaks_the_protocol_does_not_disturb_another() {
    let server = start(|_| {});
    let mut player = Player::join(server.local_addr(), "honest");
    for _ in 0..4 {
        let mut stream = upgrade(server.local_addr());
        stream.write_all(&frame(0x81, b"hello")).unwrap();
        assert_eq!(farewell(stream).0, 1003);
        player.pump().unwrap();
    }
    let seen = player.replica.tick();
    player.play_until("ticks go on", |player| player.replica.tick().since(seen) > 10);
}

#[test]
fn a_connection_without_a_hello_is_closed() {
    let server = start(|_| {});
    let (code, _) = farewell(upgrade(server.local_addr()));
    assert_eq!(code, 4004);
}
