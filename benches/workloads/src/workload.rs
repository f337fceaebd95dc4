//! [`Workload`]: a game whose world needs no player, so that whoever knows its rules can run it a second time
//! and compare.

use auspice::{Game, Replicate, Terms};

/// A player's input: a byte of buttons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Replicate)]
pub struct Buttons {
    /// Buttons, which mean nothing.
    #[field(flags(bits = 8))]
    pub pressed: u8,
}

/// See the module. Entities have their index in the world for a slot.
pub trait Workload: Game<Input = Buttons> {
    /// The true world.
    type World;
    /// An entity of the workload, exactly.
    type Truth: Clone;
    /// Margin at the edge of sight in which an entity may be missing or too much, in metres: the engine
    /// measures between published places, in single precision.
    const EDGE_METRES: f64;

    /// Rules for a world of `entities`: on a square with a side of `side_metres`, at most 8191, or at the
    /// workload's density.
    fn rules(entities: u32, side_metres: Option<f64>) -> Self::Rules;

    /// The world at tick 0.
    fn world(terms: &Terms<Self::Rules>) -> Self::World;

    /// Moves the world on by a tick.
    fn step_world(world: &mut Self::World);

    /// Entities of the world, by index.
    fn truths(world: &Self::World) -> &[Self::Truth];

    /// The place of `truth`, in metres.
    fn metres(truth: &Self::Truth) -> [f64; 2];

    /// Whether a client may hold `held` of `truth`.
    fn is_within_tolerance(held: &Self::Entity, truth: &Self::Truth) -> bool;
}
