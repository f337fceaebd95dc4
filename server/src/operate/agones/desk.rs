//! [`Desk`]: what is to be said to Agones, and when. A pure state machine: times and looks at the server in, words out.
//!
//! A server whose players came by themselves, without an allocation, says that it is allocated: else Agones may end it
//! when it wants fewer. When nobody has been there for a while, it may be allocated anew.

use std::time::Duration;

use super::word::{Counter, FleetWord};

/// Time from one sign of life to the next. Agones takes a server for dead after three times `periodSeconds` (5 by
/// default) without one.
const HEALTH_EVERY: Duration = Duration::from_secs(2);

/// Time from one word on a counter to the next: each is a write into the cluster's store.
const COUNT_EVERY: Duration = Duration::from_secs(1);

/// Time until what Agones refused is said again. It may have been for want of a counter in the manifest.
const REFUSED_AGAIN: Duration = Duration::from_secs(60);

/// The server at a moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attendance {
    /// Players, those who are away among them.
    pub(super) players: u64,
    pub(super) rooms: u64,
    /// Most players and rooms at once.
    pub(super) most: (u64, u64),
    /// Ticks go on.
    pub(super) is_alive: bool,
    /// Lets nobody in any more.
    pub(super) is_draining: bool,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Desk {
    /// Time without players after which it may be allocated again.
    idle: Duration,
    /// Whether it said last that it is ready or allocated, and which.
    state: Option<FleetWord>,
    healthy_at: Option<Duration>,
    /// Each counter as it was said, and when.
    counts: [Option<(FleetWord, Duration)>; Counter::ALL.len()],
    /// The time since which nobody is there.
    empty_since: Option<Duration>,
    /// Words that were refused as they are, and when.
    refused: Vec<(FleetWord, Duration)>,
}

impl Desk {
    pub(super) const fn new(idle: Duration) -> Self {
        Self { idle, state: None, healthy_at: None, counts: [None; 2], empty_since: None, refused: Vec::new() }
    }

    /// The words that are due at `now`. What is not said, or not heard, is due again at the next look.
    pub(super) fn words(&mut self, now: Duration, server: &Attendance) -> Vec<FleetWord> {
        self.empty_since = if server.players > 0 { None } else { self.empty_since.or(Some(now)) };
        let mut words = Vec::new();
        // A server that hangs must not look alive, nor ready.
        if server.is_alive {
            if is_past(self.healthy_at, HEALTH_EVERY, now) {
                words.push(FleetWord::Health);
            }
            let state = self.wanted(now, server);
            if self.state != Some(state) {
                words.push(state);
            }
        }
        for (counter, told) in Counter::ALL.into_iter().zip(&self.counts) {
            let count = counted(counter, server);
            let is_news = told.is_none_or(|(told, at)| told != count && is_past(Some(at), COUNT_EVERY, now));
            if is_news {
                words.push(count);
            }
        }
        self.refused.retain(|(_, at)| !is_past(Some(*at), REFUSED_AGAIN, now));
        words.retain(|word| !self.refused.iter().any(|(refused, _)| refused == word));
        words
    }

    /// A word was heard at `now`.
    pub(super) fn said(&mut self, now: Duration, word: FleetWord) {
        match word {
            FleetWord::Ready | FleetWord::Allocate => self.state = Some(word),
            FleetWord::Health => self.healthy_at = Some(now),
            FleetWord::Count(counter, ..) => self.counts[counter as usize] = Some((word, now)),
            FleetWord::Shutdown => {}
        }
    }

    /// A word was heard at `now`, and refused.
    pub(super) fn refused(&mut self, now: Duration, word: FleetWord) {
        match word {
            // It is none of this server's, until there is another count.
            FleetWord::Count(..) => self.said(now, word),
            FleetWord::Ready | FleetWord::Allocate | FleetWord::Health | FleetWord::Shutdown => {
                self.refused.push((word, now));
            }
        }
    }

    fn wanted(&self, now: Duration, server: &Attendance) -> FleetWord {
        let has_been_empty = self.empty_since.is_some_and(|since| is_past(Some(since), self.idle, now));
        match self.state {
            // Nobody is to be sent to one that is about to end.
            _ if server.is_draining || server.players > 0 => FleetWord::Allocate,
            Some(FleetWord::Allocate) if !has_been_empty => FleetWord::Allocate,
            _ => FleetWord::Ready,
        }
    }
}

