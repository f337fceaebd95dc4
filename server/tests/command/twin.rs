//! The demo with players, and a twin that plays its record as the server's does: whenever it is saved, it is saved as
//! the bytes that the room itself would be.

use auspice::authority::{Outgoing, Replay, Room};
use auspice::message::Credential;
use auspice::replica::Replica;
use auspice::{ClientId, Micros, Rng, Terms};
use auspice_demo::{Demo, Input, Rules};

const PLAYERS: usize = 12;
const TICKS: u64 = 900;

fn press(rng: &mut Rng) -> Input {
    let turn = rng.between(-1, 1) as i8;
    Input { turn, thrust: rng.one_in(2), fire: rng.one_in(2), laser: rng.one_in(3), missile: rng.one_in(6) }
}

/// Plays a tick; who comes, and is lost, is by chance.
fn play_tick(room: &mut Room<Demo>, players: &mut Vec<(Replica<Demo>, ClientId)>, tick: u64, rng: &mut Rng) {
    let now = Micros(1_000_000 + tick * 33_334);
    if players.len() < PLAYERS && rng.one_in(10) {
        let replica = Replica::enter(&format!("player {tick}"), "test", Credential::Open).expect("the name fits");
        players.push((replica, room.connect().expect("there is room")));
    }
    if players.len() == PLAYERS && rng.one_in(40) {
        let (_, client) = players.swap_remove(rng.below(PLAYERS as u32) as usize);
        room.disconnect(client);
    }
    for (replica, client) in players.iter_mut() {
        if rng.one_in(8) {
            replica.set_input(press(rng));
        }
        while let Some(message) = replica.poll_transmit(now) {
            room.handle_message(*client, message).expect("the replica is honest");
        }
    }
    room.admit_all();
    room.tick().expect("nothing is misused");
    for (replica, client) in players.iter_mut() {
        while let Outgoing::Message(message) = room.poll_update(*client) {
            replica.handle_message(message, now).expect("the room is honest");
        }
    }
    while room.poll_notice().is_some() {}
}

#[test]
fn twin_of_the_demo_is_saved_as_the_bytes_that_its_room_would_be() {
    let mut rng = Rng::new(17);
    let mut room = Room::<Demo>::new(Terms::of::<Demo>(Rules::default()), 3, 64).expect("the tables are right");
    room.set_grace(200);
    let (mut players, mut record, mut compared) = (Vec::new(), Vec::new(), 0);
    (0..60).for_each(|tick| play_tick(&mut room, &mut players, tick, &mut rng));
    let mut twin = Room::<Demo>::load_as_it_was(&room.save()).expect("what was saved is whole");
    room.record();
    let mut replay = Replay::new();
    for tick in 60..TICKS {
        play_tick(&mut room, &mut players, tick, &mut rng);
        let is_due = rng.one_in(30);
        if is_due {
            room.settle();
        }
        record.clear();
        room.take_record(&mut record);
        replay.play(&mut twin, &record).expect("each tick publishes the same");
        if is_due {
            assert!(twin.save() == room.save(), "after {tick} ticks the twin's bytes are others");
            compared += 1;
        }
    }
    let stats = room.stats();
    assert!(compared > 15 && stats.joins > 15 && stats.leaves > 5, "{compared} times, {stats:?}");
}
