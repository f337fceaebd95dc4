//! [`WorstPace`]: the gauges of overload over all rooms: the highest rung that one is on, and the slowest time.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use prometheus::{Gauge, IntGauge};

/// Rungs and paces of all rooms.
pub(crate) struct WorstPace {
    /// Rooms by rung and pace in percent.
    rooms: Mutex<BTreeMap<(u8, u8), usize>>,
    level: IntGauge,
    dilation: Gauge,
}

impl WorstPace {
    pub(super) fn new(level: IntGauge, dilation: Gauge) -> Self {
        Self { rooms: Mutex::default(), level, dilation }
    }

    /// The highest rung that a room is on.
    pub(crate) fn level(&self) -> u8 {
        self.level.get().clamp(0, u8::MAX.into()) as u8
    }

    /// A room comes, goes, or is on another rung.
    pub(crate) fn change(&self, before: Option<(u8, u8)>, now: Option<(u8, u8)>) {
        // Counts are right after any panic: nothing is half done under the lock.
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = before
            && let Some(count) = rooms.get_mut(&before)
        {
            *count -= 1;
            if *count == 0 {
                rooms.remove(&before);
            }
        }
        now.into_iter().for_each(|now| *rooms.entry(now).or_default() += 1);
        let level = rooms.keys().map(|(level, _)| *level).max().unwrap_or_default();
        let percent = rooms.keys().map(|(_, percent)| *percent).min().unwrap_or(100);
        self.level.set(level.into());
        self.dilation.set(f64::from(percent) / 100.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_all_rooms_is_shown() {
        let (level, dilation) = (IntGauge::new("level", "level").unwrap(), Gauge::new("pace", "pace").unwrap());
        let pace = WorstPace::new(level.clone(), dilation.clone());
        let shown = || (level.get(), dilation.get());
        pace.change(None, Some((0, 100)));
        pace.change(None, Some((0, 100)));
        assert_eq!(shown(), (0, 1.0));
        pace.change(Some((0, 100)), Some((4, 55)));
        pace.change(Some((0, 100)), Some((2, 100)));
        assert_eq!(shown(), (4, 0.55));
        pace.change(Some((4, 55)), None);
        assert_eq!(shown(), (2, 1.0));
    }
}
