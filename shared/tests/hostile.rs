//! Bytes that no honest peer sends: refused or harmless, never a panic.

use auspice::authority::{Outgoing, Room};
use auspice::replica::Replica;
use auspice::{Micros, Rng, Terms};

use crate::games::zoo::Zoo;

/// Every truncation and every flip of one bit of `message`, and some noise behind it.
fn variants(message: &[u8]) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = (0..message.len()).map(|length| message[..length].to_vec()).collect();
    for bit in 0..message.len() * 8 {
        let mut flipped = message.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        all.push(flipped);
    }
    let mut longer = message.to_vec();
    longer.extend([0, 0xff, 0x55]);
    all.push(longer);
    all
}

/// A session up to `ticks`: the room, its client, the replica, and the messages each way.
struct Session {
    room: Room<Zoo>,
    client: auspice::ClientId,
    replica: Replica<Zoo>,
    up: Vec<Vec<u8>>,
    down: Vec<Vec<u8>>,
}

fn session(ticks: u64) -> Session {
    let mut room = Room::<Zoo>::new(Terms::of::<Zoo>(()), 5, 4).expect("the tables are right");
    let mut replica = Replica::<Zoo>::new("ann", "test").expect("the name fits");
    let client = room.connect().expect("there is room");
    let (mut up, mut down) = (Vec::new(), Vec::new());
    for tick in 0..ticks {
        let now = Micros(tick * 33_333);
        if tick == 4 {
            replica.command(&3).expect("there is room");
        }
        while let Some(message) = replica.poll_transmit(now) {
            up.push(message.to_vec());
            room.handle_message(client, message).expect("the replica is honest");
        }
        room.admit_all();
        room.tick().expect("nothing is misused");
        if let Outgoing::Message(message) = room.poll_update(client) {
            down.push(message.to_vec());
            replica.handle_message(message, now).expect("the room is honest");
        }
    }
    Session { room, client, replica, up, down }
}

#[test]
fn a_room_survives_every_mutation_of_every_message() {
    for length in 0..12 {
        let honest = session(length + 1);
        let message = honest.up.last().expect("a message was sent").clone();
        for bad in variants(&message) {
            let mut session = session(length);
            // Either refused, or taken for another honest message.
            let _ = session.room.handle_message(session.client, &bad);
            for _ in 0..3 {
                session.room.tick().expect("nothing is misused");
                let _ = session.room.poll_update(session.client);
            }
        }
    }
}

#[test]
fn a_replica_survives_every_mutation_of_every_message() {
    for length in 0..6 {
        let honest = session(length + 1);
        let message = honest.down.last().expect("a message was sent").clone();
        for bad in variants(&message) {
            let mut session = session(length);
            let now = Micros(length * 33_333);
            while session.replica.poll_transmit(now).is_some() {}
            let _ = session.replica.handle_message(&bad, now);
            let _ = session.replica.frame(now + Micros(50_000));
            let _ = session.replica.hash();
        }
    }
}

#[test]
fn noise_is_refused_by_both_sides() {
    let mut rng = Rng::new(11);
    for _ in 0..3000 {
        let noise: Vec<u8> = (0..rng.below(200)).map(|_| rng.bits() as u8).collect();
        let mut session = session(3);
        let _ = session.room.handle_message(session.client, &noise);
        let _ = session.replica.handle_message(&noise, Micros(100_000));
        let _ = session.replica.frame(Micros(200_000));
    }
}

#[test]
fn oversized_and_endless_messages_end_the_connection() {
    let mut session = session(5);
    let reason = session.room.handle_message(session.client, &[0; 5000]).expect_err("too large");
    assert_eq!(reason.code(), 4000);

    let mut session = self::session(5);
    let flood = (0..1000).find_map(|_| session.room.handle_message(session.client, &[0]).err());
    assert!(flood.is_some(), "a flood should end");
}
