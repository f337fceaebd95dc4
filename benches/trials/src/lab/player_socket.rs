//! [`PlayerSocket`]: a WebSocket to a server that never waits: it is polled, as the sessions above it are.

use std::io::{self, ErrorKind};
use std::iter;
use std::net::{SocketAddrV4, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};

use auspice::Micros;
use auspice::error::CloseCode;
use auspice::limits::DIAL_AGAIN_MILLIS;
use auspice::message::SUBPROTOCOL;
use auspice::session::Closed;
use auspice_tcp::RETRANSMISSION_MAX;
use rustix::io::Errno;
use socket2::{Domain, Socket, Type};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::MidHandshake;
use tokio_tungstenite::tungstenite::handshake::client::{ClientHandshake, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::{Bytes, Error, HandshakeError, Message, WebSocket, client};

/// Time after which another connection is begun beside one of which nothing is heard.
const AGAIN: Micros = Micros::from_millis(DIAL_AGAIN_MILLIS);

/// The error of a connect that goes on by itself.
const IN_PROGRESS: i32 = Errno::INPROGRESS.raw_os_error();

/// A signal of a socket.
#[derive(Debug)]
pub enum SocketSignal {
    /// The server took the connection.
    Opened,
    /// A message came.
    Message(Bytes),
    /// The end: nothing comes after it.
    Closed(Closed),
}

/// Stages of a connection, from its first packet on.
enum SocketStage {
    Connecting(Tries),
    Upgrading(MidHandshake<ClientHandshake<TcpStream>>),
    Open(Box<WebSocket<TcpStream>>),
    Over,
}

/// Connections on their way, of which the first to be there is taken: as [`auspice_socket`] dials.
struct Tries {
    first: TcpStream,
    /// The newest of those that were begun beside it.
    another: Option<TcpStream>,
    another_at: Micros,
}

impl Tries {
    fn all(&self) -> impl Iterator<Item = &TcpStream> {
        iter::once(&self.first).chain(&self.another)
    }
}

/// A connection to a server, from its first packet on.
pub struct PlayerSocket {
    stage: SocketStage,
    server: SocketAddrV4,
    /// Something is still to be written.
    is_behind: bool,
}

impl PlayerSocket {
    /// Begins to connect at `now`. A failure comes as a [`SocketSignal`].
    #[must_use]
    pub fn open(server: SocketAddrV4, now: Micros) -> Self {
        let tries = |first| Tries { first, another: None, another_at: now + AGAIN };
        let stage = begin(server).map_or(SocketStage::Over, |first| SocketStage::Connecting(tries(first)));
        Self { stage, server, is_behind: false }
    }

    /// Files to wait for; none once it is over.
    pub fn files(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let (tries, open) = match &self.stage {
            SocketStage::Connecting(tries) => (Some(tries), None),
            SocketStage::Upgrading(handshake) => (None, Some(handshake.get_ref().get_ref())),
            SocketStage::Open(socket) => (None, Some(socket.get_ref())),
            SocketStage::Over => (None, None),
        };
        tries.into_iter().flat_map(Tries::all).chain(open).map(AsFd::as_fd)
    }

    /// The time at which to look at it, if nothing comes.
    #[must_use]
    pub const fn next_due(&self) -> Option<Micros> {
        if let SocketStage::Connecting(tries) = &self.stage { Some(tries.another_at) } else { None }
    }

    /// Whether it waits to write rather than to read.
    #[must_use]
    pub const fn wants_to_write(&self) -> bool {
        self.is_behind || matches!(self.stage, SocketStage::Connecting(_))
    }

    /// The next signal by `now`, if there is one.
    pub fn poll(&mut self, now: Micros) -> Option<SocketSignal> {
        match std::mem::replace(&mut self.stage, SocketStage::Over) {
            SocketStage::Connecting(tries) => self.poll_connected(tries, now),
            SocketStage::Upgrading(handshake) => self.upgraded(handshake.handshake()),
            SocketStage::Open(mut socket) => {
                if self.is_behind {
                    self.is_behind = is_unfinished(&socket.flush());
                }
                let signal = read(&mut socket);
                if !matches!(signal, Some(SocketSignal::Closed(_))) {
                    self.stage = SocketStage::Open(socket);
                }
                signal
            }
            SocketStage::Over => Some(SocketSignal::Closed(Closed::without_word("no connection can be made"))),
        }
    }

    /// Whether a message can be sent at once.
    #[must_use]
    pub const fn is_ready(&self) -> bool {
        matches!(self.stage, SocketStage::Open(_)) && !self.is_behind
    }

    /// Sends a message. What goes wrong is said by [`poll`](Self::poll).
    pub fn send(&mut self, message: &[u8]) {
        if let SocketStage::Open(socket) = &mut self.stage {
            let sent = socket.send(Message::Binary(Bytes::copy_from_slice(message)));
            self.is_behind = is_unfinished(&sent);
        }
    }

    /// Says goodbye to the server, and does not wait for its answer.
    pub fn close(mut self) {
        if let SocketStage::Open(socket) = &mut self.stage {
            let _ = socket.close(None);
            let _ = socket.flush();
        }
    }

    fn poll_connected(&mut self, mut tries: Tries, now: Micros) -> Option<SocketSignal> {
        if let Some(error) = tries.all().find_map(|stream| stream.take_error().unwrap_or_else(Some)) {
            return Some(SocketSignal::Closed(Closed::without_word(format!("no server answers: {error}"))));
        }
        let is_there = |stream: &TcpStream| stream.peer_addr().is_ok();
        if !tries.all().any(is_there) {
            if now >= tries.another_at {
                (tries.another, tries.another_at) = (begin(self.server).ok(), now + AGAIN);
            }
            self.stage = SocketStage::Connecting(tries);
            return None;
        }
        let stream = tries.another.filter(is_there).unwrap_or(tries.first);
        let request = format!("ws://{}/play", self.server).into_client_request().map(|mut request| {
            request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
            request
        });
        match request {
            Ok(request) => self.upgraded(client(request, stream)),
            Err(error) => Some(SocketSignal::Closed(Closed::without_word(error.to_string()))),
        }
    }

    fn upgraded(
        &mut self,
        result: Result<(WebSocket<TcpStream>, Response), HandshakeError<ClientHandshake<TcpStream>>>,
    ) -> Option<SocketSignal> {
        match result {
            Ok((socket, _)) => {
                self.stage = SocketStage::Open(Box::new(socket));
                Some(SocketSignal::Opened)
            }
            Err(HandshakeError::Interrupted(handshake)) => {
                self.stage = SocketStage::Upgrading(handshake);
                None
            }
            Err(HandshakeError::Failure(Error::Http(answer))) => {
                let code = CloseCode::of_http_status(answer.status().as_u16());
                Some(SocketSignal::Closed(Closed { code, sentence: answer.status().to_string(), retry_after: None }))
            }
            Err(HandshakeError::Failure(error)) => Some(SocketSignal::Closed(Closed::without_word(error.to_string()))),
        }
    }
}

/// A socket that is being connected, with the options of a player's.
fn begin(server: SocketAddrV4) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.set_tcp_nodelay(true)?;
    // Where the kernel has no such option, an outage lasts longer.
    let _ = auspice_tcp::set_retransmission_max(&socket, RETRANSMISSION_MAX);
    match socket.connect(&server.into()) {
        Err(error) if error.raw_os_error() != Some(IN_PROGRESS) => Err(error),
        _ => Ok(socket.into()),
    }
}

/// Whether this kernel can be told to send again each second what was lost, however long nothing passes.
#[must_use]
pub fn tries_each_second() -> bool {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None);
    socket.is_ok_and(|socket| auspice_tcp::set_retransmission_max(&socket, RETRANSMISSION_MAX).is_ok())
}

fn read(socket: &mut WebSocket<TcpStream>) -> Option<SocketSignal> {
    loop {
        return Some(match socket.read() {
            Ok(Message::Binary(bytes)) => SocketSignal::Message(bytes),
            Ok(Message::Close(Some(frame))) => {
                SocketSignal::Closed(Closed::with(u16::from(frame.code), frame.reason.to_string()))
            }
            Ok(Message::Close(None)) => SocketSignal::Closed(Closed::without_word("closed without a reason")),
            Ok(_) => continue,
            Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => return None,
            Err(error) => SocketSignal::Closed(Closed::without_word(error.to_string())),
        });
    }
}

fn is_unfinished(result: &Result<(), Error>) -> bool {
    matches!(result, Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock)
}
