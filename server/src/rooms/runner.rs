//! [`Runner`]: a room as the thread sees it that runs it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::code::RoomCode;
use super::entry::RoomEnds;
use crate::error::ServeError;

/// Time by which a room's turn may come before it is due, where its worker is awake: waking up once more costs as much
/// as some clients do, and a player sees nothing of a millisecond.
pub(crate) const EARLY_MAX: Duration = Duration::from_millis(1);

/// The time at which a room wants its worker again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Its next tick is due then.
    Ticks(Instant),
    /// Its time stands still: when it is woken, or then.
    Stands(Instant),
    /// Never: it has ended.
    Over,
}

/// A room that takes turns. It is one thread's at a time.
pub(crate) trait Runner: Send {
    /// The room's code.
    fn code(&self) -> RoomCode;

    /// Time from one tick to the next.
    fn period(&self) -> Duration;

    /// Does what is due at `now`, or what it was woken for.
    fn take_turn(&mut self, now: Instant) -> Turn;
}

/// Makes rooms, on the thread that is to run them.
pub(crate) trait RoomMaker: Send + Sync {
    /// A room with these ends.
    ///
    /// # Errors
    /// Where the game cannot be served by the room's options.
    fn make(&self, ends: RoomEnds) -> Result<Box<dyn Runner>, ServeError>;

    /// The room with these ends, which another node plays: it follows that one's log, and plays once it is told to.
    fn follow(self: Arc<Self>, ends: RoomEnds) -> Box<dyn Runner>;
}
