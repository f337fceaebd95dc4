//! A complete game: cursors on a board, each of which flies by its player's hand. Server, window, bots and
//! test all include this file.

use std::collections::BTreeMap;

use auspice::{ClientId, Context, EntityId, Fate, Game, Ground, Obstacles, Publisher, Replicate, Step, Viewpoint};
use glam::Vec2;
use serde::{Deserialize, Serialize};

/// From the middle of the board to its edges, in units.
pub(crate) const EDGE: f32 = 600.0;
/// Fastest that a cursor flies on either axis, in units a second.
pub(crate) const SPEED_MAX: f32 = 400.0;

/// What everyone sees of a player: where it is, and the velocity that moves it, which nobody can foresee.
#[derive(Clone, Copy, Debug, Default, PartialEq, Replicate, Serialize, Deserialize)]
#[replicate(label)]
pub(crate) struct Cursor {
    #[field(vec2(min = -EDGE, max = EDGE, step = 0.125), position, moved_by = velocity)]
    pub(crate) position: Vec2,
    #[field(vec2(min = -SPEED_MAX, max = SPEED_MAX, step = 0.5), control)]
    pub(crate) velocity: Vec2,
}

/// What a player wants. By default nothing: the cursor stands still. A place would send it there whenever an
/// input is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Replicate)]
pub(crate) struct Hand {
    #[field(vec2(min = -SPEED_MAX, max = SPEED_MAX, step = 0.5))]
    pub(crate) velocity: Vec2,
}

/// Everyone's name and cursor.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Board(BTreeMap<ClientId, (String, Cursor)>);

impl Game for Board {
    const NAME: &'static str = "board";
    const INTEREST_RADIUS: f32 = 4.0 * EDGE;
    const UNITS_PER_METRE: f32 = 50.0;
    type Rules = ();
    type Level = ();
    type Input = Hand;
    type Entity = Cursor;
    type Command = ();
    type Event = ();

    fn new(_: &Ground<Self>, _: u64) -> Self {
        Self::default()
    }

    fn join(&mut self, client: ClientId, name: &str, _: &mut Context<'_, Self>) {
        self.0.insert(client, (name.into(), Cursor::default()));
    }

    fn leave(&mut self, client: ClientId, _: &mut Context<'_, Self>) {
        self.0.remove(&client);
    }

    fn step(&mut self, step: &mut Step<'_, Self>) {
        for (client, hand) in step.inputs {
            if let Some((_, cursor)) = self.0.get_mut(client) {
                Self::predict_own(step.ground, cursor, hand, &Obstacles::NONE);
            }
        }
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        for (client, (name, cursor)) in &self.0 {
            let id = EntityId::from_key(*client);
            out.put_labelled(id, cursor, name.as_bytes());
            out.viewpoint(*client, Viewpoint::of(id));
        }
    }

    fn predict_own(ground: &Ground<Self>, cursor: &mut Cursor, hand: &Hand, _: &Obstacles<'_, Self>) -> Fate {
        cursor.velocity = hand.velocity;
        Self::advance(ground, cursor)
    }
}
