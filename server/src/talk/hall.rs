//! [`TalkHall`]: lines that are said to everyone, and who plays where. It has no clock: time comes in as an argument.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use auspice::ClientId;
use auspice::message::{Channel, Talk};
use serde::Serialize;

use super::heard::SentLine;
use crate::limits::{
    ALL_LINES_BURST, ALL_LINES_PER_SECOND, LINES_KEPT_MAX, PLAYERS_LISTED_MAX, SILENCED_MAX, SPEAKER_LINES_BURST,
    SPEAKER_LINES_PER_SECOND, SPEAKERS_MAX,
};
use crate::net::{Bucket, Rate, Source};
use crate::rooms::{ListedRoom, RoomCode};

/// Rate of the lines to everyone that are said here; those of other nodes have as much of their own.
const ALL: Rate = Rate { burst: ALL_LINES_BURST, per_second: ALL_LINES_PER_SECOND };
/// Rate of one speaker's lines, over all its connections.
const OF_ONE: Rate = Rate { burst: SPEAKER_LINES_BURST, per_second: SPEAKER_LINES_PER_SECOND };

/// Somebody who says lines, as an operator silences it and its lines count.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Speaker {
    /// The player whom somebody vouches for by this id.
    Player(String),
    /// Anybody who comes from there.
    Source(Source),
    /// A seat of this machine's own, which has no source.
    Seat(RoomCode, ClientId),
}

/// Another node's word of who plays there.
#[derive(Debug)]
#[cfg_attr(not(any(test, feature = "nats")), expect(dead_code, reason = "a server is alone without it"))]
pub(super) struct Abroad {
    /// The number of its last leaflet: older ones and those that come twice are told by it.
    pub(super) number: u64,
    pub(super) heard_at: Instant,
    /// Players of its public rooms, those who are not named among them.
    pub(super) count: usize,
    /// Names, each with the code of its room.
    pub(super) people: Vec<(String, String)>,
    /// Shared, so that they are looked through without the hall's lock.
    pub(super) rooms: Arc<[ListedRoom]>,
}

/// Leaflets of a hall for other nodes.
#[derive(Debug, Default)]
#[cfg_attr(not(any(test, feature = "nats")), expect(dead_code, reason = "a server is alone without it"))]
pub(super) struct Leaflets {
    /// A number of this hall; none while it is of no fleet.
    pub(super) node: Option<u64>,
    /// Leaflets of lines, on their way.
    pub(super) waiting: VecDeque<Vec<u8>>,
    /// The number of the last one.
    pub(super) number: u64,
    /// The last word to other nodes of who is here, and its time.
    pub(super) told: Option<(Instant, Vec<u8>)>,
}

/// All rooms' part in what is said.
#[derive(Debug)]
pub(crate) struct TalkHall {
    /// Whether anybody talks here, and is told of.
    is_on: bool,
    /// The last lines to everyone, and the number of the newest, counted from 1.
    lines: VecDeque<SentLine>,
    newest: u64,
    rate: Bucket,
    #[cfg_attr(not(any(test, feature = "nats")), expect(dead_code, reason = "a server is alone without it"))]
    rate_abroad: Bucket,
    /// Credit of those who have said something just now.
    speakers: HashMap<Speaker, Bucket>,
    /// Players of public rooms.
    present: BTreeMap<RoomCode, BTreeMap<ClientId, String>>,
    silenced: VecDeque<Speaker>,
    /// Other nodes, by their numbers.
    pub(super) abroad: BTreeMap<u64, Abroad>,
    #[cfg_attr(not(any(test, feature = "nats")), expect(dead_code, reason = "a server is alone without it"))]
    pub(super) leaflets: Leaflets,
}

/// A player, as a list shows it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ListedPlayer {
    pub(crate) name: String,
    /// The code of its room.
    pub(crate) room: String,
}

/// Players of public rooms, as a list shows them.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ListedPlayers {
    /// All of them, however many are named.
    pub(crate) count: usize,
    pub(crate) players: Vec<ListedPlayer>,
}

impl TalkHall {
    /// A hall without anybody, in which nobody talks where it is not on.
    pub(crate) fn new(is_on: bool, now: Instant) -> Self {
        Self {
            is_on,
            lines: VecDeque::new(),
            newest: 0,
            rate: Bucket::new(now),
            rate_abroad: Bucket::new(now),
            speakers: HashMap::new(),
            present: BTreeMap::new(),
            silenced: VecDeque::new(),
            abroad: BTreeMap::new(),
            leaflets: Leaflets::default(),
        }
    }

    #[cfg(any(test, feature = "nats"))]
    pub(super) const fn is_on(&self) -> bool {
        self.is_on
    }

    /// A player of a public room is there.
    pub(crate) fn enter(&mut self, room: RoomCode, client: ClientId, name: &str) {
        if self.is_on {
            self.present.entry(room).or_default().insert(client, name.to_owned());
        }
    }

    /// A player is not there any more.
    pub(crate) fn leave(&mut self, room: RoomCode, client: ClientId) {
        if let Some(people) = self.present.get_mut(&room) {
            people.remove(&client);
            if people.is_empty() {
                self.present.remove(&room);
            }
        }
    }

