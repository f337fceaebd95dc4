//! Sockets that keep to no protocol: what attackers write by hand.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use auspice::message::{SUBPROTOCOL, TALK_SUBPROTOCOL};

/// Time that an attacker waits for its end: beyond every deadline that the server has.
const PATIENCE: Duration = Duration::from_secs(15);

/// The server's answer at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The status of a refused request.
    Status(u16),
    /// The code of a close frame.
    Closed(u16),
    /// The server hung up without a word.
    HungUp,
    /// The server did not end the connection at all.
    StayedOpen,
}

/// A request for the upgrade that is as it should be.
pub(crate) fn good_request() -> String {
    format!(
        "GET /play HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n"
    )
}

/// A connection.
pub(crate) fn connect(server: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(server)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    // A server that takes no more has its reasons, which it says in what it writes.
    stream.set_write_timeout(Some(Duration::from_secs(2)))?;
    Ok(stream)
}

/// A connection past its upgrade.
pub(crate) fn upgrade(server: SocketAddr) -> io::Result<TcpStream> {
    upgrade_by(server, &good_request())
}

/// The same of a client that talks.
pub(crate) fn upgrade_talking(server: SocketAddr) -> io::Result<TcpStream> {
    upgrade_by(server, &good_request().replace(SUBPROTOCOL, &format!("{TALK_SUBPROTOCOL}, {SUBPROTOCOL}")))
}

fn upgrade_by(server: SocketAddr, request: &str) -> io::Result<TcpStream> {
    let mut stream = connect(server)?;
    stream.write_all(request.as_bytes())?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    if head.starts_with(b"HTTP/1.1 101 ") {
        Ok(stream)
    } else {
        Err(io::Error::other(String::from_utf8_lossy(&head).into_owned()))
    }
}

/// A frame of a client, masked with zeros.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(0x80 | length as u8),
        length => {
            frame.push(0xfe);
            frame.extend_from_slice(&(length as u16).to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(payload);
    frame
}

/// Reads one frame of the server's: its first byte and payload.
pub(crate) fn read_frame(stream: &mut impl Read) -> io::Result<(u8, Vec<u8>)> {
    let mut head = [0; 2];
    stream.read_exact(&mut head)?;
    let length = match head[1] {
        126 => {
            let mut length = [0; 2];
            stream.read_exact(&mut length)?;
            u64::from(u16::from_be_bytes(length))
        }
        127 => {
            let mut length = [0; 8];
            stream.read_exact(&mut length)?;
            u64::from_be_bytes(length)
        }
        length => u64::from(length),
    };
    let mut payload = Vec::new();
    stream.take(length).read_to_end(&mut payload)?;
    Ok((head[0], payload))
}

/// Reads frames until the connection ends, and says how it did.
pub(crate) fn end_of_web_socket(stream: &mut TcpStream) -> Answer {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        match read_frame(stream) {
            Ok((0x88, payload)) if payload.len() >= 2 => {
                let code = u16::from_be_bytes([payload[0], payload[1]]);
                // It must hang up too, whether its close is answered or not.
                return match stream.read(&mut [0; 64]) {
                    Err(error) if is_timeout(&error) => Answer::StayedOpen,
                    _ => Answer::Closed(code),
                };
            }
            Ok(_) => {}
            Err(error) if is_timeout(&error) => break,
            Err(_) => return Answer::HungUp,
        }
    }
    Answer::StayedOpen
}

/// Reads a response until the connection ends, and says what it was.
pub(crate) fn end_of_request(stream: &mut TcpStream) -> Answer {
    let mut response = Vec::new();
    let ended = stream.take(64 * 1024).read_to_end(&mut response);
    let status = response
        .strip_prefix(b"HTTP/1.1 ")
        .and_then(|rest| rest.get(..3))
        .and_then(|text| std::str::from_utf8(text).ok());
    match (status.and_then(|status| status.parse().ok()), ended) {
        (Some(status), _) => Answer::Status(status),
        (None, Err(error)) if is_timeout(&error) => Answer::StayedOpen,
        (None, _) => Answer::HungUp,
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}
