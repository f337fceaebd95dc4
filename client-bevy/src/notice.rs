//! The server's announcements in words.

use std::time::Duration;

use auspice::message::Announcement;

/// The newest [`Announcement`] of a session's server, and when it came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Notice {
    /// The announcement as it came.
    pub said: Announcement,
    heard_at: Duration,
}

impl Notice {
    pub(crate) const fn new(said: Announcement, heard_at: Duration) -> Self {
        Self { said, heard_at }
    }

    /// Time for which the server is still there at `now` (of `Time<Real>`), once it has been asked to stop.
    #[must_use]
    pub fn closes_in(&self, now: Duration) -> Option<Duration> {
        let given = Duration::from_secs(self.said.stops_in_seconds?.into());
        Some(given.saturating_sub(now.saturating_sub(self.heard_at)))
    }

    /// Lines for a player at `now`; none while all is well.
    #[must_use]
    pub fn lines(&self, now: Duration) -> Vec<String> {
        let closing = self.closes_in(now).map(|left| match left.as_secs_f32().ceil() {
            0.0 => "the server closes now".into(),
            seconds => format!("the server closes in {seconds} s"),
        });
        let strain = match self.said.overload {
            0 => None,
            1 => Some("server busy: far things appear late".into()),
            2 => Some("server busy: updates half as often".into()),
            3 => Some("server busy: nobody new is let in".into()),
            _ => Some(format!("server overloaded: time at {} %\nnobody new is let in", self.said.pace_percent)),
        };
        closing.into_iter().chain(strain).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard_at_ten(overload: u8, pace_percent: u8, stops_in_seconds: Option<u16>) -> Notice {
        Notice::new(Announcement { overload, pace_percent, stops_in_seconds }, Duration::from_secs(10))
    }

    #[test]
    fn nothing_is_said_while_all_is_well() {
        assert_eq!(Notice::default().lines(Duration::from_secs(99)), Vec::<String>::new());
    }

    #[test]
    fn the_end_is_counted_down() {
        let notice = heard_at_ten(0, 100, Some(30));
        assert_eq!(notice.lines(Duration::from_secs(10)), ["the server closes in 30 s"]);
        assert_eq!(notice.lines(Duration::from_millis(37_500)), ["the server closes in 3 s"]);
        assert_eq!(notice.lines(Duration::from_secs(50)), ["the server closes now"]);
        assert_eq!(heard_at_ten(0, 100, None).closes_in(Duration::from_secs(10)), None);
    }

    #[test]
    fn every_rung_has_a_line_and_the_last_its_pace() {
        for overload in 1..=4 {
            assert_eq!(heard_at_ten(overload, 100, None).lines(Duration::ZERO).len(), 1);
        }
        let lines = heard_at_ten(4, 55, Some(5)).lines(Duration::from_secs(10));
        assert_eq!(lines, ["the server closes in 5 s", "server overloaded: time at 55 %\nnobody new is let in"]);
    }
}
