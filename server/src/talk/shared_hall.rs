//! [`SharedHall`]: the hall of all threads. Rooms look at a number in each tick, and take the lock where it has grown.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::hall::TalkHall;
use super::order_lines::OrderLines;
use crate::rooms::{ListedRoom, RoomOptions};

/// A hall that threads share.
pub(crate) struct SharedHall {
    is_on: bool,
    newest: AtomicU64,
    hall: Mutex<TalkHall>,
    orders: Option<Arc<OrderLines>>,
}

impl fmt::Debug for SharedHall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedHall").field("is_on", &self.is_on).finish_non_exhaustive()
    }
}

impl SharedHall {
    /// A hall without anybody, in which nobody talks where it is not on.
    pub(crate) fn new(is_on: bool) -> Self {
        Self { is_on, newest: AtomicU64::new(0), hall: Mutex::new(TalkHall::new(is_on, Instant::now())), orders: None }
    }

    /// The same where lines may be orders to what is shown.
    pub(crate) fn with_orders(self, orders: Option<Arc<OrderLines>>) -> Self {
        Self { orders, ..self }
    }

    /// Lines to what is shown, if anything listens to such.
    pub(crate) const fn orders(&self) -> Option<&Arc<OrderLines>> {
        self.orders.as_ref()
    }

    /// Whether players talk, and are told of.
    pub(crate) const fn is_on(&self) -> bool {
        self.is_on
    }

    /// The number of the newest line to everyone, without the lock.
    pub(crate) fn newest(&self) -> u64 {
        self.newest.load(Ordering::Relaxed)
    }

    /// Rooms of other nodes with these options. The lock is not held while they are looked through.
    pub(crate) fn rooms_abroad(&self, options: &RoomOptions) -> Vec<ListedRoom> {
        let has = |room: &&ListedRoom| options.iter().all(|(name, value)| room.options.get(name) == Some(value));
        let nodes = self.with(|hall| hall.rooms_abroad());
        nodes.iter().flat_map(|rooms| rooms.iter()).filter(has).cloned().collect()
    }

    /// Does something in the hall. Nothing of a game is called under its lock, so it is right after any panic.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut TalkHall) -> T) -> T {
        let mut hall: MutexGuard<'_, TalkHall> = self.hall.lock().unwrap_or_else(PoisonError::into_inner);
        let done = act(&mut hall);
        self.newest.store(hall.newest(), Ordering::Relaxed);
        done
    }
}
