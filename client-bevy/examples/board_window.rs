//! A window for another game than the demo, the board: `cargo run -p auspice-bevy --example board_window`, and
//! again in another terminal. Arrows fly the cursor. It joins `server/examples/board_server.rs`; where nobody serves
//! yet, it serves by itself.

#[path = "../../shared/examples/board/game.rs"]
mod game;

use auspice_bevy::{AuspicePlugin, Controls, Mirrored, Session, Stage};
use auspice_server::{Config, Server};
use bevy::prelude::*;
use game::{Board, SPEED_MAX};

fn steer(keys: Res<ButtonInput<KeyCode>>, mut controls: Single<&mut Controls<Board>>) {
    let held = |key| f32::from(u8::from(keys.pressed(key)));
    let right = held(KeyCode::ArrowRight) - held(KeyCode::ArrowLeft);
    let up = held(KeyCode::ArrowUp) - held(KeyCode::ArrowDown);
    controls.0.velocity = Vec2::new(right, up) * SPEED_MAX;
}

fn dress(came: Query<(Entity, &Mirrored<Board>), Added<Mirrored<Board>>>, mut commands: Commands) {
    for (entity, cursor) in &came {
        let colour = if cursor.is_own { Color::WHITE } else { Color::hsl(cursor.id.slot as f32 * 67.0, 0.8, 0.6) };
        commands.entity(entity).insert(Sprite::from_color(colour, Vec2::splat(14.0)));
    }
}

fn main() -> AppExit {
    // An error means that somebody serves already.
    let _server = Server::<Board>::start(Config::for_game::<Board>(()));
    App::new()
        .add_plugins((DefaultPlugins, AuspicePlugin::<Board>::default()))
        .add_systems(Startup, |mut commands: Commands| {
            commands.spawn((Camera2d, Msaa::Off));
            commands.spawn(Session::<Board>::new("ws://127.0.0.1:7700", "guest"));
        })
        .add_systems(Update, (steer.in_set(Stage::Control), dress.in_set(Stage::Show)))
        .run()
}
