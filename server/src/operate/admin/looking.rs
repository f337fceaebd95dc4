//! [`Looking`]: the inspector's page, which anyone may have, and what it shows, which needs the token.

use std::net::SocketAddr;
use std::sync::Arc;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CACHE_CONTROL, HeaderValue, LOCATION, X_CONTENT_TYPE_OPTIONS};
use hyper::{Method, Request, Response, StatusCode};

use super::answers::Answers;
use super::guard::Guard;
use super::looked_at::RoomsLookedAt;
use super::refused::{Refused, respond, say};
use crate::operate::inspector::{INSPECTOR, Inspector, page_file};

/// Rooms that the inspector shows.
#[derive(Clone)]
pub(crate) enum Inspected {
    /// No room: nobody may look.
    Nothing,
    /// A single room, running or of a log.
    Room(Arc<Inspector>),
    /// Rooms of a server of many, each by its code.
    Rooms(Arc<RoomsLookedAt>),
}

/// Answers for whatever lies behind the inspector's path.
pub(super) struct Looking {
    pub(super) guard: Guard,
    pub(super) shown: Inspected,
}

impl Looking {
    /// The response to a request for a path of the inspector's; none for any other path.
    pub(super) async fn answer_own(
        &self,
        peer: SocketAddr,
        request: &Request<Incoming>,
    ) -> Option<Response<Full<Bytes>>> {
        let path = request.uri().path();
        let is_bare = Some(path) == INSPECTOR.strip_suffix('/');
        let what = if is_bare { "" } else { path.strip_prefix(INSPECTOR)? };
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Some(Refused::NotGet.response());
        }
        if is_bare {
            return Some(led_on());
        }
        Some(match page_file(what) {
            Some(file) => file,
            None => self.data(peer, request, what).await.unwrap_or_else(Refused::response),
        })
    }

    async fn data(
        &self,
        peer: SocketAddr,
        request: &Request<Incoming>,
        what: &str,
    ) -> Result<Response<Full<Bytes>>, Refused> {
        self.guard.check(peer.ip(), request.headers())?;
        let query = request.uri().query().unwrap_or_default();
        let text = match &self.shown {
            Inspected::Nothing => return Err(Refused::NoTokenSet),
            Inspected::Room(inspector) => inspector.answer(what, query).await.map_err(Refused::NotShown)?,
            Inspected::Rooms(rooms) => {
                let (room, rest) = room_of(query);
                rooms.answer(room.ok_or(Refused::WhichRoom)?, what, &rest).await?
            }
        };
        let mut response = respond(StatusCode::OK, "application/json", text);
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        Ok(response)
    }
}

/// The room that a query names by `room=CODE`, and the rest of it.
pub(super) fn room_of(query: &str) -> (Option<&str>, String) {
    let (mut room, mut rest) = (None, Vec::new());
    for pair in query.split('&') {
        match pair.strip_prefix("room=") {
            Some(code) => room = Some(code),
            None => rest.push(pair),
        }
    }
    (room, rest.join("&"))
}

/// The page's files are named beside it, so that its address must end as it does.
fn led_on() -> Response<Full<Bytes>> {
    let mut response = say(StatusCode::PERMANENT_REDIRECT, "the inspector is at /inspector/");
    response.headers_mut().insert(LOCATION, HeaderValue::from_static("inspector/"));
    response
}

/// A log that is looked at: there is nothing else.
impl Answers for Looking {
    async fn answer(&self, peer: SocketAddr, request: Request<Incoming>) -> Response<Full<Bytes>> {
        self.answer_own(peer, &request).await.unwrap_or_else(|| Refused::NoSuchPath.response())
    }
}
