//! Watching others: whom a session looks at while it has no ship.

use auspice::EntityId;
use auspice_demo::{Demo, Event};
use bevy::prelude::*;

use super::order::Order;
use super::things::DemoThing;
use crate::Told;

pub(crate) struct WatchingPlugin;

impl Plugin for WatchingPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(Update, (hear, forget).chain().in_set(Order::Watching));
    }
}

/// A session that has no ship, and the ship that it watches, if it watches one.
#[derive(Component, Clone, Copy, Debug)]
pub(crate) struct Watched(pub(crate) Option<EntityId>);

fn hear(mut told: MessageReader<Told<Demo>>, mut commands: Commands) {
    for told in told.read() {
        if let Event::Watching { ship } = told.event {
            commands.entity(told.session).insert(Watched(ship));
        }
    }
}

/// Whoever has a ship of its own watches nobody.
fn forget(
    watching: Query<Entity, With<Watched>>,
    things: Query<&DemoThing>,
    mut had: Local<Vec<Entity>>,
    mut commands: Commands,
) {
    for session in &watching {
        let has_ship = things.iter().any(|thing| thing.session == session && thing.is_own);
        // The old ship is there for a frame or two after the word that it is given up.
        let was_without = had.contains(&session);
        if has_ship && was_without {
            commands.entity(session).remove::<Watched>();
            had.retain(|other| *other != session);
        } else if !has_ship && !was_without {
            had.push(session);
        }
    }
}
