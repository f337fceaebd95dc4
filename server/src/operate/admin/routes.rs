//! [`Answerer`]: what is answered to an operator's request.

use std::net::{IpAddr, SocketAddr};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use serde::Deserialize;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::orders::Order;
use super::token::{Doorman, Token, TokenVerdict};
use crate::limits::ADMIN_BODY_BYTES_MAX;
use crate::operate::heartbeat::Heartbeat;
use crate::operate::logs::Quota;
use crate::operate::metrics::Metrics;
use crate::operate::shutdown::Stop;

/// Greatest time to wait for the tick thread's answer: it takes orders once a tick, and should it be stuck,
/// this must not be. As long may a body take.
const ANSWER_MAX: Duration = Duration::from_secs(3);

const TEXT: &str = "text/plain; charset=utf-8";

/// Lines a second about wrong tokens.
const LINES_PER_SECOND: u32 = 10;

/// State of the admin listener.
pub(crate) struct AdminState {
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) heartbeat: Arc<Heartbeat>,
    pub(crate) stop: Arc<Stop>,
    pub(crate) orders: SyncSender<Order>,
    /// The token; without one, nothing that needs one is done.
    pub(crate) token: Option<Token>,
}

/// The answerer of all requests.
pub(super) struct Answerer {
    state: AdminState,
    doorman: Doorman,
    wrong_tokens: Mutex<Quota>,
}

impl Answerer {
    pub(super) fn new(state: AdminState) -> Self {
        Self { state, doorman: Doorman::new(), wrong_tokens: Mutex::new(Quota::per_second(LINES_PER_SECOND)) }
    }

