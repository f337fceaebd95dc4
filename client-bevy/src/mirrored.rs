//! The components of a published entity in Bevy's world, and of the session that sees it.

use std::collections::HashMap;

use auspice::{EntityId, Tick};
use bevy::prelude::*;

use crate::bridge::Playable;

/// Time for which an entity that is gone, or out of view, stays to fade out.
pub const FADE_SECONDS: f32 = 0.3;

/// An entity of the server's world, as one session sees it.
#[derive(Component, Debug)]
pub struct Mirrored<G: Playable> {
    /// The session that sees it: its parent.
    pub session: Entity,
    /// The entity's identity.
    pub id: EntityId,
    /// Index of its kind in the game's kinds.
    pub kind: usize,
    /// At [`Present::tick`]. Once it is gone: as it was shown last.
    pub before: G::Entity,
    /// The state one tick later.
    pub after: G::Entity,
    /// Label: a name, or what else it carries.
    pub label: Box<[u8]>,
    /// Whether it is the player's own.
    pub is_own: bool,
    /// Whether it is the player's own shot or the like, which the server has not told of yet: it has no name
    /// until then, and goes without a trace if the server knows of none.
    pub is_foretold: bool,
}

impl<G: Playable> Mirrored<G> {
    /// The label as text.
    #[must_use]
    pub fn label_text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.label)
    }
}

/// Time for which a mirrored entity has been in view.
#[derive(Component, Clone, Copy, Debug, Default)]
pub struct Presence {
    /// Seconds since it came into view.
    pub age: f32,
    /// Seconds since it left; `None` while it is there.
    pub gone_for: Option<f32>,
}

impl Presence {
    /// Opacity, 0 to 1: it fades in within `seconds`, and out within [`FADE_SECONDS`].
    #[must_use]
    pub fn opacity(&self, seconds: f32) -> f32 {
        let come = (self.age / seconds).min(1.0);
        come * self.gone_for.map_or(1.0, |gone| (1.0 - gone / FADE_SECONDS).max(0.0))
    }
}

/// Offset at which a mirrored entity is shown beside its place, so that a correction does not make it jump: it
/// shrinks to nothing within moments. Already in its `Transform`.
#[derive(Component, Clone, Copy, Debug, Default)]
pub struct CorrectionOffset(pub Vec3);

/// The moment that a session shows.
#[derive(Component, Clone, Copy, Debug, Default)]
pub struct Present {
    /// The last whole tick.
    pub tick: Tick,
    /// The way from [`Mirrored::before`] to [`Mirrored::after`], 0 to 1.
    pub blend: f32,
}

/// Bevy's entities by the game's.
#[derive(Component)]
pub(crate) struct MirrorRoster<G: Playable> {
    pub(crate) entities: HashMap<EntityId, Entity>,
    /// Foretold entities, by the tick of the input that brought them.
    pub(crate) foretold: HashMap<Tick, Entity>,
    game: std::marker::PhantomData<G>,
}

impl<G: Playable> Default for MirrorRoster<G> {
    fn default() -> Self {
        Self { entities: HashMap::new(), foretold: HashMap::new(), game: std::marker::PhantomData }
    }
}
