//! A client of W1 that stops now and then: reads nothing and sends nothing, as a suspended process does, and
//! goes on. A second one beside it never stops, and so knows what tick it is.

use std::fs;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use auspice::message::SUBPROTOCOL;
use auspice::replica::{Replica, ReplicaEvent};
use auspice::{Game, Micros};
use auspice_workloads::w1::W1;
use serde::{Deserialize, Serialize};
use tokio_tungstenite::tungstenite::client::{IntoClientRequest, client};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message, WebSocket};

/// Time from one look at the sockets to the next.
const LOOK_EVERY: Duration = Duration::from_millis(1);
/// A client that is not up to date again after this never will be.
const RESUME_MAX: Duration = Duration::from_secs(5);
/// Greatest time that joining may take.
const JOIN_MAX: Duration = Duration::from_secs(5);

/// A stall.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Stall {
    /// Start of the time before it in which it read, in seconds since 1970.
    pub played_from: f64,
    /// Start of the stall.
    pub stalled_from: f64,
    /// End of the stall.
    pub resumed: f64,
    /// Bytes that the kernel then held for it: unsent, under way, or unread. `None` where the system does not tell.
    pub queued_bytes: Option<u64>,
    /// Age of the first update that was not already under way when it went on, in ticks.
    pub first_age_ticks: u32,
    /// Time from going on to holding the same tick as the client that never stopped, in milliseconds.
    pub current_after_ms: f64,
}

/// Plays at `server` in rounds: reads for `length`, stops for `length`.
///
/// # Errors
/// Where there is no such server, it closes a client, or a client does not come back: a plain sentence.
pub fn play(server: SocketAddr, rounds: u32, length: Duration) -> Result<Vec<Stall>, String> {
    let start = Instant::now();
    let mut clients = [Reader::join(server, "stalls", start)?, Reader::join(server, "witness", start)?];
    let joined = start.elapsed();
    while clients.iter().any(|client| client.replica.visible() == 0) {
        pump(&mut clients)?;
        if start.elapsed() > joined + JOIN_MAX {
            return Err("the server does not show the stalling client anything".to_string());
        }
    }
    (0..rounds).map(|_| round(&mut clients, length)).collect()
}

fn round(clients: &mut [Reader; 2], length: Duration) -> Result<Stall, String> {
    let played_from = unix_seconds();
    pump_for(clients, length)?;
    let stalled_from = unix_seconds();
    pump_for(&mut clients[1..], length)?;
    let queued_bytes = queued_bytes(clients[0].port);
    let (resumed, resumed_at) = (unix_seconds(), Instant::now());
    // What has come meanwhile.
    pump(clients)?;
    let (queued, mut first_age_ticks) = (clients[0].replica.tick(), None);
    loop {
        pump(clients)?;
        let [client, witness] = &*clients;
        let (tick, newest) = (client.replica.tick(), witness.replica.tick());
        if tick > queued {
            first_age_ticks.get_or_insert_with(|| newest.0.saturating_sub(tick.0));
        }
        if tick >= newest {
            let first_age_ticks = first_age_ticks.unwrap_or(0);
            let current_after_ms = resumed_at.elapsed().as_secs_f64() * 1e3;
            return Ok(Stall { played_from, stalled_from, resumed, queued_bytes, first_age_ticks, current_after_ms });
        }
        if resumed_at.elapsed() > RESUME_MAX {
            return Err(format!("the client that had stalled is still at tick {tick} of {newest}"));
        }
    }
}

fn pump_for(clients: &mut [Reader], length: Duration) -> Result<(), String> {
    let until = Instant::now() + length;
    while Instant::now() < until {
        pump(clients)?;
    }
    Ok(())
}

fn pump(clients: &mut [Reader]) -> Result<(), String> {
    std::thread::sleep(LOOK_EVERY);
    clients.iter_mut().try_for_each(Reader::pump)
}

fn unix_seconds() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// A replica and its socket.
struct Reader {
    socket: WebSocket<TcpStream>,
    replica: Replica<W1>,
    start: Instant,
    port: u16,
}

impl Reader {
    fn join(server: SocketAddr, name: &str, start: Instant) -> Result<Self, String> {
        let fault = |error: &dyn std::fmt::Display| format!("{name} cannot join at {server}: {error}");
        let replica = Replica::new(name, W1::NAME).map_err(|error| fault(&error))?;
        let stream = TcpStream::connect(server).map_err(|error| fault(&error))?;
        stream.set_nodelay(true).map_err(|error| fault(&error))?;
        let port = stream.local_addr().map_err(|error| fault(&error))?.port();
        let mut request = format!("ws://{server}").into_client_request().map_err(|error| fault(&error))?;
        request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
        let (socket, _) = client(request, stream).map_err(|error| fault(&error))?;
        socket.get_ref().set_nonblocking(true).map_err(|error| fault(&error))?;
        Ok(Self { socket, replica, start, port })
    }

    /// Takes all that has come, and sends what is due.
    fn pump(&mut self) -> Result<(), String> {
        loop {
            match self.socket.read() {
                Ok(Message::Binary(bytes)) => {
                    self.replica.handle_message(&bytes, self.now()).map_err(|fault| fault.to_string())?;
                }
                Ok(_) => {}
                Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(format!("the stalling client lost its connection: {error}")),
            }
        }
        while let Some(event) = self.replica.poll_event() {
            if let ReplicaEvent::Diverged { tick, .. } = event {
                return Err(format!("the stalling client's view diverged at tick {tick}"));
            }
        }
        let now = self.now();
        while let Some(message) = self.replica.poll_transmit(now) {
            let message = Message::Binary(Bytes::copy_from_slice(message));
            self.socket.send(message).map_err(|error| format!("the stalling client cannot send: {error}"))?;
        }
        Ok(())
    }

    fn now(&self) -> Micros {
        self.start.elapsed().into()
    }
}

/// Bytes that the kernel holds for whoever has `port` on this machine at the client's end of an IPv4
/// connection within the machine: not sent, not acknowledged, or not read. `None` where there is no `/proc`.
fn queued_bytes(port: u16) -> Option<u64> {
    Some(sum_queues(&fs::read_to_string("/proc/net/tcp").ok()?, port))
}

/// Sums the queues of a table's lines. Each has its number, the local and the remote address, the state, and
/// `unsent:unread`, all in hexadecimal.
fn sum_queues(table: &str, port: u16) -> u64 {
    let port = format!(":{port:04X}");
    let queued = |line: &str| -> Option<u64> {
        let mut words = line.split_ascii_whitespace().skip(1);
        let (local, remote, _, queues) = (words.next()?, words.next()?, words.next()?, words.next()?);
        let (unsent, unread) = queues.split_once(':')?;
        let bytes = if remote.ends_with(&port) {
            unsent
        } else if local.ends_with(&port) {
            unread
        } else {
            return None;
        };
        u64::from_str_radix(bytes, 16).ok()
    };
    table.lines().filter_map(queued).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_for_a_client_is_unsent_at_one_end_and_unread_at_the_other() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when\n\
             0: 0100007F:1E82 0100007F:C001 01 00000010:00000001 00:00000000\n\
             1: 0100007F:C001 0100007F:1E82 01 00000002:000000FF 00:00000000\n\
             2: 0100007F:1E82 0100007F:C002 01 00001000:00001000 00:00000000\n";
        assert_eq!(sum_queues(table, 0xC001), 0x10 + 0xFF);
    }
}