/// A counter of the server. One that drains has no places left, whatever it has.
fn counted(counter: Counter, server: &Attendance) -> FleetWord {
    let (count, most) = match counter {
        Counter::Players => (server.players, server.most.0),
        Counter::Rooms => (server.rooms, server.most.1),
    };
    let capacity = if server.is_draining { count } else { most.max(count) };
    FleetWord::Count(counter, count, capacity)
}

fn is_past(since: Option<Duration>, length: Duration, now: Duration) -> bool {
    since.is_none_or(|since| now.saturating_sub(since) >= length)
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Duration = Duration::from_secs(60);
    const EMPTY: Attendance = Attendance { players: 0, rooms: 1, most: (100, 10), is_alive: true, is_draining: false };
    const PLAYED: Attendance = Attendance { players: 3, rooms: 2, ..EMPTY };

    /// Looks twice a second for so long, and hears all that is said but signs of life.
    fn told(desk: &mut Desk, from: u64, seconds: u64, server: &Attendance) -> Vec<FleetWord> {
        let mut heard = Vec::new();
        for half in from * 2..(from + seconds) * 2 {
            let now = Duration::from_millis(half * 500);
            for word in desk.words(now, server) {
                desk.said(now, word);
                heard.push(word);
            }
        }
        heard.retain(|word| *word != FleetWord::Health);
        heard
    }

    #[test]
    fn a_server_is_ready_allocated_while_it_has_players_and_ready_again_when_they_have_been_gone_for_a_while() {
        let mut desk = Desk::new(IDLE);
        let counts = |players, rooms| {
            [FleetWord::Count(Counter::Players, players, 100), FleetWord::Count(Counter::Rooms, rooms, 10)]
        };
        assert_eq!(told(&mut desk, 0, 10, &EMPTY), [&[FleetWord::Ready][..], &counts(0, 1)].concat());
        assert_eq!(told(&mut desk, 10, 10, &PLAYED), [&[FleetWord::Allocate][..], &counts(3, 2)].concat());
        assert_eq!(told(&mut desk, 20, 60, &EMPTY), counts(0, 1), "they may come back");
        assert_eq!(told(&mut desk, 80, 10, &EMPTY), [FleetWord::Ready]);
    }

    #[test]
    fn signs_of_life_end_with_the_ticks_and_nothing_is_called_ready() {
        let (mut desk, mut signs) = (Desk::new(IDLE), Vec::new());
        for second in 0..40 {
            let server = Attendance { is_alive: (10..20).contains(&second), ..EMPTY };
            let now = Duration::from_secs(second);
            for word in desk.words(now, &server) {
                desk.said(now, word);
                match word {
                    FleetWord::Health => signs.push(second),
                    FleetWord::Ready => assert_eq!(second, 10),
                    _ => {}
                }
            }
        }
        assert_eq!(signs, [10, 12, 14, 16, 18]);
    }

    #[test]
    fn one_that_drains_is_sent_nobody() {
        let mut desk = Desk::new(IDLE);
        told(&mut desk, 0, 5, &EMPTY);
        let drained = Attendance { is_draining: true, ..EMPTY };
        let words =
            [FleetWord::Allocate, FleetWord::Count(Counter::Players, 0, 0), FleetWord::Count(Counter::Rooms, 1, 1)];
        assert_eq!(told(&mut desk, 5, 100, &drained), words);
    }

    #[test]
    fn what_is_not_heard_is_said_again_and_what_is_refused_after_a_minute_or_with_another_count() {
        let mut desk = Desk::new(IDLE);
        let at = Duration::from_secs;
        let first = desk.words(at(0), &EMPTY);
        assert_eq!(first.len(), 4);
        assert_eq!(desk.words(at(1), &EMPTY), first, "nobody heard it");
        for word in first {
            match word {
                FleetWord::Health => desk.said(at(1), word),
                _ => desk.refused(at(1), word),
            }
        }
        assert!(desk.words(at(2), &EMPTY).is_empty());
        let more = Attendance { rooms: 2, ..EMPTY };
        assert_eq!(desk.words(at(2), &more), [FleetWord::Count(Counter::Rooms, 2, 10)]);
        assert_eq!(desk.words(at(61), &EMPTY), [FleetWord::Health, FleetWord::Ready]);
    }

    #[test]
    fn a_counter_is_told_once_a_second_at_most() {
        let mut desk = Desk::new(IDLE);
        let mut told = 0;
        for step in 0..100 {
            let server = Attendance { players: step, ..EMPTY };
            let now = Duration::from_millis(step * 100);
            for word in desk.words(now, &server) {
                desk.said(now, word);
                told += u64::from(matches!(word, FleetWord::Count(Counter::Players, ..)));
            }
        }
        assert_eq!(told, 10, "in ten seconds");
    }
}
