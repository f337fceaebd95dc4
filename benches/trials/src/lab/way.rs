//! [`Way`]: one direction of a link: how long a packet takes, and whether it comes at all. Has no clock.

use std::time::Duration;

use auspice::Rng;

/// Properties of a direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WayShape {
    /// Time that each packet takes.
    pub delay: Duration,
    /// Time that a packet may take on top, drawn evenly.
    pub jitter: Duration,
    /// Packets that must not overtake each other.
    pub order: KeptOrder,
    /// Share of packets that are lost, 0 to 1.
    pub loss: f64,
    /// Bits a second that pass, and bytes that may wait for that; `None` for no bound.
    pub rate: Option<(u64, u64)>,
    /// Whether all is dropped.
    pub is_cut: bool,
}

/// Packets that keep their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptOrder {
    /// None: a packet may overtake any other.
    Free,
    /// Packets of the same connection, as on the ways of many players. Connections have their jitter apart.
    Connection,
    /// All, as in one long queue.
    All,
}

impl WayShape {
    /// A way that takes `delay` and harms nothing.
    #[must_use]
    pub const fn clean(delay: Duration) -> Self {
        Self { delay, jitter: Duration::ZERO, order: KeptOrder::Connection, loss: 0.0, rate: None, is_cut: false }
    }
}

/// End of a packet's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacketFate {
    /// Comes out at this time.
    Due(Duration),
    /// Lost by chance.
    Lost,
    /// Lost because nothing passes.
    Cut,
    /// Lost because too much waited.
    Overflow,
}

/// A direction of a link.
#[derive(Debug)]
pub struct Way {
    /// Its properties, to be changed at any time.
    pub shape: WayShape,
    rng: Rng,
    /// The time at which the rate is free again.
    busy_until: Duration,
    /// The latest time at which one of its packets comes out.
    last_due: Duration,
}

impl Way {
    /// A way of this shape. What chance does on it follows from `seed`.
    #[must_use]
    pub const fn new(shape: WayShape, seed: u64) -> Self {
        Self { shape, rng: Rng::new(seed), busy_until: Duration::ZERO, last_due: Duration::ZERO }
    }

    /// Decides about a packet of so many `bytes` that enters at `now`; `flow_due` is when the last one of its
    /// connection comes out, and is kept up to date.
    pub fn decide(&mut self, now: Duration, bytes: usize, flow_due: &mut Duration) -> PacketFate {
        // Drawn for each packet, so that what happens to one does not change the luck of the next.
        let (is_unlucky, jitter) = (self.share() < self.shape.loss, self.shape.jitter.mul_f64(self.share()));
        if self.shape.is_cut {
            return PacketFate::Cut;
        }
        if is_unlucky {
            return PacketFate::Lost;
        }
        let Some(passed) = self.pass(now, bytes as u64) else { return PacketFate::Overflow };
        let due = passed + self.shape.delay + jitter;
        let due = match self.shape.order {
            KeptOrder::Free => due,
            KeptOrder::Connection => due.max(*flow_due),
            KeptOrder::All => due.max(self.last_due),
        };
        (*flow_due, self.last_due) = (due.max(*flow_due), due.max(self.last_due));
        PacketFate::Due(due)
    }

    /// The time at which the rate has let a packet through; `None` where it finds no room to wait.
    fn pass(&mut self, now: Duration, bytes: u64) -> Option<Duration> {
        let Some((bits_per_second, queue_bytes)) = self.shape.rate else { return Some(now) };
        let takes = |bytes: u64| Duration::from_secs_f64(bytes as f64 * 8.0 / bits_per_second.max(1) as f64);
        let free = self.busy_until.max(now);
        if free - now + takes(bytes) > takes(queue_bytes) {
            return None;
        }
        self.busy_until = free + takes(bytes);
        Some(self.busy_until)
    }

