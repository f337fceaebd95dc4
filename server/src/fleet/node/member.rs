//! [`Node`]: this server as a node of `auspice-fleet`'s directory, as rooms and the door ask it.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use auspice::authority::Admitted;
use auspice::message::SentWord;
use auspice_fleet::{Act, Directory, Now, OneTimeWord, WritePermit};
use tokio::sync::oneshot;

use super::names::{fleet_code, now_since};
use super::questions::{Questions, who_from};
use crate::fleet::{Fleet, FoundRoom, Wanted};
use crate::rooms::RoomCode;

/// This server as a node.
pub(super) struct Node {
    start: Instant,
    inner: Mutex<Inner>,
    /// The time until which rooms may be written, which is read without the lock.
    permit: WritePermit,
    /// The number of the addresses, which grows when they change.
    addressed: AtomicU64,
}

/// Parts of a node that several threads have.
pub(super) struct Inner {
    pub(super) directory: Directory,
    questions: Questions,
    /// Addresses of all nodes, this one's first.
    addresses: Vec<String>,
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").finish_non_exhaustive()
    }
}

impl Node {
    /// A node whose clock began at `start`.
    pub(super) fn new(start: Instant, directory: Directory, questions: Questions, address: String) -> Self {
        let inner = Inner { directory, questions, addresses: vec![address] };
        Self { start, inner: Mutex::new(inner), permit: WritePermit::default(), addressed: AtomicU64::new(1) }
    }

    pub(super) fn now(&self) -> Now {
        now_since(self.start)
    }

    /// A directory is right after any panic: nothing of a game is called under the lock.
    pub(super) fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets until when rooms may be written, by what the directory knows.
    pub(super) fn set_permit(&self, inner: &mut Inner) {
        let now = self.now();
        self.permit.set(now, inner.directory.may_write_for(now));
    }

    /// Takes note of the addresses of the other nodes.
    pub(super) fn note_others(&self, inner: &mut Inner) {
        let others = inner.directory.other_addresses();
        if inner.addresses[1..] != others[..] {
            inner.addresses.truncate(1);
            inner.addresses.extend(others);
            self.addressed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Inner {
    /// Answers those who wait; what the directory wants done besides.
    pub(super) fn answer_all(&mut self, now: Now) -> Vec<Act> {
        let Self { directory, questions, .. } = self;
        questions.ask_again(directory, now);
        let mut acts = Vec::new();
        while let Some(act) = directory.next_act() {
            acts.extend(questions.answer(directory, now, act));
        }
        acts
    }
}

impl Fleet for Node {
    fn seek(&self, wanted: Wanted, who: Option<&Admitted>) -> oneshot::Receiver<FoundRoom> {
        let now = self.now();
        let Inner { directory, questions, .. } = &mut *self.inner();
        questions.ask(directory, now, wanted, who)
    }

    fn admit(&self, word: &SentWord, room: RoomCode) -> Option<Admitted> {
        let (word, now) = (OneTimeWord::parse(&word.text())?, self.now());
        who_from(&self.inner().directory.admit(word, &fleet_code(room), now)?)
    }

    fn may_write(&self) -> bool {
        self.permit.holds(self.now())
    }

    fn cut(&self, room: RoomCode, tick: u32) -> bool {
        let now = self.now();
        self.inner().directory.cut(&fleet_code(room), tick, now)
    }

    fn forward(&self, room: RoomCode, inputs: &[u8]) -> bool {
        let now = self.now();
        self.inner().directory.forward(&fleet_code(room), inputs, now)
    }

    fn end(&self, room: RoomCode) {
        let now = self.now();
        self.inner().directory.close(&fleet_code(room), now);
    }

    fn has_others(&self) -> bool {
        self.inner().addresses.len() > 1
    }

    fn has_takers(&self) -> bool {
        self.inner().directory.has_takers()
    }

    fn addresses(&self, known: u64) -> Option<(u64, Vec<String>)> {
        let number = self.addressed.load(Ordering::Relaxed);
        (number != known).then(|| (number, self.inner().addresses.clone()))
    }
}
