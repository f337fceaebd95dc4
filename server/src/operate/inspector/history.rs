//! [`History`]: the moments that are kept, many of the last half minute and fewer of the time before.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::moment::ShownMoment;
use crate::limits::{PAST_BYTES_MAX, PAST_DENSE, PAST_MAX, PAST_STEP};

/// The moments of the last minutes, oldest first.
#[derive(Debug, Default)]
pub(super) struct History {
    moments: VecDeque<(Instant, Arc<ShownMoment>)>,
    bytes: usize,
}

impl History {
    /// Adds a moment at `now`, and forgets what is too old or too much.
    pub(super) fn push(&mut self, moment: Arc<ShownMoment>, now: Instant) {
        if self.last().is_some_and(|last| moment.tick < last.tick) {
            // Another world has begun, or the same one anew.
            *self = Self::default();
        }
        if self.last().is_some_and(|last| moment.tick == last.tick) {
            return;
        }
        self.bytes += moment.bytes();
        self.moments.push_back((now, moment));
        self.thin_out(now);
        while self.moments.len() > 1 && (self.bytes > PAST_BYTES_MAX || now - self.moments[0].0 > PAST_MAX) {
            self.remove(0);
        }
    }

    /// Leaves out the moment that is not among the newest any more, if the one before it is near enough.
    fn thin_out(&mut self, now: Instant) {
        let dense = self.moments.partition_point(|(then, _)| now - *then > PAST_DENSE);
        if dense >= 2 && self.moments[dense - 1].0 - self.moments[dense - 2].0 < PAST_STEP {
            self.remove(dense - 1);
        }
    }

    fn remove(&mut self, at: usize) {
        self.bytes -= self.moments.remove(at).map_or(0, |(_, moment)| moment.bytes());
    }

    pub(super) fn first(&self) -> Option<&Arc<ShownMoment>> {
        self.moments.front().map(|(_, moment)| moment)
    }

    pub(super) fn last(&self) -> Option<&Arc<ShownMoment>> {
        self.moments.back().map(|(_, moment)| moment)
    }

    /// The last moment that is not after `tick`; the first where all are.
    pub(super) fn at(&self, tick: u32) -> Option<&Arc<ShownMoment>> {
        let after = self.moments.partition_point(|(_, moment)| moment.tick <= tick);
        self.moments.get(after.saturating_sub(1)).map(|(_, moment)| moment)
    }

    /// The newest moment that is at least so old at `now`.
    pub(super) fn before(&self, now: Instant, age: Duration) -> Option<&Arc<ShownMoment>> {
        let young = self.moments.partition_point(|(then, _)| now - *then >= age);
        self.moments.get(young.saturating_sub(1)).map(|(_, moment)| moment)
    }

    pub(super) fn len(&self) -> usize {
        self.moments.len()
    }
}

#[cfg(test)]
mod tests {
    use auspice::Tick;
    use auspice::authority::{Glance, PlayerGlance};

    use super::*;

    fn moment(tick: u32, players: usize) -> Arc<ShownMoment> {
        let players = vec![PlayerGlance::default(); players];
        Arc::new(ShownMoment::of(&Glance { tick: Tick(tick), players, ..Glance::default() }))
    }

    #[test]
    fn the_past_is_dense_at_first_and_ends_somewhere() {
        let (mut history, start) = (History::default(), Instant::now());
        for quarter in 0..4 * 600 {
            history.push(moment(quarter, 3), start + Duration::from_millis(250) * quarter);
        }
        let ages =
            |history: &History| -> Vec<u32> { history.moments.iter().map(|(_, moment)| 2399 - moment.tick).collect() };
        let ages = ages(&history);
        assert_eq!(ages.iter().filter(|age| **age < 120).count(), 120, "all of the last half minute");
        assert!(ages.windows(2).all(|pair| pair[0] - pair[1] <= 5), "and one in a second before: {ages:?}");
        assert!((1190..=1200).contains(&ages[0]) && history.len() < 400, "{} of {}", ages[0], history.len());
        assert_eq!(history.at(2000).map(|moment| moment.tick <= 2000 && moment.tick > 1995), Some(true));
        assert_eq!(history.at(0).map(|moment| moment.tick), history.first().map(|moment| moment.tick));
    }

    #[test]
    fn a_large_world_takes_no_more_memory_and_another_world_is_not_mixed_in() {
        let (mut history, start) = (History::default(), Instant::now());
        for tick in 0..300 {
            history.push(moment(tick, 4000), start + Duration::from_millis(100) * tick);
            assert!(history.bytes <= PAST_BYTES_MAX);
        }
        assert!(history.len() > 10 && history.len() < 300, "{}", history.len());
        history.push(moment(5, 1), start + Duration::from_secs(60));
        assert_eq!((history.len(), history.bytes), (1, moment(5, 1).bytes()));
    }
}
