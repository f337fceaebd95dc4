//! Orders about rooms: they are listed, made, drained and closed.

use std::net::SocketAddr;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::{HeaderMap, Request, Response, StatusCode};
use serde::Deserialize;

use super::refused::{Refused, respond, say};
use super::routes::Answerer;
use crate::fleet::{FoundRoom, Wanted};
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
            true => self.state.rooms.make_room(options.clone(), private),
            false => Err(Refusal::Full),
        };
        let room = match made {
            Ok(entry) => entry.listed_in_full(),
            Err(Refusal::Full) => return Err(Refused::NoMoreRooms),
            Err(Refusal::Elsewhere) => self.make_room_of_fleet(options, private).await?,
            Err(_) => return Err(Refused::BadRoom),
        };
        tracing::info!(%peer, room = room.code, address = room.address, "an operator made a room");
        let text = serde_json::to_vec(&room).map_err(|_| Refused::Busy)?;
        Ok(respond(StatusCode::CREATED, "application/json", text))
    }

    /// Has the fleet make a room, at the node with the most place.
    async fn make_room_of_fleet(&self, options: RoomOptions, is_private: bool) -> Result<ListedRoom, Refused> {
        let fleet = self.state.rooms.fleet().ok_or(Refused::BadRoom)?;
        let found = fleet.seek(Wanted::New { options: options.clone(), is_private, is_for_one: false }, None).await;
        match found {
            Ok(FoundRoom::Here(code)) => {
                self.state.rooms.find(code).map(|entry| entry.listed_in_full()).ok_or(Refused::OfFleet)
            }
            Ok(FoundRoom::There { code, moved }) => Ok(ListedRoom {
                code: code.to_string(),
                players: 0,
                places: self.state.rooms.places(&options),
                options,
                is_private: Some(is_private),
                state: None,
                address: Some(moved.address),
            }),
            Ok(FoundRoom::Nowhere | FoundRoom::Later) | Err(_) => Err(Refused::OfFleet),
        }
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
