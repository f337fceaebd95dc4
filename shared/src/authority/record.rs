//! [`Call`]: everything that may happen to a room, and [`Recorder`]: what did happen to one, as bytes.
//!
//! A room changes by its public calls alone, so whoever has them in order has the room: see [`Replay`](super::Replay).
//! Nothing here opens a door: of a hello the name is recorded and not the credential, of a token its digest.
//!
//! What comes in every tick is written short, byte by byte; whatever else there is, as what serde makes of a [`Call`].
//! `server/LOG.md` has the bytes.

use alloc::vec::Vec;
use core::mem;

use serde::{Deserialize, Serialize};

use super::service_level::ServiceLevel;
use super::session::TokenDigest;
use crate::error::SessionEnd;
use crate::id::ClientId;
use crate::message::{Announcement, control};

/// A tick was made; the hash of all that is published follows, 4 bytes.
pub(super) const TICKED: u8 = 0x00;
/// A client that is not where it was in the order was told something: the number of its slot follows.
pub(super) const UPDATED: u8 = 0x01;
/// A [`Call`] follows, after the number of its bytes.
pub(super) const CALLED: u8 = 0x02;
/// Clients in order that were not told anything: one more than what the lower bits say.
pub(super) const SKIPPED: u8 = 0x20;
/// Clients in order that were told something: one more than what the lower bits say.
pub(super) const TOLD: u8 = 0x40;
/// A message: four bits for its length, three for how far on its client's slot is from the last one's.
pub(super) const MESSAGE: u8 = 0x80;
/// The highest value of the bits in a [`MESSAGE`]: the number itself follows.
pub(super) const LENGTH_FOLLOWS: usize = 15;
pub(super) const SLOT_FOLLOWS: u32 = 7;
/// Most clients that a [`TOLD`] counts, and a [`SKIPPED`].
const TOLD_AT_ONCE: u8 = 64;
const SKIPPED_AT_ONCE: usize = 32;

