//! [`Tracks`]: the tracks of all entities and what is shown of them. A track that rests is left alone until something
//! happens to it, so that a picture costs what moves in it.

use alloc::vec::Vec;
use core::ops::{Index, IndexMut};

use slotmap::{SecondaryMap, SlotMap};

use super::frame::Shown;
use super::held_rows::{HeldKey, HeldRow};
use super::rebuild::HeldWorld;
use super::staging::Staging;
use super::track::{StatedRows, Track};
use crate::game::Game;
use crate::state::Display;
use crate::tick::Tick;

/// Rows of one entity that wait for a picture at once, in an ordinary game.
const STATED_ROWS_USUAL: usize = 4;

slotmap::new_key_type! {
    /// A track. Never means another.
    pub(super) struct TrackKey;
}

/// All tracks. Those that are awake are worked out for each picture.
pub(super) struct Tracks<E> {
    tracks: SlotMap<TrackKey, Track>,
    /// The tracks of what is held.
    of_rows: SecondaryMap<HeldKey, TrackKey>,
    /// Slots and tracks of those awake, ascending by slot, and those of a slot by their age.
    pub(super) awake: Vec<(u32, TrackKey)>,
    cursors: RestingCursors,
    /// Memory for tracks whose rows left.
    parted: Vec<TrackKey>,
    /// Memory of tracks that are no more.
    spare: Vec<StatedRows>,
    /// The last picture, in no order, and whose each is.
    pub(super) shown: Vec<Shown<E>>,
    shown_of: Vec<TrackKey>,
}

impl<E> Tracks<E> {
    pub(super) fn new() -> Self {
        Self {
            tracks: SlotMap::with_key(),
            of_rows: SecondaryMap::new(),
            awake: Vec::new(),
            cursors: RestingCursors::default(),
            parted: Vec::new(),
            spare: Vec::new(),
            shown: Vec::new(),
            shown_of: Vec::new(),
        }
    }

    /// The track of a row that is held, if it has one yet.
    pub(super) fn of_row(&self, row: HeldKey) -> Option<TrackKey> {
        self.of_rows.get(row).copied()
    }

    /// Ends the tracks of those that left with `tick`, but for those that came back at once.
    pub(super) fn part<G: Game>(&mut self, mirror: &HeldWorld<G>, tick: Tick) {
        // All of them before any that came back, since one may have the place of another's row.
        let mut parted = core::mem::take(&mut self.parted);
        parted.extend(mirror.left.iter().filter_map(|row| self.of_rows.remove(*row)));
        for key in parted.drain(..) {
            let track = &mut self.tracks[key];
            let is_same = |held: &HeldRow| held.id == track.id && held.kind == track.kind;
            track.held = mirror.rows.find(track.id.slot).filter(|row| is_same(&mirror.rows[*row]));
            match track.held {
                Some(row) => drop(self.of_rows.insert(row, key)),
                None => track.gone = Some(tick),
            }
            self.wake(key);
        }
        self.parted = parted;
    }

    /// The entity of `row` has come into view with `tick`.
    pub(super) fn begin(&mut self, row: HeldKey, held: &HeldRow, tick: Tick, display: Display) {
        let keys = self.spare.pop().unwrap_or_else(|| StatedRows::with_capacity(STATED_ROWS_USUAL));
        let key = self.tracks.insert(Track::new(row, held, tick, display, keys));
        self.of_rows.insert(row, key);
        self.list_awake(key);
    }

    /// The row of a track is stated at `tick`; `most` may wait for a picture.
    pub(super) fn state(&mut self, key: TrackKey, tick: Tick, held: &HeldRow, most: usize) {
        self.wake(key);
        self.tracks[key].state(tick, held, most);
    }

    /// Wakes a track: something happens to it.
    pub(super) fn wake(&mut self, key: TrackKey) {
        let track = &mut self.tracks[key];
        if track.wake(self.cursors.of(track.display)) {
            self.list_awake(key);
        }
    }

