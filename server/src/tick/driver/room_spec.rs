//! [`RoomSpec`]: what a room is made by, and made anew after it failed; [`Failures`]: how often that was.

use std::time::{Duration, Instant};

use auspice::authority::Room;
use auspice::error::SetupError;
use auspice::{Game, Ground, Terms};

/// Rooms that may fail within [`FAILURES_WINDOW`]. With one more the server gives up: a world that fails at
/// once again and again helps nobody, and whoever supervises the process should know.
const FAILURES_MAX: usize = 3;
const FAILURES_WINDOW: Duration = Duration::from_secs(60);

/// Makes a world at tick 0, of the ground, a seed and whatever data it brings (a map, a trace, a database). It
/// is asked again for the room that takes the place of one that failed.
pub type NewWorld<G> = Box<dyn FnMut(&Ground<G>, u64) -> G + Send>;

/// All that it takes to make the room, again if need be.
pub(crate) struct RoomSpec<G: Game> {
    pub(crate) terms: Terms<G::Rules>,
    pub(crate) world: NewWorld<G>,
    pub(crate) seed: u64,
    pub(crate) clients_max: usize,
    pub(crate) grace_ticks: u32,
}

impl<G: Game> RoomSpec<G> {
    /// A new room. After a failure it has another seed, so that a world that fails by itself does not fail for ever.
    pub(crate) fn make(&mut self, failures: u64) -> Result<Room<G>, SetupError> {
        let seed = self.seed.wrapping_add(failures);
        let mut room = Room::with_world(self.terms.clone(), seed, self.clients_max, &mut self.world)?;
        room.set_grace(self.grace_ticks);
        Ok(room)
    }
}

/// Times at which rooms failed of late.
#[derive(Debug, Default)]
pub(super) struct Failures {
    pub(super) total: u64,
    recent: Vec<Instant>,
}

impl Failures {
    /// Adds a failure at `now`. True if they are too many.
    pub(super) fn add(&mut self, now: Instant) -> bool {
        self.total += 1;
        self.recent.retain(|&then| now.saturating_duration_since(then) < FAILURES_WINDOW);
        self.recent.push(now);
        self.recent.len() > FAILURES_MAX
    }
}
