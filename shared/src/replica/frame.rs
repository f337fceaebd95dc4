//! [`Frame`]: the entities of a picture.

use glam::Vec3;

use super::held_rows::HeldRows;
use crate::game::Game;
use crate::id::EntityId;
use crate::tick::Tick;

/// An entity of a frame: its state at the tick before the present, and at the one after. An entity shown in
/// the past is so by whole ticks, so that [`Frame::blend`] is the same for all.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown<E> {
    /// The entity's identity.
    pub id: EntityId,
    /// Index of its kind in the game's kinds.
    pub kind: usize,
    /// At [`Frame::tick`], smoothed.
    pub before: E,
    /// The state one tick later, smoothed: an input given now finds the entity in it.
    pub after: E,
    /// Distance by which smoothing shows it beside its place, in the units of [`Game::place`]. In `before`
    /// and `after` already.
    pub offset: Vec3,
    /// Set for the player's own shot or the like that was in [`Frame::spawned`] until the server told of it,
    /// with this tick: whatever was drawn for that goes on as this.
    pub foretold: Option<Tick>,
}

/// An entity that the player's own input brought into the world ([`Game::predict_spawn`]), and that the newest state
/// does not tell of yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Spawned<E> {
    /// The tick of the input: there is one of them for a tick.
    pub tick: Tick,
    /// Index of its kind in the game's kinds.
    pub kind: usize,
    /// At [`Frame::tick`].
    pub before: E,
    /// The state one tick later.
    pub after: E,
}

/// Something that was not where it was shown, as this frame found out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Correction {
    /// The entity that was corrected.
    pub id: EntityId,
    /// Whether it is the player's own.
    pub own: bool,
    /// Distance by which it was off, before smoothing, in metres. A radian of direction counts as a metre.
    pub metres: f32,
    /// Too far to be smoothed, or a leap: shown in its true place at once.
    pub is_teleport: bool,
}

/// All entities in view at one moment.
#[derive(Debug)]
pub struct Frame<'a, G: Game> {
    /// The last whole tick before the present.
    pub tick: Tick,
    /// The present's position between `before` and `after`, 0 to 1.
    pub blend: f32,
    /// The entities in view, in no order.
    pub shown: &'a [Shown<G::Entity>],
    /// Indices of those of `shown` that were worked out for this frame. The others rest: they are what they were in the
    /// frame before.
    pub renewed: &'a [u32],
    /// Ascending by tick.
    pub spawned: &'a [Spawned<G::Entity>],
    /// Surprises since the frame before.
    pub corrections: &'a [Correction],
    pub(super) held: &'a HeldRows,
}

impl<G: Game> Frame<'_, G> {
    /// The label of an entity that is shown; empty if it has none, or is held no more.
    #[must_use]
    pub fn label(&self, id: EntityId) -> &[u8] {
        self.held.find(id.slot).map_or(&[], |key| self.held[key].label.as_slice())
    }
}

/// An entity three times over, to be drawn on top of itself: what was predicted and smoothed is seen at a
/// glance.
#[derive(Clone, Debug, PartialEq)]
pub struct Ghosts<E> {
    /// The server's truth: the newest state held.
    pub held: E,
    /// Its tick.
    pub held_at: Tick,
    /// The state that the client believes at the frame's tick, without smoothing. For an entity shown in the
    /// past, its state back then.
    pub predicted: E,
    /// The state that is shown at the frame's tick.
    pub shown: E,
}
