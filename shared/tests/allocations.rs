//! A steady tick allocates nothing: neither the room's, for all its clients, nor a replica's. And a playing
//! client costs a room little memory.

#![allow(missing_docs)]

#[path = "games/tiny.rs"]
#[allow(dead_code, unreachable_pub)]
mod tiny;

use auspice::authority::{Glance, Outgoing, Room};
use auspice::replica::Replica;
use auspice::{ClientId, Micros, Terms};
use tiny::{Tiny, Walk};

struct Session {
    room: Room<Tiny>,
    clients: Vec<(ClientId, Replica<Tiny>)>,
    now: Micros,
}

impl Session {
    /// The room's part of a tick.
    fn serve(&mut self) -> u64 {
        let Self { room, clients, now } = self;
        *now = *now + Micros(33_334);
        let mut bytes = 0;
        room.admit_all();
        room.tick().expect("nothing is misused");
        for (client, replica) in clients {
            if let Outgoing::Message(message) = room.poll_update(*client) {
                bytes += message.len() as u64;
                replica.handle_message(message, *now).expect("the room is honest");
            }
        }
        bytes
    }

    /// The clients' part: what happened, the picture, the input.
    fn play(&mut self) {
        for (client, replica) in &mut self.clients {
            while replica.poll_event().is_some() {}
            replica.frame(self.now);
            while let Some(message) = replica.poll_transmit(self.now) {
                self.room.handle_message(*client, message).expect("the replica is honest");
            }
        }
    }
}

#[test]
fn a_steady_tick_allocates_nothing() {
    let mut room = Room::<Tiny>::new(Terms::of::<Tiny>(()).strict(), 1, 64).expect("the tables are right");
    let clients = (0..32)
        .map(|index| {
            let client = room.connect().expect("there is room");
            (client, Replica::<Tiny>::new(&format!("bot {index}"), "test").expect("the name fits"))
        })
        .collect();
    let mut session = Session { room, clients, now: Micros(1_000_000) };
    let (mut allocations, mut glance) = (0, Glance::default());
    for tick in 0..1600 {
        // The dots overtake each other, so that there is news in each tick, and some come into view and leave it.
        for (index, (_, replica)) in session.clients.iter_mut().enumerate() {
            replica.set_input(Walk { on: (tick / 300 + index) % 3 > 0 });
        }
        let counted = allocation_counter::measure(|| {
            session.play();
            session.serve();
            session.room.glance(&mut glance);
        });
        // By half time every buffer has grown to what it needs.
        if tick >= 800 {
            allocations += counted.count_total;
        }
    }
    let stats = session.room.stats();
    assert!(
        stats.news > 10_000 && stats.enters > 32 * 32 && stats.leaves_of_view > 100,
        "too quiet a session: {stats:?}"
    );
    assert_eq!(allocations, 0, "allocations in 800 ticks of 32 clients");
}

/// Heap of a room for each client that plays, its own entity and its share of the news of the last ticks
/// included. With what its socket costs (`server/src/tick/shard.rs`) that is 4 KiB.
const ROOM_BYTES_PER_CLIENT_MAX: u64 = 2560;

#[test]
fn a_playing_client_costs_a_room_little_memory() {
    let clients = 256;
    let mut room = None;
    let counted = allocation_counter::measure(|| {
        room = Some(Room::<Tiny>::new(Terms::of::<Tiny>(()).strict(), 1, clients).expect("the tables are right"));
        let room = room.as_mut().expect("it was just made");
        let mut replicas = Vec::new();
        allocation_counter::opt_out(|| {
            replicas.extend(
                (0..clients).map(|index| Replica::<Tiny>::new(&format!("bot {index}"), "test").expect("the name fits")),
            );
        });
        let ids: Vec<ClientId> = replicas.iter().map(|_| room.connect().expect("there is room")).collect();
        for tick in 0..400 {
            let now = Micros(1_000_000 + tick * 33_334);
            room.admit_all();
            room.tick().expect("nothing is misused");
            for (index, (client, replica)) in ids.iter().zip(&mut replicas).enumerate() {
                if let Outgoing::Message(message) = room.poll_update(*client) {
                    allocation_counter::opt_out(|| replica.handle_message(message, now).expect("the room is honest"));
                }
                allocation_counter::opt_out(|| {
                    while replica.poll_event().is_some() {}
                    replica.set_input(Walk { on: (tick as usize / 50 + index).is_multiple_of(4) });
                });
                let mut message = Vec::new();
                allocation_counter::opt_out(|| {
                    message = replica.poll_transmit(now).map(<[u8]>::to_vec).unwrap_or_default();
                });
                if !message.is_empty() {
                    room.handle_message(*client, &message).expect("the replica is honest");
                }
                allocation_counter::opt_out(|| drop(message));
            }
        }
        allocation_counter::opt_out(|| drop(replicas));
    });
    let stats = room.as_ref().map(|room| (room.stats().updates, room.stats().visible_sum));
    assert!(stats.is_some_and(|(updates, visible)| updates > 90_000 && visible > 20 * updates), "too quiet: {stats:?}");
    let bytes = counted.bytes_current as u64 / clients as u64;
    assert!(bytes <= ROOM_BYTES_PER_CLIENT_MAX, "{bytes} B a client");
}
