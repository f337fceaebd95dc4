//! A track, which is an entity's way through the pictures: a cursor that walks from stated row to stated row,
//! and foresees in between.
//!
//! An entity shown at the player's present has its cursor ahead of everything stated: what is stated then is
//! *late*, and moves the cursor, which is a correction. One shown in the past meets what is stated in time,
//! and has nothing to correct.

use alloc::collections::VecDeque;

use super::beside::Beside;
use super::held_rows::{HeldKey, HeldRow};
use super::predict::{Predicted, RowMotion};
use super::smooth::{Displacement, Smoothing};
use super::staging::Staging;
use crate::game::{Fate, Game};
use crate::id::EntityId;
use crate::state::{Display, KindLayout, Row, UsualPulls};
use crate::tick::Tick;

/// A row as it was stated.
#[derive(Clone, Debug)]
pub(super) struct Stated {
    tick: Tick,
    row: Row,
    /// No motion led there from the tick before.
    leapt: bool,
}

/// Rows as they were stated, by tick.
pub(super) type StatedRows = VecDeque<Stated>;

pub(super) struct Track {
    pub(super) id: EntityId,
    pub(super) kind: usize,
    /// Its row, while it is held.
    pub(super) held: Option<HeldKey>,
    /// Its place among what is shown.
    pub(super) shown_at: Option<u32>,
    /// Set while it is what it was in the last picture: its cursor goes with those of all that rest.
    rests: bool,
    /// The tick until which the entity was there.
    pub(super) gone: Option<Tick>,
    /// Whether it is shown in the past, as of the last picture.
    pub(super) display: Display,
    keys: StatedRows,
    lost: bool,
    /// The cursor.
    tick: Tick,
    pub(super) row: Row,
    ended: bool,
    /// A tick after the cursor.
    after: Row,
    /// Whether that was looked for in the last picture, with nothing stated beyond the cursor.
    has_foreseen: bool,
    was_shown: bool,
    /// Whether it was predicted by the player's inputs in the last picture.
    was_predicted: bool,
    /// Something since the last picture was no motion.
    leapt: bool,
    /// No picture was made since it came into view.
    pub(super) is_new: bool,
    /// The tick of the input that brought the entity, if it was shown before the server told of it.
    pub(super) foretold: Option<Tick>,
    beside: Beside,
    usual_pulls: UsualPulls,
}

impl Track {
    pub(super) fn new(row: HeldKey, held: &HeldRow, tick: Tick, display: Display, keys: StatedRows) -> Self {
        Self {
            id: held.id,
            kind: held.kind,
            held: Some(row),
            shown_at: None,
            rests: false,
            gone: None,
            display,
            keys,
            lost: false,
            tick,
            row: held.row,
            ended: false,
            after: held.row,
            has_foreseen: false,
            was_shown: false,
            was_predicted: false,
            leapt: false,
            is_new: true,
            foretold: None,
            beside: Beside::new(tick),
            usual_pulls: UsualPulls::default(),
        }
    }

    /// Hands back its memory, for another.
    pub(super) fn into_keys(mut self) -> StatedRows {
        self.keys.clear();
        self.keys
    }

    /// Its row at `tick` is stated; `most` may wait for a picture.
    pub(super) fn state(&mut self, tick: Tick, held: &HeldRow, most: usize) {
        if self.keys.len() >= most {
            self.lost = true;
        }
        if self.lost {
            self.keys.clear();
        } else {
            self.keys.push_back(Stated { tick, row: held.row, leapt: held.leapt });
        }
    }

    /// Recognises an entity that has just come into view as one that was foretold in the last picture, by
    /// tick, kind and row.
    pub(super) fn recognise<G: Game>(&mut self, motion: &RowMotion<'_, G>, foretold: &[(Tick, usize, Row)]) {
        if !core::mem::take(&mut self.is_new) {
            return;
        }
        let is_this = |&&(from, kind, mut row): &&(Tick, usize, Row)| {
            kind == self.kind
                && from <= self.tick
                && (from.0..self.tick.0).all(|tick| motion.step(kind, &mut row, Tick(tick + 1)) == Fate::Continues)
                && row == self.row
        };
        self.foretold = foretold.iter().find(is_this).map(|(tick, ..)| *tick);
    }

    /// Lets it rest if the next picture would show the same, and so on until something happens. `cursor` is that of all
    /// that rest.
    pub(super) fn rest(&mut self, held: &HeldRow, cursor: Tick) -> bool {
        let has_settled = self.was_shown && self.keys.is_empty() && !(self.lost || self.ended || self.was_predicted);
        let is_in_place = self.beside.rests() && self.after == self.row;
        self.rests = has_settled && is_in_place && held.rests && held.row == self.row && self.tick == cursor;
        self.rests
    }

    /// Something happens to it. False if it did not rest.
    pub(super) fn wake(&mut self, cursor: Tick) -> bool {
        if self.rests {
            self.tick = cursor;
        }
        core::mem::take(&mut self.rests)
    }

