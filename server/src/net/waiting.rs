//! Connections that keep somebody busy for a while: so many in all, so many from one address.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::source::Source;

/// The thread between a connection and those who keep count of it: it says when it gets on, and is told when its
/// time is over.
#[derive(Debug)]
pub(crate) struct Eviction {
    told: Notify,
    began: Instant,
    /// Time from its beginning until it got on last, in milliseconds.
    got_on_at: AtomicU64,
}

impl Eviction {
    pub(crate) fn new(now: Instant) -> Arc<Self> {
        Arc::new(Self { told: Notify::new(), began: now, got_on_at: AtomicU64::new(0) })
    }

    /// Notes that the connection has got on.
    pub(crate) fn get_on(&self, now: Instant) {
        let millis = now.saturating_duration_since(self.began).as_millis();
        self.got_on_at.store(u64::try_from(millis).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Waits for the end of its time.
    pub(crate) async fn notified(&self) {
        self.told.notified().await;
    }

    /// The time for which it has not got on.
    fn stuck_millis(&self, now: Instant) -> u64 {
        let age = u64::try_from(now.saturating_duration_since(self.began).as_millis()).unwrap_or(u64::MAX);
        age.saturating_sub(self.got_on_at.load(Ordering::Relaxed))
    }
}

struct Entry {
    source: Option<Source>,
    task: AbortHandle,
    eviction: Arc<Eviction>,
}

/// Tasks under way, oldest first. Finished ones are dropped lazily: from the front on each call, and everywhere
/// only when a limit seems to be reached.
pub(crate) struct Waiting {
    entries: VecDeque<Entry>,
    by_source: HashMap<Option<Source>, usize>,
    most: usize,
}

impl Waiting {
    /// Room for `most` in all.
    pub(crate) fn new(most: usize) -> Self {
        Self { entries: VecDeque::new(), by_source: HashMap::new(), most }
    }

    /// Makes room for one more from `source`, of which there may be `most_of_address`: whoever has got on least
    /// lately goes, of those from there; or, where there are too many in all, of the address that has the most.
    pub(crate) fn make_room(&mut self, source: Option<Source>, most_of_address: usize, now: Instant) {
        // A task keeps its memory, some kilobytes, for as long as it is listed.
        while let Some(done) = self.entries.pop_front_if(|oldest| oldest.task.is_finished()) {
            self.count_out(done.source);
        }
        let is_too_many = |waiting: &Self| source.is_some() && waiting.of(source) >= most_of_address;
        if is_too_many(self) || self.entries.len() >= self.most {
            self.forget_done();
        }
        while is_too_many(self) {
            self.evict(source, now);
        }
        while self.entries.len() >= self.most {
            let crowd = self.by_source.iter().max_by_key(|(_, count)| **count).and_then(|(source, _)| *source);
            self.evict(crowd, now);
        }
    }

    pub(crate) fn push(&mut self, source: Option<Source>, task: AbortHandle, eviction: Arc<Eviction>) {
        *self.by_source.entry(source).or_default() += 1;
        self.entries.push_back(Entry { source, task, eviction });
    }

    fn of(&self, source: Option<Source>) -> usize {
        self.by_source.get(&source).copied().unwrap_or_default()
    }

    fn forget_done(&mut self) {
        self.entries.retain(|entry| !entry.task.is_finished());
        self.by_source.clear();
        for entry in &self.entries {
            *self.by_source.entry(entry.source).or_default() += 1;
        }
    }

    fn evict(&mut self, source: Option<Source>, now: Instant) {
        let of_source = self.entries.iter().enumerate().filter(|(_, entry)| entry.source == source);
        // Of those that are stuck for the same time the oldest is the first.
        let Some((place, _)) = of_source.rev().max_by_key(|(_, entry)| entry.eviction.stuck_millis(now)) else {
            return;
        };
        let Some(entry) = self.entries.remove(place) else { return };
        entry.eviction.told.notify_one();
        self.count_out(source);
    }

    fn count_out(&mut self, source: Option<Source>) {
        if let Some(count) = self.by_source.get_mut(&source) {
            *count -= 1;
            if *count == 0 {
                self.by_source.remove(&source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::task::JoinHandle;

    use super::*;

    const MOST: usize = 20;

    const MOST_OF_ADDRESS: usize = 8;

    fn source(number: u8) -> Option<Source> {
        Source::of([192, 0, 2, number].into())
    }

    /// One that waits to be evicted, and says when it gets on.
    fn wait_in(waiting: &mut Waiting, source: Option<Source>, now: Instant) -> (JoinHandle<()>, Arc<Eviction>) {
        waiting.make_room(source, MOST_OF_ADDRESS, now);
        let eviction = Eviction::new(now);
        let told = Arc::clone(&eviction);
        let task = tokio::spawn(async move { told.notified().await });
        waiting.push(source, task.abort_handle(), Arc::clone(&eviction));
        (task, eviction)
    }

    fn run(test: impl AsyncFnOnce(Waiting, Instant)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(test(Waiting::new(MOST), Instant::now()));
    }

    #[test]
    fn the_oldest_goes_when_there_are_too_many() {
        run(async |mut waiting, now| {
            let first = wait_in(&mut waiting, None, now).0;
            let others: Vec<_> = (1..MOST).map(|_| wait_in(&mut waiting, None, now).0).collect();
            tokio::task::yield_now().await;
            assert!(!first.is_finished());
            let last = wait_in(&mut waiting, None, now).0;
            first.await.unwrap();
            assert!(others.iter().all(|other| !other.is_finished()) && !last.is_finished());
        });
    }

    #[test]
    fn an_address_pushes_out_its_own() {
        run(async |mut waiting, now| {
            let other = wait_in(&mut waiting, source(1), now).0;
            let mut mine: Vec<_> = (0..=MOST_OF_ADDRESS).map(|_| wait_in(&mut waiting, source(2), now).0).collect();
            mine.remove(0).await.unwrap();
            assert!(!other.is_finished() && mine.iter().all(|handshake| !handshake.is_finished()));
        });
    }

    #[test]
    fn whoever_gets_on_stays_before_those_who_hold_a_place_for_nothing() {
        run(async |mut waiting, start| {
            let mine: Vec<_> = (0..MOST_OF_ADDRESS).map(|_| wait_in(&mut waiting, source(2), start)).collect();
            let later = start + Duration::from_secs(10);
            for (number, (_, eviction)) in mine.iter().enumerate().filter(|(number, _)| *number != 5) {
                eviction.get_on(later - Duration::from_millis(number as u64));
            }
            let newest = wait_in(&mut waiting, source(2), later);
            tokio::task::yield_now().await;
            let gone: Vec<_> = (0..MOST_OF_ADDRESS).filter(|&number| mine[number].0.is_finished()).collect();
            assert_eq!(gone, [5], "the others were busy");
            assert!(!newest.0.is_finished());
        });
    }

    #[test]
    fn a_crowd_of_one_address_makes_room_for_those_of_others() {
        run(async |mut waiting, now| {
            let few: Vec<_> = (0..2).map(|_| wait_in(&mut waiting, source(1), now).0).collect();
            let crowds = [2, 3, 4]
                .map(|number| (0..6).map(|_| wait_in(&mut waiting, source(number), now).0).collect::<Vec<_>>());
            let newest: Vec<_> = (5..9).map(|number| wait_in(&mut waiting, source(number), now).0).collect();
            tokio::task::yield_now().await;
            assert!(few.iter().chain(&newest).all(|task| !task.is_finished()), "they are few");
            let gone = crowds.map(|crowd| crowd.iter().filter(|task| task.is_finished()).count());
            assert_eq!(gone.iter().sum::<usize>(), 4);
            assert!(gone.iter().all(|&gone| gone <= 2), "each of the crowds in its turn: {gone:?}");
        });
    }

    #[test]
    fn those_that_are_done_take_no_room() {
        run(async |mut waiting, now| {
            for _ in 0..10 * MOST {
                waiting.make_room(source(2), MOST_OF_ADDRESS, now);
                let task = tokio::spawn(async {});
                let handle = task.abort_handle();
                task.await.unwrap();
                waiting.push(source(2), handle, Eviction::new(now));
                assert!(waiting.of(source(2)) <= MOST_OF_ADDRESS);
            }
            waiting.make_room(None, MOST_OF_ADDRESS, now);
            assert!(waiting.entries.is_empty() && waiting.by_source.is_empty());
        });
    }
}
