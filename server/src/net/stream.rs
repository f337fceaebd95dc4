//! The stream that carries a WebSocket: plain TCP, or TLS over it, with the same face. Both are non-blocking.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};

use rustls::ServerConnection;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net;
use tokio_rustls::server;

use super::tuning;

/// Plaintext of one TLS record. No more than one waits inside rustls, what is behind it stays with us.
const RECORD_BYTES: usize = 16 * 1024;

/// A stream's abilities that the wire needs beyond reading and writing.
pub(crate) trait Transport: Read + Write {
    /// Bytes that came off the network since it was asked last, of which the last read gave `read`.
    fn take_raw(&mut self, read: usize) -> usize;

    /// Whether bytes that were written wait inside, to be sent by `flush`.
    fn is_pending(&self) -> bool;

    /// Ends the sending half: the peer reads an end after what was sent. A stream that is already gone is
    /// none the worse for it.
    fn hang_up(&mut self);

    /// Leaves it to the kernel, but not for long, to send what is left to a peer that may have vanished.
    fn let_go(&self);
}

impl Transport for TcpStream {
    fn take_raw(&mut self, read: usize) -> usize {
        read
    }

    fn is_pending(&self) -> bool {
        false
    }

    fn hang_up(&mut self) {
        let _ = self.shutdown(Shutdown::Write);
    }

    fn let_go(&self) {
        tuning::let_go(self);
    }
}

/// Either of them.
#[derive(Debug)]
pub(crate) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream>),
}

/// A TLS session whose handshake is done, driven over its socket without waiting.
#[derive(Debug)]
pub(crate) struct TlsStream {
    tcp: TcpStream,
    session: ServerConnection,
    /// Records without content are no bytes of ours, but cost as many of the line.
    raw: usize,
}

impl TlsStream {
    pub(crate) const fn new(tcp: TcpStream, session: ServerConnection) -> Self {
        Self { tcp, session, raw: 0 }
    }
}

impl Read for TlsStream {
    /// Reads what is decrypted already, or else what one read of the socket brings.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.session.reader().read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            decided => return decided,
        }
        let read = self.session.read_tls(&mut self.tcp)?;
        self.raw += read;
        let processed = self.session.process_new_packets();
        if self.session.wants_write() {
            // An alert, or the answer to a change of keys. What does not leave now is pending.
            let _ = self.flush();
        }
        processed.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        self.session.reader().read(buffer)
    }
}

impl Write for TlsStream {
    /// Takes records for as long as the socket does.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut taken = 0;
        for record in bytes.chunks(RECORD_BYTES) {
            match self.flush() {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && taken > 0 => return Ok(taken),
                Err(error) => return Err(error),
            }
            taken += self.session.writer().write(record)?;
        }
        match self.flush() {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            _ => Ok(taken),
        }
    }

    /// `WouldBlock` for as long as something is pending.
    fn flush(&mut self) -> io::Result<()> {
        while self.session.wants_write() {
            if self.session.write_tls(&mut self.tcp)? == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
        }
        Ok(())
    }
}

impl Transport for TlsStream {
    fn take_raw(&mut self, _: usize) -> usize {
        std::mem::take(&mut self.raw)
    }

    fn is_pending(&self) -> bool {
        self.session.wants_write()
    }

    fn hang_up(&mut self) {
        self.session.send_close_notify();
        let _ = self.flush();
        self.tcp.hang_up();
    }

    fn let_go(&self) {
        self.tcp.let_go();
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.read(buffer),
            Self::Tls(tls) => tls.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.write(bytes),
            Self::Tls(tls) => tls.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(tcp) => tcp.flush(),
            Self::Tls(tls) => tls.flush(),
        }
    }
}

impl Transport for Stream {
    fn take_raw(&mut self, read: usize) -> usize {
        match self {
            Self::Plain(tcp) => tcp.take_raw(read),
            Self::Tls(tls) => tls.take_raw(read),
        }
    }

    fn is_pending(&self) -> bool {
        match self {
            Self::Plain(tcp) => tcp.is_pending(),
            Self::Tls(tls) => tls.is_pending(),
        }
    }

    fn hang_up(&mut self) {
        match self {
            Self::Plain(tcp) => tcp.hang_up(),
            Self::Tls(tls) => tls.hang_up(),
        }
    }

    fn let_go(&self) {
        match self {
            Self::Plain(tcp) => tcp.let_go(),
            Self::Tls(tls) => tls.let_go(),
        }
    }
}

/// A stream before its upgrade.
pub(super) trait Upgradable: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    fn tcp(&self) -> &net::TcpStream;

    /// The same for the tick.
    fn into_stream(self) -> io::Result<Stream>;
}

impl Upgradable for net::TcpStream {
    fn tcp(&self) -> &net::TcpStream {
        self
    }

    fn into_stream(self) -> io::Result<Stream> {
        self.into_std().map(Stream::Plain)
    }
}

impl Upgradable for server::TlsStream<net::TcpStream> {
    fn tcp(&self) -> &net::TcpStream {
        self.get_ref().0
    }

    fn into_stream(self) -> io::Result<Stream> {
        let (tcp, session) = self.into_inner();
        Ok(Stream::Tls(Box::new(TlsStream::new(tcp.into_std()?, session))))
    }
}