    /// A number from 0 to 1, without 1.
    fn share(&mut self) -> f64 {
        (self.rng.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// Fates of a packet of 100 bytes each millisecond, in milliseconds from its start.
    fn fates(shape: WayShape, seed: u64, packets: u32) -> Vec<Option<f64>> {
        let (mut way, mut flow_due) = (Way::new(shape, seed), Duration::ZERO);
        let mut decide = |ms| match way.decide(MS * ms, 100, &mut flow_due) {
            PacketFate::Due(due) => Some((due - MS * ms).as_secs_f64() * 1e3),
            _ => None,
        };
        (0..packets).map(&mut decide).collect()
    }

    #[test]
    fn a_clean_way_delays_and_harms_nothing() {
        assert!(fates(WayShape::clean(MS * 40), 1, 100).into_iter().all(|took| took == Some(40.0)));
    }

    #[test]
    fn the_share_that_is_lost_is_the_one_asked_for_and_follows_from_the_seed() {
        let shape = WayShape { loss: 0.02, ..WayShape::clean(MS) };
        let lost = fates(shape, 3, 50_000).iter().filter(|fate| fate.is_none()).count();
        assert!((900..1100).contains(&lost), "{lost} of 50,000");
        assert_eq!(fates(shape, 3, 1000), fates(shape, 3, 1000));
        assert_ne!(fates(shape, 3, 1000), fates(shape, 4, 1000));
    }

    #[test]
    fn jitter_overtakes_only_where_it_may() {
        let overtakes = |order| {
            let shape = WayShape { jitter: MS * 20, order, ..WayShape::clean(MS * 40) };
            let took: Vec<f64> = fates(shape, 5, 1000).into_iter().flatten().collect();
            assert!(took.iter().all(|took| (40.0..60.0).contains(took)), "{took:?}");
            // Each packet starts a millisecond after the one before it.
            took.windows(2).any(|pair| pair[1] + 1.0 < pair[0] - 1e-6)
        };
        assert!(overtakes(KeptOrder::Free));
        assert!(!overtakes(KeptOrder::Connection));
        assert!(!overtakes(KeptOrder::All));
    }

    #[test]
    fn connections_have_their_jitter_apart_unless_all_share_a_queue() {
        let first_of_two = |order| {
            let mut way = Way::new(WayShape { jitter: MS * 20, order, ..WayShape::clean(MS) }, 5);
            let mut overtaken = 0;
            for at in 0..500 {
                let (mut one, mut other) = (Duration::ZERO, Duration::ZERO);
                let now = MS * 100 * at;
                let (PacketFate::Due(first), PacketFate::Due(second)) =
                    (way.decide(now, 1, &mut one), way.decide(now, 1, &mut other))
                else {
                    panic!("nothing should be lost")
                };
                overtaken += usize::from(second < first);
            }
            overtaken
        };
        assert!(first_of_two(KeptOrder::Connection) > 200);
        assert_eq!(first_of_two(KeptOrder::All), 0);
    }

    #[test]
    fn a_rate_makes_packets_wait_and_a_full_queue_loses_them() {
        // 100 bytes take a millisecond at 800 kbit/s; half of that rate loses every other packet in the end.
        let shape = |bits| WayShape { rate: Some((bits, 500)), ..WayShape::clean(Duration::ZERO) };
        assert!(fates(shape(800_000), 1, 100).into_iter().all(|took| took == Some(1.0)));
        let slow = fates(shape(400_000), 1, 100);
        assert_eq!(slow[..3], [Some(2.0), Some(3.0), Some(4.0)]);
        let lost = slow[20..].iter().filter(|fate| fate.is_none()).count();
        assert_eq!(lost, 40);
        assert!(slow.into_iter().flatten().all(|took| took <= 10.0), "no more than 500 bytes wait");
    }

    #[test]
    fn a_cut_lets_nothing_pass() {
        assert!(fates(WayShape { is_cut: true, ..WayShape::clean(MS) }, 1, 10).iter().all(Option::is_none));
    }
}
