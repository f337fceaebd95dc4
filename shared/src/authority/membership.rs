//! Who leaves a view and who enters it.
//!
//! What leaves by distance is not said: the client works it out from what it holds, by the same rule. Said are only the exceptions, in
//! both directions; what stays against the rule is *pinned*, and exempt from it until it comes near or leaves.

use super::stats::RoomStats;
use super::view::{Scene, Scratch, View};
use crate::bits::BitWriter;
use crate::game::Game;
use crate::limits::{MAX_VISIBLE, UPDATE_BUDGET_BYTES};
use crate::message::{EnterCode, Entering, write_count, write_gaps};
use crate::state::{Part, Tally};

/// An update beyond this takes in no more entities than it must; the rest wait for the next ones.
const BUDGET_BITS: usize = UPDATE_BUDGET_BYTES * 8;

/// What one update of waiting adds, where being at the centre counts 1 and at the edge of interest one half.
const URGENCY_OF_WAITING: f32 = 1.0 / 16.0;

/// An entity that might enter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    slot: u32,
    bits: usize,
    urgency: f32,
}

impl View {
    /// Writes who leaves and who enters, and makes the view hold exactly those that stayed and those that entered.
    /// `scratch.seen` is what the client is to see, `scratch.kept` what its rule keeps; `None` where the rule does not apply.
    pub(super) fn write_membership<G: Game>(
        &mut self,
        scene: &Scene<'_, G>,
        by_rule: bool,
        scratch: &mut Scratch,
        stats: &mut RoomStats,
    ) {
        let from = scratch.out.bits();
        self.predict_leaving(scene, by_rule, scratch);
        let Scratch { out, seen, kept, leaving, exceptions, .. } = scratch;
        let held = self.visible.count();
        // Those that leave, where they do not do so by rule; and those that stay against it.
        exceptions.copy_from(&self.visible);
        exceptions.remove_all(seen);
        exceptions.toggle_all(leaving);
        let excepted = exceptions.count();
        stats.leaves_of_view += u64::from(self.visible.count_without(seen));

        if by_rule {
            self.pinned.remove_all(kept);
        }
        leaving.keep_only(seen);
        self.pinned.add_all(leaving);
        self.pinned.keep_only(seen);

        // Ranks count what was held before.
        let is_full = self.visible.count_common(seen) >= MAX_VISIBLE;
        let own_is_out = self.own_slot().is_some_and(|own| !self.visible.contains(own));
        let enters = seen.count_without(&self.visible) > 0 && (own_is_out || !is_full);
        let changes = excepted > 0 || enters;
        out.write_bit(changes);
        if changes {
            write_count(excepted, held, out);
            write_gaps(self.visible.ranks_common(exceptions), excepted, held, out, |_, _| {});
        }
        scratch.tally.add(Part::LEAVING, out.bits() - from);
        self.visible.keep_only(seen);
        if changes {
            let count = if enters { self.choose_entering(scene, scratch) } else { 0 };
            // With no exception somebody enters, or nothing would have been said.
            scratch.out.write_exp(count.saturating_sub(u32::from(excepted == 0)), 0);
            if count > 0 {
                self.write_entering(scene, count, scratch);
                self.visible.add_all(&scratch.entered);
                stats.enters += u64::from(count);
            }
        }
    }

    /// Who leaves by rule: whatever is held, has a place, is not pinned and is not kept.
    fn predict_leaving<G: Game>(&self, scene: &Scene<'_, G>, by_rule: bool, scratch: &mut Scratch) {
        let leaving = &mut scratch.leaving;
        leaving.reset(scene.published.slots());
        if by_rule {
            leaving.copy_from(&self.visible);
            leaving.remove_all(&scratch.kept);
            leaving.remove_all(scene.published.everywhere());
            leaving.remove_all(&self.pinned);
        }
    }

