//! newgame in a window: `cargo window [NAME] [ADDRESS]`, while the server runs. Arrows fly.

use auspice_bevy::{AuspicePlugin, Controls, Mirrored, Session, Stage};
use bevy::prelude::*;
use newgame_rules::{EDGE, Thing, World as Game};

fn steer(keys: Res<ButtonInput<KeyCode>>, mut controls: Single<&mut Controls<Game>>) {
    let held = |key| f32::from(u8::from(keys.pressed(key)));
    let right = held(KeyCode::ArrowRight) - held(KeyCode::ArrowLeft);
    let up = held(KeyCode::ArrowUp) - held(KeyCode::ArrowDown);
    controls.0.way = Vec2::new(right, up);
}

/// Whatever comes into view is given a look.
fn dress(came: Query<(Entity, &Mirrored<Game>), Added<Mirrored<Game>>>, mut commands: Commands) {
    for (entity, mirrored) in &came {
        let (colour, edge) = match mirrored.after {
            Thing::Flyer(_) if mirrored.is_own => (Color::WHITE, 12.0),
            Thing::Flyer(_) => (Color::srgb(0.62, 0.69, 0.8), 12.0),
            Thing::Ball(_) => (Color::srgb(1.0, 0.78, 0.3), 8.0),
        };
        commands.entity(entity).insert(Sprite::from_color(colour, Vec2::splat(edge)));
    }
}

fn main() -> AppExit {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_else(|| "somebody".into());
    let address = arguments.next().unwrap_or_else(|| "ws://127.0.0.1:7700".into());
    let window = Window { title: "newgame".into(), ..default() };
    App::new()
        .add_plugins(DefaultPlugins.set(WindowPlugin { primary_window: Some(window), ..default() }))
        .add_plugins(AuspicePlugin::<Game>::default())
        .add_systems(Startup, move |mut commands: Commands| {
            commands.spawn((Camera2d, Msaa::Off));
            // The world from edge to edge, behind everything.
            let ground = Sprite::from_color(Color::srgb(0.04, 0.05, 0.06), Vec2::splat(2.0 * EDGE));
            commands.spawn((ground, Transform::from_xyz(0.0, 0.0, -1.0)));
            commands.spawn(Session::<Game>::new(&address, &name));
        })
        .add_systems(Update, (steer.in_set(Stage::Control), dress.in_set(Stage::Show)))
        .run()
}
