//! [`RoomPassage`]: a room's way from one node to another, as the threads of either end see it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::limits::LATE_PARTS_MAX;

/// A room's hand-over: here, of one that goes to another node; or of one that comes from there, and is followed.
#[derive(Debug, Default)]
pub(crate) struct RoomPassage {
    /// Another node plays it, and this one follows.
    is_heir: AtomicBool,
    /// All that it has written is played here.
    has_caught_up: AtomicBool,
    /// Players who wait at the node that follows, here or there.
    waiting: AtomicUsize,
    /// Inputs that came to the other node too late, and whether there are any.
    late: Mutex<Vec<Vec<u8>>>,
    has_late: AtomicBool,
    goes: AtomicBool,
    /// The address at which it goes on.
    address: Mutex<Option<String>>,
}

impl RoomPassage {
    /// Notes that the room is another node's, and followed here; or that it has come.
    pub(crate) fn set_heir(&self, is_heir: bool) {
        self.is_heir.store(is_heir, Ordering::SeqCst);
    }

    pub(crate) fn is_heir(&self) -> bool {
        self.is_heir.load(Ordering::SeqCst)
    }

    /// Notes that all that the other node has written is played here.
    pub(crate) fn catch_up(&self) {
        self.has_caught_up.store(true, Ordering::SeqCst);
    }

    #[cfg_attr(not(feature = "nats"), expect(dead_code, reason = "a node of a fleet asks"))]
    pub(crate) fn has_caught_up(&self) -> bool {
        self.has_caught_up.load(Ordering::SeqCst)
    }

    /// Adds inputs of players who were still at the other node. Where nobody takes them, they are dropped.
    #[cfg_attr(not(feature = "nats"), expect(dead_code, reason = "a node of a fleet does"))]
    pub(crate) fn add_late(&self, inputs: Vec<u8>) {
        let mut late = lock(&self.late);
        if late.len() < LATE_PARTS_MAX {
            late.push(inputs);
        }
        self.has_late.store(true, Ordering::SeqCst);
    }

    /// Takes those inputs.
    pub(crate) fn take_late(&self) -> Vec<Vec<u8>> {
        if self.has_late.swap(false, Ordering::SeqCst) { std::mem::take(&mut *lock(&self.late)) } else { Vec::new() }
    }

    /// Sets the number of players who wait at the node that follows.
    pub(crate) fn set_waiting(&self, players: usize) {
        self.waiting.store(players, Ordering::SeqCst);
    }

    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    /// The room goes on at this address soon, and its players are to dial there; or stays.
    #[cfg_attr(not(feature = "nats"), expect(dead_code, reason = "a node of a fleet does"))]
    pub(crate) fn go(&self, address: Option<String>) {
        let goes = address.is_some();
        *lock(&self.address) = address;
        self.set_waiting(0);
        self.goes.store(goes, Ordering::SeqCst);
    }

    /// The address at which the room goes on soon.
    pub(crate) fn address(&self) -> Option<String> {
        if self.goes.load(Ordering::SeqCst) { lock(&self.address).clone() } else { None }
    }
}

/// Locks what is never half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
