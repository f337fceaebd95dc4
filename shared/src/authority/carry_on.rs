//! A tick of what is published already: each entity is foreseen, compared with the truth where the game handed it over,
//! and corrected where it is too far off.

use super::deadlines::Whereabouts;
use super::published::{Published, place};
use crate::game::{Fate, Game, Ground, HandOver, foresee_into};
use crate::state::{Care, Replicate, bits, shape_of};
use crate::tick::Tick;

/// Ticks without news after which the next is worth the bits of the truth to the step: whoever is foreseen for so long
/// is foreseen for long again, if it starts from the truth. In dense news a coarse correction is as good.
const QUIET_TICKS: u32 = 4;

/// An entity that was foreseen, and may have to be corrected.
struct Surprise {
    slot: u32,
    kind: usize,
    fate: Fate,
    relabelled: bool,
}

impl<G: Game> Published<G> {
    fn tick_before(&self) -> Tick {
        Tick(self.tick.0.saturating_sub(1))
    }

    /// An entity, of this slot and kind, that was there a tick ago and is as `truth` says.
    #[inline(always)]
    pub(super) fn carry_on(&mut self, ground: &Ground<G>, (slot, kind): (u32, usize), label: &[u8], how: HandOver) {
        let (layout, rows) = (self.layout.kind(kind), &self.kinds[kind]);
        let (shape, tenant) = (shape_of::<G::Entity>(layout), &self.tenants[slot as usize]);
        let (row, before) = (tenant.row, rows.get(tenant.row));
        let relabelled = shape.labelled && rows.label(row) != label;
        let keeps_controls = shape.has_same_controls(before, &self.truth.row);
        if tenant.rests && keeps_controls && !relabelled && shape.has_same_fields(before, &self.truth.row) {
            return;
        }
        if !keeps_controls {
            let fate = self.foresee_controlled(ground, (slot, kind));
            return self.correct(ground, Surprise { slot, kind, fate, relabelled }, label, how);
        }
        let fate = foresee_into::<G>(layout, ground, kind, before, &mut self.foreseen);
        if fate == Fate::Ends || relabelled || !shape.has_same_fields(&self.foreseen, &self.truth.row) {
            return self.correct(ground, Surprise { slot, kind, fate, relabelled }, label, how);
        }
        if shape.is_same(before, &self.foreseen) {
            return self.rest(slot);
        }
        self.note_former((slot, kind));
        self.kinds[kind].set(row, shape.columns_of(&self.foreseen));
        self.moved_to(slot, G::place(&G::Entity::read_row(kind, &self.foreseen)));
    }

    /// Foresees an entity with the controls that it has now.
    #[inline(never)]
    fn foresee_controlled(&mut self, ground: &Ground<G>, (slot, kind): (u32, usize)) -> Fate {
        let layout = self.layout.kind(kind);
        let mut controlled = *self.kinds[kind].get(self.tenants[slot as usize].row);
        shape_of::<G::Entity>(layout).copy_controls(&self.truth.row, &mut controlled);
        foresee_into::<G>(layout, ground, kind, &controlled, &mut self.foreseen)
    }

