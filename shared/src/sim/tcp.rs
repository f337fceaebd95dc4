//! [`Tcp`]: a direction of a TCP connection over a path that loses segments, as Linux sends it.
//!
//! What it is for is the lateness that a loss makes: everything behind a lost segment waits for it. The sender
//! learns of the loss by the selective acknowledgement of what it sent next, and sends it again: so it comes an
//! interval and a round trip late (113 ms for a message each 33 ms over 80 ms), and a further one of both each
//! time that is lost too. A segment with nothing behind it waits for a probe. `shared/tests/lossy.rs` holds
//! this against what was measured of a kernel.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use super::link::Link;
use crate::rng::Rng;
use crate::tick::Micros;

/// Bytes of messages that are merged into one segment where they wait.
const SEGMENT_BYTES: usize = 1400;
/// Segments that may be under way at first (RFC 6928).
const WINDOW_FIRST: f64 = 10.0;
/// Time for which a receiver of an ordered stream lets an acknowledgement wait, to have it ride on data.
const ACK_DELAY: Micros = Micros::from_millis(20);
/// Time that the sender adds to two round trips before it probes for what may be lost at the end.
const PROBE_ADDED: Micros = Micros::from_millis(100);
/// Acknowledgements by which a window grows by one, for each segment in it: 8 / 15 of Reno's, after a factor
/// of 0.7 at each loss (RFC 9438, section 4.3).
const GROWTH_ACKS: f64 = 15.0 / 8.0;

#[derive(Clone, Debug)]
struct TcpSegment {
    messages: Vec<Vec<u8>>,
    sent_at: Micros,
    state: SegmentState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SegmentState {
    UnderWay,
    Acknowledged,
    Lost,
}

#[derive(Clone, Debug)]
enum TcpEvent {
    /// A segment arrives.
    Arrival(u64),
    /// An acknowledgement arrives: of everything before the first number, and of the others.
    Acknowledgement(u64, Vec<u64>),
}

/// A direction of a TCP connection: both of its ends, and the path.
#[derive(Clone, Debug)]
pub(super) struct Tcp {
    events: BTreeMap<(Micros, u64), TcpEvent>,
    events_made: u64,
    /// The time at which the bandwidth is free again.
    busy_until: Micros,
    last_arrival: Micros,
    // The sender.
    backlog: VecDeque<Vec<u8>>,
    segments: VecDeque<TcpSegment>,
    /// Number of the first of them.
    first: u64,
    window: f64,
    threshold: f64,
    /// The segment until whose acknowledgement the window counts as made smaller once.
    recovers: Option<u64>,
    newest_heard: Micros,
    /// The time at which a segment is lost that may only be out of order until then.
    reordered_until: Option<Micros>,
    /// End of the while in which something should have been heard.
    silent_at: Option<Micros>,
    silences: u32,
    // The receiver.
    expected: u64,
    early: BTreeMap<u64, Vec<Vec<u8>>>,
    ready: VecDeque<Vec<u8>>,
}

impl Tcp {
    pub(super) const fn new() -> Self {
        Self {
            events: BTreeMap::new(),
            events_made: 0,
            busy_until: Micros(0),
            last_arrival: Micros(0),
            backlog: VecDeque::new(),
            segments: VecDeque::new(),
            first: 0,
            window: WINDOW_FIRST,
            threshold: f64::MAX,
            recovers: None,
            newest_heard: Micros(0),
            reordered_until: None,
            silent_at: None,
            silences: 0,
            expected: 0,
            early: BTreeMap::new(),
            ready: VecDeque::new(),
        }
    }

    /// Whether nothing is left to arrive.
    pub(super) fn is_drained(&self) -> bool {
        self.backlog.is_empty() && self.segments.is_empty() && self.ready.is_empty()
    }

    /// Puts in a message.
    pub(super) fn push(&mut self, now: Micros, message: &[u8], link: &Link, rng: &mut Rng) {
        self.advance(now, link, rng);
        self.backlog.push_back(message.to_vec());
        self.send_new(now, link, rng);
    }

    /// Takes out the next message that is there by `now`.
    pub(super) fn pop(&mut self, now: Micros, link: &Link, rng: &mut Rng) -> Option<Vec<u8>> {
        self.advance(now, link, rng);
        self.ready.pop_front()
    }

