//! Flow control: how much may be under way to a client that has not said that it applied it.
//!
//! A socket's buffers hide a client that stops reading for minutes, so the client says what it holds and the
//! server holds back beyond a window: what the round trip explains, and some slack for jitter and short
//! stalls.

use crate::limits::{WINDOW_SLACK_TICKS, WINDOW_TICKS_MAX};
use crate::tick::Tick;

/// Statements of the client over which the smallest distance is taken for the round trip, twice.
const PERIOD: u32 = 64;

#[derive(Clone, Debug)]
pub(crate) struct Window {
    /// The tick of the newest update sent.
    pub(crate) sent: Tick,
    /// The tick that the client said it holds.
    pub(crate) applied: Tick,
    /// The tick at which `applied` last grew, on the server's count.
    progress: Tick,
    /// The fewest ticks from an update to the client's word that it holds it, in this period and in the one
    /// before; before the first word nobody knows, and the ceiling is what bounds.
    least: [u32; 2],
    heard: u32,
}

impl Window {
    pub(crate) const fn new(start: Tick) -> Self {
        Self { sent: start, applied: start, progress: start, least: [u32::MAX; 2], heard: 0 }
    }

    /// The client holds `applied`; `now` is the server's tick. False if that cannot be.
    pub(crate) fn acknowledge(&mut self, applied: Tick, now: Tick) -> bool {
        if applied < self.applied || applied > self.sent {
            return false;
        }
        if applied == self.applied {
            // It says nothing of the round trip that a stalled client repeats itself.
            return true;
        }
        self.applied = applied;
        self.progress = now;
        self.heard += 1;
        if self.heard % PERIOD == 1 {
            self.least = [u32::MAX, self.least[0]];
        }
        // By the tick that it is, not by what was sent: while held back that would make the round trip look
        // short for ever.
        self.least[0] = self.least[0].min(now.since(applied));
        true
    }

    /// Whether another update may be sent.
    pub(crate) fn is_open(&self) -> bool {
        self.sent.since(self.applied) < self.limit()
    }

    /// Ticks since the client last held something newer, while there was something newer to hold.
    pub(crate) fn stalled(&self, now: Tick) -> u32 {
        if self.sent == self.applied { 0 } else { now.since(self.progress) }
    }

    fn limit(&self) -> u32 {
        let round_trip = self.least[0].min(self.least[1]);
        round_trip.saturating_add(WINDOW_SLACK_TICKS).min(WINDOW_TICKS_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_back_and_opens_again() {
        let mut window = Window::new(Tick(100));
        assert_eq!(sends(&mut window), 100 + WINDOW_TICKS_MAX);
        assert!(window.acknowledge(Tick(150), Tick(160)));
        assert_eq!(sends(&mut window), 160 + WINDOW_SLACK_TICKS);
    }

    /// Sends as long as it is open; the newest tick sent.
    fn sends(window: &mut Window) -> u32 {
        while window.is_open() {
            window.sent = window.sent.next();
        }
        window.sent.0
    }

    #[test]
    fn the_first_word_over_a_long_way_opens_it_wide_enough_at_once() {
        let mut window = Window::new(Tick(0));
        for tick in 1..=12 {
            window.sent = Tick(tick);
            assert!(window.is_open());
        }
        // A client with few pictures speaks every third tick, of what it held then.
        assert!(window.acknowledge(Tick(3), Tick(12)));
        assert_eq!(sends(&mut window), 3 + 9 + WINDOW_SLACK_TICKS);
    }

    #[test]
    fn widens_with_the_round_trip() {
        let mut window = Window::new(Tick(0));
        for tick in 20..500 {
            window.sent = Tick(tick);
            assert!(window.acknowledge(Tick(tick - 20), Tick(tick)));
        }
        // The client holds tick 479.
        window.sent = Tick(479 + 20 + WINDOW_SLACK_TICKS - 1);
        assert!(window.is_open());
        window.sent = window.sent.next();
        assert!(!window.is_open());
    }

    #[test]
    fn refuses_what_was_never_sent_or_is_taken_back() {
        let mut window = Window::new(Tick(5));
        window.sent = Tick(9);
        assert!(!window.acknowledge(Tick(10), Tick(9)));
        assert!(window.acknowledge(Tick(8), Tick(9)));
        assert!(!window.acknowledge(Tick(7), Tick(9)));
    }
}
