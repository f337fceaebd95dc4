//! [`Call`]: whatever may happen to a room and has no short form, and [`Recorder`]: what did happen to one, as bytes.
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
use super::turns::TurnsRecord;
use crate::error::SessionEnd;
use crate::id::ClientId;
use crate::message::{Announcement, control};

/// A tick was made; the hash of all that is published follows, 4 bytes.
pub(super) const TICKED: u8 = 0x00;
/// A client that is not where it was in the order was told something: the number of its slot follows.
pub(super) const UPDATED: u8 = 0x01;
/// A [`Call`] follows, after the number of its bytes.
pub(super) const CALLED: u8 = 0x02;
/// The usual message of clients in the slots that follow on the last message's: one more than what the lower bits say.
pub(super) const USUAL: u8 = 0x10;
/// Most clients that a [`USUAL`] counts.
const USUAL_AT_ONCE: u8 = 16;
/// The message of a client that wants what it wanted, and holds one tick more.
pub(super) const USUAL_MESSAGE: &[u8] = &[0];
/// A message: four bits for its length, three for how far on its client's slot is from the last one's.
pub(super) const MESSAGE: u8 = 0x80;
/// The highest value of the bits in a [`MESSAGE`]: the number itself follows.
pub(super) const LENGTH_FOLLOWS: usize = 15;
pub(super) const SLOT_FOLLOWS: u32 = 7;

