//! [`RoomGauges`]: what one room adds to the gauges that all rooms of a server share, and takes back when it ends.

use std::sync::Arc;

use auspice::message::Announcement;

use crate::operate::metrics::{Metrics, RoomState};

/// A room's part in the server's gauges.
pub(crate) struct RoomGauges {
    metrics: Arc<Metrics>,
    state: RoomState,
    entities: i64,
    suspended: i64,
    /// Players that joined and have not left.
    players: u64,
    overload: u8,
    pace_percent: u8,
}

impl RoomGauges {
    /// The part of a room that runs.
    pub(crate) fn new(metrics: Arc<Metrics>) -> Self {
        metrics.rooms(RoomState::Running).inc();
        let Announcement { overload, pace_percent, .. } = Announcement::default();
        metrics.pace.change(None, Some((overload, pace_percent)));
        Self { metrics, state: RoomState::Running, entities: 0, suspended: 0, players: 0, overload, pace_percent }
    }

    pub(crate) fn set_state(&mut self, state: RoomState) {
        self.metrics.rooms(self.state).dec();
        self.metrics.rooms(state).inc();
        self.state = state;
    }

    pub(crate) fn set_entities(&mut self, count: u64) {
        let before = std::mem::replace(&mut self.entities, count as i64);
        self.metrics.entities.add(self.entities - before);
    }

    pub(crate) fn set_suspended(&mut self, count: usize) {
        let before = std::mem::replace(&mut self.suspended, count as i64);
        self.metrics.clients.suspended.add(self.suspended - before);
    }

    pub(crate) fn set_rung(&mut self, overload: u8, pace_percent: u8) {
        let before = (self.overload, self.pace_percent);
        (self.overload, self.pace_percent) = (overload, pace_percent);
        self.metrics.pace.change(Some(before), Some((overload, pace_percent)));
    }

    /// A player joined.
    pub(crate) const fn joined(&mut self) {
        self.players += 1;
    }

    /// A player is gone for good.
    pub(crate) fn left(&mut self) {
        self.players = self.players.saturating_sub(1);
        self.metrics.clients.leaves.inc();
    }

    /// A player went to another room, where it is counted from now on.
    pub(crate) const fn moved(&mut self) {
        self.players = self.players.saturating_sub(1);
    }

    /// The room is no more, and nobody of it can come back.
    pub(crate) fn everyone_left(&mut self) {
        self.metrics.clients.leaves.inc_by(std::mem::take(&mut self.players));
        self.set_suspended(0);
    }
}

impl Drop for RoomGauges {
    fn drop(&mut self) {
        self.everyone_left();
        self.set_entities(0);
        self.metrics.rooms(self.state).dec();
        self.metrics.pace.change(Some((self.overload, self.pace_percent)), None);
    }
}
