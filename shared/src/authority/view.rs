//! One client's view: what it holds, and the update that takes it from there to now.
//!
//! [`View::update`] is the pipeline, a stage a line: catch up on news, look around, write head, news, leaving, entering, hash.

use alloc::collections::VecDeque;
use alloc::sync::Arc;

use super::grid::Grid;
use super::stats::RoomStats;
use crate::bits::BitWriter;
use crate::game::{Game, Sight, Terms, Viewpoint};
use crate::id::ClientId;
use crate::limits::{HASH_EVERY_UPDATES, UPDATE_TICKS_MAX};
use crate::link::{Window, write_blocks};
use crate::message::{EnterCode, Entering, UpdateHead, write_count, write_gaps};
use crate::state::{Bitset, Published};
use crate::tick::Tick;

/// Entities in one view at most. A crowd of so many is no longer a view; the nearest slots come first.
const VISIBLE_MAX: u32 = 4096;
/// Bytes of entering entities in one update; more wait for the next. Some thousand full rows: a crowd comes into view at once, a
/// hostile world does not make a message that the client must refuse.
const ENTERING_BYTES_MAX: usize = 1 << 16;
/// Bytes of catching up beyond which a fresh state is the better way.
const CATCH_UP_BYTES_MAX: usize = 1 << 15;

/// What a client holds, as far as it matters for what it is told next.
#[derive(Debug)]
pub(crate) struct View {
    /// The slots whose entities it holds.
    visible: Bitset,
    own: Option<u32>,
    pub(crate) window: Window,
    /// The next update states everything afresh.
    pub(crate) fresh: bool,
    updates: u32,
    pub(crate) events: VecDeque<Arc<[u8]>>,
}

/// What all clients' updates are made from.
pub(crate) struct Scene<'a, G: Game> {
    pub(crate) tick: Tick,
    pub(crate) terms: &'a Terms<G::Rules>,
    pub(crate) game: &'a G,
    pub(crate) published: &'a Published<G>,
    pub(crate) grid: &'a Grid,
}

/// Memory that updates are made in, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub(crate) out: BitWriter,
    body: BitWriter,
    entering: BitWriter,
    seen: Bitset,
    entered: Bitset,
}

/// What of an update is not state.
pub(crate) struct Extras<'a> {
    pub(crate) client: ClientId,
    pub(crate) viewpoint: Viewpoint,
    pub(crate) lead: i32,
    pub(crate) reports: Option<&'a [u8]>,
}

impl View {
    pub(crate) const fn new(start: Tick) -> Self {
        Self { visible: Bitset::new(), own: None, window: Window::new(start), fresh: true, updates: 0, events: VecDeque::new() }
    }

    /// Whether the client saw the entity in `slot` in its last update.
    pub(crate) fn sees(&self, slot: u32) -> bool {
        self.visible.contains(slot)
    }

    /// Writes the next update into `scratch.out`.
    pub(crate) fn update<G: Game>(
        &mut self,
        scene: &Scene<'_, G>,
        extras: &Extras<'_>,
        scratch: &mut Scratch,
        stats: &mut RoomStats,
    ) {
        scratch.body.clear();
        let span = self.catch_up(scene, &mut scratch.body);
        let fresh = span.is_none() || self.fresh;
        if fresh {
            self.visible.reset(scene.published.slots());
            stats.fresh_states += 1;
        }
        self.look(scene, extras, &mut scratch.seen);
        let own = extras.viewpoint.own.filter(|own| scene.published.find(*own).is_some()).map(|own| own.slot);
        self.updates += 1;
        let head = UpdateHead {
            tick: scene.tick,
            span,
            fresh,
            lead: extras.lead,
            own: (fresh || own != self.own).then_some(own),
            // Spread over updates, so that not everyone's is due at once.
            hash: self.updates.wrapping_add(self.own.unwrap_or(0)).is_multiple_of(HASH_EVERY_UPDATES),
            events: !self.events.is_empty(),
            reports: extras.reports.is_some(),
        };
        self.own = own;

        let out = &mut scratch.out;
        out.clear();
        head.write(scene.terms.send_every, out);
        scratch.body.align_into(out);
        self.write_membership(scene, scratch, stats);
        let out = &mut scratch.out;
        if head.hash {
            out.write(scene.published.hash(&self.visible), 32);
        }
        if head.events {
            write_blocks(self.events.drain(..), out);
        }
        if let Some(reports) = extras.reports {
            write_blocks(core::iter::once(reports), out);
        }
        self.fresh = false;
        self.window.sent = scene.tick;
        stats.updates += 1;
        stats.visible_sum += u64::from(self.visible.count());
    }

