//! The stream that carries a WebSocket: plain TCP, or TLS over it, with the same face. Both are non-blocking.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net;

use super::tls_stream::TlsStream;
use super::transport::Transport;

/// Either of them.
#[derive(Debug)]
pub(crate) enum Stream {
    Plain(TcpStream),
    Tls(TlsStream<TcpStream>),
}

impl Stream {
    /// The socket below.
    pub(crate) const fn tcp(&self) -> &TcpStream {
        match self {
            Self::Plain(tcp) => tcp,
            Self::Tls(tls) => tls.socket(),
        }
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

    fn is_drained(&self, read: usize, most: usize) -> bool {
        match self {
            Self::Plain(tcp) => tcp.is_drained(read, most),
            Self::Tls(tls) => tls.is_drained(read, most),
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

impl Upgradable for TlsStream<net::TcpStream> {
    fn tcp(&self) -> &net::TcpStream {
        self.tcp()
    }

    fn into_stream(self) -> io::Result<Stream> {
        self.into_std().map(Stream::Tls)
    }
}
