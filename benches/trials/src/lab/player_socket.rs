//! [`PlayerSocket`]: a WebSocket to a server that never waits: it is polled, as the sessions above it are.

use std::io::{self, ErrorKind};
use std::net::{SocketAddrV4, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};

use auspice::error::CloseCode;
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
    Connecting(TcpStream),
    Upgrading(MidHandshake<ClientHandshake<TcpStream>>),
    Open(Box<WebSocket<TcpStream>>),
    Over,
}

/// A connection to a server, from its first packet on.
pub struct PlayerSocket {
    stage: SocketStage,
    server: SocketAddrV4,
    /// Something is still to be written.
    is_behind: bool,
}

impl PlayerSocket {
    /// Begins to connect. A failure comes as a [`SocketSignal`].
    #[must_use]
    pub fn open(server: SocketAddrV4) -> Self {
        let stage = begin(server).map_or(SocketStage::Over, SocketStage::Connecting);
        Self { stage, server, is_behind: false }
    }

    /// The file to wait for; `None` once it is over.
    #[must_use]
    pub fn file(&self) -> Option<BorrowedFd<'_>> {
        match &self.stage {
            SocketStage::Connecting(stream) => Some(stream.as_fd()),
            SocketStage::Upgrading(handshake) => Some(handshake.get_ref().get_ref().as_fd()),
            SocketStage::Open(socket) => Some(socket.get_ref().as_fd()),
            SocketStage::Over => None,
        }
    }

    /// Whether it waits to write rather than to read.
    #[must_use]
    pub const fn wants_to_write(&self) -> bool {
        self.is_behind || matches!(self.stage, SocketStage::Connecting(_))
    }

    /// The next signal, if there is one.
    pub fn poll(&mut self) -> Option<SocketSignal> {
        match std::mem::replace(&mut self.stage, SocketStage::Over) {
            SocketStage::Connecting(stream) => self.poll_connected(stream),
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

    fn poll_connected(&mut self, stream: TcpStream) -> Option<SocketSignal> {
        if let Ok(Some(error)) | Err(error) = stream.take_error() {
            return Some(SocketSignal::Closed(Closed::without_word(format!("no server answers: {error}"))));
        }
        if stream.peer_addr().is_err() {
            self.stage = SocketStage::Connecting(stream);
            return None;
        }
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
