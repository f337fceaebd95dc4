//! The bridge between core and Bevy: games whose parts may live in Bevy's world, times and places.

use std::time::Duration;

use auspice::{Game, Micros, Place};
use bevy::prelude::*;

/// A [`Game`] whose parts may live in Bevy's world. Every game is one whose types can be shared between threads.
pub trait Playable:
    Game<Rules: Sync, Input: Sync, Entity: Clone + Send + Sync, Command: Sync, Event: Clone + Sync> + Send + Sync
{
}

impl<G> Playable for G where
    G: Game<Rules: Sync, Input: Sync, Entity: Clone + Send + Sync, Command: Sync, Event: Clone + Sync> + Send + Sync
{
}

/// A time of Bevy's clock as the core counts it.
pub(crate) fn micros(time: Duration) -> Micros {
    Micros(time.as_micros() as u64)
}

/// The place of an entity, as a point.
pub(crate) fn point<G: Game>(entity: &G::Entity) -> Option<Vec3> {
    G::place(entity).map(|Place(point)| point)
}
