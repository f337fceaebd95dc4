//! [`Turns`]: the order in which clients are told something, by which whoever is told next needs no name in a record.
//!
//! Clients stand in a ring. Whoever is told something goes behind all others, and so does whoever is passed over, so
//! that each keeps its place, however rarely it is told something. A record has a bit for each who is passed, or a byte
//! for a run of those who are told, or not, like their neighbours.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::state::Bitset;

/// Clients in order of whom so many bytes of bits tell: told where a bit is 1, the lowest first. What follows the last
/// 1 says nothing.
pub(super) const MASKS: u8 = 0x03;
/// Clients in order that were not told anything: one more than what the lower bits say.
pub(super) const SKIPPED: u8 = 0x20;
/// Clients in order that were told something: one more than what the lower bits say.
pub(super) const TOLD: u8 = 0x40;
/// Most clients that a [`TOLD`] counts, and a [`SKIPPED`].
const TOLD_AT_ONCE: usize = 64;
const SKIPPED_AT_ONCE: usize = 32;
/// Most bytes that a [`MASKS`] counts: the forms behind it are others'.
const MASK_BYTES_AT_ONCE: usize = 13;
/// Clients alike in a row from which on a run is the shorter form.
const RUN_MIN: usize = 16;

/// Times that a client is passed over before it is no more in the ring: longer than any that plays is told nothing, and
/// whoever is gone costs so many bits.
const PASSES_REMEMBERED: u8 = 255;

/// Clients, by the numbers of their slots, in the order in which they are expected to be told something.
#[derive(Clone, Debug, Default)]
pub(super) struct Turns {
    /// Clients, with the times that each was passed over since it was told something.
    ring: VecDeque<(u32, u8)>,
    known: Bitset,
    /// The one that was told something last: a newcomer is told two things in a row.
    last: Option<u32>,
}

impl Turns {
    /// A tick was made: whoever is told something now is not told a second thing.
    pub(super) fn begin(&mut self) {
        self.last = None;
    }

    /// Number of those to be passed over to come to `slot`; none of whom is not in the ring.
    fn distance(&self, slot: u32) -> Option<usize> {
        let is_known = self.known.word(slot as usize / 64) >> (slot % 64) & 1 == 1;
        is_known.then(|| self.ring.iter().position(|&(ahead, _)| ahead == slot)).flatten()
    }

    /// Passes over the next in order. False where there is none.
    pub(super) fn skip(&mut self) -> bool {
        let Some((slot, passes)) = self.ring.pop_front() else { return false };
        if passes < PASSES_REMEMBERED {
            self.ring.push_back((slot, passes + 1));
        } else {
            self.known.remove(slot);
        }
        true
    }

    /// The next in order, who is told something.
    pub(super) fn next(&mut self) -> Option<u32> {
        let (slot, _) = self.ring.pop_front()?;
        self.ring.push_back((slot, 0));
        self.last = Some(slot);
        Some(slot)
    }

    /// Notes that one was told something who is not next, wherever it was.
    pub(super) fn add(&mut self, slot: u32) {
        if self.last.replace(slot) == Some(slot) {
            return;
        }
        if let Some(at) = self.distance(slot) {
            self.ring.remove(at);
        }
        self.known.insert(slot);
        self.ring.push_back((slot, 0));
    }
}

/// Clients who were told something in order, that is not written yet.
#[derive(Debug, Default)]
pub(super) struct TurnsRecord {
    turns: Turns,
    /// Whether each who was passed was told something; the last one was.
    passed: Vec<bool>,
}

impl TurnsRecord {
    /// Notes that `slot` was told something. False for one who has no turn: then it is for the caller to write down
    /// its number, behind what is not written yet.
    pub(super) fn told(&mut self, slot: u32) -> bool {
        let Some(skipped) = self.turns.distance(slot).filter(|_| self.turns.last != Some(slot)) else {
            self.turns.add(slot);
            return false;
        };
        for _ in 0..skipped {
            self.turns.skip();
        }
        self.turns.next();
        self.passed.resize(self.passed.len() + skipped, false);
        self.passed.push(true);
        true
    }

    /// A tick was made.
    pub(super) fn begin(&mut self) {
        self.turns.begin();
    }

    /// Writes what is not written yet.
    pub(super) fn write(&mut self, out: &mut Vec<u8>) {
        let mut rest = &self.passed[..];
        while let Some(&is_told) = rest.first() {
            let (run, masked) = (run_at(rest), masked_at(rest));
            let (written, after) = rest.split_at(if run >= RUN_MIN { run } else { masked.max(run) });
            if written.len() == run {
                write_run(is_told, run, out);
            } else {
                write_masks(written, out);
            }
            rest = after;
        }
        self.passed.clear();
    }
}

/// Number of those alike at the beginning.
fn run_at(passed: &[bool]) -> usize {
    passed.iter().position(|is_told| *is_told != passed[0]).unwrap_or(passed.len())
}

fn write_run(is_told: bool, mut count: usize, out: &mut Vec<u8>) {
    let (form, at_once) = if is_told { (TOLD, TOLD_AT_ONCE) } else { (SKIPPED, SKIPPED_AT_ONCE) };
    while count > 0 {
        let some = count.min(at_once);
        out.push(form | (some - 1) as u8);
        count -= some;
    }
}

