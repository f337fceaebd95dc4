//! A client's inputs on their way to their ticks: bounded, one for each tick, whatever the client sends.

use alloc::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::limits::{INPUT_LEAD_MILLIS_MAX, INPUTS_PER_MESSAGE_MAX};
use crate::message::{InputReport, NewestInput};
use crate::state::Replicate;
use crate::tick::{Tick, ticks_in};

/// Milliseconds for which a missing input is taken to be the last one. After that the player wants nothing.
const REPEAT_MILLIS_MAX: u64 = 500;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "I: Copy + Default + PartialEq + Replicate")]
pub(crate) struct Inbox<I> {
    /// Inputs for ticks to come, oldest first.
    waiting: VecDeque<DueInput<I>>,
    #[serde(with = "as_row")]
    last: I,
    /// The newest tick that the client held when it gave the last input.
    pub(crate) held_at: Tick,
    missing_in_a_row: u32,
    /// Ticks in a row for which a client may skip an unchanged input: `input_every - 1`.
    silence: u16,
    /// Ticks for which a missing input is taken to be the last one.
    repeat: u16,
    /// Ticks by which a stamp may be ahead of the tick that was made last.
    lead_max: u16,
    /// The newest tick that an input was taken for; before the first, nothing.
    newest: Option<Tick>,
    /// The newest tick whose input the spare connection brought first.
    copied: Option<Tick>,
    /// The tick that the last input was stamped with, even if that was too early to be taken.
    stamped: Option<Tick>,
    /// The first tick that it could have been taken for.
    came_for: Tick,
    pub(crate) counts: InputReport,
}

/// An input that waits for its tick.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(bound = "I: Copy + Default + PartialEq + Replicate")]
pub(super) struct DueInput<I> {
    due: Tick,
    #[serde(with = "as_row")]
    input: I,
    /// The newest tick that the client held when it gave it.
    held_at: Tick,
}

/// An input saved as its row; the default as none, since it need not lie on the grid.
mod as_row {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::state::{EMPTY, Replicate, Row, saved_row};

    #[derive(Serialize, Deserialize)]
    struct Saved(#[serde(with = "saved_row")] Row);

    pub(super) fn serialize<I, S>(input: &I, serializer: S) -> Result<S::Ok, S::Error>
    where
        I: Default + PartialEq + Replicate,
        S: Serializer,
    {
        let mut row = EMPTY;
        input.write_row(&mut row);
        (*input != I::default()).then_some(Saved(row)).serialize(serializer)
    }

    pub(super) fn deserialize<'de, I: Default + Replicate, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<I, D::Error> {
        let saved = Option::<Saved>::deserialize(deserializer)?;
        Ok(saved.map_or_else(I::default, |Saved(row)| I::read_row(0, &row)))
    }
}

impl<I: Copy + Default + PartialEq> Inbox<I> {
    /// Sets the number of ticks in which the client says something at least.
    pub(crate) const fn set_every(&mut self, every: u32) {
        self.silence = (every - 1) as u16;
    }

    /// The inbox of a client that sends an input at least every `every` ticks, of `tick_hz` a second.
    pub(crate) fn new(every: u32, tick_hz: u32) -> Self {
        Self {
            // Small numbers at any rate; each client has these.
            silence: (every - 1) as u16,
            repeat: ticks_in(REPEAT_MILLIS_MAX, tick_hz) as u16,
            lead_max: ticks_in(INPUT_LEAD_MILLIS_MAX, tick_hz).max(INPUTS_PER_MESSAGE_MAX) as u16,
            waiting: VecDeque::new(),
            last: I::default(),
            held_at: Tick(0),
            missing_in_a_row: 0,
            newest: None,
            copied: None,
            stamped: None,
            came_for: Tick(0),
            counts: InputReport::default(),
        }
    }

    /// The input that was taken last.
    pub(super) const fn last(&self) -> &I {
        &self.last
    }

    /// Another connection says what is wanted from now on.
    pub(crate) fn restart(&mut self) {
        let Self { silence, repeat, lead_max, .. } = *self;
        *self = Self { silence, repeat, lead_max, ..Self::new(1, 1) };
    }