    /// The time at which something may be there.
    pub(super) fn next_due(&self) -> Option<Micros> {
        if self.ready.is_empty() { self.next_step() } else { Some(Micros(0)) }
    }

    /// The time of the next event, or at which one has failed to come.
    fn next_step(&self) -> Option<Micros> {
        let event = self.events.keys().next().map(|(at, _)| *at);
        event.into_iter().chain(self.reordered_until).chain(self.silent_at).min()
    }

    fn advance(&mut self, now: Micros, link: &Link, rng: &mut Rng) {
        while let Some(at) = self.next_step().filter(|&at| at <= now) {
            match self.events.first_entry().filter(|entry| entry.key().0 == at).map(|entry| entry.remove()) {
                Some(TcpEvent::Arrival(number)) => self.arrive(at, number, link, rng),
                Some(TcpEvent::Acknowledgement(before, others)) => self.hear(at, before, &others, link, rng),
                None if self.reordered_until == Some(at) => self.find_lost(at, link, rng),
                None => self.probe(at, link, rng),
            }
        }
    }

    fn plan(&mut self, at: Micros, event: TcpEvent) {
        self.events_made += 1;
        self.events.insert((at, self.events_made), event);
    }

    fn under_way(&self) -> usize {
        self.segments.iter().filter(|segment| segment.state == SegmentState::UnderWay).count()
    }

    fn send_new(&mut self, now: Micros, link: &Link, rng: &mut Rng) {
        while !self.backlog.is_empty() && (self.under_way() as f64) < self.window.max(1.0) {
            let (mut bytes, mut messages) = (0, Vec::new());
            while let Some(message) =
                self.backlog.pop_front_if(|message| bytes == 0 || bytes + message.len() <= SEGMENT_BYTES)
            {
                bytes += message.len();
                messages.push(message);
            }
            self.segments.push_back(TcpSegment { messages, sent_at: now, state: SegmentState::UnderWay });
            self.transmit(now, self.first + self.segments.len() as u64 - 1, link, rng);
        }
    }

    fn transmit(&mut self, now: Micros, number: u64, link: &Link, rng: &mut Rng) {
        let segment = &mut self.segments[(number - self.first) as usize];
        (segment.sent_at, segment.state) = (now, SegmentState::UnderWay);
        self.busy_until = self.busy_until.max(now) + link.occupation(segment.messages.iter().map(Vec::len).sum());
        if rng.below(10_000) >= link.losses_in_10_000 {
            self.last_arrival = (self.busy_until + link.passage(rng)).max(self.last_arrival);
            self.plan(self.last_arrival, TcpEvent::Arrival(number));
        }
        self.restart_timer(link);
    }

    /// Starts anew the time for an answer, from the moment at which what was sent last is on its way.
    fn restart_timer(&mut self, link: &Link) {
        let wait = Micros(link.delay.0.saturating_mul(4)) + PROBE_ADDED + ACK_DELAY + ACK_DELAY;
        self.silent_at = Some(self.busy_until + Micros(wait.0.saturating_mul(1 << self.silences.min(6))));
    }

    fn arrive(&mut self, now: Micros, number: u64, link: &Link, rng: &mut Rng) {
        if number >= self.expected {
            let messages = self.segments[(number - self.first) as usize].messages.clone();
            self.early.insert(number, messages);
        }
        let is_in_order = number == self.expected;
        while let Some(messages) = self.early.remove(&self.expected) {
            self.ready.extend(messages);
            self.expected += 1;
        }
        // The way back loses as much; what comes next says the same again.
        if rng.below(10_000) >= link.losses_in_10_000 {
            let waits = if is_in_order && self.early.is_empty() { ACK_DELAY } else { Micros(0) };
            let others = self.early.keys().copied().collect();
            self.plan(now + link.delay + waits, TcpEvent::Acknowledgement(self.expected, others));
        }
    }

