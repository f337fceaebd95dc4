//! A window for another game than the demo, the board: `cargo run -p auspice-bevy --example board_window`, and
//! again in another terminal. Arrows fly the cursor, space draws. It joins `server/examples/board.rs`, beside pages;
//! where nobody serves yet, it serves by itself.

use auspice_bevy::{AuspicePlugin, Controls, Mirrored, Session, Stage};
use auspice_board::{Board, Command, Entity as Thing, MOVE_MAX, STEP};
use auspice_server::{Config, Server};
use bevy::prelude::*;

/// Units a second.
const SPEED: f32 = 500.0;

fn steer(keys: Res<ButtonInput<KeyCode>>, mut controls: Single<&mut Controls<Board>>) {
    let held = |key| f32::from(u8::from(keys.pressed(key)));
    let right = held(KeyCode::ArrowRight) - held(KeyCode::ArrowLeft);
    let up = held(KeyCode::ArrowUp) - held(KeyCode::ArrowDown);
    controls.0.velocity = Vec2::new(right, up) * SPEED;
}

/// Draws where the own cursor goes while space is held.
fn ink(
    keys: Res<ButtonInput<KeyCode>>,
    things: Query<&Mirrored<Board>>,
    mut session: Single<&mut Session<Board>>,
    mut pen: Local<Option<IVec2>>,
) {
    let own = things.iter().find(|thing| thing.is_own).map(|thing| thing.after);
    let Some(Thing::Cursor(cursor)) = own.filter(|_| keys.pressed(KeyCode::Space)) else { return *pen = None };
    let command = match *pen {
        None => Command::Begin(cursor.position.x as i16, cursor.position.y as i16),
        Some(pen) => {
            let way = (cursor.position - pen).clamp(IVec2::splat(-MOVE_MAX), IVec2::splat(MOVE_MAX));
            Command::Go(vec![(way.x as i8, way.y as i8)])
        }
    };
    if session.command(&command).is_ok() {
        *pen = Some(cursor.position);
    }
}

fn draw(things: Query<&Mirrored<Board>>, mut gizmos: Gizmos) {
    let colour_of = |colour: u8| Color::hsl(f32::from(colour) * 67.0, 0.8, 0.6);
    for thing in &things {
        match thing.after {
            Thing::Cursor(cursor) => {
                let colour = if thing.is_own { Color::WHITE } else { colour_of(cursor.colour) };
                gizmos.circle_2d(cursor.position.as_vec2() * STEP, 8.0, colour);
            }
            Thing::Piece(piece) => {
                let mut at = piece.start;
                let ways = [IVec2::ZERO].into_iter().chain(piece.moves());
                let points = ways.map(|way| {
                    at += way;
                    at.as_vec2() * STEP
                });
                gizmos.linestrip_2d(points, colour_of(piece.colour));
            }
            Thing::Line(_) | Thing::Paper(_) => {}
        }
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
        .add_systems(Update, (steer.in_set(Stage::Control), (ink, draw).chain().in_set(Stage::Show)))
        .run()
}
