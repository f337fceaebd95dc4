//! Halls of other nodes: each spreads the lines that are said to everyone, and now and then who plays there.
//! Leaflets are lost, late and come twice, and nobody waits for one.

use std::collections::BTreeSet;
use std::time::Instant;

use auspice::message::{is_fit_line, is_fit_name};
use serde::{Deserialize, Serialize};

use super::hall::{Abroad, TalkHall};
use crate::limits::{
    LEAFLETS_WAITING_MAX, NODES_HEARD_MAX, PLAYERS_SPREAD_MAX, PLAYERS_TOLD_MAX, PRESENCE_AGAIN, PRESENCE_BYTES_MAX,
    PRESENCE_EVERY, PRESENCE_FOR, ROOM_OPTIONS_MAX, ROOMS_SPREAD_MAX,
};
use crate::rooms::{ListedRoom, RoomCode, is_fit_option};

/// A leaflet, in JSON.
#[derive(Serialize, Deserialize)]
struct Leaflet<T> {
    /// The hall that spreads it.
    from: u64,
    /// Counts its leaflets.
    number: u64,
    body: T,
}

/// A leaflet's contents. A program that does not know one passes it over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum LeafletBody {
    /// Said to everyone; none is the room of who is in a private one.
    Line { room: Option<String>, name: String, text: String },
    /// Players and rooms that others may know of.
    Present(PresentPlayers),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct PresentPlayers {
    count: usize,
    /// Names, each with its room's code.
    people: Vec<(String, String)>,
    rooms: Vec<ListedRoom>,
}

impl PresentPlayers {
    /// Whether it is what a node of ours may say.
    fn is_fit(&self) -> bool {
        let is_room = |room: &ListedRoom| {
            is_code(&room.code)
                && room.players.max(room.places) <= PLAYERS_TOLD_MAX
                && room.options.len() <= ROOM_OPTIONS_MAX
                && room.options.iter().all(|(name, value)| is_fit_option(name) && is_fit_option(value))
        };
        self.count <= PLAYERS_TOLD_MAX
            && self.people.len() <= PLAYERS_SPREAD_MAX
            && self.rooms.len() <= ROOMS_SPREAD_MAX
            && self.people.iter().all(|(name, room)| is_fit_name(name) && is_code(room))
            && self.rooms.iter().all(is_room)
    }

    /// Codes of the rooms that it tells of, and that `former` does not.
    fn new_rooms<'a>(&'a self, former: &Abroad) -> BTreeSet<&'a str> {
        let known: BTreeSet<&str> = codes(&former.people, &former.rooms).collect();
        codes(&self.people, &self.rooms).filter(|code| !known.contains(code)).collect()
    }
}

/// Codes of rooms that are told of, some of them more than once.
fn codes<'a>(people: &'a [(String, String)], rooms: &'a [ListedRoom]) -> impl Iterator<Item = &'a str> {
    people.iter().map(|(_, room)| room.as_str()).chain(rooms.iter().map(|room| room.code.as_str()))
}

impl Abroad {
    /// These rooms are another node's by now.
    fn forget_rooms(&mut self, codes: &BTreeSet<&str>) {
        let before = self.people.len();
        self.people.retain(|(_, room)| !codes.contains(room.as_str()));
        self.count = self.count.saturating_sub(before - self.people.len());
        if self.rooms.iter().any(|room| codes.contains(room.code.as_str())) {
            self.rooms = self.rooms.iter().filter(|room| !codes.contains(room.code.as_str())).cloned().collect();
        }
    }
}

fn is_code(text: &str) -> bool {
    RoomCode::parse(text).is_some_and(|code| code.to_string() == text)
}

impl TalkHall {
    /// Is one of several from now on, under a number that no other has.
    pub(crate) fn join(&mut self, node: u64) {
        self.leaflets.node = Some(node);
    }

    /// The next leaflet for other nodes, of lines that were said.
    pub(crate) fn next_leaflet(&mut self) -> Option<Vec<u8>> {
        self.leaflets.waiting.pop_front()
    }

    /// Whether it is time to look whether others are to be told of who plays here.
    pub(crate) fn is_presence_due(&self, now: Instant) -> bool {
        let told = self.leaflets.told.as_ref();
        told.is_none_or(|(told_at, _)| now.saturating_duration_since(*told_at) >= PRESENCE_EVERY)
    }

