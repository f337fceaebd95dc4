//! What is done with hostile bytes, by the fuzzer and by ordinary tests alike: one function for each way in.
//! None may panic, and what is refused must be refused for a reason that can be said.

use std::cell::RefCell;

use auspice::authority::{Outgoing, Room};
use auspice::error::CloseReason;
use auspice::replica::Replica;
use auspice::{ClientId, Micros, Terms};
use auspice_demo::{Demo, Rules};

/// A tick of 30 Hz.
const TICK: u64 = 33_333;

/// A request for the upgrade, as it comes off the network.
pub(crate) fn handshake(bytes: &[u8]) {
    auspice_server::conformance::judge_request(bytes);
}

/// A ticket, or the claims of one.
pub(crate) fn ticket(bytes: &[u8]) {
    auspice_server::conformance::judge_ticket(bytes);
}

/// Messages to a room, each behind two bytes of length, from a client that has been welcomed.
pub(crate) fn room(bytes: &[u8]) {
    let (mut room, client, _) = session(2);
    for message in messages(bytes) {
        if let Err(reason) = room.handle_message(client, message) {
            assert!(reason.code() >= 1000 && !reason.to_string().is_empty());
            return;
        }
        room.tick().expect("the demo should misuse nothing");
        let _ = room.poll_update(client);
    }
}

/// The first message of a client.
pub(crate) fn hello(bytes: &[u8]) {
    let mut room = Room::<Demo>::new(terms(), 1, 2).expect("the rules should fit");
    let client = room.connect().expect("there should be a seat");
    if let Err(reason) = room.handle_message(client, bytes).and_then(|()| let_in(&mut room)) {
        assert!(reason.code() >= 1000 && !reason.to_string().is_empty());
    }
    room.tick().expect("the demo should misuse nothing");
    let _ = room.poll_update(client);
}

/// Messages to a replica that has been welcomed and holds a view, each behind two bytes of length.
pub(crate) fn replica(bytes: &[u8]) {
    let (_, _, mut replica) = session(3);
    let mut now = Micros(4 * TICK);
    for message in messages(bytes) {
        if replica.handle_message(message, now).is_err() {
            return;
        }
        let _ = replica.frame(now);
        let _ = replica.hash();
        now = now + Micros(TICK);
        let _ = replica.poll_transmit(now);
    }
}

/// What honest peers send: the seeds of the corpus. Up and down, of each tick.
pub(crate) fn honest_messages(ticks: u64) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let log = RefCell::new((Vec::new(), Vec::new()));
    play(ticks, |up| log.borrow_mut().0.push(up.to_vec()), |down| log.borrow_mut().1.push(down.to_vec()));
    log.into_inner()
}

/// Messages as [`room`] and [`replica`] read them.
pub(crate) fn packed(messages: &[Vec<u8>]) -> Vec<u8> {
    messages.iter().flat_map(|message| [&(message.len() as u16).to_be_bytes()[..], message].concat()).collect()
}

fn messages(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        let (message, rest) = rest.split_at(usize::from(u16::from_be_bytes(*length)).min(rest.len()));
        bytes = rest;
        Some(message)
    })
}

/// A small world: what counts is the path of the bytes.
fn terms() -> Terms<Rules> {
    Terms::of::<Demo>(Rules { npcs: 2, asteroids: 2, size: 1000, ..Rules::default() })
}

fn session(ticks: u64) -> (Room<Demo>, ClientId, Replica<Demo>) {
    play(ticks, |_| {}, |_| {})
}

/// As a server does that is open to everyone.
fn let_in(room: &mut Room<Demo>) -> Result<(), CloseReason> {
    while let Some(applicant) = room.poll_applicant() {
        room.admit(applicant.client, &applicant.name, None)?;
    }
    Ok(())
}

fn play(ticks: u64, up: impl Fn(&[u8]), down: impl Fn(&[u8])) -> (Room<Demo>, ClientId, Replica<Demo>) {
    let mut room = Room::<Demo>::new(terms(), 1, 2).expect("the rules should fit");
    let mut replica = Replica::<Demo>::new("ann", "fuzz").expect("the name should fit");
    let client = room.connect().expect("there should be a seat");
    for tick in 0..ticks {
        let now = Micros(tick * TICK);
        while let Some(message) = replica.poll_transmit(now) {
            up(message);
            room.handle_message(client, message).expect("the replica should be honest");
        }
        let_in(&mut room).expect("the room should have a seat");
        room.tick().expect("the demo should misuse nothing");
        if let Outgoing::Message(message) = room.poll_update(client) {
            down(message);
            replica.handle_message(message, now).expect("the room should be honest");
        }
    }
    (room, client, replica)
}
