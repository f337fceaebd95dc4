//! The game of `game.rs`, both ends of it in memory: `cargo run -p auspice --example board`

mod game;

use auspice::authority::{Outgoing, Room};
use auspice::replica::Replica;
use auspice::{Micros, Terms};
use game::{Board, Hand};
use glam::Vec2;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut room = Room::<Board>::new(Terms::of::<Board>(()), 1, 16)?;
    let mut players =
        vec![(room.connect()?, Replica::<Board>::new("ann", "board")?), (room.connect()?, Replica::new("bob", "board")?)];
    for tick in 0..90 {
        let now = Micros::from_millis(tick * 1000 / 30);
        for (client, replica) in &mut players {
            if let Outgoing::Message(message) = room.poll_update(*client) {
                replica.handle_message(message, now)?;
            }
            replica.set_input(Hand { velocity: Vec2::new(60.0, 0.0) });
            while let Some(message) = replica.poll_transmit(now) {
                room.handle_message(*client, message)?;
            }
        }
        room.admit_all();
        room.tick()?;
    }
    for held in players[0].1.entities() {
        println!("ann sees {} at {}", String::from_utf8_lossy(held.label), held.entity.position);
    }
    Ok(())
}
