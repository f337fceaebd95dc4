//! Messages of a client by what they were sent for, and acknowledgements of TCP that rode on none.
//!
//! A message costs headers and a call of the kernel, whatever is in it, and its acknowledgement as much again where
//! nothing goes the other way in time. So what is counted is packets, and why each was sent.

use auspice::authority::UpdateCause;
use auspice::sim::{Arena, Client, Link};
use auspice::{Game, Ground, Micros, Rng, Terms};
use auspice_demo::{Demo, Pilot, Rules};
use auspice_workloads::w1::{self, W1};
use auspice_workloads::workload::Buttons;

use super::{PLAYERS, WARMUP_SECONDS, steer};

/// Players of W1: enough that a figure does not hang on whom a few of them meet.
const W1_PLAYERS: usize = 40;
/// Ticks for which a player of W1 wants the same, as its bots do.
const PRESS_TICKS: u32 = 8;
/// Time for which Linux lets an acknowledgement wait over a short way, to have it ride on a message.
const ACK_DELAY: Micros = Micros::from_millis(40);
/// Bytes of the headers of IPv4 and TCP with time stamps.
const SEGMENT_HEADERS: f64 = 52.0;
/// Bytes of the header of a small WebSocket message: down, up.
const MESSAGE_HEADERS: [f64; 2] = [2.0, 6.0];

/// Cause of a client's message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum InputCause {
    /// The player wants something else.
    Changed,
    /// An update is answered.
    Answers,
    /// Nothing was said for long enough, or something beside inputs is said.
    Silence,
}

/// Traffic of a client in a second.
#[derive(Clone, Debug, Default)]
pub struct MessageSplit {
    /// Updates, by cause: those of which there are any.
    pub updates: Vec<(UpdateCause, f64)>,
    /// Messages of the client: of an input that changed, of an answer, of a silence.
    pub inputs: [f64; 3],
    /// Acknowledgements that ride on no message: down, up.
    pub alone: [f64; 2],
    /// Bytes of IP: down, up.
    pub bytes: [f64; 2],
    /// Ticks for which the server had no input.
    pub missing: f64,
}

impl MessageSplit {
    /// Updates of this cause.
    #[must_use]
    pub fn updates_for(&self, cause: UpdateCause) -> f64 {
        self.updates.iter().find(|(other, _)| *other == cause).map_or(0.0, |(_, count)| *count)
    }

    /// Updates of all causes.
    #[must_use]
    pub fn all_updates(&self) -> f64 {
        self.updates.iter().map(|(_, count)| count).sum()
    }

    /// Messages of the client of all causes.
    #[must_use]
    pub fn all_inputs(&self) -> f64 {
        self.inputs.iter().sum()
    }
}

/// Moments of a client's messages by the clock of the arena.
#[derive(Default)]
struct MessageTimes {
    /// Arrivals of updates.
    updates: Vec<Micros>,
    /// Sendings of messages, with causes.
    inputs: Vec<(Micros, InputCause)>,
    /// Updates and messages before this picture, and bytes of messages.
    before: (u64, u64),
    /// Number that the driver gave to what its player wanted in the last message.
    said: u64,
}

/// The traffic of W1's clients with a patience of so many milliseconds, over a round trip of so many.
///
/// # Panics
/// Where a client holds what it should not.
#[must_use]
pub fn split_w1(rtt_ms: u64, patience_millis: u32, seconds: u32) -> MessageSplit {
    let terms = Terms { patience_millis, ..Terms::of::<W1>(w1::Rules::of(1000)) };
    let mut rngs: Vec<Rng> = (0..W1_PLAYERS as u64).map(Rng::new).collect();
    split::<W1>(terms, rtt_ms, seconds, W1_PLAYERS, |index, client| {
        let changes = rngs[index].one_in(PRESS_TICKS);
        if changes {
            client.replica_mut().set_input(Buttons { pressed: rngs[index].below(256) as u8 });
        }
        changes
    })
}

/// The same of the demo.
///
/// # Panics
/// As [`split_w1`].
#[must_use]
pub fn split_demo(rtt_ms: u64, patience_millis: u32, seconds: u32) -> MessageSplit {
    let terms = Terms { patience_millis, ..Terms::of::<Demo>(Rules::default()) };
    let ground = Ground::new(terms.clone());
    let mut pilots: Vec<Pilot> = (0..PLAYERS as u64).map(Pilot::new).collect();
    let mut wanted = [None; PLAYERS];
    split::<Demo>(terms, rtt_ms, seconds, PLAYERS, |index, client| {
        let wants = steer(client, &mut pilots[index], &ground, true).or(wanted[index]);
        std::mem::replace(&mut wanted[index], wants) != wants
    })
}

