//! A complete game, both ends, in memory: cursors on a shared whiteboard. `cargo run -p auspice --example cursors`

use auspice::authority::{Outgoing, Room};
use auspice::replica::Replica;
use auspice::{ClientId, Context, EntityId, Fate, Game, Micros, Others, Publisher, Replicate, Step, Terms, Viewpoint};
use glam::IVec2;
use std::collections::BTreeMap;

/// What everyone sees of a player. Millimetres on a board of ten metres; a velocity that nobody can foresee moves it.
#[derive(Clone, Debug, Replicate)]
#[replicate(label)]
struct Cursor {
    #[field(vec2(min = 0, max = 10_000, step = 1), position, follows = velocity)]
    position: IVec2,
    #[field(vec2(min = -3_000, max = 3_000, step = 1), control)]
    velocity: IVec2,
}

/// What a player wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Replicate)]
struct Hand {
    #[field(vec2(min = -3_000, max = 3_000, step = 1))]
    velocity: IVec2,
}

struct Whiteboard(BTreeMap<ClientId, (String, Cursor)>);

impl Game for Whiteboard {
    const NAME: &'static str = "whiteboard";
    const INTEREST_RADIUS: f32 = 5_000.0;
    type Rules = ();
    type Input = Hand;
    type Entity = Cursor;
    type Command = ();
    type Event = ();

    fn new(_: &Terms<()>, _: u64) -> Self {
        Self(BTreeMap::new())
    }

    fn join(&mut self, client: ClientId, name: &str, _: &mut Context<'_, Self>) {
        self.0.insert(client, (name.to_string(), Cursor { position: IVec2::splat(5_000), velocity: IVec2::ZERO }));
    }

    fn leave(&mut self, client: ClientId, _: &mut Context<'_, Self>) {
        self.0.remove(&client);
    }

    fn step(&mut self, step: &mut Step<'_, Self>) {
        for (client, hand) in step.inputs {
            if let Some((_, cursor)) = self.0.get_mut(client) {
                Self::predict(step.terms, cursor, hand, &Others::NONE);
            }
        }
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        for (client, (name, cursor)) in &self.0 {
            let id = EntityId::from_key(*client);
            out.put_labelled(id, cursor, name.as_bytes());
            out.view(*client, Viewpoint::of(id));
        }
    }

    fn predict(terms: &Terms<()>, cursor: &mut Cursor, hand: &Hand, _: &Others<'_, Self>) -> Fate {
        cursor.velocity = hand.velocity;
        Self::advance(terms, cursor)
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut room = Room::<Whiteboard>::new(Terms::of::<Whiteboard>(()), 1, 16)?;
    let mut players = vec![
        (room.connect()?, Replica::<Whiteboard>::new("ann", "cursors")?),
        (room.connect()?, Replica::new("bob", "cursors")?),
    ];
    for tick in 0..90 {
        let now = Micros::from_millis(tick * 1000 / 30);
        for (client, replica) in &mut players {
            if let Outgoing::Message(message) = room.poll_update(*client) {
                replica.handle_message(message, now)?;
            }
            replica.set_input(Hand { velocity: IVec2::new(600, 0) });
            while let Some(message) = replica.poll_transmit(now) {
                room.handle_message(*client, message)?;
            }
        }
        room.admit_all();
        room.tick()?;
    }
    for held in players[0].1.entities() {
        println!("ann sees {} at {} mm", String::from_utf8_lossy(held.label), held.entity.position);
    }
    Ok(())
}
