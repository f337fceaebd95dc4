//! Renewal of tickets: a page asks at once when a server wants one, then ever more rarely until all play.

use std::time::Duration;

use auspice::error::CloseCode;
use auspice_bevy::Connection;

/// Time from the first question to the second, if the first brought no ticket that opens the door.
const WAIT_MIN: Duration = Duration::from_secs(2);
/// Greatest time between two questions: whoever signs in meanwhile, in another tab, does not wait for long.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// The next thing to do about tickets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Ask for a ticket.
    Ask,
    /// Let the session of this index try the ticket that came.
    Try(usize),
}

/// The times at which a new ticket is asked for.
#[derive(Debug, Default)]
pub(crate) struct Renewal {
    /// The time of the next question, and how long after it the one after that is; none while nothing was asked.
    next: Option<(Duration, Duration)>,
}

impl Renewal {
    /// The step at `now` for sessions that stand so, if a ticket that nobody tried yet `has_come` or not.
    pub(crate) fn step<'a>(
        &mut self,
        now: Duration,
        mut connections: impl Iterator<Item = &'a Connection> + Clone,
        has_come: bool,
    ) -> Option<Step> {
        // Not as soon as nobody wants one: a session that tries a ticket is on its way, and may want another.
        if connections.clone().all(Connection::is_playing) {
            self.next = None;
        }
        let waits = |connection: &Connection| {
            matches!(connection, Connection::Refused { code: Some(CloseCode::CREDENTIAL_REFUSED), .. })
        };
        // One ticket lets one player in: the next of two asks for its own.
        let first = connections.position(waits)?;
        if has_come {
            return Some(Step::Try(first));
        }
        self.is_due(now).then_some(Step::Ask)
    }

    fn is_due(&mut self, now: Duration) -> bool {
        let (at, wait) = self.next.unwrap_or((now, WAIT_MIN));
        if now < at {
            return false;
        }
        self.next = Some((now + wait, (wait * 2).min(WAIT_MAX)));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: CloseCode) -> Connection {
        Connection::Refused { code: Some(code), why: String::new() }
    }

    fn waiting() -> Connection {
        refused(CloseCode::CREDENTIAL_REFUSED)
    }

    /// The seconds of the next 200 at which is asked, in frames of a 60th.
    fn asked(renewal: &mut Renewal, connections: &[Connection]) -> Vec<u64> {
        let frames = (0..200 * 60).map(|frame| Duration::from_secs(1) * frame / 60);
        let asks = frames.filter(|now| renewal.step(*now, connections.iter(), false) == Some(Step::Ask));
        asks.map(|now| now.as_secs()).collect()
    }

    #[test]
    fn a_ticket_is_asked_for_at_once_and_then_ever_more_rarely() {
        assert_eq!(asked(&mut Renewal::default(), &[waiting()]), [0, 2, 6, 14, 30, 60, 90, 120, 150, 180]);
    }

    #[test]
    fn it_is_asked_for_as_rarely_while_another_session_plays() {
        for connections in [[Connection::Playing, waiting()], [waiting(), Connection::Playing], [waiting(), waiting()]]
        {
            assert_eq!(asked(&mut Renewal::default(), &connections), [0, 2, 6, 14, 30, 60, 90, 120, 150, 180]);
        }
    }

    #[test]
    fn nothing_is_asked_for_whoever_wants_no_ticket() {
        for connection in [Connection::Playing, Connection::Connecting, Connection::Offline, refused(CloseCode::KICKED)]
        {
            assert_eq!(asked(&mut Renewal::default(), &[connection]), [0; 0]);
        }
    }

    #[test]
    fn a_ticket_that_came_is_tried_by_the_first_that_waits() {
        let connections = [Connection::Playing, waiting(), waiting()];
        assert_eq!(Renewal::default().step(Duration::ZERO, connections.iter(), true), Some(Step::Try(1)));
        assert_eq!(Renewal::default().step(Duration::ZERO, connections[..1].iter(), true), None);
    }

    #[test]
    fn a_ticket_that_opens_no_door_makes_the_next_question_no_sooner() {
        let mut renewal = Renewal::default();
        let mut step = |seconds, connection: Connection, has_come| {
            renewal.step(Duration::from_secs(seconds), [connection].iter(), has_come)
        };
        assert_eq!(step(5, waiting(), false), Some(Step::Ask));
        assert_eq!(step(5, waiting(), true), Some(Step::Try(0)));
        assert_eq!(step(6, Connection::Connecting, false), None);
        assert_eq!(step(6, waiting(), false), None);
        assert_eq!(step(7, waiting(), false), Some(Step::Ask));
    }

    #[test]
    fn after_a_ticket_that_was_taken_the_next_is_asked_for_at_once_again() {
        let mut renewal = Renewal::default();
        let mut step =
            |seconds, connection: Connection| renewal.step(Duration::from_secs(seconds), [connection].iter(), false);
        assert_eq!(step(5, waiting()), Some(Step::Ask));
        assert_eq!(step(6, Connection::Playing), None);
        assert_eq!(step(6, waiting()), Some(Step::Ask));
    }
}