/// Something that happened to a room, by one of its calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Call<'a> {
    /// [`Room::connect`](super::Room::connect), which gave this connection its name.
    Connected(ClientId),
    /// A connection's hello, which was fine. Its credential is not recorded.
    SaidHello(ClientId, &'a str),
    /// A message of a connection that plays.
    Message(ClientId, &'a [u8]),
    /// [`Room::admit`](super::Room::admit), with the digest of the key if there was one.
    Admitted(ClientId, &'a str, Option<TokenDigest>),
    /// [`Room::vouch`](super::Room::vouch), with the player's id.
    Vouched(ClientId, &'a str),
    /// [`Room::resume`](super::Room::resume) of the second by the first, with the digests of the key and of what was
    /// shown.
    Resumed(ClientId, ClientId, TokenDigest, Option<TokenDigest>),
    /// [`Room::add_spare`](super::Room::add_spare): the first is the second's from now on.
    SpareAdded(ClientId, ClientId),
    /// [`Room::disconnect`](super::Room::disconnect).
    Disconnected(ClientId),
    /// [`Room::end`](super::Room::end), or the end of a connection whose hello was not fine.
    Ended(ClientId, SessionEnd),
    /// [`Room::excuse`](super::Room::excuse), by so many ticks.
    Excused(u32),
    /// [`Room::announce`](super::Room::announce).
    Announced(Announcement),
    /// [`Room::set_service_level`](super::Room::set_service_level).
    Served(ServiceLevel),
    /// [`Room::set_grace`](super::Room::set_grace), in ticks.
    GraceSet(u32),
    /// [`Room::set_clients_max`](super::Room::set_clients_max).
    ClientsMaxSet(usize),
    /// [`Room::mark_tokens`](super::Room::mark_tokens).
    TokensMarked([u8; 8]),
    /// [`Room::tick`](super::Room::tick), which published what has this hash.
    Ticked(u32),
    /// [`Room::tick_alone`](super::Room::tick_alone), likewise.
    TickedAlone(u32),
    /// [`Room::poll_update`](super::Room::poll_update), where that was not nothing.
    Updated(ClientId),
    /// [`Room::save`](super::Room::save): the game was settled.
    Settled,
    /// [`Room::lose_everyone`](super::Room::lose_everyone).
    LostEveryone,
}

/// Clients in the order in which they were told something in the tick before: mostly they are in the same order again.
#[derive(Clone, Debug, Default)]
pub(super) struct Turns {
    before: Vec<u32>,
    /// Number of those that are behind us.
    passed: usize,
    now: Vec<u32>,
}

impl Turns {
    /// A tick was made: a new round begins.
    pub(super) fn begin(&mut self) {
        mem::swap(&mut self.before, &mut self.now);
        self.now.clear();
        self.passed = 0;
    }

    /// Number of those to be skipped to come to `slot`; none where it is not ahead.
    fn distance(&self, slot: u32) -> Option<usize> {
        self.before[self.passed..].iter().position(|&ahead| ahead == slot)
    }

    /// Skips some. False where there are not so many.
    pub(super) fn skip(&mut self, count: usize) -> bool {
        self.passed += count;
        self.passed <= self.before.len()
    }

    /// The next in order.
    pub(super) fn next(&mut self) -> Option<u32> {
        let slot = *self.before.get(self.passed)?;
        self.passed += 1;
        self.add(slot);
        Some(slot)
    }

    /// Notes that one was told something. A newcomer is told two things in a row.
    pub(super) fn add(&mut self, slot: u32) {
        if self.now.last() != Some(&slot) {
            self.now.push(slot);
        }
    }
}

/// Number of a client's slot, which is shorter than its name.
pub(super) fn slot_of(client: ClientId) -> u32 {
    slotmap::Key::data(&client).as_ffi() as u32
}

/// Record of a room, from one point on.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    out: Vec<u8>,
    turns: Turns,
    /// Clients told in order that are not written yet.
    told: u8,
    /// Slot of the last message's client.
    spoke: u32,
}

impl Recorder {
    /// Moves what was recorded to the end of `to`.
    pub(super) fn take(&mut self, to: &mut Vec<u8>) {
        self.write_told();
        to.append(&mut self.out);
    }

    pub(super) fn message(&mut self, client: ClientId, bytes: &[u8]) {
        self.write_told();
        let slot = slot_of(client);
        let ahead = slot.wrapping_sub(self.spoke);
        self.spoke = slot;
        let (length, step) = (bytes.len().min(LENGTH_FOLLOWS), ahead.min(SLOT_FOLLOWS));
        self.out.push(MESSAGE | (length as u8) << 3 | step as u8);
        if step == SLOT_FOLLOWS {
            write_number(slot, &mut self.out);
        }
        if length == LENGTH_FOLLOWS {
            write_number(bytes.len() as u32, &mut self.out);
        }
        self.out.extend_from_slice(bytes);
    }

    pub(super) fn updated(&mut self, client: ClientId) {
        let slot = slot_of(client);
        match self.turns.distance(slot) {
            Some(skipped) => {
                if skipped > 0 {
                    self.write_told();
                    self.write_skipped(skipped);
                    self.turns.skip(skipped);
                }
                self.turns.next();
                self.told += 1;
                if self.told == TOLD_AT_ONCE {
                    self.write_told();
                }
            }
            None => {
                self.write_told();
                self.turns.add(slot);
                self.out.push(UPDATED);
                write_number(slot, &mut self.out);
            }
        }
    }

    fn write_told(&mut self) {
        if let Some(more) = mem::take(&mut self.told).checked_sub(1) {
            self.out.push(TOLD | more);
        }
    }

    fn write_skipped(&mut self, mut count: usize) {
        while count > 0 {
            let some = count.min(SKIPPED_AT_ONCE);
            self.out.push(SKIPPED | (some - 1) as u8);
            count -= some;
        }
    }

    pub(super) fn ticked(&mut self, hash: u32) {
        self.write_told();
        self.turns.begin();
        self.out.push(TICKED);
        self.out.extend(hash.to_le_bytes());
    }

    /// A call that has no short form, or is rare.
    pub(super) fn call(&mut self, call: &Call<'_>) {
        self.write_told();
        if let Call::TickedAlone(_) = call {
            self.turns.begin();
        }
        let mut bytes = Vec::new();
        assert!(control::save(call, &mut bytes), "plain values should be written");
        self.out.push(CALLED);
        write_number(bytes.len() as u32, &mut self.out);
        self.out.append(&mut bytes);
    }
}

/// Seven bits a byte, the lowest first; the highest bit says that more follow.
fn write_number(mut number: u32, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Reads what [`write_number`] wrote.
pub(super) fn read_number(bytes: &mut &[u8]) -> Option<u32> {
    let mut number = 0_u64;
    for shift in (0..32).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return u32::try_from(number).ok();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_were_written_and_no_more_of_them() {
        for number in [0, 1, 127, 128, 300, 1 << 20, u32::MAX] {
            let mut bytes = Vec::new();
            write_number(number, &mut bytes);
            let mut rest = &bytes[..];
            assert_eq!((read_number(&mut rest), rest.len()), (Some(number), 0));
            assert_eq!(read_number(&mut &bytes[..bytes.len() - 1]), None);
        }
        assert_eq!(read_number(&mut &[0xff, 0xff, 0xff, 0xff, 0x1f][..]), None, "more than 32 bits");
        assert_eq!(read_number(&mut &[0xff; 6][..]), None);
    }

    #[test]
    fn a_tick_in_the_usual_order_is_these_bytes() {
        let client = |slot: u64| ClientId::from(slotmap::KeyData::from_ffi(1 << 32 | slot));
        let mut recorder = Recorder::default();
        let mut tick = |slots: &[u64]| {
            let mut bytes = Vec::new();
            for &slot in slots {
                recorder.message(client(slot), &[7, 8]);
            }
            recorder.ticked(0x0403_0201);
            slots.iter().for_each(|&slot| recorder.updated(client(slot)));
            recorder.take(&mut bytes);
            bytes
        };
        let first = [0x91, 7, 8, 0x91, 7, 8, 0x91, 7, 8, 0, 1, 2, 3, 4, 1, 1, 1, 2, 1, 3];
        assert_eq!(tick(&[1, 2, 3]), first);
        assert_eq!(tick(&[1, 2, 3])[10..], [0, 1, 2, 3, 4, 0x42][..]);
        assert_eq!(tick(&[1, 3])[7..], [0, 1, 2, 3, 4, 0x40, 0x20, 0x40][..]);
    }
}
