//! Who leaves a view and who enters it.
//!
//! What leaves by distance is not said: the client works it out from what it holds, by the same rule. Said are only the exceptions, in
//! both directions; what stays against the rule is *pinned*, and exempt from it until it comes near or leaves.

use super::stats::RoomStats;
use super::view::{Scene, Scratch, View};
use crate::bits::BitWriter;
use crate::game::Game;
use crate::limits::MAX_VISIBLE;
use crate::message::{EnterCode, Entering, write_count, write_gaps};
use crate::state::{Part, Tally};

/// Bytes of entering entities in one update; more wait for the next. Some thousand full rows: a crowd comes into view at once, a
/// hostile world does not make a message that the client must refuse.
const ENTERING_BYTES_MAX: usize = 1 << 16;

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

    /// Who of those seen and not held enters now: the own entity always, the others while there is room. At least one, if any is seen.
    fn choose_entering<G: Game>(&self, scene: &Scene<'_, G>, scratch: &mut Scratch) -> u32 {
        let Scratch { seen, entered, entering, .. } = scratch;
        entered.reset(scene.published.slots());
        entering.clear();
        let held = self.visible.count();
        let mut count = 0;
        if let Some(own) = self.own_slot().filter(|&own| !self.visible.contains(own)) {
            entered.insert(own);
            count += 1;
        }
        for (_, slot) in seen.ranks_without(&self.visible) {
            if count > 0 && (held + count >= MAX_VISIBLE || entering.bits() / 8 > ENTERING_BYTES_MAX) {
                break;
            }
            let (Some(entry), false) = (scene.published.entry(slot), entered.contains(slot)) else { continue };
            Entering::write_state(scene.published.layout(), (entry.kind, &entry.row, &entry.label), None, 0.0, entering);
            entered.insert(slot);
            count += 1;
        }
        count
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
