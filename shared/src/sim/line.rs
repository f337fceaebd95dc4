//! [`Line`]: one way through a network that is simulated. Ordered and reliable, as TCP is, and as late as it
//! likes. Has no clock: the arena hands it virtual time, a window that plays over a bad network real time.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::link::{Link, STALL_EVERY};
use super::tcp::Tcp;
use crate::rng::Rng;
use crate::tick::Micros;

/// Pieces of a stream, or whole messages, on their way.
#[derive(Clone, Debug)]
pub struct Line {
    link: Link,
    rng: Rng,
    waiting: VecDeque<(Micros, Vec<u8>)>,
    bytes: usize,
    /// The time at which the bandwidth is free again.
    busy_until: Micros,
    /// The time at which the last piece comes out, or came.
    last_due: Micros,
    stalled_until: Micros,
    /// The connection, on a path with losses.
    tcp: Option<Tcp>,
}

impl Line {
    /// An empty line that draws its jitter from `seed`.
    #[must_use]
    pub const fn new(link: Link, seed: u64) -> Self {
        Self {
            link,
            rng: Rng::new(seed),
            waiting: VecDeque::new(),
            bytes: 0,
            busy_until: Micros(0),
            last_due: Micros(0),
            stalled_until: Micros(0),
            tcp: if link.losses_in_10_000 > 0 { Some(Tcp::new()) } else { None },
        }
    }

    /// The behaviour that it has.
    pub(super) const fn link(&self) -> Link {
        self.link
    }

    /// Behaves otherwise from now on. What is on its way comes when it was due, unless nothing comes out.
    pub const fn turn(&mut self, link: Link) {
        self.link = link;
    }

    /// Ends all lateness. What is on its way comes when it was due.
    pub fn calm(&mut self) {
        self.link = Link::default();
        self.stalled_until = Micros(0);
    }

    /// Holds everything back until `until`; then all of it comes out at once.
    pub fn stall(&mut self, until: Micros) {
        self.stalled_until = self.stalled_until.max(until);
    }

    /// Loses everything, as a cut connection does.
    pub fn cut(&mut self) {
        self.waiting.clear();
        self.tcp = self.tcp.as_ref().map(|_| Tcp::new());
        self.bytes = 0;
    }