    /// Publishes an entity that is not just as it was foreseen.
    #[inline(never)]
    fn correct(&mut self, ground: &Ground<G>, foreseen: Surprise, label: &[u8], how: HandOver) {
        let Surprise { slot, kind, fate, relabelled } = foreseen;
        let before = self.tick_before();
        let tenant = &mut self.tenants[slot as usize];
        let (row, pace, is_quiet) = (tenant.row, tenant.pace_at(before), self.tick.since(tenant.told) > QUIET_TICKS);
        let (layout, before) = (self.layout.kind(kind), self.kinds[kind].get(row));
        let shape = shape_of::<G::Entity>(layout);
        if fate == Fate::Ends {
            // Everyone saw it end; the game says otherwise. So it is a new tenant, and says so to whom it matters.
            layout.clear_pulls(&mut self.truth.row);
            self.note_former((slot, kind));
            self.kinds[kind].set(row, shape.columns_of(&self.truth.row));
            self.kinds[kind].set_label(row, label);
            self.end_unforeseen(slot, kind);
            self.arrived.push(slot);
            return self.moved((slot, kind));
        }
        let care = match how {
            HandOver::Exact => Care::Exact,
            _ if is_quiet => Care::Careful,
            _ => Care::Tolerant,
        };
        let news = layout.take_news(before, &mut self.foreseen, &self.truth, care, ground.terms.tick_hz);
        if news.fields().is_empty() && !relabelled && shape.is_same(before, &self.foreseen) {
            return self.rest(slot);
        }
        if !news.fields().is_empty() || relabelled {
            (tenant.told, tenant.pace) = (self.tick, layout.pace_after(&news));
            if let Some(lessons) = &mut self.lessons {
                layout.learn(&mut lessons[kind], &news, relabelled, pace, &self.foreseen);
            }
            let place = place(&self.ring, self.tick);
            self.ring[place].write_change(layout, slot, &news, relabelled.then_some(label), pace);
        }
        self.note_former((slot, kind));
        self.kinds[kind].set(row, shape.columns_of(&self.foreseen));
        self.kinds[kind].set_label(row, label);
        let from = self.grid.place(slot);
        self.moved((slot, kind));
        self.note_leap(slot, from);
    }

    /// Takes on as foreseen whatever moves and was not handed over.
    pub(super) fn carry_on_moving(&mut self, ground: &Ground<G>) {
        for index in 0..self.moving.words().len() {
            for bit in bits(self.moving.word(index)) {
                let slot = index as u32 * 64 + bit;
                if self.tenants[slot as usize].stamp != self.tick {
                    self.carry_on_foreseen(ground, slot);
                }
            }
        }
    }

    fn carry_on_foreseen(&mut self, ground: &Ground<G>, slot: u32) {
        let tenant = self.tenants[slot as usize];
        let (kind, rows) = (usize::from(tenant.kind), &self.kinds[usize::from(tenant.kind)]);
        let (layout, before) = (self.layout.kind(kind), rows.get(tenant.row));
        let shape = shape_of::<G::Entity>(layout);
        if foresee_into::<G>(layout, ground, kind, before, &mut self.foreseen) == Fate::Ends {
            self.current().gone.insert(slot);
            self.clear(slot);
        } else if shape.is_same(before, &self.foreseen) {
            self.rest(slot);
        } else {
            self.note_former((slot, kind));
            self.kinds[kind].set(tenant.row, shape.columns_of(&self.foreseen));
            self.moved_to(slot, G::place(&G::Entity::read_row(kind, &self.foreseen)));
        }
    }

    /// The tenant of a slot is gone: silently if everyone foresees it.
    pub(super) fn retire(&mut self, ground: &Ground<G>, slot: u32) {
        let tenant = self.tenants[slot as usize];
        let (kind, row) = (usize::from(tenant.kind), self.kinds[usize::from(tenant.kind)].get(tenant.row));
        let layout = self.layout.kind(kind);
        if !tenant.rests && foresee_into::<G>(layout, ground, kind, row, &mut self.foreseen) == Fate::Ends {
            self.current().gone.insert(slot);
        } else {
            self.end_unforeseen(slot, kind);
        }
        self.clear(slot);
    }

    fn end_unforeseen(&mut self, slot: u32, kind: usize) {
        let place = place(&self.ring, self.tick);
        let pace = self.tenants[slot as usize].pace_at(self.tick_before());
        if let Some(lessons) = &mut self.lessons {
            self.layout.kind(kind).learn_gone(&mut lessons[kind], pace);
        }
        let was = Whereabouts { slot, kind, place: self.grid.place(slot).map(|place| place.0) };
        self.ring[place].write_gone(self.layout.kind(kind), was, pace);
    }
}
