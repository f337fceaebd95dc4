//! The admin listener: health, metrics, and an operator's orders, on a port that no player sees.
//!
//! It has a thread of its own, so that it answers whatever the accept thread and the tick thread are doing.
//! What it wants of the tick thread goes as an [`Order`] that the next tick takes up.

mod token;

use std::future::IntoFuture;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::limits::ADMIN_BODY_BYTES_MAX;
use crate::operate::heartbeat::Heartbeat;
use crate::operate::metrics::Metrics;
use crate::operate::shutdown::Stop;
pub(crate) use token::Token;
pub use token::TokenError;
use token::{Doorman, TokenVerdict};

/// Orders that may wait for the tick. A second of impatience of several operators; more are told to come back.
pub(crate) const ORDERS_MAX: usize = 16;

/// Greatest time to wait for the tick thread's answer: it takes orders once a tick, and should it be stuck,
/// this must not be.
const ANSWER_MAX: Duration = Duration::from_secs(3);

/// Greatest time that requests under way may take once the server stops.
const FAREWELL_MAX: Duration = Duration::from_millis(300);

/// An operator's order to the tick thread.
pub(crate) enum Order {
    /// List all who are connected.
    List(oneshot::Sender<Vec<Listed>>),
    /// Close this client, called as `/clients` does. False if there is none.
    Kick(String, oneshot::Sender<bool>),
}

/// A connection, as `/clients` tells it.
#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    /// The client's id, for `/kick`.
    pub(crate) client: String,
    /// The player's name; none before it has joined.
    pub(crate) name: Option<String>,
    pub(crate) address: SocketAddr,
    /// Ticks by which its newest input is ahead.
    pub(crate) lead_ticks: i32,
    /// Ticks that it was sent and has not said to hold.
    pub(crate) unacked_ticks: u32,
    /// Entities in its view.
    pub(crate) visible: u32,
    pub(crate) inputs_received: u64,
    pub(crate) inputs_late: u64,
    pub(crate) inputs_missing: u64,
}

/// State of the admin listener.
pub(crate) struct AdminState {
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) heartbeat: Arc<Heartbeat>,
    pub(crate) stop: Arc<Stop>,
    pub(crate) orders: SyncSender<Order>,
    /// The token; without one, nothing that needs one is done.
    pub(crate) token: Option<Token>,
}

struct Admin {
    state: AdminState,
    doorman: Doorman,
}

/// Serves on `listener` until the server has stopped.
pub(crate) fn start(listener: std::net::TcpListener, state: AdminState) -> std::io::Result<JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    let stop = Arc::clone(&state.stop);
    let router = router(state);
    std::thread::Builder::new().name("auspice-admin".into()).spawn(move || {
        runtime.block_on(async {
            let listener = match tokio::net::TcpListener::from_std(listener) {
                Ok(listener) => listener,
                Err(error) => return tracing::error!(%error, "the admin socket cannot be watched"),
            };
            let service = router.into_make_service_with_connect_info::<SocketAddr>();
            let until = Arc::clone(&stop);
            let serving = axum::serve(listener, service).with_graceful_shutdown(async move { until.raised().await });
            tokio::select! {
                biased;
                _ = serving.into_future() => {}
                () = async { stop.raised().await; tokio::time::sleep(FAREWELL_MAX).await } => {}
            }
        });
    })
}

fn router(state: AdminState) -> Router {
    Router::new()
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .route("/clients", get(clients))
        .route("/drain", post(drain))
        .route("/kick", post(kick))
        .layer(DefaultBodyLimit::max(ADMIN_BODY_BYTES_MAX))
        .with_state(Arc::new(Admin { state, doorman: Doorman::new() }))
}

type Shared = State<Arc<Admin>>;
type Peer = ConnectInfo<SocketAddr>;

/// A sentence, with a line's end for whoever reads it in a terminal.
fn say(status: StatusCode, sentence: &str) -> Response {
    (status, format!("{sentence}\n")).into_response()
}

async fn livez(State(admin): Shared) -> Response {
    if admin.state.heartbeat.is_alive() {
        say(StatusCode::OK, "ticking")
    } else {
        say(StatusCode::SERVICE_UNAVAILABLE, "no tick was made for too long")
    }
}

