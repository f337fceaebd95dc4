//! A client's view: what it holds, and the update that takes it from there to now.
//!
//! [`View::update`] is the pipeline, a stage a line: write head and news, look around, write who leaves and
//! enters, and the hash.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::entering_budget::EnteringBudget;
use super::grid::Grid;
use super::nearby::{KnownBlocks, Lookout, Nearby};
use super::published::Published;
use super::scratch::Scratch;
use super::stats::RoomStats;
use super::told::EventBytes;
use super::update_cause::UpdateCause;
use crate::bits::{BitWriter, width};
use crate::game::{Cadence, Game, InSight, Place, Sight, Terms, Viewpoint};
use crate::id::{ClientId, EntityId};
use crate::limits::{HASH_EVERY_TICKS, UPDATE_TICKS_MAX};
use crate::link::{Window, WindowBounds};
use crate::message::{
    HeadBase, NewestInput, OwnHead, UpdateHead, are_most, write_blocks, write_other_ranks, write_ranks,
};
use crate::state::{Part, SlotSet, bits};
use crate::tick::Tick;

/// Bytes of catching up beyond which a fresh state is the better way.
const CATCH_UP_BYTES_MAX: usize = 1 << 15;

/// Events that a client's queue has room for when none waits: more than a usual update tells.
const EVENTS_KEPT: usize = 4;

/// State of a client's view, as far as it matters for what the client is told next.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct View {
    /// The slots whose entities it holds.
    pub(super) visible: SlotSet,
    /// Number of entities held.
    pub(super) held: u32,
    /// Most of them had news in the tick that was told last.
    pub(super) is_busy: bool,
    /// Slots held although they are too far away. Mostly none, and then without memory.
    pub(super) pinned: SlotSet,
    /// The blocks around it.
    #[serde(skip)]
    pub(super) known: KnownBlocks,
    pub(super) own: Option<OwnHead>,
    /// Bits of the slots of entering entities.
    pub(super) slot_bits: u32,
    /// The newest input as of the last update.
    input: NewestInput,
    pub(crate) window: Window,
    /// The next update states everything afresh.
    pub(crate) fresh: bool,
    has_begun: bool,
    /// The tick by which the client is to be told something, where news waits.
    pub(super) due: Tick,
    /// Cause of that.
    #[serde(skip)]
    pub(super) due_for: UpdateCause,
    /// Slots of entities that are seen but had to wait, ascending, and for how many updates. Without memory
    /// when none do.
    pub(super) waiting: Vec<(u32, u32)>,
    pub(super) entering_budget: EnteringBudget,
    pub(crate) events: VecDeque<EventBytes>,
}

/// The published world, from which all clients' updates are made.
pub(crate) struct Scene<'a, G: Game> {
    pub(crate) tick: Tick,
    pub(crate) terms: &'a Terms<G::Rules>,
    pub(crate) cadence: Cadence,
    pub(crate) game: &'a G,
    pub(crate) published: &'a Published<G>,
}

/// Parts of an update that are not state.
pub(crate) struct Extras<'a> {
    pub(crate) client: ClientId,
    pub(crate) viewpoint: Viewpoint,
    pub(crate) input: NewestInput,
    pub(crate) words: &'a [Vec<u8>],
    pub(crate) window_bounds: &'a WindowBounds,
    /// Distance within which entities enter.
    pub(crate) entering_radius: f32,
}

impl View {
    pub(crate) const fn new(start: Tick) -> Self {
        Self {
            visible: SlotSet::new(),
            held: 0,
            is_busy: false,
            pinned: SlotSet::new(),
            known: KnownBlocks::new(),
            own: None,
            slot_bits: 0,
            input: NewestInput::NONE,
            window: Window::new(start),
            fresh: true,
            has_begun: false,
            due: Tick(u32::MAX),
            due_for: UpdateCause::Always,
            waiting: Vec::new(),
            entering_budget: EnteringBudget::LEAST,
            events: VecDeque::new(),
        }
    }

    pub(super) fn own_slot(&self) -> Option<u32> {
        self.own.map(|own| own.slot)
    }

    /// Number of entities that the client holds.
    pub(crate) fn visible(&self) -> u32 {
        self.visible.count()
    }

