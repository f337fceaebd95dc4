//! A server for another game: cursors on a shared whiteboard.
//!
//! `cargo run -p auspice-server --example whiteboard -- --listen 127.0.0.1:7701`

use auspice::game::Viewpoint;
use auspice::{ClientId, Context, EntityId, Fate, Game, Others, Publisher, Replicate, Step, Terms};
use glam::IVec2;

/// A cursor: where it is cannot be foreseen, so it is a control.
#[derive(Replicate, Clone, Copy, Default, PartialEq)]
struct Cursor {
    #[field(vec2(min = 0, max = 10_000, step = 1), control, position)]
    place: IVec2,
}

/// Everyone who is there, and their cursors.
struct Whiteboard {
    cursors: Vec<(ClientId, EntityId, Cursor)>,
    joined: u32,
}

impl Game for Whiteboard {
    const NAME: &'static str = "whiteboard";
    const INTEREST_RADIUS: f32 = 20_000.0;

    type Rules = ();
    type Input = Cursor;
    type Entity = Cursor;
    type Command = ();
    type Event = ();

    fn new(_: &Terms<()>, _: u64) -> Self {
        Self { cursors: Vec::new(), joined: 0 }
    }

    fn join(&mut self, client: ClientId, _: &str, _: &mut Context<'_, Self>) {
        // Slots are used again after 1000 joins, by another generation.
        let id = EntityId::new(self.joined % 1000, (self.joined / 1000) as u8);
        self.joined += 1;
        self.cursors.push((client, id, Cursor::default()));
    }

    fn leave(&mut self, client: ClientId, _: &mut Context<'_, Self>) {
        self.cursors.retain(|(owner, ..)| *owner != client);
    }

    fn step(&mut self, step: &mut Step<'_, Self>) {
        for (client, input) in step.inputs {
            if let Some((.., cursor)) = self.cursors.iter_mut().find(|(owner, ..)| owner == client) {
                *cursor = *input;
            }
        }
    }

    fn publish(&self, out: &mut Publisher<'_, Self>) {
        for (client, id, cursor) in &self.cursors {
            out.put(*id, cursor);
            out.view(*client, Viewpoint::of(*id));
        }
    }

    fn predict(_: &Terms<()>, cursor: &mut Cursor, input: &Cursor, _: &Others<'_, Self>) -> Fate {
        *cursor = *input;
        Fate::Goes
    }
}

fn main() -> std::process::ExitCode {
    auspice_server::command::main::<Whiteboard>()
}