    fn hear(&mut self, now: Micros, before: u64, others: &[u64], link: &Link, rng: &mut Rng) {
        let is_limited = !self.backlog.is_empty() || self.under_way() as f64 >= self.window;
        let mut heard = 0;
        for index in 0..self.segments.len() {
            let number = self.first + index as u64;
            let segment = &mut self.segments[index];
            if segment.state != SegmentState::Acknowledged && (number < before || others.contains(&number)) {
                segment.state = SegmentState::Acknowledged;
                self.newest_heard = self.newest_heard.max(segment.sent_at);
                heard += 1;
            }
        }
        while self.first < before && self.segments.pop_front().is_some() {
            self.first += 1;
        }
        if heard > 0 {
            self.silences = 0;
        }
        self.recovers = self.recovers.filter(|&until| self.first < until);
        if self.recovers.is_none() && is_limited {
            let is_slow_start = self.window < self.threshold;
            self.window += f64::from(heard) / if is_slow_start { 1.0 } else { self.window * GROWTH_ACKS };
        }
        self.find_lost(now, link, rng);
        self.send_new(now, link, rng);
        if self.segments.is_empty() {
            self.silent_at = None;
        }
    }

    /// Takes for lost what was sent clearly before something that has arrived (RFC 8985), and sends it again at once.
    fn find_lost(&mut self, now: Micros, link: &Link, rng: &mut Rng) {
        let round_trip = link.delay + link.delay;
        let overtakers = self.segments.iter().filter(|segment| segment.state == SegmentState::Acknowledged).count();
        let reordering = if overtakers >= 3 { Micros(0) } else { Micros(round_trip.0 / 4) };
        let mut lost = Vec::new();
        self.reordered_until = None;
        for (index, segment) in self.segments.iter_mut().enumerate() {
            if segment.state != SegmentState::UnderWay || segment.sent_at >= self.newest_heard {
                continue;
            }
            let until = segment.sent_at + round_trip + reordering;
            if self.newest_heard.since(segment.sent_at) > reordering || now >= until {
                segment.state = SegmentState::Lost;
                lost.push(self.first + index as u64);
            } else {
                let earliest = self.reordered_until.map_or(until, |at| at.min(until));
                self.reordered_until = Some(earliest);
            }
        }
        if !lost.is_empty() {
            self.slow_down(0.7, link);
        }
        for number in lost {
            self.transmit(now, number, link, rng);
        }
    }

    fn slow_down(&mut self, factor: f64, link: &Link) {
        if link.is_window_kept || self.recovers.is_some() {
            return;
        }
        self.window = f64::from((self.window * factor) as u32).max(2.0);
        self.threshold = self.window;
        self.recovers = Some(self.first + self.segments.len() as u64);
    }

    /// Sends the newest once more where nothing was heard of what is under way, and after that the oldest: of those
    /// that have not been acknowledged. Where the newest has been, the oldest is the first to be sent.
    fn probe(&mut self, now: Micros, link: &Link, rng: &mut Rng) {
        self.silent_at = None;
        let is_unheard = |segment: &TcpSegment| segment.state != SegmentState::Acknowledged;
        let Some(oldest) = self.segments.iter().position(is_unheard) else { return };
        self.silences += 1;
        let newest = self.segments.len() - 1;
        let index = if self.silences == 1 && is_unheard(&self.segments[newest]) { newest } else { oldest };
        if self.silences > 1 {
            self.recovers = None;
            self.slow_down(0.5, link);
        }
        self.transmit(now, self.first + index as u64, link, rng);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_sends_nothing_that_was_acknowledged() {
        let link = Link { delay: Micros::from_millis(40), losses_in_10_000: 1, ..Link::default() };
        let (mut tcp, mut rng) = (Tcp::new(), Rng::new(1));
        for number in 0..3 {
            tcp.push(Micros::from_millis(number), &[number as u8], &link, &mut rng);
        }
        // Of what was sent first nothing is known yet, of the newest it is.
        tcp.segments[2].state = SegmentState::Acknowledged;
        for silence in 1..=2 {
            tcp.probe(Micros::from_millis(300 * silence), &link, &mut rng);
            assert_eq!(tcp.segments[2].state, SegmentState::Acknowledged);
            assert_eq!(tcp.segments[0].sent_at, Micros::from_millis(300 * silence), "the oldest is the one to send");
        }
    }
}
