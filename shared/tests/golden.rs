//! The bytes of each kind of message, pinned; and a decoder written from `shared/PROTOCOL.md` alone, which
//! must end on the last bit.
//!
//! If this fails because the wire was meant to change: raise `PROTOCOL_VERSION`, mend PROTOCOL.md, and pin anew.

use auspice::authority::{Outgoing, Room, SessionKey};
use auspice::message::{Credential, ResumeToken, SentWord};
use auspice::replica::{PictureSettings, Replica};
use auspice::{Display, Micros, Terms};

use crate::games::tiny::{Tiny, Walk};
use crate::games::zoo::Zoo;

/// The bytes 0x40 to 0x5f.
const TOKEN: ResumeToken = ResumeToken(*b"@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_");

/// A session of one client from tick 0: each message in order, the client's first.
fn messages() -> Vec<(&'static str, Vec<u8>)> {
    let mut room = Room::<Tiny>::new(Terms::of::<Tiny>(()).strict(), 1, 4).expect("the tables are right");
    let mut ann = Replica::<Tiny>::enter("ann", "golden", Credential::Ticket("v4".into())).expect("all fits");
    let client = room.connect().expect("there is room");
    let mut log = Vec::new();
    let names = [
        ["hello", "welcome"],
        ["first input", "fresh state"],
        ["input as before", "update without news"],
        ["changed input", "update before the change"],
        ["input with a command", "update with an event"],
        ["input with a view delay", "update with news"],
    ];
    for (turn, [up, down]) in names.into_iter().enumerate() {
        // Well into each tick, so that the clock's drift does not matter.
        let now = Micros(1_000_000 + turn as u64 * 33_334 + 5_000 * u64::from(turn > 0));
        if turn == 3 {
            ann.set_input(Walk { on: true });
        }
        if turn == 4 {
            ann.command(&"hi".to_string()).expect("there is room");
        }
        if turn == 5 {
            ann.set_settings(
                PictureSettings { compensation: false, ..PictureSettings::default() }
                    .with_display(Some(Display::Interpolate)),
            );
        }
        let message = ann.poll_transmit(now).expect("an input is due").to_vec();
        room.handle_message(client, &message).expect("the replica is honest");
        log.push((up, message));
        if let Some(applicant) = room.poll_applicant() {
            let key = SessionKey { token: TOKEN, digest: [0; 32] };
            room.admit(client, &applicant.name, Some(key)).expect("there is a seat");
        }
        room.tick().expect("nothing is misused");
        let Outgoing::Message(message) = room.poll_update(client) else { panic!("{down} is due") };
        ann.handle_message(message, now).expect("the room is honest");
        log.push((down, message.to_vec()));
    }
    log
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

const PINNED: &[(&str, &str)] = &[
    (
        "hello",
        "415553500300d2983f4e0eb262e9676f6c64656e000000000000000000000000000000000000000000000000000003616e6e02027634",
    ),
    ("welcome", "01010101404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f00001e0101000000c842"),
    ("first input", "3200"),
    ("fresh state", "77680186026a18"),
    ("input as before", "00"),
    ("update without news", "00"),
    ("changed input", "18"),
    ("update before the change", "00"),
    ("input with a command", "096208a0a501"),
    ("update with an event", "07112486005a1a"),
    ("input with a view delay", "9100"),
    ("update with news", "20"),
];

#[test]
fn the_bytes_on_the_wire_are_the_pinned_ones() {
    let seen: Vec<(&str, String)> = messages().iter().map(|(name, bytes)| (*name, hex(bytes))).collect();
    let pinned: Vec<(&str, String)> = PINNED.iter().map(|(name, hex)| (*name, (*hex).to_string())).collect();
    assert_eq!(seen, pinned);
}

#[test]
fn what_is_shown_to_be_let_in_is_written_as_the_protocol_says() {
    let shown = |entry| {
        let mut ann = Replica::<Tiny>::enter("ann", "golden", entry).expect("all fits");
        ann.poll_transmit(Micros(1)).expect("a hello comes first")[50..].to_vec()
    };
    assert_eq!(shown(Credential::Open), b"\x00");
    assert_eq!(shown(Credential::Secret("hush".into())), b"\x01\x04hush");
    assert_eq!(shown(Credential::Ticket("v4.public".into())), b"\x02\x09v4.public");
    assert_eq!(shown(Credential::Resume(TOKEN)), [&[3], &TOKEN.0[..]].concat());
    assert_eq!(shown(Credential::Spare(TOKEN)), [&[4], &TOKEN.0[..]].concat());
    assert_eq!(shown(Credential::Sent(SentWord([9; 16]))), [&[5][..], &[9; 16]].concat());
}

/// The bytes of a field table that are hashed, written a second time.
fn table(kind: &str, field: &str, quantity: u8, min: i32, max: i32) -> Vec<u8> {
    let text = |text: &str| [&(text.len() as u32).to_le_bytes(), text.as_bytes()].concat();
    let number = |number: u32| number.to_le_bytes().to_vec();
    let mut bytes = text(kind);
    // No label; advanced to the player's present; one field.
    bytes.extend([&[0, 0], &number(1)[..], &text(field), &[quantity]].concat());
    bytes.extend([min.to_le_bytes(), max.to_le_bytes()].concat());
    bytes.extend(1.0_f64.to_le_bytes());
    // No control, no position, follows nothing, 3 bits of news, nothing at once, nothing that lasts, no tolerance; no
    // symbols, no codes.
    bytes.extend([&[0, 0], &number(0)[..], &number(3), &number(0), &number(0)].concat());
    bytes.extend(0.0_f64.to_le_bytes());
    bytes.extend([number(0), text("")].concat());
    bytes
}

#[test]
fn the_hash_of_the_field_tables_is_the_one_that_the_protocol_describes() {
    let fnv = |seed: u64, bytes: &[u8]| {
        bytes
            .iter()
            .fold(seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
    };
    let name = b"tiny".iter().fold(0, |sum: u64, byte| sum * 31 + u64::from(*byte));
    let entities = fnv(name, &table("Dot", "at", 0, -100_000, 100_000));
    let hash = fnv(entities, &table("Walk", "on", 5, 0, 1));
    assert_eq!(messages()[0].1[6..14], hash.to_le_bytes());
    assert_eq!(auspice::message::game_hash::<Tiny>(), hash);
    // Every quantity, and whatever else a table may have.
    assert_eq!(auspice::message::game_hash::<Zoo>(), 0xb1ba_a96c_39a3_a12a);
}

/// A second reader of bits, which shares nothing with the first.
struct Bits<'a>(&'a [u8], usize);

impl Bits<'_> {
    fn number(&mut self, bits: usize) -> u64 {
        let value = (0..bits).map(|bit| u64::from(self.0[(self.1 + bit) / 8] >> ((self.1 + bit) % 8) & 1) << bit).sum();
        self.1 += bits;
        value
    }

    fn ones(&mut self) -> usize {
        let mut count = 0;
        while self.number(1) == 1 {
            count += 1;
        }
        count
    }

    fn exp(&mut self, k: usize) -> u64 {
        let low = k + self.ones();
        (1 << low) + self.number(low) - (1 << k)
    }

    fn signed(&mut self, k: usize) -> i64 {
        let folded = self.exp(k) as i64;
        if folded % 2 == 0 { folded / 2 } else { -(folded + 1) / 2 }
    }

    fn rice(&mut self, k: usize) -> u64 {
        let mut quotient = 0;
        while quotient < 16 && self.number(1) == 1 {
            quotient += 1;
        }
        if quotient == 16 { (16 << k) + self.exp(k) } else { (quotient << k) + self.number(k) }
    }

    fn end(&mut self) {
        let rest = self.0.len() * 8 - self.1;
        assert!(rest < 8, "{rest} bits are left");
        assert_eq!(self.number(rest), 0, "the padding is not zero");
    }
}

