//! [`Allowance`]: how many messages a client may send, so that a flood is told from what a pause held back.

use serde::{Deserialize, Serialize};

use crate::limits::{MESSAGES_BURST_SECONDS, MESSAGES_PER_TICK};

/// Messages that a client may still send, in credit that grows with time.
///
/// A pause of the network, or of the server itself, holds messages back, and they come all at once: so the
/// credit is that of [`MESSAGES_BURST_SECONDS`]. Beyond it messages are read and not obeyed, since each
/// builds on the one before; only as many again are a flood.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Allowance {
    /// Below zero: messages that were too many.
    left: i32,
    full: i32,
}

/// A message, measured by the credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Credit {
    /// Within the credit.
    Due,
    /// Beyond the credit: read and not obeyed.
    Surplus,
    /// So many too many that it is meant.
    Flood,
}

impl Allowance {
    /// The credit of a new connection: full.
    pub(crate) fn new(tick_hz: u32) -> Self {
        let full = (MESSAGES_PER_TICK * MESSAGES_BURST_SECONDS * tick_hz) as i32;
        Self { left: full, full }
    }

    /// A message came.
    pub(crate) fn take(&mut self) -> Credit {
        self.left = self.left.saturating_sub(1);
        match self.left {
            0.. => Credit::Due,
            left if left >= -self.full => Credit::Surplus,
            _ => Credit::Flood,
        }
    }

    /// A tick passed.
    pub(crate) fn tick(&mut self) {
        if self.left < self.full {
            self.left = (self.left + MESSAGES_PER_TICK as i32).min(self.full);
        }
    }

    /// The server comes `ticks` late to read what was sent: the messages of that time are due as well.
    pub(crate) fn excuse(&mut self, ticks: u32) {
        let credit = ticks.saturating_mul(MESSAGES_PER_TICK).min(i32::MAX as u32 / 2) as i32;
        self.left = self.left.saturating_add(credit).min(self.full.saturating_add(credit));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::STALL_SECONDS_MAX;

    const RATES_HZ: [u32; 5] = [20, 30, 60, 120, 240];

    fn count(allowance: &mut Allowance, messages: u32) -> [u32; 3] {
        let mut counts = [0; 3];
        for _ in 0..messages {
            counts[match allowance.take() {
                Credit::Due => 0,
                Credit::Surplus => 1,
                Credit::Flood => 2,
            }] += 1;
        }
        counts
    }

    #[test]
    fn what_the_network_held_back_for_as_long_as_a_stall_may_last_is_due() {
        for tick_hz in RATES_HZ {
            // A client whose timers are exact says what it holds and what it wants by a message each.
            let messages = STALL_SECONDS_MAX * tick_hz * 2;
            assert_eq!(count(&mut Allowance::new(tick_hz), messages), [messages, 0, 0], "{tick_hz} Hz");
        }
    }

    #[test]
    fn what_a_pause_of_the_server_held_back_is_due_however_long_it_was() {
        for tick_hz in RATES_HZ {
            for seconds in [1, 9, 20, 60, 3600] {
                let mut allowance = Allowance::new(tick_hz);
                allowance.excuse(seconds * tick_hz);
                let messages = 2 * seconds * tick_hz;
                assert_eq!(count(&mut allowance, messages), [messages, 0, 0], "{tick_hz} Hz, {seconds} s");
            }
        }
    }

    #[test]
    fn three_messages_a_tick_are_too_many_in_the_end_and_two_are_not() {
        for tick_hz in RATES_HZ {
            let seconds = |messages: u32| {
                let mut allowance = Allowance::new(tick_hz);
                (1..600).find(|_| {
                    (0..tick_hz).any(|_| {
                        allowance.tick();
                        count(&mut allowance, messages)[2] > 0
                    })
                })
            };
            assert_eq!((seconds(2), seconds(3)), (None, Some(4 * MESSAGES_BURST_SECONDS)), "{tick_hz} Hz");
        }
    }

    #[test]
    fn a_flood_is_one_after_twice_the_credit() {
        let full = MESSAGES_PER_TICK * MESSAGES_BURST_SECONDS * 30;
        assert_eq!(count(&mut Allowance::new(30), 3 * full), [full, full, full]);
    }
}
