//! [`Losses`]: whether the path of a client loses segments, as the times of updates tell.
//!
//! What is behind a lost segment waits for it, and it is found to be lost when the next one arrives: by a third message
//! of a second sooner than by the sixth. So a client whose path loses segments has itself told everything at once.
//! Nobody else knows as well: a server behind a proxy sees the path to that.

use crate::limits::{HURRY_SECONDS, LATE_MILLIS};
use crate::tick::Micros;

/// Time over which the soonest update is taken for what the path takes, once or twice over.
const MEMORY: Micros = Micros::from_seconds(2);
/// Updates after a late one that tell of the same loss.
const SAME_LOSS: Micros = Micros::from_millis(300);

/// Updates that came late, and inputs that did.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Losses {
    /// Microseconds from an update's tick by the server's count to its arrival by the client's: the least of this
    /// while, and of the one before.
    soonest: [Option<i64>; 2],
    since: Micros,
    /// The loss that was seen last, and the one before.
    seen: [Option<Micros>; 2],
    /// Time by which the newest update came late, if that was a loss.
    late: Micros,
}

impl Losses {
    /// An update came at `now`, so many microseconds after its tick by a clock that begins anywhere; for `unseen`
    /// before that nobody looked.
    pub(super) fn hear(&mut self, now: Micros, off: i64, unseen: Micros) {
        if now.since(self.since) >= MEMORY {
            (self.since, self.soonest) = (now, [None, self.soonest[0]]);
        }
        let late = self.soonest.iter().flatten().min().map_or(0, |soonest| off.saturating_sub(*soonest));
        self.soonest[0] = Some(self.soonest[0].map_or(off, |soonest| soonest.min(off)));
        let late = Micros(late.saturating_sub_unsigned(unseen.0).max(0) as u64);
        self.late = if late > Micros::from_millis(LATE_MILLIS) { late } else { Micros(0) };
        if self.late > Micros(0) {
            self.note(now);
        }
    }

    /// Time by which the newest update came late, where it was lost on its way; otherwise 0.
    pub(super) fn late(&self) -> Micros {
        self.late
    }

    /// A loss was seen, in either direction.
    pub(super) fn note(&mut self, now: Micros) {
        match self.seen[0] {
            Some(last) if now.since(last) < SAME_LOSS => self.seen[0] = Some(now),
            before => self.seen = [Some(now), before],
        }
    }

    /// The server's time goes faster or slower: what was soon is so no more.
    pub(super) fn forget_times(&mut self) {
        self.soonest = [None; 2];
    }

    /// Whether the path is a lossy one: two losses were seen of late, one of them just now.
    pub(super) fn are_frequent(&self, now: Micros) -> bool {
        let within = |seen: Micros, until: Micros| until.since(seen) < Micros::from_seconds(HURRY_SECONDS);
        matches!(self.seen, [Some(last), Some(before)] if within(last, now) && within(before, last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERIOD: u64 = 33_333;

    /// Whether a path is found to be lossy on which updates are so late, each second one by more.
    fn hurries(late: impl Fn(u64) -> u64, unseen: Micros) -> bool {
        let mut losses = Losses::default();
        let mut now = Micros(0);
        for tick in 0..600 {
            now = Micros(tick * PERIOD + 40_000 + late(tick));
            losses.hear(now, now.0 as i64 - (tick * PERIOD) as i64, unseen);
        }
        losses.are_frequent(now)
    }

    #[test]
    fn two_lost_segments_make_a_lossy_path_and_jitter_and_one_alone_do_not() {
        assert!(hurries(|tick| if tick % 100 == 50 { 113_000 } else { 0 }, Micros(0)));
        assert!(!hurries(|tick| if tick == 500 { 113_000 } else { 0 }, Micros(0)), "a server that was late once");
        assert!(!hurries(|tick| tick * 7919 % 50_000, Micros(0)), "jitter");
        assert!(!hurries(|tick| if tick % 100 == 50 { 113_000 } else { 0 }, Micros::from_millis(100)), "few pictures");
    }

    #[test]
    fn a_path_that_loses_nothing_any_more_is_trusted_again() {
        let mut losses = Losses::default();
        [1, 3].into_iter().for_each(|second| losses.note(Micros::from_seconds(second)));
        assert!(losses.are_frequent(Micros::from_seconds(3 + HURRY_SECONDS - 1)));
        assert!(!losses.are_frequent(Micros::from_seconds(3 + HURRY_SECONDS)));
    }
}