    /// Whether it was told anything yet: the first update goes with the welcome.
    pub(crate) const fn has_begun(&self) -> bool {
        self.has_begun
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
        let span = self.span_to_tell(scene);
        let fresh = span.is_none() || self.fresh;
        let own = extras.viewpoint.own.filter(|own| scene.published.has(*own));
        let own = own.map(|own| OwnHead { slot: own.slot, is_centre: extras.viewpoint.centre.is_none() });
        let slot_bits = width((scene.published.slots() as u32).saturating_sub(1));
        let phase = own.map_or(0, |own| own.slot);
        let mut head = UpdateHead {
            tick: scene.tick,
            span,
            is_silent: false,
            fresh,
            input: extras.input,
            own: (fresh || own != self.own).then_some(own),
            slot_bits: (fresh || slot_bits != self.slot_bits).then_some(slot_bits),
            hash: self.is_hash_due(scene.tick, phase),
            events: !self.events.is_empty(),
            reports: !extras.words.is_empty(),
        };
        let base = HeadBase::new(self.window.sent, self.input, scene.cadence);
        (self.own, self.slot_bits, self.input) = (own, slot_bits, extras.input);
        head.is_silent = head.is_plain() && self.was_silent(scene);

        scratch.out.clear();
        head.write(&base, &mut scratch.out);
        scratch.tally.add(Part::HEAD, scratch.out.bits());
        if head.is_silent {
            self.pass_silence(scene);
        } else {
            self.write_news(scene, span.unwrap_or(0), scratch);
        }
        if fresh {
            self.forget();
            stats.fresh_states += 1;
        }
        let has_centre = self.look(scene, extras, scratch);
        self.write_membership(scene, has_centre, extras.window_bounds, scratch, stats);
        let out = &mut scratch.out;
        if head.hash {
            out.write(scene.published.hash(&self.visible), 32);
            scratch.tally.add(Part::HASH, 32);
        }
        let state_bits = out.bits();
        if head.events {
            write_blocks(self.events.drain(..), out);
            self.events.shrink_to(EVENTS_KEPT);
        }
        if head.reports {
            write_blocks(extras.words.iter(), out);
        }
        scratch.tally.add(Part::BLOCKS, out.bits() - state_bits);
        (self.due, self.due_for) = match scene.cadence.patience {
            0 => (Tick(u32::MAX), UpdateCause::Always),
            // What had to wait for room does so no longer than it must.
            _ if !self.waiting.is_empty() => (scene.tick.next(), UpdateCause::Crowd),
            // Those who were let in at once are not all told at once.
            most if fresh => (scene.tick.plus(1 + phase % most), UpdateCause::Fresh),
            _ => (Tick(u32::MAX), UpdateCause::Always),
        };
        (self.fresh, self.has_begun) = (false, true);
        self.window.sent = scene.tick;
        stats.updates += 1;
        stats.visible_sum += u64::from(self.held);
    }

    /// Whether a tick since the last update is one in which a hash is due, which are not the same for everyone.
    fn is_hash_due(&self, tick: Tick, phase: u32) -> bool {
        let turn = |tick: Tick| tick.0.wrapping_add(phase) / HASH_EVERY_TICKS;
        turn(tick) != turn(self.window.sent)
    }

    /// Number of ticks of news that the update tells; `None` if the last one was too long ago for that, or
    /// they were too much.
    fn span_to_tell<G: Game>(&self, scene: &Scene<'_, G>) -> Option<u32> {
        let span = scene.tick.since(self.window.sent);
        if span == 0 {
            return Some(span);
        }
        if span > UPDATE_TICKS_MAX || scene.published.news(self.window.sent.next()).is_none() {
            return None;
        }
        if span > scene.cadence.longest_silence {
            let ticks = (self.window.sent.0 + 1..=scene.tick.0).filter_map(|tick| scene.published.news(Tick(tick)));
            let bits: usize = ticks.map(|news| news.bits_of(&self.visible)).sum();
            return (bits / 8 <= CATCH_UP_BYTES_MAX).then_some(span);
        }
        Some(span)
    }

    /// Whether the longest silence is over just now, and none of its ticks has news of what is held.
    fn was_silent<G: Game>(&self, scene: &Scene<'_, G>) -> bool {
        let (patience, tick) = (scene.cadence.patience, scene.tick.0);
        let news = |tick| scene.published.news(Tick(tick));
        patience > 0
            && scene.tick.since(self.window.sent) == patience
            && (tick - patience + 1..=tick)
                .filter_map(news)
                .all(|news| !self.visible.has_common(|index| news.changed(index)))
    }

    /// Takes those away that came to the end that was foreseen for them.
    fn pass_silence<G: Game>(&mut self, scene: &Scene<'_, G>) {
        self.is_busy = false;
        for tick in self.window.sent.0 + 1..=scene.tick.0 {
            if let Some(news) = scene.published.news(Tick(tick)) {
                self.take_gone(&news.gone, scene.published.grid());
            }
        }
    }

