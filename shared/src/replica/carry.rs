//! The legacy of a replica: what it leaves to the next one of its player.

use super::{Replica, ReplicaEvent};
use crate::game::Game;
use crate::link::Carried;
use crate::message::control;

impl<G: Game> Replica<G> {
    /// All that the next connection is to take over: see [`Follower::carry`](crate::session::Follower::carry). Events
    /// that nobody asked for yet go with it.
    pub(crate) fn carry(&self) -> Option<Carried> {
        let mut carried = self.link.carry()?;
        for happening in &self.events {
            if let ReplicaEvent::Event { tick, event } = happening {
                // What could be read can be written.
                carried.unread.extend(control::encode(event).ok().map(|bytes| (*tick, bytes)));
            }
        }
        Some(carried)
    }

    /// Takes that over, between the welcome and the first update.
    pub(crate) fn adopt(&mut self, carried: Carried) {
        for (tick, bytes) in self.link.adopt(carried) {
            if let Ok(event) = control::decode(&bytes, "an event") {
                self.events.push_back(ReplicaEvent::Event { tick, event });
            }
        }
    }
}
