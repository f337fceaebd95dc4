//! [`Hearing`]: whether a client hears its server, and what the first words after a silence say of the time.
//!
//! In a silence a client cannot tell a network that is cut from a server that stands still. Its own clock is
//! right after the first and ahead after the second. What comes first after a cut may be seconds old, though.
//! So inputs wait, from the silence's beginning until an update either is of the tick that the clock
//! foresees, or is the second of two that come as far apart as a living server's do.

use crate::limits::{SILENCE_MILLIS, SILENCE_OFF_MILLIS};
use crate::tick::Micros;

/// Intervals of updates that are a silence, where they are long.
const SILENCE_INTERVALS: u64 = 4;

/// Whether a client hears its server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Hearing {
    /// Updates come.
    #[default]
    Well,
    /// No message for so long that inputs wait.
    Silent,
    /// Updates come again, and may be of before.
    Returning,
}

/// The meaning of an update for the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Time {
    /// There was no silence.
    Usual,
    /// No meaning yet: the update may be old.
    Unknown,
    /// The server's time went on as the clock did.
    AsForeseen,
    /// The server's time stood still, or jumped.
    Other,
}

impl Hearing {
    /// Notes that no message was heard for `silent_for`, where updates are `interval` apart. True where that
    /// begins a silence.
    pub(crate) fn wait(&mut self, silent_for: Micros, interval: Micros) -> bool {
        let most = Micros::from_millis(SILENCE_MILLIS).max(Micros(interval.0 * SILENCE_INTERVALS));
        let begins = *self == Self::Well && silent_for > most;
        if begins {
            *self = Self::Silent;
        }
        begins
    }

    /// An update came, `since` after the one before where they are `interval` apart, whose tick is `off`
    /// seconds from what the clock foresees.
    pub(crate) fn hear(&mut self, since: Micros, interval: Micros, off: f64) -> Time {
        let is_as_foreseen = off.abs() * 1000.0 <= SILENCE_OFF_MILLIS as f64;
        let is_alive = since.0 * 2 >= interval.0;
        match self {
            Self::Well => return Time::Usual,
            _ if is_as_foreseen => {}
            Self::Returning if is_alive => {
                *self = Self::Well;
                return Time::Other;
            }
            Self::Silent | Self::Returning => {
                *self = Self::Returning;
                return Time::Unknown;
            }
        }
        *self = Self::Well;
        Time::AsForeseen
    }

    /// Whether inputs wait.
    pub(crate) fn is_cut_off(self) -> bool {
        self != Self::Well
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Micros = Micros::from_millis(33);

    fn silent() -> Hearing {
        let mut hearing = Hearing::Well;
        assert!(!hearing.wait(Micros::from_millis(SILENCE_MILLIS), INTERVAL));
        assert!(hearing.wait(Micros::from_millis(SILENCE_MILLIS + 1), INTERVAL));
        assert!(!hearing.wait(Micros::from_millis(5000), INTERVAL), "it begins once");
        hearing
    }

    #[test]
    fn updates_that_are_far_apart_are_no_silence() {
        let mut hearing = Hearing::Well;
        assert!(!hearing.wait(Micros::from_millis(3900), Micros::from_millis(1000)));
        assert!(hearing.wait(Micros::from_millis(4001), Micros::from_millis(1000)));
    }

    #[test]
    fn after_a_cut_what_is_old_says_nothing_and_what_is_new_that_the_clock_is_right() {
        let mut hearing = silent();
        assert_eq!(hearing.hear(Micros::from_seconds(3), INTERVAL, 3.0), Time::Unknown);
        assert_eq!(hearing.hear(Micros(40), INTERVAL, 1.5), Time::Unknown);
        assert_eq!(hearing.hear(Micros(40), INTERVAL, 0.05), Time::AsForeseen);
        assert_eq!(hearing.hear(INTERVAL, INTERVAL, 0.05), Time::Usual);
    }

    #[test]
    fn after_a_pause_of_the_server_the_second_word_says_what_time_it_is() {
        let mut hearing = silent();
        assert_eq!(hearing.hear(Micros::from_seconds(9), INTERVAL, 9.0), Time::Unknown);
        assert_eq!(hearing.hear(Micros(30), INTERVAL, 9.0), Time::Unknown, "ticks that are caught up with");
        assert!(hearing.is_cut_off());
        assert_eq!(hearing.hear(INTERVAL, INTERVAL, 9.0), Time::Other);
        assert!(!hearing.is_cut_off());
    }
}
