//! [`WorkerMail`]: what a worker thread is asked by others, and [`WorkerPost`]: where they ask it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, SyncSender};
use std::time::Instant;

use super::code::RoomCode;
use super::entry::RoomEnds;
use super::runner::Runner;
use crate::error::ServeError;
use crate::operate::heartbeat::Heartbeat;

/// A message to a worker.
pub(crate) enum WorkerMail {
    /// Makes a room; whoever waits for it is told how that went.
    Make(RoomEnds, Option<SyncSender<Result<(), ServeError>>>),
    /// Follows the log of a room that another node plays, to go on with it.
    Follow(RoomEnds),
    /// Gives a room its turn although none is due: somebody has come, or an order.
    Wake(RoomCode),
    /// Runs a room of another worker from now on, which is due then.
    Adopt(Box<dyn Runner>, Instant),
}

/// A worker, as others see it.
#[derive(Clone, Debug)]
pub(crate) struct WorkerPost {
    pub(crate) mail: Sender<WorkerMail>,
    pub(crate) load: Arc<WorkerLoad>,
    pub(crate) heartbeat: Arc<Heartbeat>,
}

/// The load of a worker.
#[derive(Debug, Default)]
pub(crate) struct WorkerLoad {
    /// Share of its time that its rooms took of late, in thousandths.
    busy: AtomicU32,
    /// Rooms that it has, those on the way to it among them.
    rooms: AtomicUsize,
}

impl WorkerLoad {
    pub(crate) fn busy(&self) -> u32 {
        self.busy.load(Ordering::Relaxed)
    }

    pub(crate) fn set_busy(&self, thousandths: u32) {
        self.busy.store(thousandths, Ordering::Relaxed);
    }

    pub(crate) fn rooms(&self) -> usize {
        self.rooms.load(Ordering::Relaxed)
    }

    pub(crate) fn room_came(&self) {
        self.rooms.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn room_went(&self) {
        self.rooms.fetch_sub(1, Ordering::Relaxed);
    }
}