    /// Who of those seen and not held enters now: the own entity always, the others as far as the budget goes. At least one, if any
    /// is seen.
    fn choose_entering<G: Game>(&mut self, scene: &Scene<'_, G>, scratch: &mut Scratch) -> u32 {
        self.list_candidates(scene, scratch);
        let Scratch { out, entered, candidates, .. } = scratch;
        let mut room = BUDGET_BITS.saturating_sub(out.bits());
        if candidates.iter().map(|candidate| candidate.bits).sum::<usize>() > room {
            self.rank_candidates(scene, candidates);
        }
        entered.reset(scene.published.slots());
        let held = self.visible.count();
        let mut count = 0;
        for candidate in candidates.iter() {
            let fits = candidate.bits <= room && held + count < MAX_VISIBLE;
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

    /// Everything seen and not held, with what it takes to say it; the own entity first, then ascending by slot.
    fn list_candidates<G: Game>(&self, scene: &Scene<'_, G>, scratch: &mut Scratch) {
        let Scratch { seen, entering, candidates, .. } = scratch;
        candidates.clear();
        let own = self.own_slot().filter(|&own| !self.visible.contains(own));
        let others = seen.ranks_without(&self.visible).map(|(_, slot)| slot).filter(|&slot| Some(slot) != own);
        for slot in own.into_iter().chain(others) {
            let Some(entry) = scene.published.entry(slot) else { continue };
            entering.clear();
            let state = (entry.kind, &entry.row, entry.label.as_slice());
            Entering::write_state(scene.published.layout(), state, None, 0.0, entering);
            // Who it is takes at most a whole slot, the rest of a Rice word, and the bit for a generation.
            let bits = entering.bits() + self.slot_bits as usize + 3;
            candidates.push(Candidate { slot, bits, urgency: 0.0 });
        }
    }

    /// Puts the most urgent first: the own entity, then what is near, and what has waited. Since waiting adds without end, nothing
    /// waits for ever.
    fn rank_candidates<G: Game>(&self, scene: &Scene<'_, G>, candidates: &mut [Candidate]) {
        let own = self.own_slot();
        let place = |slot| scene.published.entry(slot).and_then(|entry| entry.place);
        let centre = own.and_then(place);
        for candidate in &mut *candidates {
            // What has no place is seen by everyone, and told before what has one.
            let nearness = match (place(candidate.slot), centre) {
                (Some(place), Some(centre)) => 1.0 / (1.0 + place.0.distance(centre.0) / scene.terms.interest_radius),
                _ => 1.0,
            };
            let waited =
                self.waiting.binary_search_by_key(&candidate.slot, |(slot, _)| *slot).map_or(0, |at| self.waiting[at].1);
            candidate.urgency = nearness + waited as f32 * URGENCY_OF_WAITING;
            if Some(candidate.slot) == own {
                candidate.urgency = f32::INFINITY;
            }
        }
        // Equal urgency goes by slot, so that every run makes the same bytes.
        candidates.sort_unstable_by(|a, b| b.urgency.total_cmp(&a.urgency).then(a.slot.cmp(&b.slot)));
    }

    /// Counts for those left out how many updates they have waited by now.
    fn remember_waiting(&mut self, left_out: &[Candidate]) {
        if left_out.is_empty() {
            self.waiting.clear();
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
            let anchor = own.and_then(|own| layout.kind(own.kind).anchor(&own.row));
            count_bits(tally, Part::WHO_ENTERS, out, |out| code.write_id(entry.id, out));
            count_bits(tally, layout.kind(entry.kind).parts.entering(), out, |out| {
                let state = (entry.kind, &entry.row, entry.label.as_slice());
                Entering::write_state(layout, state, anchor, scene.terms.keep_radius(), out);
            });
        }
    }
}

/// Writes, and counts what that took.
fn count_bits(tally: &mut Tally, part: Part, out: &mut BitWriter, write: impl FnOnce(&mut BitWriter)) {
    let from = out.bits();
    write(out);
    tally.add(part, out.bits() - from);
}