    /// Writes the news of every tick since the last update, of what the client holds. `None` if that is too long ago or too
    /// much; nothing is written then.
    fn catch_up<G: Game>(&mut self, scene: &Scene<'_, G>, out: &mut BitWriter) -> Option<u32> {
        let span = scene.tick.since(self.window.sent);
        if span > UPDATE_TICKS_MAX {
            return None;
        }
        for back in (0..span).rev() {
            let news = scene.published.news(Tick(scene.tick.0 - back))?;
            let total = self.visible.count();
            let count = self.visible.count_common(&news.changed);
            write_count(count, total, out);
            write_gaps(self.visible.ranks_common(&news.changed), count, total, out, |slot, out| news.copy(slot, out));
            self.visible.remove_all(&news.gone);
            if span > 1 && out.bits() / 8 > CATCH_UP_BYTES_MAX {
                out.clear();
                return None;
            }
        }
        Some(span)
    }

    /// Finds out what the client sees now.
    fn look<G: Game>(&self, scene: &Scene<'_, G>, extras: &Extras<'_>, seen: &mut Bitset) {
        let published = scene.published;
        seen.reset(published.slots());
        let own = extras.viewpoint.own.and_then(|own| published.find(own));
        if let Some(centre) = extras.viewpoint.centre.or_else(|| own.and_then(|own| own.place)) {
            scene.grid.query(centre, scene.terms.interest_radius, scene.terms.keep_radius(), &self.visible, seen);
        }
        seen.add_all(published.everywhere());
        scene.game.sees(extras.client, &mut Sight { seen, ids: &|slot| Some(published.entry(slot)?.id) });
        if let Some(own) = own {
            seen.insert(own.id.slot);
        }
    }

    /// Writes who leaves and who enters, and makes the view hold exactly those that stayed and those that entered.
    fn write_membership<G: Game>(&mut self, scene: &Scene<'_, G>, scratch: &mut Scratch, stats: &mut RoomStats) {
        let Scratch { out, entering, seen, entered, .. } = scratch;
        let held = self.visible.count();
        let leaving = self.visible.count_without(seen);
        let changes = leaving > 0 || seen.count_without(&self.visible) > 0;
        out.write_bit(changes);
        if !changes {
            return;
        }
        write_count(leaving, held, out);
        write_gaps(self.visible.ranks_without(seen), leaving, held, out, |_, _| {});
        let count = self.choose_entering(scene, held - leaving, seen, entered, entering);
        let last = entered.slots().last().unwrap_or(0);
        // Those that leave go first: the rows that enter may be told from the own entity's, if that is held.
        self.visible.keep_only(seen);
        out.write_exp(count, 0);
        if count > 0 {
            self.write_entering(scene, EnterCode::write(count, last, out), entered, out);
        }
        self.visible.add_all(entered);
        stats.enters += u64::from(count);
        stats.leaves_of_view += u64::from(leaving);
    }

    /// Who of those seen and not held enters now: the own entity always, the others while there is room.
    fn choose_entering<G: Game>(
        &self,
        scene: &Scene<'_, G>,
        held: u32,
        seen: &Bitset,
        entered: &mut Bitset,
        measure: &mut BitWriter,
    ) -> u32 {
        entered.reset(scene.published.slots());
        measure.clear();
        let mut count = 0;
        if let Some(own) = self.own.filter(|&own| !self.visible.contains(own)) {
            entered.insert(own);
            count += 1;
        }
        for (_, slot) in seen.ranks_without(&self.visible) {
            if held + count >= VISIBLE_MAX || measure.bits() / 8 > ENTERING_BYTES_MAX {
                break;
            }
            let (Some(entry), false) = (scene.published.entry(slot), entered.contains(slot)) else { continue };
            Entering::write_state(scene.published.layout(), (entry.kind, &entry.row, &entry.label), None, 0.0, measure);
            entered.insert(slot);
            count += 1;
        }
        count
    }

    fn write_entering<G: Game>(&self, scene: &Scene<'_, G>, mut code: EnterCode, entered: &Bitset, out: &mut BitWriter) {
        let layout = scene.published.layout();
        for slot in entered.slots() {
            let Some(entry) = scene.published.entry(slot) else { continue };
            let own =
                self.own.filter(|&own| own < slot || self.visible.contains(own)).and_then(|own| scene.published.entry(own));
            let anchor = own.and_then(|own| layout.kind(own.kind).anchor(&own.row));
            code.write_id(entry.id, out);
            Entering::write_state(layout, (entry.kind, &entry.row, &entry.label), anchor, scene.terms.keep_radius(), out);
        }
    }
}