    /// Takes it to `target`; `held` is its newest row, if it is held. False if there is nothing to show. How
    /// far it had been off, in metres, goes to `correct`, and whether that is shown at once.
    pub(super) fn go<G: Game>(
        &mut self,
        motion: &RowMotion<'_, G>,
        mut predicted: Option<&mut Predicted>,
        (display, target): (Display, Tick),
        held: Option<&Row>,
        staging: &Staging<'_>,
        correct: impl FnOnce(f32, bool),
    ) -> bool {
        let (smoothing, layout) = (staging.smoothing, motion.layout.kind(self.kind));
        let passed = self.beside.pass(self.kind, target, self.goes_on(staging), staging);
        // The inputs that it was predicted by are another's now, or another's were.
        let handed_over = core::mem::replace(&mut self.was_predicted, predicted.is_some()) != predicted.is_some();
        let switched = display != self.display || handed_over;
        let (shown_before, shown_at) = (switched.then(|| self.shown_row(smoothing, layout)), self.tick);
        self.display = display;
        self.leapt = false;
        let is_ahead = display == Display::Advance;
        let is_off = staging.starts_anew(self.tick, target, display) || (is_ahead && switched);
        if self.lost || is_off || (handed_over && self.was_shown) {
            let Some(held) = held else { return false };
            self.restart(held, staging.held_at, predicted.as_deref_mut());
        }
        if !self.was_shown && target < self.tick {
            return false;
        }
        // Within a tick nothing is foreseen anew.
        let is_foreseen = self.has_foreseen && self.tick == target && self.keys.is_empty() && predicted.is_none();
        if predicted.is_some() && self.was_shown && staging.smooths && !switched {
            self.change_mind(motion, target, staging);
        }
        let was = self.take_late(motion, predicted.as_deref_mut());
        if display == Display::Interpolate && staging.nearer > 0 && staging.smooths {
            self.advance(motion, Tick(target.0.saturating_sub(staging.nearer as u32)), shown_at, None);
            let was = self.row;
            self.advance(motion, target, shown_at, None);
            let error = smoothing.between(layout, self.kind, (&was, &was), (&self.row, &self.row), 0.0);
            self.beside.hide(smoothing, self.kind, &error);
        }
        self.advance(motion, target, shown_at, predicted);
        if self.ended {
            return false;
        }
        if let Some(before) = shown_before.filter(|_| self.was_shown && staging.smooths) {
            let error = smoothing.between(layout, self.kind, (&before, &before), (&self.row, &self.row), 0.0);
            self.beside.hide_alone(smoothing, self.kind, &error);
        }
        if !is_foreseen {
            self.after = self.row;
            if target >= self.tick {
                self.look_ahead(motion, smoothing);
            }
            self.has_foreseen = target >= self.tick && self.keys.is_empty();
        }
        let error = was.filter(|_| self.was_shown).map(|was| self.error(motion, was, staging));
        self.take_error(error, staging, correct);
        self.beside.relax(self.kind, &passed, self.goes_on(staging), staging);
        if self.leapt {
            self.snap();
        }
        self.was_shown = true;
        true
    }

    /// The player may want something else than in the last picture, for a tick that this was half-way
    /// through: what it would show by that is hidden until a tick later.
    fn change_mind<G: Game>(&mut self, motion: &RowMotion<'_, G>, target: Tick, staging: &Staging<'_>) {
        let mut wanted = self.row;
        let goes = motion.step(self.kind, &mut wanted, self.tick.next()) == Fate::Continues;
        if !goes || wanted == self.after || target < self.tick || motion.is_leap(self.kind, &self.row, &wanted) {
            return;
        }
        let layout = motion.layout.kind(self.kind);
        let share = if target == self.tick { staging.blend } else { 1.0 };
        let error = staging.smoothing.between(layout, self.kind, (&self.after, &self.after), (&wanted, &wanted), 0.0);
        self.beside.swing(staging.smoothing, self.kind, &error.scaled(share), staging.tick_seconds);
    }

    /// The way to what this picture would have shown had `was` not turned out to be wrong.
    fn error<G: Game>(
        &self,
        motion: &RowMotion<'_, G>,
        (from, was): (Tick, Row),
        staging: &Staging<'_>,
    ) -> Displacement {
        let mut before = was;
        // What would have ended goes on from where that was.
        let goes_on =
            (from.0..self.tick.0).all(|tick| motion.step(self.kind, &mut before, Tick(tick + 1)) == Fate::Continues);
        let mut after = before;
        if goes_on {
            motion.step(self.kind, &mut after, self.tick.next());
        }
        let layout = motion.layout.kind(self.kind);
        staging.smoothing.between(layout, self.kind, (&before, &after), (&self.row, &self.after), staging.blend)
    }

    /// Whether what lasts of its corrections is shown as motion.
    fn goes_on(&self, staging: &Staging<'_>) -> bool {
        self.display == Display::Advance && staging.smooths
    }

