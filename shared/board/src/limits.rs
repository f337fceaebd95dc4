//! Every bound of the board, with its reason.

use auspice::limits::VISIBLE_MAX;

/// Pieces of strokes on the board. Everyone sees all of them, and has room for the cursors and the talk beside them.
pub const PIECES_MAX: usize = 12_000;

/// Moves of the pen that a player may make at once: what it drew while a connection was away.
pub const MOVES_AT_ONCE_MAX: u32 = 4000;

/// Moves of the pen in a second, for long: more than a tablet's pen makes once it is thinned out.
pub const MOVES_PER_SECOND: u32 = 300;

/// Characters of something said: a line or two.
pub const CHAT_CHARS_MAX: usize = 120;

/// Sayings that a player may make at once: each comes back after [`SAYING_SECONDS`].
pub const SAYINGS_AT_ONCE_MAX: u32 = 4;

/// Seconds from one saying to the next, for long.
pub const SAYING_SECONDS: u32 = 2;

/// Lines of talk that stay. Whoever comes later reads them.
pub const LINES_MAX: usize = 50;

/// Parts of a line: the name, and as many labels as the longest text takes in any script.
pub const PARTS_MAX: usize = 8;

const _: () =
    assert!(PIECES_MAX + LINES_MAX * PARTS_MAX + 2000 <= VISIBLE_MAX as usize, "all of it must fit into a view");