    /// Another connection goes on with what the one before has said: its inputs wait for their ticks. Nothing is known
    /// of how the new one's come.
    pub(crate) fn hand_on(&mut self) {
        (self.stamped, self.copied, self.counts) = (None, None, InputReport::default());
        self.came_for = Tick(0);
    }

    /// Takes in the input for `tick`, given when `held_at` was held; `made` is the tick that the room made last.
    pub(crate) fn put(&mut self, made: Tick, tick: Tick, input: I, held_at: Tick) {
        if self.newest.is_some_and(|newest| tick <= newest) {
            // What the spare connection brought first was counted then.
            let is_first = self.copied.is_none_or(|copied| tick > copied);
            self.counts.received += u64::from(is_first);
            self.counts.repeated += u64::from(is_first);
            return;
        }
        self.counts.received += 1;
        (self.stamped, self.came_for) = (Some(tick), made.next());
        if tick > made.plus(self.lead_max.into()) {
            // Were it remembered as the newest, a client whose clock was wrong could say nothing until the
            // tick has come.
            self.counts.early += 1;
            return;
        }
        self.newest = Some(tick);
        // What a client holds never falls. Otherwise two connections could hold different pasts, and each shot
        // choose one.
        let held_at = held_at.max(self.waiting.back().map_or(self.held_at, |before| before.held_at));
        if tick <= made {
            // Too late for its tick, but the newest word of what the player wants: it is what will be repeated.
            let was_unsaid = input == self.last && made.since(tick) < u32::from(self.silence);
            self.counts.late += u64::from(!was_unsaid);
            if self.waiting.is_empty() {
                (self.last, self.held_at) = (input, held_at);
            }
        } else {
            self.waiting.push_back(DueInput { due: tick, input, held_at });
        }
    }

    /// The same by the client's spare connection, where the other has not brought it yet.
    pub(crate) fn put_copy(&mut self, made: Tick, tick: Tick, input: I, held_at: Tick) {
        if self.newest.is_none_or(|newest| tick > newest) {
            self.put(made, tick, input, held_at);
            // One that is too early was not taken.
            if self.newest == Some(tick) {
                self.copied = self.newest;
            }
        }
    }

