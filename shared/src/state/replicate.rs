//! [`Replicate`]: what a game's types are, to be held as rows.

use glam::Vec3;

use super::drift::drift;
use super::row::{EMPTY, Row};
use super::schema::{Display, Kind};
use crate::limits::COLUMNS_MAX;

/// Something whose state both ends hold as a row: an entity, or a player's input.
///
/// Derive it: `#[derive(Replicate)]` on a struct makes one kind, on an enum of such structs one kind for each variant.
///
/// ```
/// use auspice::Replicate;
/// use glam::Vec2;
///
/// #[derive(Replicate, Debug, PartialEq)]
/// struct Ball {
///     /// Metres; published on a grid of a centimetre, and never more than two of them from the truth.
///     #[field(vec2(min = -50.0, max = 50.0, step = 0.01), tolerance = 0.02, moved_by = velocity, position)]
///     position: Vec2,
///     #[field(vec2(min = -20.0, max = 20.0, step = 0.05))]
///     velocity: Vec2,
///     /// A player decides it, so nobody can foresee it.
///     #[field(flags(bits = 2), control)]
///     buttons: u8,
/// }
///
/// let mut row = [0; auspice::limits::COLUMNS_MAX];
/// let ball = Ball { position: Vec2::new(1.0, 2.0), velocity: Vec2::ZERO, buttons: 1 };
/// ball.write_row(&mut row);
/// assert_eq!(row[..5], [100, 200, 0, 0, 1]);
/// assert_eq!(Ball::read_row(0, &row), ball);
/// assert_eq!(ball.position(), Some(glam::Vec3::new(1.0, 2.0, 0.0)));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no field table",
    label = "this derives no `Replicate`",
    note = "write #[derive(Replicate)] above its definition, and #[field(...)] above each of its fields"
)]
pub trait Replicate: Sized {
    /// The kinds that a value can be of, with their field tables.
    const KINDS: &'static [Kind];

    /// The index in [`KINDS`](Self::KINDS) of this value's kind.
    fn kind(&self) -> usize;

    /// Quantises every field into its columns; what is out of its field's range is clamped to it.
    fn write_row(&self, row: &mut Row);

    /// Writes what the columns would be without rounding: what a tolerance is kept against. By default the columns,
    /// so that whatever was lost by rounding is not known to be lost.
    fn write_steps(&self, steps: &mut [f64; COLUMNS_MAX]) {
        let mut row = EMPTY;
        self.write_row(&mut row);
        *steps = row.map(f64::from);
    }

    /// The value that `row` stands for. Reading and writing again gives the same row.
    fn read_row(kind: usize, row: &Row) -> Self;

    /// The place in units, by the field that is marked `position`; `None` for a kind without one.
    fn position(&self) -> Option<Vec3> {
        None
    }

    /// Linear motion for one tick: a field marked `moved_by` moves by the other (position by velocity, angle by spin).
    fn drift(&mut self, tick_hz: u32) {
        let mut row = EMPTY;
        self.write_row(&mut row);
        let kind = self.kind();
        drift(&Self::KINDS[kind], &mut row, tick_hz);
        *self = Self::read_row(kind, &row);
    }
}

/// The input of a game that has none: one kind without a field. A message that says it again costs what any
/// other repeated input costs.
impl Replicate for () {
    const KINDS: &'static [Kind] = &[Kind {
        name: "()",
        labelled: false,
        priority: 1,
        patience_millis: None,
        fields: &[],
        news: &[],
        codes: "",
        display: Display::Advance,
        rewinds: false,
        obstacle: false,
    }];

    fn kind(&self) -> usize {
        0
    }

    fn write_row(&self, _: &mut Row) {}

    fn read_row(_: usize, _: &Row) -> Self {}
}

/// Stops the compiler where an input is of several kinds: an input's message has no place for which of them it is.
///
/// ```
/// # use auspice::{ClientId, Context, Game, Ground, Publisher, Replicate, Step, Terms, authority::Room};
/// # #[derive(Clone, Copy, PartialEq, Replicate)]
/// # struct Walk { #[field(flags(bits = 1))] on: bool }
/// # #[derive(Clone, Copy, PartialEq, Replicate)]
/// # struct Swim { #[field(flags(bits = 1))] on: bool }
/// # struct Pool;
/// #[derive(Clone, Copy, PartialEq, Replicate)]
/// enum Motion { Walk(Walk) }
/// # impl Default for Motion { fn default() -> Self { Self::Walk(Walk { on: false }) } }
/// impl Game for Pool {
///     type Input = Motion;
///     // and the rest
/// #   const NAME: &'static str = "pool";
/// #   const INTEREST_RADIUS: f32 = 1.0;
/// #   type Rules = ();
/// #   type Level = ();
/// #   type Entity = Walk;
/// #   type Command = ();
/// #   type Event = ();
/// #   fn new(_: &Ground<Self>, _: u64) -> Self { Self }
/// #   fn join(&mut self, _: ClientId, _: &str, _: &mut Context<'_, Self>) {}
/// #   fn leave(&mut self, _: ClientId, _: &mut Context<'_, Self>) {}
/// #   fn step(&mut self, _: &mut Step<'_, Self>) {}
/// #   fn publish(&self, _: &mut Publisher<'_, Self>) {}
/// }
/// assert!(Room::<Pool>::new(Terms::of::<Pool>(()), 1, 1).is_ok());
/// ```
///
/// One variant more, and it does not compile:
///
/// ```compile_fail
/// # use auspice::{ClientId, Context, Game, Ground, Publisher, Replicate, Step, Terms, authority::Room};
/// # #[derive(Clone, Copy, PartialEq, Replicate)]
/// # struct Walk { #[field(flags(bits = 1))] on: bool }
/// # #[derive(Clone, Copy, PartialEq, Replicate)]
/// # struct Swim { #[field(flags(bits = 1))] on: bool }
/// # struct Pool;
/// #[derive(Clone, Copy, PartialEq, Replicate)]
/// enum Motion { Walk(Walk), Swim(Swim) }
/// # impl Default for Motion { fn default() -> Self { Self::Walk(Walk { on: false }) } }
/// impl Game for Pool {
///     type Input = Motion;
///     // and the rest
/// #   const NAME: &'static str = "pool";
/// #   const INTEREST_RADIUS: f32 = 1.0;
/// #   type Rules = ();
/// #   type Level = ();
/// #   type Entity = Walk;
/// #   type Command = ();
/// #   type Event = ();
/// #   fn new(_: &Ground<Self>, _: u64) -> Self { Self }
/// #   fn join(&mut self, _: ClientId, _: &str, _: &mut Context<'_, Self>) {}
/// #   fn leave(&mut self, _: ClientId, _: &mut Context<'_, Self>) {}
/// #   fn step(&mut self, _: &mut Step<'_, Self>) {}
/// #   fn publish(&self, _: &mut Publisher<'_, Self>) {}
/// }
/// assert!(Room::<Pool>::new(Terms::of::<Pool>(()), 1, 1).is_ok());
/// ```
pub(crate) const fn assert_one_kind<T: Replicate>() {
    assert!(
        T::KINDS.len() == 1,
        "Game::Input is of one kind: a struct that derives Replicate, or (); not an enum of several"
    );
}