/// Number of those at the beginning of whom bits tell: as far as no long run begins, and to one that is told.
fn masked_at(passed: &[bool]) -> usize {
    let mut end = 0;
    while end < passed.len().min(8 * MASK_BYTES_AT_ONCE) && run_at(&passed[end..]) < RUN_MIN {
        end += run_at(&passed[end..]);
    }
    passed[..end.min(8 * MASK_BYTES_AT_ONCE)].iter().rposition(|is_told| *is_told).map_or(0, |last| last + 1)
}

fn write_masks(passed: &[bool], out: &mut Vec<u8>) {
    out.push(MASKS + (passed.len().div_ceil(8) - 1) as u8);
    out.extend(
        passed.chunks(8).map(|eight| eight.iter().rev().fold(0, |byte, is_told| byte << 1 | u8::from(*is_told))),
    );
}

/// Number of those of whom the bits in `masks` tell.
pub(super) fn masked(masks: &[u8]) -> usize {
    let last = masks.iter().rposition(|byte| *byte > 0);
    last.map_or(0, |last| 8 * last + 8 - masks[last].leading_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    /// Slots by what was written of them, as a replay reads it.
    fn read(turns: &mut Turns, mut bytes: &[u8]) -> Vec<u32> {
        let mut told = Vec::new();
        while let Some((&first, rest)) = bytes.split_first() {
            bytes = rest;
            let passed: Vec<bool> = if first >= TOLD {
                alloc::vec![true; usize::from(first - TOLD) + 1]
            } else if first >= SKIPPED {
                alloc::vec![false; usize::from(first - SKIPPED) + 1]
            } else {
                let (masks, after) = bytes.split_at(usize::from(first - MASKS) + 1);
                bytes = after;
                (0..masked(masks)).map(|at| masks[at / 8] >> (at % 8) & 1 == 1).collect()
            };
            for is_told in passed {
                if is_told {
                    told.push(turns.next().expect("somebody should be next"));
                } else {
                    assert!(turns.skip(), "somebody should be skipped");
                }
            }
        }
        told
    }

    /// Bytes of a tick in which these are told something, which are read again.
    fn tick(record: &mut TurnsRecord, replay: &mut Turns, slots: &[u32]) -> usize {
        let (mut bytes, mut count, mut read_again) = (Vec::new(), 0, Vec::new());
        record.begin();
        replay.begin();
        for &slot in slots {
            if record.told(slot) {
                continue;
            }
            record.write(&mut bytes);
            read_again.extend(read(replay, &bytes));
            count += bytes.len() + 3;
            bytes.clear();
            replay.add(slot);
            read_again.push(slot);
        }
        record.write(&mut bytes);
        read_again.extend(read(replay, &bytes));
        assert_eq!(read_again, slots);
        count + bytes.len()
    }

    #[test]
    fn those_who_are_told_in_the_usual_order_are_a_byte_for_many_and_those_who_take_turns_a_bit_each() {
        let (mut record, mut replay) = Default::default();
        let all: Vec<u32> = (1..=1000).collect();
        assert_eq!(tick(&mut record, &mut replay, &all), 3 * 1000);
        assert_eq!(tick(&mut record, &mut replay, &all), 16, "everyone, in each tick");
        for round in 0..30 {
            let third: Vec<u32> = all.iter().copied().filter(|slot| slot % 3 == round % 3).collect();
            let bytes = tick(&mut record, &mut replay, &third);
            assert!(bytes <= 1000 / 7, "a third of them in tick {round}: {bytes} bytes");
        }
        tick(&mut record, &mut replay, &all);
        assert_eq!(tick(&mut record, &mut replay, &all), 16, "everyone again");
    }

    #[test]
    fn whoever_is_told_something_at_random_is_told_of_by_less_than_two_bits_of_each() {
        for seed in 0..20 {
            let (mut record, mut replay, mut rng) = (TurnsRecord::default(), Turns::default(), Rng::new(seed));
            let all: Vec<u32> = (1..=500).collect();
            tick(&mut record, &mut replay, &all);
            let mut bytes = 0;
            for _ in 0..50 {
                let some: Vec<u32> = all.iter().copied().filter(|_| rng.one_in(4)).collect();
                bytes += tick(&mut record, &mut replay, &some);
            }
            assert!(bytes < 50 * 500 / 4, "seed {seed}: {bytes} bytes");
        }
    }

    #[test]
    fn whatever_order_they_are_told_in_is_read_again() {
        for seed in 0..200 {
            let (mut record, mut replay, mut rng) = (TurnsRecord::default(), Turns::default(), Rng::new(seed));
            for _ in 0..40 {
                let mut slots: Vec<u32> = (0..rng.below(60)).map(|_| 1 + rng.below(70)).collect();
                if rng.one_in(3) {
                    slots.sort_unstable();
                }
                tick(&mut record, &mut replay, &slots);
            }
            assert!(record.turns.ring.iter().eq(replay.ring.iter()), "seed {seed}");
        }
    }

    #[test]
    fn whoever_is_gone_is_passed_over_for_a_while_and_then_forgotten() {
        let (mut record, mut replay) = Default::default();
        tick(&mut record, &mut replay, &(1..=100).collect::<Vec<_>>());
        let rest: Vec<u32> = (1..=100).filter(|slot| slot % 5 > 0).collect();
        for _ in 0..300 {
            tick(&mut record, &mut replay, &rest);
        }
        assert_eq!((record.turns.ring.len(), tick(&mut record, &mut replay, &rest)), (80, 2));
    }
}