    /// A leaflet of who plays here, in rooms that are listed as `rooms`, where it is time for one: when that has
    /// changed, and now and then.
    pub(crate) fn presence(&mut self, rooms: Vec<ListedRoom>, now: Instant) -> Option<Vec<u8>> {
        if !self.is_presence_due(now) {
            return None;
        }
        let age = self.leaflets.told.as_ref().map(|(told_at, _)| now.saturating_duration_since(*told_at));
        self.abroad.retain(|_, node| now.saturating_duration_since(node.heard_at) < PRESENCE_FOR);
        let (body, bytes) = self.present_body(rooms);
        let is_news = self.leaflets.told.as_ref().is_none_or(|(_, last)| *last != bytes);
        if !is_news && age.is_some_and(|age| age < PRESENCE_AGAIN) {
            return None;
        }
        self.leaflets.told = Some((now, bytes));
        self.leaflet(&body)
    }

    /// The last leaflet: nobody is here any more.
    pub(crate) fn farewell(&mut self) -> Option<Vec<u8>> {
        let nobody = PresentPlayers { count: 0, people: Vec::new(), rooms: Vec::new() };
        let last = self.leaflet(&LeafletBody::Present(nobody));
        self.leaflets.node = None;
        last
    }

    /// The presence of who is here, and its bytes: fewer are named where they are too many for one leaflet.
    fn present_body(&self, mut rooms: Vec<ListedRoom>) -> (LeafletBody, Vec<u8>) {
        let (count, people) = self.people();
        let mut people: Vec<_> =
            people.take(PLAYERS_SPREAD_MAX).map(|(name, room)| (name.to_owned(), room.to_string())).collect();
        rooms.truncate(ROOMS_SPREAD_MAX);
        loop {
            let body = LeafletBody::Present(PresentPlayers { count, people: people.clone(), rooms: rooms.clone() });
            // Plain texts and numbers can be written.
            let bytes = serde_json::to_vec(&body).unwrap_or_default();
            if bytes.len() <= PRESENCE_BYTES_MAX {
                return (body, bytes);
            }
            people.truncate(people.len() / 2);
            rooms.truncate(rooms.len() / 2);
        }
    }

    /// A line that was said here goes to other nodes, if there are any. The oldest is lost where too many wait.
    pub(super) fn spread_line(&mut self, room: Option<&str>, name: &str, text: &str) {
        let body = LeafletBody::Line { room: room.map(Into::into), name: name.into(), text: text.into() };
        let Some(leaflet) = self.leaflet(&body) else { return };
        if self.leaflets.waiting.len() >= LEAFLETS_WAITING_MAX {
            self.leaflets.waiting.pop_front();
        }
        self.leaflets.waiting.push_back(leaflet);
    }

    fn leaflet(&mut self, body: &LeafletBody) -> Option<Vec<u8>> {
        let from = self.leaflets.node?;
        self.leaflets.number += 1;
        serde_json::to_vec(&Leaflet { from, number: self.leaflets.number, body }).ok()
    }

    /// A leaflet of another node came.
    pub(crate) fn hear(&mut self, leaflet: &[u8], now: Instant) {
        let Ok(Leaflet { from, number, body }) = serde_json::from_slice::<Leaflet<LeafletBody>>(leaflet) else {
            return;
        };
        let is_known = self.abroad.contains_key(&from);
        if self.leaflets.node.is_none_or(|node| node == from) || (!is_known && self.abroad.len() >= NODES_HEARD_MAX) {
            return;
        }
        let nobody = Abroad { number: 0, heard_at: now, count: 0, people: Vec::new(), rooms: [].into() };
        let node = self.abroad.entry(from).or_insert(nobody);
        if number <= node.number {
            return;
        }
        (node.number, node.heard_at) = (number, now);
        match body {
            LeafletBody::Line { room, name, text } => {
                if is_fit_name(&name) && is_fit_line(&text) && room.as_deref().is_none_or(is_code) {
                    self.say_from_abroad(room, &name, &text, now);
                }
            }
            LeafletBody::Present(presence) if presence.is_fit() => {
                let new = presence.new_rooms(node);
                if !new.is_empty() {
                    let others = self.abroad.iter_mut().filter(|(other, _)| **other != from);
                    others.for_each(|(_, other)| other.forget_rooms(&new));
                }
                let PresentPlayers { count, people, rooms } = presence;
                let Some(node) = self.abroad.get_mut(&from) else { return };
                (node.count, node.people, node.rooms) = (count, people, rooms.into());
                if !self.is_on() {
                    self.hide_people();
                }
            }
            LeafletBody::Present(_) => {}
        }
    }

    /// Names nobody of other nodes, where nobody is told of here.
    fn hide_people(&mut self) {
        self.abroad.values_mut().for_each(|node| (node.count, node.people) = (0, Vec::new()));
    }
}
