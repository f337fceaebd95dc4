//! The entities that everyone sees: cursors, pieces of strokes, lines of talk, and the paper that says how much is on
//! it.
//!
//! A stroke is kept as pieces, each of a start and a few moves of the pen. All but the last piece of a stroke that is
//! being drawn lie still, and what lies still costs nothing.

use auspice::Replicate;
use glam::{IVec2, Vec2};
use serde::{Deserialize, Serialize};

/// Half of the paper on the first axis, in units.
pub const EDGE_X: f32 = 1600.0;

/// The same on the second axis, which points up.
pub const EDGE_Y: f32 = 1000.0;

/// Units of a step of a place on the paper.
pub const STEP: f32 = 0.5;

/// Steps that a pen moves at most on either axis in one move. A page divides longer ones.
pub const MOVE_MAX: i32 = 127;

/// Moves of one piece.
pub const MOVES: usize = 12;

/// Fastest that a cursor flies on either axis, in units a second: over the paper in half a second.
pub const SPEED_MAX: f32 = 8000.0;

/// Colours to draw in. The first is the paper's own, which covers what lies below.
pub const COLOURS: u8 = 10;

/// Widths of a pen, the finest first.
pub const WIDTHS: u8 = 6;

/// Strokes that are told apart by which came later. When there have been more, those that are left are numbered anew.
pub const ORDER_MAX: u32 = 65_535;

/// Anything on the board.
#[derive(Replicate, Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Entity {
    /// A player's.
    Cursor(Cursor),
    /// A piece of a stroke.
    Piece(Piece),
    /// A part of a line of talk.
    Line(Line),
    /// The paper, of which there is one.
    Paper(Paper),
}

/// A player's hand: where it is, and the velocity that moves it, which nobody can foresee. The label is the name.
#[derive(Replicate, Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[replicate(label, priority = 8)]
pub struct Cursor {
    /// In steps of half a unit.
    #[field(vec2(min = [-EDGE_X, -EDGE_Y], max = [EDGE_X, EDGE_Y], step = STEP), position, moved_by = velocity)]
    pub position: IVec2,
    /// In units a second.
    #[field(vec2(min = -SPEED_MAX, max = SPEED_MAX, step = 4.0), control, news_bits = 6)]
    pub velocity: Vec2,
    /// Colour of the pen, below [`COLOURS`].
    #[field(choice(count = COLOURS as u32))]
    pub colour: u8,
    /// Width of the pen, below [`WIDTHS`].
    #[field(choice(count = WIDTHS as u32))]
    pub width: u8,
}

/// A player's wish for its cursor. By default nothing: it stands still. A place would send it there whenever an
/// input is missing.
#[derive(Replicate, Clone, Copy, Debug, Default, PartialEq)]
pub struct Hand {
    /// In units a second.
    #[field(vec2(min = -SPEED_MAX, max = SPEED_MAX, step = 4.0))]
    pub velocity: Vec2,
}

/// A piece of a stroke: a start, and moves from point to point. Moves of a piece that are not made yet are zero.
///
/// Through three points of a stroke goes a curve from the middle of the first two to the middle of the last two. A
/// piece that goes on is drawn up to the middle of its last move; the next one has that move again as its first, and is
/// drawn from its middle on. So each piece is drawn by itself, and no joint is seen.
#[derive(Replicate, Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    /// In steps of half a unit.
    #[field(vec2(min = [-EDGE_X, -EDGE_Y], max = [EDGE_X, EDGE_Y], step = STEP), position)]
    pub start: IVec2,
    /// Colour, below [`COLOURS`].
    #[field(choice(count = COLOURS as u32))]
    pub colour: u8,
    /// Width, below [`WIDTHS`].
    #[field(choice(count = WIDTHS as u32))]
    pub width: u8,
    /// Whether it is not the first of its stroke.
    #[field(flags(bits = 1))]
    pub goes_on_from: bool,
    /// Whether another follows it.
    #[field(flags(bits = 1))]
    pub goes_on: bool,
    /// Place of the stroke among all: a later one covers an earlier one.
    #[field(scalar(min = 0, max = ORDER_MAX as i32, step = 1))]
    pub order: u32,
    /// The first move, in steps.
    #[field(vec2(min = -MOVE_MAX, max = MOVE_MAX, step = 1), news_bits = 5)]
    pub m1: IVec2,
    /// The second.
    #[field(vec2(min = -MOVE_MAX, max = MOVE_MAX, step = 1), news_bits = 5)]
    pub m2: IVec2,
    /// The third.
    #[field(vec2(min = -MOVE_MAX, max = MOVE_MAX, step = 1), news_bits = 5)]
    pub m3: IVec2,
    /// The fourth.
    #[field(vec2(min = -MOVE_MAX, max = MOVE_MAX, step = 1), news_bits = 5)]
    pub m4: IVec2,
    /// The fifth.
    #[field(vec2(min = -MOVE_MAX, max = MOVE_MAX, step = 1), news_bits = 5)]
    pub m5: IVec2,
    /// The sixth.
    #[field(vec2(min = -MOVE_MAX, max = MOVE_MAX, step = 1), news_bits = 5)]
    pub m6: IVec2,
    /// The seventh.
    #[field(vec2(min = -MOVE_MAX, max = MOVE_MAX, step = 1), news_bits = 5)]
    pub m7: IVec2,
    /// The eighth.
    #[field(vec2(min = -MOVE_MAX, max = MOVE_MAX, step = 1), news_bits = 5)]
    pub m8: IVec2,
    /// The ninth.
    #[field(vec2(min = -MOVE_MAX, max = MOVE_MAX, step = 1), news_bits = 5)]
    pub m9: IVec2,
    /// The tenth.
    #[field(vec2(min = -MOVE_MAX, max = MOVE_MAX, step = 1), news_bits = 5)]
    pub m10: IVec2,
    /// The eleventh.
    #[field(vec2(min = -MOVE_MAX, max = MOVE_MAX, step = 1), news_bits = 5)]
    pub m11: IVec2,
    /// The last.
    #[field(vec2(min = -MOVE_MAX, max = MOVE_MAX, step = 1), news_bits = 5)]
    pub m12: IVec2,
}

impl Piece {
    /// The moves, in steps; those that are not made yet are zero.
    #[must_use]
    pub const fn moves(&self) -> [IVec2; MOVES] {
        let Self { m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, .. } = *self;
        [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12]
    }

    /// Makes the moves others.
    pub const fn set_moves(&mut self, moves: [IVec2; MOVES]) {
        [
            self.m1, self.m2, self.m3, self.m4, self.m5, self.m6, self.m7, self.m8, self.m9, self.m10, self.m11,
            self.m12,
        ] = moves;
    }
}

/// A part of a line of talk: the label is the name in part 0, and the text in those that follow.
#[derive(Replicate, Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[replicate(label, priority = 4)]
pub struct Line {
    /// Number of the line, the oldest first.
    #[field(counter(max = 1 << 30), news_bits = 6)]
    pub number: u32,
    /// Place of the part in its line.
    #[field(choice(count = 8))]
    pub part: u8,
    /// Colour of whoever said it, below [`COLOURS`].
    #[field(choice(count = COLOURS as u32))]
    pub colour: u8,
}

/// The paper: by it a client knows whether it has all of what is drawn.
#[derive(Replicate, Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[replicate(priority = 255)]
pub struct Paper {
    /// Pieces that are on it.
    #[field(counter(max = 1 << 14))]
    pub pieces: u32,
}
