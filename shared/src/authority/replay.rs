//! [`Replay`]: plays again what was recorded of a room, on a room as it was then.

use core::fmt;

use super::outgoing::Outgoing;
use super::record::{
    CALLED, Call, LENGTH_FOLLOWS, MESSAGE, SLOT_FOLLOWS, TICKED, UPDATED, USUAL, USUAL_MESSAGE, read_number,
};
use super::room::Room;
use super::saved::Saved;
use super::session::{SessionKey, TokenDigest};
use super::turns::{MASKS, SKIPPED, TOLD, Turns, masked};
use crate::id::ClientId;
use crate::limits::RESUME_TOKEN_BYTES;
use crate::message::{ResumeToken, control};
use crate::tick::Tick;

/// Position in a record: what was read before tells what comes next.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    turns: Turns,
    spoke: u32,
    /// A difference does not end it.
    is_lenient: bool,
    difference: Option<ReplayError>,
}

/// Why a record cannot be played on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayError {
    /// Bytes that are no record, or not one of this room.
    Malformed(Tick),
    /// The room published something else at this tick than it did when it was recorded.
    Differs {
        /// The tick.
        tick: Tick,
        /// The hash that was recorded.
        recorded: u32,
        /// The hash of what is published now.
        played: u32,
    },
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(tick) => write!(f, "after tick {tick} comes what this room cannot have been told"),
            Self::Differs { tick, recorded, played } => {
                write!(f, "tick {tick} publishes other things than it did: {played:08x}, and not {recorded:08x}")
            }
        }
    }
}

impl core::error::Error for ReplayError {}

impl Replay {
    /// The beginning of a record.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, of one that goes on where other things are published than were, to see what comes of it.
    #[must_use]
    pub fn lenient() -> Self {
        Self { is_lenient: true, ..Self::default() }
    }

    /// The first tick that published other things than it did, if it went on all the same.
    #[must_use]
    pub const fn difference(&self) -> Option<ReplayError> {
        self.difference
    }

    /// Plays the next part of the record, which ends between two calls. What clients would be sent is worked out, and
    /// dropped.
    ///
    /// # Errors
    /// [`ReplayError`]; what comes before it has been played.
    pub fn play<G: Saved>(&mut self, room: &mut Room<G>, mut record: &[u8]) -> Result<(), ReplayError> {
        while let Some((&first, rest)) = record.split_first() {
            record = rest;
            let made = room.tick_now();
            self.next(room, first, &mut record).ok_or(ReplayError::Malformed(made))??;
        }
        Ok(())
    }

    /// Plays the call that begins with `first`. None where there is no such call.
    fn next<G: Saved>(&mut self, room: &mut Room<G>, first: u8, rest: &mut &[u8]) -> Option<Result<(), ReplayError>> {
        match first {
            TICKED => {
                let (hash, after) = rest.split_first_chunk()?;
                *rest = after;
                self.turns.begin();
                return Some(self.tick(room, u32::from_le_bytes(*hash)));
            }
            UPDATED => {
                let slot = read_number(rest)?;
                let client = room.client_at(slot)?;
                self.turns.add(slot);
                update(room, client)?;
            }
            CALLED => {
                let length = read_number(rest)? as usize;
                let (bytes, after) = rest.split_at_checked(length)?;
                *rest = after;
                return self.call(room, &control::load_borrowed(bytes)?);
            }
            _ if first & MESSAGE != 0 => self.message(room, first, rest)?,
            _ if first & TOLD != 0 => (0..=first & !TOLD).try_for_each(|_| self.pass(room, true))?,
            _ if first & SKIPPED != 0 => (0..=first & !SKIPPED).try_for_each(|_| self.pass(room, false))?,
            _ if first & USUAL != 0 => {
                for _ in 0..=first & !USUAL {
                    self.spoke = self.spoke.wrapping_add(1);
                    // As below.
                    let _ = room.handle_message(room.client_at(self.spoke)?, USUAL_MESSAGE);
                }
            }
            _ => {
                let (masks, after) = rest.split_at_checked(usize::from(first - MASKS) + 1)?;
                *rest = after;
                (0..masked(masks)).try_for_each(|at| self.pass(room, masks[at / 8] >> (at % 8) & 1 == 1))?;
            }
        }
        Some(Ok(()))
    }

