//! A visitor's connection: one file after another is shown on it, and then, it may be, the game. Proxies, and
//! browsers that speak HTTP/2 to one, put both on the same connection.

use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Instant;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Version};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::timeout;

use super::files::Files;
use super::refusal::Denial;
use super::stream::Upgradable;
use super::tuning::tune_visitor;
use super::upgrade::{Accepted, Judged, asks_for_upgrade, is_inquiry, judge_request};
use super::waiting::Eviction;
use crate::limits::{HEAD_BYTES_MAX, HEADERS_MAX, VISIT_MAX, VISITOR_SILENT_MAX};
use crate::operate::access::AccessRules;

/// Serves files until the connection ends or its time is over, which is `None`, or a player's request is
/// next, which is left unanswered.
pub(super) async fn visit<S: Upgradable>(
    files: &Files,
    stream: Rewound<S>,
    peer: IpAddr,
    access: &AccessRules,
    eviction: &Eviction,
) -> Option<(S, Judged)> {
    // A connection on which nothing can be set is gone, and that is seen when it is read.
    let _download = tune_visitor(stream.stream.tcp());
    tokio::select! {
        biased;
        () = eviction.notified() => None,
        // Whether it got everything is the browser's concern.
        wants_to_play = timeout(VISIT_MAX, show(files, stream, peer, access)) => wants_to_play.ok().flatten(),
    }
}

/// Shows files until the connection ends, which is `None`, or a player's request is next, which is left unanswered.
async fn show<S: AsyncRead + AsyncWrite + Unpin>(
    files: &Files,
    stream: Rewound<S>,
    peer: IpAddr,
    access: &AccessRules,
) -> Option<(S, Judged)> {
    let asked = OnceLock::new();
    let service = service_fn(async |request: Request<Incoming>| {
        let Some(judged) = judge_player(&request, peer, access) else {
            return Ok::<_, Infallible>(files.answer(request).await);
        };
        // The first one: no other request is read before this one is answered, which it never is.
        let _ = asked.set(judged);
        pending().await
    });
    let mut serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(VISITOR_SILENT_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(TokioIo::new(stream), service);
    // Nothing of an answer is left inside by then: the next request is not read before the last answer has gone.
    let judged = poll_fn(|context| match Pin::new(&mut serving).poll(context) {
        Poll::Ready(_) => Poll::Ready(None),
        Poll::Pending => asked.get().cloned().map_or(Poll::Pending, |judged| Poll::Ready(Some(judged))),
    })
    .await?;
    let parts = serving.into_parts();
    let Rewound { head, stream, .. } = parts.io.into_inner();
    Some((stream, (judged, [&parts.read_buf[..], &head].concat())))
}

/// Judges this request as that of a new connection, if it is a player's; `None` for one that is to be shown a
/// file, or that there is none.
fn judge_player(request: &Request<Incoming>, peer: IpAddr, access: &AccessRules) -> Option<Result<Accepted, Denial>> {
    let target = request.uri().to_string();
    let headers = request.headers().iter();
    let mut headers: Vec<_> =
        headers.map(|(name, value)| httparse::Header { name: name.as_str(), value: value.as_bytes() }).collect();
    let mut read = httparse::Request::new(&mut headers);
    read.method = Some(request.method().as_str());
    read.path = Some(&target);
    read.version = Some(u8::from(request.version() == Version::HTTP_11));
    (asks_for_upgrade(&read) || is_inquiry(&read))
        .then(|| judge_request(&read, peer, access))
        .filter(|judged| !judged.as_ref().is_err_and(|refused| refused.refusal.is_of_visitors()))
}

/// A stream whose first bytes were read before.
pub(super) struct Rewound<S> {
    /// Bytes of the head that are left.
    head: Vec<u8>,
    stream: S,
    /// Told when something of an answer has left.
    eviction: Arc<Eviction>,
}

impl<S> Rewound<S> {
    pub(super) const fn new(head: Vec<u8>, stream: S, eviction: Arc<Eviction>) -> Self {
        Self { head, stream, eviction }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Rewound<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
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
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if written.is_ready() {
            self.eviction.get_on(Instant::now());
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use auspice::message::SUBPROTOCOL;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::task::yield_now;

    use super::super::files::FolderFiles;
    use super::*;

    /// Far more than the connection below holds.
    const PAGE_BYTES: usize = 20_000;

    fn files(name: &str) -> Files {
        let folder = std::env::temp_dir().join(format!("auspice-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("index.html"), "x".repeat(PAGE_BYTES)).unwrap();
        Files::Folder(FolderFiles::of(&folder))
    }

    #[test]
    fn a_page_leaves_whole_before_the_game_that_was_asked_for_in_one_breath() {
        let requests = format!(
            "GET / HTTP/1.1\r\nHost: here\r\n\r\nGET /play HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\nearly"
        );
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let (browser, stream) = tokio::io::duplex(64);
            let (mut answers, mut asks) = tokio::io::split(browser);
            // What was read with the first request: some of the second too.
            let (read, unread) = requests.split_at(60);
            let page = files("one-breath");
            let (peer, access) = (Ipv4Addr::LOCALHOST.into(), AccessRules::default());
            let server = async {
                let shown =
                    show(&page, Rewound::new(read.into(), stream, Eviction::new(Instant::now())), peer, &access).await;
                let (mut stream, (judged, mut early)) = shown.expect("a player's request was next");
                while early.len() < 5 {
                    stream.read_buf(&mut early).await.unwrap();
                }
                (judged.is_ok(), early)
            };
            let reader = async {
                let mut answer = Vec::new();
                while answers.read_buf(&mut answer).await.unwrap() > 0 {
                    for _ in 0..10 {
                        yield_now().await;
                    }
                }
                answer
            };
            let (outcome, answer, asked) = tokio::join!(server, reader, asks.write_all(unread.as_bytes()));
            asked.unwrap();
            assert_eq!(outcome, (true, b"early".to_vec()));
            assert!(answer.ends_with("x".repeat(PAGE_BYTES).as_bytes()), "{} bytes came", answer.len());
        });
    }
}
