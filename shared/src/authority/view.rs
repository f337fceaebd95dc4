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
use crate::limits::{HASH_EVERY_UPDATES, MAX_VISIBLE, UPDATE_TICKS_MAX};
use crate::link::{Window, write_blocks};
use crate::message::{EnterCode, Entering, UpdateHead, write_count, write_gaps};
use crate::state::{Bitset, Part, Published, Tally};
use crate::tick::Tick;

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
#[derive(Debug)]
pub(crate) struct Scratch {
    pub(crate) out: BitWriter,
    body: BitWriter,
    entering: BitWriter,
    seen: Bitset,
    entered: Bitset,
    /// Every bit written, by what it was for.
    pub(crate) tally: Tally,
}

/// What of an update is not state.
pub(crate) struct Extras<'a> {
    pub(crate) client: ClientId,
    pub(crate) viewpoint: Viewpoint,
    pub(crate) lead: i32,
    pub(crate) reports: Option<&'a [u8]>,
}

impl Scratch {
    pub(crate) fn new(tally: Tally) -> Self {
        Self {
            out: BitWriter::new(),
            body: BitWriter::new(),
            entering: BitWriter::new(),
            seen: Bitset::default(),
            entered: Bitset::default(),
            tally,
        }
    }
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
        let span = self.catch_up(scene, &mut scratch.body, &mut scratch.tally);
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
        scratch.tally.add(Part::HEAD, out.bits());
        scratch.body.align_into(out);
        self.write_membership(scene, scratch, stats);
        let out = &mut scratch.out;
        if head.hash {
            out.write(scene.published.hash(&self.visible), 32);
            scratch.tally.add(Part::HASH, 32);
        }
        let state_bits = out.bits();
        if head.events {
            write_blocks(self.events.drain(..), out);
        }
        if let Some(reports) = extras.reports {
            write_blocks(core::iter::once(reports), out);
        }
        scratch.tally.add(Part::BLOCKS, out.bits() - state_bits);
        self.fresh = false;
        self.window.sent = scene.tick;
        stats.updates += 1;
        stats.visible_sum += u64::from(self.visible.count());
    }

    /// Writes the news of every tick since the last update, of what the client holds. `None` if that is too long ago or too
    /// much; nothing is written then.
    fn catch_up<G: Game>(&mut self, scene: &Scene<'_, G>, out: &mut BitWriter, tally: &mut Tally) -> Option<u32> {
        let span = scene.tick.since(self.window.sent);
        if span > UPDATE_TICKS_MAX {
            return None;
        }
        for back in (0..span).rev() {
            let news = scene.published.news(Tick(scene.tick.0 - back))?;
            let total = self.visible.count();
            let count = self.visible.count_common(&news.changed);
            let (from, mut copied) = (out.bits(), 0);
            write_count(count, total, out);
            write_gaps(self.visible.ranks_common(&news.changed), count, total, out, |slot, out| {
                copied += news.copy(slot, out, tally);
            });
            tally.add(Part::WHO_HAS_NEWS, out.bits() - from - copied);
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
        let Scratch { out, entering, seen, entered, tally, .. } = scratch;
        let from = out.bits();
        let held = self.visible.count();
        let leaving = self.visible.count_without(seen);
        let changes = leaving > 0 || seen.count_without(&self.visible) > 0;
        out.write_bit(changes);
        if !changes {
            tally.add(Part::LEAVING, 1);
            return;
        }
        write_count(leaving, held, out);
        write_gaps(self.visible.ranks_without(seen), leaving, held, out, |_, _| {});
        let count = self.choose_entering(scene, held - leaving, seen, entered, entering);
        let last = entered.slots().last().unwrap_or(0);
        tally.add(Part::LEAVING, out.bits() - from);
        let from = out.bits();
        // Those that leave go first: the rows that enter may be told from the own entity's, if that is held.
        self.visible.keep_only(seen);
        out.write_exp(count, 0);
        if count > 0 {
            let code = EnterCode::write(count, last, out);
            tally.add(Part::WHO_ENTERS, out.bits() - from);
            self.write_entering(scene, code, entered, out, tally);
        } else {
            tally.add(Part::WHO_ENTERS, out.bits() - from);
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
            if held + count >= MAX_VISIBLE || measure.bits() / 8 > ENTERING_BYTES_MAX {
                break;
            }
            let (Some(entry), false) = (scene.published.entry(slot), entered.contains(slot)) else { continue };
            Entering::write_state(scene.published.layout(), (entry.kind, &entry.row, &entry.label), None, 0.0, measure);
            entered.insert(slot);
            count += 1;
        }
        count
    }

    fn write_entering<G: Game>(
        &self,
        scene: &Scene<'_, G>,
        mut code: EnterCode,
        entered: &Bitset,
        out: &mut BitWriter,
        tally: &mut Tally,
    ) {
        let layout = scene.published.layout();
        for slot in entered.slots() {
            let Some(entry) = scene.published.entry(slot) else { continue };
            let own =
                self.own.filter(|&own| own < slot || self.visible.contains(own)).and_then(|own| scene.published.entry(own));
            let anchor = own.and_then(|own| layout.kind(own.kind).anchor(&own.row));
            let from = out.bits();
            code.write_id(entry.id, out);
            tally.add(Part::WHO_ENTERS, out.bits() - from);
            let from = out.bits();
            Entering::write_state(layout, (entry.kind, &entry.row, &entry.label), anchor, scene.terms.keep_radius(), out);
            tally.add(layout.kind(entry.kind).parts.entering(), out.bits() - from);
        }
    }
}