    /// Goes on to the next client in order, who may be told something.
    fn pass<G: Saved>(&mut self, room: &mut Room<G>, is_told: bool) -> Option<()> {
        if !is_told {
            return self.turns.skip().then_some(());
        }
        let client = room.client_at(self.turns.next()?)?;
        update(room, client)
    }

    fn tick<G: Saved>(&mut self, room: &mut Room<G>, recorded: u32) -> Result<(), ReplayError> {
        // A misuse is a part of what happened.
        let _ = room.tick();
        self.compare(room, recorded)
    }

    fn compare<G: Saved>(&mut self, room: &mut Room<G>, recorded: u32) -> Result<(), ReplayError> {
        let (tick, played) = (room.tick_now(), room.published_hash());
        if played == recorded {
            return Ok(());
        }
        let difference = *self.difference.get_or_insert(ReplayError::Differs { tick, recorded, played });
        if self.is_lenient { Ok(()) } else { Err(difference) }
    }

    fn message<G: Saved>(&mut self, room: &mut Room<G>, first: u8, rest: &mut &[u8]) -> Option<()> {
        let (step, mut length) = (u32::from(first) & SLOT_FOLLOWS, usize::from(first >> 3) & LENGTH_FOLLOWS);
        let slot = if step == SLOT_FOLLOWS { read_number(rest)? } else { self.spoke.wrapping_add(step) };
        if length == LENGTH_FOLLOWS {
            length = read_number(rest)? as usize;
        }
        let (bytes, after) = rest.split_at_checked(length)?;
        (*rest, self.spoke) = (after, slot);
        // That it is broken, and ends its client, is a part of what happened.
        let _ = room.handle_message(room.client_at(slot)?, bytes);
        Some(())
    }

    fn call<G: Saved>(&mut self, room: &mut Room<G>, call: &Call<'_>) -> Option<Result<(), ReplayError>> {
        match *call {
            Call::Connected(client) => (room.connect().ok()? == client).then_some(())?,
            Call::SaidHello(client, name) => room.greet(client, name),
            Call::Admitted(client, name, digest) => drop(room.admit(client, name, digest.map(key))),
            Call::Vouched(client, player) => room.vouch(client, player),
            Call::Resumed(applicant, client, digest, shown) => drop(room.resume(applicant, client, key(digest), shown)),
            Call::SpareAdded(applicant, client) => drop(room.add_spare(applicant, client)),
            Call::Disconnected(client) => room.disconnect(client),
            Call::Ended(client, why) => room.end(client, why),
            Call::Excused(ticks) => room.excuse(ticks),
            Call::Announced(announcement) => room.announce(announcement),
            Call::Served(service_level) => room.set_service_level(service_level),
            Call::GraceSet(ticks) => room.set_grace(ticks),
            Call::ClientsMaxSet(count) => room.set_clients_max(count),
            Call::TokensMarked(start) => room.mark_tokens(start),
            Call::TickedAlone(hash) => {
                self.turns.begin();
                // A misuse is a part of what happened.
                let _ = room.tick_alone();
                return Some(self.compare(room, hash));
            }
            Call::Settled => {
                room.settle();
                (self.turns, self.spoke) = Default::default();
            }
            Call::LostEveryone => room.lose_everyone(),
            Call::CameOver(client, name) => room.receive(client, name),
            Call::Stays(client, why) => room.stay(client, why),
            Call::WaysTold => room.tell_ways(),
            Call::ChangedHands => room.change_hands(),
            Call::CameLate(part) => room.take_late_inputs(part),
        }
        Some(Ok(()))
    }
}

/// Works out what the client was told. None where there is nothing to tell it.
fn update<G: Saved>(room: &mut Room<G>, client: ClientId) -> Option<()> {
    (!matches!(room.poll_update(client), Outgoing::Nothing)).then_some(())
}

/// The key of a digest, whose token nobody has any more: it goes out with a welcome that is dropped.
const fn key(digest: TokenDigest) -> SessionKey {
    SessionKey { token: ResumeToken([0; RESUME_TOKEN_BYTES]), digest }
}

impl<G: Saved> Room<G> {
    /// Brings the game to what it would be after it was saved and loaded ([`Saved::settle`]), as [`save`](Self::save)
    /// does first of all: where another room that plays this one's record is saved in its place.
    ///
    /// # Panics
    /// If the game panics.
    pub fn settle(&mut self) {
        self.game.settle();
        self.note(&Call::Settled);
    }
}