    /// Number of bytes on their way.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether nothing is on its way.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.tcp.as_ref().is_none_or(Tcp::is_drained)
    }

    /// Puts in a piece.
    pub fn push(&mut self, now: Micros, piece: &[u8]) {
        if let Some(tcp) = &mut self.tcp {
            self.bytes += piece.len();
            tcp.push(now, piece, &self.link, &mut self.rng);
            return;
        }
        self.busy_until = self.busy_until.max(now) + self.link.occupation(piece.len());
        // What is late keeps back what comes after it.
        self.last_due = (self.busy_until + self.link.passage(&mut self.rng)).max(self.last_due);
        self.bytes += piece.len();
        self.waiting.push_back((self.last_due, piece.to_vec()));
    }

    /// Takes out the next piece that is there by `now`.
    pub fn pop(&mut self, now: Micros) -> Option<Vec<u8>> {
        if self.comes_out(now)? > now {
            return None;
        }
        let piece = match &mut self.tcp {
            Some(tcp) => tcp.pop(now, &self.link, &mut self.rng)?,
            None => self.waiting.pop_front_if(|(due, _)| *due <= now)?.1,
        };
        self.bytes -= piece.len();
        Some(piece)
    }

    /// The time at which to look again, unless the line is turned before; `None` while nothing can come out.
    #[must_use]
    pub fn next_due(&self, now: Micros) -> Option<Micros> {
        let due = self.tcp.as_ref().map_or_else(|| Some(self.waiting.front()?.0), Tcp::next_due)?;
        self.comes_out(due.max(now))
    }

    /// Whether everything that was put in has been taken out, and what comes behind it is there by `now`.
    #[must_use]
    pub fn is_drained(&self, now: Micros) -> bool {
        self.is_empty() && self.last_due <= now && self.comes_out(now).is_some_and(|at| at <= now)
    }

    /// The time at which something comes out that is due at `due`.
    fn comes_out(&self, due: Micros) -> Option<Micros> {
        let due = due.max(self.stalled_until);
        let (into, stall) = (due.0 % STALL_EVERY.0, self.link.stall.min(STALL_EVERY));
        let rest = Micros(stall.0.saturating_sub(into));
        (!self.link.is_cut).then(|| due + rest)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::super::link::HEADERS_BYTES;
    use super::*;

    /// When each of a piece of `bytes` a millisecond comes out, in milliseconds.
    fn arrivals(link: Link, pieces: u32, bytes: usize) -> Vec<u32> {
        let mut line = Line::new(link, 3);
        let mut came = Vec::new();
        // From behind a stall.
        for ms in 1000..9000 {
            let now = Micros::from_millis(ms.into());
            if ms < 1000 + pieces {
                line.push(now, &vec![ms as u8; bytes]);
            }
            while let Some(piece) = line.pop(now) {
                assert_eq!(piece[0], (1000 + came.len() as u32) as u8, "out of order");
                came.push(ms - 1000);
            }
        }
        assert_eq!((came.len(), line.bytes()), (pieces as usize, 0));
        came
    }

    const fn millis(milliseconds: u64) -> Micros {
        Micros::from_millis(milliseconds)
    }

    #[test]
    fn on_a_perfect_line_nothing_waits() {
        assert!(arrivals(Link::default(), 100, 1000).into_iter().eq(0..100));
    }

    #[test]
    fn jitter_never_reorders_and_stays_within_its_range() {
        let link = Link { delay: millis(50), jitter: millis(20), ..Link::default() };
        let late: Vec<u32> = arrivals(link, 500, 10).into_iter().zip(0..).map(|(came, sent)| came - sent).collect();
        assert!(late.iter().all(|late| (50..=71).contains(late)), "{late:?}");
        assert!(late.iter().max().unwrap() - late.iter().min().unwrap() > 10);
    }

    #[test]
    fn a_stall_holds_everything_and_then_lets_it_out_at_once() {
        let came = arrivals(Link { stall: millis(300), ..Link::default() }, 4500, 10);
        // The stall begins five seconds after the clock did, which is four after the first piece.
        assert!(came[..4000].iter().copied().eq(0..4000));
        assert!(came[4000..4300].iter().all(|came| *came == 4300));
        assert!(came[4300..].iter().copied().eq(4300..4500));
    }

    #[test]
    fn a_cap_spreads_bytes_over_time() {
        let came = arrivals(Link { bytes_per_second: 10_000, ..Link::default() }, 20, 1000 - HEADERS_BYTES);
        assert!(came.into_iter().eq((1..=20).map(|nth| nth * 100)), "10 kB a second are 1000 bytes each 100 ms");
    }

    #[test]
    fn a_cap_holds_for_what_a_path_with_losses_brings_too() {
        let link = Link { bytes_per_second: 10_000, losses_in_10_000: 1, ..Link::default() };
        let came = arrivals(link, 20, 1000 - HEADERS_BYTES);
        assert!(came.iter().zip(1..).all(|(came, nth)| *came >= nth * 100), "{came:?}");
        assert!(came[19] < 2100, "and the line is never idle: {came:?}");
    }

    #[test]
    fn whatever_jitter_and_delay_are_asked_for_are_had() {
        for losses_in_10_000 in [0, 1] {
            for jitter in [Micros(u64::from(u32::MAX) - 1), Micros(u64::from(u32::MAX)), Micros(u64::MAX)] {
                let mut line = Line::new(Link { jitter, losses_in_10_000, ..Link::default() }, 3);
                line.push(millis(1), &[1]);
                assert!(line.pop(millis(1)).is_none(), "a jitter of {jitter:?}");
                assert!(line.next_due(millis(1)).is_some_and(|due| due > millis(1)));
            }
            let mut line = Line::new(Link { delay: Micros(u64::MAX), losses_in_10_000, ..Link::default() }, 3);
            line.push(millis(1), &[1]);
            assert!(line.pop(Micros::from_seconds(1_000_000)).is_none());
        }
    }

    #[test]
    fn once_everything_has_arrived_there_is_nothing_to_look_for() {
        let mut line = Line::new(Link { delay: millis(40), losses_in_10_000: 1, ..Link::default() }, 3);
        for ms in 1..=100 {
            line.push(millis(ms * 33), &[1]);
        }
        let (mut now, mut looks) = (millis(3300), 0);
        while let Some(due) = line.next_due(now) {
            now = now.max(due);
            while line.pop(now).is_some() {}
            looks += 1;
        }
        assert!(line.is_drained(now) && now < millis(3500), "{now:?}");
        assert!(looks <= 10, "{looks} looks for what was on its way");
    }

    #[test]
    fn a_cut_lets_nothing_out_until_it_is_mended() {
        let cut = Link { is_cut: true, ..Link::default() };
        let mut line = Line::new(cut, 1);
        line.push(millis(1), &[1]);
        assert_eq!((line.next_due(millis(5000)), line.pop(millis(5000))), (None, None));
        assert!(!line.is_drained(millis(5000)));
        line.turn(Link::default());
        assert_eq!(line.pop(millis(5000)), Some(vec![1]));
        assert!(line.is_drained(millis(5000)));
    }

    #[test]
    fn what_comes_behind_the_last_piece_is_as_late_as_that() {
        let mut line = Line::new(Link { delay: millis(50), ..Link::default() }, 1);
        line.push(millis(1), &[1]);
        line.cut();
        assert!(line.is_empty() && !line.is_drained(millis(50)) && line.is_drained(millis(51)));
        line.stall(millis(80));
        assert!(!line.is_drained(millis(79)) && line.is_drained(millis(80)));
    }
}