    /// The response to `request`. A HEAD is answered like a GET, whose body is then left out.
    pub(super) async fn answer(&self, peer: SocketAddr, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        let is_order = request.method() == Method::POST;
        match request.uri().path() {
            "/livez" if is_read => self.livez(),
            "/readyz" if is_read => self.readyz(),
            "/metrics" if is_read => {
                respond(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", self.state.metrics.render())
            }
            "/clients" if is_read => self.clients(peer, request.headers()).await.unwrap_or_else(Refused::response),
            "/drain" if is_order => self.drain(peer, request.headers()).unwrap_or_else(Refused::response),
            "/kick" if is_order => self.kick(peer, request).await.unwrap_or_else(Refused::response),
            "/livez" | "/readyz" | "/metrics" | "/clients" => Refused::NotGet.response(),
            "/drain" | "/kick" => Refused::NotPost.response(),
            _ => Refused::NoSuchPath.response(),
        }
    }

    fn livez(&self) -> Response<Full<Bytes>> {
        if self.state.heartbeat.is_alive() {
            say(StatusCode::OK, "ticking")
        } else {
            say(StatusCode::SERVICE_UNAVAILABLE, "no tick was made for too long")
        }
    }

    fn readyz(&self) -> Response<Full<Bytes>> {
        let AdminState { heartbeat, stop, .. } = &self.state;
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

    async fn clients(&self, peer: SocketAddr, headers: &HeaderMap) -> Result<Response<Full<Bytes>>, Refused> {
        self.check(peer.ip(), headers)?;
        let listed = self.ask(Order::List).await?;
        let text = serde_json::to_vec(&listed).map_err(|_| Refused::Busy)?;
        Ok(respond(StatusCode::OK, "application/json", text))
    }

    fn drain(&self, peer: SocketAddr, headers: &HeaderMap) -> Result<Response<Full<Bytes>>, Refused> {
        self.check(peer.ip(), headers)?;
        tracing::info!(%peer, "an operator asked to drain");
        self.state.stop.drain();
        let sentence = "draining: players are told, and the server ends when they are gone or the time is up";
        Ok(say(StatusCode::ACCEPTED, sentence))
    }

    async fn kick(&self, peer: SocketAddr, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Refused> {
        self.check(peer.ip(), request.headers())?;
        let body = Limited::new(request.into_body(), ADMIN_BODY_BYTES_MAX).collect();
        let body = timeout(ANSWER_MAX, body).await.ok().and_then(Result::ok).ok_or(Refused::BadKick)?.to_bytes();
        let KickRequest { client } = serde_json::from_slice(&body).map_err(|_| Refused::BadKick)?;
        if !self.ask(|reply| Order::Kick(client.clone(), reply)).await? {
            return Err(Refused::NoSuchClient);
        }
        tracing::info!(%peer, client, "an operator closed a client");
        Ok(say(StatusCode::OK, "closed, with code 4008"))
    }

    /// Whether `peer` may do what needs the token.
    fn check(&self, peer: IpAddr, headers: &HeaderMap) -> Result<(), Refused> {
        let token = self.state.token.as_ref().ok_or(Refused::NoTokenSet)?;
        let shown = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        match self.doorman.check(token, peer, shown, Instant::now()) {
            TokenVerdict::Welcome => Ok(()),
            TokenVerdict::Wrong => {
                self.tell_wrong_token(peer);
                Err(Refused::WrongToken)
            }
            TokenVerdict::TooOften => Err(Refused::TooOften),
        }
    }

    /// The limit of tries is for each address, of which one machine has millions.
    fn tell_wrong_token(&self, peer: IpAddr) {
        // A quota is right after any panic: nothing is half done under the lock.
        match self.wrong_tokens.lock().unwrap_or_else(PoisonError::into_inner).take(Instant::now()) {
            Some(more) => tracing::warn!(%peer, more, "an order without the right token was refused"),
            None => self.state.metrics.log_lines_held_back.inc(),
        }
    }

    /// Gives the tick thread an order and waits for its answer.
    async fn ask<T>(&self, order: impl FnOnce(oneshot::Sender<T>) -> Order) -> Result<T, Refused> {
        let (reply, answer) = oneshot::channel();
        self.state.orders.try_send(order(reply)).map_err(|_| Refused::Busy)?;
        timeout(ANSWER_MAX, answer).await.ok().and_then(Result::ok).ok_or(Refused::Busy)
    }
}

#[derive(Deserialize)]
struct KickRequest {
    client: String,
}

/// Why an operator's request is not done.
#[derive(Clone, Copy, Debug)]
enum Refused {
    NoSuchPath,
    NotGet,
    NotPost,
    NoTokenSet,
    WrongToken,
    TooOften,
    BadKick,
    NoSuchClient,
    Busy,
}

impl Refused {
    fn response(self) -> Response<Full<Bytes>> {
        let (status, sentence) = match self {
            Self::NoSuchPath => (StatusCode::NOT_FOUND, "there is nothing here"),
            Self::NotGet => (StatusCode::METHOD_NOT_ALLOWED, "this is read, by GET"),
            Self::NotPost => (StatusCode::METHOD_NOT_ALLOWED, "this is an order, given by POST"),
            Self::NoTokenSet => {
                (StatusCode::FORBIDDEN, "this needs a token, and the server was started without --admin-token-file")
            }
            Self::WrongToken => (StatusCode::UNAUTHORIZED, "this needs the header Authorization: Bearer TOKEN"),
            Self::TooOften => (StatusCode::TOO_MANY_REQUESTS, "too many wrong tokens; try again in a minute"),
            Self::BadKick => (StatusCode::BAD_REQUEST, "the body must be {\"client\": \"ID\"}, with an ID of /clients"),
            Self::NoSuchClient => (StatusCode::NOT_FOUND, "there is no such client"),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "the tick thread takes no orders just now"),
        };
        let header: Option<(HeaderName, &str)> = match self {
            Self::NotGet => Some((ALLOW, "GET, HEAD")),
            Self::NotPost => Some((ALLOW, "POST")),
            Self::WrongToken => Some((WWW_AUTHENTICATE, "Bearer")),
            Self::TooOften => Some((RETRY_AFTER, "60")),
            _ => None,
        };
        let mut response = say(status, sentence);
        response.headers_mut().extend(header.map(|(name, value)| (name, HeaderValue::from_static(value))));
        response
    }
}

/// A sentence, with a line's end for whoever reads it in a terminal.
fn say(status: StatusCode, sentence: &str) -> Response<Full<Bytes>> {
    respond(status, TEXT, format!("{sentence}\n"))
}

fn respond(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
