//! The bare-socket floor: what the machine takes for reading and writing a socket a tick, before anyone does anything.
//!
//! It speaks just enough WebSocket for the same bots to talk to it: the upgrade, and one frame of a fixed
//! payload a tick. At each tick's deadline each socket is read once right before it is written once, without
//! readiness events; nothing is parsed.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use auspice::message::SUBPROTOCOL;
use auspice_server::TickTimes;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// Greatest time that a client may take for its request. Nobody else is served meanwhile: bots ask at once.
const REQUEST_MAX: Duration = Duration::from_secs(1);
/// Bytes of a request.
const REQUEST_BYTES_MAX: usize = 4096;
/// Bytes read from a socket in a tick: what the real server's buffer takes.
const READ_BYTES: usize = 4096;
/// Connections taken in a tick: the rest waits for the next one.
const ACCEPTS_PER_TICK: usize = 64;

/// Serves `payload` bytes to every client `tick_hz` times a second, for as long as `each`, which is told the
/// times of every tick, says so.
///
/// # Errors
/// Where `listener` cannot be used.
pub fn serve(
    listener: &TcpListener,
    payload: usize,
    tick_hz: u32,
    mut each: impl FnMut(TickTimes) -> bool,
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let (frame, period) = (frame(payload), Duration::from_secs(1) / tick_hz.max(1));
    let (mut sockets, mut buffer) = (Vec::new(), [0; READ_BYTES]);
    let start = Instant::now();
    for tick in 1.. {
        let due = start + period * tick;
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let began = Instant::now();
        sockets.retain_mut(|socket| exchange(socket, &frame, &mut buffer).is_ok());
        if !each(TickTimes { due, began, written: Instant::now(), clients: sockets.len(), is_saved: false }) {
            break;
        }
        for _ in 0..ACCEPTS_PER_TICK {
            match listener.accept() {
                // One that does not ask properly is dropped.
                Ok((socket, _)) => sockets.extend(upgrade(socket).ok()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

/// Sleeps until each deadline of `tick_hz` a second and does nothing then, for as long as `each` says so: how
/// late the machine itself makes whoever waits for a moment.
pub fn sleep(tick_hz: u32, mut each: impl FnMut(TickTimes) -> bool) {
    let (period, start) = (Duration::from_secs(1) / tick_hz.max(1), Instant::now());
    for tick in 1.. {
        let due = start + period * tick;
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let began = Instant::now();
        if !each(TickTimes { due, began, written: began, clients: 0, is_saved: false }) {
            break;
        }
    }
}

/// The client-tick: one read, one write.
fn exchange(socket: &mut TcpStream, frame: &[u8], buffer: &mut [u8]) -> io::Result<()> {
    match socket.read(buffer) {
        Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::WouldBlock => {}
        Err(error) => return Err(error),
    }
    match socket.write(frame) {
        Ok(written) if written == frame.len() => Ok(()),
        // Half a frame would put the rest out of step; and whoever lets kilobytes pile up is not measured here.
        Ok(_) => Err(ErrorKind::WriteZero.into()),
        Err(error) => Err(error),
    }
}

/// An unmasked binary message of zeros.
fn frame(payload: usize) -> Vec<u8> {
    let mut frame = vec![0x82];
    match u16::try_from(payload) {
        Ok(short) if short < 126 => frame.push(short as u8),
        Ok(long) => {
            frame.push(126);
            frame.extend(long.to_be_bytes());
        }
        Err(_) => {
            frame.push(127);
            frame.extend((payload as u64).to_be_bytes());
        }
    }
    frame.resize(frame.len() + payload, 0);
    frame
}

/// Answers the request for a WebSocket; the socket is ready for ticks then.
fn upgrade(mut socket: TcpStream) -> io::Result<TcpStream> {
    socket.set_nonblocking(false)?;
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(REQUEST_MAX))?;
    let request = read_request(&mut socket)?;
    let key = key_of(&request).ok_or(ErrorKind::InvalidData)?;
    let accept = derive_accept_key(key.as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n"
    );
    socket.write_all(answer.as_bytes())?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

fn read_request(socket: &mut TcpStream) -> io::Result<String> {
    let mut request = Vec::new();
    let mut part = [0; 1024];
    while !request.ends_with(b"\r\n\r\n") {
        let read = socket.read(&mut part)?;
        if read == 0 || request.len() + read > REQUEST_BYTES_MAX {
            return Err(ErrorKind::InvalidData.into());
        }
        request.extend_from_slice(&part[..read]);
    }
    String::from_utf8(request).map_err(|_| ErrorKind::InvalidData.into())
}

fn key_of(request: &str) -> Option<&str> {
    let mut headers = request.lines().filter_map(|line| line.split_once(':'));
    headers.find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key")).map(|(_, key)| key.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_has_the_header_of_its_length() {
        assert_eq!(frame(0), [0x82, 0]);
        assert_eq!(frame(3), [0x82, 3, 0, 0, 0]);
        assert_eq!((frame(126)[..4].to_vec(), frame(126).len()), (vec![0x82, 126, 0, 126], 130));
        assert_eq!(frame(70_000).len(), 70_010);
    }

    #[test]
    fn the_key_is_found_whatever_its_case() {
        assert_eq!(key_of("GET / HTTP/1.1\r\nHost: a\r\nSEC-websocket-KEY:  abc= \r\n\r\n"), Some("abc="));
        assert_eq!(key_of("GET / HTTP/1.1\r\n\r\n"), None);
    }
}
