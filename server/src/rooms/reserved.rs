//! [`Reserved`]: a place in a room for somebody who is on the way to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A place that is spoken for until it is dropped: then its player is counted by the room, or is gone.
#[derive(Debug)]
pub(crate) struct Reserved(Arc<AtomicUsize>);

impl Reserved {
    /// Takes one more place, in `count`.
    pub(crate) fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(count))
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
