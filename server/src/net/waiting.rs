//! Connections that keep somebody busy for a while, oldest first: so many in all, so many from one address.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::source::Source;

/// Tells a connection that its time is over.
pub(crate) type Eviction = Arc<Notify>;

struct Handshake {
    source: Option<Source>,
    task: AbortHandle,
    eviction: Eviction,
}

/// Tasks under way. Finished ones are dropped lazily: from the front on each call, and everywhere only when a
/// limit seems to be reached.
pub(crate) struct Waiting {
    handshakes: VecDeque<Handshake>,
    most: usize,
    most_of_address: usize,
}

impl Waiting {
    /// Room for `most` in all, and of these `most_of_address` from one address.
    pub(crate) const fn new(most: usize, most_of_address: usize) -> Self {
        Self { handshakes: VecDeque::new(), most, most_of_address }
    }

    /// Makes room for one more from `source`. Whoever has waited longest goes, and is told.
    pub(crate) fn make_room(&mut self, source: Option<Source>) {
        self.make_room_within(source, self.most_of_address);
    }

    /// The same where that address may have so many.
    pub(crate) fn make_room_within(&mut self, source: Option<Source>, most_of_address: usize) {
        // A task keeps its memory, some kilobytes, for as long as it is listed.
        while self.handshakes.front().is_some_and(|oldest| oldest.task.is_finished()) {
            self.handshakes.pop_front();
        }
        if source.is_some() && self.of(source) >= most_of_address {
            self.forget_done();
            while self.of(source) >= most_of_address {
                self.evict(|handshake| handshake.source == source);
            }
        }
        if self.handshakes.len() >= self.most {
            self.forget_done();
            while self.handshakes.len() >= self.most {
                self.evict(|_| true);
            }
        }
    }

    pub(crate) fn push(&mut self, source: Option<Source>, task: AbortHandle, eviction: Eviction) {
        self.handshakes.push_back(Handshake { source, task, eviction });
    }

    fn of(&self, source: Option<Source>) -> usize {
        self.handshakes.iter().filter(|handshake| handshake.source == source).count()
    }

    fn forget_done(&mut self) {
        self.handshakes.retain(|handshake| !handshake.task.is_finished());
    }

    fn evict(&mut self, mut goes: impl FnMut(&Handshake) -> bool) {
        if let Some(oldest) = self.handshakes.iter().position(&mut goes).and_then(|place| self.handshakes.remove(place)) {
            oldest.eviction.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{HANDSHAKES_MAX, HANDSHAKES_PER_ADDRESS_MIN};

    const fn empty() -> Waiting {
        Waiting::new(HANDSHAKES_MAX, HANDSHAKES_PER_ADDRESS_MIN)
    }

    /// A handshake that waits to be evicted.
    fn wait_in(waiting: &mut Waiting, source: Option<Source>) -> tokio::task::JoinHandle<()> {
        waiting.make_room(source);
        let eviction = Eviction::default();
        let told = Arc::clone(&eviction);
        let task = tokio::spawn(async move { told.notified().await });
        waiting.push(source, task.abort_handle(), eviction);
        task
    }

    fn run(test: impl AsyncFnOnce()) {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(test());
    }

    #[test]
    fn the_oldest_goes_when_there_are_too_many() {
        run(async || {
            let mut waiting = empty();
            let first = wait_in(&mut waiting, None);
            let others: Vec<_> = (1..HANDSHAKES_MAX).map(|_| wait_in(&mut waiting, None)).collect();
            tokio::task::yield_now().await;
            assert!(!first.is_finished());
            let last = wait_in(&mut waiting, None);
            first.await.unwrap();
            assert!(others.iter().all(|other| !other.is_finished()) && !last.is_finished());
        });
    }

    #[test]
    fn an_address_pushes_out_its_own() {
        run(async || {
            let mut waiting = empty();
            let other = wait_in(&mut waiting, Source::of([192, 0, 2, 1].into()));
            let here = Source::of([192, 0, 2, 2].into());
            let mut mine: Vec<_> = (0..=HANDSHAKES_PER_ADDRESS_MIN).map(|_| wait_in(&mut waiting, here)).collect();
            mine.remove(0).await.unwrap();
            assert!(!other.is_finished() && mine.iter().all(|handshake| !handshake.is_finished()));
        });
    }

    #[test]
    fn an_address_may_have_as_many_more_as_it_is_granted() {
        run(async || {
            let (mut waiting, here) = (empty(), Source::of([192, 0, 2, 2].into()));
            let mut tasks = Vec::new();
            for _ in 0..=HANDSHAKES_PER_ADDRESS_MIN + 12 {
                waiting.make_room_within(here, HANDSHAKES_PER_ADDRESS_MIN + 12);
                let eviction = Eviction::default();
                let told = Arc::clone(&eviction);
                let task = tokio::spawn(async move { told.notified().await });
                waiting.push(here, task.abort_handle(), eviction);
                tasks.push(task);
            }
            tasks.remove(0).await.unwrap();
            assert!(tasks.iter().all(|handshake| !handshake.is_finished()));
        });
    }

    #[test]
    fn those_that_are_done_take_no_room() {
        run(async || {
            let mut waiting = empty();
            let here = Source::of([192, 0, 2, 2].into());
            for _ in 0..10 * HANDSHAKES_PER_ADDRESS_MIN {
                waiting.make_room(here);
                let task = tokio::spawn(async {});
                let handle = task.abort_handle();
                task.await.unwrap();
                let eviction = Eviction::default();
                waiting.push(here, handle, Arc::clone(&eviction));
                assert!(waiting.of(here) <= HANDSHAKES_PER_ADDRESS_MIN);
            }
        });
    }
}
