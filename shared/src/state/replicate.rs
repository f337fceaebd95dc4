//! [`Replicate`]: what a game's types are, to be held as rows.

use super::drift::drift;
use super::row::{EMPTY, Row};
use super::schema::Kind;

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
///     /// Metres; published on a grid of a centimetre, believed foreseen within two.
///     #[field(vec2(min = -50.0, max = 50.0, step = 0.01), tolerance = 0.02, follows = velocity, position)]
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
/// ```
pub trait Replicate: Sized {
    /// The kinds that a value can be of, with their field tables.
    const KINDS: &'static [Kind];

    /// The index in [`KINDS`](Self::KINDS) of this value's kind.
    fn kind(&self) -> usize;

    /// Quantises every field into its columns; what is out of its field's range is clamped to it.
    fn write_row(&self, row: &mut Row);

    /// The value that `row` stands for. Reading and writing again gives the same row.
    fn read_row(kind: usize, row: &Row) -> Self;

    /// Linear motion for one tick: each field that `follows` another moves by it (position by velocity, angle by spin).
    fn drift(&mut self, tick_hz: u32) {
        let mut row = EMPTY;
        self.write_row(&mut row);
        let kind = self.kind();
        drift(&Self::KINDS[kind], &mut row, tick_hz);
        *self = Self::read_row(kind, &row);
    }
}
