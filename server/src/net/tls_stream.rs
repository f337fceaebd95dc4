//! [`TlsStream`]: a TLS session over its socket: tokio's until the upgrade, the tick's own after it.

use std::io::{self, Read, Write};
use std::net;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;

use super::tls_session::TlsSession;
use super::transport::Transport;

/// A TLS session whose handshake is done, and its socket.
#[derive(Debug)]
pub(crate) struct TlsStream<T> {
    tcp: T,
    session: Box<TlsSession>,
}

impl TlsStream<TcpStream> {
    /// Shakes hands with whoever is at the other end of `tcp`. Has no patience of its own.
    ///
    /// # Errors
    /// Where the peer ends the connection or cannot be agreed with; it was told, as far as it listens.
    pub(super) async fn accept(config: Arc<ServerConfig>, tcp: TcpStream) -> io::Result<Self> {
        let mut session = Box::new(TlsSession::new(config)?);
        loop {
            match session.shake_hands(&mut Eager(&tcp)) {
                Ok(()) if !session.is_handshaking() => return Ok(Self { tcp, session }),
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let interest = if session.is_pending() { Interest::WRITABLE } else { Interest::READABLE };
                    tcp.ready(interest).await?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    pub(super) fn tcp(&self) -> &TcpStream {
        &self.tcp
    }

    /// The same for whoever waits in other ways.
    ///
    /// # Errors
    /// Where the runtime does not let go of the socket.
    pub(super) fn into_std(self) -> io::Result<TlsStream<net::TcpStream>> {
        Ok(TlsStream { tcp: self.tcp.into_std()?, session: self.session })
    }
}

/// tokio's socket as one that does not wait.
struct Eager<'a>(&'a TcpStream);

impl Read for Eager<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(buffer)
    }
}

impl Write for Eager<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The outcome, if it need not wait.
fn decided<T>(outcome: io::Result<T>) -> Option<io::Result<T>> {
    Some(outcome).filter(|outcome| outcome.as_ref().err().is_none_or(|error| error.kind() != io::ErrorKind::WouldBlock))
}

impl AsyncRead for TlsStream<TcpStream> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if buffer.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let Self { tcp, session } = &mut *self;
        loop {
            if let Some(read) = decided(session.read(&mut Eager(tcp), buffer.initialize_unfilled())) {
                return Poll::Ready(read.map(|read| buffer.advance(read)));
            }
            ready!(tcp.poll_read_ready(context))?;
        }
    }
}

impl AsyncWrite for TlsStream<TcpStream> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let Self { tcp, session } = &mut *self;
        loop {
            if let Some(written) = decided(session.write(&mut Eager(tcp), bytes)) {
                return Poll::Ready(written);
            }
            ready!(tcp.poll_write_ready(context))?;
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { tcp, session } = &mut *self;
        loop {
            if let Some(flushed) = decided(session.flush(&mut Eager(tcp))) {
                return Poll::Ready(flushed);
            }
            ready!(tcp.poll_write_ready(context))?;
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { tcp, session } = &mut *self;
        session.say_end(&mut Eager(tcp));
        ready!(self.as_mut().poll_flush(context))?;
        Pin::new(&mut self.tcp).poll_shutdown(context)
    }
}

impl TlsStream<net::TcpStream> {
    /// The socket below.
    pub(super) const fn socket(&self) -> &net::TcpStream {
        &self.tcp
    }
}

impl Read for TlsStream<net::TcpStream> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.session.read(&mut self.tcp, buffer)
    }
}

impl Write for TlsStream<net::TcpStream> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.session.write(&mut self.tcp, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.session.flush(&mut self.tcp)
    }
}

impl Transport for TlsStream<net::TcpStream> {
    fn take_raw(&mut self, _: usize) -> usize {
        self.session.take_raw()
    }

    fn is_drained(&self, _: usize, _: usize) -> bool {
        self.session.is_drained()
    }

    fn is_pending(&self) -> bool {
        self.session.is_pending()
    }

    fn hang_up(&mut self) {
        self.session.say_end(&mut self.tcp);
        self.tcp.hang_up();
    }

    fn let_go(&self) {
        self.tcp.let_go();
    }
}
