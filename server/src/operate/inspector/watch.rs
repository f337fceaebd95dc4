//! [`RoomWatch`]: copies of a room on their way from the tick thread to whoever looks, two of them in turn.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use auspice::Game;
use auspice::authority::{Glance, Room};
use tokio::sync::Notify;

use crate::limits::{
    GLANCE_LATE_MAX, GLANCE_PER_PLAYER, GLANCE_UNWATCHED, GLANCE_WATCHED, TICK_WORKS_MAX, WATCHED_FOR,
};

/// A room as it was between two ticks, and what ticks took since the last time.
#[derive(Debug, Default)]
pub(super) struct Observed {
    pub(super) glance: Glance,
    /// Work of each tick, in microseconds.
    pub(super) works: Vec<u32>,
}

/// The place where copies change hands. Neither side waits for the other.
#[derive(Debug)]
pub(crate) struct RoomWatch {
    started: Instant,
    /// Microseconds from then to when somebody looked last, and 1; 0 if nobody has.
    looked_us: AtomicU64,
    places: Mutex<PlaceColumns>,
    filled: Notify,
}

/// Two copies: one of them may be read while the other is filled.
#[derive(Debug)]
struct PlaceColumns {
    empty: Vec<Observed>,
    full: Option<Observed>,
}

impl RoomWatch {
    pub(crate) fn new() -> Self {
        let empty = vec![Observed::default(), Observed::default()];
        Self {
            started: Instant::now(),
            looked_us: AtomicU64::new(0),
            places: Mutex::new(PlaceColumns { empty, full: None }),
            filled: Notify::new(),
        }
    }

    /// Somebody looks: for a while there are more copies.
    pub(super) fn look(&self) {
        let now = self.started.elapsed().as_micros() as u64;
        self.looked_us.store(now + 1, Ordering::Relaxed);
    }

    /// Whether anybody looked of late.
    fn is_watched(&self, now: Instant) -> bool {
        let looked = self.looked_us.load(Ordering::Relaxed);
        let since = now.saturating_duration_since(self.started).saturating_sub(Duration::from_micros(looked));
        looked > 0 && since < WATCHED_FOR
    }

    /// Takes the newest copy, once there is one.
    pub(super) async fn next(&self) -> Observed {
        loop {
            if let Some(full) = self.places.lock().unwrap_or_else(PoisonError::into_inner).full.take() {
                return full;
            }
            self.filled.notified().await;
        }
    }

    /// Gives back the copy that was taken.
    pub(super) fn give_back(&self, observed: Observed) {
        self.places.lock().unwrap_or_else(PoisonError::into_inner).empty.push(observed);
    }
}

/// Time from one copy of a room with so many players to the next, while somebody looks.
pub(super) fn glance_interval(players: usize) -> Duration {
    let crowd = GLANCE_PER_PLAYER.saturating_mul(u32::try_from(players).unwrap_or(u32::MAX));
    crowd.clamp(GLANCE_WATCHED, GLANCE_UNWATCHED)
}

/// The tick thread's side of a [`RoomWatch`].
pub(crate) struct RoomWatcher {
    watch: Arc<RoomWatch>,
    /// The time from which on the next copy is due.
    due: Instant,
    works: Vec<u32>,
}

impl RoomWatcher {
    pub(crate) fn new(watch: Arc<RoomWatch>, now: Instant) -> Self {
        Self { watch, due: now, works: Vec::with_capacity(TICK_WORKS_MAX) }
    }

    /// A tick took so long.
    pub(crate) fn worked(&mut self, work: Duration) {
        if self.works.len() < TICK_WORKS_MAX {
            self.works.push(u32::try_from(work.as_micros()).unwrap_or(u32::MAX));
        }
    }

    /// Whether nobody takes copies any more.
    pub(crate) fn is_forsaken(&self) -> bool {
        Arc::strong_count(&self.watch) == 1
    }

    /// Copies the room, if a copy is due and the thread has nothing else to do until `until`. One that is long
    /// overdue is made all the same: above all a server that has no time is to be looked at.
    pub(crate) fn observe<G: Game>(&mut self, room: &Room<G>, until: Instant) {
        let now = Instant::now();
        let late = now.saturating_duration_since(self.due);
        if now < self.due || (now >= until && late < GLANCE_LATE_MAX) {
            return;
        }
        // Whoever holds them is about to let go: then it is for the next tick.
        let Ok(mut places) = self.watch.places.try_lock() else { return };
        let Some(mut observed) = places.empty.pop().or_else(|| places.full.take()) else { return };
        drop(places);
        room.glance(&mut observed.glance);
        observed.works.clear();
        std::mem::swap(&mut observed.works, &mut self.works);
        let is_watched = self.watch.is_watched(now);
        self.due = now + if is_watched { glance_interval(room.players()) } else { GLANCE_UNWATCHED };
        self.hand_over(observed);
    }

    fn hand_over(&self, observed: Observed) {
        let mut places = self.watch.places.lock().unwrap_or_else(PoisonError::into_inner);
        let before = places.full.replace(observed);
        places.empty.extend(before);
        drop(places);
        self.watch.filled.notify_one();
    }
}
