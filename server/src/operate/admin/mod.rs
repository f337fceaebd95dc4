//! The admin listener: health, metrics, and an operator's orders, on a port that no player sees.
//!
//! It has a thread of its own, so that it answers whatever the accept thread and the tick thread are doing.
//! What it wants of the tick thread goes as an [`Order`] that the next tick takes up.
//!
//! # Reading order
//!
//! `orders` (what the tick thread is asked), `answers` (whatever answers), `routes` and `rooms` (what is answered to
//! what), `looking` and `looked_at` (the inspector, of one room and of many), `refused` (what is not done, and why),
//! `guard` and `token` (who may try one how often).

mod answers;
mod guard;
mod looked_at;
mod looking;
mod orders;
mod refused;
mod rooms;
mod routes;
mod token;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};

use crate::limits::{ADMIN_CONNECTIONS_MAX, ADMIN_SILENT_MAX, HEAD_BYTES_MAX, HEADERS_MAX};
use crate::operate::inspector::Inspector;
use crate::operate::metrics::Metrics;
use crate::operate::shutdown::Stop;
use answers::Answers;
use guard::Guard;
pub(crate) use looked_at::{RoomsLookedAt, TablesOf};
pub(crate) use looking::Inspected;
use looking::Looking;
pub(crate) use orders::{Listed, ORDERS_MAX, Order, TakeOver};
pub(crate) use routes::AdminState;
use routes::Answerer;
pub(crate) use token::Token;
pub use token::TokenError;

/// Greatest time that requests under way may take once the server stops.
const FAREWELL_MAX: Duration = Duration::from_millis(300);

/// Wait after a connection could not be accepted: for want of a file, say, and the next one could not either.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// Serves on `listener` until the server has stopped.
pub(crate) fn start(listener: std::net::TcpListener, state: AdminState) -> io::Result<JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    std::thread::Builder::new().name("auspice-admin".into()).spawn(move || {
        runtime.block_on(async {
            if let Inspected::Room(inspector) = state.shown.clone() {
                tokio::spawn(async move { inspector.collect().await });
            }
            let stop = Arc::clone(&state.stop);
            if let Err(error) = serve(listener, Answerer::new(state), &stop).await {
                tracing::error!(%error, "the admin socket cannot be watched");
            }
        });
    })
}

/// Shows a log on `listener` to whoever has the token, until told to stop.
///
/// # Errors
/// When the socket cannot be watched.
pub(crate) fn show_log(
    listener: std::net::TcpListener,
    token: Token,
    inspector: Inspector,
    stop: &Arc<Stop>,
) -> io::Result<()> {
    let guard = Guard::new(Some(token), Arc::new(Metrics::new("log")));
    let looking = Looking { guard, shown: Inspected::Room(Arc::new(inspector)) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    runtime.block_on(serve(listener, looking, stop))
}

/// Serves all connections, each by a task of its own.
async fn serve(listener: std::net::TcpListener, answers: impl Answers, stop: &Arc<Stop>) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let answers = Arc::new(answers);
    let mut connections = JoinSet::new();
    let mut oldest_first: VecDeque<AbortHandle> = VecDeque::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.raised() => break,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, peer)) = accepted else {
            sleep(ACCEPT_AGAIN).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        oldest_first.retain(|connection| !connection.is_finished());
        if oldest_first.len() >= ADMIN_CONNECTIONS_MAX
            && let Some(oldest) = oldest_first.pop_front()
        {
            oldest.abort();
        }
        oldest_first.push_back(connections.spawn(answer(stream, peer, Arc::clone(&answers), Arc::clone(stop))));
    }
    // Whoever has not been told by then is not.
    let _ = timeout(FAREWELL_MAX, connections.join_all()).await;
    Ok(())
}

/// Answers one request after another, until the connection ends or the server stops.
async fn answer(stream: TcpStream, peer: SocketAddr, answers: Arc<impl Answers>, stop: Arc<Stop>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let answers = Arc::clone(&answers);
        async move { Ok::<_, Infallible>(answers.answer(peer, request).await) }
    });
    let mut serving = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(ADMIN_SILENT_MAX)
            .max_buf_size(HEAD_BYTES_MAX)
            .max_headers(HEADERS_MAX)
            .serve_connection(TokioIo::new(stream), service)
    );
    // How a connection ends is its client's concern.
    tokio::select! {
        biased;
        () = stop.raised() => {}
        _ = serving.as_mut() => return,
    }
    serving.as_mut().graceful_shutdown();
    let _ = serving.await;
}
