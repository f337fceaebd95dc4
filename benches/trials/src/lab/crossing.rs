//! [`Crossing`]: both directions of a link with the connections that pass: packets that wait, counts, address
//! translation. Has no clock.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::time::Duration;

use super::packet::{Port, Segment};
use super::way::{PacketFate, Way, WayShape};

/// A translated connection has this number less for a port. Ports that systems choose by themselves begin at
/// 32,768, so nobody else has it.
const TRANSLATED_LESS: u16 = 30_000;

/// A direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Packets of clients, on their way to the server.
    Up,
    /// Packets of the server, on their way to clients.
    Down,
}

impl Direction {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Up, Self::Down];
}

/// Numbers of segments in one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SegmentCounts {
    /// Segments with payload, those sent again not included.
    pub data: u64,
    /// Segments with payload that were sent again.
    pub repeated: u64,
    /// Segments that say nothing but what has been received.
    pub acks: u64,
    /// Segments that open, end or break a connection.
    pub others: u64,
    /// Bytes of all of them, IP's header included.
    pub ip_bytes: u64,
    /// Segments that were lost by chance or for want of room.
    pub lost: u64,
    /// Segments that were lost because nothing passed.
    pub cut: u64,
}

impl SegmentCounts {
    /// Adds `other`.
    pub fn add(&mut self, other: &Self) {
        self.data += other.data;
        self.repeated += other.repeated;
        self.acks += other.acks;
        self.others += other.others;
        self.ip_bytes += other.ip_bytes;
        self.lost += other.lost;
        self.cut += other.cut;
    }

    /// Counts since `earlier`.
    #[must_use]
    pub const fn since(&self, earlier: &Self) -> Self {
        Self {
            data: self.data - earlier.data,
            repeated: self.repeated - earlier.repeated,
            acks: self.acks - earlier.acks,
            others: self.others - earlier.others,
            ip_bytes: self.ip_bytes - earlier.ip_bytes,
            lost: self.lost - earlier.lost,
            cut: self.cut - earlier.cut,
        }
    }
}

/// A connection, by the client's port and the server's.
type FlowKey = (u16, u16);

/// State of a connection as the link sees it.
#[derive(Debug, Default)]
struct Flow {
    counts: [SegmentCounts; 2],
    /// End of the payload that has been seen, by direction.
    seen: [Option<u32>; 2],
    /// The time at which its last packet comes out, by direction.
    due: [Duration; 2],
    /// Drops all that comes.
    is_black: bool,
    /// Passes under another port of the client.
    is_translated: bool,
}

/// A packet on its way. Ordered by when it comes out.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct HeldPacket {
    due: Duration,
    number: u64,
    direction: Direction,
    packet: Vec<u8>,
}

/// A link without its devices.
#[derive(Debug)]
pub struct Crossing {
    ways: [Way; 2],
    flows: HashMap<FlowKey, Flow>,
    /// Counts of connections whose ports were used again, by the server's port.
    past: HashMap<u16, [SegmentCounts; 2]>,
    held: BinaryHeap<Reverse<HeldPacket>>,
    entered: u64,
}

impl Crossing {
    /// A link of this shape in both directions.
    #[must_use]
    pub fn new(shape: WayShape, seed: u64) -> Self {
        Self {
            ways: [Way::new(shape, seed), Way::new(shape, !seed)],
            flows: HashMap::new(),
            past: HashMap::new(),
            held: BinaryHeap::new(),
            entered: 0,
        }
    }

    /// Changes the shape of a direction.
    pub const fn shape_mut(&mut self, direction: Direction) -> &mut WayShape {
        &mut self.ways[direction as usize].shape
    }

    /// Takes a packet that came at `now`. What is no TCP, such as a system's own chatter, is dropped.
    pub fn enter(&mut self, direction: Direction, mut packet: Vec<u8>, now: Duration) {
        let Some(mut segment) = Segment::parse(&packet) else { return };
        let Some(key) = self.translate(direction, &mut packet, &mut segment) else { return };
        if direction == Direction::Up && segment.opens() {
            // A new connection, though its port may have been another's.
            let old = self.flows.insert(key, Flow::default()).unwrap_or_default();
            let past = self.past.entry(key.1).or_default();
            past.iter_mut().zip(&old.counts).for_each(|(sum, counts)| sum.add(counts));
        }
        let flow = self.flows.entry(key).or_default();
        let fate = match flow.is_black {
            true => PacketFate::Cut,
            false => self.ways[direction as usize].decide(now, segment.bytes, &mut flow.due[direction as usize]),
        };
        flow.count(direction, &segment, fate);
        if let PacketFate::Due(due) = fate {
            self.held.push(Reverse(HeldPacket { due, number: self.entered, direction, packet }));
            self.entered += 1;
        }
    }