/// Plays, and splits what was said. `play` steers a client, and says whether it wants something else now.
fn split<G: Game>(
    terms: Terms<G::Rules>,
    rtt_ms: u64,
    seconds: u32,
    players: usize,
    mut play: impl FnMut(usize, &mut Client<G>) -> bool,
) -> MessageSplit {
    let (hz, input_silence) = (terms.tick_hz, terms.input_silence());
    let mut arena = Arena::<G>::new(terms, 5).expect("the terms should be playable");
    arena.has_exact_timers = true;
    let link = Link { delay: Micros(rtt_ms * 500), ..Link::default() };
    (0..players).for_each(|_| arena.connect(link, link).map(|_| ()).expect("the name should fit"));
    let mut heard: Vec<MessageTimes> = (0..players).map(|_| MessageTimes::default()).collect();
    let mut wanted = vec![0; players];
    // A clock may drift meanwhile.
    let silence = Micros(1_000_000 * u64::from(2 * input_silence - 1) / u64::from(2 * hz));
    let sums = |arena: &Arena<G>| {
        let up: u64 = arena.clients.iter().map(|client| client.replica().report().payload_bytes_out).sum();
        let causes: Vec<u64> = arena.room.update_causes().map(|(_, count)| count).collect();
        let reports = arena.clients.iter().filter_map(|client| arena.room.input_report(client.seat?));
        (arena.room.stats().payload_bytes, up, causes, reports.map(|report| report.missing).sum::<u64>())
    };
    let mut before = sums(&arena);
    for tick in 0..(WARMUP_SECONDS + seconds) * hz {
        if tick == WARMUP_SECONDS * hz {
            before = sums(&arena);
            heard.iter_mut().for_each(|heard| (heard.updates, heard.inputs) = Default::default());
        }
        for (index, client) in arena.clients.iter_mut().enumerate() {
            wanted[index] += u64::from(play(index, client));
        }
        arena.step_with(|index, client, now| heard[index].note(client, now, wanted[index], silence));
    }
    assert_eq!(arena.faults, [], "a client held what it should not");
    let after = sums(&arena);
    let each = |count: f64| count / f64::from(seconds) / players as f64;
    let causes = UpdateCause::ALL.into_iter().zip(before.2.iter().zip(&after.2));
    let updates: Vec<_> = causes
        .map(|(cause, (before, after))| (cause, each((after - before) as f64)))
        .filter(|(_, count)| *count > 0.0)
        .collect();
    let inputs = [InputCause::Changed, InputCause::Answers, InputCause::Silence].map(|cause| {
        each(heard.iter().flat_map(|heard| &heard.inputs).filter(|(_, said)| *said == cause).count() as f64)
    });
    let alone = [MessageTimes::alone_down, MessageTimes::alone_up]
        .map(|alone| each(heard.iter().map(|heard| alone(heard, link.delay)).sum::<usize>() as f64));
    let missing = each((after.3 - before.3) as f64);
    let mut split = MessageSplit { updates, inputs, alone, bytes: [0.0; 2], missing };
    split.bytes = [
        each((after.0 - before.0) as f64)
            + split.all_updates() * (SEGMENT_HEADERS + MESSAGE_HEADERS[0])
            + alone[0] * SEGMENT_HEADERS,
        each((after.1 - before.1) as f64)
            + split.all_inputs() * (SEGMENT_HEADERS + MESSAGE_HEADERS[1])
            + alone[1] * SEGMENT_HEADERS,
    ];
    split
}

impl MessageTimes {
    /// Notes what a client took and sent at `now`, whose player's wishes have this number.
    fn note<G: Game>(&mut self, client: &Client<G>, now: Micros, wanted: u64, silence: Micros) {
        let (updates, messages) = (client.replica().report().updates, client.messages_sent);
        if updates > self.before.0 {
            self.updates.push(now);
        }
        if messages > self.before.1 {
            let since = self.inputs.last().map_or(silence, |(last, _)| now.since(*last));
            let has_heard = self.updates.last() > self.inputs.last().map(|(last, _)| last);
            let cause = if self.said != wanted {
                InputCause::Changed
            } else if since >= silence || !has_heard {
                InputCause::Silence
            } else {
                InputCause::Answers
            };
            self.inputs.push((now, cause));
            self.said = wanted;
        }
        self.before = (updates, messages);
    }

    /// Acknowledgements of the client's messages that rode on no update, over a way of this delay.
    fn alone_down(&self, delay: Micros) -> usize {
        let arrivals: Vec<_> = self.inputs.iter().map(|(at, _)| *at + delay).collect();
        let updates: Vec<_> = self.updates.iter().map(|at| Micros(at.0 - delay.0)).collect();
        alone(&arrivals, &updates)
    }

    /// The same of updates.
    fn alone_up(&self, _: Micros) -> usize {
        let inputs: Vec<_> = self.inputs.iter().map(|(at, _)| *at).collect();
        alone(&self.updates, &inputs)
    }
}

/// Number of acknowledgements of what arrives that no message takes along in time.
fn alone(arrivals: &[Micros], messages: &[Micros]) -> usize {
    let (mut count, mut waits) = (0, None);
    let mut messages = messages.iter().peekable();
    let mut pass = |until: Micros, waits: &mut Option<Micros>| {
        // Whether the acknowledgement went by itself before `until`, or along with a message.
        while let Some(at) = messages.next_if(|at| **at < until) {
            count += usize::from(waits.take().is_some_and(|since| *at > since + ACK_DELAY));
        }
        count += usize::from(waits.take_if(|since| until > *since + ACK_DELAY).is_some());
    };
    for &at in arrivals {
        pass(at, &mut waits);
        waits.get_or_insert(at);
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acknowledgement_goes_alone_where_no_message_goes_in_time() {
        let at = |millis: &[u64]| millis.iter().map(|millis| Micros::from_millis(*millis)).collect::<Vec<_>>();
        assert_eq!(alone(&at(&[100, 200, 300]), &at(&[])), 2, "of the last nothing is known yet");
        assert_eq!(alone(&at(&[100, 200, 300]), &at(&[130, 250])), 1, "one rides, one is too late");
        assert_eq!(alone(&at(&[100, 120, 300]), &at(&[135])), 0, "two are acknowledged at once");
        assert_eq!(alone(&at(&[100, 145, 300]), &at(&[150, 310])), 1, "the first went before the second came");
    }
}
