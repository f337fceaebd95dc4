//! [`TalkDesk`]: a room's part in what players say to each other beside the game: where it stands in what all say, and
//! how much may still be said in it.

use std::sync::Arc;
use std::time::Instant;

use auspice::ClientId;

use crate::net::Bucket;
use crate::rooms::{RoomCode, RoomEntry};
use crate::talk::SharedHall;

/// A room's part in the hall. Nobody is told to be there any more once it is dropped.
pub(super) struct TalkDesk {
    pub(super) hall: Arc<SharedHall>,
    pub(super) room: RoomCode,
    is_private: bool,
    /// The number of the last line to everyone that was taken.
    pub(super) heard: u64,
    pub(super) rate: Bucket,
    /// Lines wait for somebody.
    pub(super) has_waiting: bool,
}

impl TalkDesk {
    /// A room's desk; none where nobody talks.
    pub(super) fn of(hall: &Arc<SharedHall>, entry: &RoomEntry) -> Option<Self> {
        hall.is_on().then(|| Self {
            hall: Arc::clone(hall),
            room: entry.code,
            is_private: entry.is_private,
            heard: hall.newest(),
            rate: Bucket::new(Instant::now()),
            has_waiting: false,
        })
    }

    /// The room as others are told of it.
    pub(super) fn told_room(&self) -> Option<RoomCode> {
        (!self.is_private).then_some(self.room)
    }

    pub(super) fn enter(&self, client: ClientId, name: &str) {
        if !self.is_private {
            self.hall.with(|hall| hall.enter(self.room, client, name));
        }
    }

    pub(super) fn leave(&self, client: ClientId) {
        if !self.is_private {
            self.hall.with(|hall| hall.leave(self.room, client));
        }
    }

    /// Tells others that nobody is there any more.
    pub(super) fn clear(&self) {
        self.hall.with(|hall| hall.clear(self.room));
    }

    /// Time goes on after nobody was there: what was said meanwhile is old.
    pub(super) fn wake(&mut self) {
        self.heard = self.hall.newest();
    }
}

impl Drop for TalkDesk {
    fn drop(&mut self) {
        self.clear();
    }
}