    /// Gives translated connections their other port. The connection's key is by the port that the client
    /// itself has; `None` for a packet of the server to a port that leads nowhere any more.
    fn translate(&self, direction: Direction, packet: &mut [u8], segment: &mut Segment) -> Option<FlowKey> {
        let key = match direction {
            Direction::Up => (segment.source, segment.target),
            Direction::Down => (segment.target, segment.source),
        };
        let is_translated = |key| self.flows.get(&key).is_some_and(|flow| flow.is_translated);
        match direction {
            Direction::Up if segment.opens() => Some(key),
            Direction::Up if is_translated(key) => {
                segment.set_port(packet, Port::Source, key.0 - TRANSLATED_LESS);
                Some(key)
            }
            Direction::Up => Some(key),
            Direction::Down if is_translated(key) => None,
            Direction::Down => {
                let inside = (key.0.wrapping_add(TRANSLATED_LESS), key.1);
                if !is_translated(inside) {
                    return Some(key);
                }
                segment.set_port(packet, Port::Target, inside.0);
                Some(inside)
            }
        }
    }

    /// The next packet that comes out by `now`, with the time at which it should have.
    pub fn leave(&mut self, now: Duration) -> Option<(Direction, Vec<u8>, Duration)> {
        self.next_due().filter(|&due| due <= now)?;
        self.held.pop().map(|Reverse(held)| (held.direction, held.packet, held.due))
    }

    /// The time at which the next packet comes out.
    #[must_use]
    pub fn next_due(&self) -> Option<Duration> {
        self.held.peek().map(|Reverse(held)| held.due)
    }

    /// Swallows all connections that are known now, without a word to either end: the client's address is
    /// another from now on.
    pub fn blackhole(&mut self) {
        self.flows.values_mut().for_each(|flow| flow.is_black = true);
    }

    /// Forgets the translation of all connections that are known now: they go on from another port, of which
    /// the server has never heard.
    pub fn rebind(&mut self) {
        let known = self.flows.iter_mut().filter(|((client, _), _)| *client > TRANSLATED_LESS);
        known.for_each(|(_, flow)| flow.is_translated = true);
    }

    /// Counts of all connections with the server's `port`, by direction.
    #[must_use]
    pub fn counts(&self, port: u16) -> [SegmentCounts; 2] {
        let mut sums = self.past.get(&port).copied().unwrap_or_default();
        for (_, flow) in self.flows.iter().filter(|((_, server), _)| *server == port) {
            sums.iter_mut().zip(&flow.counts).for_each(|(sum, counts)| sum.add(counts));
        }
        sums
    }
}