/// Something that happened to a room, by one of its calls: any but messages of those who play, ticks and updates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Call<'a> {
    /// [`Room::connect`](super::Room::connect), which gave this connection its name.
    Connected(ClientId),
    /// A connection's hello, which was fine. Its credential is not recorded.
    SaidHello(ClientId, &'a str),
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
    /// [`Room::tick_alone`](super::Room::tick_alone), which published what has this hash.
    TickedAlone(u32),
    /// [`Room::settle`](super::Room::settle), by which a room is saved too: the order of clients and the last slot
    /// begin anew.
    Settled,
    /// [`Room::lose_everyone`](super::Room::lose_everyone).
    LostEveryone,
    /// [`Room::receive`](super::Room::receive).
    CameOver(ClientId, &'a str),
    /// [`Room::stay`](super::Room::stay).
    Stays(ClientId, &'a str),
    /// [`Room::set_ways`](super::Room::set_ways) or [`Room::set_ahead`](super::Room::set_ahead): everyone is told. The
    /// addresses are not recorded.
    WaysTold,
    /// [`Room::change_hands`](super::Room::change_hands).
    ChangedHands,
    /// [`Room::take_late_inputs`](super::Room::take_late_inputs).
    CameLate(&'a [u8]),
}

/// Number of a client's slot, which is shorter than its name.
pub(super) fn slot_of(client: ClientId) -> u32 {
    slotmap::Key::data(&client).as_ffi() as u32
}

/// Record of a room, from one point on.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    out: Vec<u8>,
    turns: TurnsRecord,
    /// Slot of the last message's client.
    spoke: u32,
    /// Usual messages that are not written yet.
    usual: u8,
}

impl Recorder {
    /// Moves what was recorded to the end of `to`.
    pub(super) fn take(&mut self, to: &mut Vec<u8>) {
        self.write_runs();
        to.append(&mut self.out);
    }

    /// Writes the end of a run, of which there is one at most: nobody is told anything while messages come.
    fn write_runs(&mut self) {
        self.turns.write(&mut self.out);
        if let Some(more) = mem::take(&mut self.usual).checked_sub(1) {
            self.out.push(USUAL | more);
        }
    }

    /// A message of a client that plays.
    pub(super) fn message(&mut self, client: ClientId, bytes: &[u8]) {
        let slot = slot_of(client);
        let ahead = slot.wrapping_sub(self.spoke);
        self.spoke = slot;
        let goes_on = ahead == 1 && bytes == USUAL_MESSAGE;
        if !goes_on || self.usual == 0 || self.usual == USUAL_AT_ONCE {
            self.write_runs();
        }
        if goes_on {
            self.usual += 1;
            return;
        }
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

    /// [`Room::poll_update`](super::Room::poll_update) had something for a client.
    pub(super) fn updated(&mut self, client: ClientId) {
        let slot = slot_of(client);
        if self.usual > 0 {
            self.write_runs();
        }
        if !self.turns.told(slot) {
            self.write_runs();
            self.out.push(UPDATED);
            write_number(slot, &mut self.out);
        }
    }

    /// [`Room::tick`](super::Room::tick) was made, and published what has this hash.
    pub(super) fn ticked(&mut self, hash: u32) {
        self.write_runs();
        self.turns.begin();
        self.out.push(TICKED);
        self.out.extend(hash.to_le_bytes());
    }

    /// Any other call.
    pub(super) fn call(&mut self, call: &Call<'_>) {
        self.write_runs();
        if let Call::TickedAlone(_) = call {
            self.turns.begin();
        }
        let mut bytes = Vec::new();
        assert!(control::save(call, &mut bytes), "plain values should be written");
        self.out.push(CALLED);
        write_number(bytes.len() as u32, &mut self.out);
        self.out.append(&mut bytes);
        if matches!(call, Call::Settled) {
            // Whoever begins with the room as it is saved now reads on from here as whoever began before.
            (self.turns, self.spoke) = Default::default();
        }
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
    use alloc::format;
    use alloc::string::String;

    use super::*;

    fn client(slot: u64) -> ClientId {
        ClientId::from(slotmap::KeyData::from_ffi(1 << 32 | slot))
    }

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
        assert_eq!(tick(&[1, 3])[7..], [0, 1, 2, 3, 4, 3, 0b101][..]);
    }

    #[test]
    fn slots_and_lengths_that_do_not_fit_follow_and_whoever_is_passed_over_is_counted() {
        let (mut recorder, mut bytes) = (Recorder::default(), Vec::new());
        recorder.message(client(300), &[5; 20]);
        recorder.take(&mut bytes);
        assert_eq!(bytes[..4], [0xff, 0xac, 0x02, 20]);
        assert_eq!(bytes[4..], [5; 20]);
        (1..=40).for_each(|slot| recorder.updated(client(slot)));
        recorder.ticked(0x0403_0201);
        recorder.updated(client(40));
        bytes.clear();
        recorder.take(&mut bytes);
        assert_eq!(bytes[..4], [1, 1, 1, 2], "a client that is not in the order yet is named");
        assert_eq!(bytes[80..], [0, 1, 2, 3, 4, 0x3f, 0x26, 0x40], "32 and 7 are passed over, and one is told");
    }

    #[test]
    fn each_kind_of_call_is_these_bytes() {
        let (ann, bob) = (client(1), client(2));
        let announcement = Announcement { overload: 1, pace_percent: 90, stops_in_seconds: Some(5) };
        let service_level = ServiceLevel { reach_percent: 50, send_every_times: 2 };
        let digest = [7; 32];
        let sevens = "07".repeat(32);
        let all = [
            (Call::Connected(ann), "000101".into()),
            (Call::SaidHello(ann, "ann"), "01010103616e6e".into()),
            (Call::Admitted(ann, "ann", None), "02010103616e6e00".into()),
            (Call::Admitted(ann, "ann", Some(digest)), format!("02010103616e6e01{sevens}")),
            (Call::Vouched(ann, "id"), "030101026964".into()),
            (Call::Resumed(bob, ann, digest, None), format!("0402010101{sevens}00")),
            (Call::Resumed(bob, ann, digest, Some(digest)), format!("0402010101{sevens}01{sevens}")),
            (Call::SpareAdded(bob, ann), "0502010101".into()),
            (Call::Disconnected(ann), "060101".into()),
            (Call::Ended(ann, SessionEnd::Finished), "07010102".into()),
            (Call::Excused(3), "0803".into()),
            (Call::Announced(announcement), "09015a0105".into()),
            (Call::Served(service_level), "0a3202".into()),
            (Call::GraceSet(300), "0bfb2c01".into()),
            (Call::ClientsMaxSet(8), "0c08".into()),
            (Call::TokensMarked([1, 2, 3, 4, 5, 6, 7, 8]), "0d0102030405060708".into()),
            (Call::TickedAlone(0x0403_0201), "0efc01020304".into()),
            (Call::Settled, "0f".into()),
            (Call::LostEveryone, "10".into()),
            (Call::CameOver(ann, "ann"), "11010103616e6e".into()),
            (Call::Stays(ann, "full"), "1201010466756c6c".into()),
            (Call::WaysTold, "13".into()),
            (Call::ChangedHands, "14".into()),
            (Call::CameLate(&[1, 2]), "15020102".into()),
        ];
        for (call, pinned) in all {
            let (mut recorder, mut bytes) = (Recorder::default(), Vec::new());
            recorder.call(&call);
            recorder.take(&mut bytes);
            assert_eq!((bytes[0], usize::from(bytes[1])), (CALLED, bytes.len() - 2), "{call:?}");
            let hex: String = bytes[2..].iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex, pinned, "{call:?}: logs have another form with it, so raise the number in their `MAGIC`");
            assert_eq!(control::load_borrowed(&bytes[2..]), Some(call));
        }
    }

    #[test]
    fn behind_a_settled_game_the_record_is_as_one_that_begins_there() {
        let client = |slot: u64| ClientId::from(slotmap::KeyData::from_ffi(1 << 32 | slot));
        let tick = |recorder: &mut Recorder| {
            let mut bytes = Vec::new();
            for slot in [1, 2, 5] {
                recorder.message(client(slot), &[7, 8]);
            }
            recorder.ticked(0x0403_0201);
            [2, 5, 1].into_iter().for_each(|slot| recorder.updated(client(slot)));
            recorder.take(&mut bytes);
            bytes
        };
        let (mut recorder, fresh) = (Recorder::default(), tick(&mut Recorder::default()));
        assert_eq!(tick(&mut recorder), fresh);
        assert_ne!(tick(&mut recorder), fresh, "it goes by what was before");
        recorder.call(&Call::Settled);
        recorder.take(&mut Vec::new());
        assert_eq!(tick(&mut recorder), fresh);
    }

    #[test]
    fn usual_messages_of_neighbours_are_a_byte_for_many() {
        let (mut recorder, mut bytes) = (Recorder::default(), Vec::new());
        (1..=20).for_each(|slot| recorder.message(client(slot), USUAL_MESSAGE));
        recorder.message(client(21), &[9]);
        recorder.message(client(22), USUAL_MESSAGE);
        recorder.message(client(24), USUAL_MESSAGE);
        recorder.message(client(25), USUAL_MESSAGE);
        recorder.updated(client(7));
        recorder.take(&mut bytes);
        assert_eq!(bytes, [0x1f, 0x13, 0x89, 9, 0x10, 0x8a, 0, 0x10, 1, 7]);
    }
}
