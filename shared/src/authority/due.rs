//! Deadlines: by when a client is to be told of what a tick brought.
//!
//! News of what is near is due at once, that of what is far a few ticks later; when something is due, one update tells
//! all that came meanwhile, and as long as nothing is, nothing is written. When a message comes tells something too, so
//! a deadline follows from what the client holds, from what it is about to be told of, and from nothing else.

use glam::Vec3;

use super::deadlines::{Deadlines, Whereabouts};
use super::room::Room;
use super::scratch::Scratch;
use super::seat::{Seat, SeatStanding};
use super::tick_news::TickNews;
use super::update_cause::UpdateCause;
use super::view::{Extras, Scene, View};
use crate::game::{Game, Viewpoint};
use crate::id::ClientId;
use crate::link::WindowBounds;
use crate::message::{NewestInput, OwnHead};
use crate::tick::Tick;

impl<G: Game> Room<G> {
    /// Works out by when each client is to be told of this tick. Found by its name where instructions are counted.
    #[inline(never)]
    pub(super) fn set_deadlines(&mut self) {
        if self.deadlines.most() == 0 {
            return;
        }
        self.published.list_arrivals(&mut self.arrivals);
        let scene = Scene {
            tick: self.tick,
            terms: &self.ground.terms,
            cadence: self.cadence,
            game: &self.game,
            published: &self.published,
        };
        let watch = Watch {
            scene: &scene,
            news: self.published.news(self.tick).filter(|news| news.count() > 0),
            deadlines: &self.deadlines,
            arrivals: &self.arrivals,
            bounds: &self.window_bounds,
            entering_radius: self.service_level.entering_radius(&self.ground.terms),
        };
        let waits =
            |seat: &Seat<G>| seat.standing == SeatStanding::Playing && seat.link.plays() && seat.view.has_begun();
        for (client, seat) in self.seats.iter_mut() {
            if seat.view.due <= self.tick || !waits(seat) {
                continue;
            }
            if seat.hurries {
                seat.view.be_told_by(self.tick, UpdateCause::Always);
                continue;
            }
            let viewpoint = self.viewpoints.get(client).copied().unwrap_or_default();
            seat.view.note_tick(&watch, client, viewpoint, &mut self.scratch);
        }
    }
}

/// A tick as it is looked at for each client.
struct Watch<'a, G: Game> {
    scene: &'a Scene<'a, G>,
    /// The news of the tick, if there is any.
    news: Option<&'a TickNews>,
    deadlines: &'a Deadlines,
    arrivals: &'a [Whereabouts],
    bounds: &'a WindowBounds,
    /// Distance within which entities enter.
    entering_radius: f32,
}

impl View {
    /// The client is told something by `tick`, for this.
    pub(super) fn be_told_by(&mut self, tick: Tick, cause: UpdateCause) {
        if tick < self.due {
            (self.due, self.due_for) = (tick, cause);
        }
    }

    /// The cause of an update at `tick`, where news may wait for `most` ticks; `has_words` says whether the server has
    /// something to say beside the game.
    pub(super) fn cause(&self, tick: Tick, most: u32, has_words: bool) -> UpdateCause {
        if most == 0 {
            UpdateCause::Always
        } else if self.fresh {
            UpdateCause::Fresh
        } else if tick >= self.due {
            self.due_for
        } else if has_words {
            UpdateCause::Word
        } else {
            UpdateCause::Silence
        }
    }

    /// Whether the client is to be told something at `tick`, where news may wait for `most` ticks.
    pub(super) fn is_due(&self, tick: Tick, most: u32) -> bool {
        self.fresh || tick >= self.due || tick.since(self.window.sent) >= most
    }

    /// Takes up by when this tick is to be told: its news of what is held, and what came near.
    fn note_tick<G: Game>(
        &mut self,
        watch: &Watch<'_, G>,
        client: ClientId,
        viewpoint: Viewpoint,
        scratch: &mut Scratch,
    ) {
        let Scene { tick, published, .. } = *watch.scene;
        let own = viewpoint.own.filter(|own| published.has(*own));
        let own_head = own.map(|own| OwnHead { slot: own.slot, is_centre: viewpoint.centre.is_none() });
        if own_head != self.own {
            return self.be_told_by(tick, UpdateCause::Own);
        }
        let place = || published.grid().place(own?.slot);
        let Some(centre) = viewpoint.centre.or_else(place) else {
            // Nothing is far from nowhere.
            return self.be_told_by(tick, UpdateCause::Nowhere);
        };
        if let Some(news) = watch.news {
            self.note_news(watch, news, own.map(|own| own.slot), centre.0);
        }
        if !watch.arrivals.is_empty() {
            let Watch { bounds, entering_radius, .. } = *watch;
            // Whoever looks around says nothing.
            let (input, words) = (NewestInput::NONE, &[][..]);
            let extras = Extras { client, viewpoint, input, words, window_bounds: bounds, entering_radius };
            self.note_arrivals(watch, &extras, centre.0, scratch);
        }
    }

    fn note_news<G: Game>(&mut self, watch: &Watch<'_, G>, news: &TickNews, own: Option<u32>, centre: Vec3) {
        let Scene { tick, published, .. } = *watch.scene;
        for word in self.visible.words() {
            let mut common = word.bits & news.changed(word.index);
            // In most words there is none.
            while common != 0 {
                let slot = word.index * 64 + common.trailing_zeros();
                common &= common - 1;
                let it = if news.has_gone(slot) { news.end_of(slot) } else { published.whereabouts(slot) };
                let it = it.filter(|_| Some(slot) != own);
                let due = tick.plus(it.map_or(0, |it| watch.deadlines.of_one(&it, centre)));
                if due < self.due {
                    self.due = due;
                    self.due_for = match it {
                        Some(it) => watch.deadlines.cause(&it, centre),
                        None if Some(slot) == own => UpdateCause::Own,
                        None => UpdateCause::Nowhere,
                    };
                }
                if self.due <= tick {
                    return;
                }
            }
        }
    }

    /// Whoever came near unseen by the game's will tells nothing, not even by when the next message comes.
    fn note_arrivals<G: Game>(
        &mut self,
        watch: &Watch<'_, G>,
        extras: &Extras<'_>,
        centre: Vec3,
        scratch: &mut Scratch,
    ) {
        let tick = watch.scene.tick;
        let mut has_looked = false;
        for arrival in watch.arrivals {
            let is_far = |place: Vec3| place.distance_squared(centre) > extras.entering_radius * extras.entering_radius;
            if arrival.place.is_some_and(is_far) {
                continue;
            }
            let due = tick.plus(watch.deadlines.of_one(arrival, centre));
            if due >= self.due {
                continue;
            }
            if !core::mem::replace(&mut has_looked, true) {
                self.look(watch.scene, extras, scratch);
            }
            let is_near =
                |place: Vec3| place.distance_squared(centre) <= extras.entering_radius * extras.entering_radius;
            let is_seen = arrival.place.is_none_or(is_near);
            if is_seen && !scratch.hidden.contains(arrival.slot) || scratch.shown.contains(arrival.slot) {
                self.be_told_by(due, UpdateCause::Newcomer);
            }
        }
    }
}
