//! [`Answerer`]: what is answered to an operator's request.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::answers::Answers;
use super::guard::Guard;
use super::looking::{Inspected, Looking, room_of};
use super::orders::Order;
use super::refused::{Refused, respond, say};
use super::token::Token;
use crate::limits::ADMIN_BODY_BYTES_MAX;
use crate::operate::heartbeat::Heartbeat;
use crate::operate::metrics::Metrics;
use crate::operate::shutdown::Stop;
use crate::rooms::{RoomCode, RoomEntry, Roster};
use crate::ticklog::HeadMaker;

/// Greatest time to wait for the tick thread's answer: it takes orders once a tick, and should it be stuck,
/// this must not be. As long may a body take.
const ANSWER_MAX: Duration = Duration::from_secs(3);

/// Seconds that a report has where nobody says how many.
const REPORTED_SECONDS: u32 = 30;

/// State of the admin listener.
pub(crate) struct AdminState {
    pub(crate) metrics: Arc<Metrics>,
    /// Heartbeats of all threads that run rooms.
    pub(crate) heartbeats: Vec<Arc<Heartbeat>>,
    pub(crate) stop: Arc<Stop>,
    pub(crate) rooms: Arc<Roster>,
    /// The token; without one, nothing that needs one is done.
    pub(crate) token: Option<Token>,
    /// Maker of the head of a report.
    pub(crate) head: HeadMaker,
    /// There is to be a log.
    pub(crate) has_log: bool,
    /// Rooms that are shown to whoever has the token.
    pub(crate) shown: Inspected,
}

/// The answerer of all requests.
pub(super) struct Answerer {
    pub(super) state: AdminState,
    looking: Looking,
}

impl Answerer {
    pub(super) fn new(mut state: AdminState) -> Self {
        let guard = Guard::new(state.token.take(), Arc::clone(&state.metrics));
        let shown = std::mem::replace(&mut state.shown, Inspected::Nothing);
        Self { looking: Looking { guard, shown }, state }
    }
}

impl Answers for Answerer {
    /// The response to `request`. A HEAD is answered like a GET, whose body is then left out.
    async fn answer(&self, peer: SocketAddr, request: Request<Incoming>) -> Response<Full<Bytes>> {
        if let Some(response) = self.looking.answer_own(peer, &request).await {
            return response;
        }
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        let is_order = request.method() == Method::POST;
        match request.uri().path() {
            "/livez" if is_read => self.livez(),
            "/readyz" if is_read => self.readyz(),
            "/metrics" if is_read => {
                respond(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", self.state.metrics.render())
            }
            "/clients" if is_read => self.clients(peer, request.headers()).await.unwrap_or_else(Refused::response),
            "/rooms" if is_read => self.rooms(peer, request.headers()).unwrap_or_else(Refused::response),
            "/rooms" if is_order => self.make_room(peer, request).await.unwrap_or_else(Refused::response),
            "/rooms/drain" if is_order => self.end_room(peer, request, false).await.unwrap_or_else(Refused::response),
            "/rooms/close" if is_order => self.end_room(peer, request, true).await.unwrap_or_else(Refused::response),
            "/drain" if is_order => self.drain(peer, request.headers()).unwrap_or_else(Refused::response),
            "/kick" if is_order => self.kick(peer, request).await.unwrap_or_else(Refused::response),
            "/mute" if is_order => self.mute(peer, request, true).await.unwrap_or_else(Refused::response),
            "/unmute" if is_order => self.mute(peer, request, false).await.unwrap_or_else(Refused::response),
            "/report" if is_order => self.report(peer, &request).await.unwrap_or_else(Refused::response),
            "/livez" | "/readyz" | "/metrics" | "/clients" => Refused::NotGet.response(),
            "/drain" | "/kick" | "/mute" | "/unmute" | "/report" | "/rooms" | "/rooms/drain" | "/rooms/close" => {
                Refused::NotPost.response()
            }
            _ => Refused::NoSuchPath.response(),
        }
    }
}

impl Answerer {
    fn livez(&self) -> Response<Full<Bytes>> {
        if self.is_alive() {
            say(StatusCode::OK, "ticking")
        } else {
            say(StatusCode::SERVICE_UNAVAILABLE, "no tick was made for too long")
        }
    }

    fn readyz(&self) -> Response<Full<Bytes>> {
        let AdminState { rooms, stop, .. } = &self.state;
        let why_not = if stop.is_draining() {
            "draining: nobody is let in"
        } else if !self.is_alive() {
            "no tick was made for too long"
        } else if rooms.refuses_joins() {
            "overloaded: nobody is let in"
        } else if self.state.has_log && self.state.metrics.log.writing.get() == 0 {
            // The game goes on, and so players may come.
            return say(
                StatusCode::OK,
                "ready, but the log cannot be written: what happens now is lost with the process",
            );
        } else {
            return say(StatusCode::OK, "ready");
        };
        say(StatusCode::SERVICE_UNAVAILABLE, why_not)
    }

    /// Whether every thread that runs rooms goes on.
    fn is_alive(&self) -> bool {
        self.state.heartbeats.iter().all(|heartbeat| heartbeat.is_alive())
    }

    async fn clients(&self, peer: SocketAddr, headers: &HeaderMap) -> Result<Response<Full<Bytes>>, Refused> {
        self.check(peer.ip(), headers)?;
        let mut listed = Vec::new();
        for entry in self.state.rooms.entries().iter().filter(|entry| !entry.stands()) {
            match self.ask(entry, Order::List).await {
                Ok(clients) => listed.extend(clients),
                // The others of a server with many rooms are of use all the same.
                Err(refused) if !self.state.rooms.is_of_many() => return Err(refused),
                Err(_) => {}
            }
        }
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
        let (client, entry) = self.client_of(request).await?;
        if entry.stands() || !self.ask(&entry, |reply| Order::Kick(client.clone(), reply)).await? {
            return Err(Refused::NoSuchClient);
        }
        tracing::info!(%peer, client, "an operator closed a client");
        Ok(say(StatusCode::OK, "closed, with code 4008"))
    }