    fn take_gone(&mut self, gone: &SlotSet, grid: &Grid) {
        if !gone.is_empty() {
            self.known.note(grid, gone.slots().filter(|slot| self.visible.contains(*slot)));
            self.visible.remove_all(gone);
            // Another tenant of the slot is not pinned because this one was.
            self.pinned.remove_all(gone);
            self.held = self.visible.count();
        }
    }

    /// Counts what is held, which is not taken from what was saved.
    pub(super) fn count_held(&mut self) {
        self.held = self.visible.count();
    }

    /// Writes the news of the last `span` ticks, of what the client holds.
    fn write_news<G: Game>(&mut self, scene: &Scene<'_, G>, span: u32, scratch: &mut Scratch) {
        let Scratch { out, tally, ranks, .. } = scratch;
        for tick in scene.tick.0 - span + 1..=scene.tick.0 {
            let news = scene.published.news(Tick(tick)).expect("the news of a span that is told should be kept");
            self.visible.rank_common(|index| news.changed(index), ranks);
            let (from, mut copied) = (out.bits(), 0);
            let mut copy = |slot, out: &mut BitWriter| copied += news.copy(slot, out, tally);
            if self.is_busy {
                write_other_ranks(ranks, self.held, out);
                ranks.iter().for_each(|&(_, slot)| copy(slot, out));
            } else {
                write_ranks(ranks, self.held, out, copy);
            }
            self.is_busy = are_most(ranks.len() as u32, self.held);
            tally.add(Part::WHO_HAS_NEWS, out.bits() - from - copied);
            self.take_gone(&news.gone, scene.published.grid());
        }
    }

    /// Forgets everything held: it is to be stated afresh.
    fn forget(&mut self) {
        self.visible.clear();
        self.known.clear();
        self.held = 0;
        self.is_busy = false;
        self.pinned.release();
    }

    /// Finds out who is near, and whom the game hides or shows besides, into `scratch`. Whether there is a point from
    /// which the client looks. Found by its name where instructions are counted.
    #[inline(never)]
    pub(super) fn look<G: Game>(&mut self, scene: &Scene<'_, G>, extras: &Extras<'_>, scratch: &mut Scratch) -> bool {
        let (published, terms) = (scene.published, scene.terms);
        let Scratch { nearby, hidden, shown, unseen, .. } = scratch;
        hidden.clear();
        shown.clear();
        let own = extras.viewpoint.own.filter(|own| published.has(*own));
        let centre = extras.viewpoint.centre.or_else(|| own.and_then(|own| published.grid().place(own.slot)));
        let (entering, keep) = (extras.entering_radius, terms.keep_radius());
        let (held, count, slots) = (&self.visible, self.held, published.slots());
        let viewer = Lookout { centre, enter: entering, keep, held, count, slots };
        nearby.look(published.grid(), &viewer, &mut self.known);
        let by_distance = ByDistance { published, nearby, held: &self.visible, centre, entering };
        scene.game.adjust_sight(extras.client, &mut Sight { by_distance: &by_distance, hidden, shown, slots: unseen });
        if let Some(own) = own {
            hidden.remove(own.slot);
            // Whoever looks from where it is has it in sight.
            let is_centre = extras.viewpoint.centre.is_none() && centre.is_some();
            if !is_centre && !by_distance.sees(own.slot) {
                shown.insert(own.slot);
            }
        }
        centre.is_some()
    }
}

/// The entities that a client sees by distance: those near, those held and not too far away, and those that
/// everyone sees.
struct ByDistance<'a, G: Game> {
    published: &'a Published<G>,
    nearby: &'a Nearby,
    held: &'a SlotSet,
    centre: Option<Place>,
    /// Distance within which entities enter.
    entering: f32,
}

impl<G: Game> InSight for ByDistance<'_, G> {
    fn id(&self, slot: u32) -> Option<EntityId> {
        Some(self.published.entity(slot)?.id)
    }

    fn sees(&self, slot: u32) -> bool {
        let is_near =
            |(place, centre): (Place, Place)| place.0.distance_squared(centre.0) <= self.entering * self.entering;
        self.published.grid().place(slot).zip(self.centre).is_some_and(is_near)
            || (self.held.contains(slot) && !self.nearby.too_far().contains(slot))
            || self.published.everywhere().contains(slot)
    }

    fn list(&self, slots: &mut Vec<u32>) {
        let mut too_far = self.nearby.too_far().cursor();
        for word in self.held.words() {
            slots.extend(bits(word.bits & !too_far.word(word.index)).map(|bit| word.index * 64 + bit));
        }
        slots.extend(self.nearby.newcomers());
        slots.extend(self.published.everywhere().slots());
    }
}