impl Flow {
    fn count(&mut self, direction: Direction, segment: &Segment, fate: PacketFate) {
        let (counts, seen) = (&mut self.counts[direction as usize], &mut self.seen[direction as usize]);
        let end = segment.sequence.wrapping_add(segment.payload as u32);
        // Numbers wrap around: nearer than half of them all is before.
        let is_new = seen.is_none_or(|seen| (end.wrapping_sub(seen) as i32) > 0);
        match (segment.payload, segment.is_pure_ack(), is_new) {
            (0, true, _) => counts.acks += 1,
            (0, false, _) => counts.others += 1,
            (_, _, true) => (counts.data, *seen) = (counts.data + 1, Some(end)),
            (_, _, false) => counts.repeated += 1,
        }
        counts.ip_bytes += segment.bytes as u64;
        match fate {
            PacketFate::Due(_) => {}
            PacketFate::Lost | PacketFate::Overflow => counts.lost += 1,
            PacketFate::Cut => counts.cut += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::packet::packet;
    use super::*;

    const MS: Duration = Duration::from_millis(1);
    const SYN: u8 = 2;
    const ACK: u8 = 16;

    fn crossing() -> Crossing {
        let mut crossing = Crossing::new(WayShape::clean(MS * 10), 1);
        crossing.enter(Direction::Up, packet(40_000, 7700, 0, SYN, b""), MS);
        crossing.leave(MS * 11).unwrap();
        crossing
    }

    /// The ports that a segment with payload comes out with, if it does.
    fn pass(crossing: &mut Crossing, direction: Direction, source: u16, target: u16) -> Option<(u16, u16)> {
        crossing.enter(direction, packet(source, target, 1, ACK, b"x"), MS * 20);
        let (_, packet, _) = crossing.leave(MS * 30)?;
        Segment::parse(&packet).map(|segment| (segment.source, segment.target))
    }

    #[test]
    fn packets_come_out_when_they_are_due_in_order_of_time() {
        let mut crossing = Crossing::new(WayShape::clean(MS * 10), 1);
        crossing.enter(Direction::Up, packet(40_000, 7700, 0, SYN, b""), MS * 5);
        crossing.shape_mut(Direction::Down).delay = MS * 2;
        crossing.enter(Direction::Down, packet(7700, 40_000, 0, SYN | ACK, b""), MS * 6);
        assert_eq!(crossing.next_due(), Some(MS * 8));
        assert!(crossing.leave(MS * 7).is_none());
        assert_eq!(
            crossing.leave(MS * 20).map(|(direction, _, due)| (direction, due)),
            Some((Direction::Down, MS * 8))
        );
        assert_eq!(crossing.leave(MS * 20).map(|(direction, _, due)| (direction, due)), Some((Direction::Up, MS * 15)));
        assert!(crossing.leave(MS * 20).is_none());
    }

    #[test]
    fn what_passes_is_counted_by_what_it_is_and_by_service() {
        let mut crossing = crossing();
        for (sequence, payload) in [(1, "abc"), (4, "de"), (1, "abc"), (6, "")] {
            crossing.enter(Direction::Up, packet(40_000, 7700, sequence, ACK, payload.as_bytes()), MS);
        }
        crossing.shape_mut(Direction::Up).is_cut = true;
        crossing.enter(Direction::Up, packet(40_000, 7700, 6, ACK, b"f"), MS);
        crossing.enter(Direction::Up, packet(40_001, 7800, 6, ACK, b"f"), MS);
        let [up, down] = crossing.counts(7700);
        assert_eq!((up.data, up.repeated, up.acks, up.others, up.cut), (3, 1, 1, 1, 1));
        assert_eq!((up.ip_bytes, down), (40 * 6 + 9, SegmentCounts::default()));
        assert_eq!(crossing.counts(7800)[0].data, 1);
    }

    #[test]
    fn a_black_hole_swallows_old_connections_and_lets_new_ones_pass() {
        let mut crossing = crossing();
        crossing.blackhole();
        assert_eq!(pass(&mut crossing, Direction::Up, 40_000, 7700), None);
        assert_eq!(pass(&mut crossing, Direction::Down, 7700, 40_000), None);
        assert_eq!(pass(&mut crossing, Direction::Up, 40_001, 7700), Some((40_001, 7700)));
        // The port is used again.
        crossing.enter(Direction::Up, packet(40_000, 7700, 0, SYN, b""), MS * 20);
        assert!(crossing.leave(MS * 30).is_some());
        assert_eq!(pass(&mut crossing, Direction::Up, 40_000, 7700), Some((40_000, 7700)));
        assert_eq!(crossing.counts(7700)[0].cut, 1, "what was counted before stays");
    }

    #[test]
    fn a_rebound_connection_goes_on_from_another_port_and_is_answered_there() {
        let mut crossing = crossing();
        crossing.rebind();
        assert_eq!(pass(&mut crossing, Direction::Up, 40_000, 7700), Some((10_000, 7700)));
        assert_eq!(pass(&mut crossing, Direction::Down, 7700, 10_000), Some((7700, 40_000)));
        assert_eq!(pass(&mut crossing, Direction::Down, 7700, 40_000), None, "the old port leads nowhere");
        assert_eq!(pass(&mut crossing, Direction::Up, 40_001, 7700), Some((40_001, 7700)), "a new one is as it was");
    }
}
