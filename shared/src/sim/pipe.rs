//! A direction of a connection: ordered and reliable, like a WebSocket, and as late as it likes.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::rng::Rng;
use crate::tick::Micros;

/// Behaviour of a pipe. The default is a perfect one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Least time on the way.
    pub delay: Micros,
    /// Up to so much more, for each message anew; order is kept all the same.
    pub jitter: Micros,
    /// Bytes a second that the reader takes; 0 for all that come.
    pub bytes_per_second: u32,
}

/// Messages on their way.
#[derive(Clone, Debug)]
pub struct Pipe {
    link: Link,
    rng: Rng,
    queue: VecDeque<(Micros, Vec<u8>)>,
    last_due: Micros,
    stalled_until: Micros,
    bytes_under_way: usize,
}

/// Bytes that the two kernels' buffers hold of a connection whose reader is slow, before the writer is refused.
const BUFFER_BYTES: usize = 24 * 1024;

impl Pipe {
    /// An empty pipe that draws its jitter from `seed`.
    #[must_use]
    pub fn new(link: Link, seed: u64) -> Self {
        Self {
            link,
            rng: Rng::new(seed),
            queue: VecDeque::new(),
            last_due: Micros(0),
            stalled_until: Micros(0),
            bytes_under_way: 0,
        }
    }

    /// Ends all lateness. What is under way comes when it was due.
    pub fn calm(&mut self) {
        self.link = Link::default();
        self.stalled_until = Micros(0);
    }

    /// Holds everything back until `until`; then all of it comes out at once.
    pub fn stall(&mut self, until: Micros) {
        self.stalled_until = self.stalled_until.max(until);
    }

    /// Whether a writer would be taken at its word.
    #[must_use]
    pub fn accepts(&self) -> bool {
        self.bytes_under_way < BUFFER_BYTES
    }

    /// Puts in a message.
    pub fn push(&mut self, now: Micros, message: &[u8]) {
        let jitter = Micros(u64::from(self.rng.below(self.link.jitter.0.min(u64::from(u32::MAX)) as u32 + 1)));
        let mut due = (now + self.link.delay + jitter).max(self.last_due);
        if self.link.bytes_per_second > 0 {
            due = due + Micros((message.len() as u64 + 50) * 1_000_000 / u64::from(self.link.bytes_per_second));
        }
        self.last_due = due;
        self.bytes_under_way += message.len();
        self.queue.push_back((due, message.to_vec()));
    }

    /// Takes out the next message that is there by `now`.
    pub fn pop(&mut self, now: Micros) -> Option<Vec<u8>> {
        let (due, _) = self.queue.front()?;
        if now < self.stalled_until || *due > now {
            return None;
        }
        let (_, message) = self.queue.pop_front()?;
        self.bytes_under_way -= message.len();
        Some(message)
    }

    /// The time at which the next message is there.
    #[must_use]
    pub fn next_due(&self) -> Option<Micros> {
        self.queue.front().map(|(due, _)| self.stalled_until.max(*due))
    }

    /// Whether everything that was put in has been taken out, and what comes behind it is there by `now`.
    #[must_use]
    pub fn is_drained(&self, now: Micros) -> bool {
        self.queue.is_empty() && now >= self.stalled_until.max(self.last_due)
    }

    /// Loses everything, as a cut connection does.
    pub fn cut(&mut self) {
        self.queue.clear();
        self.bytes_under_way = 0;
    }
}
