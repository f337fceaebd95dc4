//! Flow control: how much may be under way to a client that has not said that it applied it.
//!
//! A socket's buffers hide a client that stops reading for minutes, so the client says what it holds and the
//! server holds back beyond a window: what the round trip explains, and some slack for jitter and short
//! stalls. Its bounds are times, so that a game at any rate has the same.

use serde::{Deserialize, Serialize};

use crate::limits::{WINDOW_MILLIS_MAX, WINDOW_SLACK_MILLIS, WINDOW_SLACK_ROUND_TRIPS};
use crate::tick::{Tick, ticks_in};

/// Statements of the client over which the smallest distance is taken for the round trip, twice.
const PERIOD: u32 = 64;

/// Bounds of all windows of a room, in its ticks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WindowBounds {
    /// The least slack.
    slack: u32,
    /// Ticks added to round trips of slack: the client speaks, and is spoken to, once in so many.
    beside: u32,
    most: u32,
}

impl WindowBounds {
    /// The bounds at `tick_hz` ticks a second, where clients and server may be silent for all but one in `silence`.
    pub(crate) const fn new(tick_hz: u32, silence: u32) -> Self {
        let beside = 2 * silence;
        Self {
            slack: ticks_in(WINDOW_SLACK_MILLIS, tick_hz) + beside - 2,
            beside,
            most: ticks_in(WINDOW_MILLIS_MAX, tick_hz),
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
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

    /// The client holds `applied`; `now` is the server's tick. False if that cannot be. One of its connections
    /// may say so later than the other.
    pub(crate) fn acknowledge(&mut self, applied: Tick, now: Tick) -> bool {
        if applied <= self.applied {
            // It says nothing of the round trip that a stalled client repeats itself.
            return true;
        }
        if applied > self.sent {
            return false;
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
    pub(crate) fn is_open(&self, bounds: &WindowBounds) -> bool {
        self.sent.since(self.applied) < self.limit(bounds)
    }

    /// Ticks since the client last held something newer, while there was something newer to hold.
    pub(crate) fn stalled(&self, now: Tick) -> u32 {
        if self.sent == self.applied { 0 } else { now.since(self.progress) }
    }

    /// Whether the client holds less than it could by the round trip: what is sent to it waits on its way.
    pub(crate) fn is_behind(&self, bounds: &WindowBounds) -> bool {
        self.sent.since(self.applied) > self.round_trip().saturating_add(bounds.beside)
    }

    fn round_trip(&self) -> u32 {
        self.least[0].min(self.least[1])
    }

    fn limit(&self, bounds: &WindowBounds) -> u32 {
        let round_trip = self.round_trip();
        let slack = bounds.slack.max(round_trip.saturating_mul(WINDOW_SLACK_ROUND_TRIPS).saturating_add(bounds.beside));
        round_trip.saturating_add(slack).min(bounds.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: WindowBounds = WindowBounds::new(30, 1);

    #[test]
    fn holds_back_and_opens_again() {
        let mut window = Window::new(Tick(100));
        assert_eq!(sends(&mut window), 100 + 60);
        assert!(window.acknowledge(Tick(150), Tick(160)));
        assert_eq!(sends(&mut window), 160 + 2 * 10 + 2);
    }

    /// Sends as long as it is open; the newest tick sent.
    fn sends(window: &mut Window) -> u32 {
        while window.is_open(&BOUNDS) {
            window.sent = window.sent.next();
        }
        window.sent.0
    }

    #[test]
    fn the_first_word_over_a_long_way_opens_it_wide_enough_at_once() {
        let mut window = Window::new(Tick(0));
        for tick in 1..=12 {
            window.sent = Tick(tick);
            assert!(window.is_open(&BOUNDS));
        }
        // A client with few pictures speaks every third tick, of what it held then.
        assert!(window.acknowledge(Tick(3), Tick(12)));
        assert_eq!(sends(&mut window), 3 + 9 + 2 * 9 + 2);
    }

    #[test]
    fn over_a_short_way_the_slack_is_the_same_time_at_any_rate() {
        for tick_hz in [20, 30, 60, 120, 240] {
            let (mut window, bounds) = (Window::new(Tick(0)), WindowBounds::new(tick_hz, 1));
            assert!(window.acknowledge(Tick(0), Tick(0)));
            window.sent = Tick(1);
            assert!(window.acknowledge(Tick(1), Tick(2)));
            let ticks = (2..).find(|&tick| !(window.sent = Tick(tick), window.is_open(&bounds)).1).unwrap_or(0) - 2;
            assert!(ticks.abs_diff(tick_hz * 266 / 1000) <= 1, "{tick_hz} Hz: {ticks} ticks");
        }
    }

    #[test]
    fn widens_with_the_round_trip() {
        let mut window = Window::new(Tick(0));
        for tick in 10..500 {
            window.sent = Tick(tick);
            assert!(window.acknowledge(Tick(tick - 10), Tick(tick)));
        }
        // The client holds tick 489.
        window.sent = Tick(489 + 10 + 2 * 10 + 2 - 1);
        assert!(window.is_open(&BOUNDS));
        window.sent = window.sent.next();
        assert!(!window.is_open(&BOUNDS));
    }

    #[test]
    fn refuses_what_was_never_sent() {
        let mut window = Window::new(Tick(5));
        window.sent = Tick(9);
        assert!(!window.acknowledge(Tick(10), Tick(9)));
        assert!(window.acknowledge(Tick(8), Tick(9)));
    }
}
