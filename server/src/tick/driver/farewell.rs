//! The server's farewell: players are told and given time, then all are closed and waited for a little.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use auspice::Game;
use auspice::error::CloseReason;

use super::tick_recorder::REPORT_INTERVAL;
use super::{Begun, Driver};
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
        if !self.stop.is_draining() {
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
            self.metrics.drains();
            self.drain_until = Some(now + self.drain_timeout);
            self.apply_rung();
        }
        self.room.players() == 0 || self.drain_until.is_none_or(|until| now >= until)
    }

    /// Reads, plays and tells what had come by the end of the time that players were given. A server that is
    /// to stop at once does not wait for that.
    pub(super) fn settle(&mut self, last: Option<Begun>) {
        if self.stop.is_raised() {
            return;
        }
        self.exchange(last);
        self.seat_arrivals();
        if let Err(panic) = self.play_contained().and_then(|()| self.play_out()) {
            self.rescue(panic);
        }
    }

    /// Inputs that wait for a tick that will not come by itself. Nobody gives more.
    fn play_out(&mut self) -> Result<(), Panic> {
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

    /// Tells everyone why the server ends, and waits for them a little.
    pub(super) fn say_goodbye(&mut self) {
        // Who was told to stop at once will be away for longer than who drained first.
        let reason = if self.stop.is_raised() { CloseReason::ServerStopping } else { CloseReason::ServerRestarting };
        self.arrivals.close();
        self.seat_arrivals();
        tracing::info!(clients = self.lanes.clients(), reason = reason.label(), "stopping");
        self.close_all(&reason);
        let until = Instant::now() + CLOSING_MAX;
        loop {
            self.trade(Instant::now() + CLOSING_STEP, true);
            self.handle();
            if self.lanes.is_empty() || Instant::now() >= until {
                break;
            }
        }
        // No further second will come in which to tell it.
        self.journal.tell_held_back(Instant::now() + REPORT_INTERVAL);
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