#[test]
fn the_protocol_as_written_decodes_them_to_the_last_bit() {
    let log: std::collections::BTreeMap<_, _> = messages().into_iter().collect();

    let hello = &log["hello"];
    assert_eq!(&hello[..6], b"AUSP\x03\x00");
    assert_eq!(&hello[14..20], b"golden");
    assert_eq!(&hello[46..], b"\x03ann\x02\x02v4");
    // Client 1 in its first life, from tick 1 on, a token, no command or event so far, 30 ticks a second, an update
    // and an input each, no patience, 100 as a float.
    assert_eq!(log["welcome"][..4], [1, 1, 1, 1]);
    assert_eq!(log["welcome"][4..36], TOKEN.0);
    assert_eq!(log["welcome"][36..], [0, 0, 30, 1, 1, 0, 0, 0, 0xc8, 0x42]);

    // Inputs: special; applied; whether it does not simply follow; each input: differs, value.
    let mut bits = Bits(&log["input as before"], 0);
    assert_eq!((bits.number(1), bits.signed(0), bits.number(1), bits.number(1)), (0, 0, 0, 0));
    bits.end();
    let mut bits = Bits(&log["changed input"], 0);
    assert_eq!((bits.number(1), bits.signed(0), bits.number(1)), (0, 0, 0));
    assert_eq!((bits.number(1), bits.number(1)), (1, 1));
    bits.end();
    let mut bits = Bits(&log["input with a command"], 0);
    assert_eq!((bits.number(1), bits.number(5)), (1, 0b0100));
    assert_eq!((bits.signed(0), bits.number(1), bits.number(1)), (0, 0, 0));
    assert_eq!((bits.exp(0), bits.exp(5)), (1, 3));
    assert_eq!([bits.number(8), bits.number(8), bits.number(8)], [2, u64::from(b'h'), u64::from(b'i')]);
    bits.end();
    // Not compensated; its one kind is shown in the past, by no tick as no picture was made.
    let mut bits = Bits(&log["input with a view delay"], 0);
    assert_eq!((bits.number(1), bits.number(5)), (1, 0b1000));
    assert_eq!((bits.number(1), bits.number(1), bits.exp(2)), (0, 1, 0));
    assert_eq!((bits.signed(0), bits.number(1), bits.number(1)), (0, 0, 0));
    bits.end();

    // Fresh: neither steady nor all but that, special, no jump, fresh, own, slot bits; the usual span; the
    // lead rose by one; slot 1 is its own, and the centre; slots have 1 bit. Nothing held, so no news and no
    // exceptions; one enters: slot 1, generation 0, kind of one, the field.
    let mut bits = Bits(&log["fresh state"], 0);
    assert_eq!((bits.number(2), bits.number(1), bits.number(7)), (0b11, 1, 0b000_1110));
    assert_eq!((bits.number(1), bits.signed(0)), (0, 1));
    assert_eq!((bits.number(1), bits.exp(9), bits.number(1)), (1, 1, 1));
    assert_eq!(bits.number(5), 1);
    assert_eq!((bits.number(1), bits.exp(0) + 1), (1, 1));
    assert_eq!((bits.rice(0), bits.number(1)), (1, 0));
    assert_eq!(bits.number(18) as i64 - 100_000, 0);
    bits.end();

    // One is held. Steady; count of news; membership does not change.
    let mut bits = Bits(&log["update without news"], 0);
    assert_eq!((bits.number(1), bits.rice(0), bits.number(1)), (0, 0, 0));
    bits.end();
    // All had news in the update before, so those without are counted: none of one. One field, of one, so without an
    // index; by one step.
    let mut bits = Bits(&log["update with news"], 0);
    assert_eq!((bits.number(1), bits.rice(0)), (0, 0));
    assert_eq!((bits.number(1), bits.signed(3), bits.number(1)), (0, 1, 0));
    bits.end();
    // Not steady: an event, beside the same news. Its bincode is a length and the text.
    let mut bits = Bits(&log["update with an event"], 0);
    assert_eq!((bits.number(2), bits.number(1), bits.number(7)), (0b11, 1, 0b010_0000));
    assert_eq!((bits.number(1), bits.signed(0)), (0, 0));
    assert_eq!((bits.rice(0), bits.rice(0)), (1, 0));
    assert_eq!((bits.number(1), bits.signed(3), bits.number(1)), (0, 1, 0));
    assert_eq!((bits.exp(0), bits.exp(5)), (1, 3));
    assert_eq!([bits.number(8), bits.number(8), bits.number(8)], [2, u64::from(b'h'), u64::from(b'i')]);
    bits.end();
}