    /// Takes what the newest state corrects: hides it, and learns what of it lasts.
    fn take_error(&mut self, error: Option<Displacement>, staging: &Staging<'_>, correct: impl FnOnce(f32, bool)) {
        let (smoothing, kind) = (staging.smoothing, self.kind);
        let error = error.filter(|error| smoothing.metres(kind, error) > 0.0);
        // As far as it was expected, nobody sees it.
        let metres = self.beside.learn(kind, error.as_ref(), self.tick, self.goes_on(staging), staging);
        let Some(error) = error else { return };
        correct(metres, self.leapt || smoothing.is_teleport(metres));
        if staging.smooths {
            self.beside.hide(smoothing, kind, &error);
        }
    }

    fn restart(&mut self, held: &Row, held_at: Tick, predicted: Option<&mut Predicted>) {
        self.keys.clear();
        (self.lost, self.ended, self.has_foreseen) = (false, false, false);
        (self.tick, self.row, self.beside) = (held_at, *held, Beside::new(held_at));
        if let Some(predicted) = predicted {
            predicted.forget();
        }
    }

    /// Goes back to the newest of what was stated behind the cursor, and forward again. What the cursor was,
    /// if that is a change.
    fn take_late<G: Game>(
        &mut self,
        motion: &RowMotion<'_, G>,
        predicted: Option<&mut Predicted>,
    ) -> Option<(Tick, Row)> {
        let mut late = None;
        let mut leapt = false;
        while let Some(stated) = self.keys.pop_front_if(|stated| stated.tick <= self.tick) {
            leapt |= stated.leapt;
            late = Some(stated);
        }
        let stated = late?;
        let (tick, row, ended) = (self.tick, self.row, self.ended);
        (self.tick, self.row, self.ended) = (stated.tick, stated.row, false);
        // A hit is over when it is told: pictures need not go on by it, as the next state does until it is corrected.
        motion.layout.kind(self.kind).limit_pulls(&mut self.row, &mut self.usual_pulls);
        self.advance(motion, tick, tick, predicted);
        // A leap that was foretold has been shown.
        self.leapt |= leapt && row != self.row;
        (!ended && !self.ended && row != self.row).then_some((tick, row))
    }

    /// Moves the cursor on to `to`. Up to `shown_at` it was shown already, leaps and all.
    fn advance<G: Game>(
        &mut self,
        motion: &RowMotion<'_, G>,
        to: Tick,
        shown_at: Tick,
        mut predicted: Option<&mut Predicted>,
    ) {
        while self.tick < to {
            self.tick = self.tick.next();
            if let Some(stated) = self.keys.pop_front_if(|stated| stated.tick == self.tick) {
                (self.row, self.ended) = (stated.row, false);
                self.leapt |= stated.leapt;
            } else if !self.ended {
                let before = self.row;
                self.ended = motion.step(self.kind, &mut self.row, self.tick) == Fate::Ends;
                self.leapt |= self.tick > shown_at && motion.is_leap(self.kind, &before, &self.row);
            }
            if let Some(predicted) = predicted.as_deref_mut() {
                predicted.record(self.tick, &self.row);
            }
        }
    }

    /// Looks a tick ahead. What ends within this tick goes on to where it ends; what leaps is not drawn on
    /// its way.
    fn look_ahead<G: Game>(&mut self, motion: &RowMotion<'_, G>, smoothing: &Smoothing) {
        let next = self.tick.next();
        let mut after = self.row;
        let leaps = match self.keys.front() {
            Some(stated) if stated.tick == next => {
                after = stated.row;
                stated.leapt
            }
            _ => {
                motion.step(self.kind, &mut after, next);
                motion.is_leap(self.kind, &self.row, &after)
            }
        };
        if !leaps && !smoothing.is_teleport(smoothing.distance(motion.layout, self.kind, &after, &self.row)) {
            self.after = after;
        }
    }

    /// Whether it is shown beside its place.
    pub(super) fn is_beside(&self) -> bool {
        !self.beside.is_none()
    }

    /// Drops all offsets: the entity is shown where it is from now on.
    pub(super) fn snap(&mut self) {
        self.beside.snap();
    }

    /// The cursor's row as it is shown.
    pub(super) fn shown_row(&self, smoothing: &Smoothing, layout: &KindLayout) -> Row {
        self.beside(smoothing, layout, &self.row)
    }

    /// The row a tick later as it is shown.
    pub(super) fn shown_after(&self, smoothing: &Smoothing, layout: &KindLayout) -> Row {
        self.beside(smoothing, layout, &self.after)
    }

    fn beside(&self, smoothing: &Smoothing, layout: &KindLayout, row: &Row) -> Row {
        if self.beside.is_none() {
            return *row;
        }
        smoothing.beside(layout, self.kind, row, &self.beside.way(smoothing, self.kind))
    }
}
