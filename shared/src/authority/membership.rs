//! Membership of a view: who leaves it and who enters it.
//!
//! What leaves by distance is not said: the client works it out from what it holds, by the same rule. Said
//! are only the exceptions, in both directions; what stays against the rule is *pinned*, and exempt from it
//! until it comes near or leaves.

use alloc::vec::Vec;

use super::scratch::{Newcomer, Scratch};
use super::stats::RoomStats;
use super::view::{Scene, View};
use crate::bits::BitWriter;
use crate::game::Game;
use crate::limits::{UPDATE_BUDGET_BYTES, VISIBLE_MAX};
use crate::message::{EnterCode, Entering, write_ranks};
use crate::state::{BitTally, Bitset, Part};

/// An update beyond this takes in no more entities than it must; the rest wait for the next ones.
const BUDGET_BITS: usize = UPDATE_BUDGET_BYTES * 8;

/// Urgency that an update of waiting adds, where being at the centre counts the priority of the kind, and at
/// the edge of interest half of it. So nothing is overtaken for longer than 16 updates by its like, nor 16
/// times the highest priority by anything.
const URGENCY_OF_WAITING: f32 = 1.0 / 16.0;

/// Differences between what is to be seen and what is held.
#[derive(Clone, Copy, Debug, Default)]
struct Turnover {
    /// Number of entities held and not to be seen.
    left: u32,
    /// Number of entities that leave or stay against the rule.
    excepted: u32,
    /// Whether any is to be seen and not held.
    enters: bool,
}

impl View {
    /// Writes who leaves and who enters, and makes the view hold exactly those that stayed and those that entered.
    /// `scratch.seen` is what the client is to see, `scratch.nearby` what its rule keeps, if that applies: `by_rule`.
    pub(super) fn write_membership<G: Game>(
        &mut self,
        scene: &Scene<'_, G>,
        by_rule: bool,
        scratch: &mut Scratch,
        stats: &mut RoomStats,
    ) {
        let Turnover { left, excepted, enters } = self.turn_over(scene.published.everywhere(), by_rule, scratch);
        let Scratch { out, seen, exceptions, ranks, tally, .. } = scratch;
        let own_is_out = self.own_slot().is_some_and(|own| !self.visible.contains(own));
        let enters = enters && (own_is_out || self.held - left < VISIBLE_MAX);
        let changes = excepted > 0 || enters;
        let from = out.bits();
        out.write_bit(changes);
        if changes {
            // Ranks count what was held before.
            self.visible.rank_common(exceptions, ranks);
            write_ranks(ranks, self.held, out, |_, _| {});
        }
        tally.add(Part::LEAVING, out.bits() - from);
        if left > 0 {
            self.visible.keep_only(seen);
            self.held -= left;
            stats.leaves_of_view += u64::from(left);
        }
        if changes {
            let count = if enters { self.choose_entering(scene, scratch) } else { 0 };
            // With no exception somebody enters, or nothing would have been said.
            scratch.out.write_exp(count.saturating_sub(u32::from(excepted == 0)), 0);
            if count > 0 {
                self.write_entering(scene, count, scratch);
                self.visible.add_all(&scratch.entered);
                self.held += count;
                stats.enters += u64::from(count);
            }
        }
    }

    /// Compares what is held with what is to be seen: finds the exceptions from the rule, into
    /// `scratch.exceptions`, and pins those that stay against it.
    fn turn_over(&mut self, everywhere: &Bitset, by_rule: bool, scratch: &mut Scratch) -> Turnover {
        let Scratch { seen, nearby, exceptions, .. } = scratch;
        let words = || self.visible.words().iter().zip(seen.words()).zip(nearby.kept.words()).zip(everywhere.words());
        // By rule leaves whatever is held, has a place, and is neither kept nor pinned.
        let by_rule_mask = if by_rule { u64::MAX } else { 0 };
        let leaves_by_rule = move |held: u64, kept: u64, everywhere: u64| held & !(kept | everywhere) & by_rule_mask;
        // In most updates nobody comes or goes, which is seen without counting.
        let changes = words().fold(0, |changes, (((held, seen), kept), everywhere)| {
            changes | (held ^ seen) | leaves_by_rule(*held, *kept, *everywhere)
        });
        if changes == 0 && self.pinned.is_empty() {
            return Turnover::default();
        }
        let mut turnover = Turnover::default();
        exceptions.assign(words().enumerate().map(|(index, (((held, seen), kept), everywhere))| {
            let leaving = held & !seen;
            let exceptions = leaving ^ (leaves_by_rule(*held, *kept, *everywhere) & !self.pinned.word(index));
            turnover.left += leaving.count_ones();
            turnover.excepted += exceptions.count_ones();
            turnover.enters |= seen & !held != 0;
            exceptions
        }));
        if by_rule {
            self.pinned.remove_all(&nearby.kept);
        }
        if turnover.excepted > 0 {
            self.pinned.add_all(exceptions);
        }
        self.pinned.keep_only(seen);
        if self.pinned.is_empty() {
            self.pinned.release();
        }
        turnover
    }

