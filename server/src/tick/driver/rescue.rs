//! A game that panics ends its room, not the process: everyone is told, a report is logged, and a new room is made.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Instant;

use auspice::Game;
use auspice::error::CloseReason;

use super::Driver;
use crate::operate::panics::panic_message;

/// Ticks that a report tells of.
const REPORTED_TICKS: usize = 16;

/// The payload of a panic.
pub(crate) type Panic = Box<dyn Any + Send>;

impl<G: Game> Driver<G> {
    /// Plays the room's part of a tick. A panic in it is the game's, or one of ours that its rows provoked.
    pub(super) fn play_contained(&mut self) -> Result<(), Panic> {
        // The room is thrown away after a panic, and nothing else that the closure changes is left half done:
        // see `rescue`.
        catch_unwind(AssertUnwindSafe(|| self.play()))
    }

    /// Tells everyone, and makes a new room.
    ///
    /// # Panics
    ///
    /// Goes on with the panic, once everyone has been told, if there were too many or there is no new room to be had.
    pub(super) fn rescue(&mut self, panic: Panic) {
        self.tell_failure(&panic);
        self.metrics.room_panics.inc();
        // The panic may have come before they were looked at.
        self.lanes.free_gone();
        // The game's own clean-up may panic as well, when the room hears of each leave and when it is dropped.
        let _ = catch_unwind(AssertUnwindSafe(|| self.close_all(&CloseReason::RoomFailed)));
        // Nor will it tell of anybody's leave; those who were away have lost their seats too.
        self.metrics.everyone_left();
        let gives_up = self.failures.add(Instant::now());
        let (room_spec, failures) = (&mut self.room_spec, self.failures.total);
        let fresh = catch_unwind(AssertUnwindSafe(|| room_spec.make(failures)));
        match fresh {
            Ok(Ok(room)) if !gives_up => {
                let failed = std::mem::replace(&mut self.room, room);
                // The new room gives out the old one's names anew: whoever was known by them is not.
                self.kept.clear();
                let _ = catch_unwind(AssertUnwindSafe(|| drop(failed)));
                self.apply_rung();
                tracing::warn!(failures = self.failures.total, "a new room was made");
            }
            _ => {
                tracing::error!(failures = self.failures.total, "rooms fail again and again: the server ends");
                self.say_goodbye();
                resume_unwind(panic);
            }
        }
    }

    fn tell_failure(&self, panic: &Panic) {
        tracing::error!(
            what = panic_message(&**panic),
            tick = self.room.tick_now().0,
            seed = self.room_spec.seed.wrapping_add(self.failures.total),
            clients = self.lanes.clients(),
            entities = self.room.stats().entities,
            recent_ticks = self.log.recent(REPORTED_TICKS),
            "the game panicked: its room ends, the server does not"
        );
    }
}