    /// The inputs that wait for ticks to come, which are taken out.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = DueInput<I>> {
        self.waiting.drain(..)
    }

    /// Takes in an input that came to the machine which had the room before.
    pub(super) fn put_late(&mut self, made: Tick, late: DueInput<I>) {
        let DueInput { due, input, held_at } = late;
        if self.newest.is_none_or(|newest| due > newest) {
            self.put(made, due, input, held_at.min(made));
            // It says nothing of how the inputs of the client's connection come.
            (self.stamped, self.came_for) = (None, Tick(0));
        }
    }

    /// The input for `tick`, and forgets older ones.
    pub(crate) fn take(&mut self, tick: Tick) -> I {
        while let Some(&DueInput { due, input, held_at }) = self.waiting.front() {
            if due > tick {
                break;
            }
            self.waiting.pop_front();
            (self.last, self.held_at) = (input, held_at);
            if due == tick {
                self.missing_in_a_row = 0;
                return input;
            }
        }
        if self.newest.is_some_and(|newest| tick.since(newest) > u32::from(self.silence)) {
            self.counts.missing += 1;
            self.missing_in_a_row += 1;
        }
        if self.missing_in_a_row > u32::from(self.repeat) {
            self.last = I::default();
        }
        self.last
    }

    /// Ticks by which the last input is ahead of `tick`; far behind before the first.
    pub(crate) fn lead(&self, tick: Tick) -> i32 {
        self.stamped.map_or_else(|| -i32::from(self.lead_max), |stamped| stamped.minus(tick) as i32)
    }

    /// The last input as of `tick`.
    pub(crate) fn newest_at(&self, tick: Tick) -> NewestInput {
        NewestInput { lead: self.lead(tick), age: self.stamped.map_or(0, |_| tick.since(self.came_for)) }
    }

    /// The same within what an input may be ahead, for whoever adds up those of all clients: a stamp is but the
    /// client's word.
    pub(crate) fn playable_lead(&self, tick: Tick) -> i32 {
        self.lead(tick).clamp(-i32::from(self.lead_max), self.lead_max.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two seconds at 30 Hz.
    const LEAD: u32 = 60;

    #[test]
    fn one_input_is_taken_for_each_tick() {
        let mut inbox = Inbox::new(1, 30);
        for tick in 1..=5 {
            inbox.put(Tick(0), Tick(tick), tick, Tick(0));
        }
        assert_eq!((1..=5).map(|tick| inbox.take(Tick(tick))).sum::<u32>(), 15);
        assert_eq!(inbox.counts.missing, 0);
    }

    #[test]
    fn a_stamp_from_far_ahead_counts_for_no_more_than_an_input_may_be_ahead() {
        let mut inbox = Inbox::new(1, 30);
        for (stamp, lead) in [(130, 30), (160, 60), (161, LEAD as i32), (1 << 30, LEAD as i32)] {
            inbox.put(Tick(100), Tick(stamp), 0, Tick(0));
            assert_eq!(inbox.playable_lead(Tick(100)), lead, "a stamp of {stamp} at tick 100");
        }
    }

    #[test]
    fn what_a_client_holds_never_falls_by_whichever_connection() {
        let mut inbox = Inbox::new(1, 30);
        inbox.put(Tick(0), Tick(1), 1, Tick(20));
        inbox.put_copy(Tick(0), Tick(2), 2, Tick(5));
        assert_eq!((inbox.take(Tick(2)), inbox.held_at), (2, Tick(20)));
        inbox.put_copy(Tick(2), Tick(3), 3, Tick(6));
        assert_eq!((inbox.take(Tick(3)), inbox.held_at), (3, Tick(20)));
    }

    #[test]
    fn a_copy_that_is_too_early_hides_no_repeat() {
        let mut inbox = Inbox::new(1, 30);
        inbox.put(Tick(0), Tick(1), 1, Tick(0));
        inbox.put_copy(Tick(0), Tick(500), 2, Tick(0));
        inbox.put(Tick(0), Tick(1), 1, Tick(0));
        assert_eq!((inbox.counts.received, inbox.counts.early, inbox.counts.repeated), (3, 1, 1));
    }

    #[test]
    fn a_missing_input_is_the_last_one_for_a_while() {
        let mut inbox = Inbox::new(1, 30);
        inbox.put(Tick(0), Tick(1), 7, Tick(0));
        for tick in 1..=16 {
            assert_eq!(inbox.take(Tick(tick)), 7, "tick {tick}");
        }
        assert_eq!(inbox.take(Tick(17)), 0);
        assert_eq!(inbox.counts.missing, 16);
    }

    #[test]
    fn a_missing_input_is_repeated_for_half_a_second_at_any_rate() {
        for tick_hz in [20, 30, 60, 120, 240] {
            let mut inbox = Inbox::new(1, tick_hz);
            inbox.put(Tick(0), Tick(1), 7, Tick(0));
            let repeated = (2..).take_while(|&tick| inbox.take(Tick(tick)) == 7).count();
            assert_eq!(repeated, tick_hz as usize / 2, "{tick_hz} Hz");
        }
    }

    #[test]
    fn late_early_and_repeated_inputs_are_counted_and_move_nobody_twice() {
        let mut inbox = Inbox::new(1, 30);
        inbox.put(Tick(10), Tick(10), 1, Tick(0));
        assert_eq!((inbox.counts.late, inbox.take(Tick(11))), (1, 1));
        inbox.put(Tick(11), Tick(10), 2, Tick(0));
        assert_eq!((inbox.counts.repeated, inbox.take(Tick(12))), (1, 1));
        inbox.put(Tick(12), Tick(13 + LEAD), 3, Tick(0));
        assert_eq!((inbox.counts.early, inbox.take(Tick(13))), (1, 1));
        assert_eq!(inbox.lead(Tick(13)), LEAD as i32);
    }

    #[test]
    fn a_clock_that_was_too_far_ahead_and_was_set_right_is_obeyed_at_once() {
        let mut inbox = Inbox::new(1, 30);
        inbox.put(Tick(10), Tick(11), 1, Tick(0));
        inbox.put(Tick(10), Tick(600), 2, Tick(0));
        assert_eq!((inbox.lead(Tick(11)), inbox.take(Tick(11))), (589, 1), "it is told how far ahead it is");
        inbox.put(Tick(11), Tick(12), 3, Tick(0));
        assert_eq!((inbox.lead(Tick(12)), inbox.take(Tick(12))), (0, 3));
    }
}
