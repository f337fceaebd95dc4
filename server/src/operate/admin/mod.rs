//! The admin listener: health, metrics, and an operator's orders, on a port that no player sees.
//!
//! It has a thread of its own, so that it answers whatever the accept thread and the tick thread are doing.
//! What it wants of the tick thread goes as an [`Order`] that the next tick takes up.
//!
//! # Reading order
//!
//! `orders` (what the tick thread is asked), `routes` (what is answered to what), `token` (who may try one how often).

mod orders;
mod routes;
mod token;

use std::collections::VecDeque;
use std::convert::Infallible;
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
use crate::operate::shutdown::Stop;
pub(crate) use orders::{Listed, ORDERS_MAX, Order};
use routes::Admin;
pub(crate) use routes::AdminState;
pub(crate) use token::Token;
pub use token::TokenError;

/// Greatest time that requests under way may take once the server stops.
const FAREWELL_MAX: Duration = Duration::from_millis(300);

/// Wait after a connection could not be accepted: for want of a file, say, and the next one could not either.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// Serves on `listener` until the server has stopped.
pub(crate) fn start(listener: std::net::TcpListener, state: AdminState) -> std::io::Result<JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    std::thread::Builder::new().name("auspice-admin".into()).spawn(move || {
        runtime.block_on(async {
            match TcpListener::from_std(listener) {
                Ok(listener) => serve(&listener, state).await,
                Err(error) => tracing::error!(%error, "the admin socket cannot be watched"),
            }
        });
    })
}

/// Serves all connections, each by a task of its own.
async fn serve(listener: &TcpListener, state: AdminState) {
    let stop = Arc::clone(&state.stop);
    let admin = Arc::new(Admin::new(state));
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
        oldest_first.push_back(connections.spawn(answer(stream, peer, Arc::clone(&admin), Arc::clone(&stop))));
    }
    // Whoever has not been told by then is not.
    let _ = timeout(FAREWELL_MAX, connections.join_all()).await;
}

/// Answers one request after another, until the connection ends or the server stops.
async fn answer(stream: TcpStream, peer: SocketAddr, admin: Arc<Admin>, stop: Arc<Stop>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let admin = Arc::clone(&admin);
        async move { Ok::<_, Infallible>(admin.answer(peer, request).await) }
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
