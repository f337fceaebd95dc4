//! A client's spare connection: when it helps, and what travels on it.
//!
//! A segment that is lost on the way up keeps back all inputs behind it for an interval and a round trip. On a
//! second connection the same inputs are hardly ever stuck at the same time. So while stalls are seen, each
//! other tick's message carries the inputs of two ticks there once more, and the clock runs a tick further
//! ahead, since the first of the two is a tick late by that way. Over a clean path there is no such connection.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::bits::BitWriter;
use crate::limits::{SPARE_KEPT_LONG_SECONDS, SPARE_KEPT_SECONDS, STUCK_MILLIS};
use crate::message::{HELD_ORDER, InputBase, InputHead};
use crate::state::{KindLayout, Row};
use crate::tick::{Micros, Tick};

/// Inputs that one message carries, where no change is to be told sooner.
const INPUTS_EACH: usize = 2;
/// Inputs that are kept for it at most: the connection may not take a message for a while.
const INPUTS_KEPT: usize = 8;

/// Stalls on the way up, as updates tell of them: ticks in which the newest input stayed the same.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stalls {
    /// The newest input that the server has, and the tick whose update first said so.
    newest: i64,
    since: Tick,
    /// The stall that goes on is counted.
    is_counted: bool,
    /// The time at which one was last seen.
    pub(crate) last: Option<Micros>,
    /// The time until which a spare connection helps.
    until: Micros,
}

impl Stalls {
    /// The update of `tick` came at `now` and says that the input of `newest` is the newest, which came `age` ticks
    /// before it; the one after it is `overdue`: it was sent by so much longer ago than an input takes there and back.
    /// Inputs come once in `interval`, ticks have `period`.
    pub(crate) fn hear(
        &mut self,
        now: Micros,
        (tick, age): (Tick, u32),
        newest: i64,
        overdue: Micros,
        interval: Micros,
        period: Micros,
    ) {
        if newest > self.newest {
            (self.newest, self.since, self.is_counted) = (newest, Tick(tick.0.saturating_sub(age)), false);
            return;
        }
        let stuck_for = Micros(period.0 * u64::from(tick.since(self.since)));
        let stuck = Micros::from_millis(STUCK_MILLIS);
        // A program that itself was late to send has nothing that is overdue.
        if self.is_counted || stuck_for < stuck + interval || overdue < stuck.min(interval + Micros(period.0 / 2)) {
            return;
        }
        self.is_counted = true;
        let is_frequent = self.last.is_some_and(|last| now.since(last) < Micros::from_seconds(SPARE_KEPT_LONG_SECONDS));
        let kept = if is_frequent { SPARE_KEPT_LONG_SECONDS } else { SPARE_KEPT_SECONDS };
        (self.last, self.until) = (Some(now), now + Micros::from_seconds(kept));
    }

    /// Whether a spare connection helps.
    pub(crate) fn are_frequent(&self, now: Micros) -> bool {
        now < self.until
    }
}

/// A client's side of its spare connection.
#[derive(Clone, Debug)]
pub(crate) enum SpareSide {
    /// The hello, until it is sent.
    Hello(Vec<u8>),
    /// The hello was sent.
    Greeting,
    /// Inputs travel.
    Active(Copies),
}

/// Inputs that wait to be sent once more.
#[derive(Clone, Debug)]
pub(crate) struct Copies {
    base: InputBase,
    /// Each with its tick, and the tick that was held when it was given. Of consecutive ticks.
    waiting: VecDeque<(Tick, Row, Tick)>,
}

impl Copies {
    pub(crate) fn new(base: InputBase) -> Self {
        Self { base, waiting: VecDeque::with_capacity(INPUTS_KEPT) }
    }

    /// The input for `tick` was given, while `held_at` was held.
    pub(crate) fn give(&mut self, tick: Tick, row: &Row, held_at: Tick) {
        if self.waiting.back().is_some_and(|(before, ..)| before.next() != tick) {
            self.waiting.clear();
        }
        if self.waiting.len() >= INPUTS_KEPT {
            self.waiting.pop_front();
        }
        self.waiting.push_back((tick, *row, held_at));
    }

    /// Whether a message is due. Where inputs that are as before may be left unsaid for `input_every` ticks, it
    /// waits for as many.
    pub(crate) fn is_due(&self, input_every: u32) -> bool {
        let says_anew = self.waiting.iter().any(|(_, row, _)| *row != self.base.row);
        let usually = (input_every as usize).clamp(INPUTS_EACH, INPUTS_KEPT);
        self.waiting.len() >= if says_anew { INPUTS_EACH } else { usually }
    }

    /// Writes what waits.
    pub(crate) fn write(&mut self, kind: &KindLayout, usual: u32, out: &mut BitWriter) {
        let Some(&(newest, _, applied)) = self.waiting.back() else { return };
        let count = self.waiting.len() as u32;
        InputHead { applied, newest, count, ..InputHead::default() }.write(&self.base, usual, out);
        for (tick, row, held_at) in self.waiting.drain(..) {
            self.base.write_input(kind, &row, out);
            if tick != newest {
                out.write_exp(applied.since(held_at), HELD_ORDER);
            }
        }
        (self.base.applied, self.base.newest) = (applied, newest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERIOD: Micros = Micros(33_333);

    /// Whether a stall is seen where the newest input stays the same for so many ticks, and is so overdue.
    fn sees(ticks: u32, overdue: Micros) -> bool {
        let mut stalls = Stalls::default();
        let now = Micros::from_seconds(9);
        stalls.hear(now, (Tick(10), 0), 10, Micros(0), PERIOD, PERIOD);
        (1..=ticks).for_each(|more| stalls.hear(now, (Tick(10 + more), 0), 10, overdue, PERIOD, PERIOD));
        stalls.are_frequent(now)
    }

    #[test]
    fn a_lost_segment_is_seen_and_jitter_and_a_late_program_are_not() {
        let overdue = Micros::from_millis(60);
        assert!(sees(3, overdue));
        assert!(!sees(2, overdue), "within jitter");
        assert!(!sees(5, Micros::from_millis(5)), "sent late");
    }

    #[test]
    fn one_stall_is_remembered_for_less_long_than_two() {
        let mut stalls = Stalls::default();
        let mut stall = |seconds: u64| {
            let now = Micros::from_seconds(seconds);
            let tick = Tick(1000 * seconds as u32);
            stalls.hear(now, (tick, 0), i64::from(tick.0), Micros(0), PERIOD, PERIOD);
            stalls.hear(now, (tick.plus(4), 0), i64::from(tick.0), Micros(80_000), PERIOD, PERIOD);
            (1..200).find(|&more| !stalls.are_frequent(Micros::from_seconds(seconds + more)))
        };
        assert_eq!(stall(10), Some(SPARE_KEPT_SECONDS));
        assert_eq!(stall(20), Some(SPARE_KEPT_LONG_SECONDS));
        assert_eq!(stall(21 + SPARE_KEPT_LONG_SECONDS), Some(SPARE_KEPT_SECONDS));
    }
}
