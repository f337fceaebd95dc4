//! [`RoomsLookedAt`]: the rooms of a server of many that somebody looks at just now, each with an inspector for as
//! long.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use hyper::body::Bytes;
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

use super::orders::Order;
use super::refused::Refused;
use crate::limits::{LOOKED_AT_FOR, ROOMS_LOOKED_AT_MAX};
use crate::operate::inspector::{Inspector, LiveRecord, NotShown, RoomWatch, Tables};
use crate::operate::metrics::Metrics;
use crate::rooms::{RoomCode, RoomEntry, RoomOptions, Roster};

/// Time from one look for rooms that nobody looks at any more to the next.
const LOOK_AROUND: Duration = Duration::from_secs(10);

/// Looks for the first copy of a room, and the time between two of them.
const FIRST_LOOKS: usize = 20;
const FIRST_LOOK_PAUSE: Duration = Duration::from_millis(50);

/// The field tables of a room with these options.
pub(crate) type TablesOf = Box<dyn Fn(&RoomOptions) -> Tables + Send + Sync>;

/// Rooms that somebody looks at.
pub(crate) struct RoomsLookedAt {
    rooms: Arc<Roster>,
    metrics: Arc<Metrics>,
    has_log: bool,
    tables: TablesOf,
    looked_at: Mutex<Vec<LookedAt>>,
}

/// A room that somebody looked at of late.
struct LookedAt {
    code: RoomCode,
    inspector: Arc<Inspector>,
    last: Instant,
    collecting: AbortHandle,
}

impl Drop for LookedAt {
    fn drop(&mut self) {
        self.collecting.abort();
    }
}

impl RoomsLookedAt {
    pub(crate) fn new(rooms: Arc<Roster>, metrics: Arc<Metrics>, has_log: bool, tables: TablesOf) -> Self {
        Self { rooms, metrics, has_log, tables, looked_at: Mutex::default() }
    }

    /// Answers what is asked of the room called so.
    ///
    /// # Errors
    /// [`Refused`], where there is no such room, or nothing to show.
    pub(super) async fn answer(self: &Arc<Self>, room: &str, what: &str, query: &str) -> Result<Bytes, Refused> {
        let inspector = self.inspector(room)?;
        for _ in 0..FIRST_LOOKS {
            match inspector.answer(what, query).await {
                Err(NotShown::NothingYet) => sleep(FIRST_LOOK_PAUSE).await,
                answer => return answer.map_err(Refused::NotShown),
            }
        }
        Err(Refused::NotShown(NotShown::NothingYet))
    }

    /// The inspector of a room, which is made if nobody looks at it yet.
    fn inspector(self: &Arc<Self>, room: &str) -> Result<Arc<Inspector>, Refused> {
        let entry = RoomCode::parse(room).and_then(|code| self.rooms.find(code)).ok_or(Refused::NoSuchRoom)?;
        let mut looked_at = self.looked_at();
        if let Some(found) = looked_at.iter_mut().find(|found| found.code == entry.code) {
            found.last = Instant::now();
            return Ok(Arc::clone(&found.inspector));
        }
        if looked_at.len() >= ROOMS_LOOKED_AT_MAX {
            let longest_ago = (0..looked_at.len()).min_by_key(|&index| looked_at[index].last);
            longest_ago.map(|index| looked_at.swap_remove(index));
        }
        let inspector = self.look(&entry)?;
        let collecting =
            tokio::spawn(Self::collect(Arc::downgrade(self), entry.code, Arc::clone(&inspector))).abort_handle();
        looked_at.push(LookedAt {
            code: entry.code,
            inspector: Arc::clone(&inspector),
            last: Instant::now(),
            collecting,
        });
        Ok(inspector)
    }

    /// Has a room hand over copies of itself, which ends where nobody has the inspector any more.
    fn look(&self, entry: &RoomEntry) -> Result<Arc<Inspector>, Refused> {
        let watch = Arc::new(RoomWatch::new());
        entry.orders.try_send(Order::Watch(Arc::clone(&watch))).map_err(|_| Refused::Busy)?;
        self.rooms.wake(entry);
        let heartbeat =
            self.rooms.workers().get(entry.worker()).map(|post| Arc::clone(&post.heartbeat)).ok_or(Refused::Busy)?;
        let record = LiveRecord::new(watch, Arc::clone(&self.metrics), heartbeat, self.has_log);
        Ok(Arc::new(Inspector::live((self.tables)(&entry.options), record)))
    }

    /// Takes in the copies of a room, until nobody has looked at it for a while.
    async fn collect(all: Weak<Self>, code: RoomCode, inspector: Arc<Inspector>) {
        // It goes on for ever by itself.
        while timeout(LOOK_AROUND, inspector.collect()).await.is_err() {
            let Some(all) = all.upgrade() else { return };
            let now = Instant::now();
            let is_past = |found: &LookedAt| now.saturating_duration_since(found.last) >= LOOKED_AT_FOR;
            all.looked_at().retain(|found| found.code != code || !is_past(found));
        }
    }

    /// Rooms that are looked at. A panic leaves nothing half done under the lock.
    fn looked_at(&self) -> MutexGuard<'_, Vec<LookedAt>> {
        self.looked_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