    /// Lets a client say no lines any more, or again.
    async fn mute(
        &self,
        peer: SocketAddr,
        request: Request<Incoming>,
        is_silenced: bool,
    ) -> Result<Response<Full<Bytes>>, Refused> {
        self.check(peer.ip(), request.headers())?;
        let (client, entry) = self.client_of(request).await?;
        let order = |reply| Order::Silence { client: client.clone(), is_silenced, reply };
        if entry.stands() || !self.ask(&entry, order).await? {
            return Err(Refused::NoSuchClient);
        }
        tracing::info!(%peer, client, is_silenced, "an operator silenced a client, or let it say lines again");
        Ok(say(StatusCode::OK, if is_silenced { "it says no lines any more" } else { "it may say lines again" }))
    }

    /// The client that an order is about, and its room.
    async fn client_of(&self, request: Request<Incoming>) -> Result<(String, Arc<RoomEntry>), Refused> {
        let ClientRequest { client, room } = self.read(request).await.ok_or(Refused::BadClient)?;
        let entry = match room {
            Some(room) => {
                RoomCode::parse(&room).and_then(|code| self.state.rooms.find(code)).ok_or(Refused::NoSuchRoom)?
            }
            // Clients of several rooms have the same names.
            None if self.state.rooms.is_of_many() => return Err(Refused::BadClient),
            None => self.state.rooms.entries().into_iter().next().ok_or(Refused::NoSuchRoom)?,
        };
        Ok((client, entry))
    }

    /// The last seconds of the room, as a file that `replay` plays.
    async fn report(&self, peer: SocketAddr, request: &Request<Incoming>) -> Result<Response<Full<Bytes>>, Refused> {
        self.check(peer.ip(), request.headers())?;
        let (room, rest) = room_of(request.uri().query().unwrap_or_default());
        let seconds = match &*rest {
            "" => REPORTED_SECONDS,
            rest => rest.strip_prefix("seconds=").and_then(|text| text.parse().ok()).ok_or(Refused::BadReport)?,
        };
        let rooms = &self.state.rooms;
        let entry = match room {
            Some(room) => RoomCode::parse(room).and_then(|code| rooms.find(code)).ok_or(Refused::NoSuchRoom)?,
            None if rooms.is_of_many() => return Err(Refused::WhichRoom),
            None => rooms.entries().into_iter().next().ok_or(Refused::NoSuchRoom)?,
        };
        let moment = self.ask(&entry, |reply| Order::Report(seconds, reply)).await?.ok_or(Refused::NotKept)?;
        tracing::info!(%peer, seconds, room = %entry.code, "an operator took a report");
        Ok(respond(StatusCode::OK, "application/octet-stream", moment.as_file(&self.state.head.make())))
    }

    /// Reads a request's body, in JSON.
    pub(super) async fn read<T: DeserializeOwned>(&self, request: Request<Incoming>) -> Option<T> {
        let body = Limited::new(request.into_body(), ADMIN_BODY_BYTES_MAX).collect();
        let body = timeout(ANSWER_MAX, body).await.ok().and_then(Result::ok)?.to_bytes();
        serde_json::from_slice(&body).ok()
    }

    /// Whether `peer` may do what needs the token.
    pub(super) fn check(&self, peer: IpAddr, headers: &HeaderMap) -> Result<(), Refused> {
        self.looking.guard.check(peer, headers)
    }

    /// Gives a room an order and waits for its answer.
    async fn ask<T>(&self, room: &RoomEntry, order: impl FnOnce(oneshot::Sender<T>) -> Order) -> Result<T, Refused> {
        let (reply, answer) = oneshot::channel();
        room.orders.try_send(order(reply)).map_err(|_| Refused::Busy)?;
        self.state.rooms.wake(room);
        timeout(ANSWER_MAX, answer).await.ok().and_then(Result::ok).ok_or(Refused::Busy)
    }
}

#[derive(Deserialize)]
struct ClientRequest {
    client: String,
    /// Its room, where there may be several.
    #[serde(default)]
    room: Option<String>,
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::ticklog::Head;

    #[test]
    fn a_log_that_cannot_be_written_is_told_by_a_server_that_is_ready_all_the_same() {
        let (metrics, heartbeat) = (Arc::new(Metrics::new("tests")), Arc::new(Heartbeat::new(30)));
        heartbeat.beat(Instant::now());
        let (rooms, _ends) = Roster::of_one(1).expect("there should be a room");
        let head = HeadMaker::of(30, |_| Head::of_test());
        let state = AdminState {
            metrics,
            heartbeats: vec![heartbeat],
            stop: Arc::default(),
            rooms: rooms.into(),
            token: None,
            head,
            has_log: true,
            shown: Inspected::Nothing,
        };
        let mut answerer = Answerer::new(state);
        let length = |answerer: &Answerer| {
            let response = answerer.readyz();
            assert_eq!(response.status(), StatusCode::OK);
            hyper::body::Body::size_hint(response.body()).exact()
        };
        assert!(length(&answerer) > Some(40), "a sentence about the log");
        answerer.state.metrics.log.writing.set(1);
        assert_eq!(length(&answerer), Some("ready\n".len() as u64));
        answerer.state.metrics.log.writing.set(0);
        answerer.state.has_log = false;
        assert_eq!(length(&answerer), Some("ready\n".len() as u64));
    }
}
