//! [`Room::save`] and [`Room::load`]: a room as bytes, and a room that goes on from them as if nothing had been.
//!
//! | part | form |
//! | --- | --- |
//! | head | [`MAGIC`], the form's version, the length of what follows: 8, 2 and 8 bytes |
//! | game | its name, the hash of its tables, the terms |
//! | state | everything that decides what comes next, the game's world in the middle |
//! | end | a checksum of all that, 8 bytes |
//!
//! No token, ticket or secret is in it, and so no welcome that was not sent yet has one. Whoever said hello and is not
//! judged yet is to say it anew.

use alloc::string::String;
use alloc::vec::Vec;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use slotmap::SecondaryMap;

use super::lapsed::Lapsed;
use super::past::{ClientView, Past};
use super::published::Published;
use super::published_saved::SavedWorld;
use super::room::Room;
use super::seat::{Seat, SeatStanding};
use super::service_level::ServiceLevel;
use super::stats::RoomStats;
use crate::error::LoadError;
use crate::game::{Game, Ground, Terms, Viewpoint};
use crate::id::ClientId;
use crate::message::{Announcement, control, game_hash};
use crate::rng::Rng;
use crate::slots::Slots;
use crate::tick::Tick;

/// First bytes of a saved room.
const MAGIC: [u8; 8] = *b"ausproom";
/// Version of the form.
const VERSION: u16 = 1;
const HEAD_BYTES: usize = 18;
const SUM_BYTES: usize = 8;

/// A game whose world can be saved and loaded, so that its room can. Whatever serde reads and writes is one.
///
/// A world that was loaded goes on exactly as the one that was saved does: it is to hold everything that a later tick
/// depends on. [`Slots`] are keys of entities that do; a `SlotMap` of slotmap forgets which slot is next.
/// `sim::Arena::keep_twin` (feature `sim`) says what a game forgets.
pub trait Saved: Game {
    /// The world as the game saves it.
    fn save(&self) -> Vec<u8>;

    /// The world that was saved; none where the bytes make no sense.
    fn load(ground: &Ground<Self>, saved: &[u8]) -> Option<Self>;

    /// Brings the running world to what [`load`](Self::load) would make of it, just before it is saved: for state that
    /// cannot be written down, such as a physics pipeline that has to be made anew. By default there is none.
    fn settle(&mut self) {}
}

impl<G: Game + Serialize + DeserializeOwned> Saved for G {
    fn save(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        assert!(control::save(self, &mut bytes), "what a game derives should be written");
        bytes
    }

    fn load(_: &Ground<Self>, mut saved: &[u8]) -> Option<Self> {
        control::load(&mut saved).filter(|_| saved.is_empty())
    }
}

/// State of a room beside its game, written from where it lies.
#[derive(Serialize)]
#[serde(bound = "")]
struct SavedState<'a, G: Game> {
    tick: Tick,
    rng: &'a Rng,
    clients_max: usize,
    grace_ticks: u32,
    seats: &'a Slots<ClientId, Seat<G>>,
    lapsed: &'a Lapsed,
    departed: &'a [(ClientId, String)],
    published: SavedWorld<'a>,
    viewpoints: &'a SecondaryMap<ClientId, Viewpoint>,
    client_views: &'a SecondaryMap<ClientId, ClientView>,
    past: &'a Past,
    announcement: Announcement,
    service_level: ServiceLevel,
    stats: RoomStats,
    token_start: Option<[u8; 8]>,
}

/// The same as it is read: field by field what [`SavedState`] has.
#[derive(Deserialize)]
#[serde(bound = "")]
struct LoadedState<G: Game> {
    tick: Tick,
    rng: Rng,
    clients_max: usize,
    grace_ticks: u32,
    seats: Slots<ClientId, Seat<G>>,
    lapsed: Lapsed,
    departed: Vec<(ClientId, String)>,
    published: SavedWorld<'static>,
    viewpoints: SecondaryMap<ClientId, Viewpoint>,
    client_views: SecondaryMap<ClientId, ClientView>,
    past: Past,
    announcement: Announcement,
    service_level: ServiceLevel,
    stats: RoomStats,
    token_start: Option<[u8; 8]>,
}

impl<G: Saved> Room<G> {
    /// The room as bytes, between two ticks. The running game is [settled](Saved::settle) for it.
    pub fn save(&mut self) -> Vec<u8> {
        self.settle();
        let mut body = Vec::new();
        let is_written = control::save(&(G::NAME, game_hash::<G>()), &mut body)
            && control::save(&self.ground.terms, &mut body)
            && control::save(&self.game.save(), &mut body)
            && control::save(&self.state(), &mut body);
        assert!(is_written, "plain values should be written");
        framed(&body)
    }

