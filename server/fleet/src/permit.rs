//! [`WritePermit`]: until when a node's rooms may be written, for threads that do not wait for the directory.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::clock::Now;

/// The end of a node's right to write its rooms. Whoever carries the directory sets it after each time that it told it
/// something; each room reads it before each tick, and waits for nobody.
///
/// It ends by whichever clock comes first there, the steady one or the time of day. A reader that sees one of both as
/// it was before is told an earlier end, or one that held a moment ago.
#[derive(Debug, Default)]
pub struct WritePermit {
    steady: AtomicU64,
    wall: AtomicU64,
}

impl WritePermit {
    /// Has it last for so many microseconds from `now` on:
    /// [`Directory::may_write_for`](crate::Directory::may_write_for).
    pub fn set(&self, now: Now, lasts: u64) {
        let end = |clock: u64| if lasts == 0 { 0 } else { clock.saturating_add(lasts) };
        self.steady.store(end(now.steady), Ordering::Release);
        self.wall.store(end(now.wall), Ordering::Release);
    }

    /// Whether rooms that are played here may be written at this moment.
    pub fn holds(&self, now: Now) -> bool {
        now.steady < self.steady.load(Ordering::Acquire) && now.wall < self.wall.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_by_whichever_clock_comes_first_and_at_once_where_it_is_taken_away() {
        let (permit, start) = (WritePermit::default(), Now { steady: 1000, wall: 5_000_000 });
        let after = |steady, wall| Now { steady: start.steady + steady, wall: start.wall + wall };
        assert!(!permit.holds(start), "nobody gave it");
        permit.set(start, 100);
        assert!(permit.holds(start) && permit.holds(after(99, 99)));
        assert!(!permit.holds(after(100, 0)) && !permit.holds(after(0, 100)));
        permit.set(after(50, 50), 100);
        assert!(permit.holds(after(149, 149)));
        permit.set(after(60, 60), 0);
        assert!(!permit.holds(after(60, 60)) && !permit.holds(Now::default()));
    }
}
