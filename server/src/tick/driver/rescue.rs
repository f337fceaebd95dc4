//! A game that panics does not end the process: a report is logged, and its room goes on as it was before, where that
//! is on record; or else it ends, everyone is told, and a new one is made.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use auspice::Game;
use auspice::error::CloseReason;

use super::tape::Tape;
use super::{Driver, PlayStage};
use crate::operate::panics::{Panic, panic_message};
use crate::tick::talk_desk::TalkDesk;

/// Ticks that a report tells of.
const REPORTED_TICKS: usize = 16;

/// Time within which a second panic ends the room.
const RECOVERY_PAUSE: Duration = Duration::from_secs(60);

impl<G: Game> Driver<G> {
    /// Plays the room's part of a tick. A panic in it is the game's, or one of ours that its rows provoked.
    pub(super) fn play_contained(&mut self) -> Result<(), Panic> {
        // The room is thrown away after a panic, and nothing else that the closure changes is left half done:
        // see `rescue`.
        catch_unwind(AssertUnwindSafe(|| self.play()))
    }

    /// Makes the room again, or else tells everyone, and makes a new one. Gives up, once everyone has been told, if
    /// there were too many or there is no new room to be had.
    pub(super) fn rescue(&mut self, panic: Panic) {
        self.tell_panic(&panic);
        self.metrics.room_panics.inc();
        if self.recover() {
            return;
        }
        tracing::error!(clients = self.lanes.clients(), "the room ends, and everyone is closed");
        // The panic may have come before they were looked at.
        self.lanes.free_gone();
        // The game's own clean-up may panic as well, when the room hears of each leave and when it is dropped.
        let _ = catch_unwind(AssertUnwindSafe(|| self.close_all(&CloseReason::RoomFailed)));
        // Nor will it tell of anybody's leave; those who were away have lost their seats too.
        self.gauges.everyone_left();
        let gives_up = self.failures.add(Instant::now());
        let (room_spec, failures) = (&mut self.room_spec, self.failures.total);
        let fresh = catch_unwind(AssertUnwindSafe(|| room_spec.make(failures)));
        match fresh {
            Ok(Ok(room)) if !gives_up => {
                let failed = std::mem::replace(&mut self.room, room);
                // The new room gives out the old one's names anew: whoever was known by them is not.
                self.kept.clear();
                self.talk.iter().for_each(TalkDesk::clear);
                let _ = catch_unwind(AssertUnwindSafe(|| drop(failed)));
                self.with_tape(Tape::begin_anew);
                self.apply_rung();
                tracing::warn!(failures = self.failures.total, "a new room was made");
            }
            _ => {
                tracing::error!(failures = self.failures.total, "rooms fail again and again: the server ends");
                self.given_up = Some(panic);
            }
        }
    }

    /// Makes the room again as it was before the panic, where it is on record; a tick that panicked runs once more, and
    /// nobody has a wish in it. False where that is not to be, for one that panics soon again: then the room ends.
    fn recover(&mut self) -> bool {
        let now = Instant::now();
        let is_first = self.recovered.is_none_or(|before| now.saturating_duration_since(before) >= RECOVERY_PAUSE);
        // Messages that were not handled yet build on those that were, so that nobody could be understood any more.
        let stage = self.stage;
        let Some(tape) = self.tape.as_mut().filter(|_| is_first && stage != PlayStage::Handle) else { return false };
        let Some(room) = tape.rebuild(&mut self.room, &self.room_spec) else { return false };
        let failed = std::mem::replace(&mut self.room, room);
        let _ = catch_unwind(AssertUnwindSafe(|| drop(failed)));
        self.with_tape(Tape::begin_anew);
        self.recovered = Some(now);
        if stage == PlayStage::Step {
            let alone = catch_unwind(AssertUnwindSafe(|| {
                let made = self.room.tick_alone();
                self.stepped(made);
                self.compose();
            }));
            if alone.is_err() {
                return false;
            }
        }
        self.write_down(|tape, room| tape.hand_over_tick(room, Duration::ZERO));
        self.metrics.room_recoveries.inc();
        tracing::warn!(tick = self.room.tick_now().0, "the room goes on as it was before the panic");
        true
    }

    fn tell_panic(&self, panic: &Panic) {
        tracing::error!(
            what = panic_message(&**panic),
            tick = self.room.tick_now().0,
            seed = self.room_spec.seed.wrapping_add(self.failures.total),
            clients = self.lanes.clients(),
            entities = self.room.stats().entities,
            recent_ticks = self.log.recent(REPORTED_TICKS),
            "the game panicked"
        );
    }
}
