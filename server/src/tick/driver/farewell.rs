//! The server's farewell: players are told and given time, then all are closed and waited for a little.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use auspice::Game;
use auspice::error::{CloseReason, SessionEnd};

use super::Driver;
use super::tape::Tape;
use super::tick_recorder::REPORT_INTERVAL;
use crate::operate::metrics::RoomState;
use crate::operate::panics::Panic;

/// Greatest time that clients may take to answer the close: a socket's own limit, and a little for the way.
const CLOSING_MAX: Duration = Duration::from_millis(300);

/// Ticks that are made at once at a drain's end for inputs that came early. An honest client is one or two ahead.
const PLAYED_OUT_TICKS_MAX: i32 = 8;

/// Time from one look at the sockets to the next meanwhile.
const CLOSING_STEP: Duration = Duration::from_millis(5);

impl<G: Game> Driver<G> {
    /// Whether a drain is asked for and over at `now`: no player is left, nor away with a seat that is kept,
    /// or their time is over. The first call that finds it asked for starts it.
    pub(super) fn is_drained(&mut self, now: Instant) -> bool {
        if !self.stop.is_draining() && !self.entry.is_draining() {
            return false;
        }
        if self.drain_until.is_none() {
            let (clients, away) = (self.lanes.clients(), self.room.suspended());
            tracing::info!(
                clients,
                away,
                seconds = self.drain_timeout.as_secs(),
                "draining: nobody is let in but who has a seat"
            );
            self.metrics.draining.set(i64::from(self.stop.is_draining()));
            self.gauges.set_state(RoomState::Draining);
            self.drain_until = Some(now + self.drain_timeout);
            self.apply_rung();
        }
        let is_left = self.room.players() == 0 && !self.sends_on(now);
        is_left || self.drain_until.is_none_or(|until| now >= until)
    }

    /// Plays inputs that wait for a tick that will not come by itself. Nobody gives more.
    pub(super) fn play_out(&mut self) -> Result<(), Panic> {
        let leads = self.lanes.each_client().filter_map(|client| Some(self.room.client(client)?.lead));
        let ahead = leads.max().unwrap_or(0).clamp(0, PLAYED_OUT_TICKS_MAX);
        // As `play_contained`.
        catch_unwind(AssertUnwindSafe(|| {
            for _ in 0..ahead {
                self.step();
            }
            self.compose();
        }))
    }

    /// Tells everyone why the server ends, and waits for them a little: the time at which to look after them.
    pub(super) fn say_goodbye(&mut self) -> Instant {
        if self.given_up.is_none() && !self.is_anothers() {
            // What they are told now is that they may come back.
            self.with_tape(Tape::finish);
        }
        let is_over = !self.stop.is_raised() && !self.stop.is_draining() && self.roster.is_of_many();
        if is_over && !self.is_anothers() {
            self.tape.iter_mut().for_each(Tape::close);
        }
        // Who was told to stop at once will be away for longer than who drained first.
        let reason = match self.entry.moved() {
            Some(moved) => CloseReason::Moved(moved.clone()),
            None if self.stop.is_raised() => CloseReason::ServerStopping,
            None if self.stop.is_draining() || !self.roster.is_of_many() => CloseReason::ServerRestarting,
            // Its players come back to it wherever it is.
            None if self.is_anothers() => CloseReason::ServerRestarting,
            // The others go on.
            None => SessionEnd::RoomClosed.into(),
        };
        self.arrivals.close();
        self.seat_arrivals();
        tracing::info!(clients = self.lanes.clients(), reason = reason.label(), "stopping");
        self.close_all(&reason);
        let now = Instant::now();
        self.parts_until = Some(now + CLOSING_MAX);
        self.send(now + CLOSING_STEP);
        now + CLOSING_STEP
    }

    /// Looks after those who were told goodbye; the time at which to do so again, `None` when nobody is left or their
    /// time is over.
    pub(super) fn part(&mut self, until: Instant) -> Option<Instant> {
        self.take_in();
        self.handle();
        let now = Instant::now();
        if self.lanes.is_empty() || now >= until {
            // No further second will come in which to tell it.
            self.journal.tell_held_back(now + REPORT_INTERVAL);
            // Only now, since a disk may take its time.
            drop(self.tape.take());
            return None;
        }
        self.send(now + CLOSING_STEP);
        Some(now + CLOSING_STEP)
    }

    /// Closes every client. What was composed for it still goes out first.
    pub(super) fn close_all(&mut self, reason: &CloseReason) {
        let mut last = None;
        while let Some(at) = self.lanes.next_place(last) {
            last = Some(at);
            self.close(at, reason);
        }
    }
}
