//! What a picture shows: [`Frame`].

use glam::Vec3;

use super::rebuild::HeldRow;
use crate::game::Game;
use crate::id::EntityId;
use crate::tick::Tick;

/// One entity of a frame: its state at the tick before the present, and at the one after. One that is shown in the past is so by
/// whole ticks, so that [`Frame::blend`] is the same for all.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown<E> {
    /// Who it is.
    pub id: EntityId,
    /// Which of the game's kinds.
    pub kind: usize,
    /// At [`Frame::tick`], smoothed.
    pub before: E,
    /// One tick later, smoothed: the state in which an input given now finds it.
    pub after: E,
    /// How far smoothing shows it beside its place, in the units of [`Game::place`]. In `before` and `after` already.
    pub offset: Vec3,
    /// It is the player's own shot or the like, and was in [`Frame::spawned`] until the server told of it, with this tick: whatever was
    /// drawn for that goes on as this.
    pub foretold: Option<Tick>,
}

/// What the player's own inputs brought into the world ([`Game::spawn`]), and the newest state does not tell of yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Spawned<E> {
    /// The tick of the input: there is one of them for a tick.
    pub tick: Tick,
    /// Which of the game's kinds.
    pub kind: usize,
    /// At [`Frame::tick`].
    pub before: E,
    /// One tick later.
    pub after: E,
}

/// Something that was not where it was shown, as this frame found out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Correction {
    /// What.
    pub id: EntityId,
    /// Whether it is the player's own.
    pub own: bool,
    /// How far it was off, before smoothing. A radian of direction counts as a metre.
    pub metres: f32,
    /// It was too far to be smoothed, and is shown at once.
    pub is_teleport: bool,
}

/// Everything in view at one moment.
#[derive(Debug)]
pub struct Frame<'a, G: Game> {
    /// The last whole tick before the present.
    pub tick: Tick,
    /// How far the present is on the way from `before` to `after`, 0 to 1.
    pub blend: f32,
    /// Ascending by slot.
    pub shown: &'a [Shown<G::Entity>],
    /// Ascending by tick.
    pub spawned: &'a [Spawned<G::Entity>],
    /// Surprises since the frame before.
    pub corrections: &'a [Correction],
    pub(super) held: &'a [HeldRow],
}

impl<G: Game> Frame<'_, G> {
    /// The label of an entity that is shown; empty if it has none, or is held no more.
    #[must_use]
    pub fn label(&self, id: EntityId) -> &[u8] {
        let index = self.held.binary_search_by_key(&id.slot, |held| held.id.slot);
        index.map_or(&[], |index| self.held[index].label.as_slice())
    }
}

/// One entity three times over, to be drawn on top of itself: what was predicted and smoothed is seen at a glance.
#[derive(Clone, Debug, PartialEq)]
pub struct Ghosts<E> {
    /// The server's truth: the newest state held.
    pub held: E,
    /// Its tick.
    pub held_at: Tick,
    /// Where it is believed to be at the frame's tick, without smoothing. Of one that is shown in the past: back then.
    pub predicted: E,
    /// As it is shown at the frame's tick.
    pub shown: E,
}
