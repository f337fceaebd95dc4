//! Membership of a view: who leaves it and who enters it.
//!
//! What leaves by distance is not said: the client works it out from what it holds, by the same rule. Said
//! are only the exceptions, in both directions; what stays against the rule is *pinned*, and exempt from it
//! until it comes near or leaves.

use alloc::vec::Vec;

use super::nearby::Nearby;
use super::scratch::{Newcomer, Scratch};
use super::stats::RoomStats;
use super::view::{Scene, View};
use crate::bits::BitWriter;
use crate::game::Game;
use crate::limits::{NEWCOMER_BITS_MAX, VISIBLE_MAX};
use crate::link::WindowBounds;
use crate::message::{EnterCode, Entering, write_ranks};
use crate::state::{BitTally, Part, SlotSet, SlotWord, bits};

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
    /// `scratch` has who is near, and whom the game hides and shows; `has_centre` says whether the client looks from
    /// somewhere.
    pub(super) fn write_membership<G: Game>(
        &mut self,
        scene: &Scene<'_, G>,
        has_centre: bool,
        bounds: &WindowBounds,
        scratch: &mut Scratch,
        stats: &mut RoomStats,
    ) {
        let Turnover { left, excepted, enters } = self.turn_over(scene.published.everywhere(), has_centre, scratch);
        let Scratch { out, leaving, exceptions, ranks, tally, .. } = scratch;
        let own_is_out = || self.own_slot().is_some_and(|own| !self.visible.contains(own));
        let enters = enters && (self.held - left < VISIBLE_MAX || own_is_out());
        let changes = excepted > 0 || enters;
        let from = out.bits();
        out.write_bit(changes);
        if changes {
            // Ranks count what was held before.
            let mut excepted = exceptions.cursor();
            self.visible.rank_common(|index| excepted.word(index), ranks);
            write_ranks(ranks, self.held, out, |_, _| {});
        }
        tally.add(Part::LEAVING, out.bits() - from);
        if left > 0 {
            self.visible.remove_all(leaving);
            self.known.note(scene.published.grid(), leaving.slots());
            self.held -= left;
            stats.leaves_of_view += u64::from(left);
        }
        if !enters {
            self.entering_budget.reset();
        }
        if changes {
            let count = if enters { self.choose_entering(scene, bounds, scratch) } else { 0 };
            // With no exception somebody enters, or nothing would have been said.
            scratch.out.write_exp(count.saturating_sub(u32::from(excepted == 0)), 0);
            if count > 0 {
                self.write_entering(scene, count, scratch);
                self.visible.add_all(&scratch.entered);
                self.known.note(scene.published.grid(), scratch.entered.slots());
                self.held += count;
                stats.enters += u64::from(count);
            }
        }
    }

    /// Compares what is held with what is to be seen: finds those that leave, the exceptions from the rule, and
    /// those that are seen and not held, into `scratch`; and pins those that stay against the rule. Found by its name
    /// where instructions are counted.
    #[inline(never)]
    fn turn_over(&mut self, everywhere: &SlotSet, has_centre: bool, scratch: &mut Scratch) -> Turnover {
        let Scratch { nearby, hidden, shown, leaving, exceptions, unseen, .. } = scratch;
        leaving.clear();
        exceptions.clear();
        let mut turnover = Turnover::default();
        // Where distance alone says who is seen, those who are too far away are all that may leave.
        let is_plain = everywhere.is_empty() && hidden.is_empty() && shown.is_empty() && self.pinned.is_empty();
        let words = if is_plain { nearby.too_far().words() } else { self.visible.words() };
        if is_plain && nearby.is_settled() {
            unseen.clear();
            return turnover;
        }
        let (mut always, mut hides, mut shows, mut pins, mut too_far) =
            (everywhere.cursor(), hidden.cursor(), shown.cursor(), self.pinned.cursor(), nearby.too_far().cursor());
        let mut everywhere_is_held = true;
        // The client knows the rule if it looks from where its own entity is, and holds that. By it leaves whatever is
        // held, has a place, and is neither kept nor pinned.
        let by_rule = has_centre && self.own.is_some_and(|own| own.is_centre && self.visible.contains(own.slot));
        let by_rule_mask = if by_rule { u64::MAX } else { 0 };
        for &SlotWord { index, bits: held, .. } in words {
            let everywhere = always.word(index);
            let stays = held & !too_far.word(index) | everywhere;
            let (hides, shows, pins) = (hides.word(index), shows.word(index), pins.word(index));
            let leaves = held & !(stays & !hides | shows);
            let excepted = leaves ^ (held & !stays & by_rule_mask & !pins);
            // In most updates nobody comes or goes.
            if leaves | excepted != 0 {
                leaving.add_some(index, leaves);
                exceptions.add_some(index, excepted);
                turnover.left += leaves.count_ones();
                turnover.excepted += excepted.count_ones();
            }
            everywhere_is_held &= everywhere & !held == 0;
        }
        unseen.clear();
        if !nearby.newcomers().is_empty() || !shown.is_empty() || !everywhere_is_held || always.has_skipped() {
            self.list_unseen(everywhere, nearby, hidden, shown, unseen);
        }
        turnover.enters = !unseen.is_empty();
        if !self.pinned.is_empty() || turnover.excepted > 0 {
            self.pin(by_rule, nearby, leaving, exceptions);
        }
        turnover
    }

    /// Lists what is seen and not held, ascending.
    fn list_unseen(
        &self,
        everywhere: &SlotSet,
        nearby: &Nearby,
        hidden: &SlotSet,
        shown: &SlotSet,
        unseen: &mut Vec<u32>,
    ) {
        unseen.extend(nearby.newcomers().iter().filter(|slot| !hidden.contains(**slot)));
        let mut held = self.visible.cursor();
        for &SlotWord { index, bits: all, .. } in everywhere.words() {
            unseen.extend(bits(all & !held.word(index) & !hidden.word(index)).map(|bit| index * 64 + bit));
        }
        let mut held = self.visible.cursor();
        for &SlotWord { index, bits: more, .. } in shown.words() {
            unseen.extend(bits(more & !held.word(index)).map(|bit| index * 64 + bit));
        }
        unseen.sort_unstable();
    }

    /// Pins what stays against the rule, and nothing that came near or leaves.
    fn pin(&mut self, by_rule: bool, nearby: &Nearby, leaving: &SlotSet, exceptions: &SlotSet) {
        if by_rule {
            self.pinned.retain(|index, pinned| pinned & nearby.too_far().word(index));
        }
        self.pinned.add_all(exceptions);
        self.pinned.remove_all(leaving);
        if self.pinned.is_empty() {
            self.pinned.release();
        }
    }

    /// Chooses what enters now of the entities seen and not held: the own entity always, the others as far as
    /// the budget goes; the rest wait for the next updates. At least one, if any is seen.
    fn choose_entering<G: Game>(&mut self, scene: &Scene<'_, G>, bounds: &WindowBounds, scratch: &mut Scratch) -> u32 {
        let mut room = self.entering_budget.bits().saturating_sub(scratch.out.bits());
        self.list_candidates(scene, room, scratch);
        let Scratch { entered, candidates, unseen, .. } = scratch;
        if candidates.iter().map(|candidate| candidate.bits).sum::<usize>() > room {
            self.rank_candidates(scene, candidates);
        }
        let mut count = 0;
        for candidate in candidates.iter() {
            let fits = candidate.bits <= room && self.held + count < VISIBLE_MAX;
            if count > 0 && !fits {
                break;
            }
            room = room.saturating_sub(candidate.bits);
            count += 1;
        }
        unseen.clear();
        unseen.extend(candidates[..count as usize].iter().map(|candidate| candidate.slot));
        unseen.sort_unstable();
        entered.clear();
        unseen.iter().for_each(|&slot| entered.insert(slot));
        let left_out = &candidates[count as usize..];
        if left_out.is_empty() {
            self.entering_budget.reset();
        } else {
            self.entering_budget.wait(scene.tick, &self.window, bounds);
        }
        self.remember_waiting(left_out);
        count
    }

    /// Lists the entities seen and not held, with what it takes to say each, unless there is `room` for all of them
    /// whatever that is; the own entity first, then ascending by slot.
    fn list_candidates<G: Game>(&self, scene: &Scene<'_, G>, room: usize, scratch: &mut Scratch) {
        let Scratch { unseen, entering, candidates, .. } = scratch;
        candidates.clear();
        let all_fit = (unseen.len() + 1) * NEWCOMER_BITS_MAX <= room;
        let own = self.own_slot().filter(|&own| !self.visible.contains(own));
        let others = unseen.iter().copied().filter(|&slot| Some(slot) != own);
        for slot in own.into_iter().chain(others) {
            let Some(entity) = scene.published.entity(slot) else { continue };
            if all_fit {
                candidates.push(Newcomer { slot, bits: 0, urgency: 0.0 });
                continue;
            }
            entering.clear();
            let state = (entity.kind, entity.row, entity.label, entity.pace);
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
        let place = |slot| scene.published.grid().place(slot);
        let centre = own.and_then(place);
        for candidate in &mut *candidates {
            let Some(entity) = scene.published.entity(candidate.slot) else { continue };
            // What has no place is seen by everyone, and told before what has one.
            let nearness = match (place(candidate.slot), centre) {
                (Some(place), Some(centre)) => 1.0 / (1.0 + place.0.distance(centre.0) / scene.terms.interest_radius),
                _ => 1.0,
            };
            let priority = f32::from(scene.published.layout().kind(entity.kind).priority);
            let waited = self
                .waiting
                .binary_search_by_key(&candidate.slot, |(slot, _)| *slot)
                .map_or(0, |at| self.waiting[at].1);
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
            let Some(entity) = scene.published.entity(slot) else { continue };
            let held = |own: &u32| *own < slot || self.visible.contains(*own);
            let own = self.own_slot().filter(held).and_then(|own| scene.published.entity(own));
            let anchor = own.and_then(|own| layout.kind(own.kind).anchor(own.row, scene.terms.reach()));
            count_bits(tally, Part::WHO_ENTERS, out, |out| code.write_id(entity.id, out));
            count_bits(tally, layout.kind(entity.kind).parts.entering(), out, |out| {
                let state = (entity.kind, entity.row, entity.label, entity.pace);
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
