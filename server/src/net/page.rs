//! The page for browsers: who asks the game's own address for something else than a WebSocket is shown the files of a folder, by libraries'
//! HTTP. So a browser has page and game from one place, with one certificate.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tower_http::services::ServeDir;

use super::source::Source;
use super::stream::Upgradable;
use super::waiting::{Eviction, Waiting};
use crate::error::ServeError;
use crate::limits::{
    HEAD_BYTES_MAX, HEADERS_MAX, VISIT_MAX, VISITOR_SEND_BUFFER_BYTES, VISITOR_SILENT_MAX, VISITORS_MAX,
    VISITORS_PER_ADDRESS_MAX,
};

/// A folder's files, and those who are looking at them.
pub(crate) struct Page {
    files: ServeDir,
    visitors: Mutex<Waiting>,
}

impl Page {
    /// The page in `folder`. What is there as `FILE.gz` as well is sent like that to whoever takes it.
    ///
    /// # Errors
    ///
    /// When there is no `index.html` in it that can be read.
    pub(crate) fn open(folder: &Path) -> Result<Self, ServeError> {
        let first = folder.join("index.html");
        std::fs::File::open(&first).map_err(|error| ServeError::Page { file: first, error })?;
        let visitors = Mutex::new(Waiting::new(VISITORS_MAX, VISITORS_PER_ADDRESS_MAX));
        Ok(Self { files: ServeDir::new(folder).precompressed_gzip(), visitors })
    }

    /// Serves a connection of which `head` was read already, by a task of its own.
    pub(super) fn show(&self, stream: impl Upgradable, head: Vec<u8>, source: Option<Source>) {
        // A connection on which nothing can be set is gone, and that is seen when it is read.
        let _ = set_options(stream.tcp());
        let files = TowerToHyperService::new(self.files.clone());
        let eviction = Eviction::default();
        let told = Arc::clone(&eviction);
        let task = tokio::spawn(async move {
            let serving = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(VISITOR_SILENT_MAX)
                .max_buf_size(HEAD_BYTES_MAX)
                .max_headers(HEADERS_MAX)
                .serve_connection(TokioIo::new(Rewound { head, stream }), files);
            tokio::select! {
                biased;
                () = told.notified() => {}
                // Whether it got everything is the browser's concern.
                _ = timeout(VISIT_MAX, serving) => {}
            }
        });
        // Whom it holds is right after any panic: nothing is half done under the lock.
        let mut visitors = self.visitors.lock().unwrap_or_else(PoisonError::into_inner);
        visitors.make_room(source);
        visitors.push(source, task.abort_handle(), eviction);
    }
}

/// As for a download, in place of what suits a player.
fn set_options(stream: &TcpStream) -> io::Result<()> {
    let socket = SockRef::from(stream);
    socket.set_send_buffer_size(VISITOR_SEND_BUFFER_BYTES)?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_tcp_notsent_lowat(VISITOR_SEND_BUFFER_BYTES as u32)?;
    Ok(())
}

/// A stream whose first bytes were read before.
struct Rewound<S> {
    /// What is left of them.
    head: Vec<u8>,
    stream: S,
}

impl<S: AsyncRead + Unpin> AsyncRead for Rewound<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.head.is_empty() {
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        let taken = self.head.len().min(buffer.remaining());
        buffer.put_slice(&self.head[..taken]);
        self.head.drain(..taken);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Rewound<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
