//! [`Comebacks`]: what bots count of connections that were lost, and of how they came back.

use auspice::{ClientId, EntityId, Micros};
use hdrhistogram::Histogram;

/// A bot's absence: since when, and the state that it wants to find again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Away {
    pub(crate) since: Micros,
    pub(crate) client: Option<ClientId>,
    pub(crate) own: Option<EntityId>,
}

/// See the module. All of the whole run.
#[derive(Debug)]
pub struct Comebacks {
    /// Number of times that the supervisor has had bots cut.
    pub cuts_asked: u32,
    /// Connections that bots cut on purpose.
    pub cuts: u64,
    /// Bots that were lost, on purpose or not, and are not back.
    pub away: u64,
    /// Bots that came back to the same seat and, where they hold a world, to the same entity.
    pub returned: u64,
    /// Bots that came back to another.
    pub strangers: u64,
    /// Tries that were turned away: bots wait and try again.
    pub turned_away: u64,
    /// Time from a loss to playing again, in microseconds.
    pub took_us: Histogram<u64>,
    /// The same within the measured window, summed: nobody is served meanwhile.
    pub away_us: u64,
    /// Time from one update to the next of those who stayed while others were away, in microseconds.
    pub stayed_interval_us: Histogram<u64>,
}

/// Longest duration told apart, in microseconds: a minute.
const DURATION_US_MAX: u64 = 60_000_000;

impl Default for Comebacks {
    fn default() -> Self {
        let histogram = || Histogram::new_with_bounds(1, DURATION_US_MAX, 3).expect("these bounds should be valid");
        Self {
            cuts_asked: 0,
            cuts: 0,
            away: 0,
            returned: 0,
            strangers: 0,
            turned_away: 0,
            took_us: histogram(),
            away_us: 0,
            stayed_interval_us: histogram(),
        }
    }
}

impl Comebacks {
    /// A bot is back after `took`, as the same player or as another.
    pub fn count(&mut self, took: Micros, is_same: bool, is_measuring: bool) {
        self.away = self.away.saturating_sub(1);
        *(if is_same { &mut self.returned } else { &mut self.strangers }) += 1;
        self.took_us.saturating_record(took.0);
        if is_measuring {
            self.away_us += took.0;
        }
    }
}
