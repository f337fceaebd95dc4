//! A way through a simulated network: pieces of a byte stream wait in it as the [`Dials`] say. Ordered, as
//! TCP is. Has no clock.

use std::collections::VecDeque;
use std::time::Duration;

use auspice::Rng;

use super::dials::{Dials, STALL_EVERY};

/// Bytes that may be on their way. More waits with the sender, as in a network whose buffers are full.
const BYTES_MAX: usize = 64 * 1024;

/// Pieces on their way.
#[derive(Debug)]
pub struct Line {
    waiting: VecDeque<(Duration, Vec<u8>)>,
    bytes: usize,
    /// The time at which the bandwidth is free again.
    busy_until: Duration,
    rng: Rng,
}

impl Line {
    /// An empty line. Its jitter depends on `seed` alone.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { waiting: VecDeque::new(), bytes: 0, busy_until: Duration::ZERO, rng: Rng::new(seed) }
    }

    /// Whether another piece may be put in.
    #[must_use]
    pub const fn has_room(&self) -> bool {
        self.bytes < BYTES_MAX
    }

    /// Whether nothing is on its way.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// A piece enters at `now`.
    pub fn put(&mut self, now: Duration, piece: Vec<u8>, dials: &Dials) {
        let takes = match u64::from(dials.cap_kbps) {
            0 => Duration::ZERO,
            cap => Duration::from_micros(piece.len() as u64 * 1000 / cap),
        };
        self.busy_until = self.busy_until.max(now) + takes;
        let jitter = self.rng.below(dials.jitter_ms * 500 + 1);
        let due = self.busy_until + Duration::from_micros(u64::from(dials.delay_ms * 500 + jitter));
        // What is late keeps back what comes after it.
        let due = self.waiting.back().map_or(due, |(last, _)| due.max(*last));
        self.bytes += piece.len();
        self.waiting.push_back((due, piece));
    }

    /// The next piece that comes out by `now`.
    pub fn take(&mut self, now: Duration, dials: &Dials) -> Option<Vec<u8>> {
        if self.next_due(now, dials)? > now {
            return None;
        }
        let (_, piece) = self.waiting.pop_front()?;
        self.bytes -= piece.len();
        Some(piece)
    }

    /// The time at which to look again, unless the dials change before; `None` while nothing can come out.
    #[must_use]
    pub fn next_due(&self, now: Duration, dials: &Dials) -> Option<Duration> {
        let due = self.waiting.front()?.0.max(now);
        let stall = Duration::from_millis(u64::from(dials.stall_ms)).min(STALL_EVERY);
        let into = Duration::from_nanos((due.as_nanos() % STALL_EVERY.as_nanos()) as u64);
        let is_stalled = into < stall;
        (!dials.is_cut).then(|| if is_stalled { due + (stall - into) } else { due })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// When each of a piece of `bytes` a millisecond comes out, in milliseconds.
    fn arrivals(dials: &Dials, pieces: u32, bytes: usize) -> Vec<u32> {
        let mut line = Line::new(3);
        let mut came = Vec::new();
        // From behind a stall.
        for ms in 1000..9000 {
            let now = MS * ms;
            if ms < 1000 + pieces {
                line.put(now, vec![ms as u8; bytes], dials);
            }
            while let Some(piece) = line.take(now, dials) {
                assert_eq!(piece[0], (1000 + came.len() as u32) as u8, "out of order");
                came.push(ms - 1000);
            }
        }
        assert_eq!(came.len(), pieces as usize);
        came
    }

    #[test]
    fn with_every_dial_at_zero_nothing_waits() {
        assert!(arrivals(&Dials::default(), 100, 1000).into_iter().eq(0..100));
    }

    #[test]
    fn each_way_has_half_of_the_delay() {
        let dials = Dials { delay_ms: 200, ..Dials::default() };
        assert!(arrivals(&dials, 100, 1000).into_iter().eq(100..200));
    }

    #[test]
    fn jitter_never_reorders_and_stays_within_its_range() {
        let dials = Dials { delay_ms: 100, jitter_ms: 40, ..Dials::default() };
        let late: Vec<u32> = arrivals(&dials, 500, 10).into_iter().zip(0..).map(|(came, sent)| came - sent).collect();
        assert!(late.iter().all(|late| (50..=71).contains(late)), "{late:?}");
        assert!(late.iter().max().unwrap() - late.iter().min().unwrap() > 10);
    }

    #[test]
    fn a_stall_holds_everything_and_then_lets_it_out_at_once() {
        let dials = Dials { stall_ms: 300, ..Dials::default() };
        let came = arrivals(&dials, 4500, 10);
        // The stall begins five seconds after the clock did, which is four after the first piece.
        assert!(came[..4000].iter().copied().eq(0..4000));
        assert!(came[4000..4300].iter().all(|came| *came == 4300));
        assert!(came[4300..].iter().copied().eq(4300..4500));
    }

    #[test]
    fn a_cap_spreads_bytes_over_time() {
        let dials = Dials { cap_kbps: 10, ..Dials::default() };
        let came = arrivals(&dials, 20, 1000);
        assert!(came.into_iter().eq((1..=20).map(|nth| nth * 100)), "10 kB a second are a piece of 1000 bytes each 100 ms");
    }

    #[test]
    fn a_cut_lets_nothing_out_until_it_is_mended() {
        let cut = Dials { is_cut: true, ..Dials::default() };
        let mut line = Line::new(1);
        line.put(MS, vec![1], &cut);
        assert_eq!(line.next_due(MS * 5000, &cut), None);
        assert_eq!(line.take(MS * 5000, &cut), None);
        assert_eq!(line.take(MS * 5000, &Dials::default()), Some(vec![1]));
    }

    #[test]
    fn a_full_line_asks_for_nothing_more() {
        let cut = Dials { is_cut: true, ..Dials::default() };
        let mut line = Line::new(1);
        while line.has_room() {
            line.put(MS, vec![0; 1000], &cut);
        }
        assert!(line.bytes < BYTES_MAX + 1000);
    }
}