    fn state(&self) -> SavedState<'_, G> {
        let is_told = |seat: &&Seat<G>| seat.view.has_begun();
        let told = self.seats.values().filter(is_told).map(|seat| seat.view.window.sent).min();
        SavedState {
            tick: self.tick,
            rng: &self.rng,
            clients_max: self.clients_max,
            grace_ticks: self.grace_ticks,
            seats: &self.seats,
            lapsed: &self.lapsed,
            departed: &self.departed,
            published: self.published.save(told.unwrap_or(self.tick)),
            viewpoints: &self.viewpoints,
            client_views: &self.client_views,
            past: &self.past,
            announcement: self.announcement,
            service_level: self.service_level,
            // Where nothing was told nothing is recorded, so that a replay would not know.
            stats: RoomStats { held_back: 0, ..self.stats },
            token_start: self.token_start,
        }
    }

    /// The room that was saved, by the terms that it must have been played by.
    ///
    /// # Errors
    /// [`LoadError`], where that is not what these bytes are. No byte may be wrong or missing.
    pub fn load(terms: Terms<G::Rules>, saved: &[u8]) -> Result<Self, LoadError> {
        let body = body_of::<G>(saved)?;
        let mut wanted = Vec::new();
        control::save(&terms, &mut wanted);
        Self::load_state(terms, body.strip_prefix(&*wanted).ok_or(LoadError::TermsDiffer)?)
    }

    /// The same by whatever terms it was played by: to look at it, or to play a record again.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_as_it_was(saved: &[u8]) -> Result<Self, LoadError> {
        let mut body = body_of::<G>(saved)?;
        let terms = control::load(&mut body).ok_or(LoadError::Unfit)?;
        Self::load_state(terms, body)
    }

    fn load_state(terms: Terms<G::Rules>, mut body: &[u8]) -> Result<Self, LoadError> {
        let world: Vec<u8> = control::load(&mut body).ok_or(LoadError::Unfit)?;
        let state: LoadedState<G> = control::load(&mut body).filter(|_| body.is_empty()).ok_or(LoadError::Unfit)?;
        let room = Self::with_loaded(terms, state.clients_max, |ground| G::load(ground, &world));
        let mut room = room.map_err(|_| LoadError::Unfit)?.ok_or(LoadError::World)?;
        room.take_state(state)?;
        Ok(room)
    }

    fn take_state(&mut self, state: LoadedState<G>) -> Result<(), LoadError> {
        let LoadedState { tick, rng, clients_max: _, grace_ticks, mut seats, lapsed, departed, published, .. } = state;
        seats.values_mut().for_each(|seat| seat.view.count_held());
        let terms = &self.ground.terms;
        let published = Published::load(published, terms.tick_hz, terms.keep_radius());
        self.published = published.ok().flatten().ok_or(LoadError::Unfit)?;
        self.past = self.past.replaced::<G>(state.past).ok_or(LoadError::Unfit)?;
        (self.tick, self.rng, self.grace_ticks, self.lapsed, self.departed) = (tick, rng, grace_ticks, lapsed, departed);
        (self.viewpoints, self.client_views, self.token_start) = (state.viewpoints, state.client_views, state.token_start);
        (self.announcement, self.service_level, self.stats) = (state.announcement, state.service_level, state.stats);
        let count = |is: fn(SeatStanding) -> bool| seats.values().filter(|seat| is(seat.standing)).count();
        self.taken = count(SeatStanding::is_player);
        self.suspended = count(|standing| matches!(standing, SeatStanding::Suspended { .. }));
        self.spares = count(|standing| matches!(standing, SeatStanding::Spare(_)));
        self.seats = seats;
        Ok(())
    }
}

/// Bytes behind the game's name and tables in a saved room, if they are this game's.
fn body_of<G: Game>(saved: &[u8]) -> Result<&[u8], LoadError> {
    let mut body = unframed(saved)?;
    let (name, schema): (String, u64) = control::load(&mut body).ok_or(LoadError::Unfit)?;
    if name != G::NAME {
        return Err(LoadError::GameDiffers { saved: name });
    }
    if schema != game_hash::<G>() {
        return Err(LoadError::SchemaDiffers { saved: schema, here: game_hash::<G>() });
    }
    Ok(body)
}

/// The body between its head and its checksum.
fn framed(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEAD_BYTES + body.len() + SUM_BYTES);
    bytes.extend(MAGIC);
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend((body.len() as u64).to_le_bytes());
    bytes.extend(body);
    bytes.extend(checksum(&bytes).to_le_bytes());
    bytes
}

/// The body of what was framed, if it is whole.
fn unframed(bytes: &[u8]) -> Result<&[u8], LoadError> {
    let (magic, rest) = bytes.split_first_chunk().ok_or(LoadError::NotARoom)?;
    if *magic != MAGIC {
        return Err(LoadError::NotARoom);
    }
    let (version, rest) = rest.split_first_chunk().ok_or(LoadError::Damaged)?;
    let version = u16::from_le_bytes(*version);
    let (length, rest) = rest.split_first_chunk().ok_or(LoadError::Damaged)?;
    let (body, sum) = rest.split_last_chunk().ok_or(LoadError::Damaged)?;
    let is_whole = u64::from_le_bytes(*length) == body.len() as u64
        && u64::from_le_bytes(*sum) == checksum(&bytes[..bytes.len() - SUM_BYTES]);
    if version != VERSION && is_whole {
        return Err(LoadError::VersionDiffers { saved: version, here: VERSION });
    }
    if is_whole { Ok(body) } else { Err(LoadError::Damaged) }
}

/// FNV-1a of 64 bits over words of eight bytes, the last filled up with zeros: a wrong word is never missed.
fn checksum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    words.iter().chain([&last]).fold(0xcbf2_9ce4_8422_2325, |hash: u64, word| {
        let mixed = (hash ^ u64::from_le_bytes(*word)).wrapping_mul(0x0100_0000_01b3);
        mixed ^ mixed >> 32
    })
}