    /// Chooses what enters now of the entities seen and not held: the own entity always, the others as far as
    /// the budget goes. At least one, if any is seen.
    fn choose_entering<G: Game>(&mut self, scene: &Scene<'_, G>, scratch: &mut Scratch) -> u32 {
        self.list_candidates(scene, scratch);
        let Scratch { out, entered, candidates, .. } = scratch;
        let mut room = BUDGET_BITS.saturating_sub(out.bits());
        if candidates.iter().map(|candidate| candidate.bits).sum::<usize>() > room {
            self.rank_candidates(scene, candidates);
        }
        entered.reset(scene.published.slots());
        let mut count = 0;
        for candidate in candidates.iter() {
            let fits = candidate.bits <= room && self.held + count < VISIBLE_MAX;
            if count > 0 && !fits {
                break;
            }
            room = room.saturating_sub(candidate.bits);
            entered.insert(candidate.slot);
            count += 1;
        }
        self.remember_waiting(&candidates[count as usize..]);
        count
    }

    /// Lists the entities seen and not held, with what it takes to say each; the own entity first, then
    /// ascending by slot.
    fn list_candidates<G: Game>(&self, scene: &Scene<'_, G>, scratch: &mut Scratch) {
        let Scratch { seen, entering, candidates, .. } = scratch;
        candidates.clear();
        let own = self.own_slot().filter(|&own| !self.visible.contains(own));
        let others = seen.slots_without(&self.visible).filter(|&slot| Some(slot) != own);
        for slot in own.into_iter().chain(others) {
            let Some(entry) = scene.published.entry(slot) else { continue };
            entering.clear();
            let state = (entry.kind, &entry.row, entry.label.as_slice());
            Entering::write_state(scene.published.layout(), state, None, entering);
            // Who it is takes at most a whole slot, the rest of a Rice word, and the bit for a generation.
            let bits = entering.bits() + self.slot_bits as usize + 3;
            candidates.push(Newcomer { slot, bits, urgency: 0.0 });
        }
    }

    /// Puts the most urgent first: the own entity, then what is near, of a kind with priority, and what has
    /// waited. Since waiting adds without end, nothing waits for ever.
    fn rank_candidates<G: Game>(&self, scene: &Scene<'_, G>, candidates: &mut [Newcomer]) {
        let own = self.own_slot();
        let centre = own.and_then(|own| scene.published.entry(own)).and_then(|entry| entry.place);
        for candidate in &mut *candidates {
            let Some(entry) = scene.published.entry(candidate.slot) else { continue };
            // What has no place is seen by everyone, and told before what has one.
            let nearness = match (entry.place, centre) {
                (Some(place), Some(centre)) => 1.0 / (1.0 + place.0.distance(centre.0) / scene.terms.interest_radius),
                _ => 1.0,
            };
            let priority = f32::from(scene.published.layout().kind(entry.kind).priority);
            let waited =
                self.waiting.binary_search_by_key(&candidate.slot, |(slot, _)| *slot).map_or(0, |at| self.waiting[at].1);
            candidate.urgency = nearness * priority + waited as f32 * URGENCY_OF_WAITING;
            if Some(candidate.slot) == own {
                candidate.urgency = f32::INFINITY;
            }
        }
        // Equal urgency goes by slot, so that every run makes the same bytes.
        candidates.sort_unstable_by(|a, b| b.urgency.total_cmp(&a.urgency).then(a.slot.cmp(&b.slot)));
    }

    /// Counts for those left out how many updates they have waited by now.
    fn remember_waiting(&mut self, left_out: &[Newcomer]) {
        if left_out.is_empty() {
            self.waiting = Vec::new();
            return;
        }
        let before = core::mem::take(&mut self.waiting);
        let waited = |slot: u32| before.binary_search_by_key(&slot, |(slot, _)| *slot).map_or(0, |at| before[at].1);
        self.waiting.extend(left_out.iter().map(|candidate| (candidate.slot, waited(candidate.slot) + 1)));
        self.waiting.sort_unstable();
    }

    fn write_entering<G: Game>(&self, scene: &Scene<'_, G>, count: u32, scratch: &mut Scratch) {
        let Scratch { out, entered, tally, .. } = scratch;
        let layout = scene.published.layout();
        let mut code = EnterCode::new(count, self.slot_bits);
        for slot in entered.slots() {
            let Some(entry) = scene.published.entry(slot) else { continue };
            let held = |own: &u32| *own < slot || self.visible.contains(*own);
            let own = self.own_slot().filter(held).and_then(|own| scene.published.entry(own));
            let anchor = own.and_then(|own| layout.kind(own.kind).anchor(&own.row, scene.terms.reach()));
            count_bits(tally, Part::WHO_ENTERS, out, |out| code.write_id(entry.id, out));
            count_bits(tally, layout.kind(entry.kind).parts.entering(), out, |out| {
                let state = (entry.kind, &entry.row, entry.label.as_slice());
                Entering::write_state(layout, state, anchor, out);
            });
        }
    }
}

/// Writes, and counts what that took.
fn count_bits(tally: &mut BitTally, part: Part, out: &mut BitWriter, write: impl FnOnce(&mut BitWriter)) {
    let from = out.bits();
    write(out);
    tally.add(part, out.bits() - from);
}
