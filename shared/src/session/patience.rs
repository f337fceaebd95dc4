//! [`Patience`]: the time that a dial may take.

use crate::limits::{DIAL_MILLIS, GIVE_UP_SECONDS};
use crate::tick::Micros;

/// Unanswered dials in a row after which more time is given, for a player who has been connected before: the
/// network is the same, and dialling anew finds it sooner than waiting once it is back.
const TRIES: u32 = 4;

/// Time that a dial may take: [`DIAL_MILLIS`], or twice what the last answered one took. A network that never
/// answered so soon may be slow and not dead, so that unanswered dials double it, up to [`GIVE_UP_SECONDS`].
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Patience {
    /// Unanswered dials in a row.
    unanswered: u32,
    /// Time that the last answered dial took.
    answered_in: Option<Micros>,
}

impl Patience {
    /// Takes note that a dial was answered, after this time.
    pub(super) const fn note_answer(&mut self, took: Micros) {
        (self.unanswered, self.answered_in) = (0, Some(took));
    }

    /// Takes note that a dial was given up.
    pub(super) const fn note_silence(&mut self) {
        self.unanswered += 1;
    }

    /// The time that the next dial may take.
    pub(super) fn time(self) -> Micros {
        let most = Micros::from_seconds(GIVE_UP_SECONDS);
        let (known, tries) = self.answered_in.map_or((Micros(0), 1), |took| (Micros(took.0.saturating_mul(2)), TRIES));
        let least = known.max(Micros::from_millis(DIAL_MILLIS)).min(most);
        Micros(least.0 << (self.unanswered / tries).min(2)).min(most)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn seconds(patience: &mut Patience, dials: usize) -> Vec<u64> {
        let mut next = || {
            let time = patience.time();
            patience.note_silence();
            time.0 / 1_000_000
        };
        (0..dials).map(|_| next()).collect()
    }

    #[test]
    fn a_network_that_never_answered_is_given_more_time_with_each_dial() {
        assert_eq!(seconds(&mut Patience::default(), 5), [2, 4, 8, 8, 8]);
    }

    #[test]
    fn a_network_that_is_known_is_dialled_often() {
        let mut patience = Patience::default();
        seconds(&mut patience, 3);
        patience.note_answer(Micros::from_millis(300));
        assert_eq!(seconds(&mut patience, 10), [2, 2, 2, 2, 4, 4, 4, 4, 8, 8]);
    }

    #[test]
    fn a_network_that_is_known_to_be_slow_is_given_its_time() {
        let mut patience = Patience::default();
        for (took, time) in [(1500, 3), (3000, 6), (60_000, 8)] {
            patience.note_answer(Micros::from_millis(took));
            assert_eq!(patience.time(), Micros::from_seconds(time));
        }
    }
}
