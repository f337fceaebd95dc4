//! [`Measures`]: what players and bare streams note while it counts.

use auspice::Micros;
use hdrhistogram::Histogram;

/// Longest duration told apart, in microseconds: two minutes.
const DURATION_US_MAX: u64 = 120_000_000;

/// Durations in microseconds, of the measured window alone.
#[derive(Clone, Debug)]
pub struct Measures {
    is_measuring: bool,
    /// Age of the players' newest states, beyond the way of the quickest update.
    pub age_us: Histogram<u64>,
    /// The same of the bare streams' newest messages.
    pub bare_age_us: Histogram<u64>,
    /// Time from a player's input to the update that says that the server has it.
    pub echo_us: Histogram<u64>,
    /// Time from a bare stream's message to the one that answers it, sent at the next tick.
    pub bare_echo_us: Histogram<u64>,
    /// Time that bare messages took to the server.
    pub way_up_us: Histogram<u64>,
    /// Time that bare messages took to the client.
    pub way_down_us: Histogram<u64>,
    /// Messages that players sent.
    pub messages_up: u64,
    /// Updates that players got.
    pub updates: u64,
}

impl Default for Measures {
    fn default() -> Self {
        let histogram = || Histogram::new_with_bounds(1, DURATION_US_MAX, 3).expect("these bounds should be valid");
        Self {
            is_measuring: false,
            age_us: histogram(),
            bare_age_us: histogram(),
            echo_us: histogram(),
            bare_echo_us: histogram(),
            way_up_us: histogram(),
            way_down_us: histogram(),
            messages_up: 0,
            updates: 0,
        }
    }
}

impl Measures {
    /// Measures from now on, from nothing.
    pub fn begin(&mut self) {
        *self = Self { is_measuring: true, ..Self::default() };
    }

    /// Measures no more; returns what was measured.
    pub fn end(&mut self) -> Self {
        std::mem::take(self)
    }

    /// A player's newest state was so old at some moment.
    pub fn note_age(&mut self, age: Micros) {
        self.note(age, |measures| &mut measures.age_us);
    }

    /// A bare stream's newest message was so old at some moment.
    pub fn note_bare_age(&mut self, age: Micros) {
        self.note(age, |measures| &mut measures.bare_age_us);
    }

    /// A player's input was answered after so long.
    pub fn note_echo(&mut self, echo: Micros) {
        self.note(echo, |measures| &mut measures.echo_us);
    }

    /// A bare message was answered after so long.
    pub fn note_bare_echo(&mut self, echo: Micros) {
        self.note(echo, |measures| &mut measures.bare_echo_us);
    }

    /// A bare message took so long to the server.
    pub fn note_way_up(&mut self, way: Micros) {
        self.note(way, |measures| &mut measures.way_up_us);
    }

    /// A bare message took so long to the client.
    pub fn note_way_down(&mut self, way: Micros) {
        self.note(way, |measures| &mut measures.way_down_us);
    }

    /// A player sent a message.
    pub fn note_sent(&mut self) {
        self.messages_up += u64::from(self.is_measuring);
    }

    /// A player got an update.
    pub fn note_update(&mut self) {
        self.updates += u64::from(self.is_measuring);
    }

    fn note(&mut self, duration: Micros, histogram: impl FnOnce(&mut Self) -> &mut Histogram<u64>) {
        if self.is_measuring {
            histogram(self).saturating_record(duration.0);
        }
    }
}

/// A quantile in milliseconds.
#[must_use]
pub fn ms(histogram: &Histogram<u64>, quantile: f64) -> f64 {
    histogram.value_at_quantile(quantile) as f64 / 1e3
}

/// The share of a histogram above `bound_us`.
#[must_use]
pub fn share_above(histogram: &Histogram<u64>, bound_us: u64) -> f64 {
    let above: u64 = histogram
        .iter_recorded()
        .filter(|step| step.value_iterated_to() > bound_us)
        .map(|step| step.count_at_value())
        .sum();
    above as f64 / histogram.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_window_counts() {
        let mut measures = Measures::default();
        measures.note_echo(Micros(5));
        measures.note_sent();
        measures.begin();
        measures.note_echo(Micros::from_millis(7));
        measures.note_echo(Micros::from_millis(70));
        measures.note_sent();
        let counted = measures.end();
        assert_eq!((counted.echo_us.len(), counted.messages_up), (2, 1));
        assert!((ms(&counted.echo_us, 1.0) - 70.0).abs() < 0.1);
        assert_eq!(share_above(&counted.echo_us, 10_000), 0.5);
        measures.note_echo(Micros(5));
        assert_eq!(measures.end().echo_us.len(), 0);
    }
}
