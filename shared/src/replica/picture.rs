//! Makes frames: where everything is at one moment, from what is held of it.
//!
//! An entity without news since the last picture is only moved on by the ticks that passed: foresight gives
//! the same row again, so nothing is worked out twice, however long the round trip.

use alloc::vec::Vec;

use glam::Vec3;

use super::frame::{Correction, Frame, Ghosts, Shown, Spawned};
use super::held_rows::HeldKey;
use super::obstacles::ForeseenObstacles;
use super::predict::{Outbox, OwnMotion, Predicted, RowMotion};
use super::rebuild::HeldWorld;
use super::settings::PictureSettings;
use super::smooth::Smoothing;
use super::staging::Staging;
use super::tracks::{TrackKey, Tracks};
use crate::game::{Fate, Game, Ground};
use crate::id::EntityId;
use crate::state::{Display, Replicate, Row};
use crate::tick::{Micros, Tick};

/// No state for so long is a stall: it says nothing of the usual delay.
const STALL: Micros = Micros::from_millis(100);
/// Time for which late states count as the end of a stall: what was held back comes late as well. A stall is
/// over when the newest state is as new as before it. If it is not by then, the delay has changed.
const STALL_AFTERMATH: Micros = Micros::from_millis(1000);
/// The delay of what is shown in the past covers the worst of this time, once or twice over.
const DELAY_MEMORY: Micros = Micros::from_millis(2000);
/// Seconds between two pictures beyond which it makes no difference.
const PAUSE_SECONDS: f64 = 0.25;

/// Corrections: entities that were not where they were shown, how often and how far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Corrections {
    /// Number of corrections small enough to be smoothed.
    pub count: u64,
    /// Number of larger ones, and of leaps: a return after death, a portal.
    pub teleports: u64,
    /// Metres, all of them together.
    pub metres: f64,
    /// Metres, the last.
    pub last: f32,
    /// Metres, the largest.
    pub largest: f32,
}

impl Corrections {
    fn add(&mut self, metres: f32, is_teleport: bool) {
        if is_teleport {
            self.teleports += 1;
            return;
        }
        self.count += 1;
        self.metres += f64::from(metres);
        self.last = metres;
        self.largest = self.largest.max(metres);
    }
}

/// Counts made while making pictures.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PictureCounts {
    pub(super) own: Corrections,
    pub(super) others: Corrections,
    pub(super) predicted: u64,
    pub(super) mispredicted: u64,
}

/// Delay of entities shown in the past, in ticks behind the present: as long as nearly every state takes to
/// come.
struct Delay {
    ticks: u32,
    worst: [u32; 2],
    since: Micros,
    /// The last moment of a stall that is not over.
    stalled: Option<Micros>,
}

impl Delay {
    const fn new() -> Self {
        Self { ticks: 0, worst: [0; 2], since: Micros(0), stalled: None }
    }

    /// At `now` a state is needed that is `needed` ticks newer than the newest held, which came `age` ago; the past is
    /// `most` ticks behind at most. By how much it comes nearer.
    fn follow(&mut self, now: Micros, needed: u32, age: Micros, most: u32) -> i64 {
        if age > STALL {
            self.stalled = Some(now);
        } else if needed <= self.ticks || self.stalled.is_some_and(|stalled| now.since(stalled) > STALL_AFTERMATH) {
            self.stalled = None;
        }
        if self.stalled.is_some() {
            // What was usual before it is remembered for as long as it lasts.
            self.since = now;
            return 0;
        }
        if now.since(self.since) >= DELAY_MEMORY {
            self.since = now;
            self.worst = [0, self.worst[0]];
        }
        self.worst[0] = self.worst[0].max(needed.min(most));
        let before = self.ticks;
        self.ticks = self.worst[0].max(self.worst[1]);
        i64::from(before) - i64::from(self.ticks)
    }
}

