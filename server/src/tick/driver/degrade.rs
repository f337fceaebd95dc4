//! Carries out what the overload ladder says: the room, the schedule, the door and every client hear of it.

use std::time::{Duration, Instant};

use auspice::Game;
use auspice::message::Announcement;

use super::Driver;
use crate::operate::metrics::RUNGS;

impl<G: Game> Driver<G> {
    /// A tick took `work`, at `now` since the start.
    pub(super) fn weigh(&mut self, now: Duration, work: Duration) {
        let Some(rung) = self.ladder.as_mut().and_then(|ladder| ladder.record(now, work)) else { return };
        let before = std::mem::replace(&mut self.rung, rung);
        if rung.level != before.level {
            tracing::warn!(from = before.level, to = rung.level, clients = self.lanes.clients(), "overload");
            if rung.level > before.level {
                self.metrics.overload_rungs.add(RUNGS[usize::from(before.level)]);
            }
        }
        self.gauges.set_rung(rung.level, rung.pace_percent.try_into().unwrap_or(100));
        self.entry.refuse_joins(rung.refuses_joins());
        if rung.pace_percent != before.pace_percent {
            self.schedule.set_pace(rung.pace_percent);
        }
        self.apply_rung();
    }

    /// Time goes as fast as whoever looks at a log wants it to.
    pub(super) fn follow_pace(&mut self) {
        let orders = self.talk.as_ref().and_then(|desk| desk.hall.orders());
        let Some(wanted) =
            orders.map(|orders| orders.pace_percent()).filter(|wanted| *wanted != self.rung.pace_percent)
        else {
            return;
        };
        self.rung.pace_percent = wanted;
        self.gauges.set_rung(self.rung.level, wanted.try_into().unwrap_or(100));
        self.schedule.set_pace(wanted);
        self.apply_rung();
    }

    /// Tells the room how much it may do and what to say to clients. A new room does not know either.
    pub(super) fn apply_rung(&mut self) {
        let left = self.drain_until.map(|until| until.saturating_duration_since(Instant::now()));
        let stops_in_seconds = left.map(|left| left.as_secs_f64().round() as u16);
        self.room.set_service_level(self.rung.service_level());
        self.room.announce(Announcement {
            overload: self.rung.level,
            pace_percent: self.rung.pace_percent.try_into().unwrap_or(100),
            stops_in_seconds,
        });
    }
}
