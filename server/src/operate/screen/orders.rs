//! [`ScreenOrder`]: a line by which a player changes what is shown of a log.

/// An order.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ScreenOrder {
    Pause,
    Play,
    /// Recorded time by real time.
    Speed(f64),
    /// Goes by so many seconds.
    SeekBy(f64),
    /// Goes to so many seconds behind the beginning.
    SeekTo(f64),
    /// Goes by so many ticks.
    TickBy(i64),
    /// Goes to a tick.
    TickTo(i64),
    /// Looks on from the place of the player of this name or number; of whoever is there without one.
    Follow(Option<String>),
    /// Wants to know where it stands.
    Tell,
}

/// All of them, for whoever says another.
pub(super) const ORDERS: &str =
    "/pause, /play, /speed 2, /seek -10 or +10 or 1:30, /tick 1234 or +1, /as NAME, /where: those are the orders";

impl ScreenOrder {
    /// The order of a line.
    ///
    /// # Errors
    /// A sentence, where it is none.
    pub(super) fn parse(line: &str) -> Result<Self, String> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        match (word, rest) {
            ("/pause", "") => Some(Self::Pause),
            ("/play", "") => Some(Self::Play),
            ("/where", "") => Some(Self::Tell),
            ("/speed", _) => number(rest).filter(|speed| *speed > 0.0).map(Self::Speed),
            ("/seek", _) if rest.starts_with(['-', '+']) => number(rest).map(Self::SeekBy),
            ("/seek", _) => clock(rest).map(Self::SeekTo),
            ("/tick", _) if rest.starts_with(['-', '+']) => rest.parse().ok().map(Self::TickBy),
            ("/tick", _) => rest.parse().ok().map(Self::TickTo),
            ("/as", _) => Some(Self::Follow((!rest.is_empty()).then(|| rest.to_owned()))),
            _ => None,
        }
        .ok_or_else(|| ORDERS.to_owned())
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Seconds of `90`, `90.5` or `1:30`.
fn clock(text: &str) -> Option<f64> {
    let (minutes, seconds) = text.split_once(':').unwrap_or(("0", text));
    let minutes: u32 = minutes.parse().ok()?;
    number(seconds).map(|seconds| f64::from(minutes) * 60.0 + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_orders_or_a_list_of_them() {
        for (line, order) in [
            ("/pause", ScreenOrder::Pause),
            ("/play", ScreenOrder::Play),
            ("/where", ScreenOrder::Tell),
            ("/speed 0.5", ScreenOrder::Speed(0.5)),
            ("/seek -10", ScreenOrder::SeekBy(-10.0)),
            ("/seek +2.5", ScreenOrder::SeekBy(2.5)),
            ("/seek 90", ScreenOrder::SeekTo(90.0)),
            ("/seek  1:30", ScreenOrder::SeekTo(90.0)),
            ("/tick 1234", ScreenOrder::TickTo(1234)),
            ("/tick -1", ScreenOrder::TickBy(-1)),
            ("/as ann of Leiden", ScreenOrder::Follow(Some("ann of Leiden".into()))),
            ("/as", ScreenOrder::Follow(None)),
        ] {
            assert_eq!(ScreenOrder::parse(line), Ok(order), "{line}");
        }
        let wrong = [
            "/",
            "/stop",
            "/pause now",
            "/speed",
            "/speed 0",
            "/speed -1",
            "/speed NaN",
            "/seek",
            "/seek 1:x",
            "/tick 1.5",
        ];
        for line in wrong {
            assert_eq!(ScreenOrder::parse(line), Err(ORDERS.into()), "{line}");
        }
        assert!(auspice::message::is_fit_line(ORDERS), "it is told as a line");
    }
}