pub(super) struct Picture<G: Game> {
    tracks: Tracks<G::Entity>,
    /// The settings of the last picture.
    settings: Option<PictureSettings>,
    smoothing: Option<Smoothing>,
    pub(super) outbox: Outbox<G::Input>,
    predicted: Predicted,
    /// The entity that they are rows of.
    predicted_of: Option<EntityId>,
    obstacles: ForeseenObstacles,
    delay: Delay,
    /// Pictures are made at all; a replica that nobody looks at need not follow.
    is_used: bool,
    drawn_at: Micros,
    present: f64,
    /// Indices of what did not rest in the last picture.
    renewed: Vec<u32>,
    spawned: Vec<Spawned<G::Entity>>,
    /// The same as they came into the world: tick, kind and row. Of the last picture, until the next one is made.
    foretold: Vec<(Tick, usize, Row)>,
    corrections: Vec<Correction>,
    pub(super) counts: PictureCounts,
}

/// The moment of a picture, and what it is made from.
pub(super) struct PictureMoment<'a, G: Game> {
    pub(super) ground: &'a Ground<G>,
    pub(super) settings: &'a PictureSettings,
    pub(super) now: Micros,
    /// The player's present, in ticks.
    pub(super) present: f64,
    /// Time since the newest state came.
    pub(super) age: Micros,
    /// Time for which no state comes where all goes on as foreseen.
    pub(super) silence: Micros,
    /// The length of a tick.
    pub(super) tick_seconds: f32,
}

impl<G: Game> PictureMoment<'_, G> {
    /// Ticks since the newest state that nothing was said of, as agreed: they are as foreseen, so far as is known.
    fn unsaid(&self) -> u32 {
        (self.age.as_seconds().min(self.silence.as_seconds()) as f32 / self.tick_seconds) as u32
    }
}

impl<G: Game> Picture<G> {
    pub(super) fn new() -> Self {
        Self {
            tracks: Tracks::new(),
            settings: None,
            smoothing: None,
            outbox: Outbox::new(),
            predicted: Predicted::new(),
            predicted_of: None,
            obstacles: ForeseenObstacles::default(),
            delay: Delay::new(),
            is_used: false,
            drawn_at: Micros(0),
            present: 0.0,
            renewed: Vec::new(),
            spawned: Vec::new(),
            foretold: Vec::new(),
            corrections: Vec::new(),
            counts: PictureCounts::default(),
        }
    }

    /// Ticks by which entities shown in the past are behind the present.
    pub(super) fn behind(&self) -> u32 {
        self.delay.ticks
    }

    /// The rows of `tick` are there.
    pub(super) fn follow(&mut self, mirror: &HeldWorld<G>, settings: &PictureSettings, tick: Tick) {
        if self.is_used {
            self.follow_rows(mirror, settings, tick, mirror.changed.iter().copied());
        }
    }

    /// The rows of `tick` are there, of which `changed` are others than before.
    fn follow_rows(
        &mut self,
        mirror: &HeldWorld<G>,
        settings: &PictureSettings,
        tick: Tick,
        changed: impl Iterator<Item = HeldKey>,
    ) {
        let others_changed = self.obstacles.follow(mirror, tick);
        if core::mem::replace(&mut self.predicted_of, mirror.own()) != mirror.own() {
            // What was predicted of one body says nothing of another.
            self.predicted.forget();
        }
        self.tracks.part(mirror, tick);
        if settings.prediction {
            self.follow_own(mirror, tick, others_changed);
        }
        for row in changed {
            let Some(held) = mirror.rows.get(row) else { continue };
            match self.tracks.of_row(row) {
                None => self.tracks.begin(row, held, tick, settings.display(G::Entity::KINDS, held.kind)),
                Some(_) if settings.prediction && mirror.is_own(held.id) => {}
                Some(track) => self.tracks.state(track, tick, held, mirror.reach.stated),
            }
        }
        self.tracks.forget_over(tick, mirror.reach.ahead);
    }

    /// Compares the own row with what was predicted. What was predicted for this tick was shown, so a difference is a
    /// mistake; else it is only new.
    fn follow_own(&mut self, mirror: &HeldWorld<G>, tick: Tick, others_changed: bool) {
        let Some(row) = mirror.own.and_then(|own| mirror.rows.find(own.slot)) else { return };
        let Some(track) = self.tracks.of_row(row) else { return };
        let held = &mirror.rows[row];
        let predicted = self.predicted.take(tick);
        let is_right = predicted == Some(&held.row);
        self.counts.predicted += u64::from(predicted.is_some());
        self.counts.mispredicted += u64::from(predicted.is_some() && !is_right);
        if !is_right || others_changed {
            self.tracks.state(track, tick, held, mirror.reach.stated);
        }
    }