/// Updates of a session in which news waits: the ticks since the one before, and the bytes of each.
fn patient_updates() -> Vec<(u32, Vec<u8>)> {
    let mut room = Room::<Tiny>::new(Terms::of::<Tiny>(()), 1, 4).expect("the tables are right");
    let mut ann = Replica::<Tiny>::new("ann", "golden").expect("all fits");
    let client = room.connect().expect("there is room");
    let (mut log, mut last) = (Vec::new(), 0);
    for turn in 0..16 {
        let now = Micros(1_000_000 + turn * 33_334 + 5_000 * u64::from(turn > 0));
        while let Some(message) = ann.poll_transmit(now) {
            room.handle_message(client, message).expect("the replica is honest");
        }
        room.admit_all();
        room.tick().expect("nothing is misused");
        let tick = room.tick_now().0;
        while let Outgoing::Message(message) = room.poll_update(client) {
            ann.handle_message(message, now).expect("the room is honest");
            log.push((tick - std::mem::replace(&mut last, tick), message.to_vec()));
        }
    }
    log.split_off(1)
}

const PATIENT: &[(u32, &str)] = &[(0, "1dfce10a301450c300"), (2, "e26f0f00"), (5, "7003"), (5, "7002")];

#[test]
fn where_news_waits_the_bytes_are_pinned_too_and_decode_as_the_protocol_says() {
    let updates = patient_updates();
    let seen: Vec<_> = updates.iter().map(|(ticks, bytes)| (*ticks, hex(bytes))).collect();
    let pinned: Vec<_> = PATIENT.iter().map(|(ticks, hex)| (*ticks, (*hex).to_string())).collect();
    assert_eq!(seen, pinned);

    // Special: fresh, own, slot bits; it spans no tick; no input came, so that it is as early as none.
    let mut bits = Bits(&updates[0].1, 0);
    assert_eq!((bits.number(1), bits.number(7), bits.exp(1)), (1, 0b000_1110, 0));
    assert_eq!((bits.number(1), bits.signed(0), bits.exp(0)), (1, -60, 0));
    assert_eq!((bits.number(1), bits.exp(9), bits.number(1), bits.number(5)), (1, 1, 1, 1));
    // No change but one who enters: slot 1, generation 0, the field.
    assert_eq!((bits.number(1), bits.exp(0) + 1), (1, 1));
    assert_eq!((bits.rice(0), bits.number(1)), (1, 0));
    assert_eq!(bits.number(18) as i64 - 100_000, 0);
    bits.end();

    // Whatever comes then spans the ticks since, in each of which one that is held has no news: those of a silence need
    // not be told apart.
    let (mut margin, mut age, mut silences) = (-60, 0, 0);
    for (ticks, bytes) in &updates[1..] {
        let mut bits = Bits(bytes, 0);
        assert_eq!(bits.number(1), 0);
        if *ticks == 5 {
            assert_eq!(bits.exp(1), 0);
            margin += bits.signed(0);
            age += bits.signed(0);
            silences += 1;
        } else {
            assert_eq!(bits.exp(1), u64::from(*ticks));
            age += i64::from(*ticks);
            if bits.number(1) == 1 {
                margin += bits.signed(0);
                age = bits.exp(0) as i64;
            }
            assert!((0..*ticks).all(|_| bits.rice(0) == 0));
        }
        assert_eq!(bits.number(1), 0);
        bits.end();
    }
    assert!((0..=1).contains(&margin) && (0..11).contains(&age) && silences == 2, "{margin}, {age}, {silences}");
}
