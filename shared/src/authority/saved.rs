//! [`Room::save`] and [`Room::load`]: a room as bytes, and a room that goes on from them as if nothing had been.
//!
//! | part | form |
//! | --- | --- |
//! | head | [`MAGIC`], the form's version, the length of what follows: 8, 2 and 8 bytes |
//! | game | its name, the hash of its tables, the terms |
//! | world | the length of the game's world, 8 bytes, and the world |
//! | state | everything else that decides what comes next |
//! | end | a checksum of all that, 8 bytes |
//!
//! No token, ticket or secret is in it, and so no welcome that was not sent yet has one. Whoever said hello and is not
//! judged yet is to say it anew.

use alloc::string::String;
use alloc::vec::Vec;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use slotmap::SecondaryMap;

use super::former_rows::FormerRows;
use super::lapsed::Lapsed;
use super::past::ClientView;
use super::published::Published;
use super::published_saved::SavedWorld;
use super::room::Room;
use super::seat::{Seat, SeatStanding};
use super::service_level::ServiceLevel;
use super::stats::RoomStats;
use crate::error::LoadError;
use crate::game::{Game, Ground, Terms, Viewpoint};
use crate::id::ClientId;
use crate::limits::SAVE_BYTES_MAX;
use crate::message::{Announcement, control, game_hash};
use crate::rng::Rng;
use crate::slots::Slots;
use crate::tick::Tick;

/// First bytes of a saved room.
const MAGIC: [u8; 8] = *b"ausproom";
/// Version of the form: another one where a part of [`SavedState`], or of what is in it, is another.
/// `shared/tests/save.rs` has a room's bytes in each.
const VERSION: u16 = 3;
const LENGTH_BYTES: usize = 8;
const SUM_BYTES: usize = 8;

/// A game whose world can be saved and loaded, so that its room can. Whatever serde reads and writes is one.
///
/// A world that was loaded goes on exactly as the one that was saved does: it is to hold everything that a later tick
/// depends on. [`Slots`] are keys of entities that do; a `SlotMap` of slotmap forgets which slot is next.
/// `sim::Arena::keep_twin` (feature `sim`) says what a game forgets.
pub trait Saved: Game {
    /// Appends the world to `out`, as the game saves it.
    fn save(&self, out: &mut Vec<u8>);

    /// The world that was saved; none where the bytes make no sense.
    fn load(ground: &Ground<Self>, saved: &[u8]) -> Option<Self>;

    /// Brings the running world to what [`load`](Self::load) would make of it, just before it is saved: for state that
    /// cannot be written down, such as a physics pipeline that has to be made anew. By default there is none.
    fn settle(&mut self) {}
}

impl<G: Game + Serialize + DeserializeOwned> Saved for G {
    fn save(&self, out: &mut Vec<u8>) {
        save_value(self, out);
    }

    fn load(_: &Ground<Self>, saved: &[u8]) -> Option<Self> {
        load_value(saved)
    }
}

/// Appends a value to `out` as the world of a game is saved that derives `Serialize`: for games that write
/// [`Saved`] themselves.
///
/// # Panics
/// If serde cannot write it.
pub fn save_value<T: Serialize>(value: &T, out: &mut Vec<u8>) {
    assert!(control::save(value, out), "what a game derives should be written");
}

/// The value that all of these bytes are, by [`save_value`].
#[must_use]
pub fn load_value<T: DeserializeOwned>(mut saved: &[u8]) -> Option<T> {
    control::load(&mut saved).filter(|_| saved.is_empty())
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
    past: &'a [FormerRows],
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
    past: Vec<FormerRows>,
    announcement: Announcement,
    service_level: ServiceLevel,
    stats: RoomStats,
    token_start: Option<[u8; 8]>,
}

impl<G: Saved> Room<G> {
    /// The room as bytes, between two ticks. The running game is [settled](Saved::settle) for it.
    ///
    /// # Panics
    /// If it is more than [`SAVE_BYTES_MAX`], or the game panics.
    pub fn save(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.save_into(&mut bytes);
        bytes
    }

    /// The same in memory that there is, in place of what it had.
    ///
    /// # Panics
    /// As [`save`](Self::save).
    pub fn save_into(&mut self, out: &mut Vec<u8>) {
        self.settle();
        out.clear();
        out.extend(MAGIC);
        out.extend(VERSION.to_le_bytes());
        write_measured(out, |out| {
            let is_written = control::save(&(G::NAME, game_hash::<G>()), out) && control::save(&self.ground.terms, out);
            write_measured(out, |out| self.game.save(out));
            assert!(is_written && control::save(&self.state(), out), "plain values should be written");
        });
        out.extend(checksum(out).to_le_bytes());
        assert!(out.len() <= SAVE_BYTES_MAX, "a room of {} bytes is too large to be saved", out.len());
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
            past: self.past.ticks(),
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
        let (length, rest) = body.split_first_chunk().ok_or(LoadError::Unfit)?;
        let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| LoadError::Unfit)?;
        let (world, rest) = rest.split_at_checked(length).ok_or(LoadError::Unfit)?;
        body = rest;
        let state: LoadedState<G> = control::load(&mut body).filter(|_| body.is_empty()).ok_or(LoadError::Unfit)?;
        let room = Self::with_loaded(terms, state.clients_max, |ground| G::load(ground, world));
        let mut room = room.map_err(|_| LoadError::Unfit)?.ok_or(LoadError::World)?;
        room.take_state(state)?;
        Ok(room)
    }

    fn take_state(&mut self, state: LoadedState<G>) -> Result<(), LoadError> {
        let LoadedState { tick, rng, clients_max: _, grace_ticks, mut seats, lapsed, departed, published, .. } = state;
        seats.values_mut().for_each(|seat| seat.view.count_held());
        let terms = &self.ground.terms;
        let published = Published::load(published, tick, terms.tick_hz, terms.keep_radius());
        self.published = published.ok().flatten().ok_or(LoadError::Unfit)?;
        self.past.restore::<G>(state.past).ok_or(LoadError::Unfit)?;
        (self.tick, self.rng, self.grace_ticks, self.lapsed, self.departed) =
            (tick, rng, grace_ticks, lapsed, departed);
        (self.viewpoints, self.client_views, self.token_start) =
            (state.viewpoints, state.client_views, state.token_start);
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

/// Appends what `write` appends, behind its length.
fn write_measured(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    out.extend([0; LENGTH_BYTES]);
    write(out);
    let length = (out.len() - at - LENGTH_BYTES) as u64;
    out[at..at + LENGTH_BYTES].copy_from_slice(&length.to_le_bytes());
}

/// The body between the head and the checksum, if all is whole.
fn unframed(bytes: &[u8]) -> Result<&[u8], LoadError> {
    let (magic, rest) = bytes.split_first_chunk().ok_or(LoadError::NotARoom)?;
    if *magic != MAGIC {
        return Err(LoadError::NotARoom);
    }
    let (version, rest) = rest.split_first_chunk().ok_or(LoadError::Damaged)?;
    let version = u16::from_le_bytes(*version);
    let (length, rest) = rest.split_first_chunk().ok_or(LoadError::Damaged)?;
    let (body, sum) = rest.split_last_chunk().ok_or(LoadError::Damaged)?;
    let is_whole = bytes.len() <= SAVE_BYTES_MAX
        && u64::from_le_bytes(*length) == body.len() as u64
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
