//! Another game, whole: a whiteboard on which everybody sees everybody's cursor.
//! `cargo run -p auspice-bevy --example board`, and again in another terminal: whoever comes first serves.

use std::collections::BTreeMap;

use auspice::{ClientId, Context, EntityId, Game, Publisher, Replicate, Step, Terms, Viewpoint};
use auspice_bevy::{AuspicePlugin, Controls, Mirrored, Session, Stage};
use auspice_server::{Config, Server};
use bevy::prelude::*;

// The game, as both ends know it.

#[derive(Replicate, Clone, Copy, Default, PartialEq)]
struct Cursor {
    #[field(vec2(min = -1000.0, max = 1000.0, step = 0.5), position)]
    at: Vec2,
}

#[derive(Default)]
struct Whiteboard(BTreeMap<ClientId, Cursor>);

impl Game for Whiteboard {
    const NAME: &'static str = "whiteboard";
    const INTEREST_RADIUS: f32 = 4000.0;
    type Rules = ();
    type Input = Cursor;
    type Entity = Cursor;
    type Command = ();
    type Event = ();

    fn new(_: &Terms<()>, _: u64) -> Self {
        Self::default()
    }
    fn join(&mut self, client: ClientId, _: &str, _: &mut Context<'_, Self>) {
        self.0.insert(client, Cursor::default());
    }
    fn leave(&mut self, client: ClientId, _: &mut Context<'_, Self>) {
        self.0.remove(&client);
    }
    fn step(&mut self, step: &mut Step<'_, Self>) {
        self.0.extend(step.inputs.iter().copied());
    }
    fn publish(&self, out: &mut Publisher<'_, Self>) {
        for (client, cursor) in &self.0 {
            let id = EntityId::from_key(*client);
            out.put(id, cursor);
            out.view(*client, Viewpoint::of(id));
        }
    }
}

// The client: all that there is to write.

fn point(window: Single<&Window>, mut controls: Single<&mut Controls<Whiteboard>>) {
    if let Some(at) = window.cursor_position() {
        controls.0.at = (at - window.size() / 2.0) * Vec2::new(1.0, -1.0);
    }
}

fn dress(came: Query<(Entity, &Mirrored<Whiteboard>), Added<Mirrored<Whiteboard>>>, mut commands: Commands) {
    for (entity, cursor) in &came {
        let colour = if cursor.is_own { Color::WHITE } else { Color::hsl(cursor.id.slot as f32 * 67.0, 0.8, 0.6) };
        commands.entity(entity).insert(Sprite::from_color(colour, Vec2::splat(14.0)));
    }
}

fn main() -> AppExit {
    // An error means that somebody serves already.
    let _server = Server::<Whiteboard>::start(Config::for_game::<Whiteboard>(()));
    App::new()
        .add_plugins((DefaultPlugins, AuspicePlugin::<Whiteboard>::default()))
        .add_systems(Startup, |mut commands: Commands| {
            commands.spawn((Camera2d, Msaa::Off));
            commands.spawn(Session::<Whiteboard>::new("ws://127.0.0.1:7700", "guest"));
        })
        .add_systems(Update, (point.in_set(Stage::Control), dress.in_set(Stage::Show)))
        .run()
}
