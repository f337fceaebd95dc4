//! Orders about rooms: they are listed, made, drained and closed.

use std::net::SocketAddr;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::{HeaderMap, Request, Response, StatusCode};
use serde::Deserialize;

use super::refused::{Refused, respond, say};
use super::routes::Answerer;
use crate::net::Refusal;
use crate::rooms::{ListedRoom, RoomCode, RoomOptions};

/// A room that is to be made.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewRoomRequest {
    #[serde(default)]
    options: RoomOptions,
    /// Is found by its code alone.
    #[serde(default)]
    private: bool,
}

/// A room that is meant.
#[derive(Deserialize)]
struct RoomRequest {
    room: String,
}

impl Answerer {
    /// Lists every room.
    pub(super) fn rooms(&self, peer: SocketAddr, headers: &HeaderMap) -> Result<Response<Full<Bytes>>, Refused> {
        self.check(peer.ip(), headers)?;
        let listed: Vec<ListedRoom> = self.state.rooms.entries().iter().map(|entry| entry.listed_in_full()).collect();
        let text = serde_json::to_vec(&listed).map_err(|_| Refused::Busy)?;
        Ok(respond(StatusCode::OK, "application/json", text))
    }

    /// Makes a room.
    pub(super) async fn make_room(
        &self,
        peer: SocketAddr,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Refused> {
        self.check(peer.ip(), request.headers())?;
        let NewRoomRequest { options, private } = self.read(request).await.ok_or(Refused::BadRoom)?;
        let made = match self.state.rooms.is_of_many() {
            true => self.state.rooms.make_room(options, private),
            false => Err(Refusal::Full),
        };
        let entry = made.map_err(|refusal| match refusal {
            Refusal::Full => Refused::NoMoreRooms,
            Refusal::Elsewhere => Refused::OfFleet,
            _ => Refused::BadRoom,
        })?;
        tracing::info!(%peer, room = %entry.code, "an operator made a room");
        let text = serde_json::to_vec(&entry.listed_in_full()).map_err(|_| Refused::Busy)?;
        Ok(respond(StatusCode::CREATED, "application/json", text))
    }

    /// Drains a room, or closes it at once.
    pub(super) async fn end_room(
        &self,
        peer: SocketAddr,
        request: Request<Incoming>,
        at_once: bool,
    ) -> Result<Response<Full<Bytes>>, Refused> {
        self.check(peer.ip(), request.headers())?;
        let RoomRequest { room } = self.read(request).await.ok_or(Refused::BadRoom)?;
        let found = RoomCode::parse(&room).and_then(|code| self.state.rooms.find(code));
        // The one room of a server ends with that.
        let entry = found.filter(|_| self.state.rooms.is_of_many()).ok_or(Refused::NoSuchRoom)?;
        if at_once {
            entry.end();
        } else {
            entry.drain();
        }
        self.state.rooms.wake(&entry);
        tracing::info!(%peer, room = %entry.code, at_once, "an operator ends a room");
        Ok(say(StatusCode::ACCEPTED, "its players are told; it ends when they are gone or their time is up"))
    }
}