    /// All entities at one moment.
    pub(super) fn frame<'a>(
        &'a mut self,
        mirror: &'a HeldWorld<G>,
        moment: Option<PictureMoment<'_, G>>,
    ) -> Frame<'a, G> {
        self.renewed.clear();
        self.spawned.clear();
        self.corrections.clear();
        let (mut tick, mut blend) = (mirror.tick, 0.0);
        if let Some(moment) = moment {
            if !core::mem::replace(&mut self.is_used, true) {
                self.follow_rows(mirror, moment.settings, mirror.tick, mirror.rows.iter().map(|(row, _)| row));
            }
            let present = self.settle(mirror, &moment);
            (tick, blend) = (Tick(present as u32), (present - f64::from(present as u32)) as f32);
            // A cursor may be a tick ahead of a picture, and looks a tick ahead of itself.
            self.obstacles.foresee::<G>(&mirror.layout, moment.ground, tick.plus(2));
            self.show(mirror, &moment, tick, blend);
            self.foretold.clear();
            if moment.settings.prediction {
                self.spawn(mirror, moment.ground, tick);
            }
        }
        let Self { tracks, renewed, spawned, corrections, .. } = self;
        Frame { tick, blend, shown: &tracks.shown, renewed, spawned, corrections, held: &mirror.rows }
    }

    /// The present that is shown: never before the newest state, never too far beyond it, and never a little backwards.
    fn settle(&mut self, mirror: &HeldWorld<G>, moment: &PictureMoment<'_, G>) -> f64 {
        let held = f64::from(mirror.tick.0);
        let mut present = moment.present;
        if (0.0..1.0).contains(&(self.present - present)) {
            present = self.present;
        }
        self.present = present.clamp(held, held + f64::from(mirror.reach.ahead));
        self.present
    }

    fn show(&mut self, mirror: &HeldWorld<G>, moment: &PictureMoment<'_, G>, tick: Tick, blend: f32) {
        let PictureMoment { ground, settings, now, age, .. } = *moment;
        let smoothing = self.smoothing.take().unwrap_or_else(|| Smoothing::new::<G>(ground.terms.interest_radius));
        // A state that was not sent has come too: it says that what is near is as foreseen.
        let needed = tick.next().since(mirror.tick.plus(moment.unsaid()));
        let staging = Staging {
            smoothing: &smoothing,
            smooths: settings.smoothing,
            seconds: now.since(self.drawn_at).as_seconds().min(PAUSE_SECONDS) as f32,
            nearer: self.delay.follow(now, needed, age.since(moment.silence), mirror.reach.behind),
            held_at: mirror.tick,
            ahead: mirror.reach.ahead,
            blend,
            tick_seconds: moment.tick_seconds,
        };
        self.drawn_at = now;
        let past = Tick(tick.0.saturating_sub(self.delay.ticks));
        self.wake_others_than_before(mirror, settings);
        self.tracks.go_on(tick, past, &staging);
        for at in 0..self.tracks.awake.len() {
            let (_, key) = self.tracks.awake[at];
            match self.show_track(key, mirror, ground, settings, (tick, past), &staging) {
                Some(shown) => self.tracks.show(key, shown),
                None => self.tracks.hide(key),
            }
        }
        self.tracks.settle(mirror, &mut self.renewed);
        self.smoothing = Some(smoothing);
    }

    /// Wakes the tracks for which this picture is made in another way than the last one.
    fn wake_others_than_before(&mut self, mirror: &HeldWorld<G>, settings: &PictureSettings) {
        if self.settings.replace(*settings) != Some(*settings) {
            self.tracks.wake_all();
        }
        let own = mirror.own.and_then(|own| self.tracks.of_row(mirror.rows.find(own.slot)?));
        if let Some(own) = own {
            self.tracks.wake(own);
        }
    }

    /// Takes a track to this picture, in the present or in the past; `None` if it is not shown.
    fn show_track(
        &mut self,
        key: TrackKey,
        mirror: &HeldWorld<G>,
        ground: &Ground<G>,
        settings: &PictureSettings,
        (present, past): (Tick, Tick),
        staging: &Staging<'_>,
    ) -> Option<Shown<G::Entity>> {
        let track = &mut self.tracks[key];
        let moved_by = |own| RowMotion::<G> { layout: &mirror.layout, ground, leaps: &mirror.leaps, own };
        track.recognise(&moved_by(None), &self.foretold);
        let is_own = track.gone.is_none() && mirror.is_own(track.id);
        let is_predicted = is_own && settings.prediction;
        let display = match (is_own, settings.prediction) {
            (true, true) => Display::Advance,
            (true, false) => Display::Interpolate,
            _ => settings.display(G::Entity::KINDS, track.kind),
        };
        let target = if display == Display::Advance { present } else { past };
        if track.gone.is_some_and(|gone| target >= gone) {
            return None;
        }
        let own = OwnMotion { id: track.id, inputs: &self.outbox, obstacles: &self.obstacles };
        let motion = moved_by(is_predicted.then_some(own));
        let predicted = is_predicted.then_some(&mut self.predicted);
        let held = track.held.or_else(|| mirror.rows.find(track.id.slot)).and_then(|row| mirror.rows.get(row));
        let held = held.filter(|held| held.id == track.id).map(|held| &held.row);
        let (id, kind, corrections, counts) = (track.id, track.kind, &mut self.corrections, &mut self.counts);
        let correct = |metres, is_teleport| {
            let kept = if is_own { &mut counts.own } else { &mut counts.others };
            kept.add(metres, is_teleport);
            corrections.push(Correction { id, own: is_own, metres, is_teleport });
        };
        if !track.go(&motion, predicted, (display, target), held, staging, correct) {
            return None;
        }
        let layout = mirror.layout.kind(kind);
        let entity = |row| G::Entity::read_row(kind, &row);
        let smoothing = staging.smoothing;
        let (mut before, mut offset) = (entity(track.shown_row(smoothing, layout)), Vec3::ZERO);
        if track.is_beside() {
            let place = |entity: &G::Entity| G::place(entity).map_or(Vec3::ZERO, |place| place.0);
            let believed = entity(track.row);
            if G::is_walled_off(ground, &before, &believed) {
                track.snap();
                before = believed;
            } else {
                offset = place(&before) - place(&believed);
            }
        }
        let after = entity(track.shown_after(smoothing, layout));
        Some(Shown { id, kind, before, after, offset, foretold: track.foretold })
    }

    /// Foretells what the inputs that the newest state has not answered bring into the world.
    fn spawn(&mut self, mirror: &HeldWorld<G>, ground: &Ground<G>, tick: Tick) {
        let Some(own) = mirror.own().and_then(|own| mirror.row_of(own.slot)) else { return };
        let motion = RowMotion::<G> { layout: &mirror.layout, ground, leaps: &mirror.leaps, own: None };
        for spawned in mirror.tick.0..tick.0 {
            let spawned = Tick(spawned + 1);
            let Some(row) = self.predicted.row(spawned) else { continue };
            let own = G::Entity::read_row(own.kind, row);
            let Some(entity) = G::predict_spawn(ground, &own, &self.outbox.input(spawned)) else { continue };
            let (kind, mut before) = (entity.kind(), [0; crate::limits::COLUMNS_MAX]);
            entity.write_row(&mut before);
            self.foretold.push((spawned, kind, before));
            let is_there =
                (spawned.0..tick.0).all(|tick| motion.step(kind, &mut before, Tick(tick + 1)) == Fate::Continues);
            if is_there {
                let mut after = before;
                motion.step(kind, &mut after, tick.next());
                let entity = |row| G::Entity::read_row(kind, row);
                self.spawned.push(Spawned { tick: spawned, kind, before: entity(&before), after: entity(&after) });
            }
        }
    }

    /// An entity three times over, as of the last frame; `None` if it is not held.
    pub(super) fn ghosts(&self, mirror: &HeldWorld<G>, id: EntityId) -> Option<Ghosts<G::Entity>> {
        let held = mirror.row_of(id.slot).filter(|held| held.id == id)?;
        let track = &self.tracks[self.tracks.of_row(mirror.rows.find(id.slot)?)?];
        let entity = |row| G::Entity::read_row(held.kind, row);
        let shown = track.shown_row(self.smoothing.as_ref()?, mirror.layout.kind(held.kind));
        Some(Ghosts {
            held: entity(&held.row),
            held_at: mirror.tick,
            predicted: entity(&track.row),
            shown: entity(&shown),
        })
    }
}