    /// Wakes all.
    pub(super) fn wake_all(&mut self) {
        self.awake.clear();
        for (key, track) in &mut self.tracks {
            track.wake(self.cursors.of(track.display));
            self.awake.push((track.id.slot, key));
        }
        // Of two of a slot one is there no more: it is the older one.
        self.awake.sort_unstable_by_key(|&(slot, key)| (slot, self.tracks[key].gone.is_none(), self.tracks[key].gone));
    }

    fn list_awake(&mut self, key: TrackKey) {
        let slot = self.tracks[key].id.slot;
        let at = self.awake.partition_point(|(other, _)| *other <= slot);
        self.awake.insert(at, (slot, key));
    }

    /// The next picture shows those in the present at `present`, and the others at `past`.
    pub(super) fn go_on(&mut self, present: Tick, past: Tick, staging: &Staging<'_>) {
        self.cursors.go(present, past, staging);
    }

    /// Lists those of `shown` that were worked out, and lets those rest that will be shown as they are.
    pub(super) fn settle<G: Game>(&mut self, mirror: &HeldWorld<G>, renewed: &mut Vec<u32>) {
        renewed.clear();
        self.awake.retain(|&(_, key)| {
            let track = &mut self.tracks[key];
            renewed.extend(track.shown_at);
            let held = track.held.and_then(|row| mirror.rows.get(row)).filter(|held| !mirror.is_own(held.id));
            let rests = held.is_some_and(|held| track.rest(held, self.cursors.of(track.display)));
            !rests
        });
    }

    /// Shows a track.
    pub(super) fn show(&mut self, key: TrackKey, shown: Shown<E>) {
        match self.tracks[key].shown_at {
            Some(at) => self.shown[at as usize] = shown,
            None => {
                self.tracks[key].shown_at = Some(self.shown.len() as u32);
                self.shown.push(shown);
                self.shown_of.push(key);
            }
        }
    }

    /// Shows a track no more.
    pub(super) fn hide(&mut self, key: TrackKey) {
        let Some(at) = self.tracks[key].shown_at.take() else { return };
        self.shown.swap_remove(at as usize);
        self.shown_of.swap_remove(at as usize);
        if let Some(&moved) = self.shown_of.get(at as usize) {
            self.tracks[moved].shown_at = Some(at);
        }
    }

    /// Forgets tracks that ended and that no picture asks for any more: those of the present at once, those of the
    /// past `ahead` ticks later.
    pub(super) fn forget_over(&mut self, tick: Tick, ahead: u32) {
        let mut awake = core::mem::take(&mut self.awake);
        awake.retain(|&(_, key)| {
            let track = &self.tracks[key];
            let is_over = track.gone.is_some_and(|gone| track.display == Display::Advance || tick.since(gone) > ahead);
            if is_over {
                self.hide(key);
                self.spare.extend(self.tracks.remove(key).map(Track::into_keys));
            }
            !is_over
        });
        self.awake = awake;
    }
}

impl<E> Index<TrackKey> for Tracks<E> {
    type Output = Track;
    fn index(&self, key: TrackKey) -> &Track {
        &self.tracks[key]
    }
}

impl<E> IndexMut<TrackKey> for Tracks<E> {
    fn index_mut(&mut self, key: TrackKey) -> &mut Track {
        &mut self.tracks[key]
    }
}

/// The ticks at which the cursors of all tracks that rest are, by how they are shown. They go as any track's does.
#[derive(Clone, Copy, Debug, Default)]
struct RestingCursors {
    present: Tick,
    past: Tick,
}

impl RestingCursors {
    const fn of(&self, display: Display) -> Tick {
        match display {
            Display::Advance => self.present,
            Display::Interpolate => self.past,
        }
    }

    fn go(&mut self, present: Tick, past: Tick, staging: &Staging<'_>) {
        self.present = staging.cursor(self.present, present, Display::Advance);
        self.past = staging.cursor(self.past, past, Display::Interpolate);
    }
}
