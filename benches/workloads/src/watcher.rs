//! [`Watcher`]: a client that holds a whole world and makes pictures of it, sixty a second, over a perfect line.

use auspice::authority::{Outgoing, Room};
use auspice::replica::Replica;
use auspice::{ClientId, Game, Micros};

/// A client of a room in memory.
pub struct Watcher<G: Game> {
    client: ClientId,
    replica: Replica<G>,
    /// Messages that wait for it.
    updates: Vec<Vec<u8>>,
}

impl<G: Game> Watcher<G> {
    /// A client that joins with the next ticks.
    ///
    /// # Panics
    /// Where the room has no seat for it.
    #[must_use]
    pub fn join(room: &mut Room<G>) -> Self {
        let client = room.connect().expect("the room should have a seat for a watcher");
        Self { client, replica: Replica::new("watcher", "bench").expect("the name should fit"), updates: Vec::new() }
    }

    /// The replica: all that it holds.
    #[must_use]
    pub const fn replica(&self) -> &Replica<G> {
        &self.replica
    }

    /// Says what is due, before a tick of the room.
    ///
    /// # Panics
    /// Where the room refuses it.
    pub fn send(&mut self, room: &mut Room<G>, now: Micros) {
        while let Some(message) = self.replica.poll_transmit(now) {
            room.handle_message(self.client, message).expect("the room should take what a replica sends");
        }
    }

    /// Fetches what the room has for it, after the tick.
    pub fn fetch(&mut self, room: &mut Room<G>) {
        while let Outgoing::Message(message) = room.poll_update(self.client) {
            self.updates.push(message.to_vec());
        }
    }

    /// Takes its update and makes the pictures of a tick of `period`: all that the netcode does in the frames of a
    /// tick. The entities that were worked out.
    ///
    /// # Panics
    /// Where the room sent something that is no update.
    #[inline(never)]
    pub fn see(&mut self, now: Micros, period: Micros) -> usize {
        for update in self.updates.drain(..) {
            self.replica.handle_message(&update, now).expect("an update should be one");
        }
        while self.replica.poll_event().is_some() {}
        let half = Micros(now.0 + period.0 / 2);
        self.replica.frame(now).renewed.len() + self.replica.frame(half).renewed.len()
    }
}