async fn readyz(State(admin): Shared) -> Response {
    let AdminState { heartbeat, stop, .. } = &admin.state;
    let why_not = if stop.is_draining() {
        "draining: nobody is let in"
    } else if !heartbeat.is_alive() {
        "no tick was made for too long"
    } else if heartbeat.refuses_joins() {
        "overloaded: nobody is let in"
    } else {
        return say(StatusCode::OK, "ready");
    };
    say(StatusCode::SERVICE_UNAVAILABLE, why_not)
}

async fn metrics(State(admin): Shared) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], admin.state.metrics.render()).into_response()
}

async fn clients(State(admin): Shared, ConnectInfo(peer): Peer, headers: HeaderMap) -> Result<Response, Refused> {
    admin.check(peer.ip(), &headers)?;
    Ok(axum::Json(admin.ask(Order::List).await?).into_response())
}

async fn drain(State(admin): Shared, ConnectInfo(peer): Peer, headers: HeaderMap) -> Result<Response, Refused> {
    admin.check(peer.ip(), &headers)?;
    tracing::info!(%peer, "an operator asked to drain");
    admin.state.stop.drain();
    Ok(say(StatusCode::ACCEPTED, "draining: players are told, and the server ends when they are gone or the time is up"))
}

#[derive(Deserialize)]
struct KickRequest {
    client: String,
}

async fn kick(State(admin): Shared, ConnectInfo(peer): Peer, headers: HeaderMap, body: Bytes) -> Result<Response, Refused> {
    admin.check(peer.ip(), &headers)?;
    let axum::Json(KickRequest { client }) = axum::Json::from_bytes(&body).map_err(|_| Refused::BadKick)?;
    if !admin.ask(|reply| Order::Kick(client.clone(), reply)).await? {
        return Err(Refused::NoSuchClient);
    }
    tracing::info!(%peer, client, "an operator closed a client");
    Ok(say(StatusCode::OK, "closed, with code 4008"))
}

/// Why an operator's request is not done.
#[derive(Clone, Copy, Debug)]
enum Refused {
    NoTokenSet,
    WrongToken,
    TooOften,
    BadKick,
    NoSuchClient,
    Busy,
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, sentence) = match self {
            Self::NoTokenSet => {
                (StatusCode::FORBIDDEN, "this needs a token, and the server was started without --admin-token-file")
            }
            Self::WrongToken => (StatusCode::UNAUTHORIZED, "this needs the header Authorization: Bearer TOKEN"),
            Self::TooOften => (StatusCode::TOO_MANY_REQUESTS, "too many wrong tokens; try again in a minute"),
            Self::BadKick => (StatusCode::BAD_REQUEST, "the body must be {\"client\": \"ID\"}, with an ID of /clients"),
            Self::NoSuchClient => (StatusCode::NOT_FOUND, "there is no such client"),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "the tick thread takes no orders just now"),
        };
        let headers: &[(HeaderName, &str)] = match self {
            Self::WrongToken => &[(header::WWW_AUTHENTICATE, "Bearer")],
            Self::TooOften => &[(header::RETRY_AFTER, "60")],
            _ => &[],
        };
        let mut response = say(status, sentence);
        response.headers_mut().extend(headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))));
        response
    }
}

impl Admin {
    /// Whether `peer` may do what needs the token.
    fn check(&self, peer: IpAddr, headers: &HeaderMap) -> Result<(), Refused> {
        let token = self.state.token.as_ref().ok_or(Refused::NoTokenSet)?;
        let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        match self.doorman.check(token, peer, shown, Instant::now()) {
            TokenVerdict::Welcome => Ok(()),
            TokenVerdict::Wrong => {
                tracing::warn!(%peer, "an order without the right token was refused");
                Err(Refused::WrongToken)
            }
            TokenVerdict::TooOften => Err(Refused::TooOften),
        }
    }

    /// Gives the tick thread an order and waits for its answer.
    async fn ask<T>(&self, order: impl FnOnce(oneshot::Sender<T>) -> Order) -> Result<T, Refused> {
        let (reply, answer) = oneshot::channel();
        self.state.orders.try_send(order(reply)).map_err(|_| Refused::Busy)?;
        timeout(ANSWER_MAX, answer).await.ok().and_then(Result::ok).ok_or(Refused::Busy)
    }
}
