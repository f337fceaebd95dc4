//! The tests' ends of a connection: a player with a replica, and bare sockets for those who do not keep to
//! the protocol.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use auspice::Micros;
use auspice::message::{Credential, SUBPROTOCOL, TALK_SUBPROTOCOL, Talk};
use auspice::replica::Replica;
use auspice_server::{Config, Handle, Server};
use tungstenite::client::IntoClientRequest;
use tungstenite::handshake::HandshakeError;
use tungstenite::handshake::client::Response;
use tungstenite::protocol::{CloseFrame, WebSocket, WebSocketConfig};
use tungstenite::{self, Error, Message};

use crate::dots::{Dots, Rules};

/// Long enough for a machine with much else to do.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A server of dots on a free port, with an update in every tick.
pub(crate) fn start(change: impl FnOnce(&mut Config<Rules>)) -> Handle {
    let mut config = Config::for_game::<Dots>(Rules::default());
    config.terms.patience_millis = 0;
    config.listen = "127.0.0.1:0".parse().unwrap();
    change(&mut config);
    Server::<Dots>::start(config).unwrap()
}

/// A request for the upgrade that is as it should be.
pub(crate) fn good_request() -> String {
    format!(
        "GET /play HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n"
    )
}

/// A bare connection that gives up after [`PATIENCE`].
pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// A bare connection past its upgrade.
pub(crate) fn upgrade(address: SocketAddr) -> TcpStream {
    upgrade_over(connect(address))
}

/// The same over any stream.
pub(crate) fn upgrade_over<S: Read + Write>(mut stream: S) -> S {
    stream.write_all(good_request().as_bytes()).unwrap();
    let head = read_head(&mut stream).unwrap();
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    stream
}

/// A response's head, and nothing behind it.
pub(crate) fn read_head(stream: &mut impl Read) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8(head).unwrap())
}

/// A real client: a WebSocket of tungstenite's and a replica.
pub(crate) struct Player<S = TcpStream> {
    pub(crate) web: WebSocket<S>,
    pub(crate) replica: Replica<Dots>,
    started: Instant,
    pub(crate) updates: u32,
    /// Text messages that came.
    pub(crate) heard: Vec<Talk>,
}

/// A stream that can be told not to wait.
pub(crate) trait Patience: Read + Write {
    fn never_wait(&self);
}

impl Patience for TcpStream {
    fn never_wait(&self) {
        self.set_nonblocking(true).unwrap();
    }
}

impl Player {
    pub(crate) fn connect(address: SocketAddr, name: &str) -> Self {
        Self::over(connect(address), address, name)
    }

    pub(crate) fn join(address: SocketAddr, name: &str) -> Self {
        Self::join_over(connect(address), address, name)
    }
}

impl<S: Patience> Player<S> {
    pub(crate) fn over(stream: S, address: SocketAddr, name: &str) -> Self {
        Self::enter(stream, address, name, Credential::Open)
    }

    /// Shows `entry` to be let in.
    pub(crate) fn enter(stream: S, address: SocketAddr, name: &str, entry: Credential) -> Self {
        Self::enter_by(stream, address, name, entry, None).unwrap()
    }

    /// The same through a proxy, where it says `from` whom it comes. The response, where that is no upgrade.
    pub(crate) fn enter_by(
        stream: S,
        address: SocketAddr,
        name: &str,
        entry: Credential,
        from: Option<&str>,
    ) -> Result<Self, Box<Response>> {
        Self::enter_there(stream, (address, "/play"), name, entry, from, SUBPROTOCOL)
    }

    /// The same at another path of the address.
    pub(crate) fn enter_at(stream: S, address: SocketAddr, path: &str, name: &str, entry: Credential) -> Self {
        Self::enter_there(stream, (address, path), name, entry, None, SUBPROTOCOL).unwrap()
    }

    /// The same as a client that talks, if the server lets it, who comes `from` there by way of a proxy.
    pub(crate) fn talk_at(stream: S, address: SocketAddr, path: &str, name: &str, from: Option<&str>) -> Self {
        let offered = format!("{TALK_SUBPROTOCOL}, {SUBPROTOCOL}");
        Self::enter_there(stream, (address, path), name, Credential::Open, from, &offered).unwrap()
    }

    /// Says a text.
    pub(crate) fn say(&mut self, text: &str) {
        let _ = self.web.send(Message::text(text));
    }

    fn enter_there(
        stream: S,
        (address, path): (SocketAddr, &str),
        name: &str,
        entry: Credential,
        from: Option<&str>,
        offered: &str,
    ) -> Result<Self, Box<Response>> {
        let mut request = format!("ws://{address}{path}").into_client_request().unwrap();
        request.headers_mut().insert("Sec-WebSocket-Protocol", offered.parse().unwrap());
        if let Some(from) = from {
            request.headers_mut().insert("X-Forwarded-For", from.parse().unwrap());
        }
        let config = WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(0);
        let (web, response) = match tungstenite::client::client_with_config(request, stream, Some(config)) {
            Ok(upgraded) => upgraded,
            Err(HandshakeError::Failure(Error::Http(response))) => return Err(response),
            Err(error) => panic!("{error}"),
        };
        let chosen = &response.headers()["Sec-WebSocket-Protocol"];
        assert!(chosen == SUBPROTOCOL || (chosen == TALK_SUBPROTOCOL && offered != SUBPROTOCOL), "{chosen:?}");
        web.get_ref().never_wait();
        let replica = Replica::enter(name, "tests", entry).unwrap();
        Ok(Self { web, replica, started: Instant::now(), updates: 0, heard: Vec::new() })
    }

    /// Sends what is due and takes what has come. The close frame, if the connection is over.
    pub(crate) fn pump(&mut self) -> Result<(), Option<CloseFrame>> {
        let now = Micros::from(self.started.elapsed());
        while let Some(message) = self.replica.poll_transmit(now) {
            // What a closed socket does not take is told by its close frame below.
            let _ = self.web.send(Message::binary(message.to_vec()));
        }
        loop {
            match self.web.read() {
                Ok(Message::Binary(bytes)) => {
                    self.updates += 1;
                    self.replica.handle_message(&bytes, now).unwrap();
                }
                Ok(Message::Text(text)) => {
                    self.heard.push(Talk::read(&text).unwrap_or_else(|| panic!("{text:?} means nothing")));
                }
                Ok(Message::Close(frame)) => {
                    let _ = self.web.flush();
                    return Err(frame);
                }
                Ok(_) => {}
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(_) => return Err(None),
            }
        }
    }

    /// Its clock is suddenly so much ahead: inputs for the ticks until then are due.
    pub(crate) fn hurry(&mut self, by: Duration) {
        self.started -= by;
    }

    /// Pumps until `enough`.
    pub(crate) fn play_until(&mut self, what: &str, mut enough: impl FnMut(&Self) -> bool) {
        let started = Instant::now();
        while !enough(self) {
            assert!(started.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
            self.pump().unwrap_or_else(|frame| panic!("closed with {frame:?} before: {what}"));
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Pumps until the server closes.
    pub(crate) fn play_until_closed(&mut self) -> Option<CloseFrame> {
        let started = Instant::now();
        loop {
            assert!(started.elapsed() < PATIENCE, "it should have been closed");
            if let Err(frame) = self.pump() {
                return frame;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    pub(crate) fn join_over(stream: S, address: SocketAddr, name: &str) -> Self {
        let mut player = Self::over(stream, address, name);
        player.play_until("a welcome and an own entity", |player| player.replica.own().is_some());
        player
    }
}