    /// Takes everybody out of a room, whose seats are others' from now on.
    pub(crate) fn clear(&mut self, room: RoomCode) {
        self.present.remove(&room);
        self.silenced.retain(|who| !matches!(who, Speaker::Seat(of, _) if *of == room));
    }

    /// Counts a line for who says it.
    ///
    /// # Errors
    /// A sentence for the player, where it has said too many, over all its connections.
    pub(crate) fn count_line(&mut self, speaker: Speaker, now: Instant) -> Result<(), &'static str> {
        if self.speakers.len() >= SPEAKERS_MAX && !self.speakers.contains_key(&speaker) {
            self.speakers.retain(|_, bucket| !bucket.is_full(now));
            if self.speakers.len() >= SPEAKERS_MAX {
                return Err("Too many say something just now: wait a moment.");
            }
        }
        let bucket = self.speakers.entry(speaker).or_insert_with(|| Bucket::new(now));
        bucket.take(1, OF_ONE, now).then_some(()).ok_or("You say too many lines: wait a moment.")
    }

    /// Says a line to everyone, of a player in `room`, which is none where it is private.
    ///
    /// # Errors
    /// A sentence for the player, where too many lines are said.
    pub(crate) fn say(
        &mut self,
        room: Option<RoomCode>,
        name: &str,
        text: &str,
        now: Instant,
    ) -> Result<(), &'static str> {
        if !self.rate.take(1, ALL, now) {
            return Err("Too many lines are said to all just now: wait a moment.");
        }
        let room = room.map(|code| code.to_string());
        #[cfg(any(test, feature = "nats"))]
        self.spread_line(room.as_deref(), name, text);
        self.put(room, name, text);
        Ok(())
    }

    /// A line of another node. It is dropped where too many are said.
    #[cfg(any(test, feature = "nats"))]
    pub(super) fn say_from_abroad(&mut self, room: Option<String>, name: &str, text: &str, now: Instant) {
        if self.is_on && self.rate_abroad.take(1, ALL, now) {
            self.put(room, name, text);
        }
    }

    fn put(&mut self, room: Option<String>, name: &str, text: &str) {
        let line = Talk::Line { channel: Channel::All, room, name: name.into(), text: text.into() };
        if self.lines.len() >= LINES_KEPT_MAX {
            self.lines.pop_front();
        }
        self.lines.push_back(line.write().into());
        self.newest += 1;
    }

    /// The number of the newest line to everyone.
    pub(crate) const fn newest(&self) -> u64 {
        self.newest
    }

    /// Lines to everyone behind the one of this number, of those that are kept, with their numbers.
    pub(crate) fn lines_behind(&self, heard: u64) -> impl Iterator<Item = (u64, &SentLine)> {
        let count = usize::try_from(self.newest.saturating_sub(heard)).unwrap_or(usize::MAX);
        let first = self.newest - self.lines.len() as u64 + 1;
        (first..).zip(&self.lines).skip(self.lines.len().saturating_sub(count))
    }

    /// Names of players in public rooms here, each with its room, and how many there are.
    pub(super) fn people(&self) -> (usize, impl Iterator<Item = (&str, RoomCode)>) {
        let count = self.present.values().map(BTreeMap::len).sum();
        (count, self.present.iter().flat_map(|(room, people)| people.values().map(|name| (name.as_str(), *room))))
    }

    /// Players of public rooms here and of other nodes, [`PLAYERS_LISTED_MAX`] of them by name.
    pub(crate) fn list_players(&self) -> ListedPlayers {
        let (count, here) = self.people();
        let here = here.map(|(name, room)| ListedPlayer { name: name.into(), room: room.to_string() });
        // A room that has just come here is told of by its former node for a moment.
        let is_elsewhere = |room: &str| RoomCode::parse(room).is_none_or(|code| !self.present.contains_key(&code));
        let people = self.abroad.values().flat_map(|node| &node.people);
        let elsewhere = people
            .filter(|(_, room)| is_elsewhere(room))
            .map(|(name, room)| ListedPlayer { name: name.clone(), room: room.clone() });
        let count = count + self.abroad.values().fold(0_usize, |sum, node| sum.saturating_add(node.count));
        ListedPlayers { count, players: here.chain(elsewhere).take(PLAYERS_LISTED_MAX).collect() }
    }

    /// Rooms of other nodes, as each told of them.
    pub(crate) fn rooms_abroad(&self) -> Vec<Arc<[ListedRoom]>> {
        self.abroad.values().map(|node| Arc::clone(&node.rooms)).collect()
    }

    /// Lets somebody say nothing any more, or again. Of [`SILENCED_MAX`] the oldest is forgotten.
    pub(crate) fn silence(&mut self, who: Speaker, is_silenced: bool) {
        self.silenced.retain(|other| *other != who);
        if is_silenced {
            if self.silenced.len() >= SILENCED_MAX {
                self.silenced.pop_front();
            }
            self.silenced.push_back(who);
        }
    }

    /// Whether somebody who is called all of these is to say nothing.
    pub(crate) fn is_silenced(&self, names: &[Speaker]) -> bool {
        self.silenced.iter().any(|who| names.contains(who))
    }
}
