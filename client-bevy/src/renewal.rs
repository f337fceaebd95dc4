//! When a page asks for a new ticket: at once when a server wants one, then ever more rarely until one is taken.

use std::time::Duration;

/// Time from the first question to the second, if the first brought no ticket that opens the door.
const WAIT_MIN: Duration = Duration::from_secs(2);
/// Greatest time between two questions: whoever signs in meanwhile, in another tab, does not wait for long.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// The times at which a new ticket is asked for.
#[derive(Debug, Default)]
pub(crate) struct Renewal {
    /// The time of the next question, and how long after it the one after that is; none while nothing was asked.
    next: Option<(Duration, Duration)>,
}

impl Renewal {
    /// Whether to ask at `now` for a ticket that the server wants.
    pub(crate) fn is_due(&mut self, now: Duration) -> bool {
        let (at, wait) = self.next.unwrap_or((now, WAIT_MIN));
        if now < at {
            return false;
        }
        self.next = Some((now + wait, (wait * 2).min(WAIT_MAX)));
        true
    }

    /// The server has let the player in.
    pub(crate) const fn end(&mut self) {
        self.next = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_asked_for_at_once_and_then_ever_more_rarely() {
        let mut renewal = Renewal::default();
        let asked = |renewal: &mut Renewal| (0..200).filter(|second| renewal.is_due(Duration::from_secs(*second))).collect();
        let seconds: Vec<u64> = asked(&mut renewal);
        assert_eq!(seconds, [0, 2, 6, 14, 30, 60, 90, 120, 150, 180]);
    }

    #[test]
    fn after_a_ticket_that_was_taken_the_next_is_asked_for_at_once_again() {
        let mut renewal = Renewal::default();
        assert!(renewal.is_due(Duration::from_secs(5)) && !renewal.is_due(Duration::from_secs(6)));
        renewal.end();
        assert!(renewal.is_due(Duration::from_secs(6)));
    }
}
